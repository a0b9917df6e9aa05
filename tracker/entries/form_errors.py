"""What is wrong with the form of an entry, in words: which field, what it takes, what was given.

msgspec says where a value does not fit; what its field takes is read from the struct.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from functools import lru_cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct, UnsetType, ValidationError

from events.wording import either, is_slip, nearest
from tracker.errors import InvalidField
from tracker.model.payload import Payload, choices_of
from tracker.model.relative import FORM, Relative

PLACE = re.compile(r" - at `(key in )?\$([^`]*)`\Z")
STEP = re.compile(r"\.(\w+)|\[(\d+|\.\.\.)\]")
NAMED = re.compile(r"(?:missing required|contains unknown) field `(\w+)`")
LONGEST, MOST_NAMED = 60, 6
MOST_DIGITS = 19
"""A number of more digits than any field takes is no example of one."""
PREFERRED = ("value", "duration", "due", "url", "id", "text")
"""Parts that a plain value is most likely meant for, where the structure has them."""


def form_error(
    name: str, hint: Any, data: object, error: ValidationError, field: str = ""
) -> InvalidField:
    """The refusal of an entry of type `name`, whose data does not have the form of `hint`.

    Where only one `field` of it was read, it is named.
    """
    message = str(error)
    match = PLACE.search(message)
    steps = [a or b for a, b in STEP.findall(match[2])] if match else []
    for step in steps:
        hint, data = _member(hint, step), _value(data, step)
    path = ".".join(step for step in (field, *steps) if step and not _is_item(step))
    struct = _struct(hint)
    if (named := NAMED.search(message)) and struct is not None and isinstance(data, Mapping):
        if "missing" in named[0]:
            return _missing(name, path, named[1], data)
        return unknown_field(name, struct, path, named[1], data.get(named[1]))
    example = "" if any(map(_is_item, steps)) else _example(path, hint, data)
    mended = _mended_id(hint, data) if isinstance(data, str) else ""
    return InvalidField(
        f"expected {expected_words(hint)}, found {_shown(data)}",
        hint=example or _parts_of(struct, path),
        typo=(data, mended) if mended and isinstance(data, str) else None,
    ).of_field(path, type_name=name)


def unknown_field(
    name: str, struct: type[Struct], path: str, field: str, value: object
) -> InvalidField:
    """The refusal of a field that a type has not, with the nearest that it has, or its own."""
    dotted = f"{path}." if path else ""
    words = f"{name}: no field is called {dotted}{field}"
    if (near := _meant(struct, field)) is None:
        return InvalidField(words, hint=_parts_of(struct, path))
    meant = f"{dotted}{near[0]}"
    example = _example(meant, near[1], value) if value is not None else ""
    if _struct(near[1]) is Relative and isinstance(value, str):
        example = f"{meant}={shlex.quote(value)}"
    return InvalidField(
        f"{words}; did you mean {meant}?",
        hint=example or f"{meant}=VALUE",
        typo=(f"{dotted}{field}", meant),
    )


OTHER_NAMES = {
    "by": "speaker",
    "who": "speaker",
    "when": "occurred",
    "date": "occurred",
    "comment": "note",
    "amount": "quantity",
}
"""What people call a field that is spelt otherwise."""


def _meant(struct: type[Struct], field: str) -> tuple[str, Any] | None:
    """The field that a name stands for, and what it takes: a part of one, or one spelt like it."""
    hints = _hints(struct)
    for own, hint in hints.items():
        part = _struct(hint)
        if part is not None and field in part.__struct_fields__:
            return f"{own}.{field}", _hints(part)[field]
    if (other := OTHER_NAMES.get(field, "")) in hints:
        return other, hints[other]
    close = nearest(field, struct.__struct_fields__, most=1)
    return (close[0], hints[close[0]]) if close and is_slip(field, close[0]) else None


def _parts_of(struct: type[Struct] | None, path: str) -> str:
    if struct is None:
        return "pactwatch help entries"
    return f"its {'parts' if path else 'own fields'}: {', '.join(fields_of(struct))}"


def _is_item(step: str) -> bool:
    return step.isdigit() or step == "..."


def fields_of(struct: type[Struct] | None) -> tuple[str, ...]:
    """The fields that a struct has for itself, without those of every entry."""
    if struct is None:
        return ()
    common = Payload.__struct_fields__ if issubclass(struct, Payload) else ()
    return tuple(name for name in struct.__struct_fields__ if name not in common) or common


def expected_words(hint: Any) -> str:
    """What a field takes: `a whole number from 0`, `clause, conduct or none of them`."""
    words = dict.fromkeys(word for part in _parts(hint) for word in _words(part))
    return either(words) or "nothing"


def _missing(name: str, path: str, field: str, data: Mapping[str, object]) -> InvalidField:
    dotted = f"{path}.{field}" if path else field
    given = f"found {', '.join(map(str, data))}" if data else "found none"
    return InvalidField(f"{name}: expected the field {dotted}, {given}", hint=f"{dotted}=VALUE")


def _member(hint: Any, step: str) -> Any:
    """The annotation of a field, or of an item."""
    if _is_item(step):
        items = (args for part in _parts(hint) if (args := get_args(part)))
        return next((args[-1] if args[-1] is not ... else args[0] for args in items), Any)
    struct = _struct(hint)
    return _hints(struct).get(step, Any) if struct else Any


def _value(data: object, step: str) -> object:
    if isinstance(data, Mapping):
        return data.get(step)
    if isinstance(data, list | tuple) and step.isdigit():
        return data[int(step)]
    return None


@lru_cache(maxsize=128)
def _hints(struct: type) -> Mapping[str, Any]:
    return get_type_hints(struct, include_extras=True)


def _struct(hint: Any) -> type[Struct] | None:
    structs = (p for p in _parts(hint) if isinstance(p, type) and issubclass(p, Struct))
    return next(structs, None)


def _parts(hint: Any) -> list[Any]:
    """The members of a union, without those that mean absence."""
    if get_origin(hint) in (Union, UnionType):
        return [part for each in get_args(hint) for part in _parts(each)]
    return [] if hint in (type(None), UnsetType) else [hint]


def _words(hint: Any) -> list[str]:
    if get_origin(hint) is Annotated:
        plain, *extras = get_args(hint)
        return [_limited(plain, meta) for meta in extras if isinstance(meta, Meta)]
    if hint is Relative:
        return ["a moment to count from"]
    if isinstance(hint, type) and issubclass(hint, Struct):
        names = hint.__struct_fields__
        return [f"parts ({', '.join(names)})" if len(names) <= MOST_NAMED else "parts, with dots"]
    if get_origin(hint) in (list, tuple):
        item = next(iter(get_args(hint)), Any)
        return [f"a list of {expected_words(item)}"]
    if dict in (hint, get_origin(hint)):
        return ["parts"]
    return choices_of(hint) or ["a whole number" if hint is int else "text"]


def _limited(plain: Any, meta: Meta) -> str:
    """A number with its bounds, or text as its pattern is described."""
    if plain is int:
        upper = f" to {meta.le}" if meta.le is not None else ""
        return f"a whole number from {meta.ge}{upper}"
    return meta.description or "text"


def _bounds(hint: Any) -> list[int]:
    """The least and the greatest number that a field takes, as far as they are stated."""
    metas = [m for part in _parts(hint) for m in get_args(part) if isinstance(m, Meta)]
    return [int(bound) for meta in metas for bound in (meta.le, meta.ge) if bound is not None]


def _shown(value: object) -> str:
    text = msgspec.json.encode(value).decode() if not isinstance(value, str) else repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _text(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _example(path: str, hint: Any, value: object) -> str:
    """The field with a value that it takes, as near to what was given as there is one."""
    struct = _struct(hint)
    if not path:
        return ""
    if struct is Relative:
        return f"{path}=2025-03-20, or {path}='{FORM}'"
    if struct is not None and type(value) in (int, str):
        return _part_example(path, struct, value)
    if choices := [word for part in _parts(hint) for word in choices_of(part)]:
        text = _text(value)
        near = nearest(text, choices) or [word for word in choices if word in text]
        few = choices if len(choices) <= MOST_NAMED else ["VALUE"]
        return ", or ".join(f"{path}={word}" for word in (near[:1] or few))
    if any(get_origin(part) in (list, tuple) for part in _parts(hint)):
        return f"{path}={shlex.quote(_text(value if isinstance(value, list) else [value]))}"
    return _plain_example(path, hint, value)


def _plain_example(path: str, hint: Any, value: object) -> str:
    """A number or a text that fits, from one that does not; nothing is made up."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if _takes(hint, 0):
        digits = value if isinstance(value, str) and value.isdecimal() else ""
        number = int(digits) if 0 < len(digits) <= MOST_DIGITS else value
        numbers = [number, *(_bounds(hint) if type(number) is int else ())]
        return f"{path}={next((each for each in numbers if _fits(hint, each)), 'NUMBER')}"
    text = _text(value)
    text = _mended_id(hint, text) or text
    return f"{path}={shlex.quote(text)}" if _fits(hint, text) else ""


def _mended_id(hint: Any, text: str) -> str:
    """The id nearest to a text that is none, e.g. for its spaces; empty where little is left."""
    if not _fits(hint, "id") or _fits(hint, text):
        return ""
    mended = re.sub(r"[^A-Za-z0-9_.:+-]+", "-", text).strip("-.:+_")[:120]
    letters, left = (sum(map(str.isalnum, each)) for each in (text, mended))
    return mended if 2 * left > letters else ""


def _part_example(path: str, struct: type[Struct], value: object) -> str:
    """The part of a structure that a plain value was most likely meant for."""
    hints = _hints(struct)
    number = int(value) if isinstance(value, str) and value.isdecimal() else value
    fitting = [name for name in PREFERRED if name in hints and _takes(hints[name], number)]
    fitting += [name for name in PREFERRED if name in hints and _takes(hints[name], value)]
    if not str(value).startswith("P"):
        fitting = [name for name in fitting if name != "duration"]
    return f"{path}.{fitting[0]}={shlex.quote(_text(value))}" if fitting else ""


def _takes(hint: Any, value: object) -> bool:
    """Whether plain values of this kind fit one of the members of an annotation."""
    kinds = (get_args(p)[0] if get_origin(p) is Annotated else p for p in _parts(hint))
    return type(value) in kinds


def _fits(hint: Any, value: object) -> bool:
    try:
        msgspec.convert(value, hint)
    except ValidationError:
        return False
    return True
