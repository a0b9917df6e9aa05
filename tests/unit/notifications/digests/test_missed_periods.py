"""Missed periods of one promise are one item of a digest, which says how many of how many."""

from __future__ import annotations

import pytest
from msgspec import structs

from events import parse_instant
from notifications.alerts.alert import Alert
from notifications.alerts.wording import what_happened
from notifications.digests.digest import DigestHeader, ReaderNews, news_digest
from notifications.prose.amounts import Amount

NOW = parse_instant("2025-01-29T06:00:00Z")
DAYS, WEEKS, MONTHS = "FREQ=DAILY", "FREQ=WEEKLY", "FREQ=MONTHLY"


def missed(day: int, after: str = "missed", commitment: str = "lorries") -> Alert:
    at = f"2025-01-{day + 3:02}T00:00:00Z"
    key = f"{commitment}/period_missed/{after}/{at}"
    return Alert("period_missed", "gaza", commitment, at, key, "period", f"2025-01-{day:02}", after,
                 "T14", (), "warning")  # fmt: skip


def items(
    alerts: list[Alert], rule: str, since: str | None, deontic: str = "obligation"
) -> list[str]:
    of_rule = {"periods": {"recurrence": rule}, "deontic": deontic}
    documents = {a.commitment: of_rule for a in alerts}
    header = DigestHeader("UTC", NOW, since, 1)
    digest = news_digest(ReaderNews(tuple(alerts)), documents, {"gaza": "Gaza"}, header)
    assert digest is not None
    assert ["Periods missed"] == [section.heading for section in digest.sections]
    return [item.what for section in digest.sections for item in section.items]


def test_days_missed_since_the_last_digest_are_one_item() -> None:
    """Of seven days five were missed, the first and the last of the week not among them."""
    alerts = [missed(day) for day in (20, 21, 22, 23, 24)]

    assert ["missed on 5 of 7 days, Mon 20 January to Fri 24 January"] == items(
        alerts, DAYS, "2025-01-22T06:00:00Z"
    )


def test_a_first_digest_counts_the_days_between() -> None:
    """There is no earlier one to count from."""
    assert ["missed on 2 of 4 days, Mon 20 January to Thu 23 January"] == items(
        [missed(20), missed(23)], DAYS, None
    )


def test_a_long_run_is_counted_though_not_each_day_has_an_alert() -> None:
    """Nothing since the 13th: the seven days since the last digest, by one alert."""
    unmet = {"periods": {"recurrence": DAYS, "unmet_since": "2025-01-13"}}
    header = DigestHeader("UTC", NOW, "2025-01-22T06:00:00Z", 1)
    digest = news_digest(ReaderNews((missed(26),)), {"lorries": unmet}, {"gaza": "Gaza"}, header)

    assert digest is not None
    assert (
        "missed on 7 of 7 days, Mon 20 January to Sun 26 January"
        == digest.sections[0].items[0].what
    )


def test_longer_periods_are_named() -> None:
    """By their weeks; three at most."""
    assert ["missed in 2 periods: the week of 5 January, the week of 12 January"] == items(
        [missed(5), missed(12)], WEEKS, None
    )


def test_a_period_that_is_met_in_part_later_is_named_once() -> None:
    """It was found missed by the clock, and is told as it stands now."""
    partial = structs.replace(
        missed(12, "partial"), key="later", events=("e1",), origin={"delivered": "3 of 5"}
    )

    assert [
        "not fully met in 2 periods: the week of 5 January, the week of 12 January (3 of 5)"
    ] == (items([missed(5), missed(12), partial], WEEKS, None))
    assert ["only partly met (3 of 5) in its period of 2025-01-12"] == (
        items([missed(12), partial], WEEKS, None)
    )


def test_a_period_that_was_met_late_is_none_of_those_that_were_missed() -> None:
    """As is on record when the digest is written."""
    late = structs.replace(missed(5, "met_late"), kind="performance", key="later", events=("e1",))
    news = ReaderNews((missed(5), missed(12), late))
    header = DigestHeader("UTC", NOW, None, 1)
    digest = news_digest(news, {"lorries": {"periods": {"recurrence": WEEKS}}}, {}, header)

    assert digest is not None
    (item,) = (item for section in digest.sections for item in section.items)
    assert ["missed in its period of 2025-01-12", "period of 2025-01-05: met late"] == [
        item.what,
        *(line.what for line in item.more),
    ]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (DAYS, "limit exceeded on 2 of 4 days, Mon 20 January to Thu 23 January"),
        (WEEKS, "limit exceeded in 2 periods: the week of 20 January, the week of 23 January"),
    ],
)
def test_a_cap_was_exceeded_in_several_periods(rule: str, words: str) -> None:
    """What it limits was too much; nothing was left undone."""
    assert [words] == items([missed(20), missed(23)], rule, None, "prohibition")


def test_each_promise_has_its_own_item() -> None:
    """Two duties, two items."""
    assert 2 == len(items([missed(20), missed(21), missed(20, commitment="fuel")], DAYS, None))


@pytest.mark.parametrize(
    ("after", "rule", "words"),
    [
        ("missed", None, "missed in its period of 2025-01-20"),
        ("partial", None, "only partly met in its period of 2025-01-20"),
        ("missed", "FREQ=DAILY", "missed for 20 January 2025"),
        ("partial", "FREQ=WEEKLY", "only partly met for the week of 20 January 2025"),
    ],
)
def test_one_missed_period_is_named(after: str, rule: str | None, words: str) -> None:
    """As people name it; by the day on which it began where its rule is not on record any more."""
    assert words == what_happened(structs.replace(missed(20, after), periods={"recurrence": rule}))


def test_one_period_of_a_cap_is_exceeded() -> None:
    """Also in a list of alerts."""
    over = structs.replace(missed(20), periods={"recurrence": "FREQ=DAILY", "cap": True})
    assert "has exceeded its limit for 20 January 2025" == what_happened(over)


def test_a_period_that_was_met_late_or_waived_is_said_so() -> None:
    """Its day and what became of it."""
    late = structs.replace(missed(20, "met_late"), kind="performance")
    waived = structs.replace(missed(20, "waived"), kind="state_changed")

    assert ["period of 2025-01-20: met late", "period of 2025-01-20: waived"] == [
        what_happened(late),
        what_happened(waived),
    ]


@pytest.mark.parametrize(
    ("rule", "events", "sentence"),
    [
        (DAYS, (), "Missed for Mon 20 January: it was due Tue 21 January, "),
        (DAYS, ("finding",), "Missed for Mon 20 January, as is confirmed now."),
        (MONTHS, ("finding",), "Missed for 20 January to 19 February, as is confirmed now."),
    ],
)
def test_a_miss_was_due_its_grace_ago_unless_an_entry_says_so(
    rule: str, events: tuple[str, ...], sentence: str
) -> None:
    """A finding, or a number above a cap, comes when it comes."""
    periods = {"periods": {"recurrence": rule, "grace": "P2D", "zone": "UTC"}}
    alert = structs.replace(missed(20), at="2025-01-24T00:00:00Z", events=events)
    header = DigestHeader("UTC", NOW, None, 1)
    digest = news_digest(ReaderNews((alert,)), {"lorries": periods}, {"gaza": "Gaza"}, header)

    assert digest is not None
    assert digest.sections[0].items[0].sentence.startswith(sentence)


def test_a_cap_is_exceeded_and_not_missed() -> None:
    """A number above it is confirmed; nothing was due."""
    cap = {"deontic": "prohibition", "periods": {"recurrence": MONTHS, "zone": "UTC"}}
    alert = structs.replace(missed(1), events=("count",), rule="12")
    digest = news_digest(
        ReaderNews((alert,)), {"lorries": cap}, {"gaza": "Gaza"}, DigestHeader("UTC", NOW, None, 1)
    )

    assert digest is not None
    item = digest.sections[0].items[0]
    assert (
        "limit for January exceeded",
        "The limit for January was exceeded, as is confirmed now.",
    ) == (
        item.short,
        item.sentence,
    )


def in_part(day: int, amount: str) -> Alert:
    return structs.replace(missed(day, "partial"), origin={"delivered": amount})


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (DAYS, "not fully met on 2 of 2 days, Mon 20 January to Tue 21 January"),
        (
            WEEKS,
            "not fully met in 2 periods: the week of 5 January (3 of 6), the week of 12 January",
        ),
    ],
)
def test_what_was_done_in_part_is_not_said_to_be_missed(rule: str, words: str) -> None:
    """Among several periods; a longer one is named with how much was done of it."""
    first, second = (20, 21) if rule == DAYS else (5, 12)

    assert [words] == items([in_part(first, "3 of 6"), missed(second)], rule, None)


def test_days_before_the_first_period_are_not_counted() -> None:
    """Nothing was owed on them, though the last digest came before."""
    of_rule = {"periods": {"recurrence": DAYS, "of": 4, "unmet_since": None}}
    header = DigestHeader("UTC", NOW, "2025-01-01T06:00:00Z", 1)
    news = ReaderNews((missed(25), missed(26)))
    digest = news_digest(news, {"lorries": of_rule}, {"gaza": "Gaza"}, header)

    assert digest is not None
    words = "missed on 2 of 4 days, Sat 25 January to Sun 26 January"
    assert (words, f"Gaza: {words}") == (digest.sections[0].items[0].what, digest.headline)


def test_one_period_that_was_met_in_part_says_how_much_was_done() -> None:
    """In the sentence, in the subject, and as a turn prints it."""
    of_rule = {"periods": {"recurrence": WEEKS, "zone": "UTC"}}
    header = DigestHeader("UTC", NOW, None, 1)
    alert = structs.replace(in_part(20, "3 of 5"), periods={"recurrence": WEEKS})
    digest = news_digest(ReaderNews((alert,)), {"lorries": of_rule}, {"gaza": "Gaza"}, header)

    assert digest is not None
    (item,) = digest.sections[0].items
    assert "Only partly met for the week of 20 January, which was due" in item.sentence
    assert item.sentence.endswith(": 3 of 5 delivered.")
    assert "only partly met for the week of 20 January, 3 of 5" == item.short
    assert "only partly met (3 of 5) for the week of 20 January 2025" == item.what
    assert item.data is not None
    assert [Amount(3, 5)] == [news.amount for news in item.data.news]
