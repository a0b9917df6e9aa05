"""Writes the Grafana dashboard, once for each kind of data source; `make docs` runs it.

`$__from` and `$__to` are Grafana's own: the ends of the time range in milliseconds. `${agreement}`,
`${party}` and `${board}` are chosen at the top of the page.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from dashboards.grafana_looks import STATES, counted, steps, tables_looks

HERE = Path(__file__).resolve().parent / "grafana"


class Engine(NamedTuple):
    """A data source of Grafana: its plugin, how it wants an instant in a query, and its now."""

    plugin: str
    instant: str
    seconds: str
    now: str
    query: str


ENGINES = {
    "postgresql": Engine(
        "grafana-postgresql-datasource", "{0}", "extract(epoch FROM {0})", "now()", "rawSql"
    ),
    "sqlite": Engine(
        "frser-sqlite-datasource",
        "CAST(strftime('%s', {0}) AS INTEGER)",
        "CAST(strftime('%s', {0}) AS INTEGER)",
        "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
        "rawQueryText",
    ),
}
TIME_COLUMNS = ["time", "timeend", "deadline", "next_deadline", "ends", "since"]
CHOSEN = (
    "agreement_id IN (${{agreement:sqlstring}}) AND commitment_id IN "
    "(SELECT commitment_id FROM reporting_parties WHERE party_id IN (${{party:sqlstring}}))"
)
"""What is chosen at the top of the page; braces are doubled for `str.format`."""
COUNT = f"SELECT count(*) AS value FROM reporting_commitments WHERE {CHOSEN} AND"


class Stat(NamedTuple):
    """One number at the top; from `warn` and `bad` on it takes their colours."""

    title: str
    query: str
    warn: int | None = None
    bad: int | None = None


STATS = (
    Stat("Open commitments", f"{COUNT} {{open}}"),
    Stat("Overdue", f"{COUNT} {{overdue}}", bad=1),
    Stat("Ending within 14 days", f"{COUNT} {{soon}}", warn=1),
    Stat(
        "Agreements that need attention",
        "SELECT count(*) AS value FROM reporting_agreements WHERE status = 'attention' "
        "AND agreement_id IN (${{agreement:sqlstring}})",
        bad=1,
    ),
    Stat(
        "Breaches on what is open",
        f"{COUNT} {{open}} AND compliance IN ('alleged', 'disputed', 'confirmed')",
        warn=1,
    ),
    Stat(
        "Events behind the log",
        "SELECT max(lag_events) AS value FROM reporting_freshness",
        warn=1,
        bad=100,
    ),
    Stat(
        "Messages in trouble",
        "SELECT count(*) AS value FROM reporting_deliveries WHERE {trouble}",
        bad=1,
    ),
)
WIDTHS = (4, 3, 4, 4, 3, 3, 3)
"""Of the numbers, in the 24 columns of a page."""
TABLES = (
    (
        "Overdue, and ending within 14 days",
        "SELECT commitment, debtors, creditors, agreement, state, compliance, {at:deadline_at} "
        "AS deadline, days_left, commitment_id, agreement_id FROM reporting_commitments "
        f"WHERE {CHOSEN} AND ({{overdue}} OR {{soon}}) ORDER BY days_left",
    ),
    (
        "Breaches",
        "SELECT incident, status, alleged_by, denied_by, {at:alleged_at} AS since, commitment, "
        f"agreement, commitment_id, agreement_id FROM reporting_incidents WHERE {CHOSEN} "
        "ORDER BY happened_at DESC",
    ),
    (
        "Agreements",
        "SELECT agreement, parties, status, open_commitments, overdue_commitments, "
        "{at:next_deadline_at} AS next_deadline, agreement_id FROM reporting_agreements "
        "WHERE agreement_id IN (${{agreement:sqlstring}}) ORDER BY agreement",
    ),
    (
        "Readings of every open deadline",
        "SELECT commitment, party, rule, zone, {at:ends_at} AS ends, days_left, commitment_id "
        f"FROM reporting_deadlines WHERE {CHOSEN} AND {{open}} ORDER BY ends_at",
    ),
)
SPANS = (
    "FROM reporting_status_spans WHERE commitment_id IN "
    f"(SELECT commitment_id FROM reporting_commitments WHERE {CHOSEN} AND {{open}})"
)
LANE = "commitment || ' (' || commitment_id || ')' AS metric"
"""A lane a promise: promises of the same words would share one, and paint over each other."""
TIMELINE = (
    f"SELECT {{at:started_at}} AS time, {LANE}, status AS value {SPANS} "
    "AND {seconds:started_at} <= $__to / 1000 "
    "AND ({seconds:ended_at} >= $__from / 1000 OR ended_at IS NULL) "
    # Nobody knows a state beyond now, so none is painted there.
    f"UNION ALL SELECT {{at_now}} AS time, {LANE}, NULL AS value {SPANS} "
    "AND {seconds:started_at} <= $__to / 1000 AND ended_at IS NULL ORDER BY 1"
)
ANNOTATIONS = (
    "SELECT {at:time} AS time, {at:timeend} AS timeend, text, tags FROM reporting_annotations "
    "WHERE {seconds:coalesce(timeend, time)} >= $__from / 1000 "
    "AND {seconds:time} <= $__to / 1000"
)
VARIABLES = {
    "agreement": (
        "Agreement",
        "SELECT agreement || ' (' || agreement_id || ')' AS __text, agreement_id AS __value "
        "FROM reporting_agreements ORDER BY 1",
    ),
    "party": (
        "Party",
        "SELECT DISTINCT party || ' (' || party_id || ')' AS __text, party_id AS __value "
        "FROM reporting_parties ORDER BY 1",
    ),
}
"""Grafana drops every choice but the first of those with one text, also from a choice of all."""


class _Fragments(dict[str, str]):
    """The parts of a query that differ by engine; `{at:column}` is an instant in Grafana's form."""

    def __init__(self, engine: Engine, name: str) -> None:
        truth = "{0}" if name == "postgresql" else "{0} = 1"
        super().__init__(
            open=truth.format("is_open"),
            overdue=truth.format("is_overdue"),
            soon=truth.format("is_ending_soon"),
            trouble=truth.format("is_in_trouble"),
            at_now=engine.instant.format(engine.now),
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
        "version": 2,
        "editable": True,
        "time": {"from": "now-6M", "to": "now+1M"},
        "refresh": "5m",
        "templating": {"list": list(_variables(name))},
        "annotations": {
            "list": [
                {
                    "name": "Changes and deadlines",
                    # Of a whole log they hide what they stand on.
                    "enable": False,
                    "iconColor": "orange",
                    "datasource": _source(name),
                    "target": _target(ANNOTATIONS, name),
                }
            ]
        },
        "links": [
            {"title": "The board", "type": "link", "url": "${board}", "targetBlank": True},
        ],
        "panels": list(_panels(name)),
    }


def _variables(name: str) -> Any:
    yield {
        "name": "source",
        "label": "Data source",
        "type": "datasource",
        "query": ENGINES[name].plugin,
    }
    for variable, (label, query) in VARIABLES.items():
        yield {
            "name": variable,
            "label": label,
            "type": "query",
            "datasource": _source(name),
            # Both plugins take the text of the query, and the one for SQLite nothing else.
            "query": query,
            "multi": True,
            "includeAll": True,
            "current": {"text": "All", "value": "$__all"},
            "refresh": 2,
        }
    address = "http://127.0.0.1:8000"
    yield {
        "name": "board",
        "label": "Address of the board",
        "type": "textbox",
        "query": address,
        "current": {"text": address, "value": address},
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
    for n, stat in enumerate(STATS):
        place = {"x": sum(WIDTHS[:n]), "y": 0, "w": WIDTHS[n], "h": 4}
        looks = counted(steps(stat.warn, stat.bad))
        yield _panel(n, "stat", stat.title, stat.query, name, place) | looks
    title, query = TABLES[0]
    place = {"x": 0, "y": 4, "w": 24, "h": 9}
    yield _panel(20, "table", title, query, name, place) | tables_looks(query)
    place = {"x": 0, "y": 13, "w": 24, "h": 18}
    yield (
        _panel(10, "state-timeline", "Open commitments over time", TIMELINE, name, place)
        | STATES
        | {"transformations": [{"id": "partitionByValues", "options": {"fields": ["metric"]}}]}
    )
    for n, (title, query) in enumerate(TABLES[1:]):
        place = {"x": 0, "y": 31 + 9 * n, "w": 24, "h": 9}
        yield _panel(21 + n, "table", title, query, name, place) | tables_looks(query)


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
