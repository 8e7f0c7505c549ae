"""The icons that we use, by our own names: Material Design Icons from `fonticon-materialdesignicons7`."""

from importlib.util import find_spec
from pathlib import Path

from kivy.core.text import LabelBase
from kivy.lang import global_idmap

FONT = "icons"

# The package's own module lists 7,447 names; we read only its font.
_package = find_spec("fonticon_mdi7")
assert _package is not None
assert _package.origin is not None
FONT_FILE = Path(_package.origin).parent / "fonts" / "materialdesignicons-webfont.ttf"
LabelBase.register(FONT, str(FONT_FILE))

ICONS = {
    "": "",
    "account": "\U000f0b55",
    "add": "\U000f0415",
    "alert": "\U000f05d6",
    "assign": "\U000f05b5",
    "area": "\U000f0560",
    "back": "\U000f004d",
    "bell": "\U000f009c",
    "broadcast": "\U000f0b23",
    "building": "\U000f151f",
    "calendar": "\U000f00ed",
    "camera": "\U000f0edc",
    "cancel": "\U000f073a",
    "caution": "\U000f04a1",
    "check": "\U000f012c",
    "choice": "\U000f043d",
    "chosen": "\U000f043e",
    "clock": "\U000f0150",
    "close": "\U000f0156",
    "copy": "\U000f018f",
    "delete": "\U000f09e7",
    "devices": "\U000f0fb0",
    "dog": "\U000f0a44",
    "done": "\U000f05e1",
    "down": "\U000f0140",
    "download": "\U000f0b8f",
    "edit": "\U000f0cb6",
    "emergency": "\U000f0ce6",
    "expand": "\U000f004c",
    "filter": "\U000f0236",
    "forward": "\U000f0142",
    "here": "\U000f01a4",
    "hide": "\U000f06d1",
    "history": "\U000f02da",
    "home": "\U000f06a1",
    "image": "\U000f0976",
    "inbox": "\U000f1274",
    "info": "\U000f02fd",
    "language": "\U000f05ca",
    "light": "\U000f0336",
    "list": "\U000f0a38",
    "lock": "\U000f0341",
    "look": "\U000f050e",
    "mail": "\U000f01f0",
    "map": "\U000f0982",
    "message": "\U000f036a",
    "minus": "\U000f0374",
    "more": "\U000f01d9",
    "motion": "\U000f0a8f",
    "news": "\U000f1004",
    "night": "\U000f0594",
    "no": "\U000f0512",
    "note": "\U000f11d7",
    "offline": "\U000f0164",
    "password": "\U000f0dd6",
    "phone": "\U000f03f2",
    "place": "\U000f07d9",
    "read_all": "\U000f012d",
    "refused": "\U000f05d6",
    "road": "\U000f0462",
    "search": "\U000f0349",
    "send": "\U000f048a",
    "sent": "\U000f1bec",
    "settings": "\U000f08bb",
    "show": "\U000f06d0",
    "sign_in": "\U000f0342",
    "sign_out": "\U000f0343",
    "sign_up": "\U000f0801",
    "siren": "\U000f0bea",
    "star": "\U000f04ce",
    "sync": "\U000f04e6",
    "tag": "\U000f04fc",
    "text_size": "\U000f027f",
    "tools": "\U000f0be0",
    "trash": "\U000f0a7a",
    "tree": "\U000f0e69",
    "undo": "\U000f054c",
    "waiting": "\U000f0b7e",
    "water": "\U000f0e0a",
    "working": "\U000f0996",
    "yes": "\U000f0514",
}

global_idmap["icons"] = ICONS
