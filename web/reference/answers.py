"""The JSON documents that a board answers with: what answers, and what OpenAPI describes. Pure.

Keys are added and never taken away; `version` changes when one is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict

from msgspec import Struct

from tracker.analysis.explain import ExplainDocument
from tracker.analysis.readout_document import Readout
from tracker.dates.instants import Clocks
from tracker.documents.commitments import AgreementDocument, CommitmentDocument, ReadingDocument
from tracker.documents.fulfilment import IncidentDocument
from tracker.documents.readings import AwaitedEnd, OpenReading
from tracker.entries.unreadable import UnreadableDocument
from tracker.queries.comparison.differences import DiffRow
from tracker.queries.entries import EntryDocument

VERSION = "1"


class StatusAnswer(Struct, frozen=True, kw_only=True):
    """How agreements stand on every axis, as `pactwatch status --json` prints it."""

    version: str = VERSION
    as_of: str
    known_at: str
    position: int
    checkpoint: str
    tlp: str
    agreements: Sequence[AgreementDocument]
    unreadable: Sequence[UnreadableDocument] = ()
    next: str | None = None


class CommitmentAnswer(Struct, frozen=True, kw_only=True):
    """How one commitment stands, with the agreement it is of."""

    version: str = VERSION
    as_of: str
    known_at: str
    position: int
    agreement: str
    title: str
    commitment: CommitmentDocument


class ExplainAnswer(ExplainDocument):
    """Why a commitment stands as it does, as `pactwatch explain --json` prints it."""

    version: str


class ReadoutAnswer(Clocks, Readout):
    """What each account says of each term, as `pactwatch readout --json` prints it."""

    version: str


class DeadlinesAnswer(Struct, frozen=True, kw_only=True):
    """Every reading of every open end, soonest first, and what has no date yet."""

    version: str = VERSION
    as_of: str
    known_at: str
    until: str | None
    tlp: str
    speaks_for: dict[str, str]
    deadlines: Sequence[OpenReading]
    awaiting: Sequence[AwaitedEnd]
    unreadable: Sequence[UnreadableDocument]
    next: str | None = None


class TimelineEvent(TypedDict):
    """An event on a timeline, in brief."""

    position: int
    id: str
    type: str
    commitment: str | None
    occurred: str
    effective_at: str
    recorded_at: str
    speaker: str | None
    reported_by: list[str]
    rating: str
    tlp: str


class TimelineAnswer(Struct, frozen=True, kw_only=True):
    """What the timeline of a commitment is drawn from, and our drawing of it."""

    version: str = VERSION
    as_of: str
    known_at: str
    commitment: str
    changes: Sequence[Any]
    readings: Sequence[ReadingDocument]
    incidents: Sequence[IncidentDocument]
    events: Sequence[TimelineEvent]
    drawing: dict[str, Any]


class EventDocument(EntryDocument):
    """An entry as recorded, as amended, and the amendments beside it."""


class EventsAnswer(Struct, frozen=True, kw_only=True):
    """Entries of the log: a page of it, newest first; with `after`, oldest first from there.

    `position` is that of the last entry looked at: ask for what comes after it the next time.
    """

    version: str = VERSION
    as_of: str
    known_at: str
    page: int
    more: bool
    tlp: str
    position: int
    next: str | None
    events: Sequence[EventDocument]


class ChangesAnswer(Struct, frozen=True, kw_only=True):
    """What happened since an instant, what was learned, what was taken back, oldest first.

    With the `as_of` of the last page as `since` nothing is missed, and nothing comes twice.
    """

    version: str = VERSION
    as_of: str
    known_at: str
    since: str
    position: int
    count: int
    next: str | None
    changes: Sequence[DiffRow]


class ActDocument(Struct, frozen=True):
    """Whose word it is, and since when."""

    by: Sequence[str]
    at: str


class IncidentAnswer(Struct, frozen=True, kw_only=True):
    """One breach that is alleged: where it stands, and who says what."""

    agreement: str
    commitment: str
    id: str
    status: str
    at: str
    alleged: ActDocument | None
    denied: ActDocument | None
    found: ActDocument | None
    days_unanswered: int | None


class IncidentsAnswer(Struct, frozen=True, kw_only=True):
    """Every breach that is alleged, those with the newest news first."""

    version: str = VERSION
    as_of: str
    known_at: str
    count: int
    next: str | None
    incidents: Sequence[IncidentAnswer]


class PartyAnswer(Struct, frozen=True, kw_only=True):
    """One party: how many promises it owes and is owed, and how those it owes were kept."""

    id: str
    name: str
    zone: str | None
    aliases: Sequence[str]
    speaks_for: str | None
    owes: int
    owed: int
    kept: int
    assessed: int


class PartiesAnswer(Struct, frozen=True, kw_only=True):
    """Every party of an agreement or a promise, and every one that is registered, by id."""

    version: str = VERSION
    as_of: str
    known_at: str
    count: int
    next: str | None
    parties: Sequence[PartyAnswer]


class HealthAnswer(Struct, frozen=True, kw_only=True):
    """That the database answers, and how far the tables are; a standby says how far behind it is.

    `projected_at` is for boards of the highest ceiling: what is hidden moves it, too.
    """

    position: int
    head: int
    projected_at: str | None
    behind: bool
    standby: str | None
    tlp_ceiling: str


class ReadyAnswer(Struct, frozen=True):
    """Whether pages can be answered and are up to date, and why not."""

    ready: bool
    reason: str | None


class ErrorAnswer(Struct, frozen=True):
    """Why there is no answer, what to do, and ids that may have been meant."""

    error: str
    hint: str
    near: Sequence[str]
