"""The command as a process: its entry, its streams, and that a run in this process is the same."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import apsw
import pytest

from tests.support.command import COMMAND, Process, Run, text_modes
from tests.support.example import EXAMPLES
from tests.support.terminal import Start

NOW = {"PACTWATCH_NOW": "2025-03-20T12:00:00Z"}
AT = ("--as-of", "2025-03-18T22:00:00Z")
SAME: dict[str, tuple[str, ...]] = {
    "success": ("status", "energy-pause-2025", *AT),
    "one JSON document": ("deadlines", *AT, "--json"),
    "lines of JSON": ("event", "list", "energy-pause-2025", "--jsonl"),
    "CRLF on standard output": ("feed", "ics", "energy-pause-2025", "--now", AT[1]),
    "refusal with a hint": ("explain", "ep-rsu"),
    "usage error": ("status", "--asof", "now"),
    "unknown command": ("stauts",),
    "problems": ("check", "--fail-on", "lapsed", "--now", "2025-05-01T00:00:00Z"),
    "traceback": ("explain", "ep-rsu", "--debug"),
    "help": ("record", "--help"),
    "version": ("--version",),
    "colours": ("status", "--color", *AT),
    "refused standard input": ("import", "-"),
}  # fmt: skip
LINE = (
    '{"specversion":"1.0","id":"né","source":"test","type":"pactwatch.AgreementRecorded.v1",'
    '"subject":"fisheries","time":"2025-03-01T00:00:00Z","datacontenttype":"application/json",'
    '"data":{"agreement":"fisheries","title":"漁業協定 Żółć ☮ 漁業","parties":["NOR"]}}\n'
)


def scrubbed(stderr: bytes) -> bytes:
    """Talk without the frames of a traceback, which begin in the script or in the test."""
    return b"\n".join(line for line in stderr.splitlines() if not line.startswith(b"  "))


@pytest.mark.parametrize("name", SAME)
def test_a_run_in_this_process_gives_the_bytes_of_a_process(
    shipped: Run, process: Run, name: str
) -> None:
    """The same exit code and the same bytes on both streams."""
    expected, result = process(*SAME[name], **NOW), shipped(*SAME[name], **NOW)

    assert (expected.code, expected.stdout) == (result.code, result.stdout)
    if "--debug" in SAME[name]:
        assert scrubbed(expected.stderr) == scrubbed(result.stderr)
    else:
        assert expected.stderr == result.stderr


def test_a_fork_on_a_terminal_shows_what_the_installed_command_shows(
    shipped: Run, terminal: Start
) -> None:
    """The same bytes, colours and all, of an answer and of questions that are interrupted."""

    def seen(*, installed: bool) -> list[tuple[int, str]]:
        answer = terminal(*SAME["success"], installed=installed, **NOW)
        question = terminal("record", "ViolationAlleged", "ep-rus", installed=installed, **NOW)
        question.until("tlp, note, basis")  # the list of fields names each of them too
        question.answer("incident:", "i2")
        question.until("text:")
        fields, _, _ = question.plain.partition("first_seen")
        return [(answer.end(), answer.seen), (question.interrupt(), fields)]

    forked, installed = seen(installed=False), seen(installed=True)

    assert forked == installed
    assert [0, 130] == [code for code, _ in forked]
    assert "\x1b[" in forked[0][1]


def test_text_beyond_ascii_comes_and_goes_alike(run: Run, process: Run, desk: Path) -> None:
    """Taken from standard input and printed, in each kind of run."""
    results = [
        [
            (done.code, done.stdout, done.stderr.replace(name.encode(), b"X"))
            for done in (
                runner("import", "-", stdin=LINE, PACTWATCH_DB=name, **NOW),
                runner("status", PACTWATCH_DB=name, **NOW),
                runner("export", PACTWATCH_DB=name, **NOW),
            )
        ]
        for runner, name in ((run, "one.db"), (process, "two.db"))
    ]

    assert results[0] == results[1]
    assert "漁業協定".encode() in results[0][1][1]


def test_a_run_in_this_process_leaves_nothing_behind(shipped: Run) -> None:
    """Directory, environment, streams, arguments and open databases are as they were."""

    def surroundings() -> tuple[object, ...]:
        return (
            Path.cwd(), dict(os.environ), list(sys.argv), sys.stdin, sys.stdout, sys.stderr,
            sys.__stdout__, len(apsw.connections()),
        )  # fmt: skip

    before = surroundings()
    shipped("tick", "--now", AT[1], PACTWATCH_TZ="Europe/Oslo")
    shipped("explain", "nothing")

    assert before == surroundings()


def test_streams_of_a_run_in_this_process_are_those_of_a_process() -> None:
    """Encodings and error handlers, as asked of a new process."""
    assert {"stdin", "stdout", "stderr"} == set(text_modes())
    assert "backslashreplace" == text_modes()["stderr"][1]


@pytest.mark.parametrize("locale", ["C", "C.UTF-8", "POSIX"])
def test_a_process_prints_text_beyond_ascii_in_any_locale(process: Run, locale: str) -> None:
    """Also where the locale knows ASCII alone."""
    assert 0 == process("import", "-", stdin=LINE, LC_ALL=locale).code
    done = process("status", LC_ALL=locale)

    assert (0, True) == (done.code, "漁業協定".encode() in done.stdout)


def test_a_reader_that_closes_the_pipe_early_hears_no_complaint(
    shipped: Run, desk: Path, environment: dict[str, str]
) -> None:
    """As in `pactwatch export | head -1`: not a word about it, and the exit code of other tools."""
    with subprocess.Popen(
        [str(COMMAND), "export"],
        cwd=desk,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        pipesize=4096,  # less than the export, so that it is still writing
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(1)
        process.stdout.close()
        talk = process.stderr.read()

    assert (b"", 141) == (talk, process.returncode)


@pytest.mark.parametrize("talk", ["", "2>&1"])
def test_an_entry_is_recorded_though_its_reader_goes_away(
    shipped: Run, desk: Path, environment: dict[str, str], talk: str
) -> None:
    """As in `pactwatch record ... | true`: what is printed comes after what is appended."""
    words = "record ComplianceObserved ep-rus occurred=2025-03-20 --id gone"
    # The reader is gone before the command begins.
    script = f"mkfifo pipe; sleep 60 < pipe & exec 3> pipe; kill $!; wait; {COMMAND} {words} >&3"
    done = subprocess.run(
        ["sh", "-c", f"{script} {talk}"], cwd=desk, env={**environment, **NOW}, check=False
    )

    assert (141, 0) == (done.returncode, shipped("event", "show", "gone").code)


def test_an_output_that_takes_nothing_is_told(
    shipped: Run, desk: Path, environment: dict[str, str]
) -> None:
    """A full disk in words; a stream that the caller closed is like one to the null device."""
    full, closed = (
        subprocess.run(
            ["sh", "-c", f"{COMMAND} status {redirection}"],
            cwd=desk, env=environment, capture_output=True, text=True, check=False,
        )
        for redirection in (">/dev/full", ">&- <&-")
    )  # fmt: skip

    assert (1, True) == (full.returncode, "No space left" in full.stderr)
    assert "unexpected" not in full.stderr
    assert (0, "") == (closed.returncode, closed.stdout)
    assert "Error" not in closed.stderr


def test_the_module_is_the_command(process: Process, desk: Path, shipped: Run) -> None:
    """`python -m cli` does what the script does."""
    module = subprocess.run(
        [sys.executable, "-m", "cli", "status", *AT],
        cwd=desk, env={**process.environment, **NOW}, capture_output=True, check=False,
    )  # fmt: skip
    script = process("status", *AT, **NOW)

    assert (script.code, script.stdout) == (module.returncode, module.stdout)


HEAVY = ("sqlalchemy", "sqlmodel", "pydantic", "alembic", "jinja2", "apprise", "apscheduler",
         "prompt_toolkit", "starlette", "asyncio")  # fmt: skip


def test_the_commands_of_a_day_load_no_heavy_module(shipped: Run, process: Process) -> None:
    """What makes them start fast: an entry, an idle turn, what is looked at most, and a slip."""
    assert 0 == shipped("tick").code
    commands = (
        ["tick"], ["record", "ComplianceObserved", "ep-rus", "occurred=2025-03-20"],
        ["event", "list"], ["status"], ["stauts"],
    )  # fmt: skip
    assert "[0, 0, 0, 0, 2] []" == loaded_by(process, commands, HEAVY)


def test_the_first_command_loads_no_heavy_module(process: Process) -> None:
    """What makes the database, in place of the tables from which its statements were made."""
    file = str(EXAMPLES / "grain.jsonl")
    commands = (["--db", "empty.db", "db", "init"], ["--db", "new.db", "import", file])
    assert "[0, 0] []" == loaded_by(process, commands, HEAVY)


def test_a_turn_with_nothing_due_loads_no_rules(shipped: Run, process: Process) -> None:
    """A timer takes one every minute: there is nothing to fold, and no mail to write."""
    assert 0 == shipped("tick").code
    rules = ("tracker.rules.fold", "tracker.model.commitment", "email.headerregistry")
    assert "[0] []" == loaded_by(process, (["tick"],), rules)


def loaded_by(process: Process, commands: Sequence[list[str]], modules: Sequence[str]) -> str:
    """The codes of these commands in one process, and which of some modules they loaded."""
    program = (
        "import sys, cli\n"
        f"codes = [cli.exit_code_of(['-q', *words]) for words in {commands!r}]\n"
        f"print(codes, [name for name in {modules!r} if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=process.desk,
        env=dict(process.environment),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()[-1]
