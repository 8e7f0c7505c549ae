"""What the phone needs, from pyproject.toml, and what python-for-android and pip would make of it (``outcome.json``)."""

import configparser
import json
import re
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent.parent
OUTCOME = Path(__file__).with_name("outcome.json")
SPEC = ROOT / "mobile/buildozer.spec"
P4A = "2026.5.9"
RECIPES_THAT_FORGET = ("httpx",)
"""Their recipe names other packages than they need. Kivy's is right: what it leaves out is for tools that we don't use."""
ANDROID = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "aarch64",
    "platform_python_implementation": "CPython",
    "platform_system": "Android",
    "python_full_version": "3.14.2",
    "python_version": "3.14",
    "sys_platform": "android",
    "extra": "",
}
"""The markers of a phone with the Python that python-for-android builds."""


def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def for_android(lines):
    """The requirements of these lines that hold on a phone."""
    found = [Requirement(line) for line in lines]
    return [one for one in found if one.marker is None or one.marker.evaluate(ANDROID)]


def phone():
    """The phone's own requirements, and those of what has a recipe that does not know them all."""
    asked = [*project()["dependencies"], *project()["optional-dependencies"]["mobile"]]
    return for_android([*asked, *(need for name in RECIPES_THAT_FORGET for need in metadata.requires(name))])


def locked():
    """All pinned versions of requirements.lock, by name."""
    text = (ROOT / "requirements.lock").read_text("utf-8")
    return dict(re.findall(r"^([a-z0-9._-]+)==([^\s;\\]+)", text, re.MULTILINE))


def outcome():
    return json.loads(OUTCOME.read_text("utf-8"))


def spec():
    """buildozer.spec's [app], as buildozer reads it."""
    parser = configparser.RawConfigParser(allow_no_value=True)
    parser.optionxform = lambda name: name
    parser.read(SPEC, "utf-8")
    return dict(parser["app"])


def listed(words):
    return [word.strip() for word in words.split(",") if word.strip()]


def requirements_line(told):
    """The line of buildozer.spec: recipes by name, wheels by version. A wheel without one would be an old one that fits."""
    named = {canonicalize_name(one.name) for one in phone()}
    recipes = [name for name in told["recipes"] if name in named]
    pins = [f"{name}=={wheel['version']}" for name, wheel in told["wheels"].items()]
    return ",".join(["python3", *sorted(recipes), *sorted(pins)])
