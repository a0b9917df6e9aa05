"""The commands about single events: look at them, and erase their free text."""

from __future__ import annotations

import json
from contextlib import closing
from typing import Any

import click

from events import EventStore, RecordedEvent, format_instant
from events.upcasters import split_type
from tracker.console_options import HELP, confirm, pass_session
from tracker.errors import UnknownId
from tracker.session import Session
from tracker.show import emit, say, talk
from tracker.unknown import unknown_id

QUOTE = '"'


@click.group(context_settings=HELP)
def event() -> None:
    """Look at single events, and erase free text.

    \b
    Examples:
      pactwatch event show ev-0001
      pactwatch event redact ev-0001 --yes
    """


EVENT_COLUMNS = ["position", "recorded_at", "stream", "type", "id"]


@event.command("list")
@click.argument("stream", required=False, metavar="[AGREEMENT]")
@click.option("--after", type=click.IntRange(0), default=0, metavar="POSITION")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True)
@pass_session
def event_list(session: Session, stream: str | None, after: int, limit: int) -> None:
    """The events in the order they were recorded.

    \b
    Examples:
      pactwatch event list energy-pause-2025
      pactwatch event list --after 100 --json
    """
    from itertools import islice

    with closing(session.store()) as store:
        if stream and not store.stream_version(stream):
            raise unknown_id("agreement", stream, store.streams_after(0))
        found = store.read_stream(stream) if stream else store.read_all(after=after)
        held = (item for item in found if item.position > after)
        rows = [event_json(item) for item in islice(held, limit)]
    shown = rows
    if session.format == "table":
        shown = [{**row, "type": split_type(row["type"])[0].rpartition(".")[2]} for row in rows]
    emit(session, {"events": rows}, shown, EVENT_COLUMNS)


@event.command("show")
@click.argument("event_id", metavar="EVENT-ID")
@pass_session
def event_show(session: Session, event_id: str) -> None:
    """One event with all its fields.

    \b
    Examples:
      pactwatch event show ev-0001 --json
    """
    with closing(session.store()) as store:
        document = event_json(_found(store, event_id))
    flat = {**document, **{f"data.{name}": value for name, value in document["data"].items()}}
    del flat["data"]
    if session.format == "table":
        for name, value in flat.items():
            say(f"{name:<22} {json.dumps(value, ensure_ascii=False).strip(QUOTE)}")
    else:
        emit(session, document, [document], list(document))


def _found(store: EventStore, event_id: str) -> RecordedEvent:
    found = store.find(event_id)
    if found is None:
        raise UnknownId(f"no event {event_id!r}", hint="pactwatch event list")
    return found


def event_json(item: RecordedEvent) -> dict[str, Any]:
    return {
        "position": item.position,
        "id": item.id,
        "stream": item.stream,
        "version": item.version,
        "type": item.type,
        "source": item.source,
        "recorded_at": format_instant(item.recorded_at),
        "data": item.data,
        "erased": list(item.erased),
    }


@event.command("redact")
@click.argument("event_id", metavar="EVENT-ID")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_session
def event_redact(session: Session, event_id: str, yes: bool) -> None:
    """Erase the free text (`note`) of an event, for good; every proof stays valid.

    Backups and exports made before still hold the text.

    \b
    Examples:
      pactwatch event redact ev-0001 --yes
    """
    with closing(session.store()) as store:
        _found(store, event_id)
        confirm(yes, "Erase the text of this event for good?", f"event redact {event_id} --yes")
        erased = store.redact(event_id)
    document = {"event": event_id, "erased": list(erased)}
    emit(session, document, [document], list(document))
    if not erased:
        talk(session, "there was no text to erase")
