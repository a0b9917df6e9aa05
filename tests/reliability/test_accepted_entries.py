"""No entry that was accepted stops a reader: random entries of every type, then every command."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from events import EventStore, format_instant
from events.cloudevents import CloudEvent
from events.errors import HintedError
from tests.support.command import Command, Run, plain_environment
from tests.support.odd_entries import AGREEMENTS, END, base_entries, line_of, odd_entries
from tests.support.profiles import examples, profile
from tests.support.readers import EVERY, OF_AGREEMENT, OF_COMMITMENT, failures_of
from tracker.queries.agreements import states, unreadable_agreements
from tracker.recording.intake import Intake

WORLDS = 200 if profile() == "long" else examples(12)
"""About three seconds of CPU each."""
ENTRIES = 150
AT_END = ("--now", format_instant(END))


@pytest.mark.parametrize("seed", range(WORLDS))
def test_every_reader_goes_on_after_what_was_accepted(seed: int, tmp_path: Path) -> None:
    """Some entries are taken one by one, the others a dozen at once, as in a file."""
    environment = plain_environment(tmp_path)
    run = Command(tmp_path, environment)
    with EventStore.open(environment["PACTWATCH_DB"], create=True) as store:
        accepted = fill(store, Random(seed), lambda: run(*AT_END, "tick"))
        unreadable = unreadable_agreements(store, END, END)
        commitments = [c for state in states(store, END, END) for c in state.commitments]
    is_kept_up = is_rebuilt_as_kept_up(run)
    commands = [*EVERY]
    commands += [f"{command} {name}" for command in OF_AGREEMENT for name in AGREEMENTS]
    commands += [f"{command} {name}" for command in OF_COMMITMENT for name in commitments]
    failures = failures_of(run, AT_END[1], commands)

    if unreadable or failures or not is_kept_up:
        (tmp_path / "accepted.jsonl").write_text("\n".join(map(line_of, accepted)))
    assert ([], {}, True) == (unreadable, failures, is_kept_up), (
        f"to try it: {tmp_path}/accepted.jsonl"
    )
    assert is_imported_as_exported(run, tmp_path)


def is_rebuilt_as_kept_up(run: Run) -> bool:
    """Whether rows that grew with the log are those that all of it gives."""
    run(*AT_END, "tick")
    return are_rows_of_log(run)


def are_rows_of_log(run: Run, *where: str) -> bool:
    """Whether a rebuild would change no row."""
    tables = run(*AT_END, *where, "projection", "rebuild", "-n", "--json").json["tables"]
    return not any(each["added"] or each["removed"] or each["changed"] for each in tables)


def is_imported_as_exported(run: Run, desk: Path) -> bool:
    """Whether import(export(x)) is x, byte for byte, and its rows, as judged, are those of x."""
    twin = ("--db", str(desk / "twin.db"))
    exported = run(*AT_END, "export", "-o", "log.jsonl")
    imported = run(*AT_END, *twin, "import", "log.jsonl")
    again = run(*AT_END, *twin, "export")
    codes = (exported.code, imported.code, again.code)
    same = codes == (0, 0, 0) and again.stdout == (desk / "log.jsonl").read_bytes()
    return same and are_rows_of_log(run, *twin)


def _nothing() -> None:
    """Does nothing."""


def fill(
    store: EventStore, random: Random, halfway: Callable[[], object] = _nothing
) -> list[CloudEvent]:
    """Offers random entries to the intake, and records what it accepts."""
    base, entries = list(base_entries()), list(odd_entries(random, ENTRIES))
    accepted: list[CloudEvent] = []
    while base or entries:
        # The base first, so that nothing odd has it refused with itself.
        size = random.choice((1, 1, 1, 12))
        offered, entries = (base, entries) if base else (entries[:size], entries[size:])
        base = []
        intake = Intake(store, END)
        if len(entries) <= ENTRIES / 2:
            halfway()
            halfway = _nothing
        for event in offered:
            with suppress(HintedError):
                intake.take(event)
        with suppress(HintedError):
            taken = intake.accepted()
            store.append_batch(taken.items, taken.versions)
            accepted += [event for event in offered if event.id in intake.taken]
    return accepted
