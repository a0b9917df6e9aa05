"""A subscription in words: as a row of `subscribe list`, and line by line for its reader."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import structs
from sqlalchemy import Connection

from events.wording import first_few, plural
from notifications.addresses.channels import MAIL, WEBHOOK
from notifications.subscriptions import subscription as subscriptions
from notifications.subscriptions.cadence import day_words, interval_words
from notifications.subscriptions.subscription import Subscription
from notifications.subscriptions.suppression import suppression_of

SubscriptionDocument = dict[str, Any]
"""A subscription as JSON shows it: its columns, the parts of its filter, and what is derived."""
NAMES_SHOWN = 8
WITHOUT_NEWS = {"skip": "nothing is sent", "send": "what stands is sent"}


def subscription_row(
    connection: Connection, subscription: Subscription, now: datetime
) -> SubscriptionDocument:
    """Makes the row of a subscription."""
    suppression = suppression_of(connection, subscription.email)
    columns = structs.asdict(subscription)
    filter_parts = structs.asdict(columns.pop("wants"))
    as_lists = {n: list(v) if isinstance(v, tuple) else v for n, v in filter_parts.items()}
    suppression_document = None
    if suppression is not None:
        facts = ("reason", "detail", "at")
        suppression_document = {name: getattr(suppression, name) for name in facts}
    return {
        **columns,
        **as_lists,
        "email": subscription.email if subscription.channel == MAIL else None,
        "recipient": subscription.email,
        "quiet": list(subscription.quiet),
        "follows": subscription.wants.words,
        "state": subscriptions.state_of(subscription, now, suppression),
        "suppression": suppression_document,
    }


def description_lines(document: SubscriptionDocument) -> list[tuple[str, str]]:
    """What `subscribe show` prints, as label and words."""
    chosen = dict(preference_lines(document))
    suppression, last_sent = document["suppression"], document["last_sent"]
    escalation, suppressed = "nobody", "no"
    if document["escalate_to"]:
        escalation = f"{document['escalate_to']} after {plural(document['escalate_days'], 'day')}"
    if suppression:
        reason, at = suppression["reason"], suppression["at"]
        suppressed = f"{reason} at {at}: {suppression['detail']}"
    matches = document["matches"]
    first_matches = first_few(matches or ["none"], NAMES_SHOWN)
    version = f", document version {document['hook_version']}"
    sent = f"{last_sent['sent_at']}: {last_sent['subject']}" if last_sent else "nothing so far"
    return [
        ("state", document["state"]),
        ("goes by", document["channel"] + (version if document["channel"] == WEBHOOK else "")),
        ("follows", chosen.pop("follows")),
        ("matches", f"{plural(len(matches), 'commitment')}: {first_matches}"),
        *((label, words) for label, words in chosen.items() if label != "paused"),
        ("last sent", sent),
        ("consent", _consent(document)),
        ("paused", chosen["paused"]),
        ("escalates to", escalation),
        ("suppressed", suppressed),
        ("bounces", str(len(document["bounces"]))),
    ]


def preference_lines(row: SubscriptionDocument) -> list[tuple[str, str]]:
    """What a reader has chosen, and may see of it behind a link, as label and words."""
    days, reminders = row["remind_days"], "of nothing"
    if days is not None:
        reminders = f"every {interval_words(days)} of what nobody acknowledges"
    at = f" at {row['hour']:02d}:00" if row["cadence"] != "immediate" else ""
    day = day_words(row["cadence"], row["on_day"])
    on = f" on {day}" if day else ""
    pause = "no"
    if row["state"] == "paused":
        pause = f"since {row['paused_at']}, until {row['paused_until'] or 'resumed'}"
    return [
        ("follows", row["follows"]),
        ("cadence", f"{row['cadence']}{on}{at}, {row['zone']}"),
        ("without news", WITHOUT_NEWS[row["when_quiet"]]),
        ("reminds", reminders),
        ("quiet hours", ", ".join(row["quiet"]) or "none"),
        ("language", f"{row['language']}, {row['clock']}-hour clock"),
        ("next due", row["next_due"] or "with the next news"),
        ("paused", pause),
    ]


def _consent(row: SubscriptionDocument) -> str:
    if row["confirmed_at"] is None:
        return "asked by mail, not given yet"
    removed_at = row["removed_at"]
    removal = f"; removed at {removed_at} by {row['removed_by']}" if removed_at else ""
    return f"{row['consent']}, {row['confirmed_at']}{removal}"
