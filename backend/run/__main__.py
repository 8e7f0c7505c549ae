"""``python3 -m backend.run VERB``: what the Makefile calls."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from types import FrameType

from backend.run import PYTHON, ROOT, VAR
from backend.run.checks import bundle, check, lint
from backend.run.house import Address, answers, app_environment, has_screen, keep_house
from backend.run.installation import has_window, install
from backend.run.terminal import Failure, say, use_any_terminal, warn


def show_app() -> int:
    """Only the window, for a server that runs already (or for none: the app works offline)."""
    install(ROOT, database=False, window=True)
    if not has_screen():
        raise Failure("No screen here (no DISPLAY, no WAYLAND_DISPLAY): the app has nowhere to show.", code=2)
    if not has_window(ROOT):
        return 2
    url = os.environ.get("WESTU_SERVER", Address.from_env().url)
    if not answers(f"{url}/healthz"):
        warn(f"No server answers at {url}. The app works offline; `make serve` starts one.")
    VAR.mkdir(mode=0o711, exist_ok=True)
    return subprocess.run(
        [PYTHON, "-m", "mobile.main"], cwd=ROOT, env=app_environment(url), check=False
    ).returncode


VERBS: dict[str, Callable[[], int]] = {
    "run": lambda: keep_house(window=True),
    "serve": lambda: keep_house(window=False),
    "app": show_app,
    "test": lambda: check("test"),
    "soak": lambda: check("soak"),
    "bench": lambda: check("bench"),
    "lint": lint,
    "bundle": bundle,
}


def main(arguments: list[str]) -> int:
    """Do what one verb says; the exit code is 2 if the surroundings lack something."""
    use_any_terminal()
    signal.signal(signal.SIGTERM, _interrupt)
    if len(arguments) != 1 or arguments[0] not in VERBS:
        say(f"usage: make {'|'.join(VERBS)}")
        return 2
    try:
        return VERBS[arguments[0]]()
    except Failure as failure:
        say(f"✗ {failure}")
        return failure.code
    except PermissionError as error:
        say(f"✗ {error.filename} belongs to another user. Run as that user, or remove {VAR}.")
        return 2
    except KeyboardInterrupt:
        return 130


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
