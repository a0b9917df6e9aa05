"""The payload of every event type: what `data` of an event may hold, field by field.

One struct a type; unknown fields are refused. The names and meanings are those of the event
file contract; `docs/events.md` lists them for readers.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from msgspec import UNSET, Meta, field

from events.envelope import EventData
from tracker.model.clauses import Clauses, Phase
from tracker.model.payload import (
    Antecedent,
    ClaimedCount,
    Collective,
    CollectiveReasoned,
    Count,
    Identifier,
    Level,
    Payload,
    Power,
    Reasoned,
)
from tracker.model.terms import Terms
from tracker.model.vocabulary import Confidence, Grade, Kind, Likelihood


class PartyRegistered(Payload, frozen=True, kw_only=True):
    """`speaks_for`: the party that this account belongs to; a later registration replaces it."""

    level: ClassVar[Level] = "registry"
    party: Identifier
    name: str
    zone: str
    aliases: tuple[str, ...] = ()
    qid: str | None = None
    speaks_for: Identifier | None = None


Line = Annotated[int, Meta(ge=1)]


class SourceRegistered(Payload, frozen=True, kw_only=True):
    """A text that entries cite by its lines; `line_hashes` has eight characters a line.

    `cited_by`: where entries with a `line` and no document mean this one, by the `source` of their
    events.
    """

    level: ClassVar[Level] = "registry"
    document: Identifier
    title: str
    sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$", description="64 hexadecimal digits")]
    line_hashes: Annotated[
        str, Meta(pattern=r"^([\w-]{8})+$", description="eight characters of base64 a line")
    ]
    publisher: str | None = None
    url: str | None = None
    archived_url: str | None = None
    published: str | None = None
    retrieved_at: str | None = None
    cited_by: tuple[str, ...] = ()


class SourceLineRead(Payload, frozen=True, kw_only=True):
    """Lines that were read and need no entry, and why."""

    level: ClassVar[Level] = "registry"
    document: Identifier
    line: Line
    reason: str
    last_line: Line | None = None


class AgreementRecorded(Payload, frozen=True, kw_only=True):
    """Its `terms` and `clauses` are those of each promise that does not state its own."""

    level: ClassVar[Level] = "agreement"
    agreement: Identifier
    title: str
    parties: tuple[str, ...] = ()
    predecessor: str | None = None
    zone: str | None = None
    terms: Terms | None = None
    clauses: Clauses | None = None
    tags: tuple[str, ...] = ()
    phases: tuple[Phase, ...] = ()


class TagsSet(Payload, frozen=True, kw_only=True):
    """`tags` are all that the agreement has from then on."""

    level: ClassVar[Level] = "agreement"
    tags: tuple[str, ...]


class Promise(Payload, frozen=True, kw_only=True):
    """The fields that bring a commitment into being."""

    kind: Kind | None = None
    deontic: Literal["obligation", "prohibition", "permission", "power"] | None = None
    debtor: tuple[str, ...] = ()
    creditor: tuple[str, ...] = ()
    promise: str | None = None
    terms: Terms | None = None
    reciprocal_with: Identifier | None = None
    proposed_by: str | None = None
    offer_valid_until: str | None = None
    phase: Identifier | None = None


class CommitmentProposed(Promise, frozen=True, kw_only=True):
    level: ClassVar[Level] = "new"


class CommitmentAccepted(Promise, frozen=True, kw_only=True):
    level: ClassVar[Level] = "new_or_existing"


class AcceptedConditionally(Promise, frozen=True, kw_only=True):
    level: ClassVar[Level] = "new_or_existing"
    antecedents: tuple[Antecedent, ...] = ()
    require: Literal["all", "any"] = "all"


class ProposalRejected(Reasoned, frozen=True, kw_only=True):
    pass


class ProposalWithdrawn(Reasoned, frozen=True, kw_only=True):
    pass


class DebtorCancelled(Reasoned, frozen=True, kw_only=True):
    withdrawal_clause: bool = False


class CreditorReleased(Reasoned, frozen=True, kw_only=True):
    """`by`: the creditors that give the waiver, each for itself."""

    by: tuple[str, ...] = ()


class MutuallyTerminated(CollectiveReasoned, frozen=True, kw_only=True):
    """`by`: every debtor and creditor."""

    by: tuple[str, ...] = ()


class NonRenewalNotified(CollectiveReasoned, frozen=True, kw_only=True):
    pass


class WithdrawalNotified(CollectiveReasoned, frozen=True, kw_only=True):
    """`notice` is how long it binds on; without one, as long as its clause says."""

    by: tuple[str, ...] = ()
    notice: str | None = None


class WithdrawalRevoked(CollectiveReasoned, frozen=True, kw_only=True):
    by: tuple[str, ...] = ()


class Resumed(CollectiveReasoned, frozen=True, kw_only=True):
    by: tuple[str, ...] = ()


class ProcessConcluded(Reasoned, frozen=True, kw_only=True):
    """`children`: the commitments that the concluded agreement brought into being."""

    children: tuple[Identifier, ...] = ()


class ProcessCollapsed(CollectiveReasoned, frozen=True, kw_only=True):
    pass


class ExpiryAcknowledged(Reasoned, frozen=True, kw_only=True):
    pass


class ConditionAdded(Collective, frozen=True, kw_only=True):
    antecedent: Antecedent | Identifier


class ConditionSatisfied(Collective, frozen=True, kw_only=True):
    antecedent: Antecedent | Identifier


class ConditionFailed(Collective, frozen=True, kw_only=True):
    antecedent: Antecedent | Identifier


class ReadingAsserted(Collective, frozen=True, kw_only=True):
    """One party's reading of a term; `value` null is silence, a window gives `terms`.

    It speaks of the current period of a window, or of that with `period` in it.
    """

    term: str | None = None
    value: Any = UNSET
    terms: Terms | None = None
    period: str | None = None


class TermsClarified(Collective, frozen=True, kw_only=True):
    term: str | None = None
    value: Any = UNSET
    terms: Terms | None = None
    by: tuple[str, ...] = ()
    power: Power | None = None
    period: str | None = None


class GoverningReadingChosen(CollectiveReasoned, frozen=True, kw_only=True):
    term: str
    reading: str


class Performance(Payload, frozen=True, kw_only=True):
    """What was done; of a recurring promise in the `period` of a date, else of when it occurred.

    `fulfilment` says how nearly it was met where no number says it.
    """

    period: str | None = None
    fulfilment: Grade | None = None


class PerformanceReported(Performance, frozen=True, kw_only=True):
    quantity: Count | None = None
    of: Count | None = None


class PerformanceConfirmed(Performance, frozen=True, kw_only=True):
    quantity: Count | None = None
    of: Count | None = None


class CommitmentClosed(Reasoned, frozen=True, kw_only=True):
    fulfilment: Literal["substantial"] = "substantial"


class NonPerformanceFound(Reasoned, frozen=True, kw_only=True):
    period: str | None = None


class PeriodWaived(Reasoned, frozen=True, kw_only=True):
    """A creditor asks no more for one period of a recurring promise: that of a date in it."""

    period: str
    by: str | None = None


class ViolationAlleged(Payload, frozen=True, kw_only=True):
    incident: Identifier | None = None
    text: str = ""
    where: str | None = None
    first_seen: str | None = None
    last_seen: str | None = None
    claimed_count: ClaimedCount | None = None


class IncidentFinding(Payload, frozen=True, kw_only=True):
    incident: Identifier


class ViolationDenied(IncidentFinding, frozen=True, kw_only=True):
    pass


class ViolationConfirmed(IncidentFinding, frozen=True, kw_only=True):
    pass


class ViolationRefuted(IncidentFinding, frozen=True, kw_only=True):
    pass


class ComplianceObserved(Payload, frozen=True, kw_only=True):
    window: str | None = None


class SuspensionDeclared(Collective, frozen=True, kw_only=True):
    """`by` are the parties that suspend: all of them agree, one alone shields nobody."""

    by: tuple[str, ...] = ()
    tolls: bool = False
    until: str | None = None
    reason: str | None = None


class TermChange(Collective, frozen=True, kw_only=True):
    """Terms of the current period or of the next; in version 1 those of the `whole_window`."""

    terms: Terms = field(default_factory=Terms)
    by: tuple[str, ...] = ()
    whole_window: bool = False


class TermExtended(TermChange, frozen=True, kw_only=True):
    pass


class TermRenewed(TermChange, frozen=True, kw_only=True):
    """`tacit` says what renewed it where nobody did so in words: its clause, or conduct."""

    tacit: Literal["clause", "conduct"] | None = None


class ReleasePowerExercised(Payload, frozen=True, kw_only=True):
    by: str | None = None


class Superseded(Collective, frozen=True, kw_only=True):
    successor: Identifier
    by: tuple[str, ...] = ()


class Delegated(Payload, frozen=True, kw_only=True):
    to: str
    released: bool = False


class Assigned(Payload, frozen=True, kw_only=True):
    to: str
    released: bool = False


class RoundHeld(Payload, frozen=True, kw_only=True):
    milestone: str | None = None
    text: str | None = None


class MilestoneReached(Payload, frozen=True, kw_only=True):
    milestone: str | None = None
    text: str | None = None


class Amendment(Payload, frozen=True, kw_only=True):
    level: ClassVar[Level] = "any"
    event: str
    reason: str | None = None
    replacement: EventData | None = None


class FindingRevised(Amendment, frozen=True, kw_only=True):
    pass


class EntryRetracted(Amendment, frozen=True, kw_only=True):
    pass


class EntryCorrected(Amendment, frozen=True, kw_only=True):
    pass


class Statement(Payload, frozen=True, kw_only=True):
    """What somebody said that commits nobody: kept, and without a state.

    `term` and `value` say in one word what it is about and what it says, so that accounts of one
    thing can be laid beside each other.
    """

    level: ClassVar[Level] = "note"
    text: str
    by: str | None = None
    term: str | None = None
    value: Any = UNSET


class Judgement(Statement, frozen=True, kw_only=True):
    """An analyst's judgement: how likely, and apart from it how sure the analyst is."""

    likelihood: Likelihood | None = None
    analytic_confidence: Confidence | None = None


class PositionStated(Statement, frozen=True, kw_only=True):
    """`reserves` is a right that a party says it keeps; keeping it is not using it."""

    reserves: Literal["release", "suspension"] | None = None


class ForecastMade(Judgement, frozen=True, kw_only=True):
    pass


class FactClaimed(Statement, frozen=True, kw_only=True):
    pass


class AssessmentMade(Judgement, frozen=True, kw_only=True):
    pass


class RequestMade(Statement, frozen=True, kw_only=True):
    pass


class PrecedentLinked(Payload, frozen=True, kw_only=True):
    level: ClassVar[Level] = "agreement"
    precedent: str
    why: str = ""


EVENT_TYPES: dict[str, type[Payload]] = {
    payload.__name__: payload
    for payload in (
        PartyRegistered,
        SourceRegistered,
        SourceLineRead,
        AgreementRecorded,
        TagsSet,
        CommitmentProposed,
        CommitmentAccepted,
        AcceptedConditionally,
        ProposalRejected,
        ProposalWithdrawn,
        DebtorCancelled,
        CreditorReleased,
        MutuallyTerminated,
        NonRenewalNotified,
        WithdrawalNotified,
        WithdrawalRevoked,
        Resumed,
        ProcessConcluded,
        ProcessCollapsed,
        ExpiryAcknowledged,
        ConditionAdded,
        ConditionSatisfied,
        ConditionFailed,
        ReadingAsserted,
        TermsClarified,
        GoverningReadingChosen,
        PerformanceReported,
        PerformanceConfirmed,
        CommitmentClosed,
        NonPerformanceFound,
        PeriodWaived,
        ViolationAlleged,
        ViolationDenied,
        ViolationConfirmed,
        ViolationRefuted,
        ComplianceObserved,
        SuspensionDeclared,
        TermExtended,
        TermRenewed,
        ReleasePowerExercised,
        Superseded,
        Delegated,
        Assigned,
        RoundHeld,
        MilestoneReached,
        FindingRevised,
        EntryRetracted,
        EntryCorrected,
        PositionStated,
        ForecastMade,
        FactClaimed,
        AssessmentMade,
        RequestMade,
        PrecedentLinked,
    )
}

PROMISES = frozenset({"CommitmentProposed", "CommitmentAccepted", "AcceptedConditionally"})
REPORTS = frozenset({"PerformanceReported", "ViolationAlleged", "ViolationDenied"})
FINDINGS = frozenset(
    {
        "PerformanceConfirmed",
        "CommitmentClosed",
        "NonPerformanceFound",
        "ViolationConfirmed",
        "ViolationRefuted",
        "ComplianceObserved",
    }
)
"""What row 34 can withdraw: conclusions, and neither acts nor reports."""
STATEMENTS = frozenset(
    {"PositionStated", "ForecastMade", "FactClaimed", "AssessmentMade", "RequestMade"}
)
