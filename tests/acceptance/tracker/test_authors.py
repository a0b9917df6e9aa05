"""Every entry keeps who recorded it, and its author takes the last one back with `undo`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.acceptance.tracker.test_retry import fill
from tests.support.command import OnDesk, Run
from tests.support.terminal import Start

LATER = {"PACTWATCH_NOW": "2026-03-02T09:00:00Z"}


def alleged(run: Run, incident: str, *more: str, **settings: str) -> Any:
    done = run("record", "ViolationAlleged", "c", "speaker=ISL", f"incident={incident}",
               "--json", *more, **{**LATER, **settings})  # fmt: skip
    assert 0 == done.code, done.err
    return done.json


def test_an_option_outranks_the_setting_and_that_the_systems_user(run: Run) -> None:
    """Before the command or after it; the list can be narrowed to one of them."""
    fill(run, PACTWATCH_AUTHOR="")
    names = [
        alleged(run, "i1", PACTWATCH_AUTHOR="", LOGNAME="berta")["author"],
        alleged(run, "i2", PACTWATCH_AUTHOR="anna")["author"],
        alleged(run, "i3", "--author", "Анна Berg", PACTWATCH_AUTHOR="anna")["author"],
        run("--author", "eve", "event", "retract", "last", "--reason", "x", "--json").json[
            "author"
        ],
    ]
    entries = run("event", "list", "--author", "Анна Berg", "--json").json["events"]
    by_source = run("event", "list", "--author", "pactwatch:/authors/anna", "--json").json
    text = run("event", "list").out

    assert ["berta", "anna", "Анна Berg", "eve"] == names
    assert ["i2"] == [event["data"]["incident"] for event in by_source["events"]]
    assert ["i3"] == [event["data"]["incident"] for event in entries]
    assert "author" in text
    assert "Анна" in text


def test_who_recorded_an_entry_is_shown_with_it(on_desk: OnDesk) -> None:
    """By `event show`, `explain` and an export, whose source is kept by an import elsewhere."""
    run = on_desk(fill)
    alleged(run, "i1", "--author", "anna", "--id", "own")
    line = run("-q", "export").out.splitlines()[-1]
    entry, explained = run("event", "show", "own").out, run("explain", "c").out

    assert '"source":"pactwatch:/authors/anna"' in line
    assert "anna" in next(row for row in entry.splitlines() if row.startswith("author")).split()
    assert "entered by anna" in " ".join(explained.split())


def test_undo_takes_back_the_last_entry_of_its_author(on_desk: OnDesk) -> None:
    """It shows which, records a retraction, says what the state is again, and does not repeat."""
    run = on_desk(fill)
    alleged(run, "i1", "--author", "anna")
    alleged(run, "i2", "--author", "bob")
    answer = run("undo", "--author", "anna", **LATER)
    done = run("undo", "--author", "anna", "--yes", **LATER)
    again = run("undo", "--author", "anna", "--yes", **LATER)
    nobody = run("undo", "--author", "eve", "--yes", **LATER)
    before = run("undo", "--yes", "--json", **LATER).json
    over = run("undo", "--yes", **LATER)

    assert (1, True) == (answer.code, "pactwatch undo --yes --author anna" in answer.err)
    assert "#4 " in done.err
    assert "c is now in force, unassessed" in done.err
    assert (1, True) == (again.code, "#4 " in again.err and "there is none before it" in again.err)
    assert (1, True) == (nobody.code, "nothing is recorded by 'eve'" in nobody.err)
    assert ("r1", "undone") == (before["data"]["event"], before["data"]["reason"])
    assert "the one before is #2" in over.err
    assert "event retract 2 " in over.err


def test_undo_at_a_terminal_waits_for_a_yes(on_desk: OnDesk, terminal: Start) -> None:
    """The entry and the effect are shown before the question."""
    run = on_desk(fill)
    alleged(run, "i1")
    desk = terminal("undo", **LATER)
    desk.until("ViolationAlleged on c")
    desk.until("compliance")
    desk.answer("Record it? [y/N]", "y")

    assert 0 == desk.end()
    assert "c is now in force, unassessed" in desk.plain


def test_a_correction_at_a_terminal_asks_for_a_reason_and_needs_none(
    on_desk: OnDesk, terminal: Start
) -> None:
    """The fields are shown old and new first; Enter leaves the reason out."""
    run = on_desk(fill)
    desk = terminal("event", "correct", "last", "text=y", **LATER)
    desk.until("text: x -> y")
    desk.answer("reason", "")
    desk.answer("Record it? [y/N]", "y")

    assert 0 == desk.end()
    data = run("event", "show", "last", "--json").json["data"]
    assert ("r1", {"text": "y"}, False) == (data["event"], data["replacement"], "reason" in data)


@pytest.mark.parametrize("name", ["  ", "Я" * 200])
def test_what_is_no_name_records_nothing(run: Run, name: str) -> None:
    """The error says how to give one."""
    done = run("agreement", "add", "acc", "--title", "A", "-y", "--author", name)

    assert (1, True) == (done.code, "author: " in done.err)
    assert 1 == run("event", "list").code
