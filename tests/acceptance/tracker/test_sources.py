"""A text is worked through line by line: registered, cited, marked, checked."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import OnDesk, Run

TEXT = """Oslo, Monday
The ministry said: “We keep the harbour open.”
A fisherman bought a boat.
"""


def done(run: Run, *args: str, now: str = "2026-02-03T09:00:00Z") -> Any:
    answer = run(*args, PACTWATCH_NOW=now)
    assert 0 == answer.code, answer.err
    return answer


def enter_accord(run: Run) -> None:
    done(run, "agreement", "add", "acc", "--title", "Harbour accord", "--party", "NOR", "-q")


@pytest.fixture
def blog(on_desk: OnDesk, tmp_path: Path) -> Path:
    """A text of three lines, registered, beside an agreement."""
    file, run = tmp_path / "blog.txt", on_desk(enter_accord)
    file.write_text(TEXT, encoding="utf-8")
    done(run, "source", "add", str(file), "--id", "blog", "--title", "Live blog", "--publisher",
         "Harbour News", "--published", "3 February 2026", "-q")  # fmt: skip
    return file


def record(run: Run, line: str, quote: str, *more: str) -> Any:
    fields = ("speaker=NOR", "text=x", "occurred=2026-02-03", f"source={line}")
    return done(run, "record", "PositionStated", "acc", f"source.quote={quote}", *fields, *more)


def test_a_day_is_worked_through_to_its_last_line(run: Run, blog: Path) -> None:
    """The next open line comes with its words and commands; in the end none is open."""
    record(run, "blog:2", "keep the harbour open")
    done(run, "source", "mark", "blog", "1", "a place and a day", "-q")
    following = done(run, "source", "next", "blog", str(blog), "--json").json
    output = done(run, "source", "next", "blog", str(blog)).out

    assert (3, "A fisherman bought a boat.", 1) == (
        following["line"], following["words"], following["open"],
    )  # fmt: skip
    commands = [each["command"] for each in following["commands"]]
    cited = {"source=blog:3 occurred=2026-02-03", "--source blog:3 --occurred 2026-02-03"}
    assert all(any(words in each for words in cited) for each in commands[:-1])
    assert any("pactwatch commitment add AGREEMENT NEW-ID" in each for each in commands)
    mark = f"pactwatch source mark blog 3 'no promise' --file {shlex.quote(str(blog))}"
    assert mark == commands[-1]
    assert all(command in output for command in commands)
    assert "3 lines: 1 with entries, 1 read without, 1 open" in output

    marked = done(run, *shlex.split(mark)[1:])
    assert f"next: pactwatch source next blog {shlex.quote(str(blog))}" in marked.err
    rows = done(run, "source", "coverage", "blog", "--json").json
    last = done(run, "source", "next", "blog").out
    assert [("read", ["a place and a day"]), ("entries", []), ("read", ["no promise"])] == [
        (row["standing"], row["reasons"]) for row in rows["coverage"]
    ]
    assert (3, 1, 2, 0) == tuple(rows[name] for name in ("lines", "with_entries", "read", "open"))
    assert "no line of blog is open" in last
    (source,) = done(run, "source", "list", "--json").json["documents"]
    assert ("Live blog", "2026-02-03", 1) == (
        source["title"], source["published"], source["entries"],
    )  # fmt: skip


def test_what_does_not_agree_with_the_text_is_found(run: Run, blog: Path) -> None:
    """A wrong quote by its entry, a changed file by its lines; exit 4 until both are mended."""
    right = done(run, "source", "check", "blog", str(blog))
    wrong = record(run, "blog:3", "keep the harbour open", "--json").json
    check = ("source", "check", "blog", str(blog))
    report = run(*check, "--json", PACTWATCH_NOW="2026-02-03T10:00:00Z")

    assert "is what was registered as blog" in right.err
    assert (4, wrong["id"], [2]) == (
        report.code, report.json["found"][0]["entry"], report.json["found"][0]["found_in"],
    )  # fmt: skip
    done(run, "event", "correct", wrong["id"], "source.line=2", "--reason", "wrong line", "-q")
    assert 0 == run(*check, PACTWATCH_NOW="2026-02-03T10:00:00Z").code

    blog.write_text(f"Breaking\n{TEXT}", encoding="utf-8")
    changed = run(*check, PACTWATCH_NOW="2026-02-03T10:00:00Z")
    assert (4, True) == (changed.code, "line 1 new, lines 1-3 moved to 2-4" in changed.out)
    add = ("source", "add", str(blog), "--id", "blog")
    done(run, *add, "-q", now="2026-02-03T10:00:00Z")
    again = done(run, *add, now="2026-02-03T10:01:00Z")
    rows = done(run, "source", "coverage", "blog", "--json", now="2026-02-03T10:01:00Z").json
    assert "nothing was recorded" in again.err
    assert ["open", "open", "entries", "open"] == [row["standing"] for row in rows["coverage"]]
    assert 0 == run(*check, PACTWATCH_NOW="2026-02-03T10:02:00Z").code


def test_a_document_that_is_not_known_is_warned_of_and_taken(run: Run, blog: Path) -> None:
    """It may come from another desk; marks are refused beyond the last line."""
    unknown = record(run, "other:5", "x", "-n")
    beyond = record(run, "blog:3-9", "x", "-n")
    mark = run("source", "mark", "blog", "4", "x")
    new = run("source", "add", str(blog), "--id", "new")

    assert "document 'other' is not registered" in unknown.err
    assert "line 9 of 'blog', which has lines 1 to 3" in beyond.err
    assert (1, True) == (mark.code, "has lines 1 to 3" in mark.err)
    assert (1, True) == (new.code, "needs a title" in new.err)


@pytest.mark.parametrize("command", [("explain", "c"), ("commitment", "show", "c"),
                                     ("agreement", "show", "acc")])  # fmt: skip
def test_a_line_is_told_by_the_title_of_its_text(
    run: Run, blog: Path, command: tuple[str, ...]
) -> None:
    """As on the pages; a title of the entry's own goes before that."""
    promise = ("--kind", "achievement", "--debtor", "NOR", "--promise", "p", "--due", "2026-05-01")
    done(run, "commitment", "add", "acc", "c", *promise, "--source", "blog:2", "-q")
    report = ("record", "PerformanceReported", "c", "speaker=NOR", "text=x")
    done(run, *report, "source=blog:3", "source.title=Own", "-q", now="2026-02-03T10:00:00Z")
    output = " ".join(done(run, *command, now="2026-02-03T10:00:00Z").out.split())

    assert '"Live blog", Harbour News, 3 February 2026, blog line 2' in output
    assert '"Own", Harbour News, 3 February 2026, blog line 3' in output


def test_a_hint_cites_a_line_as_it_was_given(run: Run, blog: Path) -> None:
    """Not as the structure that it is recorded as."""
    lacking = run("record", "FactClaimed", "statements", "source=blog:2-3", "speaker=NOR")

    assert "record FactClaimed statements source=blog:2-3 speaker=NOR text=TEXT" in lacking.err


def test_the_shipped_text_is_covered_to_its_last_line(shipped: Run) -> None:
    """Each of its 98 lines is cited, or marked with why it is not."""
    rows = shipped("source", "coverage", "live-blog", "--json").json

    assert (98, 40, 58, 0, 0) == tuple(
        rows[name] for name in ("lines", "with_entries", "read", "open", "blank")
    )
    assert all(row["entries"] or row["reasons"] for row in rows["coverage"])


def test_a_finding_names_an_entry_as_commands_take_it(run: Run, blog: Path) -> None:
    """By its number; by its id where somebody gave it one."""
    record(run, "blog:2", "not in it")
    record(run, "blog:2", "nor this", "--id", "own-1")
    report = run("source", "check", "blog", str(blog))

    assert "#3: the quote is not in line 2" in report.out
    assert "pactwatch event correct 3 source.quote=" in report.out
    assert "#4 own-1: the quote is not in line 2" in report.out
    assert "pactwatch event correct own-1 source.quote=" in report.out


def test_a_mark_on_a_line_with_an_entry_names_the_entry(run: Run, blog: Path) -> None:
    """It is recorded, and the line goes on counting as one with an entry."""
    record(run, "blog:2", "keep the harbour open")
    marked = done(run, "source", "mark", "blog", "1-2", "no promise")
    coverage = done(run, "source", "coverage", "blog", "--json").json

    notes = [line for line in marked.err.splitlines() if "already" in line]
    assert ["blog:2 has #3 PositionStated already, and still counts as having an entry"] == notes
    assert (1, 1, 1) == tuple(coverage[name] for name in ("with_entries", "read", "open"))
