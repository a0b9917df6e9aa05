"""Finding entries: the timeline with its filters, and the search."""

from __future__ import annotations

import pytest

from tests.support.command import Run
from tracker.cli.views.timeline import date_words

PAUSE = "energy-pause-2025"


@pytest.mark.parametrize(
    ("options", "positions"),
    [
        (("--commitment", "ep-rus", "--type", "reading asserted"), [52, 53, 54, 55]),
        (("--type", "CommitmentAccepted"), [50]),
        (("--speaker", "szijjarto"), [63]),
        (("--party", "UKR", "--search", "CONDITIONS"), [67]),
        (("--since", "2025-03-19"), []),
        (("--until", "2025-03-17"), []),
        (("--since", "2025-03-18", "--until", "2025-03-18", "--limit", "2"), [49, 50]),
        (("--author", "anna"), []),
        (("--tag", "grain"), []),
    ],
)
def test_a_timeline_is_narrowed(
    shipped: Run, options: tuple[str, ...], positions: list[int]
) -> None:
    """By promise, type in words or as named, speaker, party, date, words, author and tag."""
    rows = shipped("event", "list", PAUSE, *options, "--json").json["events"]

    assert positions == [row["position"] for row in rows]


@pytest.mark.parametrize(
    ("option", "name", "words"),
    [
        ("--commitment", "ep-russ", "unknown commitment 'ep-russ'; did you mean ep-rus,"),
        ("--party", "UKX", "UKX"),
        ("--speaker", "trumpp", "trumpp"),
    ],
)
def test_what_is_not_on_record_is_told(shipped: Run, option: str, name: str, words: str) -> None:
    """Where nothing fits; a party may be given by its name."""
    for command in (("event", "list"), ("search", "a")):
        result = shipped(*command, option, name)
        assert 1 == result.code
        assert words in result.err
    assert shipped("event", "list", "--party", "Ukraine").out == (
        shipped("event", "list", "--party", "UKR").out
    )


def test_a_timeline_says_when_of_what_what_who_and_the_words(shipped: Run) -> None:
    """In 80 columns, with the number by which an entry is called."""
    out = shipped("event", "list", PAUSE, "--speaker", "RUS").out

    assert "#    date        promise  what        who  text\n" in out
    assert "#50  2025-03-18  ep-rus   commitment  RUS  To halt strikes on" in out
    assert all(len(line) <= 80 for line in out.splitlines())


def test_a_timeline_can_follow_what_happened(shipped: Run) -> None:
    """Entered last, an earlier day stands first."""
    late = shipped("record", "PositionStated", "energy-pause-2025", "speaker=USA", "text=early",
                   "occurred=2024-12-01", "-y", "--now", "2025-03-20T12:00:00Z")  # fmt: skip
    rows = shipped("event", "list", PAUSE, "--by", "date", "--json").json["events"]

    assert 0 == late.code
    assert ("2024-12-01", "early") == (rows[0]["occurred"], rows[0]["text"])
    dates = [row["effective_at"] for row in rows]
    assert sorted(dates) == dates


def test_a_search_marks_the_words(shipped: Run) -> None:
    """Newest first; a word matches what begins with it, whatever its accents and capitals."""
    out = shipped("search", "PRISON", "hand").out

    assert "#70  2025-03-18  sw-ukr  commitment accepted  by RUS\n" in out
    assert "    promise: To [hand] over 175 [prisoners]\n" in out
    assert out.index("#70") < out.index("#69")


@pytest.mark.parametrize("words", ["' OR 1=1 --", '"', "NEAR(", "a* AND", "-x", "é", "удар:*"])
def test_no_word_is_a_syntax_error(shipped: Run, words: str) -> None:
    """It is looked for, or there is none to look for."""
    result = shipped("search", "--", words)

    assert result.code in (0, 1)
    assert "unexpected" not in result.err


def test_a_type_that_is_none_names_the_nearest(shipped: Run) -> None:
    """And a command that can be run."""
    result = shipped("event", "list", "--type", "violation aleged")

    assert 1 == result.code
    assert "did you mean ViolationAlleged" in result.err


@pytest.mark.parametrize(
    ("occurred", "words"),
    [
        ("2025-03-18", "2025-03-18"),
        ("2025-03-18T22:00:00+02:00", "2025-03-18 22:00+02:00"),
        ("2025-03-18T22:00:07Z", "2025-03-18 22:00:07Z"),
        ("2025-03-08/2025-03-11", "2025-03-08/2025-03-11"),
    ],
)
def test_an_instant_of_a_timeline_has_no_seconds_that_are_none(occurred: str, words: str) -> None:
    """A list is read on 80 columns; JSON and sheets have it as it was said."""
    assert words == date_words(occurred)


def test_an_unknown_promise_where_there_is_none_leads_to_the_first(run: Run) -> None:
    """A sheet that comes before its promises says which command comes first."""
    run("agreement", "add", "acc", "--title", "Accord")
    done = run("import", "-", stdin="type,commitment\nRoundHeld,x\n")

    assert "unknown commitment 'x'" in done.err + done.out
    assert "pactwatch commitment add AGREEMENT x --kind achievement" in done.err + done.out
