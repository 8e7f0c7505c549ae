"""The app's own Java: it compiles, does what it says, and means the same as the Python beside it."""

import random
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from mobile.core.area import inside, written
from mobile.core.device import scanner
from mobile.core.pushed import concerns
from mobile.p4a import hook
from shared_models.basics import Point
from tests.packaged.requirements import ROOT, spec
from tests.phone.test_area import TABLE

STUBS = Path(__file__).with_name("stubs")


def test_java_and_python_mean_the_same_service_and_the_same_preferences():
    java = (ROOT / "mobile/p4a/java/org/city/push/CityMessagingService.java").read_text()
    python = (ROOT / "mobile/core/device/push.py").read_text()
    assert "package org.city.push;" in java and hook.SERVICE in python
    for word in (
        '"city_push"',
        '"waiting"',
        '"message"',
        '"sync"',
        '"home"',
        '"push"',
        "onPush",
        "makeChannels",
    ):
        assert word in java and word in python, word


needs_java = pytest.mark.skipif(
    not shutil.which("javac") or not shutil.which("java"),
    reason="needs a JDK: apt install default-jdk-headless",
)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """The folder of the service's classes, compiled against stubs of what it uses."""
    folder = tmp_path_factory.mktemp("java")
    sources = [*STUBS.rglob("*.java"), *(ROOT / "mobile/p4a/java").rglob("*.java")]
    command = ["javac", "-Xlint:all,-options", "-Werror", "--release", "8", "-d", folder, *sources]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    return folder


@needs_java
def test_java_and_python_agree_on_what_lies_in_an_area(compiled):
    """The table that Python is held to, and many more places, half of them on corners and edges."""
    pick = random.Random(7)
    asked = [(place, corners) for place, corners, _ in TABLE]
    for _ in range(2000):
        corners = [(pick.randint(-5, 5) / 10, pick.randint(-5, 5) / 10) for _ in range(pick.randint(3, 9))]
        a, b = pick.sample(corners, 2)
        on_edge = ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
        anywhere = (round(pick.uniform(-0.6, 0.6), 6), round(pick.uniform(-0.6, 0.6), 6))
        asked.append((pick.choice([on_edge, anywhere, a]), corners))
    lines = [
        f"{written(*place)}|{' '.join(written(*corner) for corner in corners)}" for place, corners in asked
    ]
    told = subprocess.run(
        ["java", "-cp", compiled, "org.city.push.Places"],
        input="\n".join(lines), capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    ours = []
    for place, corners in asked:
        area = " ".join(written(*corner) for corner in corners)
        within = inside(place, [Point(lat=lat, lon=lon) for lat, lon in corners])
        ours.append(f"{within} {concerns({'area': area}, place)}".lower())
    assert told == ours
    assert len(told) == len(asked) and {"true true", "false false", "false true"} <= set(told)


@needs_java
def test_the_scanner_reads_upright_and_lying_labels_hands_back_the_first_code_and_lets_go_of_the_camera(
    compiled,
):
    told = subprocess.run(
        ["java", "-cp", compiled, "org.city.scan.ScanDrive"], capture_output=True, text=True, check=True
    )
    assert told.stdout.splitlines() == [
        "looks for [QR_CODE, CODE_128]",
        "focus continuous-picture",
        "turned 90",
        "started",
        "light torch",
        "light off",
        "sees [4, 1, 5, 2, 6, 3]",  # 1 2 3 over 4 5 6, turned clockwise
        "sees [7, 2, 3, 4, 5, 6]",
        "sees [1, 9, 5, 2, 6, 3]",
        "result -1 {code=WU-0042}",
        "finished",
        "asks on false",
        "stopped",
        "released",
        "looks for [QR_CODE, CODE_128]",
        "finished",
    ]


def test_java_and_python_mean_the_same_scanner():
    java = (ROOT / "mobile/p4a/java/org/city/scan/ScanActivity.java").read_text()
    python = (ROOT / "mobile/core/device/scanner.py").read_text()
    assert "package org.city.scan;" in java and scanner.ACTIVITY == hook.SCANNER
    assert '"code"' in java and '"code"' in python and '"scan_hint"' in java
    for folder in ("values", "values-es"):
        (hint,) = ET.parse(ROOT / "mobile/p4a/res" / folder / "scan.xml").getroot()
        assert (hint.tag, hint.get("name")) == ("string", "scan_hint")
    assert "com.google.zxing:core:" in spec()["android.gradle_dependencies"]


@needs_java
def test_the_service_compiles_and_shows_keeps_and_hands_over_each_message_once(compiled):
    """Against stubs of the few classes of Android and Firebase that it uses, driven by a program beside them."""
    told = subprocess.run(
        ["java", "-cp", compiled, "org.city.push.Drive"], capture_output=True, text=True, check=True
    )
    assert told.stdout.splitlines() == [
        "shown tag=m1 channel=status title=Closed",
        "heard message {mid=m1, title=Closed}",
        "shown tag=request-7 channel=alerts title=Flood",
        "heard message {mid=m2, title=Flood, channel=alerts, collapse=request-7}",
        "shown tag=m3 channel=alerts title=Far",
        "heard message {mid=m3, title=Far, channel=alerts, area=0,0 0,1 1,1 1,0}",
        "heard message {mid=m4, title=Far again, channel=alerts, area=0,0 0,1 1,1 1,0}",
        "shown tag=m5 channel=alerts title=Near",
        "heard message {mid=m5, title=Near, channel=alerts, area=29.71,-95.44 29.71,-95.42 29.73,-95.42 29.73,-95.44}",
        "shown tag=m6 channel=news title=News",
        "heard message {mid=m6, title=News, channel=news}",
        "shown tag=m7 channel=alerts title=Two",
        "heard message {mid=m7, title=Two, channel=alerts, id=a, revision=2, area=29.71,-95.44 29.71,-95.42 29.73,-95.42 29.73,-95.44}",
        "heard message {mid=m8, title=One, late, channel=alerts, id=a, revision=1}",
        "shown tag=m9 channel=alerts title=Three, moved away",
        "heard message {mid=m9, title=Three, moved away, channel=alerts, id=a, revision=3, area=0,0 0,1 1,1 1,0}",
        "heard token fresh",
        "heard sync {}",
        "kept 10",
    ]
