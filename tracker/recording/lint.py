"""Points out what an expert would about a promise or an entry; refuses nothing. Pure.

A promise should be finitely violable and finitely expirable (Cupid): some instant should come at
which it is broken or over. Open-ended ones are lawful, and are pointed out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from msgspec import Struct

from events import format_instant
from tracker.dates.durations import parse_duration
from tracker.dates.edtf import parse_edtf
from tracker.dates.zones import sign_warning
from tracker.documents.remarks import end_words
from tracker.entries.entry import Entry
from tracker.entries.tlp import RANK
from tracker.model import event_types as types
from tracker.model.commitment import Commitment
from tracker.model.relative import Relative
from tracker.model.sources import support_of
from tracker.model.terms import Terms
from tracker.model.vocabulary import Basis, Kind, State
from tracker.rules.terms.anchors import can_come_about
from tracker.rules.terms.parties import as_parties, parties_of


class LintWarning(Struct, frozen=True):
    """One warning: a code that stays, what it is about, and why it matters."""

    code: str
    about: str
    text: str

    def __str__(self) -> str:
        return f"{self.about}: {self.text} [{self.code}]"


CODES: Final = (
    "never_expires", "never_violated", "waits_forever", "renews_without_notice", "anchor_never",
    "no_creditor", "mutual_in_one", "mirror_missing", "ends_before_start", "due_before_made",
    "process_with_end", "zone_unknown",
    "unconfirmed_1", "rated_nobody", "circular", "marked_down", "tlp_not_lowered", "not_yet",
    "undated", "count_of_nobody", "not_neutral", "not_creditor", "not_debtor", "over_delivered",
    "not_recurring", "turned_sign",
)  # fmt: skip
"""Every code there is; docs/analysis.md has a row for each."""


def lint_commitment(c: Commitment, known: Mapping[str, Commitment]) -> list[LintWarning]:
    """What is odd about a commitment now; `known` are all of its agreement."""
    warnings = [
        *_never(c),
        *_recurrence(c),
        *_anchor(c, known),
        *_sides(c, set(known)),
        *_window(c),
    ]
    return [LintWarning(code, c.id, text) for code, text in warnings]


_Found = Iterator[tuple[str, str]]


def _never(c: Commitment) -> _Found:
    """What no clock will ever end, or no clock can ever call broken."""
    if not c.is_open:
        return
    if c.state is State.PROPOSED and c.offer_until is None:
        yield "never_expires", "an offer that never expires: no offer_valid_until"
    waiting = [condition for condition in c.conditions if condition.status == "open"]
    has_deadline = any(condition.deadline is not None for condition in waiting)
    if c.state is State.CONDITIONAL and waiting and not has_deadline:
        yield "waits_forever", "it can wait forever: no condition that is open has a deadline"
    if c.kind is Kind.MAINTENANCE and not _says_when(c):
        yield "never_expires", "it can never expire: no end and no duration"
    if c.renews_tacitly and c.renewal_notice is None and not c.notices:
        yield (
            "renews_without_notice",
            "it renews itself, and no clause says by when a party has to say that it does not",
        )
    if c.kind is Kind.ACHIEVEMENT and not _says_when(c):
        yield "never_violated", "it can never be overdue, nor found unkept: no due date"


def _anchor(c: Commitment, known: Mapping[str, Commitment]) -> _Found:
    """A deadline whose moment can not come about any more."""
    relative = c.awaiting
    anchor = known.get(relative.after) if relative else None
    if relative is not None and anchor is not None and not can_come_about(anchor, relative.moment):
        yield "anchor_never", f"it waits for what can never happen: {relative.words}"


def _recurrence(c: Commitment) -> _Found:
    """A rule without periods, and periods without end."""
    if c.kind is not Kind.RECURRING and isinstance(c.terms.recurrence, str):
        yield "not_recurring", f"its recurrence says nothing: it is {c.kind}, and has no periods"
    if c.schedule is not None and c.schedule.last is None:
        yield "never_expires", "it goes on for ever: no end, no duration, no COUNT or UNTIL"


def _says_when(c: Commitment) -> bool:
    values = (value for account in c.accounts for value in account.terms_of_end)
    return bool(c.readings) or any(isinstance(value, str | Relative) for value in values)


def _sides(c: Commitment, known: set[str]) -> _Found:
    """Who owes it to whom, and whether the promise of the other side is on record."""
    if not c.creditor:
        yield "no_creditor", "it is owed to nobody: no creditor could release, admit or complain"
    if c.kind is not Kind.PROCESS and len(c.debtor) > 1 and set(c.debtor) == set(c.creditor):
        names = ", ".join(sorted(c.debtor))
        yield "mutual_in_one", f"{names} owe it to each other in one commitment; two, linked by "\
            "reciprocal_with, could stand differently"  # fmt: skip
    if c.reciprocal_with and c.reciprocal_with not in known:
        yield (
            "mirror_missing",
            f"its mirrored commitment {c.reciprocal_with!r} is not in its agreement yet",
        )


def _window(c: Commitment) -> _Found:
    end, start = c.latest, c.start
    if end is not None and start is not None and end <= start:
        yield "ends_before_start", "its window is over before it begins"
    elif end is not None and c.entered_at is not None and end <= c.entered_at:
        yield "due_before_made", f"its {c.end_term} lies before the promise itself"
    if c.kind is Kind.PROCESS and c.readings:
        yield "process_with_end", "a process has rounds and no end; a due date belongs to a promise"
    for reading in c.readings:
        if reading.zone == "UTC" and not isinstance(c.terms.zone, str):
            yield (
                "zone_unknown",
                f"its {c.end_term} is read in UTC: its debtor has no known zone",
            )
            return


class EntryIndex:
    """The entries of a stream by id, and by what they state."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.by_id: dict[str, Entry] = {}
        self._by_gist: dict[tuple[Any, ...], list[Entry]] = {}
        for entry in entries:
            self.add(entry)

    def add(self, entry: Entry) -> None:
        self.by_id[entry.id] = entry
        gist = _gist(entry)
        if gist is not None:
            self._by_gist.setdefault(gist, []).append(entry)

    def agreeing(self, entry: Entry) -> list[Entry]:
        """The other entries that state the same: the same reading, incident, delivery or fact."""
        gist = _gist(entry)
        same = self._by_gist.get(gist, ()) if gist is not None else ()
        return [other for other in same if other.id != entry.id]


Others = Callable[[], EntryIndex]


def slips_in(
    entry: Entry, commitment: Commitment | None, others: Others = EntryIndex
) -> list[LintWarning]:
    """What is odd about an entry; `others` gives the entries of its stream, when they matter."""
    payload = entry.payload
    warnings: list[tuple[str, str]] = []
    if payload.credibility == 1 or payload.reliability in ("A", "B"):
        warnings += _rating(entry, others)
    if len(payload.reported_by) > 1 or payload.derived_from:
        warnings += _chain(entry, others)
    warnings += _time_and_speaker(entry)
    if isinstance(payload, types.EntryCorrected):
        warnings += _lowered(payload, others)
    warnings += _undated(entry)
    warnings += _clauses(entry)
    warnings += _zones(entry)
    if commitment is not None:
        warnings += [*_beside_promise(entry, commitment), *_late_notice(entry, commitment)]
    return [LintWarning(code, entry.id, text) for code, text in warnings]


def _undated(entry: Entry) -> _Found:
    """A promise that is not dated, and has a term of an earlier day: it was likely made then."""
    payload = entry.payload
    if not isinstance(payload, types.Promise) or payload.occurred is not None:
        return
    terms = payload.terms or Terms()
    for name, value in (("start", terms.start), ("due", terms.due), ("end", terms.end)):
        last = parse_edtf(value).last if isinstance(value, str) else None
        if last is not None and last < entry.effective_at.date() - timedelta(days=1):
            yield (
                "undated",
                f"its {name} is {value}, and it counts as made on {entry.occurred}, the day of the "
                "entry: if it was made earlier, that day is its `occurred`",
            )
            return


def _clauses(entry: Entry) -> _Found:
    """A clause on renewal that does not say by when a party has to speak."""
    clauses = getattr(entry.payload, "clauses", None)
    if clauses is not None and clauses.renewal is not None and clauses.renewal.notice is None:
        yield (
            "renews_without_notice",
            "its promises renew themselves, and no clause says by when a party has to say that "
            "they do not: clauses.renewal.notice",
        )


def _zones(entry: Entry) -> _Found:
    """A zone whose name says the opposite of its offset."""
    terms = getattr(entry.payload, "terms", None)
    zones = [getattr(entry.payload, "zone", None)]
    zones += [terms.zone, *(terms.zones or ())] if isinstance(terms, Terms) else []
    for zone in zones:
        if isinstance(zone, str) and (warning := sign_warning(zone)):
            yield "turned_sign", warning


def _rating(entry: Entry, others: Others) -> _Found:
    """Admiralty: credibility 1 means confirmed by other sources, so there has to be one."""
    payload = entry.payload
    if payload.credibility == 1:
        index = others()
        chains = [each.chain for each in (entry, *index.agreeing(entry))]
        is_derived = any(chain.derived_from for chain in chains)
        known = index.by_id.values() if is_derived else ()
        if support_of(chains, (e.chain for e in known)).independent <= 1:
            yield "unconfirmed_1", "credibility 1 needs another independent source that agrees; " \
                f"found {chains[0].root} only"  # fmt: skip
    if payload.reliability in ("A", "B") and not (payload.speaker or payload.primary_source):
        yield "rated_nobody", f"reliability {payload.reliability} rates a source that is not named"


def _gist(entry: Entry) -> tuple[Any, ...] | None:
    """What an entry states: a reading, incident, delivery or fact; None for what states none."""
    payload: Any = entry.payload
    if isinstance(payload, types.ReadingAsserted | types.TermsClarified | types.Statement):
        value = payload.value if payload.term else getattr(payload, "text", None)
        return ("says", payload.commitment, payload.term, str(value).casefold())
    if entry.type in ("ViolationAlleged", "ViolationConfirmed"):
        return ("incident", payload.commitment, payload.incident or entry.id)
    if entry.type in ("PerformanceReported", "PerformanceConfirmed"):
        return ("delivery", payload.commitment, payload.quantity)
    if payload.level in ("new", "new_or_existing"):
        return ("promise", payload.commitment)
    return (entry.type, payload.commitment) if payload.commitment else None


def _chain(entry: Entry, others: Others) -> _Found:
    """A chain long enough to come back to where it began, or derived from what is marked higher."""
    own = entry.chain
    for circle in support_of([own]).circles:
        yield "circular", f"circular sourcing: {' <- '.join(circle)} counts as one source"
    by_id = others().by_id if own.derived_from else {}
    for parent in own.derived_from:
        if parent in by_id and RANK[entry.payload.tlp] < RANK[by_id[parent].payload.tlp]:
            yield "marked_down", f"marked TLP:{entry.payload.tlp}, and derived from {parent}, " \
                f"which is TLP:{by_id[parent].payload.tlp}"  # fmt: skip


def _time_and_speaker(entry: Entry) -> _Found:
    first = parse_edtf(entry.occurred).first
    if first is not None and first > entry.recorded_at.date():
        yield "not_yet", f"it occurred {entry.occurred}, after it was recorded"
    if getattr(entry.payload, "claimed_count", None) and not entry.payload.speaker:
        yield "count_of_nobody", "a claimed count without a speaker belongs to no claimant"


def _lowered(correction: types.EntryCorrected, others: Others) -> _Found:
    replacement = correction.replacement or {}
    if "tlp" not in replacement:
        return
    target, level = others().by_id.get(correction.event), str(replacement["tlp"])
    if target is not None and RANK[level] < RANK[target.payload.tlp]:
        yield (
            "tlp_not_lowered",
            "a correction raises a TLP mark and never lowers it; retract and record it anew",
        )


def _late_notice(entry: Entry, c: Commitment) -> _Found:
    """A notice that comes later than the clause on renewal asks for: it is taken all the same."""
    notice, end = c.renewal_notice, c.alert_end
    if not isinstance(entry.payload, types.NonRenewalNotified) or notice is None or end is None:
        return
    if entry.effective_at > parse_duration(notice).times(-1).add_to_day_end(end, c.zone):
        before = end_words({"at": format_instant(end), "zone": c.zone}, "at", str)
        yield (
            "late_notice",
            f"its clause asks for a notice of {parse_duration(notice).words} before it ends, at "
            f"{before}; where it was renewed all the same, record TermRenewed with tacit=clause",
        )


def _beside_promise(entry: Entry, c: Commitment) -> _Found:
    """What does not fit the sides of the promise, or how much was promised."""
    speaker, basis = entry.payload.speaker, entry.payload.basis
    behind = as_parties((speaker,) if speaker else (), parties_of(c), entry.registry)
    owes, is_owed = {*behind} & {*c.debtor}, {*behind} & {*c.creditor}
    word = "is" if speaker in behind else "speaks for"
    if basis is Basis.NEUTRAL_BODY and (owes or is_owed):
        yield "not_neutral", f"basis neutral_body, and {speaker} {word} a side of the promise"
    if basis is Basis.CREDITOR_ADMISSION and owes and not is_owed:
        yield "not_creditor", f"basis creditor_admission, and {speaker} {word} the debtor"
    if basis is Basis.DEBTOR_ACT and is_owed and not owes:
        yield "not_debtor", f"basis debtor_act, and {speaker} {word} a creditor"
    promised, delivered = c.promised, c.delivered
    if entry.type != "PerformanceConfirmed" or promised is None or delivered is None:
        return
    if delivered > promised:
        yield "over_delivered", f"{delivered} confirmed of {promised} promised: counted twice?"
