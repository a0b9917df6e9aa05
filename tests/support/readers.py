"""The commands that only read, which no entry that was accepted may stop."""

from __future__ import annotations

from events import format_instant
from tests.support.command import Run
from tests.support.odd_entries import BEGIN, END

PAST = format_instant(BEGIN + (END - BEGIN) / 3)
EVERY = (
    "status", "status --json", "agreement list", "commitment list", "deadlines", "releases",
    "blocked", "blocked --graph dot", "readout", f"diff {PAST} {format_instant(END)}",
    f"status --as-of {PAST} --known-at {PAST}", "deadlines --as-of 2026-06-01", "event list",
    "export", "feed ics", "feed atom", "tick", "projection rebuild --yes", "site build site",
    "--tlp GREEN status", "--tlp CLEAR readout", "feed ics --tlp RED", "alert list", "verify",
    "source list",
)  # fmt: skip
OF_AGREEMENT = ("agreement show", "readout", "ledger", "precedents", "releases", "blocked")
OF_COMMITMENT = ("explain", "commitment show", "status")


def failures_of(run: Run, now: str, commands: list[str]) -> dict[str, str]:
    """The commands that ended with something else than an answer, and what they printed."""
    results = {command: run("--now", now, *command.split()) for command in (*commands, "check")}
    good = {command: 4 if command == "check" else 0 for command in results}
    return {
        command: result.err
        for command, result in results.items()
        if result.code not in (0, good[command])
    }
