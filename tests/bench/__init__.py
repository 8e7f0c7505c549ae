"""Benchmarks: ratios measured in one run, never a pass or fail. ``make bench`` prints one table.

Each figure is CPU time (server processes and the backends of PostgreSQL together) unless its unit says otherwise, taken
in five rounds in which the things that are compared take turns; the table gives the median and the spread. Wall time on
a shared machine tells little.
"""
