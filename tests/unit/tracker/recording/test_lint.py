"""Lint: promises that can never be broken or never be over, and entries that do not add up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from tests.support.given import REGISTRY, History
from tracker.entries.decoding import entries
from tracker.recording.entry_slips import EntryIndex, slips_in
from tracker.recording.lint import CODES, lint_commitment

AT = "2026-01-02T00:00:00Z"
KEEP = {"kind": "maintenance"}
MAKE = {"kind": "achievement"}


def codes_of(**data: Any) -> set[str]:
    name = "AcceptedConditionally" if "antecedents" in data else "CommitmentAccepted"
    commitment = History().promise(data.pop("name", name), at=AT, **data).commitment(AT)
    return known(slip.code for slip in lint_commitment(commitment, ["c"]))


def known(codes: Iterable[str]) -> set[str]:
    """Codes found, each of them one that is documented."""
    known_codes = set(codes)
    assert known_codes <= set(CODES)
    return known_codes


def codes_in(history: History) -> set[str]:
    """The slips of the last entry, against the commitment as it stands after it."""
    record = entries(history.events, REGISTRY)
    commitment = history.state(AT).commitments.get("c")
    last = next(entry for entry in record if entry.id == f"e{len(history.events)}")
    return known(slip.code for slip in slips_in(last, commitment, lambda: EntryIndex(record)))


@pytest.mark.parametrize(
    ("code", "data"),
    [
        ("never_expires", {**KEEP}),
        ("never_expires", {"name": "CommitmentProposed", **MAKE, "terms": {"due": "2026-03-01"}}),
        ("never_violated", {**MAKE}),
        ("never_expires", {"kind": "recurring", "terms": {"recurrence": "FREQ=DAILY"}}),
        ("not_recurring", {**MAKE, "terms": {"recurrence": "FREQ=DAILY"}}),
        ("waits_forever", {**MAKE, "terms": {"due": "2026-03-01"}, "antecedents": [{"id": "a"}]}),
        ("renews_without_notice", {**KEEP, "terms": {"end": "2026-02-01", "tacit_renewal": "P9D"}}),
        ("no_creditor", {"creditor": [], "terms": {"due": "2026-03-01"}}),
        ("mutual_in_one", {"debtor": ["NOR", "ISL"], "creditor": ["ISL", "NOR"]}),
        ("mirror_missing", {"reciprocal_with": "d"}),
        ("mirror_missing", {"reciprocal_with": "c"}),
        ("own_creditor", {"debtor": ["NOR"], "creditor": ["NOR", "NOR"]}),
        ("others_word", {**MAKE, "speaker": "ISL", "terms": {"due": "2026-03-01"}}),
        ("due_before_made", {**MAKE, "terms": {"due": "2025-12-01"}}),
        ("ends_before_start", {**KEEP, "terms": {"start": "2026-03-01", "end": "2026-02-01"}}),
        ("process_with_end", {"kind": "process", "terms": {"end": "2026-03-01"}}),
        ("zone_unknown", {"debtor": ["nobody-known"], "terms": {"due": "2026-03-01"}}),
    ],
)
def test_an_odd_promise_is_pointed_out(code: str, data: dict[str, Any]) -> None:
    """By a code that stays and a sentence that says why."""
    assert code in codes_of(**data)


def test_a_sound_promise_is_passed_over() -> None:
    """Two sides, a length, a zone: nothing to say."""
    assert set() == codes_of(**KEEP, terms={"start": "2026-01-02", "duration": "P30D"})
    assert set() == codes_of(**MAKE, terms={"due": "2026-03-01"})
    assert set() == codes_of(kind="process")


@pytest.mark.parametrize(
    ("debtor", "terms"),
    [
        ("NOR", {"due": "2026-03-01", "zones": ["Europe/Oslo", "UTC"]}),
        ("nobody-known", {"due": "2026-03-01", "zones": ["Europe/Oslo", "UTC"]}),
        ("nobody-known", {"due": "2026-03-01", "zone": "UTC"}),
        ("nobody-known", {"due": "2026-03-01T10:00:00Z"}),
    ],
)
def test_a_zone_that_is_stated_is_known(debtor: str, terms: dict[str, Any]) -> None:
    """UTC among the zones of a day, or an instant, is no want of the debtor's own zone."""
    assert set() == codes_of(**MAKE, debtor=[debtor], terms=terms)


@pytest.mark.parametrize("who", ["NOR", "DNK"])
def test_a_promise_told_by_its_debtor_or_a_third_party_is_no_ones_claim(who: str) -> None:
    """Only those to whom it is owed have an interest in its being there."""
    assert set() == codes_of(**MAKE, speaker=who, terms={"due": "2026-03-01"})


def test_an_account_of_the_debtor_on_its_terms_is_its_word() -> None:
    """Iceland tells of Norway's promise, and Norway says how it reads it."""
    account = {**MAKE, "speaker": "ISL", "terms": {"due": "2026-03-01"}}
    history = History().promise(at=AT, **account)
    history.on("ReadingAsserted", at=AT, speaker="NOR", term="scope", value="the quay")
    commitment = history.state(AT).commitments["c"]

    assert "others_word" not in {slip.code for slip in lint_commitment(commitment, {})}


def test_a_renewal_without_a_clause_on_notice_is_no_slip_once_notice_was_given() -> None:
    """What the clause left open is answered."""
    terms = {"start": "2026-01-02", "duration": "P30D", "tacit_renewal": True}
    given = History().promise(at=AT, **KEEP, terms=terms)
    before = {slip.code for slip in lint_commitment(given.commitment(AT), {})}
    given.on("NonRenewalNotified", at="2026-01-03T12:00:00Z", speaker="NOR")
    after = {slip.code for slip in lint_commitment(given.commitment("2026-01-04T00:00:00Z"), {})}

    assert ({"renews_without_notice"}, set()) == (before, after)


def test_a_length_that_has_not_begun_is_an_end() -> None:
    """Thirty days from entry into force will be over some day."""
    antecedents = [{"id": "a", "deadline": "2026-02-01"}]

    assert set() == codes_of(**KEEP, terms={"duration": "P30D"}, antecedents=antecedents)


def reading(history: History, speaker: str, **data: Any) -> History:
    fields = {"term": "scope", "value": "ports", "speaker": speaker, **data}
    return history.on("ReadingAsserted", at=AT, **fields)


def test_confirmed_needs_another_source_that_agrees() -> None:
    """Admiralty: credibility 1 is `confirmed by other sources`."""
    alone = reading(History().promise(at=AT), "NOR", credibility=1)
    same_root = reading(reading(History().promise(at=AT), "tass", primary_source="NOR"), "NOR",
                        credibility=1)  # fmt: skip
    other_value = reading(reading(History().promise(at=AT), "ISL", value="roads"), "NOR",
                          credibility=1)  # fmt: skip
    agreed = reading(reading(History().promise(at=AT), "ISL"), "NOR", credibility=1)

    assert "unconfirmed_1" in codes_in(alone)
    assert "unconfirmed_1" in codes_in(same_root)
    assert "unconfirmed_1" in codes_in(other_value)
    assert set() == codes_in(agreed)


def test_circular_sourcing_is_pointed_out() -> None:
    """A reported by B reported by A."""
    history = reading(History().promise(at=AT), "NOR", reported_by=["tass", "NOR"])

    assert "circular" in codes_in(history)


def test_what_is_derived_from_a_higher_mark_is_not_marked_lower_unseen() -> None:
    """The mark of a source sticks to what is made of it."""
    history = reading(History().promise(at=AT), "NOR", tlp="AMBER")

    assert "marked_down" in codes_in(reading(history, "desk", derived_from=["e3"]))


@pytest.mark.parametrize(
    ("code", "name", "data"),
    [
        ("not_neutral", "PerformanceConfirmed", {"basis": "neutral_body", "speaker": "NOR"}),
        ("not_creditor", "PerformanceConfirmed", {"basis": "creditor_admission", "speaker": "NOR"}),
        ("over_delivered", "PerformanceConfirmed", {"basis": "both_sides", "quantity": 7}),
        ("not_debtor", "PerformanceReported", {"basis": "debtor_act", "speaker": "ISL"}),
        ("not_yet", "PerformanceReported", {"occurred": "2026-05-01"}),
        ("rated_nobody", "PerformanceReported", {"reliability": "A"}),
        ("turned_sign", "TermExtended", {"terms": {"end": "2026-05-01", "zone": "Etc/GMT+3"}}),
    ],
)
def test_an_entry_that_does_not_add_up_is_pointed_out(
    code: str, name: str, data: dict[str, Any]
) -> None:
    """Who speaks, when, and how much has to fit what is said."""
    terms = {"due": "2026-03-01", "quantity": 5}

    assert code in codes_in(History().promise(at=AT, terms=terms).on(name, at=AT, **data))


def test_a_count_of_nobody_belongs_to_no_claimant() -> None:
    """The ledger is kept per claimant."""
    history = History().promise(at=AT, **KEEP)
    history.on("ViolationAlleged", at=AT, incident="i1", claimed_count={"value": 5})

    assert "count_of_nobody" in codes_in(history)


def test_lowering_a_mark_is_answered_with_the_way_to_do_it() -> None:
    """Raise by correction; lower by retracting and recording anew."""
    history = reading(History().promise(at=AT), "NOR", tlp="AMBER")
    history.add("EntryCorrected", at=AT, event="e3", replacement={"tlp": "CLEAR"})

    assert "tlp_not_lowered" in {
        slip.code
        for entry in entries(history.events, REGISTRY)
        for slip in slips_in(entry, None, lambda: EntryIndex(entries(history.events[:3], REGISTRY)))
    }


@pytest.mark.parametrize(
    ("moment", "closing", "expected"),
    [
        ("discharged", "CreditorReleased", ["anchor_never"]),
        ("satisfied:lift", None, ["anchor_never"]),
        ("milestone:first", None, ["anchor_never"]),
        ("discharged", None, []),
    ],
)
def test_a_deadline_that_hangs_on_what_can_never_happen(
    moment: str, closing: str | None, expected: list[str]
) -> None:
    """Its promise is closed without it, or knows no such moment."""
    given = History().promise(at="2026-01-02T12:00:00Z", commitment="first",
                              terms={"due": "2026-02-01"})  # fmt: skip
    if closing:
        given.add(closing, at="2026-01-03T12:00:00Z", commitment="first")
    relative = {"after": "first", "moment": moment, "by": "P10D"}
    given.promise(at="2026-01-04T12:00:00Z", terms={"due": relative})
    known = given.state("2026-01-05T00:00:00Z").commitments

    assert [slip.code for slip in lint_commitment(known["c"], known)] == expected


@pytest.mark.parametrize(("quantity", "warnings"), [(3, {"late_period"}), (0, set())])
def test_a_part_confirmed_after_its_period_may_have_been_done_in_time(
    quantity: int, warnings: set[str]
) -> None:
    """Nothing delivered is nothing late, whenever that is confirmed."""
    terms = {"recurrence": "FREQ=DAILY;COUNT=9", "start": "2026-01-02", "quantity": 3}
    duty = History().promise(at=AT, kind="recurring", terms=terms)
    confirmed = {"period": "2026-01-03", "quantity": quantity, "basis": "neutral_body"}
    history = duty.on("PerformanceConfirmed", at="2026-01-06T00:00:00Z", **confirmed)

    assert warnings == codes_in(history) & {"late_period"}


@pytest.mark.parametrize(
    ("data", "warning"),
    [
        ({"text": "dÃ©gÃ¢ts"}, "text reads 'dÃ©gÃ¢ts', and as UTF-8 'dégâts'; taken as it is"),
        ({"source": {"quote": "weâ€™ll pay"}},
         "source.quote reads 'weâ€™ll pay', and as UTF-8 'we’ll pay'; taken as it is"),
        ({"text": "d\ufffdg\ufffdts"},
         "text: \ufffd stands where letters were lost: 'd\ufffdg\ufffdts'"),
    ],
)  # fmt: skip
def test_a_text_in_a_wrong_encoding_is_pointed_out(data: dict[str, Any], warning: str) -> None:
    """With what it probably is; it is taken as it stands."""
    history = History().promise(at=AT).on("ViolationAlleged", at=AT, **{"text": "x", **data})
    record = entries(history.events, REGISTRY)
    slips = slips_in(record[-1], history.commitment(AT), lambda: EntryIndex(record))

    assert [warning] == [slip.text for slip in slips if slip.code == "garbled_text"]
