"""One table for all benchmarks: what was measured, against what, and how far the rounds lie apart."""

import statistics
from dataclasses import dataclass

ROUNDS = 5


@dataclass(frozen=True)
class Line:
    """One figure: its rounds, and those of its yardstick in the same order."""

    name: str
    unit: str
    rounds: tuple[float, ...]
    against: tuple[float, ...] = ()
    yardstick: str = ""
    aim: str = ""
    more_is_better: bool = False

    @property
    def value(self):
        return statistics.median(self.rounds)

    @property
    def ratio(self):
        """Yardstick / figure where less is better (1 is as good as it, 0.5 twice the cost), else figure / yardstick."""
        pairs = zip(self.rounds, self.against, strict=True)
        return statistics.median((mine / its if self.more_is_better else its / mine) for mine, its in pairs)

    @property
    def spread(self):
        """(largest - smallest) / median of the rounds."""
        return (max(self.rounds) - min(self.rounds)) / self.value if self.value else 0.0


def interleaved(ways, measure, rounds=ROUNDS):
    """Measure each way once per round, in turn: name → the figures of its rounds."""
    found = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            found[name].append(measure(way))
    return {name: tuple(figures) for name, figures in found.items()}


def show(lines):
    """Print the table."""
    print(f"{'':<58} {'median':>9} {'unit':<10} {'spread':>6}  {'ratio':>6}  aim, against")
    for line in lines:
        ratio = f"{line.ratio:6.2f}" if line.against else " " * 6
        told = ", ".join(words for words in (line.aim, line.yardstick) if words)
        print(
            f"{line.name:<58} {line.value:9.3f} {line.unit:<10} {line.spread:6.0%}  {ratio}  {told}",
            flush=True,
        )
