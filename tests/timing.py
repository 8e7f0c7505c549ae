"""A plugin for pytest: at the end, how many seconds the tests of each folder under ``tests/`` took, and what seeds were drawn.

A test tells its seed by ``record_property("seed", …)``: what it prints is not seen where tests run in processes of their own.
"""

from collections import Counter

seconds: Counter[str] = Counter()
tests: Counter[str] = Counter()
seeds: dict[str, str] = {}


def pytest_runtest_logreport(report):
    """Count setup, call and teardown to the folder of the test."""
    _, *folders = report.nodeid.partition("::")[0].split("/")
    folder = folders[0] if len(folders) > 1 else "."
    seconds[folder] += report.duration
    tests[folder] += report.when == "call"
    drawn = [str(value) for name, value in report.user_properties if name == "seed"]
    if drawn:
        seeds[report.nodeid] = ", ".join(drawn)


def pytest_terminal_summary(terminalreporter):
    """Print the slowest folder first."""
    terminalreporter.section("seconds per folder")
    for folder, taken in seconds.most_common():
        terminalreporter.write_line(f"{taken:8.1f} s {tests[folder]:6} tests  {folder}")
    for test, drawn in seeds.items():
        terminalreporter.write_line(f"SEED={drawn}  {test}")
