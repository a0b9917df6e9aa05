"""The tables: commitments, deadlines and the newest entries as CSV."""

from __future__ import annotations

from msgspec.structs import asdict

from notifications.feeds.publish import Calendars
from web.api.files import File, csv_file
from web.model.query import ROWS_A_PAGE
from web.model.reader import Reader

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
    rows = (
        {**asdict(c), "title": h.title, "roll_up": h.roll_up}
        for h in reader.queries.each_agreement_summary()
        for c in h.commitments
    )
    return csv_file(rows, COMMITMENT_COLUMNS)


def deadlines_csv(reader: Reader, _name: str, _: Calendars) -> File:
    return csv_file(reader.deadlines()[0], DEADLINE_COLUMNS)


def events_csv(reader: Reader, _name: str, _: Calendars) -> File:
    """The newest thousand events."""
    pages = (reader.newest(page)[0] for page in range(1, EVENTS_IN_CSV // ROWS_A_PAGE + 1))
    rows = [row for page in pages for event in page for row in reader.rows([event])]
    cells = [
        {
            **asdict(row),
            "stream": row.agreement,
            "text": " / ".join(row.texts.values()),
            "url": row.source.address,
        }
        for row in rows
    ]
    return csv_file(cells, EVENT_COLUMNS)
