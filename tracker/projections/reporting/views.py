"""The `reporting_*` views over projections: the contract with dashboards. Columns are only added.

What the clock decides is worked out in the view, from `clock_outlook`, so it is right now and not
as of the last turn. docs/reporting.md and the comments in PostgreSQL are made from this text.
"""

from __future__ import annotations

from events.database.views import View
from tracker.projections.reporting import history
from tracker.projections.reporting import standing as standing_views
from tracker.projections.reporting.standing import standing

VIEWS = (
    View(
        "reporting_agreements",
        "One row an agreement.",
        standing_views.agreements,
        standing_views.agreements_source,
    ),
    View(
        "reporting_commitments",
        "One row a commitment, by now.",
        standing_views.commitments,
        standing,
    ),
    View(
        "reporting_deadlines",
        "One row a reading of a deadline: accounts that differ have one each.",
        standing_views.deadlines,
        standing_views.deadlines_source,
    ),
    View(
        "reporting_status_changes",
        "One row a change of one axis, as now known, up to the last turn.",
        history.status_changes,
        history.status_changes_source,
    ),
    View(
        "reporting_status_spans",
        "One row a state and how long it lasted, for state timelines; up to now.",
        history.status_spans,
        history.status_spans_source,
    ),
    View(
        "reporting_events",
        "One row an event, without its free text.",
        history.events,
        history.events_source,
    ),
    View(
        "reporting_incidents",
        "One row an alleged breach.",
        history.incidents,
        lambda _: history.INCIDENTS,
    ),
    View(
        "reporting_annotations",
        "Marks for time charts, in the form that Grafana asks for.",
        history.marks,
        history.marks_source,
    ),
    View(
        "reporting_parties",
        "One row a party of a commitment and the side it is on: to filter and count by party.",
        standing_views.parties,
        standing_views.parties_source,
    ),
    View(
        "reporting_freshness",
        "How far behind the log the rows are; look here before believing a chart.",
        history.freshness,
        lambda _: history.FRESHNESS,
    ),
)
