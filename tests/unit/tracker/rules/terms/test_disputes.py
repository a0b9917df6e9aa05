"""Competing readings, term by term: who says what, what follows for the end, and how it settles."""

from __future__ import annotations

from typing import Any

import pytest

from events import format_instant
from tests.support.given import History
from tracker.documents.commitments import readings_json
from tracker.documents.readings import open_readings
from tracker.errors import UnknownId
from tracker.model.vocabulary import Flag, State
from tracker.rules.terms.disputes import are_incompatible, flags_of, is_single_source, support_for

MADE = "2026-01-01T12:00:00Z"
TERMS = {"start": "2026-01-01", "duration": "P20D", "count": "exclusive", "zone": "UTC",
         "reading": "base"}  # fmt: skip


def pause(**terms: Any) -> History:
    return History().promise(at=MADE, kind="maintenance", terms={**TERMS, **terms})


def says(given: History, who: str, term: str, value: Any, at: str = "2026-01-02") -> History:
    return given.on("ReadingAsserted", at=f"{at}T00:00:00Z", speaker=who, term=term, value=value)


def ends(given: History, as_of: str = "2026-01-03T00:00:00Z") -> list[tuple[str | None, str]]:
    commitment = given.commitment(as_of)
    return [(r.by, format_instant(r.at)) for r in sorted(commitment.readings, key=lambda r: r.at)]


def disputed(given: History, as_of: str = "2026-01-03T00:00:00Z") -> bool:
    return Flag.TERMS_DISPUTED in flags_of(given.commitment(as_of))


def test_competing_starts_give_competing_ends() -> None:
    """Another start is the same length from another day."""
    given = says(pause(), "ISL", "start", "2026-01-03")

    assert [(None, "2026-01-22T00:00:00Z"), ("ISL", "2026-01-24T00:00:00Z")] == ends(given)
    assert disputed(given)


def test_a_start_said_beside_a_silent_length_takes_the_length_that_stands() -> None:
    """Null for the length is silence: it neither sets nor removes an end."""
    given = pause().on("ReadingAsserted", at="2026-01-02T00:00:00Z", speaker="ISL",
                       terms={"start": "2026-01-03", "duration": None})  # fmt: skip

    assert ("ISL", "2026-01-24T00:00:00Z") == ends(given)[-1]


APART: list[tuple[str, list[tuple[str, str, Any]], list[tuple[str | None, str]]]] = [
    (
        "a length, and then a start",
        [("ISL", "duration", "P30D"), ("ISL", "start", "2026-01-03")],
        [("ISL", "2026-02-03T00:00:00Z")],
    ),
    (
        "a start, and then a length",
        [("ISL", "start", "2026-01-03"), ("ISL", "duration", "P30D")],
        [("ISL", "2026-02-03T00:00:00Z")],
    ),
    (
        "two starts, and then one length for both",
        [("ISL", "start", "2026-01-03"), ("ISL", "start", "2026-01-04"),
         ("ISL", "duration", "P30D")],
        [("ISL", "2026-02-03T00:00:00Z"), ("ISL", "2026-02-04T00:00:00Z")],
    ),
    (
        "one length, and then two starts",
        [("ISL", "duration", "P30D"), ("ISL", "start", "2026-01-03"),
         ("ISL", "start", "2026-01-04")],
        [("ISL", "2026-02-03T00:00:00Z"), ("ISL", "2026-02-04T00:00:00Z")],
    ),
    (
        "a start and two lengths",
        [("ISL", "start", "2026-01-03"), ("ISL", "duration", "P30D"), ("ISL", "duration", "P31D")],
        [("ISL", "2026-02-03T00:00:00Z"), ("ISL", "2026-02-04T00:00:00Z")],
    ),
    (
        "a length of one source and a start of another",
        [("ISL", "duration", "P30D"), ("SWE", "start", "2026-01-03")],
        [("SWE", "2026-01-24T00:00:00Z"), ("ISL", "2026-02-01T00:00:00Z")],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "accounts", "expected"), APART, ids=[row[0] for row in APART])
def test_what_one_source_says_in_several_entries_is_one_account(
    name: str, accounts: list[tuple[str, str, Any]], expected: list[tuple[str | None, str]]
) -> None:
    """Its length counts from its own start, and neither is mixed with what another says."""
    given = pause()
    for reading in accounts:
        given = says(given, *reading)

    readings = given.commitment("2026-01-03T00:00:00Z").readings
    assert [(None, "2026-01-22T00:00:00Z"), *expected] == ends(given)
    assert len(readings) == len({reading.id for reading in readings})


def test_an_end_that_a_source_completes_moves_under_its_own_name() -> None:
    """The reading keeps the id of the entry that says how long, which it can be chosen by."""
    given = says(pause(), "ISL", "duration", "P30D")
    before = {r.id for r in given.commitment("2026-01-03T00:00:00Z").readings}
    after = says(given, "ISL", "start", "2026-01-03").commitment("2026-01-03T00:00:00Z")

    assert before == {r.id for r in after.readings}


def test_silence_disputes_nothing_and_shifts_nothing() -> None:
    """A reading that says null leaves the ends and the flag as they were."""
    given = says(says(pause(), "ISL", "duration", None), "ISL", "scope", None)

    assert ([(None, "2026-01-22T00:00:00Z")], False) == (ends(given), disputed(given))


@pytest.mark.parametrize(
    ("term", "base", "other", "expected"),
    [
        ("scope", "energy sites", "all infrastructure", True),
        ("scope", "Energy  sites", "energy sites", False),
        ("parties", ["NOR", "ISL"], ["ISL", "NOR"], False),
        ("parties", ["NOR", "ISL"], ["NOR", "ISL", "SWE"], True),
        ("quantity", 175, 150, True),
        ("duration", "P20D", "P1M", True),
        ("duration", "P20D", "P2W6D", False),
        ("start", "2026-01-01", "2026-01-01T16:30:00Z", False),
        ("start", "2026-01-01", "2026-01", False),
        ("start", "2026-01-01", "2026-01-02", True),
        ("count", "exclusive", "inclusive", True),
        ("venue", "Jeddah", "Doha", True),
    ],
)
def test_two_incompatible_readings_of_any_one_term_dispute_it(
    term: str, base: Any, other: Any, expected: bool
) -> None:
    """Another spelling or a less precise date is no dispute; another meaning is."""
    given = says(says(pause(), "NOR", term, base), "ISL", term, other)

    assert (expected, expected) == (disputed(given), are_incompatible(term, [base, None, other]))


def test_instants_written_with_other_offsets_are_the_same() -> None:
    """An end at 21:00Z and the same instant on a Moscow clock do not dispute one another."""
    assert not are_incompatible("end", ["2025-04-17T21:00:00Z", "2025-04-18T00:00:00+03:00"])
    assert are_incompatible("end", ["2025-04-17T21:00:00Z", "2025-04-18T00:00:00Z"])


def test_an_end_given_as_a_date_and_as_a_length_dispute_one_another() -> None:
    """Two ways to say the end are compared by the instants that follow from them."""
    apart = says(pause(), "ISL", "end", "2026-01-25")
    together = says(pause(), "ISL", "end", "2026-01-21")

    assert (True, False) == (disputed(apart), disputed(together))


def test_a_reading_by_one_party_moves_alerts_earlier_and_states_later() -> None:
    """The earliest reading times the alerts, the latest the state."""
    shorter = says(pause(), "ISL", "duration", "P10D").commitment("2026-01-03T00:00:00Z")
    longer = says(pause(), "ISL", "duration", "P30D").commitment("2026-01-03T00:00:00Z")

    assert ["2026-01-12T00:00:00Z", "2026-01-22T00:00:00Z", "2026-01-22T00:00:00Z",
            "2026-02-01T00:00:00Z"] == [
        format_instant(at) for c in (shorter, longer) for at in (c.earliest, c.latest) if at
    ]  # fmt: skip


def test_the_same_reading_id_from_another_account_is_told_apart() -> None:
    """No reading is lost because two accounts were given one name."""
    given = pause().on("ReadingAsserted", at="2026-01-02T00:00:00Z", speaker="ISL",
                       terms={"duration": "P10D", "reading": "base"})  # fmt: skip

    assert {"base", "base-e3"} == {r.id for r in given.commitment("2026-01-03T00:00:00Z").readings}


def test_a_clarification_settles_its_term_and_leaves_the_others_disputed() -> None:
    """All parties on the length leave the dispute about the start as it is."""
    given = says(says(pause(), "ISL", "start", "2026-01-03"), "ISL", "duration", "P10D")
    given.on("TermsClarified", at="2026-01-03T00:00:00Z", term="duration", value="P15D",
             by=["NOR", "ISL"])  # fmt: skip
    commitment = given.commitment("2026-01-04T00:00:00Z")

    assert {"2026-01-17T00:00:00Z", "2026-01-19T00:00:00Z"} == {
        format_instant(r.at) for r in commitment.readings
    }
    assert Flag.TERMS_DISPUTED in flags_of(commitment)


def test_a_clarification_by_all_that_there_is_no_end_opens_it() -> None:
    """What all parties leave open has no end any more."""
    given = pause().on("TermsClarified", at="2026-01-02T00:00:00Z", term="duration", value=None,
                       by=["NOR", "ISL"])  # fmt: skip

    assert ([], State.IN_FORCE) == (ends(given), given.commitment("2027-01-01T00:00:00Z").state)


def test_a_condition_added_in_force_is_settled_by_all_parties() -> None:
    """The dispute about a later condition ends when everybody has spoken on conditions."""
    given = pause().on("ConditionAdded", at="2026-01-02T00:00:00Z", antecedent="withdrawal")
    before = disputed(given)
    given.on("TermsClarified", at="2026-01-02T06:00:00Z", term="condition", value="none",
             by=["NOR", "ISL"])  # fmt: skip

    assert (True, False) == (before, disputed(given))


@pytest.mark.parametrize(
    ("term", "reading", "first", "last"),
    [
        ("end", "base", "2026-01-22T00:00:00Z", "2026-01-22T00:00:00Z"),
        ("duration", "ISL-e3", "2026-01-12T00:00:00Z", "2026-01-14T00:00:00Z"),
        ("duration", "base", "2026-01-22T00:00:00Z", "2026-01-24T00:00:00Z"),
        ("start", "NOR-e4", "2026-01-14T00:00:00Z", "2026-01-24T00:00:00Z"),
    ],
)
def test_a_governing_reading_is_chosen_term_by_term(
    term: str, reading: str, first: str, last: str
) -> None:
    """Whose length counts is settled; from whose start stays contested, and the other way round."""
    given = says(says(pause(), "ISL", "duration", "P10D"), "NOR", "start", "2026-01-03")
    given.on("GoverningReadingChosen", at="2026-01-03T00:00:00Z", term=term, reading=reading)
    commitment = given.commitment("2026-01-04T00:00:00Z")

    assert (first, last) == tuple(
        format_instant(at) for at in (commitment.alert_end, commitment.state_end) if at is not None
    )
    assert {"base", "ISL-e3", "NOR-e4"} <= {reading.id for reading in commitment.readings}
    assert commitment.governing_reading in commitment.readings


def test_two_choices_together_leave_one_end() -> None:
    """Whose length and whose start: an end that no account gave by itself has its own id."""
    given = says(says(pause(), "ISL", "duration", "P10D"), "NOR", "start", "2026-01-03")
    for term, reading in (("duration", "ISL-e3"), ("start", "NOR-e4")):
        given.on("GoverningReadingChosen", at="2026-01-03T00:00:00Z", term=term, reading=reading)
    commitment = given.commitment("2026-01-04T00:00:00Z")

    assert commitment.alert_end == commitment.state_end
    assert commitment.governing_reading is not None
    assert commitment.governing_reading.id.endswith("-governed")
    assert "2026-01-14T00:00:00Z" == format_instant(commitment.governing_reading.at)


def test_a_governing_account_that_does_not_say_how_to_count_keeps_both_counts() -> None:
    """The choice is between accounts; what the chosen one leaves open stays open."""
    given = History().promise(at=MADE, kind="maintenance", terms={
        "start": "2026-01-01", "duration": "P20D", "zone": "UTC", "reading": "base"})  # fmt: skip
    given = says(given, "ISL", "duration", "P10D")
    given.on("GoverningReadingChosen", at="2026-01-03T00:00:00Z", term="duration", reading="base")
    commitment = given.commitment("2026-01-04T00:00:00Z")

    assert ("2026-01-21T00:00:00Z", "2026-01-22T00:00:00Z", "base-exclusive") == (
        commitment.alert_end and format_instant(commitment.alert_end),
        commitment.state_end and format_instant(commitment.state_end),
        commitment.governing_reading and commitment.governing_reading.id,
    )


def test_a_governing_reading_must_speak_of_its_term() -> None:
    """An account that says nothing of the scope cannot govern it."""
    given = says(pause(), "ISL", "scope", "all of it")
    assert "9" == given.judged("GoverningReadingChosen", at="2026-01-03T00:00:00Z", term="scope",
                               reading="ISL-e3")  # fmt: skip
    with pytest.raises(UnknownId, match="reading of scope 'base'"):
        given.judged("GoverningReadingChosen", at="2026-01-03T00:00:00Z", term="scope",
                     reading="base")  # fmt: skip


def test_an_incident_between_two_starts_counts_and_is_tagged() -> None:
    """By one account the window was open, by the other it was not."""
    given = says(pause(), "ISL", "start", "2026-01-05")
    given.on("ViolationAlleged", at="2026-01-03T00:00:00Z", incident="i")
    given.on("ViolationAlleged", at="2026-01-06T00:00:00Z", incident="j")
    commitment = given.commitment("2026-01-07T00:00:00Z")

    assert [(True, ("contested_window",)), (True, ())] == [
        (incident.counted, incident.tags) for incident in commitment.incidents
    ]


def test_an_agreed_new_quantity_is_what_is_promised() -> None:
    """A number all parties settle replaces the promised one; one side's does not."""
    given = History().promise(at=MADE, terms={"quantity": 175})
    alone = says(given, "NOR", "quantity", 150).commitment("2026-01-03T00:00:00Z").promised
    given.on("TermsClarified", at="2026-01-03T00:00:00Z", term="quantity", value=160,
             by=["NOR", "ISL"])  # fmt: skip

    assert (175, 160) == (alone, given.commitment("2026-01-04T00:00:00Z").promised)


def test_an_extension_to_a_date_is_meant_as_said_after_a_tolled_suspension() -> None:
    """Time suspended before the new date was agreed is not added to it once more."""
    given = pause().on("SuspensionDeclared", at="2026-01-02T00:00:00Z", tolls=True)
    given.on("Resumed", at="2026-01-05T00:00:00Z")
    given.on("TermExtended", at="2026-01-06T00:00:00Z", terms={"end": "2026-02-01"},
             by=["NOR", "ISL"])  # fmt: skip

    assert ["2026-02-02T00:00:00Z"] == [at for _, at in ends(given, "2026-01-07T00:00:00Z")]


def test_extensions_of_one_word_leave_one_end() -> None:
    """However many there were: what a later one has settled is not said again with it."""
    given = pause()
    for day, end in ((3, "2026-02-01"), (4, "2026-03-01"), (5, "2026-02-20")):
        given.on("TermExtended", at=f"2026-01-0{day}T00:00:00Z", terms={"end": end},
                 by=["NOR", "ISL"])  # fmt: skip

    assert ["2026-02-21T00:00:00Z"] == [at for _, at in ends(given, "2026-01-06T00:00:00Z")]


def test_what_two_accounts_of_one_party_say_rests_on_a_single_source() -> None:
    """The flag goes by parties: a spokesperson is no second source of the state's length."""
    terms = {"start": "2026-01-02", "duration": "P30D"}
    given = History().promise(at="2026-01-02T00:00:00Z", terms=terms, speaker="oslo")
    given.on("ReadingAsserted", at="2026-01-03T00:00:00Z", speaker="oslo-press",
             term="duration", value="P30D")  # fmt: skip

    assert Flag.SINGLE_SOURCE not in flags_of(given.commitment("2026-01-04T00:00:00Z"))
    given.spoken_for(**{"oslo": "NOR", "oslo-press": "NOR"})
    assert Flag.SINGLE_SOURCE in flags_of(given.commitment("2026-01-04T00:00:00Z"))


def test_what_parties_settle_goes_back_to_each_of_them() -> None:
    """Nobody is quoted, so those who settle it are the sources."""
    given = History().promise(at="2026-01-02T00:00:00Z", kind="maintenance", speaker="NOR",
                              terms={"start": "2026-01-02"})  # fmt: skip
    given.on("TermsClarified", at="2026-01-03T00:00:00Z", term="end", value="2026-03-01",
             by=["NOR", "ISL"])  # fmt: skip
    commitment = given.commitment("2026-01-04T00:00:00Z")
    support = support_for(commitment)

    assert support is not None
    assert (("ISL", "NOR"), False) == (support.roots, is_single_source(commitment))


def test_what_one_body_says_that_parties_settled_has_one_source() -> None:
    """It is quoted, and they are not."""
    given = History().promise(at="2026-01-02T00:00:00Z", kind="maintenance", speaker="un",
                              terms={"start": "2026-01-02"})  # fmt: skip
    given.on("TermsClarified", at="2026-01-03T00:00:00Z", by=["NOR", "ISL"], speaker="un",
             term="end", value="2026-03-01")  # fmt: skip

    assert is_single_source(given.commitment("2026-01-04T00:00:00Z"))


def test_an_account_that_counts_from_another_day_is_a_source_of_the_window() -> None:
    """It gives no length, and moves the end all the same."""
    given = History().promise(at="2026-01-01T12:00:00Z", kind="maintenance", speaker="NOR",
                              terms={"start": "2026-01-01", "duration": "P30D"})  # fmt: skip
    assert is_single_source(given.commitment("2026-01-03T00:00:00Z"))
    given.on("ReadingAsserted", at="2026-01-02T12:00:00Z", speaker="ISL",
             terms={"start": "2026-01-05"})  # fmt: skip
    support = support_for(given.commitment("2026-01-03T00:00:00Z"))

    assert support is not None
    assert (("ISL", "NOR"), 2) == (support.roots, support.reports)


def test_an_account_that_repeats_itself_counts_once() -> None:
    """Its reading stands once, under what governs, its report is one; both entries stay."""
    given = History().promise(at="2026-01-01T12:00:00Z", kind="maintenance", speaker="NOR",
                              terms={"end": "2026-01-30", "zone": "UTC"})  # fmt: skip
    for day in ("02", "03"):
        given.on("ReadingAsserted", at=f"2026-01-{day}T12:00:00Z", speaker="ISL",
                 terms={"end": "2026-02-10"})  # fmt: skip
    c = given.commitment("2026-01-05T00:00:00Z")
    support, readings = support_for(c), readings_json(c)
    ends = [(reading["by"], reading["at"]) for reading in readings if "at" in reading]

    assert support is not None
    assert (3, 2) == (len(support.events), support.reports)
    assert [("NOR", "2026-01-31T00:00:00Z"), ("ISL", "2026-02-11T00:00:00Z")] == ends
    repeated = [r.id for r in c.readings if r.by == "ISL"]
    given.on("GoverningReadingChosen", at="2026-01-04T12:00:00Z", term="end", reading=repeated[1],
             reason="it is the later one")  # fmt: skip
    state = given.state("2026-01-05T00:00:00Z")
    rows = [row for row in open_readings(state, state.commitments["c"]) if row["by"] == "ISL"]
    assert [(repeated[1], True)] == [(row["reading"], row["governing"]) for row in rows]


def test_a_length_that_somebody_else_gives_rests_on_that_one() -> None:
    """Iceland takes part; only Norway's press says for how long, whoever quotes whom."""
    terms = {**TERMS, "reading_of": "nor-mod"}
    given = History().promise(at=MADE, kind="maintenance", debtor=["ISL"], creditor=["NOR"],
                              speaker="ISL", primary_source="isl-mfa", terms=terms)  # fmt: skip
    support = support_for(given.commitment("2026-01-03T00:00:00Z"))

    assert support is not None
    assert ("nor-mod",) == support.roots
