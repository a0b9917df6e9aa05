"""Whether a filter names what is on record, and whether it could ever match."""

from __future__ import annotations

import json
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from sqlalchemy import Connection, select

from notifications.alerts.filters import CEILINGS, KINDS, SEVERITIES, Filter
from notifications.errors import InvalidSubscription
from notifications.tables import table_of
from tracker.projections.tables import AgreementRow, CommitmentRow, PartyRow

AGREEMENTS, COMMITMENTS = table_of(AgreementRow), table_of(CommitmentRow)
PARTIES = table_of(PartyRow)


def check_filter(connection: Connection, wanted: Filter) -> None:
    """Raises InvalidSubscription for what is not on record, with what may have been meant."""
    _check("kind", wanted.kinds, KINDS, f"one of {', '.join(KINDS)}")
    _check("severity", (wanted.severity,), SEVERITIES, f"one of {', '.join(SEVERITIES)}")
    _check("TLP ceiling", (wanted.tlp,), CEILINGS, f"one of {', '.join(CEILINGS)}")
    if wanted.agreements:
        known = connection.execute(select(AGREEMENTS.c.id)).scalars()
        _check("agreement", wanted.agreements, known, "pactwatch status")
    if wanted.commitments:
        known = connection.execute(select(COMMITMENTS.c.id)).scalars()
        _check("commitment", wanted.commitments, known, "pactwatch status")
    if wanted.parties:
        _check("party", wanted.parties, _parties(connection), "pactwatch status")


def _parties(connection: Connection) -> set[str]:
    """Registered parties, those of agreements, debtors and creditors."""
    known = set(connection.execute(select(PARTIES.c.id)).scalars())
    columns = (AGREEMENTS.c.parties, COMMITMENTS.c.debtor, COMMITMENTS.c.creditor)
    for column in columns:
        for text in connection.execute(select(column).distinct()).scalars():
            known.update(json.loads(text))
    return known


def _check(noun: str, wanted: Iterable[str], known: Iterable[str], hint: str) -> None:
    held = list(known)
    for name in wanted:
        if name not in held:
            close = get_close_matches(name, held, n=3)
            meant = f"; did you mean {', '.join(close)}?" if close else ""
            raise InvalidSubscription(f"unknown {noun} {name!r}{meant}", hint=hint)


def matching(connection: Connection, wanted: Filter) -> list[str]:
    """The commitments on record that a filter is about."""
    query = select(COMMITMENTS).order_by(COMMITMENTS.c.agreement_id, COMMITMENTS.c.ordinal)
    return [row.id for row in connection.execute(query) if _covers(wanted, row)]


def _covers(wanted: Filter, row: Any) -> bool:
    held = {"debtor": json.loads(row.debtor), "creditor": json.loads(row.creditor)}
    return wanted.covers(row.agreement_id, row.id, held)


def warnings_about(connection: Connection, wanted: Filter) -> list[str]:
    """What a subscriber should hear when their filter matches nothing that is on record."""
    if matching(connection, wanted):
        return []
    return [f"the filter ({wanted.words}) matches no commitment on record, so nothing will be sent"]
