"""Chooses transports and runs the workers: mail by its relay, and each other host by itself.

Hosts outside mail are called several at a time, so none waits for another.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from msgspec.structs import replace
from sqlalchemy import Engine, select

from events.database.engine import read_snapshot
from notifications.addresses.channels import APPRISE, MAIL, Lane
from notifications.delivery.apprise import AppriseTransport
from notifications.delivery.eml_files import EmlTransport
from notifications.delivery.smtp import SmtpTransport
from notifications.delivery.threads import run_in_threads
from notifications.delivery.transports import HttpTransport, MailTransport
from notifications.delivery.webhook import WebhookTransport
from notifications.delivery.worker import Delivery, DeliveryRun, DeliveryWorker
from notifications.errors import InvalidSetting
from notifications.mail.headers import mailbox
from notifications.outbox.due import IS_DUE, due_limits, outside_quiet_hours
from notifications.outbox.locks import OUTBOX
from notifications.outbox.rate_limit import Limits
from notifications.setting_forms import URL_FORMS

if TYPE_CHECKING:
    from notifications.settings import MailSettings

HOSTS_AT_ONCE = 4


def mail_transport(settings: MailSettings) -> MailTransport:
    """SMTP where a URL is set, else one file per message; raises InvalidSetting."""
    if not settings.smtp_url:
        return EmlTransport(settings.mail_dir)
    sender, password = mailbox(settings.mail_from).addr_spec, _relay_password(settings)
    return SmtpTransport(settings.smtp_url, sender, password, settings.smtp_timeout)


def _relay_password(settings: MailSettings) -> str | None:
    """What the user of the URL signs in with; one without the other would sign nobody in."""
    parts = urlsplit(settings.smtp_url or "")
    password = settings.password("smtp_password_file") or unquote(parts.password or "") or None
    if password and not parts.username:
        raise InvalidSetting(
            "smtp_url",
            "expected a user, since PACTWATCH_SMTP_PASSWORD_FILE has a password",
            hint=f"PACTWATCH_SMTP_URL={URL_FORMS['smtp_url'].example}",
        )
    if parts.username and not password:
        raise InvalidSetting(
            "smtp_password_file",
            "expected a file, since PACTWATCH_SMTP_URL has a user and no password",
            hint="PACTWATCH_SMTP_PASSWORD_FILE=FILE, or leave the user out",
        )
    return password


def http_transport(settings: MailSettings, lane: Lane) -> HttpTransport:
    """The transport of one host outside mail."""
    kind = AppriseTransport if lane.channel == APPRISE else WebhookTransport
    return kind(settings, lane)


def deliver_mail(run: DeliveryRun, transport: MailTransport, workers: int = 1) -> list[Delivery]:
    """Sends the mail that is due over so many conversations with the relay at once."""

    def work(number: int, own_transport: MailTransport) -> list[Delivery]:
        return DeliveryWorker(run, f"{run.worker}/{number}", own_transport).work()

    if workers == 1:
        return work(1, transport)
    jobs = [partial(work, number, transport.another()) for number in range(1, workers + 1)]
    return [delivery for done in run_in_threads(jobs, workers) for delivery in done]


def deliver_http(run: DeliveryRun, settings: MailSettings, lanes: Iterable[Lane]) -> list[Delivery]:
    """Posts what is due to these hosts outside mail, several hosts at a time."""
    rules = replace(run.rules, limits=Limits(domain=settings.hook_per_minute))
    http_run = replace(run, rules=rules)

    def work(lane: Lane) -> list[Delivery]:
        transport = http_transport(settings, lane)
        return DeliveryWorker(http_run, f"{run.worker}/{lane.domain}", transport).work()

    jobs = [partial(work, lane) for lane in lanes]
    return [delivery for done in run_in_threads(jobs, HOSTS_AT_ONCE) for delivery in done]


DUE_LANES = (
    select(OUTBOX.c.channel, OUTBOX.c.domain)
    .distinct()
    .where(OUTBOX.c.channel != MAIL, *IS_DUE)
    .order_by(OUTBOX.c.channel, OUTBOX.c.domain)
)


def due_lanes(engine: Engine, now: datetime) -> list[Lane]:
    """The lanes outside mail that have a message due."""
    with read_snapshot(engine) as connection:
        conditions = outside_quiet_hours(connection, now)
        query = DUE_LANES.where(*conditions) if conditions else DUE_LANES
        return [Lane(row.channel, row.domain) for row in connection.execute(query, due_limits(now))]
