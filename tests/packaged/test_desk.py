"""The desk's app: it has all that it needs, where it lies in the repository and in a folder that needs no Python."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.packaged.requirements import ROOT

CHECKS = {"words", "zones", "pack", "store", "photos", "tls", "screens"}


def self_test(*command, home, cwd=ROOT):
    """Run it with nothing of this process's window in its surroundings: (exit code, check → what it says)."""
    bare = {"PATH": "/usr/bin:/bin", "HOME": str(home), "LANG": "C.UTF-8", "KIVY_HOME": str(home / "kivy")}
    bare["KIVY_NO_ARGS"] = "1"
    done = subprocess.run(
        [*command, "--self-test"], cwd=cwd, env=bare, capture_output=True, text=True, check=False
    )
    told = [line.split(maxsplit=2) for line in done.stdout.splitlines() if line.startswith(("ok ", "FAULT "))]
    return (
        done.returncode,
        {check.rstrip(":"): verdict for verdict, check, _ in told},
        done.stdout + done.stderr,
    )


@pytest.fixture
def bundle_spec():
    """What westu.spec tells PyInstaller, with nothing built."""
    told = SimpleNamespace()

    def analysis(scripts, **options):
        told.scripts, told.options = scripts, options
        return SimpleNamespace(pure=[], scripts=[], binaries=[], datas=[])

    def nothing(*_, **__):
        return None

    names = {"Analysis": analysis, "PYZ": nothing, "EXE": nothing, "COLLECT": nothing}
    spec = ROOT / "mobile/westu.spec"
    exec(compile(spec.read_text("utf-8"), spec, "exec"), names | {"SPECPATH": str(spec.parent)})
    return told


def test_the_bundle_takes_along_each_file_that_the_app_reads(bundle_spec):
    taken = {Path(folder) / Path(file).name for file, folder in bundle_spec.options["datas"]}
    read = {
        path.relative_to(ROOT)
        for folder in ("mobile", "shared_models")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc"} and "p4a" not in path.parts
    }
    assert read - taken == {
        Path("mobile/README.md"),
        Path("mobile/buildozer.spec"),
        Path("mobile/westu.spec"),
        Path("shared_models/README.md"),
    }
    beside = {path.as_posix() for path in taken}
    assert "certifi/cacert.pem" in beside
    assert "fonticon_mdi7/fonts/materialdesignicons-webfont.ttf" in beside
    assert "tzdata/zoneinfo/America/Chicago" in beside


def test_the_bundle_knows_each_module_of_the_app(bundle_spec):
    hidden = set(bundle_spec.options["hiddenimports"])
    from mobile.app import SCREENS

    assert {where.partition(":")[0] for where in SCREENS.values()} <= hidden
    assert not any(name.startswith("mobile.p4a") for name in hidden)


def test_the_self_test_finds_what_is_missing(tmp_path):
    for folder in ("mobile", "shared_models"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", "p4a"))
    (tmp_path / "mobile/locale/es.toml").unlink()
    (tmp_path / "mobile/shipped/city.mbtiles").write_bytes(b"cut short")
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from mobile.selftest import CHECKS, main; "
    program += "import mobile.selftest as s; s.CHECKS = CHECKS[:5]; sys.exit(main())"
    code, told, words = self_test(sys.executable, "-P", "-c", program, home=tmp_path)
    faults = {check for check, verdict in told.items() if verdict == "FAULT"}
    assert (code, faults) == (1, {"words", "pack"}), words


def laid_out(spec, folder):
    """What westu.spec takes of ours, and nothing else of ours, in a folder; gives the command that runs it there."""
    for name in spec.options["hiddenimports"]:
        source = ROOT.joinpath(*name.split("."))
        source = source / "__init__.py" if source.is_dir() else source.with_suffix(".py")
        if source.exists():
            place = folder / source.relative_to(ROOT)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, place)
    for file, inside in spec.options["datas"]:
        if {ROOT / "mobile", ROOT / "shared_models"} & set(Path(file).parents):
            (folder / inside).mkdir(parents=True, exist_ok=True)
            shutil.copy(file, folder / inside)
    return [
        sys.executable,
        "-c",
        "import runpy; runpy.run_module('mobile.main', run_name='__main__', alter_sys=True)",
    ]


def built(folder):
    """The bundle as PyInstaller makes it, moved to another place; gives the command that runs it."""
    words = [
        "mobile/westu.spec",
        "--noconfirm",
        "--log-level",
        "WARN",
        "--distpath",
        folder,
        "--workpath",
        folder / "work",
    ]
    made = subprocess.run(
        [sys.executable, "-m", "PyInstaller", *words],
        cwd=ROOT,
        env={**os.environ, "KIVY_GL_BACKEND": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    shutil.move(folder / "westu", folder / "moved")
    return [folder / "moved/westu"]


@pytest.mark.usefixtures("pixels")
def test_what_the_bundle_takes_along_finds_nothing_wrong_with_itself(bundle_spec, soak, tmp_path):
    """The short form lays out what the bundle would hold; the long form builds it, and runs it without any Python."""
    command = built(tmp_path) if soak else laid_out(bundle_spec, tmp_path)
    code, told, words = self_test(*command, home=tmp_path, cwd=tmp_path)
    assert (code, told) == (0, dict.fromkeys(CHECKS, "ok")), words
