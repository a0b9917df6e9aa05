"""A machine whose clock is ahead: nothing is recorded, and what slipped in can be taken back."""

from __future__ import annotations

import json
import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.command import OnDesk, Run
from tests.support.wall_clock import WallClock

STATED = ("record", "PositionStated", "c", "by=NOR", "-y")
AHEAD = ("--now", "2040-01-01T00:00:00Z")


def enter_accord(run: Run) -> None:
    add = ("commitment", "add", "acc", "c", "--kind", "achievement", "--debtor", "NOR", "-y")
    run("agreement", "add", "acc", "--title", "Accord")
    run(*add, "--creditor", "ISL", "--promise", "p", "--due", "2027-05-01")


@pytest.fixture
def accord(on_desk: OnDesk) -> Run:
    return on_desk(enter_accord)


def test_nothing_is_recorded_while_the_clock_is_years_ahead(
    accord: Run, process: Run, tmp_path: Path
) -> None:
    """The last turn says what time it may be; right again, and with --now, it is recorded."""
    assert 0 == accord("tick").code
    clock = WallClock(tmp_path)
    clock.set_ahead(800 * 86400)
    refused = process(*STATED, "text=1", **clock.environment)
    clock.set_ahead(0)
    right = process(*STATED, "text=2", **clock.environment)
    clock.set_ahead(800 * 86400)
    given = process(*STATED, "text=3", *AHEAD, **clock.environment)

    assert (1, 0, 0) == (refused.code, right.code, given.code)
    assert "nothing is recorded at" in refused.err
    assert "hint: set the clock right, or if it is: the same command with --now" in refused.err


def test_a_line_of_the_future_is_not_imported_by_a_clock_ahead(
    accord: Run, process: Run, tmp_path: Path
) -> None:
    """Lines of the past are: it is the time of recording that must be past, not the clock right."""
    event = {"specversion": "1.0", "source": "desk", "type": "pactwatch.PositionStated.v1",
             "subject": "acc2", "data": {"text": "x", "by": "NOR"}}  # fmt: skip
    agreement = {**event, "id": "a", "type": "pactwatch.AgreementRecorded.v1",
                 "data": {"agreement": "acc2", "title": "Second"}}  # fmt: skip
    past = [{**line, "time": "2026-01-01T00:00:00Z"} for line in (agreement, event | {"id": "b"})]
    slip = {**event, "id": "c", "time": f"{datetime.now(UTC) + timedelta(days=300):%Y-%m-%dT%XZ}"}
    (tmp_path / "past.jsonl").write_text("\n".join(map(json.dumps, past)))
    (tmp_path / "slip.jsonl").write_text(json.dumps(slip))
    assert 0 == accord("tick").code
    clock = WallClock(tmp_path)
    clock.set_ahead(800 * 86400)
    taken, refused, given = (
        process(*command, **clock.environment)
        for command in (
            ("import", "past.jsonl"),
            ("import", "slip.jsonl"),
            ("import", "slip.jsonl", *AHEAD),
        )
    )

    assert (0, 1, 0) == (taken.code, refused.code, given.code), taken.err
    assert "nothing is recorded at" in refused.err


def test_an_entry_of_the_future_can_be_taken_back(accord: Run) -> None:
    """A warning says how; the next one is recorded all the same, and the log can be moved."""
    slips = [accord(*STATED, f"text={n}", *AHEAD, "--json").json["id"] for n in range(2)]
    warned = accord(*STATED, "text=now")
    assert 0 == warned.code
    retract = ("--reason", "wrong clock", "-y")
    assert "pactwatch event retract 4 --reason 'wrong clock'" in warned.err
    assert 0 == accord("event", "retract", slips[1], *retract).code
    assert 0 == accord("event", "retract", slips[0], *retract).code
    codes = [
        accord(*command.split()).code
        for command in ("status", "tick", "explain c", "readout acc", "verify", "feed atom")
    ]
    exported = accord("export", "-o", "log.jsonl")
    again = accord("--db", "twin.db", "import", "log.jsonl")

    assert 0 == accord(*STATED, "text=now").code
    assert ([0] * 6, 0, 0) == (codes, exported.code, again.code), again.err


def test_a_clock_a_little_behind_a_colleagues_is_told_to_try_again(accord: Run) -> None:
    """Two seconds are no wrong clock: exit code 3 says that a retry is safe."""
    first = accord(*STATED, "text=1", "--now", "2040-01-01T00:00:02Z")
    behind = accord(*STATED, "text=2", *AHEAD)

    assert (0, 3) == (first.code, behind.code)
    assert "2 s behind the one before\nhint: give the same command again" in behind.err


def test_an_entry_dated_later_than_the_clock_needs_a_yes(accord: Run) -> None:
    """Off a terminal it is refused in a sentence, and the hint records it."""
    ahead = ("record", "PositionStated", "c", "by=NOR", "text=x", "occurred=2062-03-01")
    now = ("--now", "2026-11-28T12:00:00Z")
    preview, refused, given = (accord(*ahead, *now, *more) for more in (("-n",), (), ("--yes",)))
    sentence = "its date, 2062-03-01, lies ahead of the clock, which says 2026-11-28T12:00:00Z"

    assert (0, 1, 0) == (preview.code, refused.code, given.code)
    assert f"Error: PositionStated: {sentence}; nothing was recorded" in refused.err
    assert "record PositionStated c by=NOR text=x occurred=2062-03-01 --yes" in refused.err
    assert f"warning: {sentence}" in given.err


def test_a_slip_into_the_future_stands_in_nobodys_way(accord: Run) -> None:
    """Later entries are taken beside it, before it is retracted and after."""
    slip = accord(*STATED, "text=slip", *AHEAD, "--json").json["id"]
    commands = (
        (*STATED, "text=next"), ("tick",), ("status",),
        ("event", "retract", slip, "--reason", "x", "-y"), (*STATED, "text=last"), ("verify",),
        ("explain", "c"), ("check",), ("export", "-o", "all"),
        ("--db", "twin.db", "import", "all"), ("--db", "twin.db", *STATED, "text=there"),
    )  # fmt: skip

    assert [0] * len(commands) == [accord(*command).code for command in commands]


@pytest.mark.parametrize(
    ("own_id", "name", "given"),
    [((), "#3", "3"), (("--id", "slip"), "slip", "slip")],
    ids=["without an id", "with its own"],
)
def test_an_entry_of_the_future_is_known_by_its_number_or_its_own_id(
    accord: Run, own_id: tuple[str, ...], name: str, given: str
) -> None:
    """The warning has the command that takes it back, which works as it stands."""
    assert 0 == accord(*STATED, "text=1", *AHEAD, *own_id).code
    later = accord(*STATED, "text=2")
    command = f"pactwatch event retract {given} --reason 'wrong clock'"
    taken_back = accord(*shlex.split(command)[1:], "-y")

    assert f"warning: {name} is recorded at 2040-01-01T00:00:00Z, later than now" in later.err
    assert command in later.err
    assert (0, 0) == (later.code, taken_back.code)
