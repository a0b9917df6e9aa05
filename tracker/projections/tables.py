"""The projection tables: what dashboards and alerts read. Rebuilt from the log at will.

Every row is a function of the events recorded so far and of the instant of projection.
Instants are RFC 3339 text in UTC with `Z`, so they sort as text on both engines; lists are
JSON text. Private to pactwatch: the `reporting_*` views are the contract with dashboards.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import BigInteger, Connection, Index, text
from sqlmodel import Field, SQLModel

from events.database import owned_tables, views
from events.tables import in_byte_order
from tracker.projections.reader import rule_hash
from tracker.projections.search_index import NAMES, make_index


class AgreementRow(SQLModel, table=True):
    """One agreement and its roll-up; `refold_at` is the next instant anything may change.

    `stable_since` is the last instant at which anything came in, took effect or was struck by the
    clock: for what is asked of the time between the two, the row is the answer.
    `detail` is its `status --json` object without the commitments; null while nothing is known.
    `tlp` is the strictest mark of the entries that count; `strictest_tlp` is that of every entry of
    its stream, and `newest_at` is when the newest of these was recorded. `tags` and `phases` are
    JSON, `search_text` is what words are looked for in.
    """

    __tablename__ = "agreements"
    __table_args__ = (Index("agreements_last_position", "last_position"),)

    id: str = Field(primary_key=True)
    title: str
    parties: str
    predecessor: str | None = None
    roll_up: str
    first_position: int
    last_position: int
    refold_at: str | None = Field(default=None, index=True)
    stable_since: str | None = None
    detail: str | None = None
    tlp: str
    strictest_tlp: str
    newest_at: str
    tags: str
    phases: str
    search_text: str


HANGS = "hangs_on IS NOT NULL"


class CommitmentRow(SQLModel, table=True):
    """One commitment on all four axes; `detail` is its `status --json` object.

    `tlp` is the strictest mark of the entries that it rests on. `search_text` is what words are
    looked for in, beside the names of its parties; `hangs_on` is JSON: what it hangs on, null where
    that is nothing.
    """

    __tablename__ = "commitments"
    __table_args__ = (
        Index(
            "commitments_hanging",
            "agreement_id",
            "ordinal",
            postgresql_where=text(HANGS),
            sqlite_where=text(HANGS),
        ),
    )

    id: str = Field(primary_key=True)
    agreement_id: str = Field(index=True)
    ordinal: int
    kind: str
    debtor: str
    creditor: str
    promise: str
    state: str
    compliance: str
    timing: str
    fulfilment: str
    delivered: int | None = Field(default=None, sa_type=BigInteger)
    promised: int | None = Field(default=None, sa_type=BigInteger)
    is_late: bool
    flags: str
    earliest: str | None = None
    latest: str | None = None
    deadline_at: str | None = None
    next_change_at: str | None = None
    detail: str
    tlp: str
    search_text: str
    hangs_on: str | None = None


class DeadlineRow(SQLModel, table=True):
    """One reading of one open end or due date."""

    __tablename__ = "deadlines"

    commitment_id: str = Field(primary_key=True)
    reading_id: str = Field(primary_key=True)
    agreement_id: str = Field(index=True)
    term: str
    by: str | None = None
    rule: str
    zone: str
    at: str = Field(index=True)
    is_open: bool


class OpenEndRow(SQLModel, table=True):
    """An end of an open promise, by all its readings: what pages list and count.

    From the first instant that one of them gives to the last, without their `Z`: as they are
    compared. `days` is JSON: the last day of each, the instant where that is no end of a day.
    `accounts` has the same with who says so, where more than one does; else null.
    """

    __tablename__ = "open_ends"
    __table_args__ = (Index("open_ends_first", "first_at", "commitment_id", "ordinal"),)

    commitment_id: str = Field(primary_key=True)
    ordinal: int = Field(primary_key=True)
    agreement_id: str = Field(index=True)
    name: str
    first_at: str
    last_at: str
    days: str
    accounts: str | None = None


class IncidentRow(SQLModel, table=True):
    """One alleged breach, with its standing and the tags that say where it falls.

    `at` is the first instant that `occurred` covers. Of who first alleged it, last denied it and
    last found, the parties are JSON text, with the instant of their word; null where nobody did.
    """

    __tablename__ = "incidents"

    commitment_id: str = Field(primary_key=True)
    incident_id: str = Field(primary_key=True)
    agreement_id: str = Field(index=True)
    status: str
    tags: str
    occurred: str
    text: str
    at: str
    alleged_by: str | None = None
    alleged_at: str | None = None
    denied_by: str | None = None
    denied_at: str | None = None
    found_by: str | None = None
    found_at: str | None = None


class DisputeRow(SQLModel, table=True):
    """One incident that changes tell of, with what became of it last: what pages list and count.

    `latest_at` has no `Z`, as it is compared. An incident that nothing else is known of has no row
    among the incidents.
    """

    __tablename__ = "disputes"
    __table_args__ = (Index("disputes_latest", "latest_at", "commitment_id"),)

    commitment_id: str = Field(primary_key=True)
    ordinal: int = Field(primary_key=True)
    agreement_id: str = Field(index=True)
    incident: str
    status: str
    latest_at: str


class StatusChangeRow(SQLModel, table=True):
    """One change of one axis, found by an event or by the clock: the history as now known.

    `rule` is a row of the transition table ("4") or a clock rule ("T6"); `lead` is set on the
    lead-time moments before the earliest reading; `known_at` is when it could first be told;
    `origin` is JSON: who says so, and which ends it moves; NULL where there is neither.
    """

    __tablename__ = "status_changes"
    __table_args__ = (
        Index("status_changes_at", "at"),
        Index("status_changes_agreement", "agreement_id", "known_at"),
        Index("status_changes_known", "known_at"),
    )

    commitment_id: str = Field(primary_key=True)
    ordinal: int = Field(primary_key=True)
    agreement_id: str
    at: str
    known_at: str
    axis: str
    before: str | None = None
    after: str
    rule: str
    events: str
    lead: str | None = None
    origin: str | None = None


class StatementRow(SQLModel, table=True):
    """A position, forecast, fact, assessment or request: kept, and never a commitment."""

    __tablename__ = "statements"

    event_id: str = Field(primary_key=True)
    agreement_id: str | None = Field(default=None, index=True)
    kind: str
    by: str | None = None
    text: str
    occurred: str
    position: int


class PartyRow(SQLModel, table=True):
    """A party, registered or a country: the name it is shown by, the zone of its capital."""

    __tablename__ = "parties"

    id: str = Field(primary_key=True)
    name: str
    zone: str
    aliases: str
    qid: str | None = None


class OutlookRow(SQLModel, table=True):
    """What the clock alone will do to a commitment: its axes from an instant on, in order.

    Views read it, so that what they say of now does not wait for the next turn.
    """

    __tablename__ = "clock_outlook"

    commitment_id: str = Field(primary_key=True)
    ordinal: int = Field(primary_key=True)
    agreement_id: str = Field(index=True)
    at: str
    state: str
    timing: str
    earliest: str | None = None
    latest: str | None = None
    deadline_at: str | None = None
    is_state_change: bool


class CommitmentAgreementRow(SQLModel, table=True):
    """Which agreement a commitment was made in, whether or not it is known or stands yet."""

    __tablename__ = "commitment_agreements"

    commitment_id: str = Field(primary_key=True)
    agreement_id: str = Field(index=True)


class AnchorRow(SQLModel, table=True):
    """What the deadlines of an agreement hang on outside it: a commitment or an agreement."""

    __tablename__ = "anchors"

    agreement_id: str = Field(primary_key=True)
    on_id: str = Field(primary_key=True, index=True)


class EntryInstantRow(SQLModel, table=True):
    """When an entry takes effect, and its mark as amendments have raised it.

    An entry that was retracted has no row.
    """

    __tablename__ = "entry_instants"

    position: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    agreement_id: str = Field(index=True)
    effective_at: str
    tlp: str


class SearchWordsRow(SQLModel, table=True):
    """The words of an entry that can be searched, but for what can be erased."""

    __tablename__ = "search_words"

    position: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    stream: str = Field(index=True)
    words: str


class AmendmentRow(SQLModel, table=True):
    """An entry that retracts, corrects or revises another, the `target`, by its id.

    Few do: looked up in the log, all of it would be read for each of them.
    """

    __tablename__ = "amendments"

    position: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    stream: str = Field(index=True)
    target: str = Field(index=True)
    type: str


class UnreadableAgreementRow(SQLModel, table=True):
    """An agreement whose entries cannot be folded: why, and the entry that causes it.

    It has no other rows but its own and those of `commitment_agreements`: nothing old looks true.
    """

    __tablename__ = "unreadable_agreements"

    agreement_id: str = Field(primary_key=True)
    reason: str
    event_id: str
    tlp: str


class ProjectionCheckpointRow(SQLModel, table=True):
    """How far a projection has read, and the instant it was projected for.

    `version` counts rebuilds; `edition` says which rules made the rows.
    """

    __tablename__ = "projection_checkpoints"

    projection: str = Field(primary_key=True)
    version: int
    edition: str
    position: int
    projected_at: str


OF_AGREEMENT: owned_tables.Rows = (
    AgreementRow,
    CommitmentRow,
    DeadlineRow,
    OpenEndRow,
    IncidentRow,
    DisputeRow,
    StatusChangeRow,
    StatementRow,
    OutlookRow,
    CommitmentAgreementRow,
    AnchorRow,
    EntryInstantRow,
    UnreadableAgreementRow,
)
"""Tables whose rows come from one agreement's events each."""
TABLES: owned_tables.Rows = (
    *OF_AGREEMENT,
    PartyRow,
    SearchWordsRow,
    AmendmentRow,
    ProjectionCheckpointRow,
)
DURABLE = False
GRANTS: owned_tables.Grants = {
    "pactwatch_projector": "SELECT, INSERT, UPDATE, DELETE",
    "pactwatch_notifier": "SELECT",
    "pactwatch_writer": "SELECT",
}
OWNED = ((TABLES, GRANTS),)
BESIDE = NAMES
"""What stands beside the tables, by engine."""
in_byte_order(TABLES)


RETIRED = ("commitment_owners",)
"""Tables of earlier editions that this one has under another name."""


def create_tables(connection: Connection) -> None:
    """Make the tables that are missing, and the views over them.

    Tables of another shape, as another edition left them, are made anew, and empty.
    """
    present = owned_tables.table_names(connection)
    if _is_of_this_edition(connection, present):
        _create_missing(connection, present)
        return
    if not _has_declared_columns(connection):
        views.drop(connection, _views())
        for row in TABLES:
            owned_tables.table_of(row).drop(connection, checkfirst=True)
        for name in RETIRED:
            connection.execute(text(f"DROP TABLE IF EXISTS {name}"))
        present = owned_tables.table_names(connection)
    _create_missing(connection, present)
    if views.may_create(connection):
        views.create(connection, _views())


def _create_missing(connection: Connection, present: Collection[str]) -> None:
    if owned_tables.create(connection, TABLES, GRANTS, present):
        make_index(connection)


def _views() -> tuple[views.View, ...]:
    from tracker.projections.reporting.views import VIEWS

    return VIEWS


def _is_of_this_edition(connection: Connection, present: Collection[str]) -> bool:
    name = ProjectionCheckpointRow.__tablename__
    if name not in present:
        return False
    rows = connection.exec_driver_sql(f"SELECT * FROM {name}").mappings()
    checkpoints = [dict(row) for row in rows]
    return bool(checkpoints) and all(row.get("edition") == rule_hash() for row in checkpoints)


def _has_declared_columns(connection: Connection) -> bool:
    """Whether the tables that are there have the columns that are declared, as wide as declared."""
    from sqlalchemy import inspect

    tables = {table.name: table for table in map(owned_tables.table_of, TABLES)}
    there = inspect(connection).get_multi_columns(filter_names=list(tables))
    return all(
        [(c["name"], isinstance(c["type"], BigInteger)) for c in columns]
        == [(c.name, isinstance(c.type, BigInteger)) for c in tables[name].columns]
        for (_, name), columns in there.items()
    )
