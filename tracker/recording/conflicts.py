"""Both versions of what can be on record only once, and is said otherwise in an event file.

Which of them the file settles itself, by corrections further down, is found here, too.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import TypedDict

import msgspec

from events import EventStoreError, RecordedEvent, format_instant
from events.cloudevents import CloudEvent, parse_line
from events.envelope import EventData
from tracker.entries.amendments import AMENDING, Amendments, short_type
from tracker.entries.streams import STATEMENTS
from tracker.errors import ImportRefused, TrackerError

LISTED = 1000
"""A file of another log conflicts in every line; the first say enough."""

REGISTERED = ("party", "name", "zone", "aliases", "qid", "speaks_for")
ATTRIBUTION = frozenset(
    {"source", "note", "text", "said", "reported_by", "primary_source", "reliability",
     "credibility", "derived_from"}
)  # fmt: skip
"""Where a promise or an agreement was read: two desks may have read the same in two places."""


def is_same(known: RecordedEvent, event: CloudEvent) -> bool:
    """Whether an event is on record as it stands in a file."""
    return has_same_envelope(known, event) and says_same(known.data, event.data)


def has_same_envelope(known: RecordedEvent, event: CloudEvent) -> bool:
    """Whether an event of a file has the subject, type, source and time that it has on record."""
    new = (event.subject or STATEMENTS, event.type, event.source, event.time)
    return new == (known.stream, known.type, known.source, known.recorded_at)


def says_same(one: EventData, other: EventData) -> bool:
    """Whether two versions of an event say the same.

    A note that was erased on one side is no difference: it stays erased, or stays.
    """
    if one == other:
        return True
    return (
        None in (one.get("note"), other.get("note"))
        and one.keys() == other.keys()
        and {**one, "note": None} == {**other, "note": None}
    )


class Version(TypedDict):
    """One of two versions of an event."""

    id: str
    source: str
    type: str
    subject: str
    time: str
    data: EventData


class ConflictDocument(TypedDict):
    """A conflict as programs read it; `on_record` may stand `in_same_file`, in an earlier line."""

    id: str
    about: str
    line: int
    in_same_file: bool
    on_record: Version
    in_file: Version
    differs: list[str]
    hint: str


def conflict_words(about: str, *, in_same_file: bool) -> str:
    """Says what is told in two ways, and where the other one stands."""
    where = "in an earlier line" if in_same_file else "on record"
    return f"{about} is {where} otherwise"


class Conflict(TrackerError):
    """An event that says otherwise what is on record and can be there only once."""

    def __init__(
        self,
        about: str,
        on_record: RecordedEvent,
        in_file: CloudEvent,
        hint: str,
        differs: list[str] | None = None,
        *,
        in_same_file: bool = False,
    ) -> None:
        """`differs` names fields of the data, where not the whole of both events is compared."""
        super().__init__(conflict_words(about, in_same_file=in_same_file), hint=hint)
        self.about = about
        self.in_same_file = in_same_file
        self.on_record = _version(on_record, on_record.stream, on_record.recorded_at)
        self.in_file = _version(in_file, in_file.subject or STATEMENTS, in_file.time)
        self.differs = differs or differing_fields(self.on_record, self.in_file)

    def document(self, line: int) -> ConflictDocument:
        return {
            "id": self.in_file["id"],
            "about": self.about,
            "line": line,
            "in_same_file": self.in_same_file,
            "on_record": self.on_record,
            "in_file": self.in_file,
            "differs": self.differs,
            "hint": self.hint,
        }


def _version(event: RecordedEvent | CloudEvent, subject: str, at: datetime) -> Version:
    return Version(
        id=event.id,
        source=event.source,
        type=event.type,
        subject=subject,
        time=format_instant(at),
        data=event.data,
    )


def differing_fields(one: Version, other: Version) -> list[str]:
    """Names the fields in which two versions differ: `time`, `data.title`."""
    envelopes = [{**version, "data": None, "id": None} for version in (one, other)]
    outer = [name for name, value in envelopes[0].items() if value != envelopes[1][name]]
    names = sorted({*one["data"], *other["data"]})
    inner = [name for name in names if one["data"].get(name) != other["data"].get(name)]
    return [*outer, *(f"data.{name}" for name in inner)]


class Conflicting(ImportRefused):
    """An event file of which some lines are on record otherwise; nothing of it was written."""

    def __init__(self, conflicts: list[ConflictDocument]) -> None:
        first, others = conflicts[0], len(conflicts) - 1
        more = f", and {others} more" if others else ""
        words = conflict_words(first["about"], in_same_file=first["in_same_file"])
        super().__init__(
            f"line {first['line']}: {words}{more}; nothing was recorded",
            hint=f"settle each, and import the file again; {first['hint']}",
        )
        self.conflicts = conflicts


def settling_command(
    kind: str, earlier: RecordedEvent, event: CloudEvent, differing: EventData
) -> str:
    """A command after which both say the same."""
    if kind == "PartyRegistered":
        options = " ".join(_options(event.data, earlier.data.get("speaks_for")))
        return f"pactwatch party add {event.data['party']} {options}"
    return correcting_command(earlier.id, differing)


def correcting_command(entry: str, differing: EventData) -> str:
    """The command after which an entry says what the file says of it."""
    changes = " ".join(f"{name}={_text(value)}" for name, value in differing.items())
    return f"pactwatch event correct {entry} {changes} --reason WHY"


def _options(data: EventData, spoke_for: object) -> Iterable[str]:
    """The registration of a party as options of `party add`."""
    aliases = data.get("aliases")
    given = [(name, data.get(name)) for name in ("name", "zone", "qid", "speaks_for")]
    given += [("alias", alias) for alias in (aliases if isinstance(aliases, list) else ())]
    for name, value in given:
        if value is not None:
            yield f"--{name.replace('_', '-')} {shlex.quote(str(value))}"
    if spoke_for is not None and data.get("speaks_for") is None:
        yield "--for-itself"


def _text(value: object) -> str:
    return shlex.quote(value if isinstance(value, str) else msgspec.json.encode(value).decode())


def statement_of(kind: str, data: EventData, recorded_at: datetime) -> EventData:
    """What a registration states, without where that was read.

    An agreement that counts from when it was recorded states no date.
    """
    if kind == "PartyRegistered":
        return {name: data.get(name) for name in REGISTERED if data.get(name) not in (None, [])}
    stated = {name: value for name, value in data.items() if name not in ATTRIBUTION}
    if kind == "AgreementRecorded" and data.get("effective_at") == format_instant(recorded_at):
        del stated["effective_at"]
    return stated


def statements_of(kind: str, event: RecordedEvent, amended: Iterable[EventData]) -> list[EventData]:
    """What a registration on record states: as it was recorded, and as it was corrected since."""
    return [statement_of(kind, data, event.recorded_at) for data in (event.data, *amended)]


def corrected_in_file(
    lines: Iterable[bytes], conflicts: Iterable[ConflictDocument]
) -> dict[str, EventData]:
    """What the file makes of each entry in conflict that it corrects, by the id of the entry.

    So desks agree by one correction: where the other registered the same otherwise, what counts of
    its registration is how its own file corrects it.
    """
    ids = {conflict["in_file"]["id"] for conflict in conflicts}
    events: list[RecordedEvent] = []
    for number, line in enumerate(lines, start=1):
        with suppress(EventStoreError):
            event = parse_line(line)
            if event.id in ids or short_type(event) in AMENDING:
                stream, at, data = event.subject or STATEMENTS, event.time, event.data
                name = (event.id, event.type, event.source)
                events.append(RecordedEvent(number, stream, number, *name, at, data))
    amendments = Amendments(events)
    return {
        event.id: amendments.data(event)
        for event in events
        if event.id in ids and event.id in amendments.corrections
    }
