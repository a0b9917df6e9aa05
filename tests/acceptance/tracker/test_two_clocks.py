"""Both clocks hold through the command: nothing shows before it happened or was recorded."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from events import format_instant, parse_instant
from tests.support.command import OnDesk, Run

NOW = {"PACTWATCH_NOW": "2025-04-30T12:00:00Z"}
AGREEMENT, COMMITMENT = "pow-swap-2025-03-19", "sw-rus"
QUERIES: dict[str, tuple[str, ...]] = {
    "status": ("status", AGREEMENT),
    "status of one": ("status", COMMITMENT),
    "explain": ("explain", COMMITMENT),
    "deadlines": ("deadlines",),
    "agreement list": ("agreement", "list"),
    "agreement show": ("agreement", "show", AGREEMENT),
    "commitment list": ("commitment", "list"),
    "commitment show": ("commitment", "show", COMMITMENT),
    "event list": ("event", "list", AGREEMENT),
    "check": ("check", "--fail-on", "overdue,lapsed,contested"),
}
LATE_NEWS = "2025-04-10T09:00:00Z"
"""Recorded then, of something that took effect on 19 March."""


def record_late_news(shipped: Run) -> None:
    done = shipped("record", "PerformanceConfirmed", COMMITMENT, "basis=both_sides",
                   "occurred=2025-03-19", "--id", "late-news", PACTWATCH_NOW=LATE_NEWS)  # fmt: skip
    assert done.code == 0, done.err


@pytest.fixture
def recorded(on_desk: OnDesk, imported_database: Path) -> tuple[Run, str, str]:
    """The swap with late news in it; the news' id, and the instant it takes effect."""
    run = on_desk(record_late_news, imported_database)
    return run, "late-news", run("event", "show", "late-news", "--json").json["effective_at"]


def before(instant: str) -> str:
    return format_instant(parse_instant(instant) - timedelta(seconds=1))


def answer(run: Run, query: str, as_of: str, known_at: str) -> Any:
    done = run(*QUERIES[query], "--as-of", as_of, "--known-at", known_at, "--json", **NOW)
    assert done.code in (0, 4), done.err
    return done.json


def plain(document: Any, names: tuple[str, ...] = ()) -> str:
    """A document without the clocks that it was asked for, and where the log stands."""
    left_out = ("as_of", "known_at", "position", "checkpoint", *names)
    if "axes" in document:  # explain also tells what would change it, which is not what is so
        document = {"commitment": document["commitment"], "events": document["events"]}
    return json.dumps({k: v for k, v in document.items() if k not in left_out}, sort_keys=True)


@pytest.mark.parametrize("query", QUERIES)
def test_nothing_shows_before_it_took_effect_or_was_recorded(
    recorded: tuple[Run, str, str], query: str
) -> None:
    """A second earlier on either clock, the event and what it moved are in no answer."""
    run, event, effective = recorded
    today = NOW["PACTWATCH_NOW"]
    not_yet = plain(answer(run, query, before(effective), today))
    not_known = plain(answer(run, query, today, before(LATE_NEWS)))

    assert (False, False) == (event in not_yet, event in not_known)
    assert "discharged" not in not_yet
    assert "discharged" not in not_known


@pytest.mark.parametrize("query", [q for q in QUERIES if q not in ("deadlines", "check")])
def test_it_shows_once_both_clocks_allow_it(recorded: tuple[Run, str, str], query: str) -> None:
    """At the very instants it is there: the test above can fail."""
    run, event, effective = recorded
    document = plain(answer(run, query, effective, LATE_NEWS))

    words = (event, "discharged", "fulfilled", "partly_in_force")
    assert any(word in document for word in words)


def test_the_answer_of_an_earlier_day_can_be_had_again(shipped: Run) -> None:
    """Every query gives, for what was known then, what it gave then, whatever came after."""
    then = "2025-03-25T12:00:00Z"
    first = {query: plain(answer(shipped, query, then, then)) for query in QUERIES}
    shipped("record", "PerformanceConfirmed", COMMITMENT, "basis=both_sides",
            "occurred=2025-03-19", PACTWATCH_NOW=LATE_NEWS)  # fmt: skip
    shipped("event", "retract", "ds-sw-003", "--reason", "twice", PACTWATCH_NOW=LATE_NEWS)

    assert first == {query: plain(answer(shipped, query, then, then)) for query in QUERIES}


@pytest.mark.parametrize("text", ["2025-03-20", "2025-03-20T12:00:00+02:00", "-2w", "yesterday"])
def test_both_clocks_take_every_form_and_echo_the_instant(shipped: Run, text: str) -> None:
    """Days, instants with an offset, relative forms; never a guess."""
    instants = {"2025-03-20": "2025-03-21T00:00:00Z",
                "2025-03-20T12:00:00+02:00": "2025-03-20T10:00:00Z",
                "-2w": "2025-04-16T12:00:00Z", "yesterday": "2025-04-30T00:00:00Z"}  # fmt: skip
    for query in ("status", "agreement list", "check"):
        done = shipped(*QUERIES[query], "--as-of", text, "--known-at", text, **NOW)
        assert f"as of {instants[text]}, known at {instants[text]}" in done.err, done.err


@pytest.mark.parametrize("option", ["--as-of", "--known-at"])
def test_an_instant_without_an_offset_is_refused(shipped: Run, option: str) -> None:
    """By every query, with the accepted forms."""
    for query in ("explain", "commitment show", "event list", "check"):
        result = shipped(*QUERIES[query], option, "2025-03-20T12:00:00", **NOW)
        assert (1, "") == (result.code, result.out)
        assert f"{option}: a clock time needs an offset" in result.err
        assert "accepted forms" in result.err


def test_a_zone_registered_later_moves_no_earlier_answer(shipped: Run) -> None:
    """`explain` and `readout` count days as `status` does: in the zones known at the instant."""
    promise = ("commitment=parcel", "kind=achievement", "debtor=RUS", "creditor=UKR", "promise=it",
               "terms.due=2025-05-20")  # fmt: skip
    made = shipped("record", "CommitmentAccepted", AGREEMENT, *promise, "--yes",
                   PACTWATCH_NOW="2025-04-01T09:00:00Z")  # fmt: skip
    moved = shipped("record", "PartyRegistered", "RUS", "name=Russia", "zone=Asia/Vladivostok",
                    "--yes", PACTWATCH_NOW=LATE_NEWS)  # fmt: skip
    assert (0, 0) == (made.code, moved.code), made.err + moved.err

    def latest(known_at: str) -> list[str]:
        clocks = ("--known-at", known_at, "--json")
        explained = shipped("explain", "parcel", *clocks, **NOW).json["commitment"]
        (agreement,) = shipped("status", "parcel", *clocks, **NOW).json["agreements"]
        return [explained["latest"], agreement["commitments"][0]["latest"]]

    assert ["2025-05-20T21:00:00Z"] * 2 == latest(before(LATE_NEWS))
    assert ["2025-05-20T14:00:00Z"] * 2 == latest(NOW["PACTWATCH_NOW"])


@pytest.mark.parametrize("name", [AGREEMENT, COMMITMENT])
@pytest.mark.parametrize("query", ["status", "explain", "readout", "releases"])
def test_what_came_on_record_later_is_said_so(shipped: Run, query: str, name: str) -> None:
    """An id that is on record is not called unknown, and the hint shows it."""
    made = shipped("event", "list", AGREEMENT, "--json", **NOW).json["events"][0]["recorded_at"]
    done = shipped(query, name, "--known-at", before(made), **NOW)

    assert 1 == done.code
    assert f"{name!r} was not on record by {before(made)}" in done.err
    hint = done.err.partition("hint: ")[2].split()
    assert ["pactwatch", "status", name, "--known-at"] == hint[:4]
    assert 0 == shipped(*hint[1:], **NOW).code
