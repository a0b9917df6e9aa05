"""Every query of the shipped dashboards answers, on the engine it is shipped for."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Connection, Engine

from dashboards.grafana import ENGINES, HERE, VARIABLES, dashboard, files
from dashboards.grafana_looks import HEADINGS
from events.database.engine import read_snapshot
from tests.integration.tracker.projections.test_reporting import projected_engine
from tests.support.dataset import EVENING
from tracker.model.vocabulary import State

RANGE = {
    "$__from": int((EVENING - timedelta(days=60)).timestamp() * 1000),
    "$__to": int((EVENING + timedelta(days=60)).timestamp() * 1000),
}


class Shown(NamedTuple):
    """The name of an engine, and the shipped data set with a lively agreement on it."""

    name: str
    engine: Engine


@pytest.fixture(scope="module", params=ENGINES)
def shown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """A database of each engine that dashboards are shipped for, to be read alone."""
    if request.param == "postgresql":
        address = request.getfixturevalue("databases")(request.getfixturevalue("lively_template"))
    else:
        folder = tmp_path_factory.mktemp("shown")
        address = str(shutil.copy(request.getfixturevalue("lively_database"), folder))
    return Shown(request.param, projected_engine(address, EVENING))


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
    for variable in shipped["templating"]["list"]:
        if variable["type"] == "query":
            query = variable["query"]
            yield variable["label"], query if isinstance(query, str) else query[field]


def filled(query: str, values: Mapping[str, str]) -> str:
    """The query as Grafana sends it."""
    sent = query.replace("$__from", str(RANGE["$__from"])).replace("$__to", str(RANGE["$__to"]))
    for variable, value in values.items():
        sent = sent.replace(f"${{{variable}:sqlstring}}", value)
    assert "$" not in sent
    return sent


def test_every_query_answers(shown: Shown) -> None:
    """With the time range and choices that Grafana puts in; none is empty on the shipped data."""
    name = shown.name
    shipped = dict(queries(name))
    with read_snapshot(shown.engine) as connection:
        values = {
            variable: _every_value(connection, shipped[label])
            for variable, (label, _) in VARIABLES.items()
        }
        counts = {
            title: len(connection.exec_driver_sql(_sent(filled(query, values), name)).all())
            for title, query in shipped.items()
        }

    assert 15 == len(counts)
    assert [] == [title for title, rows in counts.items() if not rows]


def _every_value(connection: Connection, query: str) -> str:
    """What Grafana makes of a choice of all."""
    return ", ".join(f"'{row[1]}'" for row in connection.exec_driver_sql(query))


def _sent(query: str, name: str) -> str:
    """The driver of PostgreSQL takes a percent sign for a placeholder."""
    return query.replace("%", "%%") if name == "postgresql" else query


def test_a_choice_of_a_party_narrows_what_is_shown(shown: Shown) -> None:
    """Of the lively agreement alone Norway and Iceland are parties."""
    name = shown.name
    shipped = dict(queries(name))
    with read_snapshot(shown.engine) as connection:
        values = {
            "agreement": _every_value(connection, shipped["Agreement"]),
            "party": "'ISL'",
        }
        query = filled(shipped["Readings of every open deadline"], values)
        rows = connection.exec_driver_sql(_sent(query, name)).mappings().all()

    assert {"lively-grain", "lively-truce"} == {row["commitment_id"] for row in rows}


def test_every_state_has_a_colour_and_every_heading_a_column() -> None:
    """A word without one gets any colour of the palette."""
    shipped = dashboard("sqlite")
    (timeline,) = (p for p in shipped["panels"] if p["type"] == "state-timeline")
    colored = timeline["fieldConfig"]["defaults"]["mappings"][0]["options"]
    headings = [
        each["matcher"]["options"]
        for panel in shipped["panels"]
        if panel["type"] == "table"
        for each in panel["fieldConfig"]["overrides"]
    ]

    assert set(State) <= set(colored)
    assert set(HEADINGS) <= set(headings)


def test_both_dashboards_have_the_same_panels() -> None:
    """What one engine shows the other shows too."""
    titles = [[title for title, _ in queries(name)] for name in ENGINES]

    assert titles[0] == titles[1]
