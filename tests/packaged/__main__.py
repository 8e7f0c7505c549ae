"""Whether Android could have all that the phone needs: ``python -m tests.packaged``; with ``--write`` renew the outcome.

It asks python-for-android for its recipes, and the package index for a wheel in pure Python of everything else.
"""

import email
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from packaging.utils import canonicalize_name, parse_wheel_filename

from tests.packaged.requirements import OUTCOME, P4A, SPEC, for_android, locked, phone, requirements_line


def run(*command):
    done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return done.stdout


def ask_p4a(names):
    """What python-for-android builds for these, and what it leaves to pip."""
    tool = ("uv", "run", "--quiet", "--no-project", "--isolated", "--python", sys.executable)
    program = Path(__file__).with_name("p4a.py")
    return json.loads(
        run(*tool, "--with", f"python-for-android=={P4A}", "python", str(program), "python3", *names)
    )


def pure_wheels(names):
    """name → version, file and needs of a wheel that any Python 3 on any machine can use. Ends where there is none."""
    pins = locked()
    wanted = [f"{name}=={pins[name]}" if name in pins else name for name in names]
    with tempfile.TemporaryDirectory() as folder:
        pure = ("--implementation", "py", "--abi", "none", "--platform", "any")
        run("pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", *pure, "-d", folder, *wanted)
        return dict(sorted(read_wheel(file) for file in Path(folder).glob("*.whl")))


def read_wheel(file):
    name, version, _, _ = parse_wheel_filename(file.name)
    with zipfile.ZipFile(file) as wheel:
        inside = next(each for each in wheel.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", each))
        told = email.message_from_bytes(wheel.read(inside))
    needs = [str(each) for each in for_android(told.get_all("Requires-Dist", []))]
    return canonicalize_name(name), {"version": str(version), "file": file.name, "needs": sorted(needs)}


def main():
    names = {canonicalize_name(one.name) for one in phone()}
    while True:
        told = ask_p4a(sorted(names))
        told["wheels"] = pure_wheels(told.pop("pip"))
        more = {
            canonicalize_name(one.name)
            for wheel in told["wheels"].values()
            for one in for_android(wheel["needs"])
        }
        if more <= {*names, *told["recipes"], *told["wheels"]}:
            break
        names |= more
    text = json.dumps(told, indent=1) + "\n"
    if "--write" in sys.argv:
        OUTCOME.write_text(text)
        spec = re.sub(
            r"(?m)^requirements =.*$", f"requirements = {requirements_line(told)}", SPEC.read_text()
        )
        SPEC.write_text(spec)
    elif OUTCOME.read_text() != text:
        raise SystemExit(
            "python-for-android or the index say something else by now: python -m tests.packaged --write"
        )
    print(
        f"Android can have all of it: {len(told['recipes'])} recipes, {len(told['wheels'])} wheels in pure Python."
    )


if __name__ == "__main__":
    main()
