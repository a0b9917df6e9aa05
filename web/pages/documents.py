"""The files that programs read: JSON as the command line writes it, CSV, feed and calendar."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from events.transparency.checkpoints import checkpoint_line
from notifications.feeds.publish import Calendars, atom_file, calendar_file
from tracker.documents.commitments import AgreementDocument, agreement_json
from tracker.entries.tlp import highest
from tracker.queries.entries import Document
from tracker.terminal.cells import csv_text
from web.drawing.timeline import timeline
from web.model.event_rows import EventRow
from web.model.links import path_of
from web.model.query import ROWS_A_PAGE
from web.model.reader import Reader
from web.pages.agreement_pages import events_of, explanation
from web.pages.log_pages import position_of

CLOCKS = ("as_of", "known_at")
"""Keys that say when a document was made, and so leave its entity tag as it is."""


class File(Struct, frozen=True):
    """A file as it is sent; `identity` is what its entity tag is made of, the clock left out."""

    body: bytes
    media: str
    identity: bytes
    attachment: bool = False


FileOf = Callable[[Reader, str, Calendars], File]


def _json(document: Mapping[str, Any]) -> File:
    body = msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
    identity = {name: value for name, value in document.items() if name not in CLOCKS}
    return File(body, "application/json", msgspec.json.encode(identity))


def _csv(rows: Iterable[Mapping[str, Any]], columns: list[str]) -> File:
    body = csv_text(rows, columns).encode()
    return File(body, "text/csv; charset=utf-8; header=present", body, attachment=True)


def api_status(reader: Reader, name: str, _: Calendars) -> File:
    """`status --json`: everything, one agreement or one commitment."""
    position = reader.freshness.position if reader.is_projected else reader.view.head()
    agreements = _one(reader, name) if name else reader.queries.documents()
    unreadable = reader.queries.unreadable() if not name else []
    return _json(
        {
            **reader.clocks,
            "position": position,
            "checkpoint": checkpoint_line(reader.view, position),
            "tlp": highest(each["tlp"] for each in (*agreements, *unreadable)),
            "agreements": agreements,
            "unreadable": unreadable,
        }
    )


def _one(reader: Reader, name: str) -> list[AgreementDocument]:
    """An agreement; where none has that id, the commitment of that id within its agreement."""
    state = reader.known_agreement(name)
    if state is not None:
        return [agreement_json(state)]
    state = reader.known_agreement(reader.agreement_of(name))
    if state is None or name not in state.commitments:
        raise reader.unknown("commitment", name)
    document = agreement_json(state)
    return [{**document, "commitments": [c for c in document["commitments"] if c["id"] == name]}]


def api_explain(reader: Reader, name: str, _: Calendars) -> File:
    return _json(explanation(reader, name))


def api_readout(reader: Reader, name: str, _: Calendars) -> File:
    document = reader.readout(name)
    return _json({**reader.clocks, "tlp": document["tlp"], **document})


def api_deadlines(reader: Reader, _name: str, _: Calendars) -> File:
    rows, unreadable = reader.deadlines()
    return _json(
        {
            **reader.clocks,
            "until": None,
            "tlp": highest(row["tlp"] for row in (*rows, *unreadable)),
            "speaks_for": reader.registry.speaks_for(
                row["by"] for row in rows if row["by"] and row["term"] != "withdrawal"
            ),
            "deadlines": rows,
            "unreadable": unreadable,
        }
    )


def api_timeline(reader: Reader, name: str, _: Calendars) -> File:
    """The data of the timeline, for those who draw their own, and our drawing of it."""
    document = explanation(reader, name)
    events = events_of(reader, document)
    drawing = msgspec.to_builtins(timeline(document, events, reader.site.tz))
    commitment = document["commitment"]
    return _json(
        {
            **reader.clocks,
            "commitment": name,
            "changes": document["history"],
            "readings": [reading for reading in commitment["readings"] if "at" in reading],
            "incidents": commitment["incidents"],
            "events": [_brief(event) for event in events],
            "drawing": drawing,
        }
    )


def _brief(row: EventRow) -> Document:
    names = ("position", "id", "type", "commitment", "occurred", "effective_at", "recorded_at")
    return {
        name: getattr(row, name) for name in (*names, "speaker", "reported_by", "rating", "tlp")
    }


def api_events(reader: Reader, _name: str, _: Calendars) -> File:
    """A page of the log, newest first, each event as in `event list --json`."""
    events, more = reader.newest(reader.query.page)
    rows = reader.entries(events)
    heading = {"page": reader.query.page, "more": more, "tlp": highest(row["tlp"] for row in rows)}
    return _json({**reader.clocks, **heading, "events": rows})


def api_event(reader: Reader, position: str, _: Calendars) -> File:
    """The document of `event show --json`."""
    (entry,) = reader.entries([reader.event(position_of(position))])
    return _json(entry)


COMMITMENT_COLUMNS = [
    "agreement", "title", "roll_up", "id", "kind", "debtor", "creditor", "promise", "state",
    "compliance", "timing", "flags", "earliest", "latest", "late",
]  # fmt: skip
DEADLINE_COLUMNS = [
    "agreement", "commitment", "state", "term", "at", "reading", "by", "rule", "zone", "governing",
]  # fmt: skip
EVENT_COLUMNS = [
    "position", "id", "stream", "type", "commitment", "occurred", "recorded_at", "speaker",
    "reported_by", "rating", "tlp", "text", "note", "url", "recorder",
]  # fmt: skip
EVENTS_IN_CSV = 1000


def commitments_csv(reader: Reader, _name: str, _: Calendars) -> File:
    rows = [
        {**msgspec.structs.asdict(c), "title": h.title, "roll_up": h.roll_up}
        for h in reader.headings
        for c in h.holdings
    ]
    return _csv(rows, COMMITMENT_COLUMNS)


def deadlines_csv(reader: Reader, _name: str, _: Calendars) -> File:
    return _csv(reader.deadlines()[0], DEADLINE_COLUMNS)


def events_csv(reader: Reader, _name: str, _: Calendars) -> File:
    """The newest thousand events."""
    pages = (reader.newest(page)[0] for page in range(1, EVENTS_IN_CSV // ROWS_A_PAGE + 1))
    rows = [row for page in pages for event in page for row in reader.rows([event])]
    cells = [
        {
            **msgspec.structs.asdict(row),
            "stream": row.agreement,
            "text": " / ".join(row.texts.values()),
            "url": row.source.address,
        }
        for row in rows
    ]
    return _csv(cells, EVENT_COLUMNS)


def atom(reader: Reader, name: str, _: Calendars) -> File:
    """The changes of all agreements, or of one."""
    path = path_of("agreement_atom", name) if name else path_of("atom")
    agreements = (reader.agreement(name).id,) if name else ()
    body = atom_file(
        reader.queries, base_url=reader.site.base_url, path=path, agreements=agreements
    )
    return File(body, "application/atom+xml; charset=utf-8", body)


def calendar(reader: Reader, name: str, calendars: Calendars) -> File:
    """The deadlines of all agreements, or of one."""
    agreements = (reader.agreement(name).id,) if name else ()
    body = calendar_file(
        reader.view,
        reader.query.now,
        base_url=reader.site.base_url,
        agreements=agreements,
        calendars=calendars,
    )
    return File(body, "text/calendar; charset=utf-8", body)


DOCUMENTS: dict[str, FileOf] = {
    "atom": atom,
    "calendar": calendar,
    "agreement_atom": atom,
    "agreement_calendar": calendar,
    "commitments_csv": commitments_csv,
    "deadlines_csv": deadlines_csv,
    "events_csv": events_csv,
    "api_status": api_status,
    "api_one": api_status,
    "api_explain": api_explain,
    "api_readout": api_readout,
    "api_deadlines": api_deadlines,
    "api_events": api_events,
    "api_event": api_event,
    "api_timeline": api_timeline,
}
