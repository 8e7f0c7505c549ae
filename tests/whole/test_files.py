"""Where things stand: each file in its place, each habit of the house kept in every file."""

import ast
import re
from pathlib import Path

import pytest

from tests.whole.code import ROOT, calls, domains, files, text_of, tree_of

DOMAIN_FILES = {
    "__init__.py",
    "tables.py",
    "queries.py",
    "actions.py",
    "routes.py",
    "events.py",
    "rules.py",
    "reactions.py",
    "clients.py",
    "clients",
    "routes",
    "tables",
}
"""``clients``, ``routes`` and ``tables`` are one file while that is enough, else a folder with one for each system or subject."""
FOREIGN = {"imports", "xlsform", "open311.py", "ogc", "cql2.py", "ical.py", "cap.py"}
"""One file, or folder, per foreign protocol or format that a domain speaks, named after it."""
SECOND_VERBS = {
    "assets": {
        "register.py",
        "custody.py",
        "counting.py",
        "faults.py",
        "sightings.py",
        "labels.py",
        "lookup.py",
        "chain.py",  # what custody, faults and counts write alike
        "handling.py",  # the queries of what is done with things; those of the register stand in queries.py
        "fitness.py",  # the rules of it; those of the register stand in rules.py
        "documents.py",
        "tag_page.py",
        "records.py",
        "readings.py",
    },
    "checks": {"templates.py", "due.py", "readiness.py", "slots.py", "trends.py"},
    "identity": {"staff.py", "tries.py"},
    "maps": {
        "sources.py",  # where features come from, and who may see them: the queries of layers
        "layers.py",
        "features.py",
        "exports.py",
        "tiles.py",
        "mvt.py",  # their SQL, and where one lies
        "tilesets.py",  # what is said of tiles; they themselves are made in tiles.py
        "packs.py",
        "style.py",
        "here.py",
        "search.py",
        "gazetteer.py",  # what search finds, taken over from layers
        "analysis.py",
        "heavy.py",  # how long a question may take PostgreSQL, and how many may at a time
        "reports.py",
        "report_page.py",
        "picture.py",
        "around.py",
        "web_map.py",
    },
    "notifications": {
        "sending.py",
        "settling.py",
        "wishes.py",
        "operating.py",
        "measures.py",
        "webhooks.py",
        "posting.py",
    },
}
"""Verbs that outgrew ``actions.py``, in a file named after whom or what they are about."""
DATA = {"checks": {"defaults"}, "maps": {"web"}}
"""What the product itself comes with, as data: it is of no city, so no city's pack holds it."""
STAND_INS = {"notifications": {"fakefcm"}}
"""Stand-ins of outer systems that are programs of their own."""
NOT_ON_PHONES = {
    "audit": "who audits sits at a desk, and reads the ledger over HTTP",
}

CLOCKS = {
    "backend/core/clock.py": "it is the clock",
    "backend/notifications/fakefcm/accounts.py": "Google's clock, not ours",
    "backend/notifications/fakefcm/certificates.py": "Google's clock, not ours",
    "backend/notifications/fakefcm/devices.py": "Google's clock, not ours",
    "backend/notifications/fakefcm/service.py": "Google's clock, not ours",
}
ENVIRONMENT = {
    "backend/settings.py": "it is the reader of the environment",
    "backend/core/postgresql.py": "runs before there are settings, and hands its environment to PostgreSQL's programs",
    "backend/run/": "starts all programs, and hands each its environment",
}
COMMITS = {
    "backend/core/http.py": "the gate",
    "backend/worker.py": "the worker's transactions",
    "backend/core/actor.py": "the context's verb, for these two",
}


def names(found):
    return sorted(str(path) for path in found)


def says(pattern, *folders, allowed=()):
    """The files below these folders with a line of code that has this pattern, but for the allowed ones."""
    code = re.compile(pattern)
    return names(
        path
        for path in files(*folders)
        if code.search(text_of(path)) and not any(str(path).startswith(place) for place in allowed)
    )


def test_no_file_of_code_is_longer_than_400_lines():
    code = [*files("backend", "mobile", "shared_models", "tests"), *files("mobile", ends=".kv")]
    assert names(path for path in code if len(text_of(path).splitlines()) > 400) == []


def test_each_module_says_what_it_is():
    code = [path for path in files() if text_of(path).strip()]
    assert names(path for path in code if not ast.get_docstring(tree_of(path))) == []


@pytest.mark.parametrize("domain", domains(), ids=lambda domain: domain.name)
def test_a_domain_holds_only_files_from_the_closed_list(domain):
    folder = ROOT / "backend" / domain.name
    held = {path.name for path in folder.iterdir() if path.name != "__pycache__"}
    more = set().union(*(named.get(domain.name, set()) for named in (STAND_INS, SECOND_VERBS, DATA)))
    assert held - DOMAIN_FILES - FOREIGN - more == set()
    assert not {"clients", "clients.py"} <= held
    assert not {"routes", "routes.py"} <= held
    assert {"__init__.py", "queries.py"} <= held
    assert {"routes", "routes.py"} & held


@pytest.mark.parametrize("domain", domains(), ids=lambda domain: domain.name)
def test_one_name_stands_in_four_places(domain):
    places = [ROOT / f"shared_models/{domain.name}.py", ROOT / f"tests/{domain.name}"]
    if domain.name not in NOT_ON_PHONES:
        places.append(ROOT / f"mobile/{domain.name}/__init__.py")
    assert [str(place.relative_to(ROOT)) for place in places if not place.exists()] == []


def test_each_domain_of_the_backend_is_wired():
    faces = (path for path in files("backend") if "routes" in path.with_suffix("").parts)
    folders = {path.parts[1] for path in faces}
    assert folders == {domain.name for domain in domains()}


def test_each_kv_file_has_its_python_file():
    assert (
        names(kv for kv in files("mobile", ends=".kv") if not (ROOT / kv).with_suffix(".py").exists()) == []
    )


def test_routes_hold_no_sql():
    for path in files("backend"):
        if "routes" in path.with_suffix("").parts:
            imported = [
                node.module or "" for node in ast.walk(tree_of(path)) if isinstance(node, ast.ImportFrom)
            ]
            assert not any(name.startswith("sqlalchemy") for name in imported), path
            assert not list(calls(tree_of(path), "select", "text", "execute", "scalars")), path


def test_only_the_gate_and_the_worker_commit():
    assert says(r"\.commit\(", "backend", allowed=COMMITS) == []


def test_only_the_settings_read_the_environment():
    assert (
        says(
            r"\bos\.(environ|getenv)\b|from os import.*(environ|getenv)",
            "backend",
            "shared_models",
            allowed=ENVIRONMENT,
        )
        == []
    )


def test_only_the_clock_asks_the_system_for_the_time():
    assert (
        says(
            r"\btime\.time\(|datetime\.(now|utcnow|today)\(|date\.today\(",
            "backend",
            "shared_models",
            allowed=CLOCKS,
        )
        == []
    )


def test_every_exception_to_a_habit_is_still_needed():
    for place in (*CLOCKS, *ENVIRONMENT, *COMMITS):
        assert (ROOT / place).exists(), place
    for place, habit in [(p, r"time\(|now\(") for p in CLOCKS] + [(p, r"\.commit\(") for p in COMMITS]:
        assert re.search(habit, text_of(Path(place))), place


def test_nothing_is_left_to_be_done_later():
    later = "TO" + "DO|FIX" + "ME|" + "X" * 3
    assert says(rf"\b({later})\b", "backend", "mobile", "shared_models", "migrations") == []
    assert says(r"pytest\.mark\.(skip\b|xfail)", "tests") == []
