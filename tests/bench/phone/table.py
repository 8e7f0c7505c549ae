"""The programs that are measured, each in a process of its own, and what they tell as lines of the table."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.table import Line

ROOT = Path(__file__).parent.parent.parent.parent


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


def line(name, told, field, unit, *, of=None, scale=1.0, yardstick="", aim=""):
    """One field of what each round told, against the same of the yardstick's rounds."""
    rounds, against = (tuple(one[field] * scale for one in rounds or ()) for rounds in (told, of))
    return Line(name, unit, rounds, against, yardstick, aim)
