"""The commands of subscribers: who hears, of what, when, and by what leave."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import click

from notifications.cadence import CADENCES
from tracker.console_options import HELP, now_option, pass_session
from tracker.session import Session
from tracker.show import emit, talk

SUBSCRIPTION_COLUMNS = ["id", "email", "agreements", "cadence", "hour", "zone", "next_due"]


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
