"""Writes the Grafana dashboard, once for each kind of data source; `make docs` runs it.

`$__from` and `$__to` are Grafana's own: the ends of the time range in milliseconds.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent / "grafana"


class Engine(NamedTuple):
    """A data source of Grafana: its plugin, and how it wants an instant in a query."""

    plugin: str
    instant: str
    seconds: str
    query: str


ENGINES = {
    "postgresql": Engine(
        "grafana-postgresql-datasource", "{0}", "extract(epoch FROM {0})", "rawSql"
    ),
    "sqlite": Engine(
        "frser-sqlite-datasource",
        "CAST(strftime('%s', {0}) AS INTEGER)",
        "CAST(strftime('%s', {0}) AS INTEGER)",
        "rawQueryText",
    ),
}
TIME_COLUMNS = ["time", "timeend", "deadline", "next_deadline", "ends"]
STATS = (
    ("Open commitments", "SELECT count(*) AS value FROM reporting_commitments WHERE {open}"),
    ("Overdue", "SELECT count(*) AS value FROM reporting_commitments WHERE {overdue}"),
    ("Due within 14 days", "SELECT count(*) AS value FROM reporting_commitments WHERE {soon}"),
    (
        "Agreements that need attention",
        "SELECT count(*) AS value FROM reporting_agreements WHERE status = 'attention'",
    ),
    (
        "Messages in trouble",
        "SELECT count(*) AS value FROM reporting_deliveries WHERE {trouble}",
    ),
    ("Events behind the log", "SELECT max(lag_events) AS value FROM reporting_freshness"),
)
TABLES = (
    (
        "Overdue and due within 14 days",
        "SELECT agreement, commitment_id, commitment, debtors, creditors, state, compliance, "
        "{at:deadline_at} AS deadline, days_left FROM reporting_commitments "
        "WHERE {overdue} OR {soon} ORDER BY days_left",
    ),
    (
        "Agreements",
        "SELECT agreement_id, agreement, parties, status, open_commitments, overdue_commitments, "
        "{at:next_deadline_at} AS next_deadline FROM reporting_agreements ORDER BY agreement_id",
    ),
    (
        "Readings of every open deadline",
        "SELECT commitment_id, commitment, party, rule, zone, {at:ends_at} AS ends, days_left "
        "FROM reporting_deadlines WHERE {open} ORDER BY ends_at",
    ),
)
TIMELINE = (
    "SELECT {at:started_at} AS time, commitment_id AS metric, status AS value "
    "FROM reporting_status_spans WHERE {seconds:started_at} <= $__to / 1000 "
    "AND ({seconds:ended_at} >= $__from / 1000 OR ended_at IS NULL) ORDER BY started_at"
)
ANNOTATIONS = (
    "SELECT {at:time} AS time, {at:timeend} AS timeend, text, tags FROM reporting_annotations "
    "WHERE {seconds:time} BETWEEN $__from / 1000 AND $__to / 1000"
)


class _Fragments(dict[str, str]):
    """The parts of a query that differ by engine; `{at:column}` is an instant in Grafana's form."""

    def __init__(self, engine: Engine, name: str) -> None:
        truth = "{0}" if name == "postgresql" else "{0} = 1"
        is_open = truth.format("is_open")
        super().__init__(
            open=is_open,
            overdue=truth.format("is_overdue"),
            trouble=truth.format("is_in_trouble"),
            soon=f"({is_open} AND days_left BETWEEN 0 AND 14)",
        )
        self.at = _Form(engine.instant)
        self.seconds = _Form(engine.seconds)


class _Form:
    def __init__(self, form: str) -> None:
        self.form = form

    def __format__(self, column: str) -> str:
        return self.form.format(column)


def query_for(query: str, name: str) -> str:
    """Fills in what differs by engine."""
    parts = _Fragments(ENGINES[name], name)
    return query.format(**parts, at=parts.at, seconds=parts.seconds)


def dashboard(name: str) -> dict[str, Any]:
    """The dashboard for one kind of data source, which is chosen when it is imported."""
    return {
        "title": f"pactwatch ({name})",
        "uid": f"pactwatch-{name}",
        "description": "Who promised what to whom, by when, and how it stands.",
        "tags": ["pactwatch"],
        "timezone": "utc",
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "time": {"from": "now-6M", "to": "now+1M"},
        "refresh": "5m",
        "templating": {
            "list": [
                {
                    "name": "source",
                    "label": "Data source",
                    "type": "datasource",
                    "query": ENGINES[name].plugin,
                }
            ]
        },
        "annotations": {
            "list": [
                {
                    "name": "Changes and deadlines",
                    "enable": True,
                    "iconColor": "orange",
                    "datasource": _source(name),
                    "target": _target(ANNOTATIONS, name),
                }
            ]
        },
        "panels": list(_panels(name)),
    }


def _source(name: str) -> dict[str, str]:
    return {"type": ENGINES[name].plugin, "uid": "${source}"}


def _target(query: str, name: str) -> dict[str, Any]:
    """Always as a table: a series of Grafana can not have words for values."""
    engine, text = ENGINES[name], query_for(query, name)
    target = {"refId": "A", "datasource": _source(name), engine.query: text}
    if name == "postgresql":
        return target | {"format": "table", "rawQuery": True}
    return target | {"queryType": "table", "queryText": text, "timeColumns": TIME_COLUMNS}


def _panels(name: str) -> Any:
    for n, (title, query) in enumerate(STATS):
        yield _panel(n, "stat", title, query, name, {"x": 4 * n, "y": 0, "w": 4, "h": 4})
    y = 4
    yield _panel(
        10, "state-timeline", "States", TIMELINE, name, {"x": 0, "y": y, "w": 24, "h": 10}
    ) | {"transformations": [{"id": "partitionByValues", "options": {"fields": ["metric"]}}]}
    for n, (title, query) in enumerate(TABLES):
        place = {"x": 0, "y": y + 10 + 9 * n, "w": 24, "h": 9}
        yield _panel(20 + n, "table", title, query, name, place)


def _panel(
    number: int, kind: str, title: str, query: str, name: str, place: dict[str, int]
) -> dict[str, Any]:
    return {
        "id": number + 1,
        "type": kind,
        "title": title,
        "datasource": _source(name),
        "gridPos": place,
        "targets": [_target(query, name)],
    }


def files() -> dict[Path, str]:
    """Every file with its text."""
    return {HERE / f"{name}.json": json.dumps(dashboard(name), indent=2) + "\n" for name in ENGINES}


def main() -> None:
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
