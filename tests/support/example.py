"""The worked cases under `examples/`: each a script of commands, and the event file they leave."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from tests.support.command import Run

EXAMPLES = Path(__file__).parents[2] / "examples"


def commands_of(name: str) -> list[list[str]]:
    """The words of every pactwatch command of a script, in order."""
    text = (EXAMPLES / f"{name}.sh").read_text().replace("\\\n", " ")
    lines = (shlex.split(line, comments=True) for line in text.splitlines())
    return [words[1:] for words in lines if words and words[0] == "pactwatch"]


def entered(run: Run, name: str) -> Run:
    """Enters a case command by command, as its script does."""
    for words in commands_of(name):
        done = run(*words)
        assert done.code == 0, (words, done.err)
    return run


def standing(run: Run, as_of: str) -> dict[str, dict[str, Any]]:
    """The commitments of a case at an instant, by id."""
    document = run("status", "--as-of", as_of, "--json").json
    return {c["id"]: c for agreement in document["agreements"] for c in agreement["commitments"]}


def ends(commitment: dict[str, Any]) -> dict[str, set[str | None]]:
    """The instants at which it ends, each with who says so."""
    speakers: dict[str, set[str | None]] = {}
    for reading in commitment["readings"]:
        if "at" in reading:
            speakers.setdefault(reading["at"], set()).add(reading["by"])
    return speakers
