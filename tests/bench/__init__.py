"""Benchmarks: ratios measured in one run, never a pass or fail."""
