"""Completion as bash asks for it: the script is sourced by a real bash, Tab by Tab."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.support.command import COMMAND, Run

ASK = r"""
source <(pactwatch completion bash)
while IFS=$'\t' read -r -a COMP_WORDS; do
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMPREPLY=()
    _pactwatch_completion pactwatch </dev/null
    printf '%s\t' "${COMPREPLY[@]}"; echo
done
"""
ASKED: dict[str, tuple[tuple[str, ...], list[str]]] = {
    "commands": (("com",), ["commitment", "completion"]),
    "a commitment": (("explain", "ep-"), ["ep-rus", "ep-ukr"]),
    "an agreement": (("agreement", "show", "pow"), ["pow-swap-2025-03-19"]),
    "an event": (("event", "show", "ds-sw-"), ["ds-sw-001", "ds-sw-002", "ds-sw-003"]),
    "a type": (("record", "Perf"), ["PerformanceReported", "PerformanceConfirmed"]),
    "a target": (("record", "RoundHeld", "bs-"), ["bs-rus", "bs-usa"]),
    "a field": (("record", "ViolationAlleged", "ep-rus", "inc"), ["incident="]),
    "a word behind =": (("record", "PerformanceConfirmed", "sw-rus", "basis", "=", "n"),
                        ["neutral_body"]),
    "all words behind =": (("record", "CommitmentClosed", "sw-rus", "fulfilment", "="),
                           ["substantial"]),
    "who speaks": (("record", "ViolationAlleged", "ep-rus", "speaker", "=", "ze"), ["zelensky"]),
    "a breach": (("record", "ViolationDenied", "ep-rus", "incident", "="), ["i1"]),
    "words to check": (("check", "--fail-on", "overdue,l"),
                       ["overdue,lapsed", "overdue,lint", "overdue,lag"]),
    "an option": (("diff", "--known"), ["--known-at"]),
}  # fmt: skip


def tab(
    questions: Iterable[tuple[str, ...]], environment: dict[str, str], desk: Path
) -> list[list[str]]:
    """What bash offers after each of these words."""
    done = subprocess.run(
        ["bash", "-c", ASK],
        input="".join("\t".join(("pactwatch", *words)) + "\n" for words in questions),
        env={**environment, "PATH": f"{COMMAND.parent}:{os.environ['PATH']}"},
        cwd=desk, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [line.split() for line in done.stdout.splitlines()]


def test_tab_completes_what_is_on_record(
    shipped: Run, environment: dict[str, str], desk: Path
) -> None:
    """Commands, ids from the database, types, fields and their words, what an answer is about."""
    shipped("record", "ViolationAlleged", "ep-rus", "speaker=UKR", "incident=i1", "text=x", "-y")
    offered = tab((words for words, _ in ASKED.values()), environment, desk)

    expected = {name: offer for name, (_, offer) in ASKED.items()}
    assert expected == dict(zip(ASKED, offered, strict=True))


def test_tab_is_silent_where_there_is_no_database(environment: dict[str, str], desk: Path) -> None:
    """And makes none."""
    assert [[]] == tab([("explain", "ep")], environment, desk)
    assert [] == list(desk.iterdir())


@pytest.mark.parametrize(("shell", "word"), [("bash", "complete"), ("zsh", "compdef"),
                                             ("fish", "complete --no-files")])  # fmt: skip
def test_each_shell_has_its_script(run: Run, shell: str, word: str) -> None:
    """Printed, to be kept where the shell looks for it."""
    done = run("completion", shell)

    assert (0, True) == (done.code, word in done.out)
