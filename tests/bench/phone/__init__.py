"""The phone, measured: start, a fling through 10,000 rows, the sync, memory. ``python -m tests.bench.phone``."""
