"""What a digest says, in which order, and how it reads as text, HTML and headers."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from msgspec import structs

from events import parse_instant
from notifications.alerts.alert import Alert
from notifications.alerts.resolution import Correction, Resolution
from notifications.digests.digest import ReaderNews, news_digest
from notifications.digests.items import CAP
from notifications.digests.render import Addressee
from notifications.digests.renderers import render_webhook
from notifications.settings import MailSettings
from tests.support.digests import AT, DETAIL, HERE, NOW, SETTINGS, alert, digest, due, rendered
from tracker.documents.changes import StoredChange


def test_sections_stand_in_the_order_of_their_weight() -> None:
    """Overdue first, then contested, due soon, changes, corrections; what is quiet comes last."""
    made = digest(
        alert("stale", "c6"),
        alert("resumed", "c4"),
        due("P1D", commitment="c3"),
        alert("contested_end_began", "c2"),
        alert("overdue", "c1"),
        withdrawn=(alert("lapsed", "c5"),),
    )

    assert ["c1", "c2", "c3", "c4", "c5", "c6"] == [s.items[0].commitment for s in made.sections]


def test_what_ends_in_a_breach_stands_with_the_breaches() -> None:
    """A promise that is given up leads, before what is only to end."""
    broken = alert("state_changed", "c2", after="violated", rule="25b")
    made = digest(due("P1D", commitment="c1"), broken, alert("state_changed", "c3", after="x"))

    assert [("Breaches", "c2"), ("Due or ending soon", "c1"), ("Changes", "c3")] == [
        (section.heading, section.items[0].commitment) for section in made.sections
    ]


def test_news_of_one_agreement_stands_together() -> None:
    """In each section, from the earliest news of any agreement on."""
    moments = [("a", "20:00"), ("b", "20:30"), ("a", "21:00")]
    news = [
        alert("overdue", f"{name}-{hour}", f"2025-03-18T{hour}:00Z", agreement=name)
        for name, hour in moments
    ]
    (section,) = digest(*news).sections

    assert ["a-20:00", "a-21:00", "b-20:30"] == [item.commitment for item in section.items]


@pytest.mark.parametrize(
    ("later", "overtaken"),
    [
        ("renewed_tacitly", ("due_soon", "contested_end_began", "contested_end_closed")),
        ("withdrawal_soon", ("withdrawal_notified",)),
        ("state_changed", ("withdrawal_soon", "condition_due_soon", "offer_expires_soon")),
    ],
)
def test_what_came_of_a_warning_is_told_alone(later: str, overtaken: tuple[str, ...]) -> None:
    """That it was renewed, is to end by a notice, or is over: no line beside it says less."""
    before = [alert(kind, at=f"2025-03-18T2{n}:00:00Z") for n, kind in enumerate(overtaken)]
    after = "expired" if later == "state_changed" else "x"
    change = alert(later, at="2025-03-18T23:00:00Z", after=after, lead="P1D")
    (section,) = digest(*before, change).sections
    (item,) = section.items

    assert (later, ()) == (item.kind, item.more)


def test_an_end_that_a_line_says_is_not_said_again_and_what_was_missed_is() -> None:
    """Beside a part that was missed its renewal has the end; how many were missed it has not."""
    periods = {"of": 9, "missed": 7, "zone": "UTC", "recurrence": "FREQ=DAILY"}
    duty = {**DETAIL, "kind": "recurring", "compliance": "unassessed", "periods": periods}
    missed = alert("period_missed", axis="period", before="2025-03-15", after="missed")

    def standing(*news: Alert) -> str:
        built = news_digest(ReaderNews(news), {"c": duty}, {"a": "Accord"}, HERE)
        assert built is not None
        return built.sections[0].items[0].standing

    assert "Periods missed: 7 of 9." == standing(missed, alert("renewed_tacitly", axis="window"))
    assert standing(missed).startswith("In force; ends ")
    assert standing(missed).endswith(" Periods missed: 7 of 9.")


def test_what_is_done_in_part_says_how_much_and_says_it_once() -> None:
    """With a warning of its end, and not beside news of what was delivered."""
    fulfilment = {"grade": "partial", "delivered": 10, "promised": 30}
    promise = {**DETAIL, "kind": "achievement", "compliance": "unassessed"}

    def standing(*news: Alert, delivered: dict[str, Any] = fulfilment) -> str:
        known = {"c": {**promise, "fulfilment": delivered}}
        built = news_digest(ReaderNews(news), known, {"a": "Accord"}, HERE)
        assert built is not None
        return built.sections[0].items[0].standing

    done = alert("performance", axis="performance", after="10 of 30")
    soon = alert("due_soon", axis="timing", lead="P1D")
    assert "Delivered so far: 10 of 30." == standing(soon)
    assert "" == standing(soon, delivered={**fulfilment, "grade": "none"})
    assert "" == standing(soon, done)


def test_an_agreement_is_named_once_above_its_items() -> None:
    """In each section by its title, in both parts; its items do not repeat it."""
    news = [alert("overdue", "c1"), alert("overdue", "c2"), alert("stale", "c3")]
    news.append(alert("overdue", "d1", agreement="b"))
    sent = rendered(digest(*news))

    assert [("Accord (a)", 2), ("b", 1)] == [
        (group.heading, len(group.items)) for group in digest(*news).sections[0].groups
    ]
    assert 2 == sent.text.count(
        "\n\nAccord\n\n* Russia to Ukraine and the United States: no strikes"
    )
    assert ["Accord", "b", "Accord"] == re.findall(r"<h3[^>]*>([^<]+)</h3>", sent.html)


def test_an_item_says_everything_that_its_reader_can_check() -> None:
    """Both zones, every reading with its rule, zone and speaker, and why it was sent."""
    (item,) = digest(alert("overdue")).sections[0].items

    assert item.who == "RUS -> UKR, USA"
    assert (AT, "Tue 18 Mar 2025 23:00 +0200") == (item.at, item.local)
    assert ["(inclusive, UTC)", "(exclusive, UTC, by RUS)"] == [
        reading[reading.index("(") :] for reading in item.readings
    ]
    assert item.why == "rule T6, event e1"


def test_an_end_that_was_over_when_it_was_stated_is_told_by_its_day() -> None:
    """And not by the instant at which it became disputed."""
    made = digest(alert("contested_end_began", at="2025-03-20T10:00:00Z"))

    assert made.sections[0].items[0].sentence.startswith("By one reading it ended Tue 18 March,")


@pytest.mark.parametrize(
    ("accounts", "days", "words"),
    [
        (("RUS", "UKR"), ("18", "20"), "due date disputed: Tue 18 or Thu 20 March"),
        (("RUS", "RUS"), ("18", "19"), "past its due date by one reading: Tue 18 or Wed 19 March"),
        ((None, None), ("18", "18"), "past its due date by one reading: Tue 18 March"),
    ],
)
def test_an_end_is_called_disputed_where_two_accounts_have_no_day_in_common(
    accounts: tuple[str | None, ...], days: tuple[str, ...], words: str
) -> None:
    """One account that counts in two ways, or one day in two zones, is no dispute."""
    zones = {"UTC": "23:59:59", "Europe/Moscow": "20:59:59"}
    readings = [
        {"term": "due", "id": zone, "by": by, "rule": "end_of_day", "zone": zone,
         "at": f"2025-03-{day}T{time}Z"}
        for by, day, (zone, time) in zip(accounts, days, zones.items(), strict=True)
    ]  # fmt: skip
    detail = {**DETAIL, "kind": "achievement", "readings": readings}
    later = structs.replace(HERE, now=parse_instant("2025-03-25T06:00:00Z"))
    made = news_digest(
        ReaderNews((alert("contested_end_began"),)), {"c": detail}, {"a": "Accord"}, later
    )

    assert made is not None
    assert f"Accord: {words}" == made.headline


def test_nothing_to_say_is_no_digest() -> None:
    """No alerts and no corrections build nothing."""
    assert news_digest(ReaderNews(), {}, {}, HERE) is None


def test_more_than_forty_items_are_counted_not_listed() -> None:
    """The section is capped, and says how many more there are."""
    made = digest(*(alert("overdue", f"c{n}") for n in range(CAP + 3)))

    assert (CAP, 3) == (len(made.sections[0].items), made.sections[0].more)
    assert "and 3 more" in rendered(made).text
    assert "and 3 more" in rendered(made).html


def test_only_the_last_lead_time_is_told() -> None:
    """A week's and a day's warning in one digest are one line."""
    (section,) = digest(due("P7D"), due("P1D", "2025-03-18T22:00:00Z")).sections

    assert ["reaches its end within 1 day"] == [item.what for item in section.items]


def test_of_what_is_due_soon_the_nearest_stands_first() -> None:
    """Also where its warning came after that of what is due later."""
    due_at = {"far": "2025-03-21T21:00:00Z", "near": "2025-03-19T22:00:00Z"}
    (reading, _) = DETAIL["readings"]
    commitments = {c: {**DETAIL, "readings": [{**reading, "at": at}]} for c, at in due_at.items()}
    warnings = (due("P3D", commitment="far"), due("P1D", "2025-03-18T22:00:00Z", "near"))
    built = news_digest(ReaderNews(warnings), commitments, {"a": "Accord"}, HERE)

    assert built is not None
    assert ["near", "far"] == [item.commitment for item in built.sections[0].items]


def test_a_warning_before_the_end_is_dropped_once_the_end_is_news() -> None:
    """Due soon, then overdue, is overdue."""
    made = digest(due("P1D"), alert("overdue", at="2025-03-18T22:00:00Z"))

    assert ["Overdue or missed"] == [section.heading for section in made.sections]


def test_a_promise_has_one_correction_and_machines_each_of_them() -> None:
    """That it was overdue was no item beside that it had lapsed, so only the latter is undone."""
    later = "2025-03-20T21:00:00Z"
    wrong = (alert("overdue"), alert("lapsed", at=later), alert("incident_alleged", at=later))
    (section,) = digest(withdrawn=wrong).sections
    (item,) = section.items

    assert item.data is not None
    assert ["lapsed", "incident_alleged"] == [item.kind, *(each.kind for each in item.more)]
    assert {"overdue", "lapsed", "incident_alleged"} == {each.kind for each in item.data.news}


def test_what_was_overdue_alone_is_corrected() -> None:
    """It was an item of its own, and nothing took its place."""
    (section,) = digest(withdrawn=(alert("overdue"), alert("overdue", "d"))).sections

    assert ["c", "d"] == [item.commitment for item in section.items]


MOVED: Any = {
    "reading": "r1", "zone": "UTC", "before": AT,
    "after": "2025-03-28T21:00:00Z", "day_before": "2025-03-18", "day_after": "2025-03-28",
}  # fmt: skip


def test_what_a_move_and_a_correction_both_imply_stands_once_for_machines() -> None:
    """It was overdue until its end moved, and that it was done was wrong."""
    moved_at, wrong = "2025-03-19T03:00:00Z", alert("state_changed", after="discharged")
    move = alert("terms_changed", at=moved_at, axis="end", origin={"ends": [MOVED]})
    about = ("a", "c", moved_at, moved_at, "state", "overdue", "in_force", "22", ("m",), None)
    change = StoredChange(*about)
    news = ReaderNews(
        (move,), resolved=(Resolution(alert("overdue"), change),), corrected=(Correction(wrong),)
    )
    built = news_digest(news, {"c": {**DETAIL, "kind": "achievement"}}, {"a": "Accord"}, HERE)

    assert built is not None
    assert ["overdue"] == [item.kind for section in built.implied for item in section.items]


def test_a_warning_of_an_end_that_has_moved_is_dropped() -> None:
    """The move says what the end is now, once; a later warning is of that end."""
    move = alert("terms_changed", at="2025-03-17T12:00:00Z", axis="end", origin={"ends": [MOVED]})
    (item,) = digest(due("P1D", "2025-03-17T08:00:00Z"), move).sections[0].items
    later = digest(move, due("P1D", "2025-03-18T08:00:00Z"))
    kinds = [
        each.kind for section in later.sections for i in section.items for each in (i, *i.more)
    ]

    assert ("terms_changed", (), "") == (item.kind, item.more, item.standing)
    assert {"terms_changed", "due_soon"} == {*kinds}


@pytest.mark.parametrize(
    ("claimed", "words"),
    [
        ({}, "and nobody has confirmed that it was done"),
        ({"quantity": 100}, "and nobody has confirmed that it was done"),
        ({"quantity": 175}, "According to Russia it was done, but nobody has confirmed it"),
        ({"quantity": None}, "According to Russia it was done, but nobody has confirmed it"),
    ],
)
def test_what_is_overdue_says_who_reports_it_as_done(claimed: dict[str, Any], words: str) -> None:
    """A claim of all of it, not of a part: it moves nothing, and its reader has to know it."""
    claims = [{"by": "RUS", "fulfilment": None, **claimed}] if claimed else []
    detail = {**DETAIL, "state": "overdue", "fulfilment": {"promised": 175, "claimed": claims}}
    built = news_digest(ReaderNews((alert("overdue"),)), {"c": detail}, {"a": "Accord"}, HERE)

    assert built is not None
    assert words in built.sections[0].items[0].sentence


def test_a_report_beside_what_is_late_is_told_once_and_machines_of_each() -> None:
    """What is late says itself who reports it as done."""
    report = alert("performance", axis="performance", after="done reported", key="c/report")
    (item,) = digest(alert("overdue"), report).sections[0].items

    assert ("overdue", ()) == (item.kind, item.more)
    assert item.data is not None
    assert ["overdue", "performance"] == [each.kind for each in item.data.news]


def standing_of(news: Alert, **more: Any) -> str:
    """What stands below the news of a promise that is as told."""
    built = news_digest(ReaderNews((news,)), {"c": {**DETAIL, **more}}, {"a": "Accord"}, HERE)
    assert built is not None
    return built.sections[0].items[0].standing


def test_what_was_reported_on_the_way_is_nothing_beside_that_it_is_done() -> None:
    """Which leads, and is not said once more below."""
    report = alert("performance", axis="performance", after="175 of 175 reported", key="c/report")
    done = alert("state_changed", after="discharged", at="2025-03-18T23:00:00Z", rule="11")
    built = news_digest(
        ReaderNews((report, done)), {"c": {**DETAIL, "state": "discharged"}}, {"a": "Accord"}, HERE
    )

    assert built is not None
    (item,) = built.sections[0].items
    assert item.data is not None
    assert ("Accord: done", (), "") == (built.headline, item.more, item.standing)
    assert ["state_changed", "performance"] == [each.kind for each in item.data.news]


def test_that_it_was_due_soon_is_nothing_beside_what_became_of_it() -> None:
    """`Resolved` says less in a subject; machines hear of both."""
    at = "2025-03-18T23:00:00Z"
    done = alert("state_changed", after="cancelled", at=at, rule="28")
    change = StoredChange("a", "c", at, at, "timing", "due_soon", "n/a", "28", ("m",), None)
    news = ReaderNews((done,), resolved=(Resolution(due("P1D"), change),))
    detail = {**DETAIL, "kind": "maintenance", "state": "cancelled", "compliance": "unassessed"}
    built = news_digest(news, {"c": detail}, {"a": "Accord"}, HERE)

    assert built is not None
    assert ("Accord: cancelled", ["Changes"]) == (
        built.headline, [section.heading for section in built.sections],
    )  # fmt: skip
    assert ["due_soon"] == [item.kind for section in built.implied for item in section.items]


@pytest.mark.parametrize(
    ("moment", "tlp", "output"),
    [
        ("due", "CLEAR", "It is counted from when “exchange prisoners” is due."),
        ("milestone:m1", "CLEAR", "It is counted from a milestone of “exchange prisoners”: m1."),
        ("due", "AMBER", "It is counted from when “x1” is due."),
    ],
)  # fmt: skip
def test_a_date_that_another_promise_moves_says_what_it_is_counted_from(
    moment: str, tlp: str, output: str
) -> None:
    """By the words of that promise, and by its id where these are marked above its own."""
    anchor = {**DETAIL, "promise": "to exchange prisoners", "tlp": tlp}
    hanging = {**DETAIL, "tlp": "CLEAR", "anchors": [{"after": "x1", "moment": moment}]}
    promises = {"c": hanging, "x1": anchor}

    def sentence_of(news: Alert) -> str:
        built = news_digest(ReaderNews((news,)), promises, {"a": "Accord"}, HERE)
        assert built is not None
        return built.sections[0].items[0].sentence

    by_itself = alert("terms_changed", axis="end", origin={"ends": [MOVED], "by": ["RUS"]})
    assert sentence_of(moved_to("2025-03-28T21:00:00Z")).endswith(f" to Fri 28 March. {output}")
    assert sentence_of(by_itself).endswith(" to Fri 28 March.")


def moved_to(at: str) -> Alert:
    return alert("terms_changed", axis="end", origin={"ends": [{**MOVED, "after": at}]})


@pytest.mark.parametrize(
    ("gravest", "other", "is_said"),
    [
        (alert("offer_expires_soon"), alert("state_changed", after="proposed"), True),
        (alert("condition_due_soon"), alert("state_changed", after="conditional"), True),
        (moved_to(AT), due("P1D", "2025-03-18T23:00:00Z"), True),
        (moved_to("2025-03-28T21:00:00Z"), due("P1D", "2025-03-18T23:00:00Z"), False),
    ],
    ids=["an offer", "a condition", "an end", "another end"],
)
def test_what_leads_is_not_said_again_below_it(gravest: Alert, other: Alert, is_said: bool) -> None:
    """That it waits for an answer or for a condition, or that it is due on a day."""
    (item,) = digest(gravest, other).sections[0].items

    assert (gravest.kind, not is_said) == (item.kind, bool(item.more))


def test_beside_its_warning_what_came_into_force_does_not_say_its_end_again() -> None:
    """The warning does."""
    begun = alert("state_changed", after="in_force")
    (item,) = digest(begun, due("P1D")).sections[0].items

    assert ["In force since Tue 18 March."] == [line.sentence for line in item.more]


def test_what_is_said_already_does_not_stand_below_it() -> None:
    """Of what ended how it was kept does, and of what ends by a notice."""
    offer = alert("offer_expires_soon", axis="offer", before="offer", after="soon")
    ended, notice = alert("ended", after="expired"), alert("withdrawal_soon", lead="P1D")
    missed = {"compliance": "unassessed", "periods": {"missed": 8, "of": 10, "zone": "UTC"}}

    assert "" == standing_of(offer, state="proposed", compliance="unassessed")
    assert "Periods missed: 8 of 10." == standing_of(ended, state="expired", **missed)
    assert "A breach is alleged and denied." == standing_of(notice)
    assert "Nobody has assessed whether it was kept." == standing_of(
        ended, state="expired", compliance="unassessed"
    )


def test_what_is_over_says_by_whose_word() -> None:
    """Where it was due soon, and where it was told to be late."""
    done = alert("state_changed", after="discharged", origin={"by": ["UKR"]})
    news = ReaderNews((done,), corrected=(Correction(alert("overdue")),))
    built = news_digest(news, {"c": {**DETAIL, "state": "discharged"}}, {"a": "Accord"}, HERE)

    assert built is not None
    standing = [item.standing for section in built.sections for item in section.items]
    assert "Done on Tue 18 March, according to Ukraine." in standing


def test_what_a_correction_says_already_is_news_to_programs_alone() -> None:
    """They keep alerts by their keys, and are told apart what is wrong and what is new."""
    done = alert("state_changed", after="discharged", origin={"by": ["UKR"]})
    news = ReaderNews((done,), corrected=(Correction(alert("overdue")),))
    built = news_digest(news, {"c": {**DETAIL, "state": "discharged"}}, {"a": "Accord"}, HERE)
    assert built is not None
    to = Addressee(recipient="https://example.org", subscription="1", window="w", now=NOW)
    first, second = (
        json.loads(render_webhook(built, to, MailSettings(**SETTINGS), version).message)["data"]
        for version in (1, 2)
    )

    assert "Accord: done (a correction)" == built.headline
    assert ["Corrections to earlier digests"] == [each["heading"] for each in first["sections"]]
    assert [("corrected", ["overdue"]), ("news", ["state_changed"])] == [
        (item["about"], [each["kind"] for each in item["news"]]) for item in second["items"]
    ]


def test_grave_news_stands_for_itself_beside_a_correction() -> None:
    """What a promise came to is left out of the changes only where it is no alarm."""
    broken = alert("state_changed", after="discharged", origin={"by": ["UKR"]}, severity="critical")
    news = ReaderNews((broken,), corrected=(Correction(alert("overdue")),))
    built = news_digest(news, {"c": {**DETAIL, "state": "discharged"}}, {"a": "Accord"}, HERE)

    assert built is not None
    assert ["Changes", "Corrections to earlier digests"] == [s.heading for s in built.sections]


def test_what_came_into_force_is_told_with_its_end() -> None:
    """A new reader hears of nothing else that says when."""
    begun = alert("state_changed", after="in_force")
    (item,) = digest(begun).sections[0].items

    assert item.sentence.startswith("In force since Tue 18 March; ends Tue 18 March, at the end")
    assert "A breach is alleged and denied." == item.standing


def test_a_correction_says_how_it_is_now_and_what_stands_again_is_told_once() -> None:
    """A deadline that is taken back leaves none; what lapsed was overdue before."""
    given = alert("terms_changed", axis="end", origin={"ends": [MOVED]})
    late = (alert(kind, after=kind) for kind in ("overdue", "lapsed"))
    again = tuple(Correction(each, stands_again=True) for each in late)
    done = Correction(alert("state_changed", after="discharged"))
    (taken_back,) = digest(withdrawn=(given,)).sections[0].items
    detail = {**DETAIL, "state": "lapsed"}
    built = news_digest(ReaderNews((), corrected=(*again, done)), {"c": detail}, {"a": "A"}, HERE)
    assert built is not None
    (item,) = built.sections[0].items

    assert taken_back.standing.startswith("In force; ends Tue 18 March")
    assert ["lapsed", "state_changed"] == [item.kind, *(each.kind for each in item.more)]
    assert "Missed" not in item.standing


def test_a_suspension_is_told_once() -> None:
    """Neither as a change of the state beside its news, nor again as how it stands."""
    about = {"by": ["RUS"], "since": AT, "until": None, "contested": True, "reason": "no gas"}
    detail = {**DETAIL, "state": "suspended", "suspension": about}
    alone = alert("suspension_contested", axis="suspension", after="contested")
    changed = alert("state_changed", after="suspended")
    built = news_digest(ReaderNews((alone, changed)), {"c": detail}, {"a": "Accord"}, HERE)

    assert built is not None
    (item,) = built.sections[0].items
    assert ("suspension_contested", ()) == (item.kind, item.more)
    assert 1 == item.sentence.count("Reason given: no gas.")
    assert "no gas" not in item.standing


def test_what_was_resumed_and_is_late_since_is_late() -> None:
    """That it is in force again would contradict it."""
    resumed = alert("resumed", at="2025-03-17T21:00:00Z")
    (item,) = digest(resumed, alert("lapsed")).sections[0].items

    assert ("lapsed", ()) == (item.kind, item.more)


def test_a_warning_after_the_end_still_holds() -> None:
    """Overdue, then extended, then due soon again: the new end is still ahead of the reader."""
    (section,) = digest(alert("overdue"), due("P1D", "2025-03-18T22:00:00Z")).sections
    (item,) = section.items

    assert ["is overdue", "reaches its end within 1 day"] == [
        item.what,
        *(each.what for each in item.more),
    ]


@pytest.mark.parametrize(
    ("by", "words"),
    [
        (["RUS"], "Now: Suspended by Russia alone, which does not free it from anything."),
        (
            ["USA"],
            "Now: Suspended by the United States alone, which does not free it from anything.",
        ),
        (None, "Now: In force; ends Tue 18 March, at the end of the day in UTC (23:00 your time)."),
    ],
)
def test_a_contested_suspension_says_whose_word_it_rests_on(
    by: list[str] | None, words: str
) -> None:
    """Where an item says how its promise stands."""
    suspension = by and {"by": by, "since": AT, "contested": True, "until": None}
    state = "suspended" if by else "in_force"
    about = {"c": {**DETAIL, "state": state, "suspension": suspension}}
    built = news_digest(ReaderNews((alert("state_changed"),)), about, {"a": "Accord"}, HERE)
    assert built is not None

    assert words in " ".join(rendered(built).text.split())


@pytest.mark.parametrize(
    ("last_due", "words"),
    [
        ("2025-04-30T21:00:00Z", "Now: In force; ends Wed 30 April, at the end of the day."),
        (None, "Now: In force, with no end set."),
    ],
)
def test_a_promise_of_so_many_periods_ends_with_its_last(last_due: str | None, words: str) -> None:
    """No term of it says an end, its rule does."""
    periods = {"last_due": last_due, "zone": "Europe/Kyiv", "missed": 0, "of": 1}
    about = {"c": {**DETAIL, "readings": [], "periods": periods, "compliance": "unassessed"}}
    built = news_digest(ReaderNews((alert("state_changed"),)), about, {"a": "Accord"}, HERE)
    assert built is not None

    assert words in " ".join(rendered(built).text.split())


@pytest.mark.parametrize(
    ("awaiting", "words"),
    [
        (
            {"after": "m2", "moment": "discharged", "by": "P10D", "count": None, "words": "w"},
            "Now: In force; its end is counted from something that has not happened yet.",
        ),
        (None, "Now: In force, with no end set."),
    ],
)
def test_an_end_that_waits_for_something_is_not_called_none(
    awaiting: dict[str, Any] | None, words: str
) -> None:
    """Ten days after something is a deadline, also while nobody knows the day."""
    about = {"c": {**DETAIL, "readings": [], "awaiting": awaiting, "compliance": "unassessed"}}
    built = news_digest(ReaderNews((alert("state_changed"),)), about, {"a": "Accord"}, HERE)
    assert built is not None

    assert words in " ".join(rendered(built).text.split())
