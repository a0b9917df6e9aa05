"""Histories of entries of every type: late, out of order, corrected and retracted.

What the log holds is the same however it came in, and so are the rows that grew with it. What hangs
on a promise of another agreement moves with it.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from typing import Any

from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from sqlalchemy import Engine

from events import EventStore, RecordedEvent, format_instant
from events.cloudevents import CloudEvent, encode
from events.database.engine import open_engine, reused_connections, write_transaction
from events.errors import HintedError
from notifications.alerts.preview import preview_alerts
from tests.support.command import Command, plain_environment
from tests.support.hanging import (
    AGREEMENT_OF,
    ANCHOR,
    MOVES,
    Move,
    hanging_entries,
    misplaced,
    move_of,
)
from tests.support.odd_entries import (
    AGREEMENTS,
    BEGIN,
    COMMITMENTS,
    base_entries,
    data_of,
    field_of,
    line_of,
    subject_of,
)
from tests.support.readers import EVERY, OF_AGREEMENT, OF_COMMITMENT, failures_of
from tracker.documents.commitments import agreement_json
from tracker.entries.decoding import full_type, type_name
from tracker.entries.streams import is_of_parties
from tracker.model.commitment import Commitment
from tracker.model.event_types import EVENT_TYPES
from tracker.model.vocabulary import ChangeAxis
from tracker.projections.catch_up import catch_up
from tracker.projections.rebuild import compared
from tracker.queries.agreements import survey
from tracker.recording.accepted import items_of
from tracker.recording.effect import axes_of
from tracker.recording.files.event_file import take_lines
from tracker.recording.intake import Intake
from tracker.recording.preview import preview
from tracker.recording.recorder import Recording

COMMANDS = [
    *EVERY,
    *(f"{command} {name}" for command in OF_AGREEMENT for name in AGREEMENTS),
    *(f"{command} {name}" for command in OF_COMMITMENT for name in COMMITMENTS),
]
AMENDING = ("EntryCorrected", "EntryRetracted")
TYPES = st.sampled_from([name for name in EVENT_TYPES if name not in AMENDING])
SEEDS = st.integers(0, 2**20)
LATE = st.sampled_from((0, 0, 0, 1, 20, 200))
"""Days between when an entry was recorded and when the file with it is taken in."""
PARTIES = {"NOR": "Europe/Oslo", "RUS": "Europe/Moscow", "mediator": "UTC"}


class Log:
    """A log with its projections on a desk of its own."""

    def __init__(self, desk: Path) -> None:
        self.desk = desk
        self.environment = plain_environment(desk)
        url = self.environment["PACTWATCH_DB"]
        self.store: EventStore = EventStore.open(url, create=True)
        self.engine: Engine = open_engine(url)
        self._until_closed = ExitStack()
        self._until_closed.enter_context(reused_connections(self.engine))

    def project(self, now: datetime) -> None:
        with write_transaction(self.engine) as connection:
            catch_up(self.store, connection, now)

    def take(self, lines: Sequence[bytes], now: datetime) -> None:
        """Takes in an event file, as `import` does."""
        accepted = take_lines(lines, Intake(self.store, now))
        self.store.append_batch(accepted.items, accepted.versions)

    def lines(self) -> list[bytes]:
        return [encode(event) for event in self.store.read_all()]

    def close(self) -> None:
        self._until_closed.close()
        self.store.close()


def single_files(log: Log) -> list[list[bytes]]:
    """A file a line; one about a party begins with what its reader has to know of that party.

    Another desk may register a party anew only in a file that has how it is registered.
    """
    files, of_parties = [], defaultdict[str, list[bytes]](list)
    for event in log.store.read_all():
        known = of_parties[event.stream] if is_of_parties(event.stream) else []
        known.append(line := encode(event))
        files.append([*known[:-1], line])
    return files


class Histories(RuleBasedStateMachine):
    """One log that grows by single lines, by files and by `record`, while the clock goes on."""

    base: Path

    def __init__(self) -> None:
        super().__init__()
        self.desk = Path(mkdtemp(prefix="history-"))
        shutil.copytree(self.base, self.desk, dirs_exist_ok=True)
        self.log = Log(self.desk)
        self.now = BEGIN + timedelta(days=1)
        self.ids = [event.id for event in self.log.store.read_all()]
        self.moves: list[str] = []
        self.count = 0

    @rule(type_=TYPES, seed=SEEDS, late=LATE)
    def import_line(self, type_: str, seed: int, late: int) -> None:
        self.offer([self.entry(type_, Random(seed), late)])

    @rule(each=st.lists(st.tuples(TYPES, SEEDS, LATE), min_size=2, max_size=6))
    def import_file(self, each: list[tuple[str, int, int]]) -> None:
        """Lines that are refused are left out first; those that remain make a file."""
        intake = Intake(self.log.store, self.now)
        events = []
        for type_, seed, late in each:
            event = self.entry(type_, Random(seed), late)
            with suppress(HintedError):
                intake.take(event)
                events.append(event)
        self.offer(events)

    @rule(type_=TYPES, seed=SEEDS)
    def record(self, type_: str, seed: int) -> None:
        """What the preview says of the axes is what the log then says."""
        random = Random(seed)
        data = data_of(random, type_, self.ids)
        self.enter(type_, str(data.get("commitment") or subject_of(random, type_, data)), data)

    def enter(self, type_: str, target: str, data: dict[str, Any]) -> None:
        """Records one entry, as `record` does; an odd one may be refused."""
        recording = Recording(self.log.store, self.now, preview_alerts)
        with suppress(HintedError):
            event = recording.event(type_, target, data, self.next_id())
            document = preview(recording, event)
            accepted = recording.intake.accepted()
            self.log.store.append_batch(accepted.items, accepted.versions)
            self.ids += [event.id] if accepted.items else []
            self.log.project(self.now)
            self.check_preview(document["effect"])

    @rule(seed=SEEDS, late=LATE, which=st.integers(0, 99))
    def correct(self, seed: int, late: int, which: int) -> None:
        """One or two fields of an entry on record, to what they might have been."""
        random = Random(seed)
        amended = self.event_number(which)
        replacement = field_of(random, type_name(amended.type), self.ids)
        data = {"event": amended.id, "reason": "misread", "replacement": replacement}
        self.offer([self.event("EntryCorrected", amended.stream, data, late)])

    @rule(late=LATE, which=st.integers(0, 99))
    def retract(self, late: int, which: int) -> None:
        amended = self.event_number(which)
        data = {"event": amended.id, "reason": "entered by mistake"}
        self.offer([self.event("EntryRetracted", amended.stream, data, late)])

    @rule(each=st.lists(st.tuples(st.sampled_from(MOVES), SEEDS, LATE), min_size=2, max_size=5))
    def move_anchor(self, each: list[tuple[Move, int, int]]) -> None:
        """What hangs on a promise moves with it, time and again, in the log and in the rows."""
        for move, seed, late in each:
            type_, data = move_of(move, Random(seed), self.now, self.moves)
            event = self.event(type_, AGREEMENT_OF[ANCHOR], data, late)
            self.offer([event])
            self.moves += [event.id] if event.id in self.ids else []
            self.now += timedelta(days=1)
        assert [] == misplaced(self.commitments()), self.instant()
        assert not any(compared(self.log.store, self.log.engine)), self.instant()

    @rule(days=st.integers(1, 40))
    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule()
    def project(self) -> None:
        self.log.project(self.now)

    @rule(command=st.sampled_from(COMMANDS))
    def read(self, command: str) -> None:
        run = Command(self.desk, self.log.environment)
        if command.startswith(OF_COMMITMENT) and command.split()[-1] not in self.commitments():
            return
        failures = failures_of(run, format_instant(self.now), [command])
        assert {} == failures, self.instant()

    def offer(self, events: list[CloudEvent]) -> None:
        """Takes in a file; an odd entry may be refused."""
        lines = [line_of(event).encode() for event in events]
        with suppress(HintedError):
            self.log.take(lines, self.now)
            self.ids += [event.id for event in events]
            self.log.project(self.now)

    def entry(self, type_: str, random: Random, late: int) -> CloudEvent:
        data = data_of(random, type_, self.ids)
        subject = subject_of(random, type_, data)
        subject = AGREEMENT_OF.get(str(data.get("commitment")), subject)
        return self.event(type_, subject, data, late)

    def event(self, type_: str, subject: str, data: dict[str, Any], late: int) -> CloudEvent:
        at = max(self.now - timedelta(days=late), BEGIN)
        return CloudEvent(self.next_id(), "test", full_type(type_), subject, at, data)

    def next_id(self) -> str:
        self.count += 1
        return f"x{self.count}"

    def event_number(self, number: int) -> RecordedEvent:
        events = list(self.log.store.read_all())
        return events[-1 - number % len(events)]

    def check_preview(self, effect: list[Any]) -> None:
        commitments = self.commitments()
        for change in effect:
            commitment = commitments.get(change["commitment"])
            if commitment is not None and change["axis"] in (axes := axes_of(commitment, self.now)):
                assert change["after"] == axes[change["axis"]], self.instant()

    def commitments(self) -> dict[str, Commitment]:
        """Those that stand by now."""
        answer = survey(self.log.store, self.now, self.now, lambda state: state).answers
        return {c.id: c for state in answer for c in state.commitments.values()}

    def instant(self) -> str:
        note("\n".join(line.decode() for line in self.log.lines()))
        return f"at {format_instant(self.now)}"

    def teardown(self) -> None:
        try:
            self.check()
        finally:
            self.log.close()
            shutil.rmtree(self.desk)

    def check(self) -> None:
        """The log in one piece and line by line, its rows, and what was known before."""
        lines = self.log.lines()
        answer = survey(
            self.log.store, self.now, self.now, lambda state: (agreement_json(state), state.changes)
        )
        assert not answer.unreadable, self.instant()
        changes = (change for _, moves in answer.answers for change in moves)
        axes = {change.axis.partition(" ")[0] for change in changes}
        assert axes <= set(ChangeAxis), self.instant()
        self.log.project(self.now)
        assert not any(compared(self.log.store, self.log.engine)), self.instant()
        whole, single = EventStore.open("memory://"), EventStore.open("memory://")
        for store, files in ((whole, [lines]), (single, single_files(self.log))):
            for file in files:
                accepted = take_lines(file, Intake(store, self.now))
                store.append_batch(accepted.items, accepted.versions)
            assert lines == [encode(event) for event in store.read_all()], self.instant()
        self.check_known_before()

    def check_known_before(self) -> None:
        """What was known by an instant is what a log has that ends there."""
        known_at = BEGIN + (self.now - BEGIN) / 2
        earlier = EventStore.open("memory://")
        events = [event for event in self.log.store.read_all() if event.recorded_at <= known_at]
        for event in events:
            earlier.append_batch(items_of([event]))
        for as_of in (known_at, self.now):
            assert survey(earlier, as_of, known_at, agreement_json) == survey(
                self.log.store, as_of, known_at, agreement_json
            ), self.instant()


def run_histories(base: Path, number: int, **more: Any) -> None:
    """Tries so many histories; raises for the first that goes wrong."""
    Histories.base = base
    run_state_machine_as_test(
        Histories,
        settings=settings(
            max_examples=number,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            **more,
        ),
    )


def make_base(desk: Path) -> Path:
    """A log with a promise of each kind and the parties, projected on its first day."""
    desk.mkdir(exist_ok=True)
    log = Log(desk)
    log.take([line_of(event).encode() for event in beginning()], BEGIN)
    log.project(BEGIN + timedelta(hours=1))
    log.close()
    return desk


def beginning() -> list[CloudEvent]:
    """The parties, a promise of each kind, and promises that hang on one of another agreement."""
    return [*parties(), *base_entries(), *hanging_entries()]


def event(type_: str, name: str, subject: str, data: dict[str, Any]) -> CloudEvent:
    return CloudEvent(name, "test", full_type(type_), subject, BEGIN, data)


def parties() -> list[CloudEvent]:
    named = [{"party": party, "name": party, "zone": zone} for party, zone in PARTIES.items()]
    named.append({"party": "nor-mod", "name": "Ministry", "zone": "UTC", "speaks_for": "NOR"})
    return [
        event("PartyRegistered", f"p-{data['party']}", f"party/{data['party']}", data)
        for data in named
    ]
