"""Other programs: run one to its end, or keep several alive, and never leave one behind.

Each is started as the leader of a process group of its own, so that Ctrl-C is ours alone to hand on, and so that
what it started ends with it.
"""

import json
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from backend.run.terminal import Failure, say, warn, working

LOG_BYTES = 10_000_000
"""A log longer than this is laid aside when its program starts, as ``….log.1``."""

END_SECONDS = 5.0
"""How long programs that were asked to end may take before they are killed."""

STEADY_SECONDS = 60.0
"""A program that has lived this long is forgiven its earlier deaths."""

LONGEST_PAUSE = 60.0

RUN_ID = "WESTU_RUN"
"""The variable by which a program knows, and shows, which run started it."""


@dataclass
class Child:
    """One program that was started, and where what it says is written."""

    name: str
    command: Sequence[str | Path]
    env: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes]
    began: float
    kept: bool = False
    reads: Path | None = None
    read: int | None = None
    deaths: int = 0
    due: float | None = None

    def alive(self) -> bool:
        """Whether it still runs."""
        return self.process.poll() is None

    def outdated(self) -> bool:
        """Whether the file that it ``reads`` was written since it began."""
        written = _written(self.reads)
        return written is not None and written != self.read

    def fate(self) -> str:
        """How it ended, in the words of a sentence's end, with the last lines of its log."""
        return f"{ending(self.process.wait())}. Its last lines:\n{last_lines(self.log)}\n  (all of it: {self.log})"


class Children:
    """The programs of one run, written down in a record so that the next run can end what a kill left over."""

    def __init__(self, root: Path, record: Path, logs: Path) -> None:
        self._root = root
        self._record = record
        self._logs = logs
        self._children: list[Child] = []
        self._id = secrets.token_hex(8)
        self.hurry = False

    def start(
        self,
        name: str,
        command: Sequence[str | Path],
        env: Mapping[str, str],
        *,
        kept: bool = False,
        reads: Path | None = None,
    ) -> Child:
        """Start a program, its output going to ``<name>.log``.

        One that is ``kept`` is started again if it dies, or when the file that it ``reads`` at its start is written anew.
        """
        log, read = self._logs / f"{name}.log", _written(reads)
        process = self._spawn(log, command, env)
        child = Child(name, command, env, log, process, time.monotonic(), kept, reads, read)
        self._children.append(child)
        self._write_down()
        return child

    def watch(self) -> None:
        """Start again what is kept and died: after a second, and after twice as long each time it dies soon.

        What runs with something outdated is ended and started again at once.
        """
        now = time.monotonic()
        for child in self._children:
            if not child.kept:
                continue
            if child.alive():
                if child.outdated():
                    end_groups([child.process.pid])
                    child.process.wait()
                    self._again(child)
            elif child.due is None:
                child.deaths = 1 if now - child.began > STEADY_SECONDS else child.deaths + 1
                pause = min(2.0 ** (child.deaths - 1), LONGEST_PAUSE)
                child.due = now + pause
                warn(
                    f"The {child.name} {ending(child.process.wait())}; it starts again in {pause:.0f} s ({child.log})"
                )
                end_groups([child.process.pid])
            elif now >= child.due:
                self._again(child)

    def end(self) -> None:
        """End them all, kill what has not ended in five seconds (or at once, when ``hurry`` is set meanwhile)."""
        for child in self._children:
            child.kept = False
        end_groups([child.process.pid for child in self._children], lambda: self.hurry)
        for child in self._children:
            child.process.wait()
        self._children.clear()
        self._record.unlink(missing_ok=True)

    def _again(self, child: Child) -> None:
        child.read = _written(child.reads)
        child.process = self._spawn(child.log, child.command, child.env)
        child.began, child.due = time.monotonic(), None
        self._write_down()
        say(f"  The {child.name} was started again.")

    def _spawn(
        self, log: Path, command: Sequence[str | Path], env: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        with _open_log(log) as file:
            return subprocess.Popen(
                command,
                cwd=self._root,
                env={**env, RUN_ID: self._id},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _write_down(self) -> None:
        children = [{"pid": c.process.pid, "started": started(c.process.pid)} for c in self._children]
        text = json.dumps({"run": self._id, "children": children}, indent=1)
        draft = self._record.with_suffix(".new")
        draft.write_text(text)
        draft.replace(self._record)


def step(
    what: str,
    command: Sequence[str | Path],
    env: Mapping[str, str],
    log: Path,
    root: Path,
    *,
    lacking: int | None = None,
) -> None:
    """Run a program to its end, showing that it works; ``Failure`` with its last lines if it doesn't succeed.

    With the exit code ``lacking`` it says that the surroundings lack something, and what in its last line: then the
    failure is that line, with code 2.
    """
    with _open_log(log) as file:
        process = subprocess.Popen(
            command,
            cwd=root,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        with working(what):
            code = process.wait()
    except BaseException:
        end_groups([process.pid])
        process.wait()
        raise
    if code == lacking:
        raise Failure(last_lines(log, 1).strip(), code=2)
    if code != 0:
        raise Failure(f"{what}: it {ending(code)}. Its last lines:\n{last_lines(log)}\n  (all of it: {log})")


def end_leftovers(record: Path) -> int:
    """End what a run that was killed has left over, if it is surely ours; how many groups of processes that were.

    A process is ours if it has the number and the start time that were written down, or carries that run's id.
    """
    try:
        written = json.loads(record.read_text())
        run, children = (
            written["run"],
            [(int(child["pid"]), child["started"]) for child in written["children"]],
        )
    except (OSError, ValueError, KeyError, TypeError):
        return 0  # no record, or one that a crash cut short
    ours = [
        pid
        for pid, when in children
        if (when and started(pid) == when)
        or (not started(pid) and any(_carries(member, run) for member in members([pid])))
    ]
    end_groups(ours)
    record.unlink(missing_ok=True)
    return len(ours)


def end_groups(groups: Collection[int], hurry: Callable[[], bool] = lambda: False) -> None:
    """Ask the process groups to end, wait, and kill those that don't."""
    _signal(groups, signal.SIGTERM)
    limit = time.monotonic() + END_SECONDS
    while members(groups) and time.monotonic() < limit and not hurry():
        time.sleep(0.05)
    if members(groups):
        _signal(groups, signal.SIGKILL)


def members(groups: Collection[int]) -> list[int]:
    """The living processes of these groups; a zombie does not live."""
    return [pid for pid, group, state, _ in _processes() if group in groups and state != "Z"]


def started(pid: int) -> str:
    """When the living process with this number was started; empty if there is none. Only good for comparing."""
    return next((began for each, _, state, began in _processes(pid) if each == pid and state != "Z"), "")


def ending(code: int) -> str:
    """As in "ended with exit code 3", "was killed by SIGKILL"."""
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


def last_lines(log: Path, count: int = 15) -> str:
    """The end of a log, indented."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 20_000))
        lines = file.read().decode(errors="replace").rstrip().splitlines()
    return "\n".join(f"    {line}" for line in lines[-count:])


def _written(file: Path | None) -> int | None:
    """When the file was last written, good for comparing; None if there is none."""
    with suppress(FileNotFoundError):
        return file.stat().st_mtime_ns if file else None
    return None


def _open_log(log: Path) -> BinaryIO:
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
    return log.open("ab")


def _signal(groups: Collection[int], how: signal.Signals) -> None:
    for group in groups:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, how)


def _carries(pid: int, run: str) -> bool:
    with suppress(OSError):
        return f"{RUN_ID}={run}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    return False


def _processes(only: int | None = None) -> Iterator[tuple[int, int, str, str]]:
    """Number, group, state and start of each process; from /proc, or from ``ps`` where there is none (macOS)."""
    if not Path("/proc/self/stat").exists():
        listed = subprocess.run(
            ["/bin/ps", "-axo", "pid=,pgid=,stat=,lstart="], capture_output=True, text=True, check=True
        )
        for line in listed.stdout.splitlines():
            pid, group, state, began = line.split(maxsplit=3)
            yield int(pid), int(group), state[0], began
        return
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    for folder in Path("/proc").glob(str(only) if only else "[0-9]*"):
        with suppress(OSError):
            # the name in parentheses may hold anything; then state, parent, group … start in ticks (proc(5))
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            yield int(folder.name), int(fields[2]), fields[0], f"{boot} {fields[19]}"
