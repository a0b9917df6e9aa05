"""TODO"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import structs
from sqlalchemy import Connection

from notifications.addresses.channels import MAIL
from notifications.subscriptions import subscription as subscriptions
from notifications.subscriptions.cadence import day_words, days_words
from notifications.subscriptions.subscription import Subscription
from notifications.subscriptions.suppression import suppression_of


def subscription_row(connection: Connection, held: Subscription, now: datetime) -> dict[str, Any]:
    """One subscription on one line."""
    stopped = suppression_of(connection, held.email)
    row = structs.asdict(held)
    wants = structs.asdict(row.pop("wants"))
    named = {name: list(v) if isinstance(v, tuple) else v for name, v in wants.items()}
    return {
        **row,
        **named,
        "email": held.email if held.channel == MAIL else None,
        "recipient": held.email,
        "quiet": list(held.quiet),
        "follows": held.wants.words,
        "state": subscriptions.state_of(held, now, stopped.reason if stopped else None),
        "suppression": _suppression(stopped),
    }


def _suppression(stopped: Any | None) -> dict[str, Any] | None:
    if stopped is None:
        return None
    return {"reason": stopped.reason, "detail": stopped.detail, "at": stopped.at}


def description_lines(document: dict[str, Any]) -> list[tuple[str, str]]:
    """What `subscribe show` says, as label and words."""
    stopped, last = document["suppression"], document["last_sent"]
    escalation = "nobody"
    if document["escalate_to"]:
        escalation = f"{document['escalate_to']} after {document['escalate_days']} days"
    return [
        ("state", document["state"]),
        ("goes by", document["channel"]),
        ("follows", document["follows"]),
        ("matches", f"{len(document['matches'])} commitments: {_some(document['matches'])}"),
        ("cadence", _cadence(document)),
        ("without news", WITHOUT_NEWS[document["when_quiet"]]),
        ("reminds", _reminders(document["remind_days"])),
        ("quiet hours", ", ".join(document["quiet"]) or "none"),
        ("next due", document["next_due"] or "with the next news"),
        ("last sent", f"{last['sent_at']}: {last['subject']}" if last else "nothing so far"),
        ("consent", _consent(document)),
        ("paused", _pause(document)),
        ("escalates to", escalation),
        ("suppressed", f"{stopped['reason']} at {stopped['at']}: {stopped['detail']}"
         if stopped else "no"),
        ("bounces", str(len(document["bounces"]))),
    ]  # fmt: skip


CHOICES = ("follows", "cadence", "without news", "reminds", "quiet hours", "next due", "paused")
"""What a reader has chosen, and may see of it behind a link."""


def preference_lines(
    connection: Connection, held: Subscription, now: datetime
) -> tuple[tuple[str, str], ...]:
    """What a subscription is set to, as label and words."""
    nothing: dict[str, Any] = {"matches": [], "last_sent": None, "bounces": []}
    said = description_lines({**subscription_row(connection, held, now), **nothing})
    return tuple((label, words) for label, words in said if label in CHOICES)


WITHOUT_NEWS = {"skip": "nothing is sent", "send": "what stands is sent"}


def _reminders(every: int | None) -> str:
    return (
        "of nothing" if every is None else f"every {days_words(every)} of what nobody acknowledges"
    )


def _some(names: list[str], most: int = 8) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}" if names else "none"


def _cadence(document: dict[str, Any]) -> str:
    at = f" at {document['hour']:02d}:00" if document["cadence"] != "immediate" else ""
    day = day_words(document["cadence"], document["on_day"])
    on = f" on {day}" if day else ""
    return f"{document['cadence']}{on}{at}, {document['zone']}"


def _consent(document: dict[str, Any]) -> str:
    if document["confirmed_at"] is None:
        return "asked by mail, not given yet"
    gone = document["removed_at"]
    left = f"; removed at {gone} by {document['removed_by']}" if gone else ""
    return f"{document['consent']}, {document['confirmed_at']}{left}"


def _pause(document: dict[str, Any]) -> str:
    if document["state"] != "paused":
        return "no"
    until = document["paused_until"] or "resumed"
    return f"since {document['paused_at']}, until {until}"
