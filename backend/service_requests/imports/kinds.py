"""The types of an import: what the file calls them, and what they are here."""

from sqlalchemy import select

from backend import identity
from backend.core.actor import db
from backend.service_requests.imports.column_map import ColumnMap, ImportStopped, made_code
from backend.service_requests.tables import RequestTypeRow
from shared_models.service_requests import Outcome, PhotoWish

MOST_MADE = 500
"""Types made for one import. If there were more, it would be the wrong column."""


class Kinds:
    """The file's words for types → our code and its department. What the city does not have is made when met.

    Raises ImportStopped if the map names a type or a department that the city does not have.
    """

    def __init__(self, plan: ColumnMap) -> None:
        self.plan = plan
        self.wanted = plan.types or {}
        self.known: dict[str, tuple[str, str]] = {}
        self.made: dict[str, RequestTypeRow] = {}
        rows = db().scalars(select(RequestTypeRow)).all()
        self.departments = {row.code: row.department for row in rows}
        self.of_the_city = frozenset(row.code for row in rows if row.group_code != plan.name)
        self._refuse_unknown()

    def _refuse_unknown(self) -> None:
        wrong = [
            f"types.{name}.code: no type has the code {wanted.code!r}."
            for name, wanted in self.wanted.items()
            if wanted.code and wanted.code not in self.departments
        ]
        named = {f"types.{name}.department": wanted.department for name, wanted in self.wanted.items()}
        wrong += [
            f"{field}: the city has no department {code!r}."
            for field, code in {**named, "department": self.plan.department}.items()
            if code and not identity.has_department(code)
        ]
        if wrong:
            raise ImportStopped("\n".join(wrong))

    def of(self, foreign: str) -> tuple[str, str]:
        """Our code for the file's word, and the department that it goes to."""
        if foreign not in self.known:
            wanted = self.wanted.get(foreign)
            department = wanted.department if wanted else None
            if wanted and wanted.code:
                self.known[foreign] = wanted.code, department or self.departments[wanted.code]
            else:
                self.known[foreign] = self._make(foreign, department or self.plan.department)
        return self.known[foreign]

    def _make(self, name: str, department: str) -> tuple[str, str]:
        code = made_code(self.plan, name)
        if code in self.of_the_city:
            raise ImportStopped(f"name: a type made for this import would be {code!r}, which the city has.")
        if len(self.made) == MOST_MADE:
            raise ImportStopped(f"columns.type: more than {MOST_MADE} types; is it the right column?")
        made = self.made.setdefault(code, self._row(code, name, department))
        return code, made.department

    def _row(self, code: str, name: str, department: str) -> RequestTypeRow:
        """A type that nobody can ask for, named as in the file."""
        return RequestTypeRow(
            code=code, place=0, offered=False,
            group_code=self.plan.name, group_en=self.plan.title, group_es=self.plan.title,
            name_en=name, name_es=name, department=department, outcome=Outcome.HANDLED,
            reason_en="", reason_es="", notice_en="", notice_es="", contacts=[], synonyms_en=[], synonyms_es=[],
            photo=PhotoWish.NONE, place_needed=False, anonymous=False, duplicate_radius_m=None, reopen_days=0,
        )  # fmt: skip

    def save(self) -> None:
        """Write the types that were made; those of an earlier run are brought up to date."""
        for row in self.made.values():
            db().merge(row)
        db().flush()
