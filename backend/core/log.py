"""One line of JSON per thing worth knowing, with a request id and no personal data."""

import json
import logging
import sys
import threading
from contextlib import suppress
from typing import Any, TextIO

from backend.core.clock import now
from shared_models.wire import instant_text

FIELDS = "fields"


class JsonLines(logging.Formatter):
    """Writes a record as one JSON object; an exception as its type and place, never its words.

    The words of an exception may quote what somebody typed.
    """

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        line: dict[str, Any] = {
            "at": instant_text(now()),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage() if record.name.startswith("westu") else record.name,
            **getattr(record, FIELDS, {}),
        }
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["where"] = places(record.exc_info[2])
        return _as_json(line)


_as_json = json.JSONEncoder(ensure_ascii=False, default=str).encode
"""Made once: ``json.dumps`` makes an encoder for each line that is not of its own ways."""


def places(trace: Any) -> list[str]:
    """The last frames of a traceback as ``file:line function``: enough to find it, no values."""
    found = []
    while trace is not None:
        code = trace.tb_frame.f_code
        file = "/".join(code.co_filename.split("/")[-2:])  # compiled modules have a name without a folder
        found.append(f"{file}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return found[-8:]


def start_logging() -> None:
    """Send everything to stderr as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    _straight[:] = [sys.stderr]
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # What no line of ours tells (its place in the source, thread, process) is not looked up for each: the ways that
    # Python's "Logging HOWTO" names under "Optimization".
    logging._srcfile = None  # noqa: SLF001 - there is no public name; the HOWTO sets this one
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    # Where a line can't be written logging would write what it was given, and Python what an exception says.
    logging.raiseExceptions = False
    sys.excepthook = lambda *error: unheard(error)
    threading.excepthook = lambda thread: unheard((thread.exc_type, thread.exc_value, thread.exc_traceback))


def unheard(error: tuple[Any, Any, Any]) -> None:
    """Say that nobody caught this: it ends its thread, or the program."""
    logging.getLogger("westu").error("not caught", exc_info=error)


def say(message: str, level: int = logging.INFO, *, failed: bool = False, **fields: Any) -> None:
    """Write one line; ``failed`` adds the type and place of the exception being handled."""
    if _straight and level == logging.INFO and not failed:
        line = {"at": instant_text(now()), "level": "info", "logger": "westu", "message": message, **fields}
        # As logging itself does it: where a line can't be written the work goes on.
        with suppress(OSError, ValueError):
            _straight[0].write(_as_json(line) + "\n")
    else:
        logging.getLogger("westu").log(level, message, extra={FIELDS: fields}, exc_info=failed)


_straight: list[TextIO] = []
"""Where our own plain lines go, once logging has started: by way of ``logging`` one costs an answer twice as much."""
