"""The sheet that gives a request to a department and, if wanted, to one of its people."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from kivy.properties import BooleanProperty, ListProperty, ObjectProperty, StringProperty

from mobile.core.kv import load_kv
from mobile.core.parts import Parts
from mobile.service_requests import work_lookup
from mobile.widgets import button, card, choice, row
from mobile.widgets.sheet import Sheet
from mobile.widgets.words import words
from shared_models.identity import Colleague

__all__ = ["AssignSheet", "button", "card", "choice", "row"]

load_kv(__file__)


class AssignSheet(Sheet):
    """First the department, which can be changed, then who of it: `on_assign(department, person's id or None)`."""

    __events__ = ("on_assign",)

    department = StringProperty()
    department_name = StringProperty()
    departments = ListProperty()
    people = ListProperty()
    assignee = ObjectProperty(None, allownone=True)
    changing = BooleanProperty(False)  # the departments are shown to choose from
    unheard = BooleanProperty(False)  # the list of colleagues has never reached this phone

    def __init__(self, parts: Parts, *, department: str, assignee: UUID | None, **kwargs: Any) -> None:
        self._parts = parts
        self._colleagues = work_lookup.colleagues(parts.store)
        self._me = parts.me.id if parts.me else None
        super().__init__(**kwargs)
        self.unheard = not self._colleagues
        self.departments = sorted(
            (
                {"key": one["code"], "title": parts.department(one["code"])}
                for one in parts.city.get("departments", [])
            ),
            key=lambda one: one["title"],
        )
        self.show(department)
        self.assignee = assignee

    def show(self, department: str) -> None:
        """Take this department, and show whom it has."""
        self.department, self.department_name = department, self._parts.department(department)
        self.people = [
            {"key": None, "title": words.t("work_item.assign.nobody"), "icon": "building"},
            *(
                {"key": one.id, "title": self._called(one), "icon": "account"}
                for one in of_department(self._colleagues, department, self._me)
            ),
        ]
        self.assignee, self.changing = None, False

    def _called(self, one: Colleague) -> str:
        return words.t("work_item.assign.me", name=one.name) if one.id == self._me else one.name

    def save(self) -> None:
        """Assign it so."""
        self.dismiss()
        self.dispatch("on_assign", self.department, self.assignee)

    def on_assign(self, department: str, assignee: UUID | None) -> None:
        """It is to be assigned so."""


def of_department(colleagues: Iterable[Colleague], department: str, me: UUID | None) -> list[Colleague]:
    """Who can be given work of a department, each once: whoever holds the phone first, then by name."""
    found = {one.id: one for one in colleagues if one.department in {department, None}}
    return sorted(found.values(), key=lambda one: (one.id != me, one.name))
