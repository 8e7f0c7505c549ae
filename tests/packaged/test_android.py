"""The Android app, as far as it can be shown with no Android SDK: its spec, its requirements, its hook, its Java."""

import ast
import fnmatch
import json
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import pytest
from packaging.utils import canonicalize_name, parse_wheel_filename
from PIL import Image, ImageChops

import mobile
from mobile.p4a import draw, hook
from shared_models.assets import tag_of
from tests.packaged.requirements import (
    P4A,
    ROOT,
    for_android,
    listed,
    locked,
    outcome,
    phone,
    requirements_line,
    spec,
)

STUBS = Path(__file__).with_name("stubs")
NEEDED = {
    "INTERNET": "the server",
    "CAMERA": "a photo of what is reported, the code of a label",
    "ACCESS_COARSE_LOCATION": "asked together with the fine one, from Android 12 on",
    "ACCESS_FINE_LOCATION": "the pin",
    "POST_NOTIFICATIONS": "how a report fares",
}
ON_THE_PHONE_ALONE = {"plyer", "pyjnius", "chardet", "six", "sniffio"}
"""What no desk or server installs."""


# ── requirements ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_spec_asks_for_exactly_what_the_phone_needs():
    assert spec()["requirements"] == requirements_line(outcome()), "python -m tests.packaged --write"


def test_all_that_the_phone_needs_has_a_recipe_or_a_pure_wheel_in_a_version_that_fits():
    told = outcome()
    there = told["recipes"] | {name: wheel["version"] for name, wheel in told["wheels"].items()}
    needs = phone() + [need for wheel in told["wheels"].values() for need in for_android(wheel["needs"])]
    for need in needs:
        name = canonicalize_name(need.name)
        assert need.specifier.contains(there.get(name, ""), prereleases=True), f"{need}: {there.get(name)}"


def test_each_wheel_is_pure_and_of_the_version_that_is_locked():
    for name, wheel in outcome()["wheels"].items():
        _, version, _, tags = parse_wheel_filename(wheel["file"])
        assert {(tag.abi, tag.platform) for tag in tags} == {("none", "any")}, wheel
        assert any(tag.interpreter == "py3" for tag in tags), wheel
        assert str(version) == wheel["version"] == locked().get(name, wheel["version"])


def test_what_is_installed_here_is_as_pure_and_needs_what_was_written_down():
    seen = set()
    for name, wheel in outcome()["wheels"].items():
        try:
            found = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            assert name in ON_THE_PHONE_ALONE, name
            continue
        seen.add(name)
        needs = sorted(str(need) for need in for_android(found.requires or []))
        assert (found.version, needs) == (wheel["version"], wheel["needs"]), name
        if name != "charset-normalizer":  # on a desk it is the faster one with C in it
            assert "Root-Is-Purelib: true" in found.read_text("WHEEL"), name
    assert len(seen) >= 9


def test_kivy_is_the_same_on_the_phone_and_on_the_desk():
    assert outcome()["recipes"]["kivy"] == locked()["kivy"]


def test_the_recipes_are_those_of_the_python_for_android_that_builds():
    year, month, day = P4A.split(".")
    assert outcome()["python-for-android"] == P4A
    assert spec()["p4a.branch"] == f"v{year}.{int(month):02}.{int(day):02}"


def test_the_app_imports_nothing_that_the_phone_has_not():
    """By the names of modules: what is imported anywhere below mobile/ and shared_models/."""
    modules = {"certifi", "kivy", "httpx", "marshmallow", "fonticon_mdi7", "PIL", "plyer", "jnius", "android"}
    modules |= {"Crypto"}
    at_a_desk = {"zxingcpp"}
    for folder in ("mobile", "shared_models"):
        for file in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                for name in names:
                    first = name.partition(".")[0]
                    known = first in {"mobile", "shared_models"} | modules | set(sys.stdlib_module_names)
                    known = known or (first in at_a_desk and file.name == "scanner.py")
                    assert known, f"{file}: {name}"


# ── the spec ─────────────────────────────────────────────────────────────────────────────────────────────


def test_the_app_may_do_what_it_needs_and_no_more():
    assert set(listed(spec()["android.permissions"])) == set(NEEDED)


def test_the_version_is_that_of_the_app():
    found = re.search(spec()["version.regex"], (ROOT / "mobile/__init__.py").read_text())
    assert found[1] == mobile.__version__


def test_it_is_built_for_phones_of_today():
    told = spec()
    assert listed(told["android.archs"]) == ["arm64-v8a", "x86_64"]
    assert (
        int(told["android.api"]) >= 35 and int(told["android.minapi"]) == int(told["android.ndk_api"]) == 26
    )
    assert told["android.allow_backup"] == "False"


@pytest.fixture
def laid_out(tmp_path):
    """The folder in which the Dockerfile runs buildozer, made by its own COPY lines."""
    lines = (ROOT / "docker/phone.Dockerfile").read_text()
    for what in re.findall(r"^COPY --chown=westu (.+)$", lines, re.MULTILINE):
        *sources, target = what.split()
        for source in sources:
            place = tmp_path / target / Path(source).name if target == "./" else tmp_path / target
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, place, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / source, place)
    return tmp_path


def packed(folder):
    """The files that buildozer takes along from there."""
    told = spec()
    kinds = set(listed(told["source.include_exts"]))
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = file.relative_to(folder).as_posix()
        left_out = any(fnmatch.fnmatch(name, pattern) for pattern in listed(told["source.exclude_patterns"]))
        if file.suffix[1:] in kinds and not left_out:
            yield name


def test_the_packager_takes_along_all_that_the_app_reads_and_nothing_else(laid_out):
    taken = set(packed(laid_out))
    whole = {
        path.relative_to(ROOT).as_posix()
        for folder in ("mobile", "shared_models")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and "p4a" not in path.parts
    }
    left = {"mobile/buildozer.spec", "mobile/westu.spec", "mobile/README.md", "shared_models/README.md"}
    assert taken == whole - left | {"main.py"}


def test_each_file_that_the_spec_names_is_there(laid_out):
    for name, value in spec().items():
        if name.endswith("filename") or name in ("p4a.hook", "android.add_src", "android.add_resources"):
            assert (laid_out / value.replace("%(source.dir)s/", "")).exists(), name


def test_imports_read_the_same_where_the_packager_laid_them(laid_out):
    code = "import main, mobile.core.sync, shared_models.sync; print(main.__file__, mobile.__file__)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=laid_out, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [str(laid_out / "main.py"), str(laid_out / "mobile/__init__.py")]


def test_the_dockerfile_runs_buildozer_with_a_server_and_keeps_the_secret_out_of_the_image():
    lines = (ROOT / "docker/phone.Dockerfile").read_text()
    assert "buildozer android debug" in lines
    assert 'test -n "$SERVER"' in lines
    assert lines.index("ARG SERVER\n") < lines.index("buildozer android debug")  # the hook reads it
    assert "--mount=type=secret,id=google-services" in lines and "google-services.json ." not in lines
    for command in re.findall(r"^RUN (?:--mount=\S+ +\\\n)? *((?:.+\\\n)*.+)$", lines, re.MULTILINE):
        subprocess.run(["sh", "-n", "-c", command], check=True)


def test_the_pictures_are_those_that_are_drawn():
    for name, picture in draw.pictures().items():
        kept = Image.open(ROOT / "mobile/p4a" / name).convert("RGBA")
        difference = (
            ImageChops.difference(kept, picture).resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
        )
        assert kept.size == picture.size and max(difference) <= 1, f"{name}: python -m mobile.p4a.draw"


# ── the hook ─────────────────────────────────────────────────────────────────────────────────────────────

MANIFEST = """<?xml version="1.0" encoding="utf-8"?>
<manifest xmlns:android="http://schemas.android.com/apk/res/android" android:versionName="0.1.0">
    <!-- OpenGL ES 2.0 -->
    <uses-feature android:glEsVersion="0x00020000" />
    <application android:label="@string/app_name" android:icon="@mipmap/icon">
        <meta-data android:name="wakelock" android:value="0"/>
        <activity android:name="org.kivy.android.PythonActivity" android:exported="true" />
    </application>
</manifest>
"""
SERVICES = {
    "project_info": {"project_number": "1234", "project_id": "a-city"},
    "client": [
        {
            "client_info": {
                "mobilesdk_app_id": "1:1234:android:ab",
                "android_client_info": {"package_name": "org.city.westu"},
            },
            "api_key": [{"current_key": "AIza-public"}],
        }
    ],
}
NAME = f"{{{hook.ANDROID}}}name"


@pytest.fixture
def dist(tmp_path, monkeypatch):
    """The folder of python-for-android, just before Gradle."""
    (tmp_path / "src/main/res/values").mkdir(parents=True)
    (tmp_path / "src/main/AndroidManifest.xml").write_text(MANIFEST)
    (tmp_path / "build.gradle").write_text("android {\n    namespace 'org.city.westu'\n}\n")
    (tmp_path / "google-services.json").write_text(json.dumps(SERVICES))
    monkeypatch.setenv("GOOGLE_SERVICES", str(tmp_path / "google-services.json"))
    return tmp_path


def run_hook(dist):
    hook.before_apk_assemble(SimpleNamespace(_dist=SimpleNamespace(dist_dir=str(dist))))


def test_the_hook_puts_the_service_into_the_application_once_however_often_it_runs(dist):
    run_hook(dist)
    first = (dist / "src/main/AndroidManifest.xml").read_text()
    run_hook(dist)
    assert (dist / "src/main/AndroidManifest.xml").read_text() == first

    application = ET.fromstring(first).find("application")
    (service,) = application.findall("service")
    assert service.get(NAME) == hook.SERVICE
    assert service.find("intent-filter/action").get(NAME) == "com.google.firebase.MESSAGING_EVENT"
    assert {child.get(NAME) for child in application.findall("meta-data")} == {"wakelock", *hook.META}
    ours, scans = application.findall("activity")
    assert ours.get(NAME) == "org.kivy.android.PythonActivity"
    assert (scans.get(NAME), scans.get(f"{{{hook.ANDROID}}}exported")) == (hook.SCANNER, "false")


def test_addresses_of_labels_on_the_servers_host_open_the_app_however_often_the_hook_runs(
    dist, monkeypatch, capsys
):
    monkeypatch.setenv("SERVER", "https://help.city.example:8443/")
    run_hook(dist)
    first = (dist / "src/main/AndroidManifest.xml").read_text()
    run_hook(dist)
    assert (dist / "src/main/AndroidManifest.xml").read_text() == first
    app, _ = ET.fromstring(first).find("application").findall("activity")
    [opened] = app.findall("intent-filter")
    said = {
        name: {key.partition("}")[2]: value for key, value in opened.find(name).items()}
        for name in ("action", "data")
    }
    assert said["action"] == {"name": "android.intent.action.VIEW"}
    assert {one.get(NAME).rpartition(".")[2] for one in opened.findall("category")} == {
        "DEFAULT",
        "BROWSABLE",
    }
    assert said["data"] == {"scheme": "https", "host": "help.city.example", "pathPrefix": "/t/"}
    assert tag_of("https://help.city.example/t/WU-00123") == "WU-00123"


@pytest.mark.parametrize("server", ["", "http://10.0.2.2:8000"])
def test_a_server_without_https_opens_no_address_and_the_hook_says_so(dist, monkeypatch, capsys, server):
    monkeypatch.setenv("SERVER", server)
    run_hook(dist)
    assert "labels open the browser" in capsys.readouterr().out
    application = ET.parse(dist / "src/main/AndroidManifest.xml").getroot().find("application")
    assert application.findall("activity/intent-filter") == []


def test_the_hook_writes_the_values_of_google_services(dist):
    run_hook(dist)
    values = ET.parse(dist / "src/main/res/values/firebase.xml").getroot()
    assert {value.get("name"): value.text for value in values} == {
        "google_app_id": "1:1234:android:ab",
        "gcm_defaultSenderId": "1234",
        "project_id": "a-city",
        "google_api_key": "AIza-public",
    }


def test_the_hook_refuses_the_values_of_another_app(dist):
    (dist / "build.gradle").write_text("android {\n    namespace 'org.other'\n}\n")
    with pytest.raises(SystemExit, match=r"of org\.city\.westu, not of org\.other"):
        run_hook(dist)


def test_without_google_services_the_app_is_built_without_push_and_says_so(dist, monkeypatch, capsys):
    monkeypatch.delenv("GOOGLE_SERVICES")
    run_hook(dist)
    assert "without push" in capsys.readouterr().out
    assert not (dist / "src/main/res/values/firebase.xml").exists()


def test_each_resource_that_manifest_and_service_name_is_there():
    res = ROOT / "mobile/p4a/res"
    there = {f"drawable/{file.stem}" for file in (res / "drawable").iterdir()}
    for folder in ("values", "values-es"):
        for value in ET.parse(res / folder / "push.xml").getroot():
            there.add(f"{value.tag}/{value.get('name')}")
    assert {value[1:] for kind, value in hook.META.values() if kind == "resource"} <= there
    java = (ROOT / "mobile/p4a/java/org/city/push/CityMessagingService.java").read_text()
    channels = re.search(r"CHANNELS = .*?asList\((.*?)\)", java, re.DOTALL)[1]
    assert '"alerts"' in channels and '"news"' in channels
    for channel in re.findall(r'"(\w+)"', channels):
        assert f"string/channel_{channel}" in there
    assert "drawable/ic_notification" in there
