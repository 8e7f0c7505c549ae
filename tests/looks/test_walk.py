"""Walks every screen in every state, by day and by night, small and large, in both languages: nothing is cut,
cramped, out of reach or hard to read, and nothing moves for those who want no motion.

With SHOTS set to a folder, and GL, it leaves a picture of each there; LOOKS="all" walks the long list.
"""

import os
from importlib import import_module
from pathlib import Path

import pytest

from tests.looks import (  # noqa: F401 - their scenes
    broken_devices,
    checking,
    city_says,
    devices,
    mapping,
    reporting,
    rolling,
    signed_in,
    speaking,
    wishes,
)
from tests.looks.scenes import GUEST, RESIDENT, SCENES, STAFF, TUNNEL

SMALL, PHONE, TURNED, TABLET, DESK = (360, 640), (411, 891), (891, 411), (960, 1200), (1366, 768)
HARDEST = ("dark", 2.0, "es", SMALL)
LOOKS = {
    GUEST: [HARDEST],
    RESIDENT: [HARDEST],
    STAFF: [HARDEST],
    TUNNEL: [HARDEST, ("light", 1.0, "en", DESK)],
}
"""What is walked each time: what is hardest. `make soak` walks the long list."""
LONG_LIST = [
    (mode, scale, language, size)
    for size in (SMALL, PHONE, TURNED, TABLET, DESK)
    for scale in (1.0, 1.3, 1.6, 2.0)
    for mode, language in (("light", "en"), ("dark", "es"))
]
STATES = {
    "requests": {"empty", "loading", "full", "offline", "waiting", "session-ended", "too-old", "alerts"},
    "request": {
        "received",
        "begun",
        "asks",
        "not-fixed",
        "waiting",
        "outside",
        "account-needed",
        "arriving",
        "gone",
        "offline",
    },
    "report": {
        "photo-none",
        "photo-busy",
        "place",
        "place-outside",
        "topics",
        "topic-referred",
        "words-none",
        "review",
    },
    "work": {"loading", "full", "nothing-fits", "asking", "older-offline"},
    "work_map": {"full", "chosen", "older-offline"},
    "work_item": {"loading", "new", "closed", "waiting", "refused", "offline", "gone"},
    "inbox": {"empty", "full", "alerts"},
    "alert": {"shown", "area", "perhaps", "elsewhere", "over", "waiting", "gone", "offline"},
    "alerts": {"empty", "full"},
    "alert_work": {
        "draft",
        "lacks",
        "changed",
        "out",
        "over",
        "cancelled",
        "waits",
        "refused",
        "gone",
        "waiting",
        "publish-offline",
        "publish-mine",
    },
    "alert_edit": {"new", "wrong", "change", "area", "area-none"},
    "alert_progress": {"asking", "shown", "stale", "none", "gone", "offline"},
    "notify": {
        "guest",
        "blocked",
        "waiting",
        "mail-off",
        "mail-asked",
        "mail-wrong",
        "mail-on",
        "refused",
        "unknown",
        "staff",
    },
    "home_place": {"none", "set", "searching", "nothing"},
    "more": {"guest", "account", "waiting", "session-ended"},
    "sign_in": {"plain", "wrong", "busy", "offline"},
    "sign_up": {"plain", "wrong"},
    "password": {"plain", "wrong"},
    "sessions": {"loading", "full", "offline"},
    "claim": {"plain", "wrong", "refused"},
    "move": {"plain", "code", "offline"},
    "waiting": {"empty", "waiting", "refused"},
    "things": {"empty", "full", "found", "nothing-fits", "unknown"},
    "thing": {"mine", "broken", "stock", "lost", "promised", "refused", "offline"},
    "reservations": {"full", "empty"},
    "reserve": {"plain", "taken"},
    "custody": {"whole", "broken", "offline"},
    "hand": {"many", "ready", "override", "barred", "back", "unit", "place"},
    "swap": {"spares", "barred", "none"},
    "attest": {"begun", "nothing"},
    "faults": {"full", "empty"},
    "fault_new": {"scan", "lacks", "swap-now"},
    "fault": {"open", "repair", "asks", "waiting", "gone"},
    "inbox_things": {"full", "empty", "settle"},
    "stocktakes": {"full", "empty", "begin"},
    "stocktake": {"counting", "others", "gone"},
    "due": {"full", "empty", "unknown", "refused"},
    "check_run": {
        "audit",
        "audit-wrong",
        "thing",
        "thing-lacks",
        "line-fails",
        "line-photo",
        "sign",
        "sign-failed",
        "sign-lacks",
        "gone",
    },
    "board": {"full", "department", "stale", "empty"},
    "wall": {"live", "stale"},
    "unit": {"red", "amber", "gone"},
    "checks": {"full", "empty"},
    "check": {"failed", "waits", "refused", "gone"},
    "templates": {"full", "empty"},
    "template": {"shown", "gone"},
    "find": {"plain", "offline", "lacks", "sent"},
    "map": {
        "full",
        "empty",
        "offline",
        "layers",
        "no-layers",
        "told",
        "here",
        "nearest-of",
        "nearest",
        "going",
        "measure",
        "measured",
        "area",
        "searching",
        "nothing-found",
        "found",
    },
}
"""What each screen must be looked at in: a new screen of the app fails until it stands here, with its scenes."""


def test_every_screen_of_the_app_is_walked_in_each_of_its_states(kit):
    from mobile.app import SCREENS

    walked = {name: {one.state for one in SCENES if one.screen == name} for name in SCREENS}
    assert set(STATES) == set(SCREENS)
    assert {name: STATES[name] - walked[name] for name in SCREENS if STATES[name] - walked[name]} == {}


@pytest.fixture
def worlds(make, show_app, kit, tmp_path):
    from tests.looks.worlds import Worlds

    return Worlds(make, show_app, kit, tmp_path)


def wear(phone, look):
    mode, scale, language, size = look
    phone.clear()
    phone.kit.theme.mode, phone.kit.theme.text_scale, phone.kit.words.language = mode, scale, language
    phone.kit.theme.motion = False
    if tuple(phone.robot.win.size) != size:
        phone.robot.resize(*size)


def walk(phone, looks, who, look_at):
    """Show each scene of these looks; what was seen of each, and the sheets that were open."""
    from mobile.widgets.sheet import Sheet
    from tests.looks.colours import pairs, poor
    from tests.looks.faults import faults

    told, met, sheets = [], set(), set()
    for look in looks:
        wear(phone, look)
        for one in SCENES:
            if one.who == who and os.environ.get("ONLY", "") in one.name:
                phone.show(one)
                sheets |= {type(child) for child in phone.robot.win.children if isinstance(child, Sheet)}
                found = {*faults(phone.robot), *phone.moved}
                look_at(one, look)
                # The next scene begins in the mode that is looked at last: each change paints every screen anew.
                for mode in sorted(("light", "dark"), key=lambda mode: mode != phone.kit.theme.mode):
                    phone.kit.theme.mode = mode
                    phone.robot.frames()  # what is painted follows with the next one
                    colours = pairs(phone.robot)
                    met |= colours
                    found |= {(mode, *pair) for pair in poor(colours)}
                told += [(one.name, look, fault) for fault in found]
    phone.clear()
    return told, met, sheets


SHEETS = {
    GUEST: {
        "ConfirmSheet",
        "LayersSheet",
        "LeaveSheet",
        "LinesSheet",
        "PickSheet",
        "PictureSheet",
        "ToldSheet",
    },
    TUNNEL: set(),
    RESIDENT: {"ConfirmSheet", "NameSheet"},
    STAFF: {
        "AssignSheet",
        "BeginSheet",
        "CancelSheet",
        "CloseSheet",
        "CodeSheet",
        "ConfirmSheet",
        "HandBackSheet",
        "LeaveCheckSheet",
        "LineSheet",
        "LinesSheet",
        "NoteSheet",
        "PickSheet",
        "PublishSheet",
        "SettleSheet",
        "StepSheet",
        "SlotSheet",
        "SwapSheet",
        "WhomSheet",
    },
}
"""Which sheets each world's walk meets."""


@pytest.mark.parametrize("who", [GUEST, TUNNEL, RESIDENT, STAFF])
def test_nothing_is_cut_cramped_out_of_reach_hard_to_read_or_moving(worlds, who, soak, tmp_path):
    from tests.robot import choose_window

    phone, out = worlds.phone(who), os.environ.get("SHOTS")

    def look_at(one, look):
        if out and choose_window() == "gl":
            Path(out).mkdir(parents=True, exist_ok=True)
            mode, scale, language, (width, _) = look
            phone.kit.theme.mode = mode
            phone.robot.shot(Path(out) / f"{one.name}-{mode}-{scale:g}-{language}-{width}.png")

    wanted = os.environ.get("LOOKS", "")
    looks = LONG_LIST if soak or wanted == "all" else eval(wanted) if wanted else LOOKS[who]
    told, met, sheets = walk(phone, looks, who, look_at)
    assert told == [], "\n" + "\n".join(map(str, told))
    if "ONLY" not in os.environ:
        assert len(met) > 30
        assert {cls.__name__ for cls in sheets} == SHEETS[who]


def test_every_sheet_of_the_app_is_walked(kit):
    from mobile.app import SCREENS
    from mobile.widgets.sheet import Sheet

    for where in SCREENS.values():
        import_module(where.partition(":")[0])

    def below(cls):
        return {cls} | {deeper for kind in cls.__subclasses__() for deeper in below(kind)}

    ours = {cls for cls in below(Sheet) - {Sheet} if cls.__module__.startswith("mobile.")}
    assert {cls.__name__ for cls in ours} == set().union(*SHEETS.values())
