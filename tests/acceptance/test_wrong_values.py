"""Every option of every command, given what is none."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from tests.acceptance.test_from_nothing import COMMANDS, GO_ON, given
from tests.support.command import OnDesk, Run

NONE = "no sense!"
FREE = frozenset({
    # Words.
    "--title", "--text", "--note", "--reason", "--name", "--promise", "--scope", "--consent",
    "--primary-source", "--source-title", "--source-publisher", "--source-quote", "--publisher",
    "--reported-by", "--search", "--by", "--author", "--alias", "--qid", "--reading", "--parties",
    # Names that the record is asked for.
    "--agreement", "--commitment", "--party", "--speaker", "--tag", "--predecessor", "--debtor",
    "--creditor", "--each", "--proposed-by", "--reading-of", "--cited-by", "--to", "--id",
    "--derived-from", "--sheet",
    # Addresses of pages, as they are written.
    "--url", "--archived-url", "--source-url", "--source-archived-url",
    # Files and places; what is wrong with them is found where they are opened.
    "--output", "--checkpoint", "--proof", "--trust", "--file", "--publish", "--readers",
    "--unix-socket", "--host", "--alive", "--origin", "--encoding",
})  # fmt: skip
"""Options that take any text, or what only the record or the disk can judge."""


def takes_a_form(option: click.Parameter) -> bool:
    """Whether an option has a form that its value can lack."""
    has_value = isinstance(option, click.Option) and not (option.is_flag or option.count)
    return has_value and FREE.isdisjoint(option.opts)


OPTIONS = {
    name: [option.opts[0] for option in command.params if takes_a_form(option)]
    for name, command in COMMANDS.items()
    if name not in GO_ON and any(map(takes_a_form, command.params))
}
NEEDS = {
    "--condition-deadline": (("--conditional-on", "a=b"), f"a={NONE}"),
    "--phase": ((), NONE),
    "--escalate-to": (("--escalate-after", "2"), NONE),
}
"""What an option goes with, and its value, where that is not the plain one."""
WRONG_USE = frozenset({
    "--after", "--base-url", "--cadence", "--clock", "--credibility", "--deontic",
    "--escalate-after", "--fail-on", "--graph", "--hook-version", "--hour", "--jobs", "--kind",
    "--lag-after", "--language", "--limit", "--part", "--reliability", "--remind-every",
    "--require", "--severity", "--source-line", "--state", "--tlp", "--when-quiet",
})  # fmt: skip
"""Options of numbers, lengths and lists of words, which end with 2; what is refused ends with 1."""
DESTINATIONS = ("--webhook", "--channel")
"""Options that take the place of an address."""


def enter_harbour(run: Run) -> None:
    """An agreement and a subscription."""
    assert 0 == run("agreement", "add", "acc", "--title", "x", "--party", "NOR").code
    assert 0 == run("subscribe", "add", "reader@example.org").code


@pytest.fixture
def harbour(on_desk: OnDesk) -> Run:
    """A desk with both."""
    return on_desk(enter_harbour)


@pytest.mark.parametrize("name", OPTIONS)
def test_a_value_without_its_form_is_named(harbour: Run, desk: Path, name: str) -> None:
    """The option in stderr, nothing in stdout, and nothing is recorded."""
    before = harbour("-q", "export").out
    (desk / "events.jsonl").write_text("")
    for option in OPTIONS[name]:
        words = given(name, COMMANDS[name])
        if option in DESTINATIONS:
            words = [word for word in words if "@" not in word]
        more, value = NEEDS.get(option, ((), NONE))
        done = harbour(*words, *more, option, value)

        code = 2 if option in WRONG_USE else 1
        assert (code, "", True) == (done.code, done.out, option in done.err), (option, done)
    assert before == harbour("-q", "export").out


OPENS = {
    name: words if "events.jsonl" in words else [*words, "events.jsonl"]
    for name, words in ((name, given(name, command)) for name, command in COMMANDS.items())
    if "events.jsonl" in words or name in ("source coverage", "source next")
}


@pytest.mark.parametrize("name", OPENS)
def test_a_file_that_cannot_be_opened_is_a_slip_on_the_command_line(
    harbour: Run, name: str
) -> None:
    """Exit code 2 with the name of the file; what is refused inside a file ends with 1."""
    before = harbour("-q", "export").out
    words = ["nowhere" if word == "events.jsonl" else word for word in OPENS[name]]
    done = harbour(*words)

    assert (2, "", True) == (done.code, done.out, "'nowhere'" in done.err), done
    assert before == harbour("-q", "export").out
