"""Asks a person at a terminal for the fields of an event. Off a terminal nothing is asked.

Questions go to stderr, so that stdout holds data alone. Each answer is checked as it is given.
"""

from __future__ import annotations

import shlex
import sys
from copy import deepcopy
from typing import TYPE_CHECKING, get_type_hints

from msgspec import ValidationError, convert

from events.envelope import EventData
from events.wording import either
from tracker.errors import TrackerError
from tracker.model.event_types import EVENT_TYPES
from tracker.model.terms import Terms, check_terms
from tracker.recording.as_written import WrittenFields
from tracker.recording.fields import Field, check_word, common_fields, fields_of
from tracker.recording.typed_fields import put_field
from tracker.terminal.text import print_talk

if TYPE_CHECKING:
    from tracker.terminal.line_editor import Suggest, Suggestions

MORE = "more"
"""What is asked for by name=value: any field."""
ASKED_OF_ALL = ("occurred", "speaker")
"""Fields of every event that are asked for; the others are taken in at the end."""


def at_terminal() -> bool:
    """Whether somebody is there to be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask_all(
    name: str, data: EventData, written: WrittenFields, suggest: Suggest, *, new: bool
) -> None:
    """Shows which fields an event of this type has, then asks for them one by one."""
    fields = fields_of(name, new=new)
    shared = common_fields(name)
    own = [field for field in fields if field.needed or field.name not in shared]
    head = f"{name}: * is needed, Enter leaves a field out, Tab completes, ? explains it"
    others = ", ".join(field.name for field in fields if field not in own)
    for line in (head, *(f"  {line_of(field)}" for field in own), f"  also: {others}"):
        print_talk(line)
    for field in [*own, *(f for f in fields if f.name in ASKED_OF_ALL)]:
        if field.name not in data:
            ask(name, field, data, written, suggest)
    while text := ask_line("  more, as name=value (Enter to go on)", suggest(MORE)):
        key, _, value = text.partition("=")
        _put(name, [(key.strip(), value.strip())], dict(data), data, written)


def ask(name: str, field: Field, data: EventData, written: WrittenFields, suggest: Suggest) -> None:
    """Asks for one field until its value is good, or left out where it is not needed.

    Where one answer alone is possible, Enter gives it.
    """
    choices = f" ({'/'.join(field.allowed)})" if field.allowed else ""
    label = f"{'* ' if field.needed else '  '}{field.name}{choices}"
    suggestions = suggest(field.name)
    for _, meaning in suggestions.words if suggestions.accepts else ():
        print_talk(f"  {meaning}")
    only = suggestions.words[0][0] if suggestions.accepts and len(suggestions.words) == 1 else ""
    label += f" [{only}]" if only else ""
    while True:
        text = ask_line(label, suggestions) or only
        others = {key: value for key, value in data.items() if key != field.name}
        if text == "?":
            print_talk(f"  {line_of(field)}")
        elif text and suggestions.accepts and not suggestions.accepts(text):
            names = either(name for name, _ in suggestions.words)
            print_talk(f"  unknown {field.name} {text!r}; expected {names}")
        elif text:
            if _put(name, _parts(field, text), others, data, written):
                return
        elif not field.needed:
            return


def ask_line(label: str, suggestions: Suggestions | None = None) -> str:
    """Asks for one line, which can be edited, recalled and completed."""
    from tracker.terminal import line_editor

    return line_editor.ask_line(label, suggestions or line_editor.Suggestions())


def ask_needed(label: str, suggestions: Suggestions | None = None) -> str:
    """Asks for one line until it says something."""
    while not (text := ask_line(label, suggestions)):
        pass
    return text


def _put(
    name: str,
    values: list[tuple[str, str]],
    draft: EventData,
    data: EventData,
    written: WrittenFields,
) -> bool:
    """Puts values into a draft, and that into the data; explains one that does not fit."""
    draft = deepcopy(draft)  # a part that does not fit must not stay in its structure
    try:
        for key, value in values:
            put_field(draft, name, key, value)
            draft.update(written.resolve(draft))
            _check_form(name, key.partition(".")[0].replace("-", "_"), draft)
    except TrackerError as error:
        print_talk(f"  {error.message}{f'; {error.hint}' if error.hint else ''}")
        return False
    for change in written.take_changes():
        print_talk(f"  {change}")
    data.update(draft)
    return True


def _parts(field: Field, text: str) -> list[tuple[str, str]]:
    """Splits `due=2026-02-10 quantity=100` for a structure; anything else is one value."""
    if field.form != "parts, with dots" or text.startswith("{") or "=" not in text:
        return [(field.name, text)]
    try:
        words = [word.partition("=") for word in shlex.split(text)]
    except ValueError:
        return [(field.name, text)]
    return [
        (f"{field.name}.{key.removeprefix(field.name + '.')}", value) for key, _, value in words
    ]


def _check_form(name: str, field: str, data: EventData) -> None:
    """Raises InvalidEvent for a value of another form than its field."""
    check_word(name, field, data[field])
    hint = get_type_hints(EVENT_TYPES[name], include_extras=True)[field]
    try:
        value = convert(data[field], hint)
    except ValidationError as error:
        from tracker.entries.form_errors import form_error

        raise form_error(name, hint, data[field], error, field) from error
    if isinstance(value, Terms):
        check_terms(value)


def line_of(field: Field) -> str:
    """Describes a field in one line: whether it is needed, its meaning and its values."""
    mark = "*" if field.needed else " "
    what = f"one of {', '.join(field.allowed)}" if field.allowed else field.form
    return f"{mark} {field.name}: {field.meaning}{'' if what == 'text' else f' ({what})'}"
