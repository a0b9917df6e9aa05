"""Checks that a filter names what is on record, and whether it could ever match."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, select

from events.database.owned_tables import table_of
from events.wording import nearest, typo_of
from notifications.alerts.filters import CEILINGS, KINDS, SEVERITIES, Filter
from notifications.errors import InvalidSubscription
from tracker.documents.summaries import tags_of_detail
from tracker.errors import on_record_words
from tracker.projections.tables import AgreementRow, CommitmentRow, PartyRow

AGREEMENTS, COMMITMENTS = table_of(AgreementRow), table_of(CommitmentRow)
PARTIES = table_of(PartyRow)
NO_TITLES: Mapping[str, str] = {}


def check_filter(connection: Connection, filters: Filter) -> None:
    """Raises InvalidSubscription for a name that is not on record, with the nearest that are."""
    _check("kind", filters.kinds, KINDS, f"one of {', '.join(KINDS)}")
    _check("severity", (filters.severity,), SEVERITIES, f"one of {', '.join(SEVERITIES)}")
    _check("TLP ceiling", (filters.tlp,), CEILINGS, f"one of {', '.join(CEILINGS)}")
    if filters.agreements:
        ids = connection.execute(select(AGREEMENTS.c.id)).scalars()
        _check("agreement", filters.agreements, ids, "pactwatch status")
    if filters.commitments:
        ids = connection.execute(select(COMMITMENTS.c.id)).scalars()
        _check("commitment", filters.commitments, ids, "pactwatch status")
    if filters.tags:
        known = {tag for tags in _tags(connection).values() for tag in tags}
        _check("tag", filters.tags, sorted(known), "pactwatch agreement tag AGREEMENT TAG")
    if filters.parties:
        # Registered parties, those of agreements, debtors and creditors.
        parties = set(connection.execute(select(PARTIES.c.id)).scalars())
        for column in (AGREEMENTS.c.parties, COMMITMENTS.c.debtor, COMMITMENTS.c.creditor):
            for text in connection.execute(select(column).distinct()).scalars():
                parties.update(json.loads(text))
        rows = connection.execute(select(PARTIES.c.name, PARTIES.c.id))
        names = {row.name: row.id for row in rows}
        _check("party", filters.parties, parties, "pactwatch party list", names)


def _check(
    noun: str,
    names: Iterable[str],
    valid_names: Iterable[str],
    hint: str,
    titles: Mapping[str, str] = NO_TITLES,
) -> None:
    """Raises InvalidSubscription for a name that is none; `titles` are other words for some."""
    on_record = list(valid_names)
    for name in names:
        if name not in on_record:
            close = nearest(name, [*on_record, *titles])
            meant = list(dict.fromkeys(titles.get(each, each) for each in close))
            typo = typo_of(name, close)
            raise InvalidSubscription(
                f"unknown {noun} {name!r}{on_record_words(meant, on_record)}",
                hint=hint,
                typo=typo and (name, titles.get(typo[1], typo[1])),
            )


def matching(connection: Connection, filters: Filter) -> list[str]:
    """The commitments on record that a filter is about."""
    query = select(COMMITMENTS).order_by(COMMITMENTS.c.agreement_id, COMMITMENTS.c.ordinal)
    tags = _tags(connection)
    return [row.id for row in connection.execute(query) if _covers(filters, row, tags)]


def _covers(filters: Filter, row: Any, tags: Mapping[str, list[str]]) -> bool:
    document = {"debtor": json.loads(row.debtor), "creditor": json.loads(row.creditor)}
    document["tags"] = tags.get(row.agreement_id, [])
    return filters.covers(row.agreement_id, row.id, document)


def _tags(connection: Connection) -> dict[str, list[str]]:
    """The tags of every agreement."""
    rows = connection.execute(select(AGREEMENTS.c.id, AGREEMENTS.c.detail))
    return {row.id: tags_of_detail(row.detail) for row in rows}


def filter_warnings(connection: Connection, filters: Filter) -> list[str]:
    """Warns a subscriber whose filter matches nothing on record."""
    if matching(connection, filters):
        return []
    return [f"the filter ({filters.words}) matches no promise on record yet"]
