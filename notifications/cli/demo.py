"""The demo: the shipped agreements, how they stood, and what six weeks of clock would have told.

Nothing is staged: it imports the data set and runs the same turns that `pactwatch run` does.
"""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from events import EventStore, format_instant
from events.database.engine import open_engine, write_transaction
from notifications.cli.run import alert_line
from notifications.delivery.eml_files import EmlTransport
from notifications.errors import NotificationError
from notifications.scheduler.tick import TickReport, report_json, tick
from notifications.settings import MailSettings
from notifications.subscriptions import subscription as subscriptions
from tracker.cli.views.status import show_status
from tracker.projections.catch_up import catch_up
from tracker.queries.status import status
from tracker.recording.intake import Intake, read_lines
from tracker.terminal.options import HELP, pass_session
from tracker.terminal.session import Session
from tracker.terminal.text import note, print_data

DATASET = Path(__file__).resolve().parents[2] / "tracker" / "dataset"
START = datetime(2025, 3, 18, 22, tzinfo=UTC)
WEEKS = 6
STEP = timedelta(hours=12)


def run_demo(directory: Path | None, *, zone: str) -> None:
    """Import, show the status of 18 March 2025, walk the clock, and say where everything lies."""
    place = directory or Path(tempfile.mkdtemp(prefix="pactwatch-demo-"))
    place.mkdir(parents=True, exist_ok=True)
    database = place / "pactwatch.db"
    if database.exists():
        raise NotificationError(
            f"{database} is there already", hint="name an empty directory with --dir"
        )
    settings = MailSettings(mail_dir=place / "mail", smtp_url=None)
    with closing(EventStore.open(str(database))) as store:
        _import(store, database)
        _show(store, zone)
        _walk(store, str(database), settings, zone)
    _where(place, database)


def _import(store: EventStore, database: Path) -> None:
    intake = Intake(store, START)
    for file in sorted(DATASET.glob("*.jsonl")):
        with file.open("rb") as lines:
            read_lines(lines, intake)
    accepted = intake.accepted()
    store.append_batch(accepted.items, accepted.versions)
    engine = open_engine(str(database))
    with write_transaction(engine) as connection:
        catch_up(store, connection, START)
        subscriptions.add(
            connection,
            email="analyst@example.org",
            cadence="immediate",
            zone="Europe/Kyiv",
            now=START,
        )
    print_data(f"1. imported {len(accepted.items)} events from {DATASET.name}/")


def _show(store: EventStore, zone: str) -> None:
    print_data(f"\n2. how it stood at {format_instant(START)}")
    show_status(status(store, START, START), zone)


def _walk(store: EventStore, database: str, settings: MailSettings, zone: str) -> None:
    print_data(f"\n3. the clock over {WEEKS} weeks, with no further news")
    engine, transport = open_engine(database), EmlTransport(settings.mail_dir)
    turns = list(_turns())
    for n, now in enumerate(turns, start=1):
        report = tick(store, engine, settings, transport, now)
        if report.alerts:
            _tell(report, zone)
        elif n % 20 == 0:
            note(f"   {n} of {len(turns)} turns, {format_instant(now)}: nothing new")
    again = tick(store, engine, settings, transport, turns[-1])
    print_data(f"\n4. the last turn again: {len(again.alerts)} alerts, {again.delivered} mails")


def _turns() -> Iterator[datetime]:
    now = START
    while now <= START + timedelta(weeks=WEEKS):
        yield now
        now += STEP


def _tell(report: TickReport, zone: str) -> None:
    document = report_json(report)
    print_data(f"\n{document['now']}: {len(report.alerts)} alerts")
    for alert in document["alerts"]:
        print_data(alert_line(alert, zone))
    for message in document["messages"]:
        print_data(f"  mail {message['state']}: {message['location']}")


def _where(place: Path, database: Path) -> None:
    mails = sorted((place / "mail").glob("*.eml"))
    print_data(f"\n{len(mails)} digests lie in {place / 'mail'}")
    print_data("look around:")
    print_data(f"  export PACTWATCH_DB={shlex.quote(str(database))}")
    print_data("  pactwatch explain ep-rus --as-of 2025-04-17T12:00:00Z")
    print_data("  pactwatch deadlines --as-of 2025-03-18T22:00:00Z")


@click.command("demo", context_settings=HELP)
@click.option(
    "--dir",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    show_envvar=True,
    help="Where to leave the database and the mail (default: a new temporary directory).",
)
@pass_session
def demo(session: Session, directory: Path | None) -> None:
    """The whole path on the shipped data set: import, status, six weeks of clock, digests.

    \b
    Examples:
      pactwatch demo
      pactwatch demo --dir /tmp/look
    """

    run_demo(directory, zone=session.tz)
