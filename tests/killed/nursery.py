"""A process that has read our code already and is copied for each program of the house: ``python -m tests.killed.nursery``.

A copy is a process of its own that begins where the program begins, two seconds sooner: what is killed a hundred times
is started a hundred times. When whoever asked is gone, so are the copies.
"""

import gc
import importlib
import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Self

from tests.killed import programs

ROOT = Path(__file__).parent.parent.parent


class Nursery:
    """Starts programs; ends them all at the end of the ``with`` block."""

    def __init__(self, *modules: str) -> None:
        self.modules = modules
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._mother = subprocess.Popen(
            [sys.executable, "-m", "tests.killed.nursery", *self.modules],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self._mother.stdout.readline() == "ready\n"
        return self

    def __exit__(self, *_: object) -> None:
        self._mother.stdin.close()
        self._mother.stdout.close()
        self._mother.wait()

    def start(self, call: str, *, argv: list[str] = (), env: dict[str, str], log: Path) -> int:
        """Start ``module:function`` in a process of its own, the leader of its group; gives its number."""
        wish = {"call": call, "argv": [str(word) for word in argv], "env": env, "log": str(log)}
        with self._lock:
            self._mother.stdin.write(json.dumps(wish) + "\n")
            self._mother.stdin.flush()
            return int(self._mother.stdout.readline())


def main(modules: list[str]) -> None:
    """Read the modules, then start what is asked for, line by line."""
    for module in modules:
        importlib.import_module(module)
    if "backend.worker" in modules:
        programs.warm()
    gc.collect()
    gc.freeze()  # what was read is not looked at again in each copy: its pages stay shared
    assert threading.active_count() == 1, "threads are not copied"
    signal.signal(signal.SIGCHLD, bury)
    begun: list[int] = []
    tell("ready")
    for line in sys.stdin:
        wish = json.loads(line)
        ours, theirs = os.pipe()
        pid = os.fork()
        if not pid:
            become(wish)
        os.close(theirs)
        os.read(ours, 1)  # ends once the copy leads a group of its own, or is dead
        os.close(ours)
        begun.append(pid)
        tell(str(pid))
    for pid in begun:
        with suppress(OSError):
            os.killpg(pid, signal.SIGKILL)


def bury(*_: object) -> None:
    """Let go of copies that have ended: no zombie keeps a number."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def tell(words: str) -> None:
    """Say one line."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def become(wish: dict) -> None:
    """In the copy: be the program, and never come back."""
    code = 1
    try:
        os.setsid()
        log = os.open(wish["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.closerange(3, 64)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.environ.update(wish["env"])
        module, _, function = wish["call"].partition(":")
        sys.argv = [module, *wish["argv"]]
        code = getattr(importlib.import_module(module), function)() or 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException:  # noqa: BLE001 - the log must have it
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main(sys.argv[1:])
