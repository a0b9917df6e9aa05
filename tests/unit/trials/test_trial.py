"""When a trial is good, bad or not run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.dataset import ROOT
from trials import mutants
from trials.__main__ import all_trials, document, table
from trials.mutants import LATE, MUTANTS, mutated_sources, result_in, short_form
from trials.planted.mutant import Mutant
from trials.trial import SHORT, Figures, NotRun, Trial, outcome_of


def trial_of(counts: dict[str, int], reason: str = "") -> Trial:
    def run(cycles: int, figures: Figures) -> None:
        if reason:
            raise NotRun(reason)
        figures.add("cycles", cycles)
        for name, count in counts.items():
            figures.add(name, count)

    return Trial("example", "?", run, (1, 2, 3), ("lost",))


@pytest.mark.parametrize(
    ("counts", "verdict"),
    [({}, "good"), ({"seen": 5}, "good"), ({"lost": 1}, "BAD"), ({"cycles": -1}, "BAD")],
)
def test_a_figure_that_should_be_zero_is_bad_above_it(counts: dict[str, int], verdict: str) -> None:
    """Anything lost is bad, and so is a trial that tried nothing."""
    assert verdict == outcome_of(trial_of(counts), SHORT).verdict


def test_what_cannot_run_says_why() -> None:
    """A machine without a tool gives no verdict, and the reason stands in line and table."""
    outcome = outcome_of(trial_of({}, "no strace here"), SHORT)

    assert ("not run", ["no strace here"]) == (document(outcome)["verdict"], outcome.words)
    assert table([outcome])[0].endswith("not run      0 s  no strace here")


def test_a_trial_that_breaks_is_bad() -> None:
    """An error in a trial is no proof of anything good."""

    def run(_cycles: int, _figures: Figures) -> None:
        raise KeyError("nothing")

    outcome = outcome_of(Trial("example", "?", run, (1, 1, 1), ()), SHORT)

    assert "BAD" == outcome.verdict
    assert "KeyError" in outcome.words[0]


@pytest.mark.parametrize(
    ("verdict", "counts", "result"),
    [
        ("BAD", {"lost": 1, "cycles": 2}, "found"),
        ("BAD", {"cycles": 1}, "MISSED"),
        ("crashed", {}, "MISSED"),
        ("good", {"cycles": 2}, "MISSED"),
        ("not run", {}, "not run"),
        (LATE, {}, LATE),
    ],
)
def test_a_planted_fault_is_found_by_a_figure(
    verdict: str, counts: dict[str, int], result: str
) -> None:
    """A trial that broke, or in which nothing happened, has found nothing."""
    assert result == result_in(trial_of({}), verdict, counts)


def test_a_trial_that_is_not_over_in_time_has_not_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And those after it are run."""
    (tmp_path / "trials").mkdir()
    (tmp_path / "trials" / "__main__.py").write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setattr(mutants, "SECONDS", 0.2)

    assert {"verdict": LATE, "figures": {}} == short_form("kill9", tmp_path)


@pytest.mark.parametrize("planted", MUTANTS, ids=lambda planted: planted.name)
def test_every_planted_fault_has_its_place_and_its_trial(planted: Mutant) -> None:
    """The text that a planted fault takes the place of stands in the program, once."""
    assert planted.trial in all_trials()
    assert all(mutated_sources(planted, ROOT).values())
