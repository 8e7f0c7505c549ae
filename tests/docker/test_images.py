"""The images can't be built without a Docker daemon; what they would start is checked here."""

import importlib.util
import re
from pathlib import Path

import yaml

DOCKER = Path(__file__).parent.parent.parent / "docker"


def test_each_command_starts_a_program_that_is_there():
    told = (DOCKER / "backend.Dockerfile").read_text() + (DOCKER / "compose.yml").read_text()
    modules = re.findall(r'"?-m"?,? "?(backend[\w.]+)', told) + re.findall(
        r"(backend\.[\w.]+):create_app", told
    )
    assert set(modules) == {"backend.cli", "backend.worker", "backend.app"}
    assert all(importlib.util.find_spec(module) for module in modules)


def test_the_compose_file_names_no_password_and_waits_for_the_migrations():
    compose = yaml.safe_load((DOCKER / "compose.yml").read_text())
    services = compose["services"]
    for name in ("server", "worker"):
        assert services[name]["depends_on"] == {"prepare": {"condition": "service_completed_successfully"}}
        assert services[name]["environment"] == services["prepare"]["environment"]
    assert services["prepare"]["environment"]["SECRET_KEY"].startswith("${SECRET_KEY:?")
    assert services["database"]["environment"]["POSTGRES_PASSWORD"].startswith("${OWNER_PASSWORD:?")


def test_what_the_image_copies_is_there():
    copied = re.findall(r"^COPY (.+) \S+$", (DOCKER / "backend.Dockerfile").read_text(), re.MULTILINE)
    root = DOCKER.parent
    assert copied
    assert all((root / path).exists() for line in copied for path in line.split())
