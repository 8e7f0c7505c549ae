"""Pictures of the main screens by the means of their blocks: fonts and drivers may move a pixel, a look may not change.

`REFERENCES=anew` writes the references from what is drawn now; look at the pictures (SHOTS) before you keep them.
"""

import base64
import json
import os
from pathlib import Path

import pytest
from PIL import Image

from tests.looks import reporting, signed_in  # noqa: F401 - their scenes
from tests.looks.scenes import RESIDENT, SCENES, STAFF
from tests.looks.test_walk import PHONE, wear, worlds  # noqa: F401 - a fixture

KEPT = Path(__file__).with_name("references.json")
BLOCK = 32  # pixels on a side
TOLERANCE = 20  # of 255, in each channel
MOST = 0.06  # of the blocks may differ by more: a date that is longer, a badge that counts
LOOKS = [(mode, scale, "en", PHONE) for scale in (1.0, 2.0) for mode in ("light", "dark")]
MAIN = {
    RESIDENT: ("requests-full", "request-asks", "inbox-full", "more-account", "more-name"),
    STAFF: ("work-full", "work_item-given", "work_item-step-close"),
}


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
    for look in LOOKS:
        wear(phone, look)
        for one in wanted:
            phone.show(one)
            name = f"{one.name}-{look[0]}-{look[1]:g}"
            now = means(Image.open(phone.robot.shot(folder / f"{name}.png")))
            if os.environ.get("REFERENCES") == "anew":
                kept[name] = base64.b64encode(now).decode()
            told[name] = differing(now, base64.b64decode(kept[name]))
    phone.clear()
    if os.environ.get("REFERENCES") == "anew":
        KEPT.write_text(json.dumps(kept, indent=0, sort_keys=True) + "\n")
    assert {name: share for name, share in told.items() if share > MOST} == {}


def test_another_look_is_told_from_the_kept_one():
    kept = {name: base64.b64decode(text) for name, text in json.loads(KEPT.read_text()).items()}
    pairs = [(name, name.replace("-light-", "-dark-")) for name in kept if "-light-" in name]
    assert len(pairs) == 2 * sum(map(len, MAIN.values()))
    assert min(differing(kept[light], kept[dark]) for light, dark in pairs) > 0.5
    large = [(name, name.removesuffix("-1") + "-2") for name in kept if name.endswith("-1")]
    assert min(differing(kept[small], kept[grown]) for small, grown in large) > MOST
