"""What programs read: JSON in the shapes of the command line, CSV, the feed and the calendar."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from events.transparency.checkpoints import checkpoint_line
from notifications.feeds.publish import Calendars, atom_file, calendar_file
from tracker.documents.commitments import AgreementDocument, agreement_json
from tracker.entries.tlp import highest
from tracker.terminal.cells import csv_text
from web.model.links import path_of
from web.model.page import ROWS_A_PAGE
from web.model.reader import Reader
from web.pages.agreement_pages import events_of, explanation
from web.pages.log_pages import position_of
from web.pages.timeline import timeline

CLOCKS = ("as_of", "known_at")
"""Keys that say when a document was made: they do not make it another one."""


class Document(Struct, frozen=True):
    """A file as it is sent; `tag` is what its identity is made of, the clock left out."""

    body: bytes
    media: str
    tag: bytes
    attachment: bool = False


DocumentOf = Callable[[Reader, str, Calendars], Document]


def _json(document: dict[str, Any]) -> Document:
    body = msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
    lasting = {name: value for name, value in document.items() if name not in CLOCKS}
    return Document(body, "application/json", msgspec.json.encode(lasting))


def _csv(rows: Iterable[Mapping[str, Any]], columns: list[str]) -> Document:
    body = csv_text(rows, columns).encode()
    return Document(body, "text/csv; charset=utf-8; header=present", body, attachment=True)


def api_status(reader: Reader, name: str, _: Calendars) -> Document:
    """`status --json`: everything, one agreement or one commitment."""
    position = reader.freshness.position if reader.projected else reader.log.head()
    agreements = _one(reader, name) if name else reader.published.documents()
    return _json(
        {
            **reader.stamp,
            "position": position,
            "checkpoint": checkpoint_line(reader.log, position),
            "tlp": highest(agreement["tlp"] for agreement in agreements),
            "agreements": agreements,
        }
    )


def _one(reader: Reader, name: str) -> list[AgreementDocument]:
    """An agreement, or where there is none of that id, the commitment in its agreement."""
    state = reader.known_agreement(name)
    if state is not None:
        return [agreement_json(state)]
    state = reader.known_agreement(reader.agreement_of(name))
    if state is None or name not in state.commitments:
        raise reader.unknown("commitment", name)
    document = agreement_json(state)
    return [{**document, "commitments": [c for c in document["commitments"] if c["id"] == name]}]


def api_explain(reader: Reader, name: str, _: Calendars) -> Document:
    return _json(explanation(reader, name))


def api_readout(reader: Reader, name: str, _: Calendars) -> Document:
    document = reader.readout(name)
    return _json({**reader.stamp, "tlp": document["tlp"], **document})


def api_deadlines(reader: Reader, _wanted: str, _: Calendars) -> Document:
    rows = reader.deadlines()
    level = highest(row["tlp"] for row in rows)
    return _json({**reader.stamp, "until": None, "tlp": level, "deadlines": rows})


def api_timeline(reader: Reader, name: str, _: Calendars) -> Document:
    """What the timeline is drawn from, for those who draw their own."""
    document = explanation(reader, name)
    events = events_of(reader, document)
    drawn = msgspec.to_builtins(timeline(document, events, reader.site.tz))
    commitment = document["commitment"]
    return _json(
        {
            **reader.stamp,
            "commitment": name,
            "changes": document["history"],
            "readings": [reading for reading in commitment["readings"] if "at" in reading],
            "incidents": commitment["incidents"],
            "events": [_brief(event) for event in events],
            "drawing": drawn,
        }
    )


def _brief(row: dict[str, Any]) -> dict[str, Any]:
    names = ("position", "id", "type", "commitment", "occurred", "effective_at", "recorded_at")
    return {name: row[name] for name in (*names, "speaker", "reported_by", "rating", "tlp")}


def api_events(reader: Reader, _wanted: str, _: Calendars) -> Document:
    """A page of the log, newest first, each event as `event list --json` words it."""
    recorded, more = reader.newest(reader.query.page)
    rows = reader.entries(recorded)
    heading = {"page": reader.query.page, "more": more, "tlp": highest(row["tlp"] for row in rows)}
    return _json({**reader.stamp, **heading, "events": rows})


def api_event(reader: Reader, position: str, _: Calendars) -> Document:
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
    "reported_by", "rating", "tlp", "text", "note", "url",
]  # fmt: skip


def commitments_csv(reader: Reader, _wanted: str, _: Calendars) -> Document:
    rows = [
        {**msgspec.structs.asdict(c), "title": h.title, "roll_up": h.roll_up}
        for h in reader.headings
        for c in h.holdings
    ]
    return _csv(rows, COMMITMENT_COLUMNS)


def deadlines_csv(reader: Reader, _wanted: str, _: Calendars) -> Document:
    return _csv(reader.deadlines(), DEADLINE_COLUMNS)


def events_csv(reader: Reader, _wanted: str, _: Calendars) -> Document:
    """The newest thousand events."""
    taken = [reader.newest(page)[0] for page in range(1, EVENTS_IN_CSV // ROWS_A_PAGE + 1)]
    events = [event for page in taken for event in page]
    rows = [row for event in events for row in reader.rows([event])]
    return _csv([_flat(row) for row in rows], EVENT_COLUMNS)


EVENTS_IN_CSV = 1000


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    text = " / ".join(row["texts"].values())
    return {**row, "stream": row["agreement"], "text": text, "url": row["source"]["address"]}


def atom(reader: Reader, name: str, _: Calendars) -> Document:
    path = path_of("agreement_atom", name) if name else path_of("atom")
    agreements = (reader.agreement(name).id,) if name else ()
    body = atom_file(
        reader.published, base_url=reader.site.base_url, path=path, agreements=agreements
    )
    return Document(body, "application/atom+xml; charset=utf-8", body)


def calendar(reader: Reader, name: str, calendars: Calendars) -> Document:
    agreements = (reader.agreement(name).id,) if name else ()
    body = calendar_file(
        reader.view,
        reader.query.now,
        base_url=reader.site.base_url,
        agreements=agreements,
        calendars=calendars,
    )
    return Document(body, "text/calendar; charset=utf-8", body)


DOCUMENTS: dict[str, DocumentOf] = {
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
