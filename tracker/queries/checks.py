"""What wants attention: commitments that stand badly, a projection that lags, a changed log.

Each word that can be asked for is one question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import TypedDict

from msgspec import Struct

from events import EventStore, format_instant, parse_instant
from events.wording import did_you_mean, nearest, plural
from tracker.documents.attention import matches
from tracker.documents.commitments import CommitmentDocument
from tracker.documents.periods import periods_words
from tracker.entries.unreadable import UnreadableDocument, entry_of_unreadable
from tracker.errors import InvalidOption
from tracker.model.vocabulary import Flag, Timing
from tracker.projections.reader import projected_to
from tracker.queries.agreements import AgreementReader
from tracker.queries.status import each_agreement
from tracker.recording.lint import lint_commitment
from tracker.rules.agreement import AgreementState

MEANINGS = {
    "overdue": "due, and within its grace",
    "lapsed": "due and grace have passed without performance",
    "violated": "found to be violated",
    "suspended": "suspended",
    "due_soon": "within a lead time of the earliest reading of its end",
    "contested_end": "over by one reading and not by another",
    "withdrawal_soon": "the notice of a party ends it within a lead time",
    "offer_expires_soon": "an offer runs out within a lead time",
    "condition_due_soon": "a condition has to be met within a lead time",
    "due_while_conditional": "its own end has passed while its conditions are not met",
    "stale": "no news for longer than it may be silent",
    "alleged": "a breach is alleged",
    "disputed": "a breach is alleged and denied",
    "confirmed": "a breach is confirmed",
    "contested": "a breach is alleged, disputed or confirmed",
    "terms_disputed": "accounts differ on a term",
    "suspension_contested": "suspended by one side alone, which shields nobody",
    "periods_missed": "a period of a recurring promise was missed, or met in part",
    "single_source": "its terms rest on one source",
    "release_available": "the debtor may walk away",
    "lint": "an expert would object: no end, a renewal without notice, a moment that never comes",
    "unreadable": "an entry of it cannot be applied, so nothing is known of it",
    "lag": "projections are behind the log, or the last turn is too long ago",
    "mail": "a message is held, parked or given up, or a reader's address is suppressed",
    "tamper": "the log is not what was recorded, or may be changed without a word",
}
DEFAULT = ("overdue", "lapsed", "stale", "unreadable", "lag", "tamper")
OF_RECORD = ("lag", "mail", "tamper")


class CheckRow(TypedDict):
    """One thing that wants attention: the check that finds it, of what, and what to run next."""

    check: str
    agreement: str | None
    commitment: str | None
    since: str | None
    found: str
    hint: str
    tlp: str


class ProjectionLag(Struct, frozen=True):
    """How far the projections have read, the instant they stand for, and whether by a turn."""

    position: int
    at: datetime
    is_by_turn: bool


class CheckFinding(Struct, frozen=True):
    """What another package found: in words, since when (an instant), and what to run next."""

    words: str
    since: str | None
    hint: str


def words_of(given: tuple[str, ...]) -> tuple[str, ...]:
    """The words asked for, several or with commas; raises InvalidOption for an unknown one."""
    words = [part.strip() for text in given for part in text.split(",") if part.strip()]
    for word in words:
        if word not in MEANINGS:
            close = nearest(word, MEANINGS, most=1)
            raise InvalidOption(
                f"no check is called {word!r}{did_you_mean(word, close)}",
                hint=f"pactwatch check --fail-on {close[0]}"
                if close
                else f"one of {', '.join(MEANINGS)}",
            )
    return tuple(dict.fromkeys(words)) or DEFAULT


def commitments(
    store: EventStore,
    words: tuple[str, ...],
    as_of: datetime,
    known_at: datetime,
    tag: str | None = None,
) -> list[CheckRow]:
    """Each commitment that matches one of the words, and each agreement that cannot be read.

    With a tag only those of agreements that have it; what cannot be read is always told.
    """
    axis_words = [word for word in words if word not in OF_RECORD]
    if not axis_words:
        return []
    reader, unreadable = AgreementReader(store, as_of, known_at), list[UnreadableDocument]()
    matching: list[CheckRow] = []
    with store.snapshot():
        for each in each_agreement(store, as_of, known_at, unreadable):
            if tag in (None, *each["tags"]):
                of_promises = (_matches(each["id"], c, axis_words) for c in each["commitments"])
                matching += chain.from_iterable(of_promises)
                matching += _lint(reader.folded(each["id"]).state) if "lint" in words else ()
    rows: list[CheckRow] = [
        {
            "check": "unreadable",
            "agreement": document["agreement"],
            "commitment": None,
            "since": None,
            "found": f"entry {entry_of_unreadable(document).words}: {document['reason']}",
            "hint": "pactwatch event retract "
            f"{entry_of_unreadable(document).argument} --reason WHY",
            "tlp": document["tlp"],
        }
        for document in (unreadable if "unreadable" in words else ())
    ]
    return rows + matching


def _matches(agreement: str, document: CommitmentDocument, words: list[str]) -> Iterator[CheckRow]:
    for word in words:
        if matches(document, word):
            yield {
                "check": word,
                "agreement": agreement,
                "commitment": document["id"],
                "since": _since(document, word),
                "found": _found(document, word),
                "hint": f"pactwatch explain {document['id']}",
                "tlp": document["tlp"],
            }


def _since(document: CommitmentDocument, word: str) -> str | None:
    """When it came to what the word says; None for what has no date.

    Of what is stale, when anything was last reported of it.
    """
    if word == document["state"]:
        return document["since"]
    match word:
        case Timing.STALE:
            return document["last_activity"]
        case Timing.CONTESTED_END:
            return document["earliest"]
        case Flag.SUSPENSION_CONTESTED if document["suspension"]:
            return document["suspension"]["since"]
        case "due_while_conditional":
            passed = (each["at"] for each in document["pending"] if each["timing"] == "passed")
            return next(passed, None)
    return None


def _lint(state: AgreementState) -> list[CheckRow]:
    """What is odd about the promises that are still open."""
    known = state.commitments
    return [
        {
            "check": "lint",
            "agreement": state.id,
            "commitment": warning.about,
            "since": None,
            "found": f"{warning.text} [{warning.code}]",
            "hint": f"pactwatch explain {warning.about}",
            "tlp": known[warning.about].tlp,
        }
        for commitment in known.values()
        if commitment.is_open
        for warning in lint_commitment(commitment, known)
    ]


def _found(document: CommitmentDocument, word: str) -> str:
    """How a promise stands; of one with periods that were missed, how many of how many."""
    if word == Flag.PERIODS_MISSED and document["periods"]:
        return periods_words(document["periods"])
    return _standing(document)


def _standing(document: CommitmentDocument) -> str:
    axes = (document["state"], document["compliance"], document["timing"])
    return ", ".join(axis for axis in axes if axis not in ("n/a", "unassessed"))


def projection_lag(store: EventStore, last_turn: str | None) -> ProjectionLag | None:
    """Reads how far the projection is; None before any. `last_turn` is when one last went well.

    Without any turn yet, the instant of the projection counts: an import makes one as well. A turn
    whose relay was in trouble does not count as a good one.
    """
    checkpoint = projected_to(store)
    if checkpoint is None:
        return None
    position, projected_at = checkpoint
    return ProjectionLag(position, parse_instant(last_turn or projected_at), last_turn is not None)


def lag(
    projected: ProjectionLag | None, head: int, now: datetime, limit: timedelta
) -> list[CheckRow]:
    """A projection that has not read everything, or that no turn has brought up for too long.

    A turn that lies ahead by as much was taken at a wrong instant, and says nothing of the present.
    """
    if projected is None:
        return [_of_record("lag", "nothing was ever projected")] if head else []
    behind, age = head - projected.position, now - projected.at
    rows = []
    if behind:
        words = f"projected to {projected.position} of {head}: {plural(behind, 'event')} behind"
        rows.append(_of_record("lag", words))
    if age > limit or (projected.is_by_turn and -age > limit):
        at = format_instant(projected.at.replace(microsecond=0))
        what = "turn" if projected.is_by_turn else "projection, by no turn yet,"
        when = f"{_length(age)} ago" if age > limit else f"{_length(-age)} ahead of the clock here"
        rows.append(_of_record("lag", f"last {what} at {at}, {when}"))
    return rows


def _length(age: timedelta) -> str:
    """A length in the largest unit of which there are two or more."""
    for unit, size in (("days", timedelta(days=1)), ("hours", timedelta(hours=1))):
        if age >= 2 * size:
            return f"{age // size} {unit}"
    return f"{age // timedelta(minutes=1)} minutes"


def mail(findings: Iterable[CheckFinding]) -> list[CheckRow]:
    """What did not reach its readers and will not by itself."""
    return [
        {**_of_record("mail", one.words), "since": one.since, "hint": one.hint} for one in findings
    ]


def tamper(verify: Callable[[], str | None]) -> list[CheckRow]:
    """What verification found wrong with the log; empty when nothing is."""
    trouble = verify()
    return [_of_record("tamper", trouble)] if trouble else []


def _of_record(check: str, word: str) -> CheckRow:
    hint = {"lag": "pactwatch tick", "mail": "pactwatch outbox list", "tamper": "pactwatch verify"}
    return {
        "check": check,
        "agreement": None,
        "commitment": None,
        "since": None,
        "found": word,
        "hint": hint[check],
        "tlp": "CLEAR",
    }
