"""Every command from an empty database, and where there is none: it answers, or says what first."""

from __future__ import annotations

import re
import shlex
import shutil
from itertools import dropwhile
from pathlib import Path

import click
import pytest

from cli import group
from notifications.cli.subscriptions.options import SubscriptionType
from tests.support.command import Run, database_of_commands
from tests.support.command_tree import commands
from tests.support.hints import parse_command

ARGUMENTS = {
    "agreement add": "acc --title Accord -n",
    "commitment add": "acc c --kind achievement --debtor NOR --promise p -n",
    "party add": "osce --name OSCE --zone Europe/Vienna -n",
    "record": "ViolationAlleged c speaker=NOR text=x -n",
    "event correct": "e occurred=2025-03-20 --reason why",
    "event retract": "e --reason why",
    "event redact": "e --yes",
    "diff": "2025-03-20 now",
    "import": "events.jsonl",
    "db backup": "copy.db",
    "db restore": "events.jsonl",
    "projection rebuild": "--yes",
    "subscribe add": "reader@example.org",
    "subscribe change": "1 --hour 9",
    "snooze": "key --until +7d --reason why",
    "outbox drop": "1 --reason why",
    "outbox retry": "1",
    "bounce import": "events.jsonl",
    "checkpoint keygen": "example.org/desk",
    "site build": "site",
    "source add": "events.jsonl --id blog --title Blog",
    "source mark": "blog 54-58 nothing",
    "source check": "blog events.jsonl",
    "source coverage": "blog",
    "source next": "blog",
}
"""What each command is given that needs more than the name of something."""
GO_ON = ("run", "serve")
"""Commands that go on until they are stopped, once there is a database."""
APART = ("demo", "completion", "help")
"""Commands that need no database."""


def given(name: str, command: click.Command) -> list[str]:
    """The words of a command line that has what the command needs."""
    if name in ARGUMENTS:
        return [*name.split(), *shlex.split(ARGUMENTS[name])]
    words = name.split()
    for param in command.params:
        if param.required and isinstance(param, click.Argument):
            is_number = param.type is click.INT or isinstance(param.type, SubscriptionType)
            words.append("1" if is_number else "acc")
        elif param.required:
            words += [param.opts[0], "why"]
    return words


COMMANDS = {
    name.partition(" ")[2]: command
    for name, command in commands(group, "pactwatch")
    if not isinstance(command, click.Group) and name.split()[1] not in APART
}


LINE = (
    '{"specversion":"1.0","id":"e","source":"desk","type":"pactwatch.PositionStated.v1",'
    '"time":"2025-03-20T09:00:00Z","data":{"text":"x","by":"NOR","occurred":"2025-03-20"}}\n'
)
DEEDS = ("copy it whole from the mail", "give ", "name a file that is not there")
"""Hints that no command is meant by."""


@pytest.fixture(scope="module")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return database_of_commands(tmp_path_factory.mktemp("empty"), lambda run: run("db", "init"))


CASES = {
    f"{name}, {words}": (name, words == "an empty database")
    for name in COMMANDS
    for words in ("no database", "an empty database")
    if words == "no database" or name not in GO_ON
}
"""With a database what goes on until it is stopped would go on."""


@pytest.mark.parametrize(("name", "is_there"), CASES.values(), ids=CASES)
def test_a_command_answers_or_says_what_comes_first(
    run: Run, desk: Path, empty_database: Path, name: str, is_there: bool
) -> None:
    """The hint is a command that can be given as it stands; nothing is unexpected."""
    (desk / "events.jsonl").write_text(LINE)
    if is_there:
        shutil.copy(empty_database, desk / "desk.db")
    result = run(*given(name, COMMANDS[name]), XDG_CONFIG_HOME=str(desk))
    hint = re.search(r"^hint: (?:.*: )?(.*?)(?:, (?:or|with) .*)?$", result.err, re.MULTILINE)

    assert "unexpected" not in result.err
    assert (result.code == 0) is (hint is None), result.err
    if hint is not None and not hint[1].startswith(DEEDS):
        # A setting may stand before it: `PACTWATCH_IMAP_URL=... pactwatch bounce fetch`.
        first, *words = dropwhile(lambda word: "=" in word, shlex.split(hint[1]))
        assert first == "pactwatch"
        parse_command(words)
