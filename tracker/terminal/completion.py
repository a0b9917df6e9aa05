"""Completion in the shell: command names, ids from the database, types, fields and words.

A completer answers with nothing rather than with an error: it runs on every press of Tab.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import closing
from typing import Any

import click
from click.shell_completion import CompletionItem

Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]
Found = Iterable[tuple[str, str]]
"""What can stand here, and a word about it."""
MOST = 2_000


def _completer(find: Callable[[click.Context], Found]) -> Completer:
    def complete(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
        try:
            matches = [(name, text) for name, text in find(ctx) if name.startswith(incomplete)]
        except Exception:
            # Whatever is wrong with the database, a press of Tab is not the moment to say so.
            return []
        return [CompletionItem(name, help=text) for name, text in matches[:MOST]]

    return complete


def _events(ctx: click.Context) -> Any:
    from events import EventStore

    return EventStore.open(str(ctx.find_root().params["db"]), create=False)


def _agreements(ctx: click.Context) -> Found:
    with closing(_events(ctx)) as store:
        for event in store.read_all():
            if event.type.split(".")[1] == "AgreementRecorded":
                yield event.stream, str(event.data.get("title", ""))


def _commitments(ctx: click.Context) -> Found:
    from tracker.model.event_types import PROMISES

    seen = set()
    with closing(_events(ctx)) as store:
        for event in store.read_all():
            name = event.data.get("commitment")
            if event.type.split(".")[1] in PROMISES and name not in seen:
                seen.add(name)
                yield str(name), str(event.data.get("promise", ""))


def _both(ctx: click.Context) -> Found:
    yield from _commitments(ctx)
    yield from _agreements(ctx)


def _event_ids(ctx: click.Context) -> Found:
    with closing(_events(ctx)) as store:
        for event in store.read_all():
            yield event.id, f"{event.type.split('.')[1]} {event.stream}"


def _types(_: click.Context) -> Found:
    from tracker.model.event_types import EVENT_TYPES

    for name, payload in EVENT_TYPES.items():
        yield name, payload.level.replace("_", " ")


def _check_words(_: click.Context) -> Found:
    from tracker.queries.checks import MEANINGS

    yield from MEANINGS.items()


agreements = _completer(_agreements)
commitments = _completer(_commitments)
agreements_and_commitments = _completer(_both)
event_ids = _completer(_event_ids)
types = _completer(_types)


def check_words(
    ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The last word of a list with commas."""
    before, comma, last = incomplete.rpartition(",")
    items = _completer(_check_words)(ctx, parameter, last)
    return [CompletionItem(before + comma + item.value, help=item.help) for item in items]


def field_values(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Field names of the chosen type, and behind `=` the words that a field may have.

    Bash takes `=` for a word of its own and asks for what stands behind it alone.
    """
    from tracker.recording.fields import fields_of

    try:
        fields = {field.name: field for field in fields_of(str(ctx.params.get("type_")), new=True)}
    except KeyError:
        return []
    before = list(ctx.params.get("fields") or ())
    name, equals, begun, prefix = _split_field(before, incomplete, set(fields))
    if not equals:
        names = (field for field in fields.values() if field.name.startswith(name))
        return [CompletionItem(f"{field.name}=", help=field.meaning) for field in names]
    allowed = fields[name].allowed if name in fields else ()
    return [CompletionItem(prefix + word) for word in allowed if word.startswith(begun)]


def _split_field(before: list[str], incomplete: str, names: set[str]) -> tuple[str, bool, str, str]:
    """Name, whether its value is asked for, the value begun, and what an answer has to repeat."""
    if before[-1:] == ["="] and len(before) > 1:
        return before[-2], True, incomplete, ""
    last = before[-1].removeprefix("--").replace("-", "_") if before else ""
    if last in names and "=" not in incomplete:
        return last, True, incomplete, ""
    name, equals, begun = incomplete.partition("=")
    return name, bool(equals), begun, f"{name}=" if equals else ""
