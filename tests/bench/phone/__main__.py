"""``python -m tests.bench.phone``."""

from tests.bench.phone import lines
from tests.bench.table import show

show(lines())
