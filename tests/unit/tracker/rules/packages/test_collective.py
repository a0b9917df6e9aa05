"""Entries about a whole agreement: one entry, and every promise that it moves."""

from __future__ import annotations

from itertools import permutations

import pytest

from events import format_instant
from tests.support.given import REGISTRY, History
from tests.unit.tracker.rules.packages.test_inheritance import AT, ends, package
from tracker.entries.decoding import entry_of
from tracker.errors import IllegalTransition
from tracker.model.vocabulary import Flag, State
from tracker.rules.guards import matching_transition
from tracker.rules.packages.collective import Outcome, moves_nothing, outcome_of
from tracker.rules.terms.disputes import flags_of

ALL = ["RUS", "UKR", "TUR"]
T = [f"2026-01-{day:02}T12:00:00Z" for day in range(1, 32)]


def states(given: History, as_of: str) -> list[State]:
    return [each.state for each in given.state(as_of).commitments.values()]


def outcome(given: History, name: str, **data: object) -> Outcome:
    """What a next entry about the whole would do to each promise."""
    commitments = given.state(T[20]).commitments
    given.whole(name, at=T[20], **data)
    return outcome_of(commitments, entry_of(given.events[-1], REGISTRY, "UTC"))


@pytest.mark.parametrize("terms", [{"end": "2026-03-31"}, {"extend_by": "P59D"}])
def test_one_extension_moves_every_promise_that_has_its_end_of_the_agreement(
    terms: dict[str, str],
) -> None:
    """Each of them cites the one entry; a promise with an end of its own is left alone."""
    given = package().promise(
        at=AT, commitment="d", kind="maintenance", debtor=["RUS"], creditor=["UKR"],
        terms={"end": "2026-02-10", "zone": "UTC"},
    )  # fmt: skip
    given.whole("TermExtended", at=T[9], by=ALL, terms=terms)
    *shared, own = given.state(T[10]).commitments.values()

    assert [["2026-03-31T21:00:00Z"]] * 3 == [ends(each) for each in shared]
    assert ["2026-02-11T00:00:00Z"] == ends(own)
    assert [True, True, True, False] == ["e6" in each.events for each in (*shared, own)]


@pytest.mark.parametrize("late", [False, True])
def test_a_recurring_duty_goes_on_with_the_whole(late: bool) -> None:
    """What extends the agreement extends it too, also on the days after it has ended."""
    given = package().promise(
        at=AT, commitment="d", kind="recurring", debtor=["RUS"], creditor=["UKR"],
        terms={"recurrence": "FREQ=DAILY"},
    )  # fmt: skip
    given.whole("TermExtended", at="2026-02-05T12:00:00Z" if late else T[9], by=ALL,
                terms={"extend_by": "P10D"})  # fmt: skip
    duty = given.state("2026-02-06T12:00:00Z").commitments["d"]

    assert (State.IN_FORCE, ["2026-02-10T21:00:00Z"]) == (duty.state, ends(duty))


@pytest.mark.parametrize("names", list(permutations("ab")))
def test_an_entry_may_be_narrowed_to_some_promises(names: tuple[str, ...]) -> None:
    """`commitments` names them, in any order."""
    given = package().whole(
        "MutuallyTerminated", at=T[9], basis="neutral_body", commitments=[*names]
    )

    assert [State.CANCELLED, State.CANCELLED, State.IN_FORCE] == states(given, T[10])


def test_one_partys_suspension_is_only_of_what_it_owes() -> None:
    """The others go on; its own is contested until it resumes."""
    given = package().whole("SuspensionDeclared", at=T[9], speaker="RUS")
    first, *others = given.state(T[10]).commitments.values()

    assert Flag.SUSPENSION_CONTESTED in flags_of(first)
    assert {State.IN_FORCE} == {each.state for each in others}
    given.whole("Resumed", at=T[12], speaker="RUS")
    assert [State.IN_FORCE] * 3 == states(given, T[13])


def test_one_partys_notice_ends_the_agreement_for_all() -> None:
    """RUS is no party to the promise of UKR to TUR, which ends with the others all the same."""
    given = package(parties=ALL, clauses={"renewal": {"notice": "P5D"}})
    given.whole("NonRenewalNotified", at=T[9], speaker="RUS")

    assert [State.EXPIRED] * 3 == states(given, "2026-02-05T00:00:00Z")


def test_a_notice_is_of_ones_own_promises_where_the_clause_says_so() -> None:
    """The others are renewed."""
    given = package(parties=ALL, clauses={"renewal": {"notice": "P5D", "only_own": True}})
    given.whole("NonRenewalNotified", at=T[9], speaker="RUS")

    assert [State.EXPIRED, State.IN_FORCE, State.IN_FORCE] == states(given, "2026-02-05T00:00:00Z")


@pytest.mark.parametrize(
    ("name", "clause", "later"),
    [
        ("NonRenewalNotified", "renewal", "2026-02-05T00:00:00Z"),
        ("WithdrawalNotified", "withdrawal", T[21]),
    ],
)
def test_nor_does_it_end_a_promise_of_another_that_it_names(
    name: str, clause: str, later: str
) -> None:
    """By such a clause its debtor may, its creditor not; by another either."""
    own, both = ({clause: {"notice": "P5D", "only_own": own}} for own in (True, False))
    given = package(parties=ALL, clauses=own)
    first = given.state(T[9]).commitments["a"]
    given.add(name, at=T[9], commitment="a", speaker="UKR")
    with pytest.raises(IllegalTransition, match="UKR gives notice only of its own") as refused:
        matching_transition(first, entry_of(given.events[-1], REGISTRY, "UTC"))

    assert f"pactwatch record {name} accord speaker=UKR" in str(refused.value.hint)
    assert states(given, later)[0] is State.IN_FORCE
    for speaker, clauses in (("RUS", own), ("UKR", both)):
        given = package(parties=ALL, clauses=clauses)
        given.add(name, at=T[9], commitment="a", speaker=speaker)
        assert states(given, later)[0] in (State.EXPIRED, State.CANCELLED)


def test_a_withdrawal_ends_all_when_its_notice_ends() -> None:
    """Until then every promise binds."""
    given = package(parties=ALL, clauses={"withdrawal": {"notice": "P10D"}})
    given.whole("WithdrawalNotified", at=T[9], speaker="RUS")

    assert [State.IN_FORCE] * 3 == states(given, T[18])
    assert [State.CANCELLED] * 3 == states(given, T[21])


def test_a_stranger_moves_nothing() -> None:
    """The reasons name who could have; the refusal gives some of them."""
    given = package(parties=ALL)
    nothing = outcome(given, "MutuallyTerminated", speaker="CHN")
    refusal = moves_nothing(entry_of(given.events[-1], REGISTRY, "UTC"), nothing)

    assert ["a", "b", "c"] == list(nothing.left)
    assert "it needs `by` to name RUS (Russia), UKR (Ukraine)" in nothing.left["a"]
    assert "'accord': expected a promise that it moves, found none among 3; a: " in refusal.message


def test_a_package_ends_by_a_finding_and_not_by_the_word_of_one() -> None:
    """From one party it is a withdrawal that no clause allows; the hint says what to record."""
    given = package(parties=ALL)
    alone = outcome(given, "WithdrawalNotified", speaker="RUS")
    refusal = moves_nothing(entry_of(given.events[-1], REGISTRY, "UTC"), alone)
    ended = package().whole("MutuallyTerminated", at=T[9], basis="analyst_finding")

    assert {} == alone.moved
    assert "no clause on record allows a withdrawal" in refusal.message
    assert "pactwatch record DebtorCancelled a speaker=RUS" in str(refusal.hint)
    assert "pactwatch record WithdrawalNotified accord speaker=RUS occurred=" in str(refusal.hint)
    assert str(refusal.hint).endswith(" basis=clause notice=NOTICE")
    assert [State.CANCELLED] * 3 == states(ended, T[10])


def test_what_is_closed_is_left_alone() -> None:
    """An end of all does not end again what has ended."""
    given = package().on("MutuallyTerminated", at=T[5], commitment="a", basis="neutral_body")
    given.whole("SuspensionDeclared", at=T[9], basis="neutral_body")

    assert [State.CANCELLED, State.SUSPENDED, State.SUSPENDED] == states(given, T[10])


def test_a_promise_made_after_an_extension_has_the_end_of_then() -> None:
    """A party that comes in later comes into the agreement as it stands."""
    given = package().whole("TermExtended", at=T[9], by=ALL, terms={"end": "2026-03-31"})
    given.promise(at=T[11], commitment="d", kind="maintenance", debtor=["ROU"], creditor=["TUR"])

    assert ["2026-03-31T21:00:00Z"] == ends(given.state(T[12]).commitments["d"])


def test_readings_of_two_parties_stand_side_by_side_in_every_promise() -> None:
    """The terms are disputed until all settle them by one entry."""
    given = package().whole(
        "TermRenewed", at=T[28], by=ALL, speaker="RUS",
        terms={"duration": "P60D", "reading_of": "RUS"},
    )  # fmt: skip
    given.whole("ReadingAsserted", at=T[28], speaker="UKR", term="duration", value="P120D")
    disputed = given.state(T[29])

    assert [["2026-04-01T21:00:00Z", "2026-05-31T21:00:00Z"]] * 3 == [
        ends(each) for each in disputed.commitments.values()
    ]
    assert all(Flag.TERMS_DISPUTED in flags_of(each) for each in disputed.commitments.values())
    given.whole("TermsClarified", at=T[30], by=ALL, terms={"end": "2026-05-31"})
    settled = given.state(T[30])
    assert [["2026-05-31T21:00:00Z"]] * 3 == [ends(e) for e in settled.commitments.values()]
    assert not any(Flag.TERMS_DISPUTED in flags_of(e) for e in settled.commitments.values())


def test_an_agreement_not_yet_in_force_is_a_condition_of_all_its_promises() -> None:
    """What is accepted meanwhile is conditional; one entry puts all in force."""
    given = History(terms={"duration": "P30D", "count": "exclusive", "zone": "UTC"})
    given.whole("ConditionAdded", at=T[0], antecedent={"id": "entry_into_force"})
    given.promise(at=T[1], kind="maintenance").promise(
        "CommitmentProposed", at=T[1], commitment="d", kind="maintenance"
    )
    assert [State.CONDITIONAL, State.PROPOSED] == states(given, T[2])
    given.on("CommitmentAccepted", at=T[2], commitment="d")
    assert [State.CONDITIONAL, State.CONDITIONAL] == states(given, T[3])
    given.whole("ConditionSatisfied", at=T[9], antecedent="entry_into_force")
    after = given.promise(at=T[11], commitment="e", kind="maintenance").state(T[12])

    assert {State.IN_FORCE} == {each.state for each in after.commitments.values()}
    assert "2026-02-10T00:00:00Z" == format_instant(after.commitments["d"].readings[0].at)


def test_an_agreement_that_never_enters_into_force_leaves_nothing() -> None:
    """Its condition failed, or its deadline passed (T2), whatever else is enough for a promise."""
    given = History().whole(
        "ConditionAdded", at=T[0], antecedent={"id": "entry_into_force", "deadline": "2026-01-10"}
    )
    given.promise(
        "AcceptedConditionally", at=T[1], antecedents=[{"id": "x"}, {"id": "y"}], require="any"
    )
    given.on("ConditionSatisfied", at=T[2], antecedent="x")

    assert [State.CONDITIONAL] == states(given, T[3])
    assert [State.EXPIRED] == states(given, T[12])


def test_late_news_that_undoes_an_entry_keeps_it_as_unapplied() -> None:
    """It ended before: what was suspended then is not."""
    given = package().whole("SuspensionDeclared", at=T[9], basis="neutral_body")
    given.whole("Resumed", at=T[12], basis="neutral_body")
    given.add("MutuallyTerminated", at=T[5], recorded=T[14], basis="neutral_body",
              commitments=["a", "b"])  # fmt: skip
    after = given.state(T[15]).commitments

    assert [State.CANCELLED, State.CANCELLED, State.IN_FORCE] == states(given, T[15])
    assert [(), (), ()] == [each.unapplied for each in after.values()]


def test_a_promise_that_is_named_is_meant_also_where_it_has_terms_of_its_own() -> None:
    """Without its name it is left alone, with it the one entry moves it too."""
    given = package().promise(
        at=AT, commitment="d", kind="maintenance", debtor=["RUS"], creditor=["UKR"],
        terms={"end": "2026-02-10", "zone": "UTC"},
    )  # fmt: skip
    given.whole("TermExtended", at=T[9], by=ALL, terms={"end": "2026-03-31"}, commitments=["d"])
    *shared, own = given.state(T[10]).commitments.values()

    assert ["2026-04-01T00:00:00Z"] == ends(own)
    assert not any("2026-03-31T21:00:00Z" in ends(each) for each in shared)


def test_an_extension_that_moves_nothing_says_how_to_name_what_is_meant() -> None:
    """Promises with ends of their own are named, and the date; then the one entry moves them."""
    given = History().promise(
        at=AT, commitment="d", kind="maintenance", debtor=["RUS"], creditor=["UKR"],
        terms={"end": "2026-02-10", "zone": "UTC"},
    )  # fmt: skip
    extension = {"by": ["RUS", "UKR"], "terms": {"extend_by": "P30D"}, "text": "by letter"}
    nothing = outcome(given, "TermExtended", **extension)
    refused = moves_nothing(entry_of(given.events[-1], REGISTRY, "UTC"), nothing)
    day = given.events[-1].data["occurred"]

    assert refused.message.endswith("d: it states its own end, zone")
    assert refused.hint == (
        "name those that are meant: pactwatch record TermExtended accord terms.extend_by=P30D "
        f"by=RUS,UKR occurred={day} 'text=by letter' commitments=d"
    )


def test_a_process_does_not_end_with_its_agreement() -> None:
    """Talks have no end: the agreement gives them none, and what puts it off leaves them."""
    given = package().promise(at=AT, commitment="d", kind="process", debtor=["RUS"],
                              creditor=["UKR"])  # fmt: skip
    ended = given.state(T[8]).commitments
    read = outcome(given, "ReadingAsserted", speaker="RUS", terms={"end": "2026-03-31"})

    assert ends(ended["a"])
    assert [] == ends(ended["d"])
    assert "it is a process, which has no end" == read.left["d"]
    assert {"a", "b", "c"} == read.moved.keys()


def test_what_does_not_act_on_a_kind_of_promise_says_so() -> None:
    """That it is in force is no reason by itself."""
    given = History().promise(at=AT, commitment="d", kind="achievement", debtor=["RUS"],
                              creditor=["UKR"])  # fmt: skip
    nothing = outcome(given, "NonRenewalNotified", speaker="RUS")
    refused = moves_nothing(entry_of(given.events[-1], REGISTRY, "UTC"), nothing)

    assert refused.message.endswith(
        "d: it is not possible for achievement commitments in state in_force"
    )


def test_one_notice_for_all_ends_every_promise_at_one_instant() -> None:
    """By the days of the agreement, whatever the zone of each promise."""
    given = package(parties=ALL, clauses={"withdrawal": {"notice": "P10D"}})
    given.promise(at=AT, commitment="d", kind="maintenance", debtor=["RUS"], creditor=["UKR"],
                  terms={"end": "2026-12-31", "zone": "America/New_York"})  # fmt: skip
    given.whole("WithdrawalNotified", at=T[9], speaker="RUS", by=["RUS"])
    notices = [w for c in given.state(T[10]).commitments.values() for w in c.withdrawals]

    assert len(notices) == 4
    assert len({notice.ends_at for notice in notices}) == 1
