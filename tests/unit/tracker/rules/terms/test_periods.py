"""A window is a list of periods: renewals add one, extensions move the end of the current one."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st
from msgspec.structs import replace

from events import RecordedEvent
from tests.support.given import History
from tracker.errors import TrackerError
from tracker.model.commitment import Commitment
from tracker.model.vocabulary import Flag, State
from tracker.rules.terms.disputes import flags_of
from tracker.rules.terms.extension import day_of_end

ALL = ["NOR", "ISL"]
SIXTY: dict[str, Any] = {"start": "2025-03-01", "duration": "P60D", "count": "exclusive"}


def promised(**terms: Any) -> History:
    return History().promise(at="2025-03-01T12:00:00Z", kind="maintenance", terms=terms)


def ends(c: Commitment) -> dict[str, str]:
    """The last day of each reading, by its id."""
    return {reading.id: day_of_end(reading) for reading in c.readings}


def at(day: str) -> str:
    return f"{day}T12:00:00Z"


CORRIDOR = {
    "start": "2022-07-22",
    "duration": "P120D",
    "count": "exclusive",
    "tacit_renewal": True,
    "zone": "Europe/Istanbul",
    "reading": "text",
}
SIDES = {"debtor": ["RUS"], "creditor": ["UKR", "TUR"]}
EVERYONE = ["RUS", "UKR", "TUR"]


def corridor() -> History:
    """The grain corridor: 120 days, renewed twice, the second time for a length in dispute."""
    given = History().promise(at=at("2022-07-22"), kind="maintenance", terms=CORRIDOR, **SIDES)
    given.on("TermRenewed", at=at("2022-11-17"), by=EVERYONE, terms={"duration": "P120D"})
    given.on("TermRenewed", at=at("2023-03-18"), by=EVERYONE)
    for party, length in (("RUS", "P60D"), ("UKR", "P120D")):
        given.on("ReadingAsserted", at=at("2023-03-18"), speaker=party, term="duration",
                 value=length)  # fmt: skip
    return given


def test_each_period_begins_where_the_one_before_ends() -> None:
    """The first two ends of the grain corridor, under one id of the reading."""
    first, second = (corridor().commitment(at(day)) for day in ("2022-08-01", "2022-11-18"))

    assert [{"text": "2022-11-19"}, {"text": "2023-03-19"}] == [ends(first), ends(second)]


def test_a_length_that_one_party_gives_is_counted_from_the_beginning_of_the_period() -> None:
    """RUS says 60 days, UKR 120: 18 May or 17 July 2023, and the end is disputed."""
    commitment = corridor().commitment(at("2023-03-19"))

    assert {"2023-05-18", "2023-07-17"} == set(ends(commitment).values())
    assert "2023-07-17" == ends(commitment)["text"]
    assert Flag.TERMS_DISPUTED in flags_of(commitment)


def test_the_end_of_a_period_is_said_by_whoever_tells_of_its_length() -> None:
    """UKR tells of the second renewal: 17 July is its word, not that of who told the start."""
    given = History().promise(at=at("2022-07-22"), kind="maintenance", terms=CORRIDOR, **SIDES,
                              speaker="TUR")  # fmt: skip
    given.on("TermRenewed", at=at("2022-11-17"), by=EVERYONE, speaker="UKR",
             terms={"duration": "P120D"})  # fmt: skip
    given.on("ReadingAsserted", at=at("2022-11-17"), speaker="RUS", term="duration", value="P60D")
    commitment = given.commitment(at("2022-11-18"))

    assert {"UKR": "2023-03-19", "RUS": "2023-01-18"} == {
        r.by: day_of_end(r) for r in commitment.readings
    }


def test_an_end_that_all_agree_on_settles_the_period() -> None:
    """On 17 May all agree on 17 July: one reading, no dispute."""
    given = corridor().on("TermExtended", at=at("2023-05-17"), by=EVERYONE,
                          terms={"end": "2023-07-17"})  # fmt: skip
    commitment = given.commitment(at("2023-05-18"))

    assert ["2023-07-17"] == list(ends(commitment).values())
    assert Flag.TERMS_DISPUTED not in flags_of(commitment)


def test_what_a_notice_has_ended_cites_the_notice() -> None:
    """Without it there would be another period."""
    given = promised(**SIXTY, tacit_renewal=True)
    given.on("NonRenewalNotified", at=at("2025-04-01"), speaker="NOR")
    cause = given.commitment(at("2025-05-02")).state_cause

    assert ("T8", ("e2", "e3")) == (cause.rule, cause.events)


def test_a_notice_ends_it_with_the_period() -> None:
    """After the end that all agreed on nothing is renewed, since one party said so in time."""
    given = corridor().on("TermExtended", at=at("2023-05-17"), by=EVERYONE,
                          terms={"end": "2023-07-17"})  # fmt: skip
    unsaid = given.commitment(at("2023-07-18"))
    given.on("NonRenewalNotified", at="2023-07-17T09:00:00Z", speaker="RUS")

    assert [State.IN_FORCE, State.EXPIRED] == [
        unsaid.state,
        given.commitment(at("2023-07-18")).state,
    ]


def test_a_length_that_is_added_moves_every_end_that_stands() -> None:
    """Both ways to count the first day stay, and so do their ids."""
    given = promised(start="2025-03-01", duration="P60D", reading="r")
    before = ends(given.commitment(at("2025-04-01")))
    given.on("TermExtended", at=at("2025-04-20"), by=ALL, terms={"extend_by": "P30D"})
    commitment = given.commitment(at("2025-04-21"))

    assert {"r-inclusive": "2025-04-29", "r-exclusive": "2025-04-30"} == before
    assert {"r-inclusive": "2025-05-29", "r-exclusive": "2025-05-30"} == ends(commitment)
    assert Flag.TERMS_DISPUTED not in flags_of(commitment)


def test_what_is_read_after_an_extension_is_not_extended() -> None:
    """A party that then says 90 days speaks of the whole period."""
    given = promised(**SIXTY)
    given.on("TermExtended", at=at("2025-04-20"), by=ALL, terms={"extend_by": "P30D"})
    given.on("ReadingAsserted", at=at("2025-04-21"), speaker="NOR", term="duration", value="P90D")

    assert {"2025-05-30"} == set(ends(given.commitment(at("2025-04-22"))).values())


@pytest.mark.parametrize(
    ("name", "terms", "words"),
    [
        ("TermExtended", {"duration": "P30D"}, r"expected terms\.extend_by or terms\.end"),
        ("TermExtended", {"scope": "all ports"}, "it moves no end"),
        ("TermExtended", {}, "it moves no end"),
        ("TermExtended", {"extend_by": "P1D", "end": "2025-06-01"}, "moves the end twice"),
        ("TermRenewed", {"end": "2025-04-01"}, "before the end of the current period, 2025-04-30"),
    ],
)
def test_a_change_without_a_way_to_count_is_refused(
    name: str, terms: dict[str, Any], words: str
) -> None:
    """Each refusal says what is missing."""
    with pytest.raises(TrackerError, match=words):
        promised(**SIXTY).judged(name, at=at("2025-04-20"), by=ALL, terms=terms)


def test_the_refusal_of_a_bare_length_has_both_ways_to_say_it() -> None:
    """The hint adds the length, and names the day that this leads to; who says so stays."""
    with pytest.raises(TrackerError) as refused:
        promised(**SIXTY).judged(
            "TermExtended", at=at("2025-04-20"), by=ALL, speaker="ISL", tlp="AMBER",
            terms={"duration": "P30D"},
        )  # fmt: skip

    fields = "by=NOR,ISL speaker=ISL occurred=2025-04-20 tlp=AMBER"
    assert f"{fields} terms.extend_by=P30D" in refused.value.hint
    assert f"{fields} terms.end=2025-05-30" in refused.value.hint


@pytest.mark.parametrize("name", ["TermExtended", "TermRenewed"])
def test_what_has_no_end_is_neither_extended_nor_renewed_by_a_length(name: str) -> None:
    """There is nothing to count from."""
    term = "extend_by" if name == "TermExtended" else "duration"
    with pytest.raises(TrackerError, match="there is no end on record"):
        promised(scope="all").judged(name, at=at("2025-04-20"), by=ALL, terms={term: "P30D"})


def test_version_1_keeps_its_meaning() -> None:
    """Its length is that of the whole window, from the first day on."""
    given = promised(**SIXTY)
    for name, length in (("TermExtended", "P90D"), ("TermRenewed", "P100D")):
        given.on(name, at=at("2025-04-20"), by=ALL, terms={"duration": length})
        stored = given.events[-1]
        given.events[-1] = _as_version_1(stored)

    assert ["2025-06-09"] == list(ends(given.commitment(at("2025-04-21"))).values())


def _as_version_1(event: RecordedEvent) -> RecordedEvent:
    return replace(event, type=event.type.replace(".v2", ".v1"))


def test_a_renewal_by_conduct_is_a_finding() -> None:
    """Somebody without a basis cannot say that the parties simply went on."""
    given = promised(**SIXTY)
    with pytest.raises(TrackerError, match="is a finding"):
        given.judged("TermRenewed", at=at("2025-04-20"), tacit="conduct")

    conduct = {"tacit": "conduct", "basis": "neutral_body"}
    assert "23" == promised(**SIXTY).judged("TermRenewed", at=at("2025-04-20"), **conduct)


def test_a_clause_renews_only_where_it_is_on_record() -> None:
    """Without one the entry is refused, with what can be recorded."""
    with pytest.raises(TrackerError, match="no clause on record"):
        promised(**SIXTY).judged("TermRenewed", at=at("2025-04-20"), tacit="clause")


def test_what_is_conditional_or_suspended_stays_so() -> None:
    """An extension moves the end, a renewal adds a period, and the state stays."""
    given = promised(**SIXTY).on("SuspensionDeclared", at=at("2025-03-10"))
    given.on("TermRenewed", at=at("2025-03-11"), by=ALL, terms={"duration": "P10D"})
    commitment = given.commitment(at("2025-03-12"))
    waiting = History().promise(
        "AcceptedConditionally", at="2025-03-01T12:00:00Z", terms={"due": "2025-04-10"},
        antecedents=[{"id": "a"}])  # fmt: skip
    waiting.on("TermExtended", at=at("2025-03-11"), by=ALL, terms={"due": "2025-05-01"})
    conditional = waiting.commitment(at("2025-03-12"))

    assert (State.SUSPENDED, ["2025-05-10"]) == (commitment.state, list(ends(commitment).values()))
    assert (State.CONDITIONAL, ["2025-05-01"]) == (
        conditional.state,
        list(ends(conditional).values()),
    )


def test_a_renewal_may_name_the_day_on_which_the_period_ends() -> None:
    """One reading then, whatever the period before ended at."""
    given = promised(start="2025-03-01", duration="P60D")
    given.on("TermRenewed", at=at("2025-04-20"), by=ALL, terms={"end": "2025-09-01"})

    assert ["2025-09-01"] == list(ends(given.commitment(at("2025-04-21"))).values())


def test_a_clause_goes_on_renewing_for_its_length_once_a_date_has_replaced_it() -> None:
    """Sixty days, to a date by agreement, then sixty days more."""
    given = promised(**SIXTY, tacit_renewal=True)
    given.on("TermExtended", at=at("2025-04-20"), by=ALL, terms={"end": "2025-05-31"})

    assert ["2025-07-30"] == list(ends(given.commitment(at("2025-06-01"))).values())


@pytest.mark.parametrize(
    ("day", "last"), [("2025-04-20", "2025-04-30"), ("2025-04-21", "2025-06-29")]
)
def test_a_notice_later_than_its_clause_asks_for_counts_from_the_next_period(
    day: str, last: str
) -> None:
    """Ten days before the end of 30 April the notice is in time, a day later it is not."""
    clause = {"renewal": {"notice": "P10D"}}
    given = History()
    given.add("AgreementRecorded", at="2025-01-02T00:00:00Z", agreement="accord", title="Accord",
              parties=["NOR", "ISL"], clauses=clause)  # fmt: skip
    given.promise(at="2025-03-01T12:00:00Z", kind="maintenance", terms=SIXTY)
    given.on("NonRenewalNotified", at=at(day), speaker="NOR")
    commitment = given.commitment("2025-12-01T00:00:00Z")

    assert (State.EXPIRED, [last]) == (commitment.state, list(ends(commitment).values()))


@pytest.mark.parametrize(
    ("period", "end"),
    [(None, "2025-05-20"), ("2025-05-02", "2025-05-20"), ("2025-03-20", "2025-04-20")],
)
def test_a_reading_speaks_of_the_current_period_or_of_the_one_that_it_names(
    period: str | None, end: str
) -> None:
    """An earlier end moves where the later periods begin, for who reads it so."""
    given = promised(**SIXTY, reading="text")
    given.on("TermRenewed", at=at("2025-04-20"), by=ALL, terms={"duration": "P30D"})
    named = {"period": period} if period else {}
    given.on("ReadingAsserted", at=at("2025-05-02"), speaker="ISL", term="duration", value="P20D",
             **named)  # fmt: skip

    assert {"text": "2025-05-30", "ISL-e4": end} == ends(given.commitment(at("2025-05-02")))


@pytest.mark.parametrize(
    ("period", "end"),
    [("2025-03-20", "2025-08-18"), ("2025-05-10", "2025-08-18"), ("2025-08-01", "2025-09-17")],
)
def test_a_period_that_a_clause_added_can_be_read_by_itself(period: str, end: str) -> None:
    """By the clause each is thirty days; of the one that is named ISL says fifty, or ten."""
    given = promised(**SIXTY, tacit_renewal="P30D", reading="text")
    length = {"2025-03-20": "P50D", "2025-05-10": "P20D", "2025-08-01": "P50D"}[period]
    given.on("ReadingAsserted", at=at("2025-08-02"), speaker="ISL", term="duration", value=length,
             period=period)  # fmt: skip

    assert {"text": "2025-08-28", "ISL-e3": end} == ends(given.commitment(at("2025-08-02")))


def test_what_all_parties_clarify_of_an_earlier_period_settles_its_end() -> None:
    """Both ways to count were kept; the day on which the first period ended moves the second."""
    given = promised(start="2025-03-01", duration="P60D", reading="r")
    given.on("TermRenewed", at=at("2025-04-20"), by=ALL, terms={"duration": "P30D"})
    given.on("TermsClarified", at=at("2025-05-02"), by=ALL, term="end", value="2025-04-30",
             period="2025-04-01")  # fmt: skip

    assert ["2025-05-30"] == list(ends(given.commitment(at("2025-05-03"))).values())


def test_a_period_that_is_none_of_the_window_is_refused() -> None:
    """Before it opens, and after the last end."""
    for period in ("2025-02-27", "2025-05-01"):
        with pytest.raises(TrackerError, match=f"no period of its window has {period} in it"):
            promised(**SIXTY).judged("ReadingAsserted", at=at("2025-04-20"), term="duration",
                                     value="P9D", period=period)  # fmt: skip


@hypothesis_given(
    lengths=st.lists(st.integers(1, 400), min_size=1, max_size=6),
    start=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    tacit=st.integers(0, 5),
)
def test_days_of_periods_add_up(lengths: list[int], start: date, tacit: int) -> None:
    """Whatever renews a window: its end is the sum of its periods, counted once from the start."""
    terms: dict[str, Any] = {
        "start": start.isoformat(),
        "duration": f"P{lengths[0]}D",
        "count": "exclusive",
    }
    terms |= {"zone": "UTC", "tacit_renewal": True, "reading": "r"}
    given = History().promise(at=at(start.isoformat()), kind="maintenance", terms=terms)
    for length in lengths[1:]:
        given.on("TermRenewed", at=at(start.isoformat()), by=ALL, terms={"duration": f"P{length}D"})
    end = start + timedelta(days=sum(lengths) + tacit * lengths[-1])
    commitment = given.commitment(at(end.isoformat()))

    assert {"r": end.isoformat()} == ends(commitment)


@pytest.mark.parametrize(
    ("fields", "by"),
    [({"by": ALL}, "all parties"), ({"by": ALL, "speaker": "ISL"}, "ISL"),
     ({"by": ["council"], "basis": "neutral_body"}, "council")],
)  # fmt: skip
def test_row_22_an_end_that_was_agreed_is_of_those_who_agreed(
    fields: dict[str, Any], by: str
) -> None:
    """Who tells of it, else who decided it, else all parties, and never nobody."""
    given = promised(**SIXTY).on(
        "TermExtended", at=at("2025-04-01"), terms={"end": "2025-06-30"}, **fields
    )

    assert {by} == {reading.by for reading in given.commitment(at("2025-04-02")).readings}


def test_row_22_an_end_that_one_source_moves_again_and_again_stays_one() -> None:
    """Of three extensions that it tells of the last counts, once."""
    given = promised(**SIXTY)
    for day, end in ((1, "2025-06-30"), (2, "2025-07-31"), (3, "2025-07-15")):
        given.on("TermExtended", at=at(f"2025-04-0{day}"), by=ALL, terms={"end": end})

    assert ["2025-07-15"] == list(ends(given.commitment(at("2025-04-04"))).values())
