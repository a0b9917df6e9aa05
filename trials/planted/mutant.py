"""A fault that is planted to see whether a trial is sharp."""

from __future__ import annotations

from typing import NamedTuple


class Edit(NamedTuple):
    """A text that stands once in a file of the program, and what takes its place."""

    file: str
    text: str
    replacement: str


class Mutant(NamedTuple):
    """A fault in words, the trial that has to find it, and the edits that plant it."""

    name: str
    fault: str
    trial: str
    edits: tuple[Edit, ...]


def mutant(name: str, fault: str, trial: str, file: str, text: str, replacement: str) -> Mutant:
    """A fault that one edit plants."""
    return Mutant(name, fault, trial, (Edit(file, text, replacement),))
