"""One worked case, walked through: what was entered when, how it then stood, what was alerted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

from events import EventStore, format_instant
from events.cloudevents import CloudEvent, parse_line
from events.database.engine import open_engine, write_transaction
from events.database.packages import create_packages
from notifications.cli.printing import alert_line
from notifications.delivery.eml_files import EmlTransport
from notifications.errors import NotificationError
from notifications.scheduler.tick import tick
from notifications.settings import MailSettings
from tracker.cli.views.status import show_status
from tracker.queries.agreements import states
from tracker.queries.status import status
from tracker.queries.timeline import type_in_words
from tracker.recording.intake import Intake
from tracker.terminal.cells import printable
from tracker.terminal.session import Session
from tracker.terminal.text import print_data

ROOT = Path(__file__).resolve().parents[2]
PLACES = (ROOT / "examples", ROOT / "tracker" / "examples")
"""Where the cases lie: in a checkout, and in an installed package."""
AFTERWARDS = timedelta(days=7)


def case_names() -> list[str]:
    """The worked cases that are there."""
    return sorted(file.stem for place in PLACES for file in place.glob("*.jsonl"))


def events_of(case: str) -> list[CloudEvent]:
    """The entries of a case in order; raises NotificationError for one that is not there."""
    file = next((f for place in PLACES if (f := place / f"{case}.jsonl").is_file()), None)
    if file is None:
        raise NotificationError(
            f"no worked case {case!r}; expected one of {', '.join(case_names()) or 'none'}",
            hint="pactwatch demo --case grain",
        )
    with file.open("rb") as lines:
        return [parse_line(line) for line in lines if line.strip()]


def _entered(event: CloudEvent) -> str:
    """What an entry says, in words: its type, of what, by whom, and the reason or the text."""
    by = event.data.get("by") or event.data.get("speaker")
    about = event.data.get("commitment") or event.data.get("party") or event.subject
    named = ", ".join(by) if isinstance(by, list) else by
    text = event.data.get("reason") or event.data.get("text")
    party = event.data.get("speaks_for")
    words = f"{type_in_words(event.type.split('.')[1])}, {about}"
    words += f", who speaks for {party}" if party else ""
    return printable(words + (f", by {named}" if named else "") + (f": {text}" if text else ""))


def walk(session: Session, database: Path, settings: MailSettings, case: str) -> None:
    """Enters a case as it came in, with a turn at each entry and at what the clock does between."""
    events = events_of(case)
    engine, transport = open_engine(str(database)), EmlTransport(settings.mail_dir)
    with closing(EventStore.open(str(database), create=True)) as store:
        with write_transaction(engine) as connection:
            create_packages(connection, session.packages)
        for now, entered in _steps(store, events):
            report = tick(store, engine, settings, transport, now)
            if entered or report.alerts:
                print_data(f"\n{format_instant(now)}")
            for event in entered:
                print_data(f"  entered {event.id}: {_entered(event)}")
            for alert in report.alerts:
                print_data(alert_line(alert, session.tz))
            if entered:
                show_status(status(store, now, now), session.tz)
        print_data(f"\nhow it stands at {format_instant(now)}")
        show_status(status(store, now, now), session.tz)


def _steps(
    store: EventStore, events: Sequence[CloudEvent]
) -> Iterator[tuple[datetime, list[CloudEvent]]]:
    """Takes in the entries as they came; the instants of these, and of the clock between them."""
    batches = [(at, list(batch)) for at, batch in groupby(events, lambda event: event.time)]
    until = [at for at, _ in batches[1:]] + [batches[-1][0] + AFTERWARDS]
    for (at, batch), following in zip(batches, until, strict=True):
        intake = Intake(store, at)
        for event in batch:
            intake.take(event)
        accepted = intake.accepted()
        store.append_batch(accepted.items, accepted.versions)
        yield at, batch
        changes = (
            change for state in states(store, following, following) for change in state.changes
        )
        between = {change.at for change in changes if at < change.at < following}
        yield from ((instant, []) for instant in sorted(between))
    yield batches[-1][0] + AFTERWARDS, []
