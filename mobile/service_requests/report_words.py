"""The step that asks for a line of words."""

from mobile.core.kv import load_kv
from mobile.service_requests import remark
from mobile.service_requests.report_step import Step
from mobile.widgets import button, field, page

__all__ = ["WordsStep", "button", "field", "page", "remark"]

load_kv(__file__)


class WordsStep(Step):
    """One line is enough; what the city says about private matters stands below it."""
