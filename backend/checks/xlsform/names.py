"""The names that XLSForm and we have for things."""

from shared_models.photos import LONG_SIDE
from shared_models.templates import LineType

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

ENGLISH, SPANISH = "English (en)", "Español (es)"
LABELS = (f"label::{ENGLISH}", f"label::{SPANISH}")
HINTS = (f"hint::{ENGLISH}", f"hint::{SPANISH}")
SURVEY = (
    "type", "name", *LABELS, *HINTS, "required", "relevant", "constraint", "appearance",
    "parameters",
    "westu_cadence", "westu_severity", "westu_cji", "westu_limits", "westu_expect", "westu_unit",
)  # fmt: skip
CHOICES = ("list_name", "name", *LABELS, "westu_severity")
SETTINGS = ("form_title", "form_id", "version", "default_language", "westu_kind", "westu_title_es")

PERCENT = ". >= 0 and . <= 100"
PASS_FAIL = {"pf": ("pass", "fail"), "pf_na": ("pass", "fail", "na")}
WORDS = {"pass": ("Pass", "Pasa"), "fail": ("Fail", "Falla"), "na": ("Not there", "No aplica")}
PLAIN = {
    LineType.NUMBER: "decimal",
    LineType.PERCENT: "decimal",
    LineType.TEXT: "text",
    LineType.DATE: "date",
    LineType.SCAN: "barcode",
    LineType.PHOTO: "image",
    LineType.SIGNATURE: "image",
}
PHOTO_PARAMETERS = f"max-pixels={LONG_SIDE}"
"""Photos of a check are made as small as ours (``shared_models/photos.py``)."""
