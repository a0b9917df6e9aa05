"""Every query of the shipped dashboards answers, on the engine it is shipped for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from dashboards.grafana import ENGINES, HERE, files
from events.database.engine import read_snapshot
from tests.integration.tracker.projections.test_reporting import prepare
from tests.support.dataset import EVENING

DATABASES = {"postgresql": "postgres", "sqlite": "database"}
RANGE = {
    "$__from": int((EVENING - timedelta(days=60)).timestamp() * 1000),
    "$__to": int((EVENING + timedelta(days=60)).timestamp() * 1000),
}


@pytest.mark.parametrize("path", files(), ids=lambda path: path.name)
def test_shipped_dashboards_are_up_to_date(path: Any) -> None:
    """`make docs` would change nothing."""
    assert files()[path] == path.read_text(encoding="utf-8")


def queries(name: str) -> Iterator[tuple[str, str]]:
    """Title and query of every panel and annotation, as the file has them."""
    shipped = json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))
    field = ENGINES[name].query
    for panel in shipped["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target[field]
    for marks in shipped["annotations"]["list"]:
        yield marks["name"], marks["target"][field]


def filled(query: str) -> str:
    """The query as Grafana sends it."""
    sent = query.replace("$__from", str(RANGE["$__from"])).replace("$__to", str(RANGE["$__to"]))
    assert "$" not in sent
    return sent


@pytest.mark.parametrize("name", ENGINES)
def test_every_query_answers(name: str, request: pytest.FixtureRequest) -> None:
    """With the time range that Grafana puts in; none of them is empty on the shipped data."""
    engine = prepare(str(request.getfixturevalue(DATABASES[name])), EVENING)
    found: dict[str, int] = {}
    with read_snapshot(engine) as connection:
        for title, query in queries(name):
            found[title] = len(connection.exec_driver_sql(filled(query)).all())

    assert 11 == len(found)
    assert [] == [title for title, rows in found.items() if not rows]


def test_both_dashboards_have_the_same_panels() -> None:
    """What one engine shows the other shows too."""
    titles = [[title for title, _ in queries(name)] for name in ENGINES]

    assert titles[0] == titles[1]
