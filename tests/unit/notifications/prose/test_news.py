"""An alert in a sentence that says no more, and no less, than is on record."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from events import parse_instant
from notifications.alerts.alert import Alert
from notifications.language import Language
from notifications.prose.news import sentence, short_words
from notifications.prose.reader import Reader

AT = "2025-03-19T21:00:00Z"
DUE = {"term": "due", "id": "r", "by": None, "rule": "end_of_day", "zone": "UTC", "at": AT}
READERS = {
    code: Reader("UTC", parse_instant("2025-03-20T06:00:00Z"), {}, Language(code))
    for code in ("en", "de")
}


def words_of(kind: str, after: str, language: str = "en", **more: Any) -> str:
    """What a reader is told of a promise to Iceland, of which so much is confirmed."""
    axis, by = more.pop("axis", kind), more.pop("by", ("ISL",))
    alert = Alert(kind, "a", "c", AT, "key", axis, None, after, "12", ("e1",), "info",
                  origin={"by": by})  # fmt: skip
    commitment = {"kind": "achievement", "debtor": ["NOR"], "readings": [DUE], **more}
    return sentence(alert, commitment, READERS[language])


@pytest.mark.parametrize(
    ("after", "by", "words"),
    [
        ("22 of 23", ("ISL",), "Delivered so far: 22 of 23, according to Iceland."),
        (
            "22 of 23",
            ("ISL", "DNK"),
            "Delivered so far: 22 of 23, according to Iceland and Denmark.",
        ),
        ("22 of 23", (), "Delivered so far: 22 of 23."),
        ("22 of 23 reported", ("NOR",), "Delivered so far: 22 of 23 reported by Norway."),
    ],
)
def test_who_tells_of_a_delivery_did_not_make_it(
    after: str, by: tuple[str, ...], words: str
) -> None:
    """A creditor who confirms it reads as its source, and a report as somebody's report."""
    assert words == words_of("performance", after, by=by)


@pytest.mark.parametrize(
    ("kind", "axis", "after", "words"),
    [
        ("round_held", "round", "Oslo", "A round of talks was held, according to Iceland: Oslo."),
        ("round_held", "milestone", "map", "A milestone is reached, according to Iceland: map."),
        ("condition_satisfied", "condition lift", "satisfied",
         "A condition is met, according to Iceland: lift."),
        ("suspension_contested", "suspension", "contested",
         "Suspended by Iceland alone, which does not free it from anything: the others have not "
         "agreed."),
    ],
)  # fmt: skip
def test_what_somebody_tells_of_is_not_said_to_be_theirs(
    kind: str, axis: str, after: str, words: str
) -> None:
    """Of a suspension it is on record whose it is, and that nobody has agreed yet."""
    assert words == words_of(kind, after, axis=axis)


@pytest.mark.parametrize(
    ("delivered", "promised", "language", "words"),
    [
        (None, None, "en", "no more than a part of it is confirmed."),
        (22, 23, "en", "no more than 22 of 23 is confirmed."),
        (22, None, "en", "no more than 22 is confirmed."),
        (22, 23, "de", "bestätigt ist nicht mehr als 22 von 23."),
    ],
)
@pytest.mark.parametrize("kind", ["overdue", "lapsed"])
def test_what_is_late_in_part_says_how_much_is_there(
    kind: str, delivered: int | None, promised: int | None, language: str, words: str
) -> None:
    """And not that nobody has confirmed anything."""
    partial = {"grade": "partial", "delivered": delivered, "promised": promised}
    nothing = {"grade": "none", "delivered": None, "promised": promised}
    nearly = {"grade": "substantial", "delivered": None, "promised": promised}

    assert words in words_of(kind, kind, language, axis="state", fulfilment=partial)
    assert words not in words_of(kind, kind, language, axis="state", fulfilment=nothing)
    assert "nearly all of it is confirmed" in words_of(kind, kind, axis="state", fulfilment=nearly)


@pytest.mark.parametrize(
    ("kind", "after", "words"),
    [
        ("stale", "stale", "Nobody has reported anything about it since Sat 1 February."),
        (
            "suggestion",
            "stale for 90 days",
            "It may need a look: nobody has reported anything about it since Sat 1 February.",
        ),
        (
            "suggestion",
            "allegation i1 unanswered for 90 days",
            "It may need a look: nobody has answered the breach alleged on Thu 19 December 2024"
            " (shots were fired).",
        ),
        (
            "suggestion",
            "past due for 90 days, and neither side has spoken",
            "It may need a look: it was due Wed 19 March, at the end of the day in UTC (21:00 your"
            " time), and neither side has spoken since.",
        ),
    ],
)
def test_a_silence_is_told_with_its_day(kind: str, after: str, words: str) -> None:
    """Since when, and of what: the last word, the breach that is alleged, or the day it was due."""
    incidents = [{"id": "i1", "text": "shots were fired."}]
    more = {"last_activity": "2025-02-01T12:00:00Z", "incidents": incidents}

    assert words == words_of(kind, after, by=(), **more)


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("window_edge", "A breach on Wed 19 March is alleged by Norway: shots."),
        (
            "out_of_force",
            "A breach on Wed 19 March is alleged by Norway: shots. The promise did not bind then,"
            " so it does not count.",
        ),
        (
            "while_suspended",
            "A breach on Wed 19 March is alleged by Norway: shots. The promise was suspended by"
            " agreement then, so it does not count.",
        ),
    ],
)
def test_a_breach_that_does_not_count_is_told_as_such(tag: str, words: str) -> None:
    """What was done when nothing bound its debtor is alleged all the same."""
    incidents = [{"id": "i1", "text": "shots", "tags": [tag], "status": "alleged"}]

    assert words == words_of(
        "incident_alleged", "alleged", axis="incident i1", by=["NOR"], incidents=incidents
    )


@pytest.mark.parametrize(
    ("before", "own", "words"),
    [
        (None, {}, ": shots at a post."),
        ("alleged", {"text": "mortar fire"}, ": mortar fire."),
        ("alleged", {}, " (shots at a post)."),
    ],
    ids=["the first", "in other words", "without words"],
)
def test_nobody_alleges_in_the_words_of_another(
    before: str | None, own: dict[str, str], words: str
) -> None:
    """Of one incident the text is that of whoever alleged it first."""
    incidents = [{"id": "i1", "text": "shots at a post", "tags": [], "status": "alleged"}]
    alleged = Alert("incident_alleged", "a", "c", AT, "key", "incident i1", before, "alleged", "15",
                    ("e2",), "info", origin={"by": ["POL"], **own})  # fmt: skip
    commitment = {"kind": "maintenance", "incidents": incidents}

    assert f"A breach on Wed 19 March is alleged by Poland{words}" == sentence(
        alleged, commitment, READERS["en"]
    )


def test_a_silence_that_is_over_ends_on_the_day_of_its_alert() -> None:
    """Who was silent has spoken since: the day of that is not when they were last heard."""
    words = words_of("stale", "stale", by=(), last_activity="2025-03-20T05:00:00Z")

    assert "Nobody has reported anything about it since Wed 19 March." == words


def test_several_silences_are_told_together_in_german() -> None:
    """One suggestion points out all that are silent at its instant."""
    both = "stale for 90 days; allegation i2 unanswered for 90 days"
    words = words_of("suggestion", both, "de", by=(), last_activity="2025-02-01T12:00:00Z")

    assert (
        "Könnte eine Durchsicht brauchen: seit Sa 1. Februar wurde nichts mehr dazu gemeldet; "
        "auf den am Do 19. Dezember 2024 behaupteten Verstoß hat niemand geantwortet." == words
    )


READING = {**DUE, "term": "end", "at": "2025-03-20T00:00:00Z"}
LATER = {**READING, "id": "r2", "at": "2025-03-21T00:00:00Z"}
LIST = {"id": "list", "text": "Norway hands over a list.", "status": "open"}
WEEKS = {"zone": "UTC", "grace": "P2D", "recurrence": "FREQ=WEEKLY"}


@pytest.mark.parametrize(
    ("kind", "axis", "after", "more", "words"),
    [
        ("state_changed", "state", "expired", {"conditions": [LIST], "rule": "T2"},
         "It never came to bind. Not met by Wed 19 March: Norway hands over a list."),
        ("state_changed", "state", "expired", {"rule": "T1"},
         "The offer ran out Wed 19 March; nobody had accepted it."),
        ("contested_end_closed", "timing", "running", {"readings": [READING, LATER]},
         "By no reading is it over any more: Wed 19 or Thu 20 March."),
        ("contested_end_closed", "timing", "running", {"readings": [READING]},
         "Its end is no longer disputed: Wed 19 March, at the end of the day."),
        ("state_changed", "state", "violated", {"rule": "14"}, "Broken, as found Thu 20 March."),
        ("state_changed", "state", "violated", {"rule": "25b"},
         "Given up Thu 20 March, with no clause that allows it: broken."),
        ("period_due_soon", "period", "due_soon", {"before": "2025-03-13", "lead": "P1D"},
         "The part for the week of 13 March is due Thu 20 March, at the end of the day."),
        ("period_due_soon", "period", "due_soon", {"before": "2025-03-13", "lead": "PT0S"},
         "The part for the week of 13 March was due Wed 19 March, at the end of the day."),
    ],
)  # fmt: skip
def test_what_the_clock_does_at_the_end_of_a_day_is_told_as_it_stands_now(
    kind: str, axis: str, after: str, more: dict[str, Any], words: str
) -> None:
    """By the day that ended, with what was waited for, and what is past as past."""
    commitment = {"kind": "maintenance", "readings": [READING], "periods": WEEKS, **more}
    named = ("rule", "before", "lead")
    alert = structs.replace(
        Alert(kind, "a", "c", READING["at"], "key", axis, None, after, "T3", (), "info"),
        **{name: more[name] for name in named if name in more},
    )

    assert words == sentence(alert, commitment, READERS["en"])


def test_an_end_beside_others_is_another_reading_and_not_the_first() -> None:
    """Who is told of it has been told of a deadline before."""
    end = {"reading": "r2", "before": None, "after": LATER["at"], "zone": "UTC",
           "day_before": None, "day_after": "2025-03-20"}  # fmt: skip
    alert = Alert("terms_changed", "a", "c", AT, "key", "end", None, "changed", "4", ("e1",),
                  "warning", origin={"by": ["ISL"], "ends": [end]})  # fmt: skip
    beside = structs.replace(alert, origin={"by": ["ISL"], "ends": [{**end, "beside": True}]})
    commitment = {"kind": "achievement", "debtor": ["NOR"], "readings": [READING, LATER]}

    assert ["It is given a deadline by Iceland: Thu 20 March.",
            "There is another reading of its deadline by Iceland: Thu 20 March."] == [
        sentence(each, commitment, READERS["en"]) for each in (alert, beside)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "after", "at", "lead", "words"),
    [
        ("due_soon", "due_soon", "2025-03-01T00:00:00Z", "P7D", "Due Fri 7 March, at the end of"),
        ("due_soon", "due_soon", "2025-03-01T08:30:00Z", "P1D", "Due Sun 2 March, 08:30."),
        ("overdue", "overdue", "2025-03-08T00:00:00Z", None, "Overdue: it was due Fri 7 March, "),
        ("lapsed", "lapsed", "2025-03-10T00:00:00Z", None,
         "Missed: its date had passed, and its grace was over."),
        ("contested_end_began", "contested_end", "2025-03-08T00:00:00Z", None,
         "By one reading it was due Fri 7 March, at the end of the day."),
        ("contested_end_closed", "past", "2025-03-08T00:00:00Z", None,
         "Past its end by every reading: Fri 7 March, at the end of the day."),
        ("ended", "expired", "2025-03-08T00:00:00Z", None, "Ended Fri 7 March, at the end of"),
    ],
)  # fmt: skip
def test_old_news_names_the_end_of_then(
    kind: str, after: str, at: str, lead: str | None, words: str
) -> None:
    """Where the end has moved since, that of now would make it say what nobody was sent."""
    commitment = {"kind": "achievement", "debtor": ["NOR"], "readings": [DUE]}
    alert = Alert(kind, "a", "c", at, "key", "timing", "in_force", after, "T6", (), "info",
                  lead=lead)  # fmt: skip

    assert sentence(alert, commitment, READERS["en"]).startswith(words)


def test_a_warning_at_once_names_the_end_on_record() -> None:
    """What is recorded within a lead is not that long before its end."""
    alert = Alert("due_soon", "a", "c", "2025-03-17T09:00:00Z", "key", "timing", None, "due_soon",
                  "T4", ("e1",), "info", lead="P3D")  # fmt: skip
    commitment = {"kind": "achievement", "debtor": ["NOR"], "readings": [DUE]}

    assert "Due yesterday" not in sentence(alert, commitment, READERS["en"])
    assert "Wed 19 March" in sentence(alert, commitment, READERS["en"])


@pytest.mark.parametrize(
    ("kind", "axis", "words"),
    [
        ("state_changed", "state",
         "Suspended since Wed 19 March until Mon 31 March by Norway. Reason given: ice in the"
         " fjord."),
        ("suspension_contested", "suspension",
         "Suspended by Norway alone until Mon 31 March, which does not free it from anything: the"
         " others have not agreed. Reason given: ice in the fjord."),
    ],
)  # fmt: skip
def test_a_suspension_is_told_with_its_end_and_its_reason(kind: str, axis: str, words: str) -> None:
    """Those of the suspension that it is news of, and of no later one."""
    suspension = {"by": ["NOR"], "since": AT, "until": "2025-04-01T00:00:00Z",
                  "reason": "ice in the fjord."}  # fmt: skip
    later = {**suspension, "since": "2025-03-20T21:00:00Z"}

    assert words == words_of(kind, "suspended", axis=axis, by=["NOR"], suspension=suspension)
    assert "ice" not in words_of(kind, "suspended", axis=axis, by=["NOR"], suspension=later)


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ("2025-03-19T09:00:00Z", "Due Wed 19 or Thu 20 March."),
        ("2025-03-19T22:00:00Z", "By one reading it was due Wed 19 March, "),
    ],
)
def test_a_warning_of_an_end_that_one_reading_has_passed_is_none(now: str, words: str) -> None:
    """`Ends yesterday or today` is what nobody would say."""
    later = {**DUE, "id": "s", "at": "2025-03-20T21:00:00Z"}
    commitment = {"kind": "achievement", "debtor": ["NOR"], "readings": [DUE, later]}
    alert = Alert("due_soon", "a", "c", "2025-03-16T21:00:00Z", "key", "timing", None, "due_soon",
                  "T4", (), "warning", lead="P3D")  # fmt: skip
    reader = Reader("UTC", parse_instant(now))

    assert sentence(alert, commitment, reader).startswith(words)


@pytest.mark.parametrize(
    ("zone", "now", "words"),
    [
        # Half past one on the 20th in Berlin is the evening of the 19th in New York.
        ("Europe/Berlin", "2025-03-20T00:30:00Z", "due Wed 19 March"),
        ("Europe/Berlin", "2025-03-20T05:00:00Z", "due yesterday"),
        ("America/New_York", "2025-03-20T00:30:00Z", "due today"),
    ],
)
def test_no_day_is_yesterday_before_it_has_ended(zone: str, now: str, words: str) -> None:
    """A day ends by the clock of its own place, whatever day its reader has."""
    end = {**DUE, "at": "2025-03-20T04:00:00Z", "zone": "America/New_York"}
    commitment = {"kind": "achievement", "debtor": ["USA"], "readings": [end]}
    alert = Alert("due_soon", "a", "c", "2025-03-19T04:00:00Z", "key", "timing", None, "due_soon",
                  "T4", (), "warning", lead="P1D")  # fmt: skip
    reader = Reader(zone, parse_instant(now))

    assert words == short_words(alert, commitment, reader)


def test_readings_of_a_disputed_end_are_told_with_whose_they_are() -> None:
    """Of one that is past, too."""
    ends = [{**DUE, "by": "NOR"},
            {**DUE, "id": "s", "by": "ISL", "at": "2025-03-24T21:00:00Z"}]  # fmt: skip
    began = words_of("contested_end_began", "contested_end", axis="timing", readings=ends)

    assert began.startswith("By one reading (Norway) it was due Wed 19 March, ")
    assert "; by another (Iceland) there is time until Mon 24 March, " in began


@pytest.mark.parametrize(
    ("before", "more", "words"),
    [
        (None, {}, "In force since Wed 19 March; due Wed 19 March, at the end of the day."),
        ("proposed", {"readings": []}, "In force since Wed 19 March, with no end set."),
        ("conditional", {"awaiting": {"after": "x"}}, "In force since Wed 19 March."),
        ("expired", {}, "In force since Wed 19 March."),
    ],
)
def test_what_came_into_force_says_its_end_where_nothing_else_does(
    before: str | None, more: dict[str, Any], words: str
) -> None:
    """The move of its end does, of what had run out; what it waits for stands beside it."""
    due = {**DUE, "at": "2025-03-20T00:00:00Z"}
    commitment = {"kind": "achievement", "state": "in_force", "readings": [due], **more}
    alert = Alert("state_changed", "a", "c", AT, "key", "state", before, "in_force", "4", ("e1",),
                  "info")  # fmt: skip

    assert words == sentence(alert, commitment, READERS["en"])


def test_what_exceeds_a_limit_is_told_with_the_limit() -> None:
    """`5 of 2` would be a part of it."""
    alert = Alert("period_missed", "a", "c", AT, "key", "period", "2025-03-13", "missed", "12",
                  ("e1",), "warning", origin={"delivered": "5 of 2"})  # fmt: skip
    cap = {"kind": "recurring", "deontic": "prohibition", "periods": {"recurrence": "FREQ=WEEKLY"}}

    assert sentence(alert, cap, READERS["en"]).endswith("confirmed now: 5 instead of at most 2.")


def test_a_condition_of_one_side_is_told_as_its_reading() -> None:
    """In its own words; what the promise waits for is a condition."""
    reading = {"term": "condition", "id": "e1", "by": "ISL", "value": "no drones over the road"}
    added = {"axis": "condition drones", "readings": [reading]}
    waits = {"conditions": [{"id": "drones", "text": "no drones", "status": "open"}]}

    assert (
        "Iceland makes it depend on a condition, to which the others have not agreed: no drones "
        "over the road."
    ) == words_of("reading_added", "added", **added)
    assert "There is a new condition by Iceland: no drones." == words_of(
        "reading_added", "added", axis="condition drones", **waits
    )


@pytest.mark.parametrize(
    ("day", "after", "words"),
    [
        ("2025-03-19", "missed", "Missed for Wed 19 March."),
        ("2025-03-19", "partial", "Only partly met for Wed 19 March: 6 of 10 delivered."),
        ("2025-03-13", "missed", "Missed for Thu 13 March: it was due Wed 19 March, at the end"),
    ],
)
def test_a_day_was_due_on_that_day(day: str, after: str, words: str) -> None:
    """What lasts longer is told with its last."""
    periods = {"recurrence": "FREQ=DAILY", "zone": "UTC"}
    origin = {"delivered": "6 of 10"} if after == "partial" else {}
    alert = Alert("period_missed", "a", "c", "2025-03-20T00:00:00Z", "key", "period", day, after,
                  "T14", (), "warning", origin=origin)  # fmt: skip
    commitment = {"kind": "recurring", "periods": periods, "readings": []}

    assert sentence(alert, commitment, READERS["en"]).startswith(words)


@pytest.mark.parametrize(
    ("now", "kind", "words"),
    [
        ("2025-03-19T20:59:00Z", "maintenance", "now ends Wed 19 March"),
        ("2025-03-19T21:00:00Z", "maintenance", "its end was moved to Wed 19 March"),
        ("2025-03-19T20:59:00Z", "achievement", "now due Wed 19 March"),
        ("2025-03-19T21:00:00Z", "achievement", "its due date was moved to Wed 19 March"),
    ],
)
def test_an_end_that_was_moved_and_has_come_is_of_the_past(now: str, kind: str, words: str) -> None:
    """A digest of three weeks tells of an end that lies in them by now."""
    move = {"reading": "r", "before": "2025-03-10T21:00:00Z", "after": DUE["at"],
            "zone": DUE["zone"], "day_before": "2025-03-10", "day_after": "2025-03-19"}  # fmt: skip
    alert = Alert("terms_changed", "a", "c", "2025-03-05T12:00:00Z", "key", "end", None, "x", "22",
                  ("e1",), "warning", origin={"ends": [move]})  # fmt: skip
    commitment = {"kind": kind, "debtor": ["NOR"], "readings": [DUE]}

    assert words == short_words(alert, commitment, Reader("UTC", parse_instant(now)))


@pytest.mark.parametrize(
    ("kind", "axis", "words"),
    [
        ("terms_changed", "terms",
         "Its terms are settled by Norway: quantity for the second quarter of 2026: 90."),
        ("reading_added", "reading NOR",
         "Its quantity for the second quarter of 2026, as Norway puts it: 90."),
    ],
)  # fmt: skip
def test_a_term_of_one_period_goes_by_its_name(kind: str, axis: str, words: str) -> None:
    """As the periods of a duty do elsewhere."""
    periods = {"recurrence": "FREQ=MONTHLY;INTERVAL=3", "zone": "UTC"}

    assert words == words_of(
        kind, "quantity of 2026-04-01: 90", axis=axis, by=["NOR"], periods=periods
    )


def test_a_notice_that_ends_nothing_is_told_with_whose_it_is() -> None:
    """The terms end the promise before."""
    notice = {"by": ["NOR"], "ends_at": "2026-01-01T00:00:00Z", "zone": "UTC"}

    assert "Notice of withdrawal was given by Norway." == words_of(
        "withdrawal_notified", "notified", axis="withdrawal", by=(), withdrawals=[notice]
    )


def test_what_is_promised_on_conditions_says_on_which() -> None:
    """Those that are still open."""
    conditions = [
        {"id": "vote", "text": "the vote of the Althing.", "status": "open"},
        {"id": "ban", "text": "the ban is lifted", "status": "satisfied"},
    ]

    assert "Promised, but only once this is met: the vote of the Althing." == words_of(
        "state_changed", "conditional", axis="state", conditions=conditions
    )
