"""Rounds, medians and spreads: what each measure of the phone becomes in the table."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent.parent
ROUNDS = 5


def spread(values):
    """(largest - smallest) / median."""
    middle = statistics.median(values)
    return (max(values) - min(values)) / middle if middle else 0.0


def program(*arguments):
    """Run one of the programs in a process of its own; what it tells, and the seconds until then on the wall."""
    gl = "mock" if os.environ.get("KIVY_GL_BACKEND") == "mock" or not _draws() else ""
    env = {
        **os.environ,
        "KIVY_NO_ARGS": "1",
        "KIVY_NO_CONFIG": "1",
        "KIVY_NO_FILELOG": "1",
        "KIVY_LOG_MODE": "PYTHON",
        "KIVY_CLIPBOARD": "dummy",
        "KIVY_METRICS_DENSITY": "1",
        "KIVY_HOME": str(Path(tempfile.gettempdir()) / f"kivy-{os.getuid()}"),
        "KCFG_GRAPHICS_WIDTH": "412",
        "KCFG_GRAPHICS_HEIGHT": "892",
        "SDL_VIDEODRIVER": "dummy" if gl else "offscreen",
        **({"KIVY_GL_BACKEND": "mock"} if gl else {}),
    }
    Path(env["KIVY_HOME"]).mkdir(exist_ok=True)
    began = time.monotonic()
    command = [sys.executable, "-m", "tests.bench.phone.programs", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout.splitlines()[-1])
    return told | {"wall": told.get("until", began) - began}


def _draws():
    from tests.robot import has_gl

    return has_gl()


def interleaved(ways, rounds=ROUNDS):
    """{name: what each of so many rounds told}; each round does all of them, one after the other."""
    told = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            told[name].append(way())
    return told


def row(name, told, field, unit, *, of=None, scale=1.0):
    """(name, median, unit, ratio, spread); the ratio is the median of the rounds' own, against those of ``of``."""
    values = [one[field] * scale for one in told]
    ratio = None
    if of is not None:
        ratio = statistics.median(one[field] / other[field] for one, other in zip(told, of, strict=True))
    return (name, statistics.median(values), unit, ratio, spread(values))
