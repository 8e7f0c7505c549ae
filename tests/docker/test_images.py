"""The images can't be built without a Docker daemon; what their files say is checked here, what they start beside."""

import importlib.util
import re

import pytest

from tests.docker.compose import DOCKER, NotSet, command, image, raw, services

SECRETS = ("POSTGRES_PASSWORD", "OWNER_PASSWORD", "APP_PASSWORD", "SECRET_KEY", "METRICS_TOKEN")
CHOSEN = dict.fromkeys(SECRETS, "chosen")
OURS = ("prepare", "server-1", "server-2", "worker-1", "worker-2", "stream", "backup")


@pytest.mark.parametrize("secret", SECRETS)
def test_each_secret_has_to_be_chosen(secret):
    with pytest.raises(NotSet, match=secret):
        services(CHOSEN | {secret: ""})
    told = (DOCKER / "example.env").read_text().splitlines()
    assert f"{secret}=" in told, "named in the example, with nothing behind it"


def test_nothing_but_the_proxy_is_reached_from_outside():
    told = services(CHOSEN)
    assert {name for name, service in told.items() if "ports" in service} == {"proxy"}


def test_what_runs_is_no_user_of_power_and_can_write_only_where_it_has_to():
    told = services(CHOSEN)
    for name in OURS:
        service = told[name]
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"]), name
        assert service["security_opt"] == ["no-new-privileges:true"], name
    assert told["proxy"]["read_only"] and told["proxy"]["cap_drop"] == ["ALL"]
    instructions, _ = image()
    user = [rest for word, rest in instructions if word == "USER"]
    assert user == ["westu"]
    assert "useradd --no-create-home --uid 10001 westu" in next(
        rest for word, rest in instructions if "useradd" in rest
    )


def test_the_owners_password_is_only_where_tables_are_made_or_saved():
    told = services(CHOSEN)
    held = {name for name in OURS if "DATABASE_OWNER_URL" in told[name]["environment"]}
    assert held == {"prepare", "backup"}


def test_migrations_run_once_before_servers_and_workers_and_all_come_back_after_a_crash():
    told = services(CHOSEN)
    for name in ("server-1", "server-2", "worker-1", "worker-2", "stream"):
        assert told[name]["depends_on"] == {"prepare": {"condition": "service_completed_successfully"}}
        assert told[name]["restart"] == "unless-stopped"
    assert told["prepare"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert set(told["proxy"]["depends_on"]) == {"server-1", "server-2"}


def test_each_volume_is_declared_and_each_file_that_is_mounted_is_there():
    told = services(CHOSEN)
    mounts = [mount.split(":")[0] for service in told.values() for mount in service.get("volumes", [])]
    named = {mount for mount in mounts if not mount.startswith(".")}
    assert named == set(raw()["volumes"])
    files = {mount for mount in mounts if mount.startswith(".")} - {"./secrets"}
    assert files and all((DOCKER / file).exists() for file in files)


def test_each_module_that_is_started_is_there():
    told = services(CHOSEN)
    started = re.findall(r"backend\.\w+", " ".join(word for name in OURS for word in command(told[name])))
    assert set(started) == {"backend.app", "backend.cli", "backend.worker", "backend.stream"}
    assert all(importlib.util.find_spec(module) for module in set(started) - {"backend.stream"})


def test_what_the_image_copies_is_there():
    instructions, _ = image()
    copied = [rest.split()[:-1] for word, rest in instructions if word == "COPY"]
    assert copied
    assert all((DOCKER.parent / path).exists() for paths in copied for path in paths)


def test_pg_dump_in_the_image_is_of_the_databases_own_version():
    database = re.search(r"postgis:(\d+)-", raw()["services"]["database"]["image"])[1]
    assert f"postgresql-client-{database} " in (DOCKER / "backend.Dockerfile").read_text()


def test_the_database_logs_no_values():
    told = " ".join(services(CHOSEN)["database"]["command"])
    assert "log_error_verbosity=terse" in told
    assert "log_min_error_statement=panic" in told


def test_the_alert_rules_ask_for_metrics_that_there_are(app):
    from tests.cast import Caller
    from tests.core.test_metrics import TOKEN

    settings = app.extensions["westu"].settings
    object.__setattr__(settings, "metrics_token", TOKEN)
    told = Caller(app).get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).get_data(as_text=True)
    object.__setattr__(settings, "metrics_token", "")
    asked = set(re.findall(r"westu_\w+", (DOCKER / "alerts.yml").read_text()))
    there = set(re.findall(r"^# TYPE (\w+)", told, re.MULTILINE))
    assert asked - there == set()
