"""``docker/`` as Docker reads it: the compose file with its variables filled in, and what the image's own file says."""

import json
import re
import sys
from pathlib import Path

import yaml

DOCKER = Path(__file__).parent.parent.parent / "docker"
VARIABLE = re.compile(r"\$\$|\$\{(?P<name>\w+)(?:(?P<how>:-|:\?)(?P<rest>[^}]*))?\}")


class NotSet(Exception):
    """A variable that the compose file demands."""


def filled_in(value, env):
    """A value of the compose file with the environment in it, as compose interpolates."""
    if isinstance(value, dict):
        return {key: filled_in(inner, env) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled_in(inner, env) for inner in value]
    if not isinstance(value, str):
        return value

    def one(found):
        if found[0] == "$$":
            return "$"
        known = env.get(found["name"], "")
        if not known and found["how"] == ":?":
            raise NotSet(found["name"])
        return known or (found["rest"] or "" if found["how"] == ":-" else "")

    return VARIABLE.sub(one, value)


def raw():
    return yaml.safe_load((DOCKER / "compose.yml").read_text())


def services(env):
    """All services, filled in."""
    return filled_in(raw()["services"], env)


def image():
    """What the backend's Dockerfile says: its instructions, those over several lines as one; and its ENV as a dict."""
    lines = (DOCKER / "backend.Dockerfile").read_text().replace("\\\n", " ").splitlines()
    told = [line.split(maxsplit=1) for line in lines if line and not line.startswith("#")]
    env = dict(pair.split("=", 1) for word, rest in told if word == "ENV" for pair in rest.split())
    return told, env


def image_command(word):
    """The argument list of CMD, or of the HEALTHCHECK's CMD."""
    told, _ = image()
    rest = next(rest for instruction, rest in told if instruction == word)
    return json.loads(rest[rest.index("[") :])


def command(service):
    """The argument list that its container starts."""
    entry = service.get("entrypoint", [])
    return [*entry, *service.get("command", [] if entry else image_command("CMD"))]


def healthcheck(service):
    """The argument list of its health check."""
    told = service.get("healthcheck", {}).get("test")
    if told is None:
        return image_command("HEALTHCHECK")
    assert told[0] == "CMD"
    return told[1:]


def programs():
    """Where the image's programs are in this installation."""
    return str(Path(sys.executable).parent)
