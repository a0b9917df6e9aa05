"""Processes that append to one log at once."""

from __future__ import annotations

from collections.abc import Sequence

from events import EventStore, NewEvent
from tests.support.forks import FORKS

PATIENCE = 240.0


def write(address: str, name: str, count: int) -> None:
    """Appends so many events to a stream, one by one."""
    with EventStore.open(address) as store:
        for n in range(count):
            store.append(name, [NewEvent(type="t", data={"n": n}, id=f"{name}-{n}")], n)


def codes_of_writers(address: str, names: Sequence[str], count: int) -> list[int | None]:
    """The exit codes of a process for each stream, all of which write at once."""
    writers = [FORKS.Process(target=write, args=(address, name, count)) for name in names]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(PATIENCE)
        writer.kill()
    return [writer.exitcode for writer in writers]
