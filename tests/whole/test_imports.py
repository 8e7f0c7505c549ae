"""Who may import whom: the contracts of pyproject.toml, and what each package needs to be there at all."""

import subprocess
import sys
import tomllib
from pathlib import Path

from tests.whole.code import ROOT, domains, files

TOOLKIT = {
    "mobile.core.kv": "loads rules of kv",
    "mobile.core.online": "tells a screen what the server says at once",
    "mobile.core.place": "tells a screen where a place is",
    "mobile.core.nav": "shows screens",
    "mobile.core.parts": "holds what shows screens",
    "mobile.core.tasks": "goes back to the window's thread",
}
"""Modules of the phone's core that need Kivy; all others run in a service or a test without a window."""

SERVER, PHONE = (
    {"flask", "flask_smorest", "sqlalchemy", "psycopg", "werkzeug"},
    {"kivy", "httpx", "fonticon_mdi7"},
)

WITHOUT = """
import importlib, sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {blocked!r}:
            raise ModuleNotFoundError(name + " is not installed", name=name)

sys.meta_path.insert(0, Missing())
for name in {modules!r}:
    importlib.import_module(name)
"""


def contracts():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]


def importable_without(blocked, modules):
    """Import all these modules in a fresh interpreter in which the blocked packages are not installed."""
    code = WITHOUT.format(blocked=blocked, modules=modules)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def modules_of(*folders, but=()):
    found = {".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in files(*folders)}
    return sorted(name for name in found if name not in but)


def test_all_import_contracts_hold():
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [program, "--no-cache", "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_each_domain_is_entered_by_its_front_door_alone():
    doors = {
        contract["allowed_importers"][0].removesuffix(".**")
        for contract in contracts()
        if contract["type"] == "protected"
    }
    assert {f"backend.{domain.name}" for domain in domains()} <= doors


def test_each_domain_is_in_the_contracts_on_order_and_on_the_phone():
    named = {c["name"]: c for c in contracts()}
    order = " | ".join(named["A domain may use those below it"]["layers"]).replace(" ", "").split("|")
    machinery = named["Machinery knows no domain"]["forbidden_modules"]
    server = named["The server never imports the phone"]["source_modules"]
    for domain in domains():
        for listed in (order, machinery, server):
            assert f"backend.{domain.name}" in listed


def test_the_city_pack_is_read_without_the_house():
    named = {c["name"]: c for c in contracts()}
    forbidden = named["The city pack imports nothing of ours"]["forbidden_modules"]
    beside = {f"backend.{path.parts[1].removesuffix('.py')}" for path in files("backend")}
    assert beside - {"backend.city", "backend.__init__"} <= set(forbidden)


def test_the_wire_needs_neither_side_nor_a_framework():
    importable_without(SERVER | PHONE, modules_of("shared_models"))


def test_the_phones_core_needs_no_window_and_nothing_of_the_server():
    importable_without(SERVER | {"kivy"}, modules_of("mobile/core", but=TOOLKIT))


def test_the_server_needs_nothing_of_the_phone():
    importable_without(
        PHONE, modules_of("backend", but={"backend.notifications.fakefcm.__main__", "backend.run.__main__"})
    )
