"""The commands of subscribers: demo, subscribe, digest."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from notifications.cadence import CADENCES
from tracker.console_options import HELP, now_option, pass_session
from tracker.session import Session
from tracker.show import emit, talk

SUBSCRIPTION_COLUMNS = ["id", "email", "agreements", "cadence", "hour", "zone", "next_due"]


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
    from notifications.demo import run_demo

    run_demo(directory, zone=session.tz)


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
@click.option("--cadence", type=click.Choice(CADENCES), default="daily", show_default=True)
@click.option("--hour", type=click.IntRange(0, 23), default=8, show_default=True)
@click.option("--zone", help="Zone of the recipient (default: --tz).")
@now_option
@pass_session
def subscribe_add(
    session: Session,
    email: str,
    agreements: tuple[str, ...],
    cadence: str,
    hour: int,
    zone: str | None,
) -> None:
    """Add a recipient; without --agreement they follow every agreement.

    \b
    Examples:
      pactwatch subscribe add me@example.org
      pactwatch subscribe add me@example.org --agreement energy-pause-2025 --cadence immediate
    """
    from events.engine import writing
    from notifications import subscriptions
    from tracker import projections

    with closing(session.store()) as store, writing(session.engine()) as connection:
        projections.catch_up(store, connection, session.now)
        added = subscriptions.add(
            connection,
            email=email,
            agreements=agreements,
            cadence=cadence,
            hour=hour,
            zone=zone or session.tz,
            now=session.now,
        )
    row = _subscription_row(added)
    emit(session, row, [row], SUBSCRIPTION_COLUMNS)
    talk(session, f"next: pactwatch digest preview {added.id}")


def _subscription_row(subscription: Any) -> dict[str, Any]:
    from msgspec import structs

    row = structs.asdict(subscription)
    return {**row, "agreements": list(row["agreements"])}


@subscribe.command("list")
@pass_session
def subscribe_list(session: Session) -> None:
    """Every recipient, what they follow, and when they hear next.

    \b
    Examples:
      pactwatch subscribe list
      pactwatch --format csv subscribe list
    """
    from events.engine import writing
    from notifications import subscriptions

    session.store().close()
    with writing(session.engine()) as connection:
        rows = [_subscription_row(held) for held in subscriptions.all_of(connection)]
    emit(session, {"subscriptions": rows}, rows, SUBSCRIPTION_COLUMNS)


@click.group(context_settings=HELP)
def digest() -> None:
    """Show the digest that would be sent.

    \b
    Examples:
      pactwatch digest preview 1
    """


@digest.command("preview")
@click.argument("subscription", type=int, required=False)
@click.option(
    "--part", type=click.Choice(["text", "html", "message"]), default="text", show_default=True
)
@now_option
@pass_session
def digest_preview(session: Session, subscription: int | None, part: str) -> None:
    """What this subscription would receive now; the message is byte-identical to what is sent.

    Without a subscription, what a newcomer who follows everything would be told. Nothing is sent
    and nothing is kept.

    \b
    Examples:
      pactwatch digest preview 1
      pactwatch digest preview 1 --part message > digest.eml
    """
    from notifications.preview import preview
    from notifications.settings import MailSettings

    with closing(session.store()) as store:
        settings, engine = MailSettings(), session.engine()
        rendered = preview(
            store, engine, settings, subscription, session.now, session.tz, session.signer
        )
    if rendered is None:
        talk(session, "nothing to say, so nothing would be sent")
        if session.format == "json":
            emit(session, {"subject": None}, [], [])
        return
    if session.format == "json":
        document = {
            "subject": rendered.subject,
            "message_id": rendered.message_id,
            "text": rendered.text,
            "html": rendered.html,
        }
        emit(session, document, [document], list(document))
    elif part == "message":
        sys.stdout.buffer.write(rendered.message)
    else:
        text = f"Subject: {rendered.subject}\n\n{rendered.text}"
        click.echo(rendered.html if part == "html" else text)
