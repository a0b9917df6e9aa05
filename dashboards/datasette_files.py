"""Writes the metadata and queries that Datasette shows the views with; `make docs` runs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cli import PACKAGES
from events.database.packages import views_of
from events.database.views import View, sqlite

METADATA = Path(__file__).resolve().parent / "datasette" / "metadata.json"
DATABASE = "pactwatch"
"""Datasette names a database by its file, and finds descriptions and queries by that name."""
COMMITMENT = (
    "commitment_id, commitment, debtors, creditors, state, compliance, deadline_at, days_left"
)
QUERIES: dict[str, tuple[str, str, str]] = {
    "needs_attention": (
        "What needs attention",
        "Overdue, and ending within 14 days, the most urgent first.",
        f"SELECT agreement, {COMMITMENT} FROM reporting_commitments "
        "WHERE is_overdue = 1 OR is_ending_soon = 1 ORDER BY days_left",
    ),
    "every_agreement": (
        "Agreements",
        "How each stands, and its next deadline.",
        "SELECT agreement_id, agreement, parties, status, open_commitments, overdue_commitments, "
        "next_deadline_at FROM reporting_agreements ORDER BY agreement_id",
    ),
    "open_readings": (
        "Every reading of every open deadline",
        "Accounts that differ have a row each.",
        "SELECT commitment_id, commitment, party, term, rule, zone, ends_at, days_left "
        "FROM reporting_deadlines WHERE is_open = 1 ORDER BY ends_at",
    ),
    "of_party": (
        "What a party owes and is owed",
        "By id of the party, e.g. RUS.",
        f"SELECT agreement, {COMMITMENT} FROM reporting_commitments "
        "WHERE commitment_id IN "
        "(SELECT commitment_id FROM reporting_parties WHERE party_id = :party) "
        "ORDER BY is_open DESC, deadline_at",
    ),
    "changes_since": (
        "What has changed since a date",
        "The date as 2025-03-18, or an hour of it in UTC as 2025-03-18 12:00.",
        "SELECT changed_at, agreement, commitment_id, axis, previous, current, rule "
        "FROM reporting_status_changes WHERE datetime(changed_at) >= datetime(:since) "
        "ORDER BY changed_at, ordinal",
    ),
    "history": (
        "The history of a commitment",
        "Its spans of states, by its id.",
        "SELECT status, started_at, ended_at FROM reporting_status_spans "
        "WHERE commitment_id = :commitment ORDER BY started_at",
    ),
    "every_incident": (
        "Incidents",
        "What was alleged and by whom, who denies it, and what became of it.",
        "SELECT happened_at, incident, status, alleged_by, denied_by, found_by, commitment_id, "
        "commitment, tags FROM reporting_incidents ORDER BY happened_at",
    ),
    "deliveries_in_trouble": (
        "Messages that somebody has to look at",
        "Parked, uncertain or given up.",
        "SELECT delivery_id, subject, recipient_domain, state, attempts, last_error "
        "FROM reporting_deliveries WHERE is_in_trouble = 1 ORDER BY delivery_id",
    ),
    "freshness": (
        "How fresh this is",
        "As of which event, and how many are not counted yet.",
        "SELECT projection, position, head_position, lag_events, caught_up_at "
        "FROM reporting_freshness ORDER BY projection",
    ),
}


def metadata() -> dict[str, Any]:
    """The metadata of Datasette: each view and column in the words of docs/reporting.md."""
    return {
        "title": "pactwatch",
        "description": "Who promised what to whom, by when, and how it stands. Instants are UTC.",
        "databases": {
            DATABASE: {
                "tables": {view.name: _described(view) for view in views_of(PACKAGES)},
                "queries": {
                    name: {"title": title, "description": about, "sql": query}
                    for name, (title, about, query) in QUERIES.items()
                },
            }
        },
    }


def _described(view: View) -> dict[str, Any]:
    columns = view.columns(sqlite())
    return {
        "description": view.about,
        "columns": {column.name: column.about for column in columns},
        "size": 100,
    }


def files() -> dict[Path, str]:
    """Every file with its text."""
    return {METADATA: json.dumps(metadata(), indent=2) + "\n"}


def main() -> None:
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
