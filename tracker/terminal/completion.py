"""Completion in the shell: command names, ids from the database, types, fields and words.

A completer answers with nothing rather than with an error: it runs on every press of Tab.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from events import EventStore, RecordedEvent
    from tracker.projections.reader import ProjectionReader

Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]
Choices = Iterable[tuple[str, str]]
"""The words that can stand here, each with what it means."""
MOST = 2_000


def _completer(choices: Callable[[click.Context, str], Choices]) -> Completer:
    """Completes a word from choices, which may already be only those that begin with it."""

    def complete(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
        try:
            words = choices(ctx, incomplete)
            matches = [(name, text) for name, text in words if name.startswith(incomplete)]
        except Exception:
            # Whatever is wrong with the database, a press of Tab is not the moment to say so.
            return []
        return [CompletionItem(name, help=text) for name, text in matches[:MOST]]

    return complete


def _log(ctx: click.Context) -> EventStore:
    from events import EventStore

    return EventStore.open(str(ctx.find_root().params["db"]), create=False)


def agreement_names(store: EventStore, typed: str) -> Choices:
    """The agreements whose id begins so, each with its title."""
    from tracker.entries.amendments import short_type

    rows, newest = _rows_and_newest(store)
    named = dict(rows.agreement_titles(typed)) if rows else {}
    for event in newest:
        if short_type(event) == "AgreementRecorded":
            named.setdefault(event.stream, str(event.data.get("title", "")))
    return named.items()


def commitment_names(store: EventStore, typed: str) -> Choices:
    """The commitments whose id begins so, each with its promise."""
    from tracker.entries.decoding import commitment_made_by

    rows, newest = _rows_and_newest(store)
    named = dict(rows.commitment_promises(typed)) if rows else {}
    for event in newest:
        commitment = commitment_made_by(event)
        if commitment:
            named.setdefault(commitment, str(event.data.get("promise", "")))
    return named.items()


def _rows_and_newest(
    store: EventStore,
) -> tuple[ProjectionReader | None, Iterator[RecordedEvent]]:
    """What is projected, and the events since: a press of Tab reads no whole log."""
    from tracker.projections.reader import projected

    rows = projected(store)
    return rows, store.read_all(after=rows.position if rows else 0)


def _agreements(ctx: click.Context, typed: str = "") -> Choices:
    with closing(_log(ctx)) as store:
        return agreement_names(store, typed)


def _commitments(ctx: click.Context, typed: str = "") -> Choices:
    with closing(_log(ctx)) as store:
        return commitment_names(store, typed)


def _parties(ctx: click.Context, _: str) -> Choices:
    from tracker.entries.party_stream import read_registry

    with closing(_log(ctx)) as store:
        for party in read_registry(store).parties.values():
            yield party.id, party.name


def _documents(ctx: click.Context, _: str) -> Choices:
    from tracker.entries.streams import SOURCE_PREFIX

    with closing(_log(ctx)) as store:
        for event in store.read_streams(SOURCE_PREFIX):
            if "title" in event.data:
                yield str(event.data.get("document")), str(event.data["title"])


agreements = _completer(_agreements)
documents = _completer(_documents)
commitments = _completer(_commitments)
parties = _completer(_parties)
agreements_and_commitments = _completer(
    lambda ctx, typed: [*_commitments(ctx, typed), *_agreements(ctx, typed)]
)


def targets(ctx: click.Context) -> list[tuple[str, str]]:
    """What an entry may be about, to be completed at a prompt; empty without a database."""
    from events.errors import EventStoreError

    try:
        return [*_commitments(ctx), *_agreements(ctx)]
    except EventStoreError:
        return []


@_completer
def event_ids(ctx: click.Context, typed: str) -> Choices:
    """Ids of events, each with its type and stream."""
    from tracker.entries.amendments import short_type

    with closing(_log(ctx)) as store:
        events = list(islice(store.find_prefix(typed), MOST))
    for event in sorted(events, key=attrgetter("position")):
        yield event.id, f"{short_type(event)} {event.stream}"


@_completer
def types(_: click.Context, __: str) -> Choices:
    """Types of events, each with what it is recorded on."""
    from tracker.model.event_types import EVENT_TYPES

    for name, payload in EVENT_TYPES.items():
        yield name, payload.level.replace("_", " ")


@_completer
def _checks(_: click.Context, __: str) -> Choices:
    from tracker.queries.checks import MEANINGS

    return MEANINGS.items()


def words_of_check(
    ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Completes the last word of a list with commas."""
    before, comma, last = incomplete.rpartition(",")
    items = _checks(ctx, parameter, last)
    return [CompletionItem(before + comma + item.value, help=item.help) for item in items]


def field_values(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Completes field names of the chosen type, and behind `=` the words that a field may have.

    Bash takes `=` for a word of its own and asks for what stands behind it alone.
    """
    from tracker.recording.as_written import COMMITMENTS, PARTIES
    from tracker.recording.fields import fields_of

    try:
        fields = {field.name: field for field in fields_of(str(ctx.params.get("type_")), new=True)}
    except KeyError:
        return []
    before = list(ctx.params.get("fields") or ())
    name, has_value, typed, prefix = _split_field(before, incomplete, set(fields))
    if not has_value:
        names = (field for field in fields.values() if field.name.startswith(name))
        return [CompletionItem(f"{field.name}=", help=field.meaning) for field in names]
    if name in fields and fields[name].allowed:
        allowed = fields[name].allowed
        return [CompletionItem(prefix + word) for word in allowed if word.startswith(typed)]
    of_fields = dict.fromkeys(PARTIES, parties) | dict.fromkeys(COMMITMENTS, commitments)
    completer = (of_fields | {"incident": breaches}).get(name)
    items = completer(ctx, _, typed) if completer else []
    return [CompletionItem(prefix + item.value, help=item.help) for item in items]


@_completer
def breaches(ctx: click.Context, _: str) -> Choices:
    """What names each breach of the promise that is written before, the newest first."""
    from tracker.projections.commitment_index import agreement_of
    from tracker.queries.incidents import breaches_of, reports_of

    commitment = str(ctx.params.get("target"))
    with closing(_log(ctx)) as store:
        agreement = agreement_of(store, commitment) or commitment
        reports = reports_of(store.read_stream(agreement), commitment)
    return [(breach.name, breach.words) for breach in breaches_of(reports)]


def _split_field(before: list[str], incomplete: str, names: set[str]) -> tuple[str, bool, str, str]:
    """Gives the name, whether a value is completed, its beginning, and what stands before it."""
    if before[-1:] == ["="] and len(before) > 1:
        return before[-2], True, incomplete, ""
    last = before[-1].removeprefix("--").replace("-", "_") if before else ""
    if last in names and "=" not in incomplete:
        return last, True, incomplete, ""
    name, equals, typed = incomplete.partition("=")
    return name, bool(equals), typed, f"{name}=" if equals else ""
