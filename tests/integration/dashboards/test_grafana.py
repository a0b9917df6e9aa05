"""Every query of the shipped dashboards answers, on the engine it is shipped for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Connection, Engine

from dashboards.grafana import ENGINES, HERE, VARIABLES, dashboard, files
from dashboards.grafana_looks import COLORS, HEADINGS
from events.database.engine import open_engine, read_snapshot
from tests.support.dataset import EVENING
from tracker.model.vocabulary import Compliance, RollUp, State
from web.model.words import BREACHES, color_class, label

RANGE = {
    "$__from": int((EVENING - timedelta(days=60)).timestamp() * 1000),
    "$__to": int((EVENING + timedelta(days=60)).timestamp() * 1000),
}


class Projected(NamedTuple):
    """The name of an engine, and the shipped data set with a lively agreement on it."""

    name: str
    engine: Engine


@pytest.fixture(scope="module", params=ENGINES)
def projected(request: pytest.FixtureRequest) -> Projected:
    """A database of each engine that dashboards are shipped for, to be read alone."""
    is_postgres = request.param == "postgresql"
    address = request.getfixturevalue("lively_rows_template" if is_postgres else "lively_rows")
    return Projected(request.param, open_engine(str(address), read_only=True))


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
            yield variable["label"], variable["query"]


def filled(query: str, values: Mapping[str, str]) -> str:
    """The query as Grafana sends it."""
    sent = query.replace("$__from", str(RANGE["$__from"])).replace("$__to", str(RANGE["$__to"]))
    for variable, value in values.items():
        sent = sent.replace(f"${{{variable}:sqlstring}}", value)
    assert "$" not in sent
    return sent


def everything(connection: Connection, shipped: Mapping[str, str]) -> dict[str, str]:
    """The values of a choice of all agreements and of all parties."""
    return {
        variable: _every_value(connection, shipped[label])
        for variable, (label, _) in VARIABLES.items()
    }


def test_every_query_answers(projected: Projected) -> None:
    """With the time range and choices that Grafana puts in; none is empty on the shipped data."""
    name = projected.name
    shipped = dict(queries(name))
    with read_snapshot(projected.engine) as connection:
        values = everything(connection, shipped)
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


def test_a_choice_of_a_party_narrows_what_is_shown(projected: Projected) -> None:
    """Of the lively agreement alone Norway and Iceland are parties."""
    name = projected.name
    shipped = dict(queries(name))
    with read_snapshot(projected.engine) as connection:
        values = {
            "agreement": _every_value(connection, shipped["Agreement"]),
            "party": "'ISL'",
        }
        query = filled(shipped["Readings of every open deadline"], values)
        rows = connection.exec_driver_sql(_sent(query, name)).mappings().all()

    assert {"lively-grain", "lively-truce"} == {row["commitment_id"] for row in rows}


def test_what_can_be_chosen_is_told_apart_by_its_id(projected: Projected) -> None:
    """Grafana leaves out what has the text of another: two agreements may have one title."""
    shipped = dict(queries(projected.name))
    with read_snapshot(projected.engine) as connection:
        rows = [
            tuple(row)
            for label, _ in VARIABLES.values()
            for row in connection.exec_driver_sql(shipped[label])
        ]

    assert ("Russia (RUS)", "RUS") in rows
    assert [] == [text for text, value in rows if not text.endswith(f" ({value})")]


@pytest.mark.parametrize("name", ENGINES)
def test_the_query_of_a_choice_is_text(name: str) -> None:
    """The plugin for SQLite sends what it is given as the query: a target is none."""
    choices = [v for v in dashboard(name)["templating"]["list"] if v["type"] == "query"]

    assert ["agreement", "party"] == [choice["name"] for choice in choices]
    assert all(choice["query"].startswith("SELECT ") for choice in choices)


LANES = "Open commitments over time"


def test_every_open_promise_has_a_lane_that_ends_at_now(projected: Projected) -> None:
    """Also of those that promise the same in the same words."""
    shipped = dict(queries(projected.name))
    with read_snapshot(projected.engine) as connection:
        values = everything(connection, shipped)
        timeline = filled(shipped[LANES], values)
        rows = connection.exec_driver_sql(_sent(timeline, projected.name)).all()
        (count,) = connection.exec_driver_sql(
            _sent(filled(shipped["Open commitments"], values), projected.name)
        ).one()
    last = {metric: value for _, metric, value in rows}

    assert count == len(last)
    assert {None} == set(last.values())
    assert {str(state) for state in State} >= {value for *_, value in rows if value}


def test_a_range_of_the_past_has_no_empty_lanes(projected: Projected) -> None:
    """What had not begun by its end is left out."""
    shipped = dict(queries(projected.name))
    with read_snapshot(projected.engine) as connection:
        timeline = filled(shipped[LANES], everything(connection, shipped))
        first = connection.exec_driver_sql(_sent(timeline, projected.name)).scalars().first()
        ended = timeline.replace(str(RANGE["$__to"]), f"{_seconds(first) + 1}000")
        rows = connection.exec_driver_sql(_sent(ended, projected.name)).all()

    assert rows
    assert {metric for _, metric, _ in rows} == {metric for _, metric, value in rows if value}


def test_a_mark_that_began_before_the_range_is_in_it(projected: Projected) -> None:
    """A pause of a month that ends within the range is seen in it."""
    marks = dict(queries(projected.name))["Changes and deadlines"]
    with read_snapshot(projected.engine) as connection:
        (time, timeend), *_ = connection.exec_driver_sql(
            _sent(
                filled(marks.replace(" WHERE ", " WHERE timeend > time AND ", 1), {}),
                projected.name,
            )
        ).columns("time", "timeend")
        within = marks.replace("$__from", f"{_seconds(time) + 1}000")
        rows = connection.exec_driver_sql(_sent(filled(within, {}), projected.name)).all()

    assert (time, timeend) in {row[:2] for row in rows}


def _seconds(instant: Any) -> int:
    return instant if isinstance(instant, int) else int(instant.timestamp())


def test_words_are_those_of_the_board_in_its_colours() -> None:
    """A word without a colour gets any of the palette; `confirmed` alone says not what."""
    shipped = dashboard("sqlite")
    (timeline,) = (p for p in shipped["panels"] if p["type"] == "state-timeline")
    defaults = timeline["fieldConfig"]["defaults"]
    colored = defaults["mappings"][0]["options"]
    words = {str(word) for word in (*State, *RollUp, *Compliance, "refuted")}

    assert words == set(colored)
    assert {w: BREACHES.get(w, label(w)) for w in words} == {w: colored[w]["text"] for w in words}
    assert {w: COLORS[color_class(w)] for w in words} == {w: colored[w]["color"] for w in words}
    assert "breach confirmed" == colored["confirmed"]["text"]
    assert not defaults["color"]["mode"].startswith("continuous")
    assert "${__field.labels.metric}" in str(timeline["fieldConfig"]["overrides"])


def test_every_heading_has_a_column_and_every_link_its_id() -> None:
    """A link without the column of its id leads nowhere."""
    for panel in dashboard("sqlite")["panels"]:
        if panel["type"] != "table":
            continue
        query = panel["targets"][0]["rawQueryText"].partition(" FROM ")[0]
        for each in panel["fieldConfig"]["overrides"]:
            for look in each["properties"]:
                for link in look["value"] if look["id"] == "links" else ():
                    column = link["url"].partition("__data.fields.")[2].rstrip("}")
                    assert column in query

    assert set(HEADINGS) <= {
        each["matcher"]["options"]
        for panel in dashboard("sqlite")["panels"]
        if panel["type"] == "table"
        for each in panel["fieldConfig"]["overrides"]
    }


def test_both_dashboards_have_the_same_panels() -> None:
    """What one engine shows the other shows too."""
    titles = [[title for title, _ in queries(name)] for name in ENGINES]

    assert titles[0] == titles[1]
