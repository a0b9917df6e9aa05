"""The command `demo`: the shipped agreements, and what six weeks of clock would have notified.

Nothing is staged: it imports the data set and runs the same turns that `pactwatch run` does.
"""

from __future__ import annotations

import shlex
import tempfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from events import EventStore, format_instant
from events.database.engine import open_engine, reused_connections, write_transaction
from events.database.packages import create_packages
from events.wording import plural
from notifications.cli.demo_case import walk
from notifications.cli.printing import alert_line
from notifications.delivery.eml_files import EmlTransport
from notifications.errors import NotificationError
from notifications.scheduler.report import TickReport
from notifications.scheduler.tick import tick
from notifications.settings import MailSettings
from notifications.subscriptions import subscription as subscriptions
from notifications.subscriptions.preferences import Preferences
from tracker.cli.views.status import show_status
from tracker.projections.catch_up import catch_up
from tracker.queries.status import status
from tracker.recording.files.event_file import take_lines
from tracker.recording.intake import Intake
from tracker.terminal.options import HELP, pass_session
from tracker.terminal.session import Session
from tracker.terminal.text import print_data, print_info

DATASET = Path(__file__).resolve().parents[2] / "tracker" / "dataset"
START = datetime(2025, 3, 18, 22, tzinfo=UTC)
WEEKS = 6
STEP = timedelta(hours=12)


@click.command("demo", context_settings=HELP)
@click.option(
    "--dir",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    show_envvar=True,
    help="Where to leave the database and the mail (default: a new temporary directory).",
)
@click.option(
    "--case", help="Walk a worked case instead: gaza, grain, iran or minsk.", metavar="NAME"
)
@pass_session
def demo(session: Session, directory: Path | None, case: str | None) -> None:
    """The whole path on the shipped data set: import, status, six weeks of clock, digests.

    \b
    Examples:
      pactwatch demo
      pactwatch demo --dir /tmp/look
      pactwatch demo --case grain
    """
    folder = directory or Path(tempfile.mkdtemp(prefix="pactwatch-demo-"))
    folder.mkdir(parents=True, exist_ok=True)
    database = folder / "pactwatch.db"
    if database.exists():
        raise NotificationError(
            f"{database} is there already", hint="name an empty directory with --dir"
        )
    settings = MailSettings(mail_dir=folder / "mail", smtp_url=None)
    if case is not None:
        walk(session, database, settings, case)
        return
    with closing(EventStore.open(str(database))) as store:
        with write_transaction(open_engine(str(database))) as connection:
            create_packages(connection, session.packages)
        import_dataset(store, database)
        print_data(f"\n2. how it stood at {format_instant(START)}")
        show_status(status(store, START, START), session.tz)
        run_turns(session, store, database, settings)
    print_places(folder, database)


def import_dataset(store: EventStore, database: Path) -> None:
    """Imports the shipped events as of START, and adds one subscriber who hears at once."""
    intake = Intake(store, START)
    for file in sorted(DATASET.glob("*.jsonl")):
        with file.open("rb") as lines:
            take_lines(lines, intake)
    accepted = intake.accepted()
    store.append_batch(accepted.items, accepted.versions)
    engine = open_engine(str(database))
    with write_transaction(engine) as connection:
        catch_up(store, connection, START)
        preferences = Preferences(cadence="immediate", zone="Europe/Kyiv")
        subscriptions.add(connection, "analyst@example.org", preferences, START)
    print_data(f"1. imported {plural(len(accepted.events), 'event')} from {DATASET.name}/")


def run_turns(session: Session, store: EventStore, database: Path, settings: MailSettings) -> None:
    """Takes a turn every STEP, prints those with alerts, and shows that repeating one is free."""
    print_data(f"\n3. the clock over {WEEKS} weeks, with no further news")
    engine, transport = open_engine(str(database)), EmlTransport(settings.mail_dir)
    steps = timedelta(weeks=WEEKS) // STEP
    instants = [START + n * STEP for n in range(steps + 1)]
    with reused_connections(engine):
        for n, now in enumerate(instants, start=1):
            report = tick(store, engine, settings, transport, now)
            if report.alerts:
                print_turn(report, session.tz)
            elif n % 20 == 0:
                text = f"   {n} of {len(instants)} turns, {format_instant(now)}: nothing new"
                print_info(session, text)
        again = tick(store, engine, settings, transport, instants[-1])
    alerts, mails = plural(len(again.alerts), "alert"), plural(again.delivered, "mail")
    print_data(f"\n4. the last turn again: {alerts}, {mails}")


def print_turn(report: TickReport, zone: str) -> None:
    print_data(f"\n{format_instant(report.now)}: {plural(len(report.alerts), 'alert')}")
    for alert in report.alerts:
        print_data(alert_line(alert, zone))
    for delivery in report.deliveries:
        print_data(f"  mail {delivery.state}: {delivery.location}")


def print_places(folder: Path, database: Path) -> None:
    """Prints where database and mail lie, and commands to look around with."""
    mails = sorted((folder / "mail").glob("*.eml"))
    print_data(f"\n{plural(len(mails), 'digest')} in {folder / 'mail'}")
    print_data("look around:")
    print_data(f"  export PACTWATCH_DB={shlex.quote(str(database))}")
    print_data("  pactwatch explain ep-rus --as-of 2025-04-17T12:00:00Z")
    print_data("  pactwatch deadlines --as-of 2025-03-18T22:00:00Z")
