"""Pictures of the main screens by the means of their blocks: fonts and drivers may move a pixel, a look may not change.

`REFERENCES=anew` writes the references from what is drawn now; look at the pictures (SHOTS) before you keep them.
"""

import base64
import json
import os
from pathlib import Path

import pytest
from PIL import Image

from mobile import assets, checks
from tests.looks import broken_devices, checking, devices, reporting, rolling, signed_in  # noqa: F401 - their scenes
from tests.looks.scenes import GUEST, RESIDENT, SCENES, STAFF
from tests.looks.test_walk import PHONE, wear, worlds  # noqa: F401 - a fixture

KEPT = Path(__file__).with_name("references.json")
BLOCK = 32  # pixels on a side
TOLERANCE = 20  # of 255, in each channel
MOST = 0.06  # of the blocks may differ by more: a date that is longer, a badge that counts
SCALES, MODES = (1.0, 2.0), ("light", "dark")
DAY, SPAN = "Friday, November 27, 2026, 6:00 PM", "Nov 27, 6:00 AM – 6:00 PM"  # noqa: RUF001 - as the app writes it
MAIN = {
    RESIDENT: ("requests-full", "request-asks", "inbox-full", "more-account", "more-name"),
    STAFF: (
        "work-full", "work_item-given", "work_item-step-close",
        # Devices and checks: each of their screens, and the sheets that are used most.
        "things-full", "thing-mine", "custody-whole", "hand-unit", "swap-spares",
        "reserve-plain", "reservations-full", "attest-begun", "faults-full", "fault_new-lacks", "fault-open",
        "inbox_things-full", "stocktakes-full", "stocktake-others", "due-full", "check_run-thing",
        "check_run-line-fails", "check_run-sign", "board-full", "wall-live", "unit-red", "checks-full", "check-failed",
        "templates-full", "template-shown",
    ),
    GUEST: ("find-plain",),
}  # fmt: skip


def dated(lines, said, **where):
    """These lines with the same date on each day: what is longer by a word may wrap, and move all below it."""
    fits = [all(line[name] == value for name, value in where.items()) for line in lines]
    return [{**line, **said} if fit else line for line, fit in zip(lines, fits, strict=True)]


def pin_reserve(model):
    model.until_text = DAY


def pin_reservations(model):
    model.mine, model.others = (dated(lines, {"subtitle": SPAN}) for lines in (model.mine, model.others))


def pin_check(model):
    model.facts = dated(model.facts, {"key": DAY}, icon="clock")


PINNED = {
    "reserve-plain": pin_reserve,
    "reservations-full": pin_reservations,
    "check-failed": pin_check,
}
"""What is said in long dates."""


def means(picture):
    """The mean colour of each block, as bytes."""
    size = (picture.width // BLOCK, picture.height // BLOCK)
    return picture.convert("RGB").resize(size, Image.Resampling.BOX).tobytes()


def differing(one, two):
    """The share of blocks that differ by more than the tolerance."""
    assert len(one) == len(two)
    blocks = range(0, len(one), 3)
    far = sum(any(abs(one[at + c] - two[at + c]) > TOLERANCE for c in range(3)) for at in blocks)
    return far / len(blocks)


@pytest.mark.parametrize("who", MAIN)
def test_the_main_screens_look_as_they_did_by_day_and_night_small_and_large(worlds, who, pixels, tmp_path):  # noqa: F811
    phone = worlds.phone(who)
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    wanted = [one for one in SCENES if one.name.removeprefix(f"{who}-") in MAIN[who] and one.who == who]
    assert len(wanted) == len(MAIN[who])
    folder, told = Path(os.environ.get("SHOTS") or tmp_path), {}
    for scale in SCALES:
        wear(phone, ("light", scale, "en", PHONE))
        for one in wanted:
            phone.show(one)
            if pin := PINNED.get(one.name.removeprefix(f"{who}-")):
                pin(phone.model)
                phone.rest()
            for mode in MODES:
                phone.kit.theme.mode = mode
                phone.robot.frames(2)
                name = f"{one.name}-{mode}-{scale:g}"
                now = means(Image.open(phone.robot.shot(folder / f"{name}.png")))
                if os.environ.get("REFERENCES") == "anew":
                    kept[name] = base64.b64encode(now).decode()
                told[name] = differing(now, base64.b64decode(kept[name]))
            phone.kit.theme.mode = "light"
    phone.clear()
    if os.environ.get("REFERENCES") == "anew":
        KEPT.write_text(json.dumps(kept, indent=0, sort_keys=True) + "\n")
    assert {name: share for name, share in told.items() if share > MOST} == {}


def test_every_screen_of_devices_and_checks_has_its_picture():
    pictured = {one.screen for one in SCENES if one.name.removeprefix(f"{one.who}-") in MAIN.get(one.who, ())}
    assert {*assets.SCREENS, *checks.SCREENS} - pictured == set()


def test_another_look_is_told_from_the_kept_one():
    kept = {name: base64.b64decode(text) for name, text in json.loads(KEPT.read_text()).items()}
    pairs = [(name, name.replace("-light-", "-dark-")) for name in kept if "-light-" in name]
    assert len(pairs) == 2 * sum(map(len, MAIN.values()))
    assert min(differing(kept[light], kept[dark]) for light, dark in pairs) > 0.5
    large = [(name, name.removesuffix("-1") + "-2") for name in kept if name.endswith("-1")]
    assert min(differing(kept[small], kept[grown]) for small, grown in large) > MOST
