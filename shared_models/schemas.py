"""The marshmallow schemas of wire values, and the field of each annotation. ``Wire.Schema`` and ``.Reader`` make them."""

import dataclasses
import re
import unicodedata
import uuid
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any, cast, get_args, get_origin

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, post_load, validate

from shared_models.plain import Unusual, reader_of, told_as
from shared_models.wire import (
    TURNERS,
    Length,
    Range,
    Regexp,
    Verbatim,
    Wire,
    WireEnum,
    instant_text,
    unwrap,
    wire_fields,
)

WHOLE = re.compile(r"-?[0-9]{1,19}")
DECIMAL = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?([eE][-+]?[0-9]{1,3})?")


class Instant(fields.AwareDateTime):
    """A moment: ISO 8601 with an offset comes in, UTC with six decimals and ``Z`` goes out."""

    def _serialize(self, value: Any, attr: Any, obj: Any, **kwargs: Any) -> Any:
        return None if value is None else instant_text(value)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        try:
            return super()._deserialize(value, attr, data, **kwargs).astimezone(UTC)
        except OverflowError:
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE) from None


class Text(fields.String):
    """A line or page of words: NFC, trimmed, without control characters (PostgreSQL refuses NUL)."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        refuse_control(text)
        return unicodedata.normalize("NFC", text).strip()


class VerbatimText(fields.String):
    """Words that are compared byte for byte, as a password is."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        refuse_control(text)
        return text


def refuse_control(text: str) -> None:
    """Refuse what no keyboard types: control characters (but tab and line ends) and lone surrogates."""
    for sign in text:
        if sign in TURNERS or (sign not in "\n\r\t" and unicodedata.category(sign) in {"Cc", "Cs"}):
            raise ValidationError("Contains a control character.")


class Number(fields.Float):
    """A finite decimal number. In a query string it is text; a boolean never is one."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, bool) or (isinstance(value, str) and not DECIMAL.fullmatch(value)):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


class Whole(fields.Integer):
    """A whole number within 64 bits: 3 or "3", not 3.5 and not true."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, bool | float) or (isinstance(value, str) and not WHOLE.fullmatch(value)):
            raise self.make_error("invalid", input=value)
        number = super()._deserialize(value, attr, data, **kwargs)
        if not -(2**63) <= number < 2**63:
            raise self.make_error("too_large", input=value)
        return number


class Choice(fields.Field[Any]):
    """A member of an enum, by its value."""

    default_error_messages = {"unknown": "Must be one of: {choices}."}  # noqa: RUF012 - marshmallow's own way

    def __init__(self, enum: type[WireEnum], *, lenient: bool, **kwargs: Any) -> None:
        self.enum, self.lenient = enum, lenient
        known = [member.value for member in enum if member.name != "NEWER"]
        metadata = {"type": "string", "enum": known, **kwargs.pop("metadata", {})}
        if kwargs.get("allow_none"):
            metadata["enum"] = [*known, None]
        super().__init__(metadata=metadata, **kwargs)
        self.known = frozenset(known)

    def _serialize(self, value: Any, attr: Any, obj: Any, **kwargs: Any) -> Any:
        return None if value is None else str(self.enum(value).value)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, str) and value in self.known:
            return self.enum(value)
        if self.lenient and "NEWER" in self.enum.__members__:
            return self.enum["NEWER"]
        raise self.make_error("unknown", choices=", ".join(sorted(self.known)))


def make_schema(cls: type[Wire], *, lenient: bool) -> type[Schema]:
    """Build the marshmallow schema of a wire class."""
    kind: Any = cls

    class Made(Schema):
        class Meta:
            unknown = EXCLUDE if lenient else RAISE

        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.whole = not options and "of_wire" in vars(type(self))
            """Whether it is of one value, with all of its fields: then there is a way past marshmallow, at a fraction of the cost.

            Not of a subclass, which may have hooks of its own.
            """

        def dump(self, obj: Any, *, many: bool | None = None) -> Any:
            """As marshmallow does it."""
            # What marshmallow looks into by keys goes its own way.
            if self.whole and not many and not hasattr(obj, "__getitem__"):
                with suppress(AttributeError, TypeError, ValueError):
                    return told_as(kind, obj)
            return super().dump(obj, many=many)

        def load(self, data: Any, *, many: bool | None = None, **how: Any) -> Any:
            """As marshmallow does it."""
            if self.whole and not lenient and not many and not any(how.values()) and type(data) is dict:
                with suppress(Unusual):
                    return reader_of(kind, strict=True)(data)
            return super().load(data, many=many, **how)

        @post_load
        def build(self, data: dict[str, Any], **_: Any) -> Wire:
            return cls(**data)

    members: dict[str, Any] = {"__doc__": cls.__doc__, "of_wire": cls}
    defaults = {f.name: f.default for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
    for name, hint in wire_fields(cls).items():
        members[name] = field_for(hint, default=defaults[name], lenient=lenient)
    return type(cls.__name__ + ("Reader" if lenient else ""), (Made,), members)


def field_for(hint: Any, *, default: Any = dataclasses.MISSING, lenient: bool) -> fields.Field[Any]:
    """The marshmallow field of one annotation."""
    kind, optional, extras = unwrap(hint)
    words = " ".join(extra for extra in extras if isinstance(extra, str))
    options: dict[str, Any] = {
        "allow_none": optional,
        "metadata": {"description": words} if words else {},
    }
    if not lenient:
        # A newer server may loosen a bound; an older phone must still read what it says.
        options["validate"] = [rule for extra in extras if (rule := validator(extra))]
    if default is dataclasses.MISSING:
        options["required"] = True
    else:
        options["load_default"] = default
    return _plain_field(kind, options, extras, lenient=lenient)


def validator(extra: object) -> Any:
    """Marshmallow's own rule for what an annotation marks; none for words and the like."""
    if isinstance(extra, Length):
        return validate.Length(extra.min, extra.max)
    if isinstance(extra, Range):
        return validate.Range(extra.min, extra.max)
    if isinstance(extra, Regexp):
        return validate.Regexp(extra.regex, error=extra.error)
    return None


def _plain_field(
    kind: Any, options: dict[str, Any], extras: tuple[Any, ...], *, lenient: bool
) -> fields.Field[Any]:
    made: Any
    if get_origin(kind) is tuple:
        made = _Tuple(field_for(get_args(kind)[0], lenient=lenient), **options)
    elif get_origin(kind) is dict:
        inner = get_args(kind)[1]
        values = None if inner is Any else field_for(inner, lenient=lenient)
        made = fields.Dict(keys=fields.String(), values=values, **options)
    elif isinstance(kind, type) and issubclass(kind, Wire):
        made = fields.Nested(kind.Reader if lenient else kind.Schema, **options)
    elif isinstance(kind, type) and issubclass(kind, WireEnum):
        made = Choice(kind, lenient=lenient, **options)
    elif kind is str and Verbatim in extras:
        made = VerbatimText(**options)
    elif kind is bool:
        made = fields.Boolean(truthy={True, "true", "1"}, falsy={False, "false", "0"}, **options)
    elif kind in PLAIN:
        made = PLAIN[kind](**options)
    else:
        raise TypeError(f"No wire field is known for {kind}")
    return cast("fields.Field[Any]", made)


PLAIN: dict[Any, Any] = {
    str: Text,
    int: Whole,
    float: Number,
    uuid.UUID: fields.UUID,
    datetime: Instant,
    date: fields.Date,
}


class _Tuple(fields.List[Any]):
    """A list on the wire, a tuple in our hands: frozen values hold nothing that can change."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        return tuple(super()._deserialize(value, attr, data, **kwargs))
