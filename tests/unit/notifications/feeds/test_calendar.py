"""The calendar: one entry a reading, a UID that stays, a SEQUENCE that counts the changes."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from dateutil.rrule import rrulestr
from icalendar import Calendar

from events import parse_instant
from notifications.feeds.calendar import Place, calendar, entries_text
from notifications.feeds.revisions import Revision, revisions
from notifications.feeds.stated import names_in
from tests.support.given import AGREEMENT, REGISTRY, History

DUE = {"due": "2026-02-10"}


def entries(history: History, now: str) -> dict[str, Revision]:
    made = revisions(AGREEMENT, history.events, parse_instant(now), REGISTRY, names_in(REGISTRY))
    return {f"{each.commitment}.{each.reading}": each for each in made.entries}


def file_of(history: History, now: str) -> list[Any]:
    place = Place("http://b.example/", "desk.example")
    text = entries_text(AGREEMENT, entries(history, now).values(), place)
    made = calendar([text], name="d", note="n")
    return list(Calendar.from_ical(made).subcomponents)


def only(history: History, now: str) -> Revision:
    (entry,) = entries(history, now).values()
    return entry


def test_an_achievement_is_an_event_of_the_day_it_is_due() -> None:
    """By the promise and its parties, with an alarm the day before; its UID is of this desk."""
    (event,) = file_of(
        History().promise(at="2026-01-05T00:00:00Z", terms=DUE), "2026-01-06T00:00:00Z"
    )
    (alarm,) = event.subcomponents

    assert "Norway to Iceland: do it, due" == event["summary"]
    assert (date(2026, 2, 10), date(2026, 2, 11)) == (event.start, event.end)
    assert ("CONFIRMED", "c.e2@desk.example") == (event["status"], event["uid"])
    assert (timedelta(days=-1), "DISPLAY") == (alarm.TRIGGER, alarm["action"])


def test_an_end_at_an_hour_is_an_event_without_a_length() -> None:
    """At its instant, which is all that is known of it."""
    history = History().promise(at="2026-01-05T00:00:00Z", terms={"due": "2026-02-10T12:00:00Z"})
    (event,) = file_of(history, "2026-01-06T00:00:00Z")

    assert parse_instant("2026-02-10T12:00:00Z") == event.decoded("dtstart")
    assert "dtend" not in event


def test_a_calendar_without_entries_has_a_component() -> None:
    """RFC 5545, 3.4; one that no calendar shows."""
    made = Calendar.from_ical(calendar([], name="d", note="n"))

    assert ["VTIMEZONE"] == [each.name for each in made.subcomponents]
    assert ("d", timedelta(hours=1)) == (made["name"], made.decoded("refresh-interval"))


def test_an_end_by_either_way_to_count_is_an_entry_each() -> None:
    """A day each, no bar from the start of the window, and no dispute between parties."""
    terms = {"start": "2026-02-01", "duration": "P30D"}
    history = History().promise(at="2026-01-05T00:00:00Z", kind="maintenance", terms=terms)
    first, second = file_of(history, "2026-01-06T00:00:00Z")

    assert ("VEVENT", "VEVENT") == (first.name, second.name)
    assert first["uid"] != second["uid"]
    assert "disputed" not in first["categories"].cats
    assert "TRANSPARENT" == first["transp"]
    assert ["ends if the first day counts", "ends if the first day does not count"] == [
        e["summary"].rpartition(", ")[2] for e in (first, second)
    ]
    assert [timedelta(days=1)] * 2 == [e.end - e.start for e in (first, second)]


def test_an_end_by_the_clocks_of_two_cities_is_an_entry_each_that_says_which() -> None:
    """Both may be of one day, and would look like the same thing twice."""
    terms = {"due": "2026-02-10", "zones": ["Europe/Oslo", "Atlantic/Reykjavik"]}
    history = History().promise(at="2026-01-05T00:00:00Z", terms=terms)
    summaries = [event["summary"] for event in file_of(history, "2026-01-06T00:00:00Z")]

    assert ["due by the clock in Oslo", "due by the clock in Reykjavik"] == [
        summary.rpartition(", ")[2] for summary in summaries
    ]


def test_a_disputed_end_says_who_reads_it_so() -> None:
    """Of two accounts that differ, each entry names its own."""
    terms = {"end": "2026-03-01"}
    history = History().promise(at="2026-01-05T00:00:00Z", kind="maintenance", terms=terms)
    history.on("ReadingAsserted", at="2026-01-06T00:00:00Z", term="end", value="2026-04-01",
               speaker="ISL")  # fmt: skip
    *_, theirs = file_of(history, "2026-01-07T00:00:00Z")

    assert "disputed" in theirs["categories"].cats
    assert theirs["summary"].endswith("ends as read by Iceland (disputed)")


def test_an_end_on_which_all_agree_is_not_disputed_for_another_term() -> None:
    """Accounts differ on how much; the calendar tells when."""
    terms = {"end": "2026-03-01", "quantity": 9}
    history = History().promise(at="2026-01-05T00:00:00Z", kind="maintenance", terms=terms)
    history.on("ReadingAsserted", at="2026-01-06T00:00:00Z", term="quantity", value=7,
               speaker="ISL")  # fmt: skip

    (end,) = file_of(history, "2026-01-07T00:00:00Z")
    assert end["summary"].endswith(", ends")


def test_an_extension_raises_the_sequence_by_one() -> None:
    """The UID stays, the due moves."""
    history = History().promise(at="2026-01-05T00:00:00Z", terms=DUE)
    before = only(history, "2026-01-06T00:00:00Z")
    history.on("TermExtended", at="2026-01-07T00:00:00Z", terms={"due": "2026-03-01"},
               by=["NOR", "ISL"], basis="both_sides")  # fmt: skip
    after = only(history, "2026-01-08T00:00:00Z")

    assert (0, 1) == (before.sequence, after.sequence)
    assert before.reading == after.reading
    assert before.content.end < after.content.end


def test_what_changes_nothing_here_raises_nothing() -> None:
    """A report is a claim: the entry stays as it is."""
    history = History().promise(at="2026-01-05T00:00:00Z", terms=DUE)
    history.on("PerformanceReported", at="2026-01-07T00:00:00Z", quantity=5, of=10)

    assert 0 == only(history, "2026-01-08T00:00:00Z").sequence


def test_done_is_in_its_title() -> None:
    """And one change more; nobody is alarmed by it."""
    history = History().promise(at="2026-01-05T00:00:00Z", terms=DUE)
    history.on("PerformanceConfirmed", at="2026-01-07T00:00:00Z", basis="both_sides")
    entry = only(history, "2026-01-08T00:00:00Z")

    assert ("due (done)", False, 1) == (entry.content.what, entry.content.is_ahead, entry.sequence)


def test_what_is_retracted_is_cancelled_not_forgotten() -> None:
    """A calendar that has it must learn that it is off."""
    history = History().promise(at="2026-01-05T00:00:00Z", terms=DUE)
    history.add("EntryRetracted", at="2026-01-07T00:00:00Z", event="e2")
    entry = only(history, "2026-01-08T00:00:00Z")

    assert ("CANCELLED", 1) == (entry.content.status, entry.sequence)


def test_the_clock_may_change_an_entry_once() -> None:
    """An offer that ran out is off, without an event; asking again counts nothing."""
    history = History().promise(
        "CommitmentProposed", at="2026-01-05T00:00:00Z", terms=DUE, offer_valid_until="2026-01-20"
    )
    before, after, later = (
        next(iter(entries(history, f"2026-{day}T00:00:00Z").values()))
        for day in ("01-10", "01-25", "01-30")
    )

    assert ("TENTATIVE", 0) == (before.content.status, before.sequence)
    assert ("CANCELLED", 1) == (after.content.status, after.sequence)
    assert 1 == later.sequence


def test_a_sequence_never_falls() -> None:
    """However the record grows, each entry's number only rises."""
    history = History().promise(at="2026-01-05T00:00:00Z", terms=DUE)
    seen = [only(history, "2026-01-05T12:00:00Z").sequence]
    for day, due in ((6, "2026-03-01"), (7, "2026-04-01"), (8, "2026-03-15")):
        history.on("TermExtended", at=f"2026-01-0{day}T00:00:00Z", terms={"due": due},
                   by=["NOR", "ISL"], basis="both_sides")  # fmt: skip
        seen.append(only(history, f"2026-01-0{day}T12:00:00Z").sequence)

    assert [0, 1, 2, 3] == seen


def test_a_recurring_promise_is_one_event_with_its_rule() -> None:
    """Whole days from the first period to the day of the last begin, whatever the clocks do."""
    terms = {"start": "2026-03-27", "recurrence": "FREQ=DAILY;COUNT=4", "zone": "Europe/Kyiv"}
    history = History().promise(at="2026-01-05T00:00:00Z", kind="recurring", terms=terms)
    (event,) = file_of(history, "2026-01-06T00:00:00Z")
    days = list(rrulestr(event["rrule"].to_ical().decode(), dtstart=datetime(2026, 3, 27)))  # noqa: DTZ001

    assert ("VEVENT", "c.periods@desk.example") == (event.name, event["uid"])
    assert (date(2026, 3, 27), date(2026, 3, 28)) == (
        event.decoded("dtstart"),
        event.decoded("dtend"),
    )
    assert [27, 28, 29, 30] == [day.day for day in days]


def moments(history: History, now: str) -> dict[str, tuple[str, int]]:
    """Status and sequence of each entry that is no reading."""
    values = entries(history, now).values()
    return {r.reading: (r.content.status, r.sequence) for r in values if " " in r.reading}


def test_the_end_of_an_offer_is_an_entry_of_that_day() -> None:
    """A whole day, or it would be shown on the next; one that is moved has its SEQUENCE raised."""
    history = History().promise(
        "CommitmentProposed", at="2026-01-05T00:00:00Z", offer_valid_until="2026-01-20"
    )
    (event,) = file_of(history, "2026-01-06T00:00:00Z")
    replacement = {"offer_valid_until": "2026-01-25T09:00:00Z"}
    history.add("EntryCorrected", at="2026-01-07T00:00:00Z", event="e2", replacement=replacement)
    (moved,) = file_of(history, "2026-01-08T00:00:00Z")

    assert ("c.offer/ends@desk.example", 0) == (event["uid"], event["sequence"])
    assert (date(2026, 1, 20), date(2026, 1, 21)) == (
        event.decoded("dtstart"),
        event.decoded("dtend"),
    )
    assert (event["uid"], 1) == (moved["uid"], moved["sequence"])
    assert parse_instant("2026-01-25T09:00:00Z") == moved.decoded("dtstart")
    assert "dtend" not in moved


def test_an_offer_that_is_taken_is_off_the_calendar_and_one_that_ran_out_stays() -> None:
    """The due date that comes with the acceptance is an entry of its own."""
    offer = {"offer_valid_until": "2026-01-20"}
    ran_out = History().promise("CommitmentProposed", at="2026-01-05T00:00:00Z", **offer)
    taken = History().promise("CommitmentProposed", at="2026-01-05T00:00:00Z", **offer)
    taken.on("CommitmentAccepted", at="2026-01-08T00:00:00Z", speaker="NOR", terms=DUE)
    now = "2026-01-30T00:00:00Z"

    assert {"offer ends": ("CONFIRMED", 0)} == moments(ran_out, now)
    assert {"offer ends": ("CANCELLED", 1)} == moments(taken, now)
    assert 2 == len(entries(taken, now))


def test_conditions_and_notices_have_entries_of_their_own() -> None:
    """Each with its own number of changes; a notice that is revoked is off."""
    conditions = [
        {"id": name, "deadline": f"2026-02-{day}"} for name, day in (("a", "01"), ("b", "20"))
    ]
    history = History().promise(
        "AcceptedConditionally", at="2026-01-05T00:00:00Z", antecedents=conditions[:1]
    )
    history.on("ConditionAdded", at="2026-01-06T00:00:00Z", antecedent=conditions[1])
    history.on("ConditionSatisfied", at="2026-01-09T00:00:00Z", antecedent="a")
    now = "2026-01-10T00:00:00Z"
    assert {
        "condition a is due": ("CANCELLED", 1), "condition b is due": ("CONFIRMED", 0),
    } == moments(history, now)  # fmt: skip

    clause = {"withdrawal": {"notice": "P30D"}}
    history = History(clauses=clause).promise(at="2026-01-05T00:00:00Z", kind="maintenance")
    history.on("WithdrawalNotified", at="2026-01-06T00:00:00Z", by=["NOR"])
    assert {"notice of NOR ends": ("CONFIRMED", 0)} == moments(history, now)
    history.on("WithdrawalRevoked", at="2026-01-12T00:00:00Z", by=["NOR"])
    assert {"notice of NOR ends": ("CANCELLED", 1)} == moments(history, "2026-01-13T00:00:00Z")
