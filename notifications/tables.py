"""What notifications keep: who is to be told, what was told, and how each message fared.

Instants are RFC 3339 text in UTC with `Z`.
"""

from __future__ import annotations

from sqlalchemy import Connection, Index, LargeBinary
from sqlmodel import Field, SQLModel

from events.database import owned_tables
from events.tables import in_byte_order
from notifications.revision import LATEST_REVISION

ZERO = {"server_default": "0"}


class SubscriptionRow(SQLModel, table=True):
    """A recipient, what they follow and how often they hear; `told_until` is the last window.

    Outside mail (`channel`) `email` is the name that the address in `destinations` goes by. What
    stands is computed from the instants: not confirmed is pending, removed hears nothing more.
    `on_day` is the weekday or the day of the month, `filter` what agreements leave open,
    `when_quiet` whether a digest without news is sent, `remind_days` after how many days what
    nobody acknowledges is told again, `awaits_overview` whether the first digest is to come;
    it is written in `language`, with a clock of 12 or 24 hours, for a
    webhook as the document of `hook_version`.
    """

    __tablename__ = "subscriptions"

    id: int | None = Field(default=None, primary_key=True)
    email: str
    agreements: str
    cadence: str
    hour: int
    zone: str
    created_at: str
    next_due: str | None = None
    told_until: int = 0
    on_day: int | None = None
    filter: str = Field(default="{}", sa_column_kwargs={"server_default": "{}"})
    quiet: str = Field(default="[]", sa_column_kwargs={"server_default": "[]"})
    consent: str = Field(default="", sa_column_kwargs={"server_default": ""})
    confirmed_at: str | None = None
    paused_at: str | None = None
    paused_until: str | None = None
    removed_at: str | None = None
    removed_by: str | None = None
    escalate_to: str | None = None
    escalate_days: int | None = None
    when_quiet: str = Field(default="skip", sa_column_kwargs={"server_default": "skip"})
    channel: str = Field(default="mail", sa_column_kwargs={"server_default": "mail"})
    remind_days: int | None = None
    awaits_overview: int = Field(default=0, sa_column_kwargs=ZERO)
    language: str = Field(default="en", sa_column_kwargs={"server_default": "en"})
    clock: int = Field(default=24, sa_column_kwargs={"server_default": "24"})
    hook_version: int = Field(default=1, sa_column_kwargs={"server_default": "1"})


class DestinationRow(SQLModel, table=True):
    """Where a subscription outside mail goes.

    The address is often a secret, so it stands here alone. `secret_number` counts the signing
    secrets, the last changed at `rotated_at`.
    """

    __tablename__ = "destinations"

    subscription_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    channel: str
    url: str
    secret_number: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    rotated_at: str | None = None


class TokenRow(SQLModel, table=True):
    """A right that a link or a code gives, by the hash of its token; the token is not kept."""

    __tablename__ = "mail_tokens"

    hash: str = Field(primary_key=True)
    purpose: str
    subscription_id: int = Field(index=True)
    issued_at: str
    expires_at: str | None = None
    used_at: str | None = None


class SuppressionRow(SQLModel, table=True):
    """An address that gets no mail, from `at` until it is lifted."""

    __tablename__ = "suppressions"

    id: int | None = Field(default=None, primary_key=True)
    address: str = Field(index=True)
    reason: str
    detail: str
    at: str
    lifted_at: str | None = None
    lifted_because: str | None = None


class BounceRow(SQLModel, table=True):
    """One report that a message did not arrive or was not wanted, counted once by its key."""

    __tablename__ = "bounces"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    kind: str
    address: str = Field(index=True)
    status: str
    verdict: str
    detail: str
    at: str
    outbox_id: int | None = None


class AlertMarkRow(SQLModel, table=True):
    """An acknowledgement or a snooze, of one alert or of all that a filter takes; never rewritten.

    `calendar` are the hours or days that a snooze holds, all of them when empty.
    """

    __tablename__ = "alert_marks"

    id: int | None = Field(default=None, primary_key=True)
    mark: str
    key: str | None = Field(default=None, index=True)
    filter: str
    calendar: str
    zone: str
    reason: str
    by: str
    at: str
    until: str | None = None
    ended_at: str | None = None
    ended_because: str | None = None


class NotificationLogRow(SQLModel, table=True):
    """Why an alert was told, held, muted or escalated (`outcome`) for one reader."""

    __tablename__ = "notification_log"
    __table_args__ = (Index("notification_log_of", "subscription_id", "outcome"),)

    id: int | None = Field(default=None, primary_key=True)
    subscription_id: int
    key: str = Field(index=True)
    outcome: str
    why: str
    at: str
    dedup_key: str | None = None


class AlertRow(SQLModel, table=True):
    """One alert, once: `seq` orders them as they were noticed, `withdrawn_seq` its correction.

    `resolved_at` is when its condition was seen to be over, NULL while it stands; `resolved_seq`
    orders the last time that turned. `origin` is JSON: who says so and which ends move; NULL where
    there is neither. What is `historical` lay far back when it was recorded, and is told nobody.
    """

    __tablename__ = "alerts"
    __table_args__ = (Index("alerts_agreement", "agreement_id"),)

    seq: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    kind: str
    severity: str
    agreement_id: str
    commitment_id: str
    at: str
    axis: str
    before: str | None = None
    after: str
    rule: str
    events: str
    lead: str | None = None
    noticed_at: str
    withdrawn_at: str | None = None
    withdrawn_seq: int | None = Field(default=None, index=True)
    resolved_at: str | None = None
    resolved_seq: int | None = Field(default=None, index=True)
    origin: str | None = None
    historical: int = Field(default=0, sa_column_kwargs=ZERO)


class AlertCursorRow(SQLModel, table=True):
    """How far alerts have looked: position in the log, instant, and the last number given out."""

    __tablename__ = "alert_cursor"

    id: int = Field(primary_key=True)
    position: int
    instant: str
    seq: int


class OutboxRow(SQLModel, table=True):
    """A message as rendered, and its way: due, leased, transmitting, then sent or a trouble.

    `attempts` counts claims and fences stale workers; `failures` counts what was the message's own
    fault. `envelope_from` is where bounces of this message go; NULL is the address of the sender.
    """

    __tablename__ = "outbox"
    __table_args__ = (Index("outbox_due", "state", "due_at"),)

    id: int | None = Field(default=None, primary_key=True)
    dedup_key: str = Field(unique=True)
    subscription_id: int
    recipient: str
    message_id: str
    subject: str
    message: bytes = Field(sa_type=LargeBinary)
    state: str
    due_at: str
    lease_until: str | None = None
    worker: str | None = None
    attempts: int = 0
    last_error: str | None = None
    planned_at: str
    sent_at: str | None = None
    location: str | None = None
    list_name: str = Field(default="digest", sa_column_kwargs={"server_default": "digest"})
    domain: str = Field(default="", sa_column_kwargs={"server_default": ""})
    envelope_from: str | None = None
    failures: int = Field(default=0, sa_column_kwargs=ZERO)
    resends: int = Field(default=0, sa_column_kwargs=ZERO)
    channel: str = Field(default="mail", sa_column_kwargs={"server_default": "mail"})


class OutboxAttemptRow(SQLModel, table=True):
    """One change of a message's state, in which attempt; rows are only added."""

    __tablename__ = "outbox_attempts"
    __table_args__ = (
        Index("outbox_attempts_of", "outbox_id"),
        Index("outbox_attempts_at", "state", "at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    outbox_id: int
    attempt: int
    at: str
    state: str
    worker: str | None = None
    phase: str | None = None
    code: int | None = None
    answer: str | None = None


class CircuitRow(SQLModel, table=True):
    """A relay that has failed of late, and until when it is left alone."""

    __tablename__ = "mail_circuits"

    host: str = Field(primary_key=True)
    failures: int
    open_until: str | None = None
    last_error: str
    changed_at: str


class TurnRow(SQLModel, table=True):
    """The last turn that went well (`good`), and an instant that was believed (`clock`).

    `check` reads the first for lag; the second has the seconds since which start of the machine.
    """

    __tablename__ = "turns"

    name: str = Field(primary_key=True)
    at: str
    position: int
    worker: str


class MailboxFetchRow(SQLModel, table=True):
    """How fetching from the mailbox `name` goes: its failures since the last that went well."""

    __tablename__ = "mailbox_fetches"

    name: str = Field(primary_key=True)
    failures: int
    tried_at: str
    failing_since: str | None = None
    last_error: str = ""


TABLES: owned_tables.Rows = (
    SubscriptionRow,
    DestinationRow,
    AlertRow,
    AlertCursorRow,
    OutboxRow,
    OutboxAttemptRow,
    CircuitRow,
    TokenRow,
    SuppressionRow,
    BounceRow,
    AlertMarkRow,
    NotificationLogRow,
)
DURABLE = True
GRANTS: owned_tables.Grants = {"pactwatch_notifier": "SELECT, INSERT, UPDATE, DELETE"}
TURNS: owned_tables.Rows = (TurnRow, MailboxFetchRow)
TURN_GRANTS: owned_tables.Grants = {
    "pactwatch_notifier": "SELECT, INSERT, UPDATE",
    "pactwatch_projector": "SELECT",
    "pactwatch_writer": "SELECT",
    "pactwatch_reader": "SELECT",
}
"""Whoever may look at projections may ask whether turns and fetches go on. Not backed up: a copy
has had none of its own."""
OWNED = ((TABLES, GRANTS), (TURNS, TURN_GRANTS))
in_byte_order((*TABLES, *TURNS))


def create_tables(connection: Connection) -> None:
    """Makes what is missing; raises StoreOutdated where an upgrade has to come first."""
    present = owned_tables.table_names(connection)
    owned_tables.check_revision(connection, LATEST_REVISION, present)
    made = owned_tables.create(connection, TURNS, TURN_GRANTS, present)
    if owned_tables.create(connection, TABLES, GRANTS, present) or made:
        owned_tables.stamp_revision(connection, LATEST_REVISION, present)


def has_table(connection: Connection, row: type[SQLModel]) -> bool:
    """Whether there is a table to read; raises StoreOutdated where an upgrade has to come first."""
    present = owned_tables.table_names(connection)
    owned_tables.check_revision(connection, LATEST_REVISION, present)
    return row.__tablename__ in present
