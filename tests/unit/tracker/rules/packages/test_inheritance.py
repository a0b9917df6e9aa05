"""What a promise has of its agreement, and what it states itself."""

from __future__ import annotations

import pytest

from events import format_instant
from tests.support.given import History
from tracker.documents.commitments import agreement_json, commitment_json
from tracker.model.commitment import Commitment
from tracker.model.vocabulary import Flag, State
from tracker.rules.packages.inheritance import inherits
from tracker.rules.recurring.standing import standing
from tracker.rules.terms.disputes import are_terms_disputed, flags_of

AT = "2026-01-02T12:00:00Z"
LATER = "2026-01-03T12:00:00Z"
TERMS = {"start": "2026-01-01", "duration": "P30D", "count": "exclusive", "scope": "the strait"}
SIDES = {"a": ("RUS", "UKR"), "b": ("UKR", "TUR"), "c": ("TUR", "RUS")}


def package(**agreement: object) -> History:
    """Three promises, in capitals of three zones, under one agreement."""
    given = History(**{"zone": "Europe/Istanbul", "terms": TERMS, **agreement})
    for name, (debtor, creditor) in SIDES.items():
        given.promise(
            at=AT, commitment=name, kind="maintenance", debtor=[debtor], creditor=[creditor]
        )
    return given


def ends(commitment: Commitment) -> list[str]:
    return sorted(format_instant(reading.at) for reading in commitment.readings)


def test_all_promises_of_an_agreement_end_at_one_instant() -> None:
    """Inherited terms are read in the zone of the agreement, not in that of each debtor."""
    commitments = package().state(LATER).commitments.values()

    assert [["2026-01-31T21:00:00Z"]] * 3 == [ends(each) for each in commitments]


def test_a_promise_keeps_the_terms_that_it_states_itself() -> None:
    """Its own end is read in its own zone; the scope it has of the agreement."""
    own = {"end": "2026-02-10"}
    given = package().promise(at=AT, commitment="d", kind="maintenance", debtor=["UKR"], terms=own)
    commitment = given.state(LATER).commitments["d"]

    assert ["2026-02-10T22:00:00Z"] == ends(commitment)
    assert ["start", "count", "scope"] == inherits(commitment)
    assert "the strait" == commitment.terms.scope


@pytest.mark.parametrize("kind", ["maintenance", "recurring"])
def test_a_promise_that_begins_later_ends_with_its_agreement(kind: str) -> None:
    """The length of the agreement counts from the start of the agreement, for all promises."""
    own = {"start": "2026-01-11", **({"recurrence": "FREQ=DAILY"} if kind == "recurring" else {})}
    given = package().promise(at=AT, commitment="d", kind=kind, debtor=["UKR"], terms=own)
    given.whole("ReadingAsserted", at=LATER, speaker="RUS", term="duration", value="P20D")
    commitment = given.state("2026-01-04T12:00:00Z").commitments["d"]

    assert ["2026-01-21T21:00:00Z", "2026-01-31T21:00:00Z"] == ends(commitment)
    assert commitment.start is not None
    assert "2026-01-10T21:00:00Z" == format_instant(commitment.start)
    assert ["duration", "count", "zone", "scope"] == inherits(commitment)


@pytest.mark.parametrize("debtor", ["JPN", "UKR", "USA"])
def test_the_periods_of_a_promise_are_days_of_the_window_that_they_fill(debtor: str) -> None:
    """Each day that is left is one period, in any capital: the end of the agreement cuts none."""
    given = package(terms=TERMS | {"count": "inclusive"}).promise(
        at=AT, commitment="d", kind="recurring", debtor=[debtor], terms={"recurrence": "FREQ=DAILY"}
    )
    commitment = given.state("2026-03-01T12:00:00Z").commitments["d"]
    counts = standing(commitment, commitment.since)

    assert ["2026-01-30T21:00:00Z"] == ends(commitment)
    assert (29, 29) == (counts.of, counts.missed)


def test_terms_of_the_agreement_count_for_promises_dated_before_it() -> None:
    """An agreement that is entered with the date of today still says when its promises end."""
    given = History(at="2026-01-20T00:00:00Z", terms=TERMS, zone="UTC")
    given.promise(at=AT, kind="maintenance")

    assert ["2026-02-01T00:00:00Z"] == ends(given.commitment(LATER))


def test_an_agreement_without_terms_leaves_its_promises_as_they_are() -> None:
    """The zone of an agreement alone moves no end."""
    given = History(zone="Asia/Tokyo").promise(at=AT, terms={"due": "2026-01-10"})
    commitment = given.commitment(LATER)

    assert ["2026-01-10T23:00:00Z"] == ends(commitment)
    assert [] == inherits(commitment)


def test_the_terms_of_the_agreement_are_one_account_and_one_source() -> None:
    """They stand beside those of the promise, once, and are no dispute."""
    given = package().promise(
        at=AT, commitment="d", kind="maintenance", terms={"scope": "the whole sea"}
    )
    commitment = given.state(LATER).commitments["d"]

    assert ["e1", "e5"] == [account.event for account in commitment.accounts]
    assert [True, False] == [account.of_agreement for account in commitment.accounts]
    assert not are_terms_disputed(commitment)
    assert Flag.SINGLE_SOURCE in flags_of(commitment)


def test_terms_that_come_with_the_acceptance_of_a_proposal_are_its_own() -> None:
    """What a proposal had of its agreement gives way."""
    given = History(terms=TERMS, zone="UTC").promise("CommitmentProposed", at=AT)
    given.on("CommitmentAccepted", at=AT, terms={"due": "2026-03-01", "zone": "UTC"})

    assert ["2026-03-02T00:00:00Z"] == ends(given.commitment(LATER))


def test_a_renewal_clause_renews_each_promise() -> None:
    """T9 by the clause of the agreement, with its period."""
    given = package(clauses={"renewal": {"period": "P10D", "notice": "P5D"}})
    commitment = given.state("2026-02-05T00:00:00Z").commitments["b"]

    assert (State.IN_FORCE, ["2026-02-10T21:00:00Z"]) == (commitment.state, ends(commitment))
    assert "P5D" == commitment.renewal_notice


@pytest.mark.parametrize(
    ("clauses", "field", "value"),
    [
        ({"withdrawal": {"notice": "P6M"}}, "withdrawal_clause", "P6M"),
        ({"release": {"on": "alleged"}}, "release_on", "alleged"),
    ],
)
def test_clauses_of_the_agreement_hold_for_each(
    clauses: dict[str, object], field: str, value: str
) -> None:
    """A notice of withdrawal and a release are those of the agreement."""
    commitments = package(clauses=clauses).state(LATER).commitments.values()

    assert {value} == {getattr(each, field) for each in commitments}


def test_a_clause_makes_one_sides_suspension_an_agreed_one() -> None:
    """Where the agreement lets its parties suspend, nothing is owed meanwhile."""
    given = package(parties=["RUS"], clauses={"suspension": {"allowed": True}})
    given.whole("SuspensionDeclared", at=LATER, speaker="RUS")
    commitments = given.state(LATER).commitments.values()

    assert [(State.SUSPENDED, False)] * 3 == [
        (each.state, each.suspension_contested) for each in commitments
    ]


def test_documents_name_the_terms_the_phase_the_tags_and_the_clauses() -> None:
    """`inherits` and `phase` of a promise; `tags`, `zone`, `clauses`, `phases` of an agreement."""
    given = package(
        tags=["sea"],
        phases=[{"id": "one", "title": "Ports"}],
        clauses={"release": {"on": "alleged"}},
    )
    given.promise(at=AT, commitment="d", phase="one").whole("TagsSet", at=AT, tags=["sea", "food"])
    state = given.state(LATER)
    document, commitment = (
        agreement_json(state),
        commitment_json(state.commitments["d"], state.as_of),
    )

    assert ("Europe/Istanbul", ["sea", "food"]) == (document["zone"], document["tags"])
    assert {"release": {"on": "alleged"}} == document["clauses"]
    assert [{"id": "one", "title": "Ports"}] == document["phases"]
    assert ("one", ["start", "duration", "count", "zone", "scope"]) == (
        commitment["phase"],
        commitment["inherits"],
    )
