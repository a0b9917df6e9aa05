"""Turns fields as people type them, `name=value` or `--name value`, into the data of an event."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import takewhile
from typing import Any, get_args, get_type_hints

from msgspec import Struct, to_builtins

from events.envelope import EventData
from tracker.errors import InvalidDate, InvalidEvent, InvalidField
from tracker.model.event_types import EVENT_TYPES
from tracker.model.relative import Relative, typed_relative
from tracker.model.terms import Terms

SHOWN = 200
MOST_DIGITS = 19
FREE_TEXT = ("text", "note", "reason", "title", "promise", "where", "why")
"""Fields in which several words stand."""
PLAIN = ("str", "int", "bool", "tuple", "list", "dict")


def typed_fields(name: str, fields: tuple[str, ...]) -> EventData:
    """`name=value` and `--name value` pairs as data, each of the type its field has."""
    data: EventData = {}
    rest = list(fields)
    while rest:
        field = rest.pop(0)
        key, equals, text = field.removeprefix("--").partition("=")
        if not equals and not field.startswith("--"):
            before = fields[: len(fields) - len(rest) - 1]
            raise InvalidEvent(
                f"expected name=value, found {field!r}",
                hint=_named(field, before, rest, EVENT_TYPES[name].__struct_fields__),
            )
        if not equals and not rest:
            raise InvalidEvent(f"{field} needs a value", hint=f"{key}=VALUE")
        put_field(data, name, key, text if equals else rest.pop(0))
    return data


def _named(word: str, before: Sequence[str], after: list[str], names: Sequence[str]) -> str:
    """What a word without a name may have been meant for, as `name=value`.

    It is a name, a date, or it goes on with the value before it, whose quotes were left out.
    """
    if word in names:
        return f"{word}=VALUE"
    if word[:1].isdigit() and "-" in word:
        return f"occurred={shlex.quote(word)}"
    name, equals, value = before[-1].partition("=") if before else ("", "", "")
    words = [word, *takewhile(lambda each: "=" not in each and each[:1] != "-", after)]
    if equals and name in FREE_TEXT:
        return f"with quotes: {name}={shlex.quote(' '.join([value, *words]))}"
    return f"text={shlex.quote(' '.join(words))}"


def put_field(data: EventData, name: str, key: str, text: str) -> None:
    """Sets one field of an event of type `name` from its text; dots lead into a structure.

    Parts of the source may be named like the options of other commands, too: `source-url`.
    """
    outer, _, inner = key.replace("-", "_").replace("source_", "source.", 1).partition(".")
    if outer not in EVENT_TYPES[name].__struct_fields__:
        from tracker.entries.form_errors import unknown_field

        raise unknown_field(name, EVENT_TYPES[name], "", outer, text)
    hint = _hints(EVENT_TYPES[name])[outer]
    if key == "source" and put_citation(data, text, hint):
        return
    if key == "source" and text[:1] not in ("{", "") and text != "null":
        inner = "url"
        check_address(text)
    if not inner:
        if outer == "value":
            # A reading's value has the form of the term that it reads.
            hint = _hints(Terms).get(str(data.get("term")), Any)
        data[outer] = typed_value(text, hint)
        return
    put_part(data, outer, inner, text, hint)


def check_address(text: str) -> None:
    """Raises InvalidEvent for a source that is neither a line of a document nor an address."""
    if not text.startswith(("https://", "http://")):
        raise InvalidField(
            f"expected DOCUMENT:LINE or an address, found {text!r}",
            hint="e.g. source=blog:53, source=https://example.org/a, source.title='A headline'",
        ).of_field("source")


def put_citation(data: EventData, text: str, hint: Any) -> bool:
    """Sets the document and the lines that `blog:53-55` means; False for other text."""
    from tracker.sources.citations import short_citation

    cited = short_citation(text)
    if cited is None:
        return False
    document, lines = cited
    put_part(data, "source", "document", document, hint)
    data["source"] |= {"line": lines.first}
    data["source"] |= {"last_line": lines.last} if lines.last > lines.first else {}
    return True


def put_part(data: EventData, outer: str, inner: str, text: str, hint: Any) -> None:
    """Sets one part of a structure, or of a structure in it: `clauses.renewal.notice`."""
    part = data.setdefault(outer, {})
    if not isinstance(part, dict):
        raise InvalidEvent(
            f"{outer} is given whole and in parts", hint=f"in parts alone: {outer}.{inner}={text}"
        )
    structs = (each for each in (hint, *get_args(hint)) if _is_struct(each))
    struct = next(structs, None)
    first, _, rest = inner.partition(".")
    own = _hints(struct).get(first) if struct else None
    if rest and struct:
        put_part(part, first, rest, text, own)
    else:
        try:
            part[inner] = typed_value(text, own)
        except InvalidDate as error:
            raise error.of_field(f"{outer}.{inner}") from error


@lru_cache(maxsize=128)
def _hints(struct: type) -> Mapping[str, object]:
    return get_type_hints(struct)


def typed_value(text: str, hint: Any) -> Any:
    """JSON where it is meant: structures, numbers, true, false, null; lists also with commas."""
    relative = typed_relative(text) if Relative in get_args(hint) else None
    if relative is not None:
        return to_builtins(relative)
    kinds = _kinds(hint)
    is_text = kinds == {"str"}
    # A term of a name of its own has words as its value, also these two.
    is_truth = text in ("true", "false") and hint is not Any
    is_structure = text[:1] in ("{", "[") or is_truth
    is_silence = text == "null" and type(None) in get_args(hint)
    if is_silence or (not is_text and (is_structure or text == "null")):
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            # What is nested too deep, or a number of thousands of digits, has no place.
            at = error.pos + 1 if isinstance(error, json.JSONDecodeError) else 1
            raise InvalidEvent(
                f"not JSON from character {at} on: {text[:SHOWN]!r}",
                hint='a structure is written as \'{"id":"lift"}\', a list as \'["NOR","ISL"]\'',
            ) from error
    if kinds & {"tuple", "list"}:
        separator = ";" if ";" in text else ","
        return [part.strip() for part in text.split(separator) if part.strip()]
    is_number = text.isascii() and text.isdigit() and len(text) < MOST_DIGITS
    # Of a term of a name of its own a number is counted, as in the ledger.
    return int(text) if is_number and ("int" in kinds or hint in (None, Any)) else text


def _is_struct(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, Struct)


def _kinds(hint: Any) -> set[str]:
    """The plain type names inside a field's annotation."""
    kinds: set[str] = set()
    for part in (hint, *get_args(hint)):
        origin = getattr(part, "__origin__", part)
        name = getattr(origin, "__name__", "")
        kinds |= {name} if name in PLAIN else set()
        kinds |= {"dict"} if _is_struct(part) else set()
        if part is not hint and get_args(part):
            kinds |= _kinds(part)
    return kinds
