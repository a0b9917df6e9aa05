"""What a trial is: a fault, repeated, and figures that tell whether the program stood it."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Literal

SHORT, USUAL, LONG = 0, 1, 2
Verdict = Literal["good", "BAD", "not run"]
MOST_WORDS = 5


class NotRun(Exception):
    """A trial that this machine cannot run; the message says what it lacks."""


class Figures:
    """Counts by name, and what the program said where a count is bad."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.words: list[str] = []

    def add(self, name: str, count: int = 1) -> None:
        self.counts[name] += count

    def highest(self, name: str, count: int) -> None:
        self.counts[name] = max(self.counts[name], count)

    def failed(self, name: str, words: str) -> None:
        """Counts one failure, and keeps the words of the first few."""
        self.add(name)
        if len(self.words) < MOST_WORDS:
            self.words.append(f"{name}: {words.strip()[-400:]}")


@dataclass(frozen=True)
class Trial:
    """One kind of fault.

    `cycles` are those of the short, the usual and the long form. Figures named in `zero` are bad
    when anything is counted in them. Those in `positive` are bad when nothing is: then the fault
    was never there, and zeros mean nothing.
    """

    name: str
    question: str
    run: Callable[[int, Figures], None]
    cycles: tuple[int, int, int]
    zero: tuple[str, ...]
    positive: tuple[str, ...] = ("cycles",)


@dataclass(frozen=True)
class Outcome:
    """What came of one trial."""

    trial: Trial
    verdict: Verdict
    seconds: int
    counts: dict[str, int]
    words: list[str] = field(default_factory=list)


def outcome_of(trial: Trial, form: int) -> Outcome:
    """Runs a trial in one of its forms."""
    figures, began = Figures(), monotonic()
    verdict: Verdict = "good"
    try:
        trial.run(trial.cycles[form], figures)
    except NotRun as reason:
        verdict, figures.words = "not run", [str(reason)]
    except Exception:
        verdict = "BAD"
        figures.words.append(traceback.format_exc(limit=-3))
    else:
        if bad_figures(trial, figures.counts):
            verdict = "BAD"
    counts = {**dict.fromkeys((*trial.positive, *trial.zero), 0), **figures.counts}
    return Outcome(trial, verdict, round(monotonic() - began), counts, figures.words)


def bad_figures(trial: Trial, counts: Counter[str]) -> list[str]:
    """The names of the figures that should be zero and are not, or the other way round."""
    above = [name for name in trial.zero if counts[name]]
    return above + [name for name in trial.positive if not counts[name]]
