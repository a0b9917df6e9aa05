"""How instants, queries and links read."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from events import parse_instant
from web.errors import BadQuery
from web.model.event_rows import value_words
from web.model.links import Links, file_of
from web.model.query import parse_query
from web.model.words import date_words, dates_in, reading_words, relative, safe_url
from web.serving.answers import Answer
from web.serving.cache import AnswerCache, SingleFlight

NOW = parse_instant("2025-03-18T22:00:00Z")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "now"), (59, "now"), (60, "in 1 minute"), (7 * 60, "in 5 minutes"), (-90, "1 minute ago"),
     (-3599, "45 minutes ago"), (7199, "in 90 minutes"), (7200, "in 2 hours"),
     (47 * 3600, "in 47 hours"), (48 * 3600, "in 2 days"), (-59 * 86400, "59 days ago"),
     (-90 * 86400, "3 months ago"), (800 * 86400, "in 2 years")],
)  # fmt: skip
def test_distances_are_told_in_whole_steps(seconds: int, words: str) -> None:
    """Steps, so that a page does not change every minute."""
    assert words == relative(NOW + timedelta(seconds=seconds), NOW)


def test_a_reading_at_midnight_is_the_end_of_the_day_before() -> None:
    """The end of the 16th in Moscow, however UTC writes it."""
    reading = {"at": "2025-04-16T21:00:00Z", "zone": "Europe/Moscow", "rule": "inclusive"}

    assert "end of 16 Apr 2025 in Moscow, start day counted" == reading_words(reading)


@pytest.mark.parametrize(("occurred", "words"), [
    ("2026-11-15", "15 Nov 2026"),
    ("2025-03~", "about Mar 2025"),
    ("2022-09/2025-03-17", "Sep 2022 to 17 Mar 2025"),
    ("2025-03-08/..", "since 8 Mar 2025"),
    ("/2025", "until 2025"),
    ("2025-03-18T20:30:00Z", "18 Mar 2025 20:30Z"),
    ("2025-XX", "2025-XX"),
    ("", ""),
])  # fmt: skip
def test_a_date_is_written_out(occurred: str, words: str) -> None:
    """As vague as it was; a rarer form as it stands."""
    assert words == date_words(occurred)


def test_days_within_a_text_are_written_out() -> None:
    """But for instants, which have their own form."""
    assert "period of 14 Nov 2026: met" == dates_in("period of 2026-11-14: met")
    assert "at 2026-11-14T00:00:00Z" == dates_in("at 2026-11-14T00:00:00Z")


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", " https://x", "data:text/html,x", "//x", "", None]
)
def test_only_web_addresses_become_links(url: str | None) -> None:
    """Anything else is shown as text."""
    assert safe_url(url) is None


def test_relative_forms_survive_the_decoding_of_an_address() -> None:
    """`+14d` comes out of a query string as ` 14d`."""
    assert NOW + timedelta(days=14) == parse_query({"as_of": " 14d"}, NOW, "UTC").as_of
    for text in ("2025-04-11T00:00:00 03:00", "2025-04-11 00:00 03:00", "2025-04-11 00:00 Moscow"):
        expected = parse_instant("2025-04-10T21:00:00Z")
        assert expected == parse_query({"as_of": text}, NOW, "UTC").as_of


def test_a_day_means_its_end() -> None:
    """As on the command line."""
    assert (
        parse_instant("2025-03-19T00:00:00Z")
        == parse_query({"as_of": "2025-03-18"}, NOW, "UTC").as_of
    )


def test_an_address_without_a_question_asks_what_one_with_empty_parameters_does() -> None:
    """The shortest way is no other question."""
    empty = dict.fromkeys(("as_of", "known_at", "q", "party", "kind", "state", "since"), "")

    assert parse_query(empty, NOW, "UTC") == parse_query({}, NOW, "UTC")


@pytest.mark.parametrize("page", ["0", "-1", "x", "", "١", "9" * 30])
def test_a_page_is_a_number(page: str) -> None:
    """In ASCII digits, from one on, and not beyond all lists."""
    with pytest.raises(BadQuery, match="is a number from 1 on"):
        parse_query({"page": page}, NOW, "UTC")


def test_links_are_relative_and_carry_the_instant() -> None:
    """So that they work under any prefix, and from the disk."""
    served = Links("commitments/ep-rus/explain", {"as_of": "2025-03-20"})
    filed = Links("commitments/ep-rus/explain", {}, exported=True)

    assert "../../agreements/a%2Fb?as_of=2025-03-20" == served.to("agreement", "a/b")
    assert "../../?as_of=2025-03-20" == served.to("board")
    assert "../../static/style.css" == served.to("style")
    assert "../../index.html" == filed.to("board")
    assert "events/5.html" == file_of("event", 5)


def test_a_crowd_asks_once() -> None:
    """Who comes while something is made shares it; what is made is kept."""
    made = []

    async def make() -> Answer:
        made.append(1)
        await asyncio.sleep(0.01)
        return Answer(b"x", "text/plain", '"x"')

    async def crowd() -> None:
        answers = AnswerCache()
        await asyncio.gather(*(answers.get("k", make) for _ in range(50)))
        await answers.get("k", make)

    asyncio.run(crowd())
    assert [1] == made


def test_an_error_is_not_kept() -> None:
    """The next reader tries again."""
    tries = []

    async def make() -> Answer:
        tries.append(1)
        raise LookupError

    async def twice() -> None:
        answers = AnswerCache()
        for _ in range(2):
            with pytest.raises(LookupError):
                await answers.get("k", make)

    asyncio.run(twice())
    assert 2 == len(tries)


def test_old_answers_are_given_up() -> None:
    """The cache holds so many bytes and no more."""

    async def fill() -> AnswerCache:
        answers = AnswerCache(max_bytes=100)
        for n in range(20):

            async def make() -> Answer:
                return Answer(b"x" * 10, "text/plain", '"x"')

            await answers.get(n, make)
        return answers

    assert 10 == len(asyncio.run(fill()))


def test_an_answer_lasts_as_long_as_the_texts_it_shows() -> None:
    """Given again while they are there, made anew when one is erased, also by who shared it."""
    there, made = {7}, []

    async def has_texts(positions: frozenset[int]) -> bool:
        return positions <= there

    async def make() -> Answer:
        positions = frozenset(there)
        made.append(positions)
        await asyncio.sleep(0.01)
        return Answer(b"x", "text/plain", '"x"', text_positions=positions)

    async def run() -> list[Answer]:
        answers = AnswerCache(has_texts=has_texts)
        first = asyncio.create_task(answers.get("k", make))
        await asyncio.sleep(0.005)
        again = [asyncio.create_task(answers.get("k", make)) for _ in range(5)]
        await asyncio.sleep(0)
        there.clear()
        shared = await asyncio.gather(*again)
        return [await first, *shared]

    answers = asyncio.run(run())
    assert [{7}, *[set()] * 5] == [answer.text_positions for answer in answers]
    assert [{7}, set()] == made


def test_a_question_begun_before_is_not_shared() -> None:
    """Who asks after a change must not get an answer that was begun before it."""
    state = {"value": 0}

    async def ask() -> int:
        seen = state["value"]
        await asyncio.sleep(0.01)
        return seen

    async def run() -> list[int]:
        shared = SingleFlight(ask)
        first = asyncio.create_task(shared())
        await asyncio.sleep(0.005)
        state["value"] = 1
        rest = await asyncio.gather(*(shared() for _ in range(20)))
        return [await first, *set(rest)]

    assert [0, 1] == asyncio.run(run())


def test_an_instant_that_an_entry_states_is_written_as_pages_write_instants() -> None:
    """With the offset that was stated."""
    assert "15 Feb 2015 00:00+02:00" == value_words("2015-02-15T00:00:00+02:00")
    assert "15 Feb 2015 00:00Z" == value_words("2015-02-15T00:00:00Z")
