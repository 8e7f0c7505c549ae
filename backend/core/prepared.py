"""Statements that are built once: SQLAlchemy writes the SQL of a form, later calls only bring their values.

To build a wide SELECT, and to find it among those compiled, costs several times what PostgreSQL takes to answer
it. Domains go on writing plain queries; two that differ in nothing but their values share one text. What has
no text that holds for all values (``IN`` over a list, say) is run the ordinary way: write ``= ANY(array)``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Executable, Select
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.elements import BindParameter, ClauseElement
from sqlalchemy.util import LRUCache

from backend.core.actor import Context, Otherwise, Presumed, context, context_or_none
from backend.core.direct import Asked, Rows, line, numbered

MOST_FORMS = 500
"""Forms that are kept: a search of many words is a form of its own, and must not crowd out the others for ever."""

PLAN_ANEW = "plan_anew"
"""``query.execution_options(plan_anew=True)``: the best plan depends on the values (which words, which box).

PostgreSQL otherwise goes over to one plan for all values, after a few calls: good where any plan is the same, and ten
times too slow for a box of a large map.
"""

BINARY = "binary"
"""``statement.execution_options(binary=True)``: for what tells bytes, which as text are twice as long."""

Process = Callable[[Any], Any] | None


@dataclass(frozen=True)
class Prepared:
    """The SQL of one form, and where each of its parameters comes from."""

    sql: bytes
    names: Sequence[str]
    """Of its parameters, by their numbers."""
    constants: Mapping[str, Any]
    from_query: Sequence[tuple[str, int, Process]]
    """(parameter, place among the query's own values, how its type writes it)."""
    from_caller: Sequence[tuple[str, str, Process]]
    """(parameter, name of the caller's value, how its type writes it)."""
    planned_anew: bool
    """Whether PostgreSQL plans it for its values each time (see ``PLAN_ANEW``)."""
    binary: bool
    """Whether it tells bytes (see ``BINARY``)."""

    def asked(self, values: Mapping[str, Any], own: Sequence[BindParameter[Any]] = ()) -> Asked:
        """It, with these values of the caller's and the query's own."""
        parameters = dict(self.constants)
        for name, place, process in self.from_query:
            value = own[place].effective_value
            parameters[name] = process(value) if process else value
        for name, key, process in self.from_caller:
            parameters[name] = process(values[key]) if process else values[key]
        return Asked(self.sql, [parameters[name] for name in self.names], self.planned_anew, self.binary)


def prepare(
    statement: Executable, dialect: Dialect, own: Sequence[BindParameter[Any]] = ()
) -> Prepared | None:
    """The form of a statement; its named parameters without a value are the caller's. None if it has no one text.

    ``own``: the values of the queries in it, where these are made anew each time; what they leave open is the caller's too.
    """
    compiled: Any = cast(ClauseElement, statement).compile(dialect=dialect)  # all of ours are
    if compiled.post_compile_params or compiled.literal_execute_params:
        return None
    # One may stand in several places.
    place = {each.key: number for number, each in enumerate(own) if not each.required}
    constants: dict[str, Any] = {}
    from_query, from_caller = [], []
    for parameter, name in compiled.bind_names.items():
        written = compiled.escaped_bind_names.get(name, name)
        process = compiled._bind_processors.get(name)  # noqa: SLF001 - no public name, and it is the type's own rule
        if parameter.key in place:
            from_query.append((written, place[parameter.key], process))
        elif parameter.required:
            from_caller.append((written, parameter.key, process))
        else:
            value = parameter.effective_value
            constants[written] = process(value) if process else value
    if {at for _, at, _ in from_query} != set(place.values()):
        return None  # a value of the query's came in as another's: never keep the first caller's
    options = statement.get_execution_options()
    sql, names = numbered(str(compiled))
    return Prepared(sql, names, constants, from_query, from_caller, PLAN_ANEW in options, BINARY in options)


_forms: LRUCache[Any, Prepared | None] = LRUCache(MOST_FORMS)
_constants: dict[Executable, Prepared | None] = {}


_keys: WeakKeyDictionary[Select[Any], Any] = WeakKeyDictionary()
"""What tells the form of a query: looked for once in one that a domain keeps for a caller."""


def _key_of(query: Select[Any]) -> Any:
    try:
        return _keys[query]
    except KeyError:
        key = query._generate_cache_key()  # noqa: SLF001 - as SQLAlchemy's own example of a cache of results does
        return _keys.setdefault(query, key)


def rows_of(
    queries: Sequence[Select[Any]], form: tuple[Any, ...], build: Callable[[], Executable], **values: Any
) -> Sequence[Any]:
    """The rows of the statement that ``build()`` makes around the queries; made once per ``form`` and form of these.

    ``form`` names everything that ``build`` looks at but the queries and the values.
    """
    here = context()
    here.flush()
    keys = [_key_of(query) for query in queries]
    found = [key for key in keys if key is not None]
    if len(found) < len(keys):
        return here.connection.execute(build(), values).all()
    anew = any(PLAN_ANEW in query.get_execution_options() for query in queries)
    known = (form, anew, *(key.key for key in found))
    own = [parameter for key in found for parameter in key.bindparams]
    try:
        prepared = _forms[known]
    except KeyError:
        prepared = _forms[known] = prepare(build(), here.connection.dialect, own)
    if prepared is None:
        return here.connection.execute(build(), values).all()
    return asked_here(prepared.asked(values, own))


def form_of(statement: Executable, dialect: Dialect) -> Prepared | None:
    """The form of a statement that is made once and kept: a constant, or what ``@cache`` gives."""
    try:
        return _constants[statement]
    except KeyError:
        found = _constants[statement] = prepare(statement, dialect)
        return found


def run(connection: Connection, statement: Executable, **values: Any) -> Sequence[Any]:
    """The rows of a statement that is made once and kept, for these values."""
    prepared = form_of(statement, connection.dialect)
    if prepared is None:
        return connection.execute(statement, values).all()
    [rows] = line(connection).ask(prepared.asked(values))
    return rows


def run_here(statement: Executable, **values: Any) -> Sequence[Any]:
    """The same on the connection of this request, behind what its session holds back."""
    here = context()
    here.flush()
    prepared = form_of(statement, here.connection.dialect)
    if prepared is None:
        return here.connection.execute(statement, values).all()
    return asked_here(prepared.asked(values))


def run_last(statement: Executable, **values: Any) -> None:
    """Have the commit take this statement along: one that is made once and kept, and whose rows nobody waits for.

    Nothing may be asked behind it that sees what it writes. If it fails, so does the commit. Within a savepoint, which
    may be undone without the rest, it is run at once; and what stood before it is sent before it (``send_last``).
    """
    here = context()
    if here.opened is not None and here.opened.in_nested_transaction():
        here.opened.connection()  # the session sends its savepoint with its first statement: now
    if here.connection.in_nested_transaction():
        run_here(statement, **values)
        return
    here.last.append(_asked(statement, values))


def _asked(statement: Executable, values: Mapping[str, Any]) -> Asked:
    prepared = form_of(statement, context().connection.dialect)
    if prepared is None:
        raise ValueError("A statement that has no one text.")
    return prepared.asked(values)


def send_last(connection: Connection, _name: str = "") -> None:
    """Before a savepoint is set, make sure of what is presumed and send what waits for the commit.

    So it stays if the savepoint is undone, and in its order.
    """
    here = context_or_none()
    if here is None or here.connection is not connection:
        return
    settle()
    if here.last:
        line(connection).ask(*here.last)
        here.last.clear()


def asked_here(asked: Asked) -> Rows:
    """The rows of one statement on the connection of this request.

    As tuples of what the driver gives: no column type of SQLAlchemy's reads them. It goes past SQLAlchemy's own
    execution, which costs as much again; so what PostgreSQL refuses is raised as psycopg's error (see ``core/api.py``).
    """
    here = context()
    here.asked = True
    if not here.presumed:
        [rows] = line(here.connection).ask(asked)
        return rows
    return _with_presumed(here, asked)[0]


def settle() -> None:
    """Ask what was presumed and that no statement has taken along yet. Raises Otherwise."""
    here = context()
    if here.presumed:
        _with_presumed(here)


def _with_presumed(here: Context, *asked: Asked) -> list[Rows]:
    """The rows of these, if all is as it was presumed. Raises Otherwise.

    All that a read asks in one message sees one moment (``Database``); what a change asks comes behind its locks.
    """
    presumed = here.presumed
    found = line(here.connection).ask(*(each.asked for each in presumed), *asked)
    if any(each.rows != told for each, told in zip(presumed, found, strict=False)):
        raise Otherwise
    here.presumed = []
    return found[len(presumed) :]


def presume(statement: Executable, rows: Rows, **values: Any) -> None:
    """Go on as if this statement, that is made once and kept, had told these rows; the next one takes it along."""
    context().presumed.append(Presumed(_asked(statement, values), rows))


def run_presumed(statement: Executable, **values: Any) -> Rows:
    """The rows of a statement that is made once and kept; where the gate makes sure of it, as they were last time.

    For what is asked with most calls and seldom changes: it then costs no message of its own. In a read it is asked once
    more in the message of what is read next: one commit may hide a layer and put into it what is not for all.
    """
    here = context()
    asked = _asked(statement, values)
    known = (here.connection.engine, asked.sql, repr(asked.values))
    rows = _told.get(known) if here.presumes else None
    if rows is None:
        rows = asked_here(asked)
        if rows and len(known[-1]) <= LONGEST_KEPT:  # what is not there, anybody can ask for without end
            _told[known] = rows
        else:
            _told.pop(known, None)
    if here.rechecks and rows:
        here.presumed.append(Presumed(asked, rows))
    return rows


LONGEST_KEPT = 5000
"""Signs of the values of a statement whose rows are kept."""
_told: LRUCache[Any, Rows] = LRUCache(1000)
"""What such a statement told last."""
