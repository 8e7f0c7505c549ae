"""``python -m tests.bench.phone``."""

from tests.bench.phone import lines, run

for each in lines(run()):
    print(each)
