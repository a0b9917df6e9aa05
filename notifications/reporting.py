"""The `reporting_*` view over the outbox: did it arrive? Addresses stay out of it."""

from __future__ import annotations

from events.database.views import Column, Sql, View

FINAL = "('parked', 'dead', 'uncertain')"


def deliveries(_: Sql) -> tuple[Column, ...]:
    return (
        Column("delivery_id", "o.id", "The message.", is_number=True),
        Column("subject", "o.subject", "Its subject."),
        Column(
            "subscription_id",
            "o.subscription_id",
            "The subscription that it is for.",
            is_number=True,
        ),
        Column("recipient_domain", "o.domain", "The domain that it goes to."),
        Column("state", "o.state", "How far it has come; docs/notifications.md says each."),
        Column("attempts", "o.attempts", "How often it was tried.", is_number=True),
        Column("planned_at", "o.planned_at", "When it was put into the outbox."),
        Column("due_at", "o.due_at", "When it is, or was, to be tried."),
        Column("sent_at", "o.sent_at", "When it was handed over; null while it was not."),
        Column("last_error", "o.last_error", "What last went wrong."),
        Column("is_sent", "(o.state = 'sent')", "Whether it was handed over."),
        Column("is_in_trouble", f"(o.state IN {FINAL})", "Whether somebody has to look at it."),
        Column(
            "projected_position",
            "k.position",
            "Position that alerts have looked at.",
            is_number=True,
        ),
        Column("projected_at", "k.instant", "The instant that alerts have looked at."),
        Column("channel", "o.channel", "By which way it goes; docs/notifications.md says each."),
        Column("tlp", "'AMBER+STRICT'", "Who is written to is for those who run it."),
    )


SOURCE = "FROM outbox o LEFT JOIN alert_cursor k ON k.id = 1"

VIEWS = (
    View(
        "reporting_deliveries", "One row a message to a subscriber.", deliveries, lambda _: SOURCE
    ),
)
