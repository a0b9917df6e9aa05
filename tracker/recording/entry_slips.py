"""Points out what is odd about an entry, and what it cites that is not known; refuses nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from events import RecordedEvent, format_instant
from events.garbled import doubt_words, loss_words
from tracker.dates.durations import parse_duration
from tracker.dates.edtf import parse_edtf
from tracker.dates.zones import sign_warning
from tracker.documents.remarks import end_words
from tracker.entries.entry import Entry
from tracker.entries.streams import source_stream
from tracker.entries.tlp import RANK
from tracker.model import event_types as types
from tracker.model.commitment import Commitment
from tracker.model.payload import foreign_texts
from tracker.model.sources import support_of
from tracker.model.terms import Terms
from tracker.model.vocabulary import Basis
from tracker.recording.accepted import About, Remark
from tracker.recording.lint import GARBLED, LintWarning, Warnings
from tracker.rules.recurring.performance import period_or_none
from tracker.rules.recurring.standing import is_cap
from tracker.rules.terms.parties import as_parties, parties_of


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


IndexOfStream = Callable[[], EntryIndex]


def slips_in(
    entry: Entry, commitment: Commitment | None, index_of_stream: IndexOfStream
) -> list[LintWarning]:
    """What is odd about an entry; the index of its stream is made where others matter."""
    payload = entry.payload
    warnings: list[tuple[str, str]] = []
    if payload.credibility == 1 or payload.reliability in ("A", "B"):
        warnings += _rating(entry, index_of_stream)
    if len(payload.reported_by) > 1 or payload.derived_from:
        warnings += _chain(entry, index_of_stream)
    warnings += _time_and_speaker(entry)
    if isinstance(payload, types.EntryCorrected):
        warnings += _lowered(payload, index_of_stream)
    warnings += _undated(entry)
    warnings += _clauses(entry)
    warnings += _zones(entry)
    warnings += _garbled(entry)
    if commitment is not None:
        warnings += [*_beside_promise(entry, commitment), *_late_notice(entry, commitment)]
        warnings += _late_period(entry, commitment)
    return [LintWarning(code, entry.id, text) for code, text in warnings]


def _undated(entry: Entry) -> Warnings:
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


def _clauses(entry: Entry) -> Warnings:
    """A clause on renewal that does not say by when a party has to speak."""
    clauses = getattr(entry.payload, "clauses", None)
    if clauses is not None and clauses.renewal is not None and clauses.renewal.notice is None:
        yield (
            "renews_without_notice",
            "its promises renew themselves, and no clause says by when a party has to say that "
            "they do not: clauses.renewal.notice",
        )


def _garbled(entry: Entry) -> Warnings:
    """A text that was read in a wrong encoding before it came here."""
    for field, text in foreign_texts(entry.payload):
        if loss := loss_words(text):
            yield GARBLED, f"{field}: {loss}"
        elif doubt := doubt_words(text):
            yield GARBLED, f"{field} {doubt[0]}; taken as it is"


def _zones(entry: Entry) -> Warnings:
    """A zone whose name says the opposite of its offset."""
    terms = getattr(entry.payload, "terms", None)
    zones = [getattr(entry.payload, "zone", None)]
    zones += [terms.zone, *(terms.zones or ())] if isinstance(terms, Terms) else []
    for zone in zones:
        if isinstance(zone, str) and (warning := sign_warning(zone)):
            yield "turned_sign", warning


def _rating(entry: Entry, index_of_stream: IndexOfStream) -> Warnings:
    """Admiralty: credibility 1 means confirmed by other sources, so there has to be one."""
    payload = entry.payload
    if payload.credibility == 1:
        index = index_of_stream()
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


def _chain(entry: Entry, index_of_stream: IndexOfStream) -> Warnings:
    """A chain long enough to come back to where it began, or derived from what is marked higher."""
    own = entry.chain
    for circle in support_of([own]).circles:
        yield "circular", f"circular sourcing: {' <- '.join(circle)} counts as one source"
    by_id = index_of_stream().by_id if own.derived_from else {}
    for parent in own.derived_from:
        if parent in by_id and RANK[entry.payload.tlp] < RANK[by_id[parent].payload.tlp]:
            yield "marked_down", f"marked TLP:{entry.payload.tlp}, and derived from {parent}, " \
                f"which is TLP:{by_id[parent].payload.tlp}"  # fmt: skip


def _time_and_speaker(entry: Entry) -> Warnings:
    day, begins = parse_edtf(entry.occurred).first, entry.span.first
    is_later = day is not None and day > entry.recorded_at.date()
    # In the east a day begins before that of UTC; without a date it is that of the speaker.
    if is_later and begins and begins > entry.recorded_at and entry.payload.occurred is not None:
        yield "not_yet", f"it occurred {entry.occurred}, after it was recorded"
    if getattr(entry.payload, "claimed_count", None) and not entry.payload.speaker:
        yield "count_of_nobody", "a claimed count without a speaker belongs to no claimant"


def _lowered(correction: types.EntryCorrected, index_of_stream: IndexOfStream) -> Warnings:
    replacement = correction.replacement or {}
    if "tlp" not in replacement:
        return
    target, level = index_of_stream().by_id.get(correction.event), str(replacement["tlp"])
    if target is not None and RANK[level] < RANK[target.payload.tlp]:
        yield (
            "tlp_not_lowered",
            "a correction raises a TLP mark and never lowers it; retract and record it anew",
        )


def _late_notice(entry: Entry, c: Commitment) -> Warnings:
    """A notice that comes later than the clause on renewal asks for: it is taken all the same."""
    notice, end = c.renewal_notice, c.alert_end
    if not isinstance(entry.payload, types.NonRenewalNotified) or notice is None or end is None:
        return
    if entry.effective_at > parse_duration(notice).times(-1).add_to_day_end(end, c.zone):
        before = end_words({"at": format_instant(end), "zone": c.zone}, "at", str)
        yield (
            "late_notice",
            f"it comes late: its clause asks for a notice of {parse_duration(notice).words} before "
            f"it ends, at {before}, so it is renewed once more and then ends; where all let it end "
            "now, record MutuallyTerminated",
        )


def _late_period(entry: Entry, c: Commitment) -> Warnings:
    """A confirmation dated after the period that it names: when it was done, or when confirmed?"""
    named, period = getattr(entry.payload, "period", None), period_or_none(c, entry)
    if entry.type != "PerformanceConfirmed" or named is None or period is None or is_cap(c):
        return
    is_nothing = 0 == getattr(entry.payload, "quantity", None)
    if not is_nothing and entry.effective_at >= period.due:
        yield (
            "late_period",
            f"it occurred {entry.occurred}, after its period was due, and counts as done late; "
            f"where it was only confirmed then: occurred={named} said={entry.occurred}",
        )


def _beside_promise(entry: Entry, c: Commitment) -> Warnings:
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
    # Each that was added makes it more; the last to count says so.
    is_last = c.fulfilment_cause is not None and entry.id in c.fulfilment_cause.events
    if delivered > promised and is_last:
        yield "over_delivered", f"{delivered} confirmed of {promised} promised: counted twice?"


class CitedDocuments:
    """The documents that entries cite by name, each with its farthest line and who cites that.

    A document may come later in the same file, or from another desk, so nothing is refused.
    """

    def __init__(self) -> None:
        self.farthest: dict[str, tuple[int, str]] = {}
        self.first: dict[str, int] = {}
        """Where the first entry that cites a document stands in the log."""

    def add(self, entry: Entry) -> None:
        source = entry.payload.source
        if source is not None and source.document:
            line = max(source.line or 0, source.last_line or 0), entry.id
            self.farthest[source.document] = max(line, self.farthest.get(source.document, line))
            self.first.setdefault(source.document, entry.position)

    def remarks(self, events_of: Callable[[str], Sequence[RecordedEvent]]) -> Iterator[Remark]:
        """Documents that are not registered, and lines beyond those of all their editions.

        A document about which there is nothing to say is named without words.
        """
        for name, farthest in self.farthest.items():
            text = _citation_warning(name, *farthest, events_of(source_stream(name)))
            yield Remark(About.DOCUMENT, name, self.first[name], text, farthest)


def _citation_warning(name: str, line: int, entry: str, events: Sequence[RecordedEvent]) -> str:
    """What is wrong with citing so far a line of a document; empty where nothing is."""
    from tracker.sources.editions import document_in

    document = document_in(events) if events else None
    if document is None:
        return (
            f"document {name!r} is not registered, so its lines and quotes cannot be "
            f"checked: pactwatch source add FILE --id {name} --title TITLE"
        )
    if line > document.longest:
        return (
            f"{entry}: line {line} of {name!r}, which has lines 1 to {document.longest}: "
            f"pactwatch event correct {entry} source.line=N --reason 'wrong line'"
        )
    return ""
