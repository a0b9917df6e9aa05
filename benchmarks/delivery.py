"""How fast does mail leave, and does it arrive once? Against smtplib by hand, and in trials."""

from __future__ import annotations

import shutil
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path
from textwrap import fill

from jinja2 import Environment, FileSystemLoader, select_autoescape

from benchmarks.timing import absent, clocked, progress, row, speed, taking_turns
from events.database.engine import write_transaction
from notifications.delivery.lanes import deliver_mail
from notifications.delivery.smtp import SmtpTransport
from notifications.delivery.worker import DeliveryRun
from notifications.digests.digest import Digest
from notifications.digests.items import Item, Section
from notifications.digests.render import Addressee, Rendered, render
from notifications.digests.templating import SHIPPED
from notifications.outbox.clocks import TurnClock
from notifications.outbox.enqueue import OutgoingMessage, enqueue
from notifications.settings import MailSettings
from tests.support import postgres
from tests.support.delivery_trials import Found, under_faults, with_pauses
from tests.support.mail import made

COUNT = 1000
FAULTS = 10_000
PAUSES, WHILE_PAUSED = 100, 5000
NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
SENDER = "pactwatch@localhost"
SINK = ("smtp-sink", "/usr/sbin/smtp-sink")


def rows() -> Iterator[str]:
    yield from throughput()
    yield from faults()
    yield from pauses()


def throughput() -> Iterator[str]:
    """A digest of five items to each of a thousand readers."""
    what, goal = f"render, build and send {COUNT:,} digests by the outbox", ">= 0.71"
    sink = next((path for name in SINK if (path := shutil.which(name))), None)
    if sink is None:
        yield absent(what, "no smtp-sink (Debian: postfix)", goal)
        return
    with sinking(sink) as port:
        ours, by_hand = taking_turns(lambda: by_outbox(port), lambda: by_smtplib(port))
    against = "the same templates in Jinja2, MIMEText, smtplib on one connection; no outbox"
    yield speed(what, COUNT, ours, by_hand, against, goal)


@contextmanager
def sinking(program: str) -> Iterator[int]:
    """Postfix's smtp-sink, which takes everything and keeps nothing."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    sink = subprocess.Popen([program, "-u", "nobody", f"127.0.0.1:{port}", "100"])
    try:
        _wait_for(port)
        yield port
    finally:
        sink.terminate()
        sink.wait()


def _wait_for(port: int) -> None:
    for _ in range(100):
        try:
            smtplib.SMTP("127.0.0.1", port).quit()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("smtp-sink does not answer")


def by_outbox(port: int) -> float:
    """Rendered, put in, claimed, sent and settled, each step as a turn does it."""
    with tempfile.TemporaryDirectory() as place:
        engine = made(str(Path(place) / "p.db"))

        def work() -> None:
            with write_transaction(engine) as connection:
                for number in range(COUNT):
                    message = OutgoingMessage(str(number), digest_to(number), recipient(number))
                    enqueue(connection, message, NOW)
            transport = SmtpTransport(f"smtp://127.0.0.1:{port}", SENDER, None)
            done = deliver_mail(DeliveryRun(engine, "worker", TurnClock(NOW)), transport)
            if sum(one.state == "sent" for one in done) != COUNT:
                raise SystemExit("not everything was sent")

        return clocked(work)


def by_smtplib(port: int) -> float:
    """The same mail without a record: what a script would do that its writer made fast."""
    environment = Environment(
        loader=FileSystemLoader(SHIPPED),
        autoescape=select_autoescape(["html.j2"], default_for_string=False),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        translated=lambda message, **values: message.format(**values),
        wrapped=lambda text, *_indents: fill(text, 78),
        sentence=str,
        line=str,
    )
    templates = [
        environment.get_template(f"digest.{form}.j2") for form in ("subject", "txt", "html")
    ]

    def work() -> None:
        with smtplib.SMTP("127.0.0.1", port) as smtp:
            for number in range(COUNT):
                words = [template.render(script_facts(number)) for template in templates]
                message = by_hand(number, *words)
                smtp.sendmail(SENDER, [recipient(number)], message.as_bytes())

    return clocked(work)


def script_facts(number: int) -> dict[str, object]:
    """What the templates name, the links of one reader among it."""
    stop = f"mailto:{SENDER}?subject=unsubscribe%20{number}"
    return {
        "digest": digest(), "subscription": str(number), "follows": "", "unsubscribe": stop,
        "preferences": stop, "board": "", "marks": "",
    }  # fmt: skip


def by_hand(number: int, subject: str, text: str, html: str) -> MIMEMultipart:
    """As the older classes of the library make it, in a quarter of the time of EmailMessage."""
    message = MIMEMultipart("alternative")
    message["Date"] = "Mon, 02 Mar 2026 08:00:00 +0000"
    message["From"] = f"pactwatch <{SENDER}>"
    message["To"] = recipient(number)
    message["Subject"] = subject
    message["Message-ID"] = f"<{number}@localhost>"
    message["Auto-Submitted"] = "auto-generated"
    message["List-Unsubscribe"] = f"<mailto:{SENDER}>"
    message.attach(MIMEText(text, "plain", "utf-8"))
    message.attach(MIMEText(html, "html", "utf-8"))
    return message


def recipient(number: int) -> str:
    return f"reader{number}@example.org"


def digest() -> Digest:
    section = Section("Overdue and lapsed", tuple(item(n) for n in range(5)), 0)
    headline = "overdue and lapsed: 5"
    local = "Mon 02 Mar 2026 08:00 +0000"
    return Digest("2026-03-02T08:00:00Z", local, "UTC", None, 1, (section,), headline)


def digest_to(number: int) -> Rendered:
    to = Addressee(recipient=recipient(number), subscription=str(number), window="w", now=NOW)
    return render(digest(), to, SETTINGS)


SETTINGS = MailSettings(smtp_url=None)


def item(number: int) -> Item:
    return Item(
        commitment=f"ep-{number}",
        agreement="energy-pause-2025",
        title="A pause of strikes on energy infrastructure",
        who="RUS -> UKR",
        promise="not to strike energy infrastructure for thirty days",
        what="is overdue",
        at="2026-03-02T07:00:00Z",
        local="Mon 02 Mar 2026 07:00 +0000",
        state="overdue, alleged",
        readings=("Mon 02 Mar 2026 07:00 +0000 (inclusive, Europe/Moscow)",),
        why="rule T6, event ev-0003",
        severity="critical",
    )


def faults() -> Iterator[str]:
    """Answers 4xx and 421, lines dropped and garbage, at every verb."""
    progress(f"{FAULTS:,} messages under faults")
    with tempfile.TemporaryDirectory() as place:
        trial = under_faults(made(str(Path(place) / "p.db")), FAULTS)
    what = f"{FAULTS:,} messages past {trial.faults:,} faults, uncertain ones sent once more"
    twice = f"{trial.doubled} twice, {trial.doubled_without_cause} of them without a lost answer"
    goal = "0 missed; twice only when the answer to the final dot was lost"
    yield row(what, f"{trial.missed} missed, {twice}", "-", "-", "-", goal)


def pauses() -> Iterator[str]:
    """Three workers, each stopped past its lease again and again while it sends."""
    what = f"3 workers stopped past their lease {PAUSES} times"
    goal = "0 sent twice"
    progress(f"{what}, SQLite")
    with tempfile.TemporaryDirectory() as place:
        url = str(Path(place) / "p.db")
        yield row(
            f"{what}, SQLite",
            _summary(with_pauses(made(url), url, PAUSES, WHILE_PAUSED)),
            *OPEN,
            goal,
        )
    progress(f"{what}, PostgreSQL")
    try:
        with postgres.server() as url:
            trial = with_pauses(made(url), url, PAUSES, WHILE_PAUSED)
    except postgres.NoPostgres as error:
        yield absent(f"{what}, PostgreSQL", str(error), goal)
        return
    yield row(f"{what}, PostgreSQL", _summary(trial), *OPEN, goal)


OPEN = ("-", "-", "-")


def _summary(trial: Found) -> str:
    states = ", ".join(f"{count:,} {state}" for state, count in sorted(trial.states.items()))
    return f"{trial.doubled} sent twice; {trial.expired} leases ran out; {states}"
