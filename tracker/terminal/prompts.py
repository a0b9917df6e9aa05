"""Asking a person at a terminal for the fields of an event. Off a terminal nothing is asked.

Questions go to stderr, so that stdout holds data alone. Each answer is checked as it is given.
"""

from __future__ import annotations

import shlex
import sys
from typing import Any, get_type_hints

import click
from msgspec import ValidationError, convert

from tracker.dates.edtf import parse_edtf
from tracker.errors import InvalidEvent, TrackerError
from tracker.model.event_types import EVENT_TYPES
from tracker.model.terms import Terms, check_terms
from tracker.recording.fields import COMMON, Field, fields_of
from tracker.recording.typed_fields import put_field

ASKED_OF_ALL = ("occurred", "speaker")
"""Fields of every event that are asked for; the others are taken in at the end."""


def at_terminal() -> bool:
    """Whether somebody is there to be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask_all(name: str, data: dict[str, Any], *, new: bool) -> None:
    """Show what may be said in an event of this type, then ask for it field by field."""
    fields = fields_of(name, new=new)
    _show(name, fields)
    for field in fields:
        if field.name not in data and (field.name not in COMMON or field.needed):
            ask(name, field, data)
    for field in fields:
        if field.name in ASKED_OF_ALL and field.name not in data:
            ask(name, field, data)
    _ask_more(name, data)


def ask(name: str, field: Field, data: dict[str, Any]) -> None:
    """One field: until it is good, and until it is there when it is needed."""
    while True:
        text = _prompt(f"{'* ' if field.needed else '  '}{field.name}{_choices(field)}")
        if text == "?":
            _tell(field)
        elif (not text and not field.needed) or (text and _taken(name, field, data, text)):
            return


def _choices(field: Field) -> str:
    return f" ({'/'.join(field.allowed)})" if field.allowed else ""


def _prompt(label: str) -> str:
    return str(click.prompt(label, default="", show_default=False, err=True)).strip()


def _taken(name: str, field: Field, data: dict[str, Any], text: str) -> bool:
    """Put an answer into the data; one that does not fit is told and asked again."""
    tried = {key: value for key, value in data.items() if key != field.name}
    return _told_if_wrong(name, _parts(field, text), tried, data)


def _told_if_wrong(
    name: str, answers: list[tuple[str, str]], tried: dict[str, Any], data: dict[str, Any]
) -> bool:
    try:
        for key, value in answers:
            put_field(tried, name, key, value)
            _check_form(name, key.partition(".")[0].replace("-", "_"), tried)
    except TrackerError as error:
        click.echo(f"  {error.message}{f'; {error.hint}' if error.hint else ''}", err=True)
        return False
    data.update(tried)
    return True


def _parts(field: Field, text: str) -> list[tuple[str, str]]:
    """`due=2026-02-10 quantity=100` for a structure; everything else is one value."""
    if field.form != "parts, with dots" or text.startswith("{") or "=" not in text:
        return [(field.name, text)]
    try:
        words = [word.partition("=") for word in shlex.split(text)]
    except ValueError:
        return [(field.name, text)]
    return [
        (f"{field.name}.{key.removeprefix(field.name + '.')}", value) for key, _, value in words
    ]


def _check_form(name: str, field: str, data: dict[str, Any]) -> None:
    """The value has the form of its field, and a date can be read."""
    hint = get_type_hints(EVENT_TYPES[name], include_extras=True)[field]
    try:
        value = convert(data[field], hint)
    except ValidationError as error:
        raise InvalidEvent(f"{field}: {error}") from error
    if field in DATES and isinstance(value, str):
        parse_edtf(value)
    if isinstance(value, Terms):
        check_terms(value)


DATES = ("occurred", "until", "offer_valid_until")


def _ask_more(name: str, data: dict[str, Any]) -> None:
    while text := _prompt("  more, as name=value (Enter to go on)"):
        key, _, value = text.partition("=")
        _told_if_wrong(name, [(key.strip(), value.strip())], dict(data), data)


def _show(name: str, fields: tuple[Field, ...]) -> None:
    click.echo(f"{name}: * is needed, Enter leaves a field out, ? explains it", err=True)
    for field in fields:
        if field.needed or field.name not in COMMON:
            click.echo(f"  {line_of(field)}", err=True)
    others = [field.name for field in fields if field.name in COMMON and not field.needed]
    click.echo(f"  also: {', '.join(others)}", err=True)


def line_of(field: Field) -> str:
    """A field in one line: needed or not, its name, what it means, what it may be."""
    mark = "*" if field.needed else " "
    what = f"one of {', '.join(field.allowed)}" if field.allowed else field.form
    return f"{mark} {field.name}: {field.meaning} ({what})"


def _tell(field: Field) -> None:
    click.echo(f"  {line_of(field)}", err=True)
