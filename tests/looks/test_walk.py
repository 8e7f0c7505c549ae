"""Walks every screen in every state."""

import os
from pathlib import Path

import pytest

from tests.looks import signed_in  # noqa: F401 - its scenes
from tests.looks.scenes import GUEST, RESIDENT, SCENES, STAFF, TUNNEL
from tests.looks.worlds import Worlds

SMALL, PHONE, TABLET, DESK = (360, 640), (411, 891), (960, 1200), (1366, 768)
LOOKS = (
    ("light", 1.0, "en", PHONE),
    ("dark", 2.0, "es", SMALL),
)


@pytest.fixture
def worlds(make, show_app, kit, tmp_path):
    return Worlds(make, show_app, kit, tmp_path)


def wear(phone, look):
    mode, scale, language, size = look
    phone.clear()
    phone.kit.theme.mode, phone.kit.theme.text_scale, phone.kit.words.language = mode, scale, language
    phone.kit.theme.motion = False
    if tuple(phone.robot.win.size) != size:
        phone.robot.resize(*size)


@pytest.mark.parametrize("who", [GUEST, TUNNEL, RESIDENT, STAFF])
def test_nothing_is_cut_cramped_or_out_of_reach_on_any_screen_in_any_state(worlds, who):
    from tests.robot import choose_window

    phone = worlds.phone(who)
    from tests.looks.faults import faults
    out = os.environ.get("SHOTS")
    only = os.environ.get("ONLY", "")
    looks = eval(os.environ["LOOKS"]) if "LOOKS" in os.environ else LOOKS
    for look in looks:
        wear(phone, look)
        for one in SCENES:
            if one.who != who or only not in one.name:
                continue
            try:
                phone.show(one)
            except BaseException as e:
                import traceback; print("FAIL", one.name, repr(e)[:300]); print("\n".join("  TB "+x for x in traceback.format_exc().splitlines()[-70:]))
                if "Exception" not in str(type(e).__mro__): raise
                continue
            for f in sorted(set(faults(phone.robot))):
                print(one.name, *look[:3], look[3][0], f)
            if out and choose_window() == "gl":
                m, s, l, z = look
                Path(out).mkdir(exist_ok=True, parents=True)
                phone.robot.shot(Path(out) / f"{one.name}-{m}-{s:g}-{l}-{z[0]}.png")
    phone.clear()
