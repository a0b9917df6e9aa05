"""The same command again with the same `--id` counts once: later too, and after a lost answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.support.command import OnDesk, Run
from tracker.cli.entering import appending

ID = ("--id", "own-1", "-y", "--json")
COMMANDS = {
    "agreement add": ("agreement", "add", "new", "--title", "New"),
    "commitment add": ("commitment", "add", "acc", "c2", "--kind", "achievement", "--debtor", "NOR",
                       "--creditor", "ISL", "--promise", "x", "--due", "2026-06-01"),
    "commitment add --each": ("commitment", "add", "acc", "d", "--kind", "achievement", "--each",
                              "NOR,ISL", "--promise", "x", "--due", "2026-06-01"),
    "party add": ("party", "add", "mfa", "--name", "Ministry", "--speaks-for", "NOR"),
    "source mark": ("source", "mark", "blog", "1", "no promise"),
    "agreement tag": ("agreement", "tag", "acc", "sea"),
    "record": ("record", "PositionStated", "c", "text=x", "by=NOR", "occurred=yesterday"),
    "record of an event": ("record", "EntryCorrected", "acc", "event=last",
                           'replacement={"text":"y"}'),
    "event correct": ("event", "correct", "r1", "text=y", "--reason", "misread"),
    "event retract": ("event", "retract", "last", "--reason", "twice"),
    "undo": ("undo",),
}  # fmt: skip
LATER = ("2026-03-02T09:00:00Z", "2026-03-02T09:00:01Z", "2026-03-09T15:30:00Z")


def fill(run: Run, **where: str) -> None:
    """An agreement, a promise and a statement."""
    now = ("--now", "2026-03-01T12:00:00Z")
    add = ("commitment", "add", "acc", "c", "--kind", "achievement", "--debtor", "NOR")
    for command in (
        ("agreement", "add", "acc", "--title", "Accord"),
        (*add, "--creditor", "ISL", "--promise", "p", "--due", "2026-05-01", "-y"),
        ("record", "PositionStated", "c", "text=x", "by=NOR", "--id", "r1", "-y"),
    ):
        done = run(*command, *now, **where)
        assert 0 == done.code, done.err


@pytest.fixture
def blog(run: Run, desk: Path) -> None:
    """A document of one line, which the commands of sources are about."""
    (desk / "blog.txt").write_text("A line\n")
    add = ("source", "add", "blog.txt", "--id", "blog", "--title", "B", "-y")
    assert 0 == run(*add, "--now", "2026-03-01T12:00:00Z").code


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_the_same_command_again_is_answered_as_the_first(
    on_desk: OnDesk, command: tuple[str, ...], request: pytest.FixtureRequest
) -> None:
    """A second later, and a week later."""
    run = on_desk(fill)
    if command[0] == "source":
        request.getfixturevalue("blog")
    before = len(run("event", "list", "--json").json["events"])
    answers = [run(*command, *ID, "--now", at) for at in LATER]
    events = run("event", "list", "--json").json["events"]

    assert [0, 0, 0] == [answer.code for answer in answers], answers[-1].err
    each = [answer.json.get("recorded", [answer.json]) for answer in answers]
    assert [False, True, True] == [documents[-1]["already_known"] for documents in each]
    assert 1 == len({documents[-1]["time"] for documents in each})
    assert 1 == len({str([d["position"] for d in documents]) for documents in each})
    assert before + len(each[0]) == len(events)


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_another_command_under_that_id_is_refused(
    on_desk: OnDesk, command: tuple[str, ...], request: pytest.FixtureRequest
) -> None:
    """What is said is compared, and the error names the id."""
    run = on_desk(fill)
    if command[0] == "source":
        request.getfixturevalue("blog")
    now = ("--now", LATER[0])
    done = run(*command, *ID, *now)
    assert 0 == done.code
    own = ("--id", done.json.get("id", "own-1-isl"), *ID[2:])
    done = run("record", "PositionStated", "c", "text=another", "by=NOR", *own, *now)

    assert (1, True) == (done.code, "own-1" in done.err)


@pytest.mark.parametrize("answer", ["x", "another"])
def test_the_same_command_twice_at_once_counts_once(
    on_desk: OnDesk, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    """The second looked for the id before the first was recorded; another command is refused."""
    run = on_desk(fill)
    append = appending.append

    def append_after_another(*given: Any) -> Any:
        monkeypatch.setattr(appending, "append", append)
        run("record", "PositionStated", "c", "text=x", "by=NOR", *ID, "--now", LATER[0])
        return append(*given)

    monkeypatch.setattr(appending, "append", append_after_another)
    command = ("record", "PositionStated", "c", f"text={answer}", "by=NOR", *ID)
    done = run(*command, "--now", LATER[1])

    assert (0 if answer == "x" else 1) == done.code, done.err
    assert 4 == len(run("event", "list", "--json").json["events"])


def test_off_a_terminal_an_entry_that_would_do_something_else_is_not_recorded(
    on_desk: OnDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 3 with both effects, what came between, and the command to give again, whole."""
    run = on_desk(fill)
    append = appending.append
    other = ("record", "TermExtended", "c", "by=NOR,ISL", "terms.due=2026-07-01", "--id", "other")

    def append_after_another(*given: Any) -> Any:
        monkeypatch.setattr(appending, "append", append)
        assert 0 == run(*other, "--now", LATER[0]).code
        return append(*given)

    monkeypatch.setattr(appending, "append", append_after_another)
    extended = ("record", "TermExtended", "c", "by=NOR,ISL", "terms.due=2026-06-01", "note=it's so")
    done = run("--now", LATER[1], *extended)
    again = (
        f"pactwatch --now {LATER[1]} record TermExtended c by=NOR,ISL "
        """'terms={"due": "2026-06-01"}' 'note=it'"'"'s so'"""
    )

    assert 3 == done.code
    phrases = ("end of Fri 01 May 2026", "recorded by others since: #4 other TermExtended on c",
               "end of Wed 01 Jul 2026", f"hint: if that is right: {again}")  # fmt: skip
    places = [done.err.find(words) for words in phrases]
    assert (True, sorted(places)) == (-1 not in places, places), done.err
    assert 4 == len(run("event", "list", "--json").json["events"])


def test_an_id_taken_while_the_database_was_made_is_refused(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two first commands at once under one id: the second is another one, and records nothing."""
    append = appending.append

    def append_after_another(*given: Any) -> Any:
        monkeypatch.setattr(appending, "append", append)
        run("agreement", "add", "acc", "--title", "Accord", *ID)
        return append(*given)

    monkeypatch.setattr(appending, "append", append_after_another)
    done = run("agreement", "add", "other", "--title", "Other", *ID)

    assert (1, True) == (done.code, "'own-1' is taken" in done.err)
    assert 1 == len(run("event", "list", "--json").json["events"])


def test_a_lost_answer_names_the_id_to_use(run: Run, postgres: str) -> None:
    """The server ends the connection while it writes, so nobody knows whether it did."""
    where = {"PACTWATCH_DB": postgres}
    run("db", "init", **where)
    fill(run, **where)
    with psycopg.connect(postgres, autocommit=True) as db:
        db.execute(
            "CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'"
        )
        db.execute("CREATE TRIGGER zz_cut AFTER INSERT ON events EXECUTE FUNCTION cut()")
    command = ("record", "PositionStated", "c", "text=met", "by=NOR", "-y")
    lost = run(*command, **where)
    with psycopg.connect(postgres, autocommit=True) as db:
        db.execute("DROP TRIGGER zz_cut ON events")
    own_id = lost.err.partition("--id ")[2].partition(",")[0]
    codes = [run(*command, "--id", own_id, **where).code for _ in range(2)]

    assert (1, True, [0, 0]) == (lost.code, "counts once" in lost.err, codes)
    assert 4 == len(run("event", "list", "--json", **where).json["events"])
