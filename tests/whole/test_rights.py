"""The rights matrix: each route, by each role, to each one's thing, called over HTTP, and held against the table in ``rights.md``."""

import difflib
from dataclasses import dataclass
from itertools import groupby

import pytest

from backend.core.http import KNOWN, PUBLIC
from backend.identity.rules import NAMED, ROLES
from backend.identity.rules import PHONE as PHONES
from shared_models.identity import Role
from shared_models.permissions import Permission
from shared_models.problems import TYPES
from tests.whole.asking import Way, ways
from tests.whole.code import ROOT
from tests.whole.things import (
    CALLERS,
    DEPARTMENTS,
    MADE_UP,
    MINE,
    NEIGHBOURS,
    OTHERS,
    PHONE,
    STRANGER,
    WHOSE,
    Things,
    forget_tries,
    kept,
)  # fmt: skip

TABLE = ROOT / "tests/whole/rights.md"
HEAD = """# Who may do what

Made by calling each route in each role; `tests/whole/test_rights.py` calls them all again and compares. A change of
rights is a change of this page.

- **yes**: it is done or told. **sign in**: only after signing in. **no**: not in this role, whatever it is about.
  **unseen**: answered as if there were no such thing. Other words name the problem that is told.
- *stranger*: not signed in; *phone*: a phone without an account; *crew*: works for one department.
- Whose: *mine*; *a neighbour's*; *my department's*: another person's, at the department that the crew works for;
  *another department's*: at another one, made by nobody here; *nobody's*: there is none.
"""
WORDS = {401: "sign in", 403: "no", 404: "unseen"}


@dataclass(frozen=True)
class Cell:
    """One call, and what was answered."""

    way: Way
    whose: str
    role: str
    status: int
    told: dict | None
    headers: frozenset
    left: bool
    """Whether the database is as it was before the call."""
    page: str
    """What a person reads, where it is answered with a page."""

    @property
    def word(self):
        return "yes" if self.status < 400 else WORDS.get(self.status) or self.told["type"]

    def __str__(self):
        return f"{self.way} ({self.whose}) as {self.role}: {self.status} {self.told}"


class Asking:
    """Calls, and makes anew what a call used up."""

    def __init__(self, app):
        self.things, self.stock = Things(app), {}

    def caller(self, role):
        return self.things.known(role)

    def thing(self, kind, whose, role):
        place = (kind, whose, role if whose == MINE else "")
        if place not in self.stock:
            self.stock[place] = self.things.thing(kind, whose, self.caller(role))
        return self.stock[place]

    def cell(self, way, whose, role):
        path = way.at(self.thing(way.kind, whose, role) if way.kind else "")
        options = way.sent(self.things)
        caller = self.caller(role)
        before = kept() if way.changes else None
        answer = caller.call(way.method, path, **options)
        status, left = answer.status_code, before == (kept() if way.changes else None)
        told = answer.get_json() if answer.mimetype.endswith("problem+json") else None
        if way.changes and status < 300:
            self.used_up(way, whose, role)
        page = answer.text if answer.mimetype == "text/html" else ""
        return Cell(way, whose, role, status, told, frozenset(answer.headers.keys()), left, page)

    def used_up(self, way, whose, role):
        """What was changed is not what it was: the next call gets another thing, perhaps from another person."""
        self.stock.pop((way.kind, whose, role if whose == MINE else ""), None)
        if way.permit in {Permission.SELF_CHANGE, Permission.PERSON_DISABLE}:
            self.things.people.pop(role, None)
            self.stock = {place: id for place, id in self.stock.items() if place[2] != role}


@pytest.fixture
def cells(app):
    """Each route, by each role, to each one's thing, called."""
    asking, found = Asking(app), []
    for way in ways(app):
        forget_tries()
        for whose in WHOSE if way.kind else ("",):
            found += [asking.cell(way, whose, role) for role in CALLERS]
    return found


def table(cells):
    """The page that a person reads."""
    lines = [HEAD]
    by_subject = groupby(sorted(cells, key=subject), key=subject)
    for name, of_it in by_subject:
        rows = {}
        for cell in of_it:
            rows.setdefault((str(cell.way), right(cell.way), cell.whose), {})[cell.role] = cell.word
        lines += [
            f"\n## {name}\n",
            f"| route | right | whose | {' | '.join(CALLERS)} |",
            "|---" * (3 + len(CALLERS)) + "|",
        ]
        lines += [
            f"| {' | '.join([f'`{route}`', right, whose, *(row[role] for role in CALLERS)])} |"
            for (route, right, whose), row in rows.items()
        ]
    return "\n".join(lines) + "\n"


def subject(cell):
    return cell.way.path.removeprefix("/v1").split("/")[1]


def right(way):
    return "public" if way.public else way.permit.value


def bundle(role):
    """The rights of a role, as the rules say."""
    if role in {STRANGER, PHONE}:
        return frozenset() if role == STRANGER else PHONES
    return NAMED | ROLES[Role(role)]


def test_who_may_do_what_to_whose_thing_is_what_the_table_says(cells):
    page = table(cells)
    drawn = ROOT / "var/test/rights.md"
    drawn.parent.mkdir(parents=True, exist_ok=True)
    drawn.write_text(page, "utf-8")
    held = TABLE.read_text("utf-8") if TABLE.exists() else ""
    change = "\n".join(
        difflib.unified_diff(held.splitlines(), page.splitlines(), "held", "found", lineterm="", n=0)
    )
    assert page == held, (
        f"Rights changed. If that is meant: cp var/test/rights.md tests/whole/rights.md\n{change}"
    )
    for rule in RULES:
        rule(cells)


def all_are_asked(cells):
    """Each route, each role, each whose: no cell is missing."""
    asked = {(str(cell.way), cell.whose, cell.role) for cell in cells}
    for cell in cells:
        for role in CALLERS:
            assert (str(cell.way), cell.whose, role) in asked
    assert {whose for _, whose, _ in asked} == {"", *WHOSE}


def strangers_sign_in(cells):
    for cell in cells:
        if cell.role == STRANGER:
            assert (cell.status == 401) == (not cell.way.public), cell


def who_lacks_the_right_is_told_so_whatever_it_is_about(cells):
    for cell in cells:
        if not cell.way.public and cell.role != STRANGER:
            assert (cell.status == 403) == (cell.way.permit not in bundle(cell.role)), cell


def a_public_route_answers_everybody_alike(cells):
    for way, of_it in by(cells, lambda cell: str(cell.way)):
        if of_it[0].way.permit is PUBLIC:
            assert {cell.word for cell in of_it} == {"yes"}, way


def what_is_not_there_is_told_as_what_one_may_not_see(cells):
    """The same document, to the letter, and the same headers."""
    for (_, role), of_it in by(cells, lambda cell: (str(cell.way), cell.role)):
        for cell in of_it:
            if cell.whose == MADE_UP and cell.way.permit in bundle(role) and cell.word != "yes":
                assert cell.status == 404, cell
            if cell.status == 404:
                unseen = next(other for other in of_it if other.whose == MADE_UP)
                assert without_number(cell) == without_number(unseen), (cell, unseen)


def one_has_what_is_ones_own(cells):
    """Whoever has the right for it may read what they made; nobody but staff and administrators sees a neighbour's.

    Who mends things sees those of all departments, and nothing else of others.
    """
    for cell in cells:
        sees_others = bundle(cell.role) & {Permission.REQUEST_WORK, Permission.GRANT_GIVE}
        if cell.role == Role.TECHNICIAN:
            right = Permission.MAP_READ if cell.way.permit is KNOWN else cell.way.permit
            sees_others = {right} & (ROLES[Role.TECHNICIAN] - NAMED)
        if cell.whose in {NEIGHBOURS, DEPARTMENTS, OTHERS} and not sees_others:
            assert cell.word != "yes", cell
        if cell.whose == MINE and cell.way.permit in {
            Permission.REQUEST_READ,
            Permission.PHOTO_READ,
        } & bundle(cell.role):
            assert cell.word == "yes", cell


def a_crew_sees_its_departments_things_and_no_others(cells):
    for cell in cells:
        of_the_register = cell.way.permit is Permission.ASSET_READ and cell.way.kind in {"asset", "kit"}
        if (
            cell.role == Role.CREW
            and cell.way.kind
            and (cell.way.permit is Permission.REQUEST_WORK or of_the_register)
        ):
            assert (cell.word == "yes") == (cell.whose == DEPARTMENTS), cell


def what_is_refused_changes_nothing(cells):
    for cell in cells:
        assert cell.left or (cell.way.changes and cell.word == "yes"), cell


def nothing_is_a_fault(cells):
    for cell in cells:
        assert cell.status < 500, cell
        assert cell.told is None or cell.told["status"] == cell.status == TYPES[cell.told["type"]][0], cell


RULES = (
    all_are_asked, nothing_is_a_fault, strangers_sign_in, who_lacks_the_right_is_told_so_whatever_it_is_about,
    a_public_route_answers_everybody_alike, what_is_not_there_is_told_as_what_one_may_not_see,
    one_has_what_is_ones_own, a_crew_sees_its_departments_things_and_no_others, what_is_refused_changes_nothing,
)  # fmt: skip
"""What must hold of any table of rights."""


def by(cells, key):
    return [(name, list(of_it)) for name, of_it in groupby(sorted(cells, key=key), key=key)]


def without_number(cell):
    told = cell.told or {"page": cell.page}
    return {name: value for name, value in told.items() if name != "request_id"}, cell.headers


def test_a_route_that_nobody_knows_how_to_call_is_a_failure(app):
    odd = next(way for way in ways(app) if way.kind == "request" and way.takes("json"))

    def view():
        """As a new route would be."""

    view._apidoc, view.permit = odd.view._apidoc, odd.permit
    new = Way("POST", "/v1/service-requests/{id}/paint", view)
    with pytest.raises(pytest.fail.Exception, match="NAMED"):
        _ = new.kind
    with pytest.raises(pytest.fail.Exception, match="SENT"):
        new.sent(None)
