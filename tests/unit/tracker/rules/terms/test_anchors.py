"""Deadlines relative to a moment of another promise: awaited, reckoned, moved with it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from events import RecordedEvent, format_instant, parse_instant
from tests.support.given import PROMISE, REGISTRY, History
from tracker.entries.decoding import entries, full_type
from tracker.model.commitment import Commitment
from tracker.model.relative import Anchor, Relative
from tracker.rules.fold import fold, fold_events
from tracker.rules.terms.disputes import are_terms_disputed
from tracker.rules.terms.elsewhere import Elsewhere
from tracker.rules.timing import timing

KYIV = "Europe/Kyiv"
BOTH: dict[str, Any] = {"debtor": ["UKR"], "creditor": ["RUS"], "speaker": "UKR"}


def minsk() -> History:
    """A ceasefire from an hour on, and a withdrawal that is to begin and end so long after it."""
    given = History()
    given.promise(at="2015-02-12T12:00:00Z", commitment="m1", kind="maintenance", promise="cease",
                  **BOTH, terms={"start": "2015-02-14T22:00:00Z", "zone": KYIV})  # fmt: skip
    for name, by, count in (("m2-begin", "P2D", "inclusive"), ("m2-end", "P14D", None)):
        relative = {"after": "m1", "moment": "start", "by": by}
        terms = {"due": {**relative, **({"count": count} if count else {})}, "zone": KYIV}
        given.promise(at="2015-02-12T12:00:00Z", commitment=name, **BOTH, terms=terms)
    return given


def ends(commitment: Commitment) -> list[str]:
    return [format_instant(reading.at) for reading in commitment.readings]


def test_each_counts_from_the_moment_and_moves_with_it() -> None:
    """Day 2 of the ceasefire, and 14 days after it began; both a day later when that is later."""
    given = minsk()
    before = given.state("2015-02-13T00:00:00Z").commitments
    given.add("TermsClarified", at="2015-02-13T12:00:00Z", commitment="m1", by=["UKR", "RUS"],
              terms={"start": "2015-02-15T22:00:00Z"})  # fmt: skip
    after = given.state("2015-02-14T00:00:00Z").commitments

    assert (["2015-02-16T22:00:00Z"], ["2015-03-01T22:00:00Z"]) == (
        ends(before["m2-begin"]),
        ends(before["m2-end"]),
    )
    assert (["2015-02-17T22:00:00Z"], ["2015-03-02T22:00:00Z"]) == (
        ends(after["m2-begin"]),
        ends(after["m2-end"]),
    )


def test_a_length_is_not_counted_before_its_start_is_known() -> None:
    """A year from a moment that may never come has no end; then it ends a year after that."""
    given = History().promise(at="2026-01-05T12:00:00Z", commitment="funds")
    terms = {"start": {"after": "funds", "moment": "discharged"}, "duration": "P1Y",
             "count": "exclusive"}  # fmt: skip
    given.promise(at="2026-01-05T12:00:00Z", commitment="cap", kind="maintenance", terms=terms)
    before = given.state("2027-06-01T00:00:00Z").commitments["cap"]
    given.add("PerformanceConfirmed", at="2026-04-14T12:00:00Z", commitment="funds",
              basis="neutral_body")  # fmt: skip
    after = given.state("2026-06-01T00:00:00Z").commitments["cap"]

    assert ([], "in_force", "awaiting") == (
        ends(before),
        before.state,
        timing(before, parse_instant("2027-06-01T00:00:00Z"))[0],
    )
    assert ["2027-04-14T22:00:00Z"] == ends(after)


@pytest.mark.parametrize(
    ("more", "counted", "window"),
    [
        ({}, {}, ("2026-02-10T22:00:00Z", ["2026-03-24T22:00:00Z"])),
        ({}, {"count": "inclusive"}, ("2026-02-10T22:00:00Z", ["2026-03-24T22:00:00Z"])),
        ({}, {"count": "exclusive"}, ("2026-02-10T22:00:00Z", ["2026-03-24T22:00:00Z"])),
        ({}, {"count": "elapsed"}, ("2026-02-10T22:00:00Z", ["2026-03-24T22:00:00Z"])),
        (
            {"by": "P1D"},
            {"count": "inclusive"},
            ("2026-02-10T22:00:00Z", ["2026-03-24T22:00:00Z"]),
        ),
        (
            {"count": "inclusive"},
            {"count": "inclusive"},
            ("2026-02-09T22:00:00Z", ["2026-03-23T22:00:00Z"]),
        ),
    ],
)
def test_a_phase_begins_on_the_day_after_the_last_of_the_one_before(
    more: dict[str, str], counted: dict[str, str], window: tuple[str, list[str]]
) -> None:
    """Thirty days from 12 January end on 10 February; the 42 that follow are all its own."""
    given = History()
    lull = {"start": "2026-01-12", "duration": "P30D", "count": "inclusive", "zone": KYIV}
    given.promise(at="2026-01-10T12:00:00Z", commitment="one", kind="maintenance", **BOTH,
                  terms=lull)  # fmt: skip
    start = {"after": "one", "moment": "end", **more}
    given.promise(at="2026-01-10T12:00:00Z", commitment="two", kind="maintenance", **BOTH,
                  terms={"start": start, "duration": "P42D", **counted, "zone": KYIV})  # fmt: skip
    two = given.state("2026-01-11T00:00:00Z").commitments["two"]

    assert two.start is not None
    assert window == (format_instant(two.start), ends(two))


def test_words_say_that_the_day_itself_is_counted() -> None:
    """Day 16 of a truce that begins on the 19th is the 3rd, and 16 days after it the 4th."""
    relative = Relative(after="truce", moment="start", by="P16D", count="inclusive")

    assert "16 days after truce begins, that day counted" == relative.words


@pytest.mark.parametrize(
    ("moment", "event", "due"),
    [
        ("discharged", ("PerformanceConfirmed", {"basis": "neutral_body"}), "2026-01-20"),
        ("in_force", ("CommitmentAccepted", {}), "2026-01-20"),
        ("satisfied:lift", ("ConditionSatisfied", {"antecedent": "lift"}), "2026-01-20"),
        ("milestone:first", ("MilestoneReached", {"milestone": "first"}), "2026-01-20"),
    ],
)
def test_a_deadline_awaits_its_moment(
    moment: str, event: tuple[str, dict[str, Any]], due: str
) -> None:
    """Until it comes about nothing is due, and the promise says what it awaits."""
    given = History()
    kind = "process" if moment.startswith("milestone") else "achievement"
    begins = "AcceptedConditionally" if moment in ("in_force", "satisfied:lift") else None
    given.promise(begins or "CommitmentAccepted", at="2026-01-02T12:00:00Z", commitment="first",
                  kind=kind, **({"antecedents": [{"id": "lift"}]} if begins else {}))  # fmt: skip
    relative = {"after": "first", "moment": moment, "by": "P10D"}
    given.promise(at="2026-01-02T12:00:00Z", terms={"due": relative, "zone": "UTC"})
    awaiting = given.commitment("2026-01-09T00:00:00Z")
    name, data = event
    given.add(name, at="2026-01-10T12:00:00Z", commitment="first", **data)
    known = given.commitment("2026-01-11T00:00:00Z")

    assert (awaiting.readings, awaiting.awaiting and awaiting.awaiting.after) == ((), "first")
    assert (ends(known), known.awaiting) == ([f"{due[:8]}21T00:00:00Z"], None)


def test_each_reading_of_the_moment_gives_one_of_the_deadline() -> None:
    """Two accounts of the end make two deadlines, told apart by the account."""
    given = History().promise(at="2026-01-02T12:00:00Z", commitment="first", kind="maintenance",
                              speaker="NOR", terms={"end": "2026-02-01"})  # fmt: skip
    given.add("ReadingAsserted", at="2026-01-03T12:00:00Z", commitment="first", speaker="ISL",
              term="end", value="2026-02-05")  # fmt: skip
    relative = {"after": "first", "moment": "end", "by": "P1D"}
    given.promise(at="2026-01-02T12:00:00Z", terms={"due": relative, "zone": "UTC"})
    commitment = given.commitment("2026-01-04T00:00:00Z")

    assert sorted(ends(commitment)) == ["2026-02-03T00:00:00Z", "2026-02-07T00:00:00Z"]
    assert len({reading.id for reading in commitment.readings}) == 2


def test_working_days_are_counted_by_the_calendars_named() -> None:
    """Ten working days in Kyiv and Oslo: weekends and the holidays of either do not count."""
    given = History().promise(at="2025-12-23T12:00:00Z", commitment="first")
    relative = {"after": "first", "moment": "in_force", "by": "P3D", "count": "business"}
    terms = {"due": relative, "zone": "UTC", "calendar": ["NOR", "ISL"]}
    given.promise(at="2025-12-23T12:00:00Z", terms=terms)

    assert ends(given.commitment("2026-01-01T00:00:00Z")) == ["2025-12-31T00:00:00Z"]


def test_a_chain_of_a_hundred_is_reckoned_at_once() -> None:
    """Each is due a day after the one before; moving the first moves the last by as much."""
    given = History().promise(at="2026-01-02T12:00:00Z", commitment="c0", kind="achievement",
                              terms={"due": "2026-02-01", "zone": "UTC"})  # fmt: skip
    for n in range(1, 101):
        relative = {"after": f"c{n - 1}", "moment": "due", "by": "P1D"}
        given.promise(at="2026-01-02T12:00:00Z", commitment=f"c{n}",
                      terms={"due": relative, "zone": "UTC"})  # fmt: skip
    first = ends(given.state("2026-01-03T00:00:00Z").commitments["c100"])
    given.add("TermExtended", at="2026-01-04T12:00:00Z", commitment="c0", by=["NOR", "ISL"],
              terms={"due": "2026-02-03"})  # fmt: skip
    moved = ends(given.state("2026-01-05T00:00:00Z").commitments["c100"])

    assert (first, moved) == (["2026-05-13T00:00:00Z"], ["2026-05-15T00:00:00Z"])


def record_of(agreement: str, *lines: tuple[str, str, dict[str, Any]]) -> list[RecordedEvent]:
    """The events of an agreement, as (type, day, data)."""
    whole = [("AgreementRecorded", "2026-01-01", {"agreement": agreement, "title": agreement})]
    return [
        RecordedEvent(n, agreement, n, f"{agreement}-{n}", full_type(name), "test",
                      parse_instant(f"{day}T13:00:00Z"), {"occurred": day, **data})
        for n, (name, day, data) in enumerate([*whole, *lines], start=1)
    ]  # fmt: skip


def promised(name: str, **terms: Any) -> tuple[str, str, dict[str, Any]]:
    return ("CommitmentAccepted", "2026-01-02",
            {"commitment": name, **PROMISE, "terms": {"zone": "UTC", **terms}})  # fmt: skip


def elsewhere(*records: list[RecordedEvent]) -> Elsewhere:
    by_agreement = {events[0].stream: events for events in records}
    homes = {e.data["commitment"]: e.stream for r in records for e in r if "commitment" in e.data}
    agreement_of = {**homes, **dict.fromkeys(by_agreement)}
    agreement_of |= {name: name for name in by_agreement}
    return Elsewhere(REGISTRY, by_agreement.__getitem__, agreement_of.get)


def due_of(events: list[RecordedEvent], known: Elsewhere, as_of: str) -> list[str]:
    name = events[0].stream
    state = fold(name, entries(events, REGISTRY), parse_instant(as_of), REGISTRY, known.steps)
    return [format_instant(r.at) for c in state.commitments.values() for r in c.readings]


def test_a_deadline_hangs_on_a_promise_of_another_agreement() -> None:
    """It is awaited until the other is discharged there, and known from then on."""
    first = record_of("one", promised("first", due="2026-03-01"),
                      ("PerformanceConfirmed", "2026-02-01",
                       {"commitment": "first", "basis": "neutral_body"}))  # fmt: skip
    relative = {"after": "first", "moment": "discharged", "by": "P10D"}
    second = record_of("two", promised("second", due=relative))
    known = elsewhere(first, second)

    assert due_of(second, known, "2026-01-31T00:00:00Z") == []
    assert due_of(second, known, "2026-02-02T00:00:00Z") == ["2026-02-12T00:00:00Z"]


def test_a_deadline_hangs_on_another_agreement_as_a_whole() -> None:
    """It is in force with the first of its promises, wherever the last of them stands."""
    first = record_of("one", promised("first"))
    relative = {"after": "one", "moment": "in_force", "by": "P10D"}
    second = record_of("two", promised("second", due=relative))

    assert due_of(second, elsewhere(first, second), "2026-02-02T00:00:00Z") == [
        "2026-01-13T00:00:00Z"
    ]


def test_a_deadline_hangs_on_one_that_the_other_agreement_sets_for_all_its_promises() -> None:
    """The promise itself says nothing of it: its agreement does, from the day it was made."""
    first = record_of("one", promised("first"))
    first[0] = replace(first[0], data={**first[0].data, "terms": {"due": "2026-03-01"}})
    relative = {"after": "first", "moment": "due", "by": "P10D"}
    second = record_of("two", promised("second", due=relative))

    assert due_of(second, elsewhere(first, second), "2026-01-31T00:00:00Z") == [
        "2026-03-12T00:00:00Z"
    ]


def test_what_moves_at_one_instant_is_told_in_the_order_of_the_promises() -> None:
    """However many promises of the other agreement moved it."""
    names = [f"first-{n}" for n in range(6)]
    done = [("PerformanceConfirmed", "2026-02-01", {"commitment": n, "basis": "neutral_body"})
            for n in names]  # fmt: skip
    first = record_of("one", *(promised(n, due="2026-03-01") for n in names), *done)
    hanging = [promised(f"second-{n}", due={"after": n, "moment": "discharged", "by": "P10D"})
               for n in names]  # fmt: skip
    second = record_of("two", *hanging)
    outside, at = elsewhere(first, second).steps, parse_instant("2026-02-03T00:00:00Z")
    moved = [
        change.commitment
        for change in fold("two", entries(second, REGISTRY), at, REGISTRY, outside).changes
        if (change.axis, change.before) == ("timing", "awaiting")
    ]

    assert [f"second-{n}" for n in names] == moved


def test_what_a_reader_has_folded_is_not_folded_again_for_what_hangs_on_it() -> None:
    """Its moments are those of a fold of their own, up to the instant of the reader."""
    clarified = {"commitment": "first", "by": ["NOR", "ISL"], "terms": {"due": "2026-03-09"}}
    first = record_of("one", promised("first", due="2026-03-01"),
                      ("TermsClarified", "2026-01-20", clarified),
                      ("PerformanceConfirmed", "2026-02-01",
                       {"commitment": "first", "basis": "neutral_body"}))  # fmt: skip
    as_of = parse_instant("2026-02-03T00:00:00Z")
    days = [as_of - timedelta(days=n) for n in range(40)]
    anchors = [Anchor("first", moment) for moment in ("in_force", "due", "discharged", "start")]
    reads: list[str] = []

    def read(agreement: str) -> list[RecordedEvent]:
        reads.append(agreement)
        return first

    handed_on = Elsewhere(REGISTRY, read, {"first": "one"}.get)
    handed_on.keep(fold_events("one", first, as_of, REGISTRY))
    folded = elsewhere(first)

    for day in days:
        for anchor in anchors:
            assert folded.steps(anchor, day) == handed_on.steps(anchor, day)
    assert [1, 2, 1, 0] == [len(handed_on.steps(anchor, as_of)) for anchor in anchors]
    assert [] == reads
    later = as_of + timedelta(days=1)
    assert folded.steps(anchors[0], later) == handed_on.steps(anchors[0], later)
    assert {"one"} == set(reads)


def test_of_agreements_in_a_circle_none_is_handed_on() -> None:
    """The fold of one for a reader has waited for the other; that for the other waits for none."""
    after = {"moment": "in_force", "by": "P1D"}
    first = record_of("one", promised("first", due={"after": "second", **after}))
    second = record_of("two", promised("second", due={"after": "first", **after}))
    as_of, anchor = parse_instant("2026-02-03T00:00:00Z"), Anchor("first", "due")
    alone, handed_on = elsewhere(first, second), elsewhere(first, second)
    fold_events("one", first, as_of, REGISTRY, alone.steps)
    handed_on.keep(fold_events("one", first, as_of, REGISTRY, handed_on.steps))

    assert alone.steps(anchor, as_of) == handed_on.steps(anchor, as_of)


def test_a_chain_of_agreements_is_no_deep_recursion() -> None:
    """Each of two hundred agreements is due a day after the one before."""
    records = [record_of("a0", promised("c0", due="2026-02-01"))]
    for n in range(1, 200):
        relative = {"after": f"c{n - 1}", "moment": "due", "by": "P1D"}
        records.append(record_of(f"a{n}", promised(f"c{n}", due=relative)))

    assert due_of(records[-1], elsewhere(*records), "2026-01-03T00:00:00Z") == [
        "2026-08-20T00:00:00Z"
    ]


def test_news_moves_what_hangs_on_it_through_another_agreement() -> None:
    """Once it is known that there is news: the one between has none of its own."""
    records = [record_of("a0", promised("c0", due="2026-02-01"))]
    for n in (1, 2):
        relative = {"after": f"c{n - 1}", "moment": "due", "by": "P1D"}
        records.append(record_of(f"a{n}", promised(f"c{n}", due=relative)))
    known = elsewhere(*records)
    before = due_of(records[2], known, "2026-01-10T00:00:00Z")
    clarified = {"commitment": "c0", "by": ["NOR", "ISL"], "terms": {"due": "2026-02-10"}}
    records[0][:] = record_of("a0", promised("c0", due="2026-02-01"),
                              ("TermsClarified", "2026-01-03", clarified))  # fmt: skip

    assert ["a1"] == known.forget("a0")
    assert (["2026-02-04T00:00:00Z"], ["2026-02-13T00:00:00Z"]) == (
        before,
        due_of(records[2], known, "2026-01-10T00:00:00Z"),
    )


def test_agreements_in_a_circle_stop_nobody() -> None:
    """As another writer may leave them: one of the two awaits the other."""
    records = [
        record_of("one", promised("first", due={"after": "second", "moment": "due", "by": "P1D"})),
        record_of("two", promised("second", due={"after": "first", "moment": "due", "by": "P1D"})),
    ]

    assert due_of(records[0], elsewhere(*records), "2026-01-03T00:00:00Z") == []


LATE, NOON = "2026-02-20T13:00:00Z", "2026-02-01T12:00:00Z"


@pytest.mark.parametrize("is_on_one_instant", [False, True], ids=["a step alone", "and the clock"])
def test_what_hangs_on_what_was_entered_late_was_not_known_before(is_on_one_instant: bool) -> None:
    """Through an agreement between, too, and where the clock moves another promise of that then.

    What the clock does is known at its own instant, whatever else comes to be known of it later.
    """
    done = ("PerformanceConfirmed", "2026-02-01", {"commitment": "first", "basis": "neutral_body"})
    whole, made, confirmed = record_of("one", promised("first", due="2026-03-01"), done)
    first = [whole, made, replace(confirmed, recorded_at=parse_instant(LATE))]
    after_first = {"after": "first", "moment": "discharged", "by": "P10D"}
    window = {"start": NOON if is_on_one_instant else "2026-02-03T12:00:00Z", "end": "2026-12-01"}
    data = {"commitment": "kept", **PROMISE, "kind": "maintenance", "terms": window}
    acceptance = ("CommitmentAccepted", "2026-01-02", data)
    second = record_of("two", promised("second", due=after_first), acceptance)
    after_second = {"after": "second", "moment": "due", "by": "P5D"}
    third = record_of("three", promised("third", due=after_second))
    known = elsewhere(first, second, third)
    at = parse_instant("2026-03-01T00:00:00Z")
    known_at = {
        (change.commitment, change.after): format_instant(change.known_at)
        for name, events in (("two", second), ("three", third))
        for change in fold(name, entries(events, REGISTRY), at, REGISTRY, known.steps).changes
        if change.axis == "timing"
    }

    assert (LATE, LATE) == (known_at["second", "running"], known_at["third", "running"])
    assert format_instant(parse_instant(window["start"])) == known_at["kept", "running"]


@pytest.mark.parametrize(
    ("lengths", "dates", "disputed"),
    [
        (["P60D"], ["2026-05-08", "2026-05-09"], False),
        (["P60D", "P90D"], ["2026-05-08", "2026-05-09", "2026-06-07", "2026-06-08"], True),
    ],
)
def test_what_hangs_on_an_end_is_disputed_when_that_end_is(
    lengths: list[str], dates: list[str], disputed: bool
) -> None:
    """An end of which nobody says whether its first day counts is in dispute between nobody."""
    at = "2026-03-01T12:00:00Z"
    given = History().promise(at=at, commitment="a", kind="maintenance", speaker="NOR",
                              terms={"start": "2026-03-01", "duration": lengths[0]})  # fmt: skip
    for name, after in (("b", "a"), ("c", "b")):
        due = {"after": after, "moment": "end" if after == "a" else "due", "by": "P9D"}
        given.promise(at=at, commitment=name, terms={"due": due})
    for length in lengths[1:]:
        given.add("ReadingAsserted", at=at, commitment="a", speaker="ISL", term="duration",
                  value=length)  # fmt: skip
    promises = given.state("2026-03-02T00:00:00Z").commitments

    assert {disputed} == {are_terms_disputed(promises[name]) for name in ("b", "c")}
    assert ["NOR", "NOR", "ISL", "ISL"][: len(dates)] == [r.by for r in promises["b"].readings]
    assert dates == [str(reading.last_day) for reading in promises["b"].readings]


def test_two_accounts_that_count_from_one_ambiguous_end_agree() -> None:
    """Each of them has both readings; one who names another day altogether disagrees."""
    at = "2026-03-01T12:00:00Z"
    given = History().promise(at=at, commitment="a", kind="maintenance",
                              terms={"start": "2026-03-01", "duration": "P60D"})  # fmt: skip
    due = {"after": "a", "moment": "end", "by": "P9D"}
    given.promise(at=at, commitment="b", terms={"due": due})
    given.add("ReadingAsserted", at=at, commitment="b", speaker="ISL", terms={"due": due})
    alike = given.state("2026-03-02T00:00:00Z").commitments["b"]
    given.add("ReadingAsserted", at=at, commitment="b", speaker="ISL", terms={"due": "2026-07-01"})
    unlike = given.state("2026-03-02T00:00:00Z").commitments["b"]

    assert (False, True) == (are_terms_disputed(alike), are_terms_disputed(unlike))


def test_an_end_that_another_reading_of_the_anchor_brings_stands_beside_the_others() -> None:
    """It is no first end, nor is any of those moved."""
    at = "2026-03-01T12:00:00Z"
    given = History().promise(at=at, commitment="a", kind="maintenance",
                              terms={"start": "2026-03-01", "duration": "P60D"})  # fmt: skip
    given.promise(
        at=at, commitment="b", terms={"due": {"after": "a", "moment": "end", "by": "P9D"}}
    )
    given.add("ReadingAsserted", at="2026-03-05T12:00:00Z", commitment="a", speaker="ISL",
              term="duration", value="P90D")  # fmt: skip
    changes = [
        change
        for change in given.state("2026-03-06T00:00:00Z").changes
        if change.commitment == "b" and change.axis == "end"
    ]

    assert [("2026-06-07", True), ("2026-06-08", True)] == [
        (str(end.day_after), end.is_beside) for change in changes for end in change.ends
    ]


@pytest.mark.parametrize(
    ("windows", "due"),
    [
        ([{"end": "2026-03-01"}, {"end": "2026-04-01"}], ["2026-04-09"]),
        ([{"end": "2026-04-01"}, {"end": "2026-04-01"}], ["2026-04-09"]),
        ([{"end": "2026-03-01"}, {"start": "2026-03-01", "duration": "P60D"}],
         ["2026-05-07", "2026-05-08"]),
        ([{"start": "2026-03-01", "duration": "P60D"}] * 2, ["2026-05-07", "2026-05-08"]),
        ([{"end": "2026-04-01"}, {}], ["2026-04-09"]),
    ],
)  # fmt: skip
def test_an_agreement_ends_with_the_last_of_its_promises(
    windows: list[dict[str, str]], due: list[str]
) -> None:
    """That one of them ends before is no reading of the end of all."""
    first = record_of("one", *(promised(f"p{n}", **window) for n, window in enumerate(windows)))
    after = {"after": "one", "moment": "end", "by": "P7D"}
    second = record_of("two", promised("second", due=after))

    assert [f"{day}T00:00:00Z" for day in due] == due_of(
        second, elsewhere(first, second), "2026-02-02T00:00:00Z"
    )
