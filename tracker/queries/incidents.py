"""Which breach is meant: by its name, or by the number or id of an entry that speaks of it.

A breach that nobody named has the id of its first report, which no person types.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from events import RecordedEvent
from events.envelope import EventData
from tracker.entries.amendments import Amendments, short_type
from tracker.entries.lookup import LAST, NUMBER

OPENING = "ViolationAlleged"
FEWEST_LETTERS = 4
"""So many letters of an id stand for it."""
SHOWN_TEXT = 60


class Report(NamedTuple):
    """An entry that stands and speaks of a breach, with the id of that breach."""

    incident: str
    event: RecordedEvent
    data: EventData
    """Its data as corrected."""

    @property
    def name(self) -> str:
        """What a person types for the breach: its own name, or the number of the entry."""
        return str(self.data.get("incident") or self.event.position)

    @property
    def words(self) -> str:
        """`6, alleged by NOR on 2026-03-01: 'a trawler was turned away'`."""
        by = f" by {self.data['speaker']}" if self.data.get("speaker") else ""
        day = self.data.get("occurred") or str(self.data.get("effective_at", ""))[:10]
        on = f" on {day}" if day else ""
        text = f": {str(self.data['text'])[:SHOWN_TEXT]!r}" if self.data.get("text") else ""
        return f"{self.name}, alleged{by}{on}{text}"


def reports_of(events: Iterable[RecordedEvent], commitment: object) -> list[Report]:
    """The reports on a commitment in the events of its stream, the oldest first."""
    known = list(events)
    amendments = Amendments(known)
    reports = []
    for event in filter(amendments.standing, known):
        data = amendments.data(event)
        incident = data.get("incident") or (event.id if short_type(event) == OPENING else None)
        if incident and data.get("commitment") == commitment:
            reports.append(Report(str(incident), event, data))
    return reports


def breaches_of(reports: Iterable[Report]) -> list[Report]:
    """The first report of each breach, the newest breach first."""
    first: dict[str, Report] = {}
    for report in reports:
        first.setdefault(report.incident, report)
    return list(reversed(first.values()))


def incident_meant(reports: list[Report], name: str) -> str:
    """The id of the breach that a name means; the name itself where it means none, or several."""
    number = NUMBER.fullmatch(name)
    if name in {report.incident for report in reports}:
        return name
    if name == LAST:
        meant = reports[-1:]
    elif number:
        meant = [each for each in reports if each.event.position == int(number[1])]
    else:
        is_whole = len(name) >= FEWEST_LETTERS
        meant = [each for each in reports if is_whole and each.incident.startswith(name)]
    ids = {report.incident for report in meant}
    return ids.pop() if len(ids) == 1 else name


def incident_typed(
    events: Iterable[RecordedEvent], type_: str, commitment: object, name: str
) -> str:
    """The id of the breach that is typed for an entry of a type, from the events of its stream.

    A report may give a new breach any name, so there only `#17` means an entry.
    """
    if type_ == OPENING and not name.startswith("#"):
        return name
    return incident_meant(reports_of(events, commitment), name)
