"""One mail of every kind: planned, written and sent by turns of the scheduler on shipped data."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Engine, select

from events import EventStore
from events.database.engine import open_engine, write_transaction
from events.database.owned_tables import table_of
from notifications.alerts.filters import Filter
from notifications.delivery.eml_files import EmlTransport
from notifications.scheduler.tick import tick
from notifications.settings import MailSettings
from notifications.tables import OutboxRow
from tests.support.dataset import EVENING
from tests.support.subscribers import add_reader, sign_up_reader

HOURS = (0, 8, 24, 32, 48, 56)
"""After the evening: the turns that send something new, up to a day without news."""
READERS: dict[str, dict[str, Any]] = {
    "digest": {"when_quiet": "send"},
    "german": {"language": "de"},
    "one": {"cadence": "immediate", "wants": Filter(commitments=("sw-rus",))},
    "reminder": {
        "cadence": "immediate",
        "wants": Filter(commitments=("sw-rus",), kinds=("overdue",)),
        "remind_days": 1,
    },
    "escalation": {
        "cadence": "immediate",
        "wants": Filter(commitments=("sw-ukr",)),
        "escalate_to": "chief@example.org",
        "escalate_days": 1,
    },
}
"""What each reader asks for, by the name in their address."""


LAST_TURN = EVENING + timedelta(hours=HOURS[-1])


def send_every_kind(database: str, folder: Path) -> None:
    """Has all of them sent, in a database with the shipped data set projected at the evening."""
    settings = MailSettings(
        mail_dir=folder,
        smtp_url=None,
        mail_from="Pact desk <desk@example.org>",
        public_url="https://pacts.example.org/",
        secret_file=folder / "secret",
    )
    engine = open_engine(database)
    with EventStore.open(database) as store:
        with write_transaction(engine) as connection:
            for name, wishes in READERS.items():
                address = {"email": f"{name}@example.org", "zone": "Europe/Kyiv"}
                add_reader(connection, now=EVENING, **address, **wishes)
            with_opt_in = settings.model_copy(update={"opt_in": "always"})
            reader = {"email": "new@example.org", "zone": "Europe/Kyiv"}
            sign_up_reader(connection, with_opt_in, consent=None, now=EVENING, **reader)
        for hours in HOURS:
            at = EVENING + timedelta(hours=hours)
            tick(store, engine, settings, EmlTransport(folder), at)


def sent_mails(database: str) -> dict[str, EmailMessage]:
    """The mails by kind."""
    engine = open_engine(database)
    first, digest, quiet = _sent(engine, "digest")[:3]
    return {
        "first": first,
        "digest": digest,
        "quiet": quiet,
        "german": _sent(engine, "german")[0],
        "one": _sent(engine, "one")[-1],
        "reminder": _sent(engine, "reminder")[-1],
        "escalation": _sent(engine, "chief")[0],
        "opt-in": _sent(engine, "new")[0],
    }


def _sent(engine: Engine, name: str) -> list[EmailMessage]:
    """What was sent to an address, in order."""
    outbox = table_of(OutboxRow)
    query = select(outbox.c.message).where(outbox.c.recipient == f"{name}@example.org")
    with write_transaction(engine) as connection:
        raw = connection.execute(query.order_by(outbox.c.id)).scalars().all()
    return [cast("EmailMessage", message_from_bytes(bytes(each), policy=SMTP)) for each in raw]


def body_of(mail: EmailMessage, form: str) -> str:
    """The part of a mail in a form, `plain` or `html`; empty where it has none."""
    part = mail.get_body((form,))
    return str(part.get_content()) if part is not None else ""
