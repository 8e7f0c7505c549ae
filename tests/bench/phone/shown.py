"""The phone's figures, as lines of the one table."""

from dataclasses import dataclass

from tests.bench.phone import run


@dataclass(frozen=True)
class Told:
    """A figure whose median, ratio and spread were worked out already. A ratio of 2 is twice the yardstick's cost."""

    name: str
    value: float
    unit: str
    ratio: float | None
    spread: float
    yardstick: str = ""
    aim: str = ""

    @property
    def against(self):
        return self.ratio is not None


def lines():
    """All of them; the versions of what drew them are printed first."""
    *rows, (versions, *_) = run()
    print(versions)
    for name, value, unit, ratio, spread in rows:
        yield Told(name, value, unit, ratio, spread)
