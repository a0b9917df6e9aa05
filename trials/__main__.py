"""Runs all trials, or those named: `python -m trials [NAME ...] [--short | --long]`.

Prints a JSON line of figures for each trial as it ends, and a table of all to standard error. Exits
with 1 when a figure is bad.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sys
from datetime import UTC, datetime
from importlib import import_module

import apsw

from tests.support import postgres
from trials.trial import LONG, SHORT, USUAL, Outcome, Trial, outcome_of

MODULES = (
    "log.kill9", "log.power_cut", "mail.outbox_faults", "log.disk_full", "log.disk_errors",
    "mail.clock", "mail.stuck", "log.tamper", "input.hostile", "log.backups", "log.upgrade",
    "log.contention", "log.postgres_restarts", "log.promotion", "log.histories", "input.site",
)  # fmt: skip
"""The modules of trials, in the order in which they run; each has a tuple `TRIALS`."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m trials", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--short", dest="form", action="store_const", const=SHORT, default=USUAL)
    form.add_argument("--long", dest="form", action="store_const", const=LONG)
    options = parser.parse_args(arguments)
    trials = all_trials()
    unknown = [name for name in options.names if name not in trials]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; expected {', '.join(trials)}")
    # So that servers are ended and folders removed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    print(machine(), file=sys.stderr)
    outcomes = []
    for name in options.names or trials:
        outcomes.append(outcome_of(trials[name], options.form))
        print(json.dumps(document(outcomes[-1])), flush=True)
    print("\n".join(table(outcomes)), file=sys.stderr)
    return int(any(outcome.verdict == "BAD" for outcome in outcomes))


def all_trials() -> dict[str, Trial]:
    """Every trial by its name."""
    modules = [import_module(f"trials.{name}") for name in MODULES]
    return {trial.name: trial for module in modules for trial in module.TRIALS}


def machine() -> str:
    """What the figures depend on."""
    return (
        f"{datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores ({platform.machine()}), "
        f"Python {platform.python_version()}, SQLite {apsw.sqlite_lib_version()}, "
        f"{postgres.version()}"
    )


def document(outcome: Outcome) -> dict[str, object]:
    """An outcome as its line of JSON has it."""
    line: dict[str, object] = {"trial": outcome.trial.name, "verdict": outcome.verdict}
    line |= {"seconds": outcome.seconds, "figures": outcome.counts}
    return line | ({"words": outcome.words} if outcome.words else {})


def table(outcomes: list[Outcome]) -> list[str]:
    """One line a trial: its verdict, and its figures without the zeros."""
    lines = []
    for outcome in outcomes:
        counts = ", ".join(f"{name} {n}" for name, n in outcome.counts.items() if n)
        reason = outcome.words[0].splitlines()[-1] if outcome.words else ""
        words = reason if outcome.verdict == "not run" else f"{counts}  {reason}".rstrip()
        lines.append(f"{outcome.trial.name:18} {outcome.verdict:8} {outcome.seconds:5} s  {words}")
    return lines


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
