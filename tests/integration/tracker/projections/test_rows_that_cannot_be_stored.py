"""What the database does not take of one agreement costs that agreement, and not the turn."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from events import EventStore, NewEvent, parse_instant
from events.database.engine import open_engine, write_transaction
from events.database.owned_tables import table_of
from tests.support.lively import NAME
from tracker.entries.decoding import full_type
from tracker.projections.catch_up import catch_up
from tracker.projections.rebuild import compared, rebuild
from tracker.projections.tables import AgreementRow, CommitmentRow, UnreadableAgreementRow
from tracker.queries.agreements import unreadable_agreements

AT = parse_instant("2025-05-20T10:00:00Z")
NOW = parse_instant("2025-06-01T00:00:00Z")
PROMISE = {
    "kind": "achievement", "debtor": ["NOR"], "creditor": ["ISL"], "promise": "x",
    "speaker": "NOR", "occurred": "2025-05-20",
}  # fmt: skip
DELIVERED = {"basis": "creditor_admission", "speaker": "ISL", "occurred": "2025-05-20"}
HEADING = ("AgreementRecorded", {"agreement": "odd", "title": "Odd"})


def add(log: EventStore, *entries: tuple[str, dict[str, Any]]) -> None:
    """Appends below the intake, which would refuse some of it."""
    new = [
        NewEvent(full_type(name), data, f"odd-{n}", "test", AT)
        for n, (name, data) in enumerate([HEADING, *entries])
    ]
    log.append("odd", new, 0)


def test_large_numbers_are_projected(log: EventStore, url: str) -> None:
    """Whatever quantity the log takes, the tables take the sum of."""
    delivered = ("PerformanceConfirmed", {**DELIVERED, "commitment": "c", "quantity": 2**52})
    terms = {"terms": {"quantity": 2**53 - 1}}
    add(log, ("CommitmentAccepted", {**PROMISE, "commitment": "c", **terms}), delivered, delivered)
    with write_transaction(open_engine(url)) as connection:
        catch_up(log, connection, NOW)
        table = table_of(CommitmentRow)
        query = select(table.c.delivered, table.c.promised).where(table.c.id == "c")
        assert (2**53, 2**53 - 1) == tuple(connection.execute(query).one())


def test_one_agreement_is_listed_and_the_others_are_projected(log: EventStore, url: str) -> None:
    """The turn goes on, a rebuild agrees with it, and the entry behind it is named."""
    add(log, ("CommitmentAccepted", {**PROMISE, "commitment": f"{NAME}-grain"}))
    engine = open_engine(url)
    with write_transaction(engine) as connection:
        catch_up(log, connection, NOW)
        agreements = connection.execute(select(table_of(AgreementRow).c.id)).scalars().all()
        unreadable = connection.execute(select(table_of(UnreadableAgreementRow))).all()
        owner = table_of(CommitmentRow).c.agreement_id
        rows = dict(connection.execute(select(owner, func.count()).group_by(owner)).all())

    assert {"odd", NAME} <= set(agreements)
    assert [("odd", "odd-1")] == [(row.agreement_id, row.event_id) for row in unreadable]
    assert "an id in it is that of another agreement" == unreadable[0].reason
    assert (3, None) == (rows[NAME], rows.get("odd"))
    assert ["odd"] == [row["agreement"] for row in unreadable_agreements(log, NOW, NOW)]
    assert not any(compared(log, engine, NOW))
    rebuild(log, engine, NOW)
