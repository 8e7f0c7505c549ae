"""Whether a package of ``requirements.lock`` has a vulnerability that is known: part of ``make lint``.

Somebody on the network has to be asked. Where nobody can be, that is said, and is no fault of the project: it counts as
a warning. A package that is known to be vulnerable fails, whoever says so.
"""

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from backend.run import PYTHON, ROOT
from backend.run.terminal import done, say, warn

SERVICES = (("osv",), ("pypi",))
"""Asked in this order, until one has answered for all; each with pip-audit's further arguments."""


def audit(services: Sequence[Sequence[str]] = SERVICES, lock: Path = ROOT / "requirements.lock") -> bool:
    """Say what is known; False if a package is vulnerable."""
    unheard: set[str] | None = None
    for service in services:
        told = ask(service, lock)
        if told is None:
            continue
        for name, why in (found := vulnerable(told)):
            say(f"  {name}: {why}")
        if found:
            warn(
                f"Known to be vulnerable, says {service[0]}: {', '.join(sorted({name for name, _ in found}))}"
            )
            return False
        left = {each["name"] for each in told if "skip_reason" in each}
        unheard = left if unheard is None else unheard & left
        if len(left) == len(told):
            unheard = None  # it knows none of them: this is not the service, but something in its place
        elif not left:
            done(f"{service[0]} knows of no vulnerability in {len(told)} packages")
            return True
    if unheard is None:
        warn("not audited: no vulnerability service reachable")
    elif unheard:
        warn(f"not audited, since no vulnerability service knows them: {', '.join(sorted(unheard))}")
    return True


def ask(service: Sequence[str], lock: Path) -> list[dict[str, Any]] | None:
    """What a service says of each package; None if it can't be asked."""
    name, *more = service
    command: list[str | Path] = [
        PYTHON,
        "-m",
        "pip_audit",
        "--require-hashes",
        "--disable-pip",
        "-r",
        lock,
        "-s",
        name,
        *more,
    ]
    asked = subprocess.run(
        [*command, "-f", "json", "--progress-spinner", "off", "--desc", "off"],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        told: list[dict[str, Any]] = json.loads(asked.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        reason = (asked.stderr.strip().splitlines() or ["no answer"])[-1]
        say(f"  {name}: {reason[:200]}")
        return None
    return told


def vulnerable(told: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    """(package with version, vulnerability and the version that mends it) of each that is known."""
    return [
        (
            f"{each['name']} {each['version']}",
            f"{bad['id']}, mended in {', '.join(bad['fix_versions']) or 'no version'}",
        )
        for each in told
        for bad in each.get("vulns", ())
    ]
