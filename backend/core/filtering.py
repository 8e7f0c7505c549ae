"""Filters on every field of a list, made from the Wire class that it tells: ``state=stock``, ``seen_at__gte=…``.

Of a field ``name`` there are ``name=``, ``name__not=``, ``name__in=a,b``; of words ``name__ic=`` (contains, in capital
letters or small); of what has an order ``name__gte=`` and ``name__lte=``; of what may be empty ``name__empty=true``. Of a
field that holds fields of its own (typed fields), ``name.code=`` and the same behind it. A filter that nobody knows is
refused by its name: it would otherwise tell things that nobody asked for.
"""

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar, get_origin
from urllib.parse import parse_qsl

from marshmallow import INCLUDE, Schema, ValidationError, fields, post_load, pre_load, validate
from sqlalchemy import ARRAY, ColumnElement, Double, Text, any_, cast, func, literal
from webargs.fields import DelimitedList

from backend.core.database import like_text
from backend.core.problems import Invalid, shown
from shared_models.basics import PageWanted
from shared_models.problems import FieldError
from shared_models.schemas import DECIMAL, field_for
from shared_models.wire import Length, Wire, WireEnum, unwrap, wire_fields

MOST_VALUES = 100
"""Of ``__in``."""
LONGEST = 200
ORDERED = frozenset({int, float, date, datetime})
WORDS = {
    "": "is this",
    "not": "is not this",
    "in": "is one of these",
    "ic": "contains this, in capital letters or small",
    "gte": "this or more",
    "lte": "this or less",
    "empty": "says nothing",
}
CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")

Asked = TypeVar("Asked", bound=PageWanted)


@dataclass(frozen=True)
class Filter:
    """One filter: the field (and what inside it), how it is compared, and with what."""

    name: str
    code: str
    how: str
    value: Any

    @property
    def said(self) -> str:
        """As it stands in the address."""
        return ".".join(filter(None, (self.name, self.code))) + (f"__{self.how}" if self.how else "")


@dataclass(frozen=True)
class Wanted(Generic[Asked]):
    """Which page of a list, and the filters on its fields."""

    page: Asked
    filters: tuple[Filter, ...]
    chosen: tuple[str, ...] = ()
    """Names of the fields that are told; none: all."""


def filter_schema(asked: type[Asked], told: type[Wire], *, name: str = "") -> type[Schema]:
    """The schema of a list's query: what ``asked`` says, and the filters on each field of ``told``. It makes ``Wanted``.

    ``asked`` may have a field ``fields``: the names of those that are told.
    """
    own = set(wire_fields(asked))
    made: dict[str, Any] = {}
    held: dict[str, tuple[str, str]] = {}
    inside = [field for field, hint in wire_fields(told).items() if get_origin(unwrap(hint)[0]) is dict]
    for field, hint in wire_fields(told).items():
        for how in ways(hint):
            key = f"{field}__{how}" if how else field
            if key not in own:
                held[key] = (field, how)
                made[key] = _field(hint, how)

    class Query(asked.Schema):  # type: ignore[misc, name-defined]
        class Meta:
            unknown = INCLUDE

        load_fields: dict[str, Any]

        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            # Marshmallow looks for each field that it loads; of some two hundred filters a caller says one or two.
            self.load_fields = {key: field for key, field in self.load_fields.items() if key not in held}

        @pre_load
        def once(self, data: Any, **_: Any) -> Any:
            return _each_once(data)

        @post_load
        def build(self, data: dict[str, Any], **_: Any) -> Wanted[Any]:
            said = {key: data.pop(key) for key in list(data) if key not in own}
            values = _read({key: value for key, value in said.items() if key in held}, self.fields)
            filters = [Filter(held[key][0], "", held[key][1], value) for key, value in values.items()]
            filters += [_inside(key, value, inside) for key, value in said.items() if key not in held]
            page = asked(**data)
            return Wanted(page, tuple(sorted(filters, key=lambda each: each.said)), _chosen(page, told))

    return type(name or asked.__name__, (Query,), {**made, "__doc__": asked.__doc__})


def ways(hint: Any) -> list[str]:
    """How a field of this type can be compared; none for places and lists."""
    kind, optional, _ = unwrap(hint)
    empty = ["empty"] if optional else []
    if kind is bool:
        return [""]
    if kind is str:
        return ["", "not", "in", "ic", "empty"]
    if kind in ORDERED:
        return ["", "not", "in", "gte", "lte", *empty]
    if kind is uuid.UUID or (isinstance(kind, type) and issubclass(kind, WireEnum)):
        return ["", "not", "in", *empty]
    return empty


def _field(hint: Any, how: str) -> fields.Field[Any]:
    kind, _, _ = unwrap(hint)
    if how == "empty":
        return fields.Boolean(metadata={"description": WORDS[how].capitalize() + "."})
    plain: Any = field_for(Annotated[str, Length(max=LONGEST)] if kind is str else kind, lenient=False)
    plain.required = False
    plain.metadata["description"] = WORDS[how].capitalize() + "."
    if how != "in":
        return plain  # type: ignore[no-any-return]
    found: fields.Field[Any] = DelimitedList(
        plain, validate=validate.Length(1, MOST_VALUES), metadata=plain.metadata
    )
    return found


def _read(said: Mapping[str, Any], known: Mapping[str, fields.Field[Any]]) -> dict[str, Any]:
    """What was said, as its fields read it. Raises ValidationError for all that is wrong."""
    values, wrong = {}, {}
    for key, value in said.items():
        try:
            values[key] = known[key].deserialize(value, key, said)
        except ValidationError as error:
            wrong[key] = error.messages
    if wrong:
        raise ValidationError(wrong)
    return values


def _each_once(data: Any) -> Any:
    """Refuse a filter that stands twice: one of them would be passed over without a word."""
    lists: Iterable[tuple[str, Sequence[str]]] = data.data.lists() if hasattr(data, "data") else ()
    twice = [name for name, values in lists if len(values) > 1]
    if twice:
        raise ValidationError(
            {name: ["Say it once; several values go into __in."] for name in map(shown, twice)}
        )
    return data


def _inside(key: str, value: str, inside: Sequence[str]) -> Filter:
    """The filter on a typed field. Raises ValidationError for what is no filter."""
    name, _, rest = key.partition(".")
    code, _, how = rest.partition("__")
    if name not in inside or not CODE.fullmatch(code) or how not in WORDS:
        raise ValidationError({key: ["Unknown field."]})
    if len(value) > LONGEST or "\0" in value:
        raise ValidationError({key: [f"Longer than maximum length {LONGEST}."]})
    if how == "empty" and value not in {"true", "false", "1", "0"}:
        raise ValidationError({key: ["Not a valid boolean."]})
    if how in {"gte", "lte"} and not DECIMAL.fullmatch(value) and not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        raise ValidationError({key: ["A number, or a day as 2026-11-27."]})
    return Filter(name, code, how, value in {"true", "1"} if how == "empty" else value)


def _chosen(page: Any, told: type[Wire]) -> tuple[str, ...]:
    """The fields that are to be told, in the order of the wire: whoever names the same ones gets the same form."""
    said = {name for name in getattr(page, "fields", "").replace(" ", "").split(",") if name}
    if not said:
        return ()
    if odd := sorted(said - set(wire_fields(told))):
        raise ValidationError({"fields": [f"There is no field {shown(odd[0])!r}."]})
    return tuple(name for name in wire_fields(told) if name in said)


def where(row: Any, filters: Iterable[Filter]) -> list[ColumnElement[bool]]:
    """What of the rows of this class these filters leave."""
    return [
        _inner(getattr(row, each.name)[each.code].astext, each)
        if each.code
        else compared(getattr(row, each.name), each.how, each.value)
        for each in filters
    ]


def compared(column: Any, how: str, value: Any) -> ColumnElement[bool]:
    """A column compared as a filter says."""
    found: Any
    match how:
        case "":
            found = column == value
        case "not":
            found = column.is_distinct_from(value)
        case "in":
            plain = [each.value if isinstance(each, WireEnum) else each for each in value]
            kind = Text() if value and isinstance(value[0], WireEnum) else column.type
            found = column == any_(literal(plain, ARRAY(kind)))
        case "ic":
            found = func.lower(column).like(f"%{like_text(value.lower())}%", escape="\\")
        case "gte":
            found = column >= value
        case "lte":
            found = column <= value
        case _:
            nothing = column == "" if isinstance(column.type, Text) else column.is_(None)
            found = nothing if value else ~nothing
    return found  # type: ignore[no-any-return]


def _inner(column: Any, each: Filter) -> ColumnElement[bool]:
    """The same for a typed field, whose values are JSON."""
    found: Any
    if each.how == "in":
        found = column == any_(literal(each.value.split(",")[:MOST_VALUES], ARRAY(Text)))
    elif each.how == "empty":
        found = column.is_(None) if each.value else column.is_not(None)
    elif each.how in {"gte", "lte"} and DECIMAL.fullmatch(each.value):
        number: Any = cast(func.substring(column, r"^-?[0-9]+(?:\.[0-9]+)?$"), Double())
        found = number >= float(each.value) if each.how == "gte" else number <= float(each.value)
    else:
        found = compared(column, each.how, each.value)
    return found  # type: ignore[no-any-return]


def read_query(schema: type[Schema], words: str) -> Wanted[Any]:
    """A filter that was kept, as it stands in an address. Raises Invalid at ``/query``."""
    pairs = parse_qsl(words.lstrip("?"), keep_blank_values=True)
    said: Mapping[str, str] = dict(pairs)
    if len(said) < len(pairs):
        raise Invalid(FieldError(pointer="/query", detail="Each filter once; several values go into __in."))
    try:
        found: Wanted[Any] = schema().load(said)
    except ValidationError as error:
        raise Invalid(FieldError(pointer="/query", detail=shown(str(error)))) from None
    return found
