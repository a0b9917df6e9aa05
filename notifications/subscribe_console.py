"""The commands of subscribers: who hears, of what, when, and by what leave."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import click

from notifications.cadence import CADENCES
from notifications.filters import CEILINGS, KINDS, SEVERITIES
from tracker.console_options import HELP, now_option, pass_session
from tracker.session import Session
from tracker.show import emit, say, table, talk

if TYPE_CHECKING:
    from notifications.subscriptions import Subscription

SUBSCRIPTION_COLUMNS = [
    "id", "email", "agreements", "cadence", "hour", "zone", "next_due", "state", "follows",
]  # fmt: skip
SHOWN_COLUMNS = ["id", "email", "state", "follows", "cadence", "zone", "next_due"]
TOLD_COLUMNS = ["at", "outcome", "key", "why"]


@click.group(context_settings=HELP)
def subscribe() -> None:
    """Who receives digests.

    \b
    Examples:
      pactwatch subscribe add me@example.org --cadence daily --hour 8 --zone Europe/Kyiv
      pactwatch subscribe list
    """


@subscribe.command("add")
@click.argument("email")
@click.option("--agreement", "agreements", multiple=True, help="Only this one; may be repeated.")
@click.option("--commitment", "commitments", multiple=True, help="Only this one.")
@click.option("--party", "parties", multiple=True, help="Only what it owes or is owed.")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="Only such alerts.")
@click.option("--severity", type=click.Choice(SEVERITIES), default="info", show_default=True,
              help="The least grave to hear of.")  # fmt: skip
@click.option("--tlp", type=click.Choice(CEILINGS, case_sensitive=False), default=CEILINGS[-1],
              show_default=True, help="Nothing marked higher; RED is never mailed.")  # fmt: skip
@click.option("--cadence", type=click.Choice(CADENCES), default="daily", show_default=True)
@click.option("--hour", type=click.IntRange(0, 23), default=8, show_default=True,
              help="Local hour of the digest.")  # fmt: skip
@click.option("--on", metavar="DAY", help="mon to sun when weekly, 1 to 31 when monthly.")
@click.option("--zone", help="Zone of the recipient (default: --tz).")
@click.option("--quiet-hours", "quiet", multiple=True, metavar="RULE",
              help="Delay mail then: 22:00-07:00, sat-sun, mon-fri 18:00-08:00.")  # fmt: skip
@click.option("--when-quiet", type=click.Choice(["skip", "send"]), default="skip",
              show_default=True, help="Whether a digest comes that says all is quiet.")  # fmt: skip
@click.option("--consent", metavar="TEXT", help="Where consent is on record; nobody is asked then.")
@click.option("--escalate-to", metavar="ADDRESS", help="Who hears what nobody acknowledges.")
@click.option("--escalate-after", "escalate_days", type=click.IntRange(1, 365), metavar="DAYS",
              help="Days without acknowledgement until then.")  # fmt: skip
@now_option
@pass_session
def subscribe_add(
    session: Session, /, on: str | None, cadence: str, zone: str | None, **options: Any
) -> None:
    """Add a recipient; without a filter they follow everything.

    When mail leaves by SMTP, the recipient is asked first, and hears nothing until they confirm
    (setting PACTWATCH_OPT_IN).

    \b
    Examples:
      pactwatch subscribe add me@example.org
      pactwatch subscribe add me@example.org --agreement energy-pause-2025 --cadence immediate
      pactwatch subscribe add me@example.org --cadence weekly --on fri --severity warning
    """
    from events.engine import writing
    from notifications import consent, subscription_views
    from notifications.cadence import parse_on
    from notifications.settings import MailSettings
    from tracker import projections

    chosen = _filter(options)
    on_day = parse_on(cadence, on)
    with closing(session.store()) as store, writing(session.engine()) as connection:
        projections.catch_up(store, connection, session.now)
        done = consent.sign_up(
            connection,
            MailSettings(),
            now=session.now,
            wants=chosen,
            cadence=cadence,
            on_day=on_day,
            zone=zone or session.tz,
            **options,
        )
        row = subscription_views.as_row(connection, done.subscription, session.now)
    row |= {"warnings": done.warnings}
    emit(session, row, [row], _columns(session))
    for warning in done.warnings:
        talk(session, f"warning: {warning}")
    _tell(session, done)


def _filter(options: dict[str, Any]) -> Any:
    """Take the parts of a filter out of the options."""
    from notifications.filters import Filter

    names = ("agreements", "commitments", "parties", "kinds", "severity", "tlp")
    return Filter(**{name: options.pop(name) for name in names})


def _columns(session: Session) -> list[str]:
    return SHOWN_COLUMNS if session.format == "table" else SUBSCRIPTION_COLUMNS


def _tell(session: Session, done: Any) -> None:
    held = done.subscription
    if not done.is_new:
        talk(session, f"already on record as subscription {held.id}")
    if done.asked:
        talk(session, f"{held.email} is asked by mail with the next turn, and hears nothing before")
        talk(session, "next: pactwatch tick, then pactwatch subscribe confirm CODE")
    else:
        talk(session, f"next: pactwatch digest preview {held.id}")


@subscribe.command("list")
@click.option("--all", "removed", is_flag=True, help="Those that were removed, too.")
@now_option
@pass_session
def subscribe_list(session: Session, removed: bool) -> None:
    """Every recipient, what they follow, how it stands, and when they hear next.

    \b
    Examples:
      pactwatch subscribe list
      pactwatch --format csv subscribe list
    """
    from events.engine import writing
    from notifications import subscription_views, subscriptions

    session.store().close()
    with writing(session.engine()) as connection:
        rows = [
            subscription_views.as_row(connection, held, session.now)
            for held in subscriptions.all_of(connection, removed=removed)
        ]
    emit(session, {"subscriptions": rows}, rows, _columns(session))


@subscribe.command("show")
@click.argument("subscription", type=int)
@now_option
@pass_session
def subscribe_show(session: Session, subscription: int) -> None:
    """One subscription in full: filter, next due, last sent, consent, suppression, what was told.

    \b
    Examples:
      pactwatch subscribe show 1
      pactwatch subscribe show 1 --json
    """
    from events.engine import writing
    from notifications import subscription_views, subscriptions

    session.store().close()
    with writing(session.engine()) as connection:
        held = subscriptions.get(connection, subscription)
        document = subscription_views.in_full(connection, held, session.now)
    if session.format != "table":
        emit(session, document, [document], SUBSCRIPTION_COLUMNS)
        return
    say(f"subscription {held.id}: {held.email}")
    for label, words in subscription_views.lines(document):
        say(f"  {label}: {words}")
    for warning in document["warnings"]:
        talk(session, f"warning: {warning}")
    if document["told"]:
        say("\nlast told, held back or muted, and why:")
        table(document["told"][-10:], TOLD_COLUMNS)


@subscribe.command("pause")
@click.argument("subscription", type=int)
@click.option("--until", metavar="T", help="Go on by itself from then, e.g. +14d.")
@now_option
@pass_session
def subscribe_pause(session: Session, subscription: int, until: str | None) -> None:
    """Send nothing for a while; what is noticed meanwhile comes in the first digest after.

    \b
    Examples:
      pactwatch subscribe pause 1 --until +14d
    """
    from events.engine import writing
    from notifications import consent

    end = session.instant(until) if until else None
    with closing(session.store()), writing(session.engine()) as connection:
        held = consent.pause(connection, subscription, session.now, end)
        _emit(session, connection, held)


@subscribe.command("resume")
@click.argument("subscription", type=int)
@now_option
@pass_session
def subscribe_resume(session: Session, subscription: int) -> None:
    """Go on after a pause, at the next usual hour.

    \b
    Examples:
      pactwatch subscribe resume 1
    """
    from events.engine import writing
    from notifications import consent

    with closing(session.store()), writing(session.engine()) as connection:
        _emit(session, connection, consent.resume(connection, subscription, session.now))


@subscribe.command("remove")
@click.argument("subscription", type=int)
@now_option
@pass_session
def subscribe_remove(session: Session, subscription: int) -> None:
    """End a subscription and what waits for it; the record of it stays. Twice is once.

    \b
    Examples:
      pactwatch subscribe remove 1
    """
    from events.engine import writing
    from notifications import consent

    with closing(session.store()), writing(session.engine()) as connection:
        held = consent.remove(connection, subscription, session.now, "an operator")
        _emit(session, connection, held)


@subscribe.command("confirm")
@click.argument("code", metavar="TOKEN")
@now_option
@pass_session
def subscribe_confirm(session: Session, code: str) -> None:
    """Confirm a subscription with the code that was sent to its address.

    \b
    Examples:
      pactwatch subscribe confirm mzxw6ytboi4tqmrrgq2tmnzyhe3tsobq
    """
    from events.engine import writing
    from notifications import consent

    with closing(session.store()), writing(session.engine()) as connection:
        _emit(session, connection, consent.confirm(connection, code, session.now))


@subscribe.command("resend")
@click.argument("subscription", type=int)
@now_option
@pass_session
def subscribe_resend(session: Session, subscription: int) -> None:
    """Ask a recipient again who has not confirmed; the next turn sends a new code.

    \b
    Examples:
      pactwatch subscribe resend 1
    """
    from events.engine import writing
    from notifications import consent
    from notifications.settings import MailSettings

    with closing(session.store()), writing(session.engine()) as connection:
        held = consent.ask_again(connection, MailSettings(), subscription, session.now)
        _emit(session, connection, held)


@subscribe.command("test")
@click.argument("subscription", type=int)
@now_option
@pass_session
def subscribe_test(session: Session, subscription: int) -> None:
    """Send a sample now: what the subscription is about as it stands; nothing counts as told.

    \b
    Examples:
      pactwatch subscribe test 1
    """
    from events.engine import writing
    from notifications import outbox_desk, subscriptions
    from notifications.delivery import deliver
    from notifications.sample import put_sample
    from notifications.settings import MailSettings
    from notifications.tick import worker_name
    from notifications.transport import transport_of
    from tracker import projections

    settings, engine = MailSettings(), session.engine()
    with closing(session.store()) as store, writing(engine) as connection:
        projections.catch_up(store, connection, session.now)
        held = subscriptions.get(connection, subscription)
        identity = put_sample(connection, settings, held, session.now)
    deliver(engine, transport_of(settings), session.now, worker_name())
    with writing(engine) as connection:
        rows = [row for row in outbox_desk.listed(connection) if row["message_id"] == identity]
    emit(session, rows[0], rows, ["recipient", "subject", "state", "location", "last_error"])


def _emit(session: Session, connection: Any, held: Subscription) -> None:
    from notifications import subscription_views

    row = subscription_views.as_row(connection, held, session.now)
    emit(session, row, [row], _columns(session))
