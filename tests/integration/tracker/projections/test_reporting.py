"""The `reporting_*` views: the same on both engines, right at any instant, and read-only."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, inspect, text

from events import EventStore, NewEvent, format_instant, parse_instant
from events.database.engine import open_engine, read_snapshot, write_transaction
from events.database.packages import views_of
from events.database.views import Sql, View, postgresql, sqlite
from notifications.alerts.kinds import BY_AXIS, BY_CHANGE
from notifications.tables import create_tables as create_mail_tables
from tests.support.dataset import EVENING, ROOT, load
from tests.support.profiles import examples
from tracker.documents.attention import NO_END, SOON, ends_soon
from tracker.documents.readings import open_readings
from tracker.model.commitment import Commitment
from tracker.model.vocabulary import (
    ChangeAxis,
    Compliance,
    Grade,
    Kind,
    RollUp,
    State,
    Timing,
    Word,
)
from tracker.projections.catch_up import catch_up
from tracker.projections.rebuild import rebuild
from tracker.queries import agreements as queries
from tracker.rules.agreement import AgreementState

PACKAGES = ("tracker.projections", "notifications")
VIEWS = {view.name: view for view in views_of(PACKAGES)}
SAMPLE = Path(__file__).resolve().parents[3] / "samples" / "reporting-columns.json"


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    name = "database" if request.param == "sqlite" else "postgres"
    return str(request.getfixturevalue(name))


@pytest.fixture
def engine(rows_url: str) -> Engine:
    return open_engine(rows_url)


@pytest.fixture
def engine_to_read(rows_to_read: str) -> Engine:
    return open_engine(rows_to_read, read_only=True)


def sql_of(connection: Connection, now: datetime) -> Sql:
    """The engine's words, with the clock standing still."""
    literal = f"'{format_instant(now)}'"
    return sqlite(literal) if connection.dialect.name == "sqlite" else postgresql(literal)


def rows(connection: Connection, view: View, now: datetime) -> list[dict[str, Any]]:
    query = view.query(sql_of(connection, now))
    if connection.dialect.name == "postgresql":
        query = query.replace("%", "%%")
    return [plain(dict(row)) for row in connection.exec_driver_sql(query).mappings()]


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row with instants as text and truths as such, whatever the driver makes of them."""
    return {name: _plain(name, value) for name, value in row.items()}


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return format_instant(value.astimezone(UTC))
    return bool(value) if name.startswith("is_") and value is not None else value


def test_both_engines_say_the_same(lively_rows: Path, lively_rows_template: str) -> None:
    """Column by column and value by value, at three instants."""
    engines = [open_engine(str(url), read_only=True) for url in (lively_rows, lively_rows_template)]
    for days in (0, 20, 60):
        now = EVENING + timedelta(days=days)
        answers = []
        for engine in engines:
            with read_snapshot(engine) as connection:
                answers.append({n: sorted_rows(rows(connection, v, now)) for n, v in VIEWS.items()})
        for name in VIEWS:
            assert answers[0][name] == answers[1][name], name
            assert answers[0][name] or name == "reporting_deliveries", name


def sorted_rows(result: list[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(row, ensure_ascii=False) for row in result)


def test_columns_are_only_added(engine_to_read: Engine) -> None:
    """The names and their order are those of the sample; new ones go to its end."""
    assert json.loads(SAMPLE.read_text()) == columns_of_views(engine_to_read)


def columns_of_views(engine: Engine) -> dict[str, list[str]]:
    with read_snapshot(engine) as connection:
        there = inspect(connection)
        return {name: [c["name"] for c in there.get_columns(name)] for name in VIEWS}


@pytest.mark.parametrize(
    ("view", "column", "words"),
    [
        ("reporting_agreements", "status", RollUp),
        ("reporting_commitments", "kind", Kind),
        ("reporting_commitments", "state", State),
        ("reporting_commitments", "compliance", Compliance),
        ("reporting_commitments", "timing", Timing),
        ("reporting_commitments", "fulfilment", Grade),
        ("reporting_status_changes", "axis", ChangeAxis),
        ("reporting_status_spans", "status", State),
    ],
)
def test_a_column_of_words_is_documented_with_all_of_them(
    view: str, column: str, words: type[Word]
) -> None:
    """Whoever filters by one finds it on the page."""
    page = (ROOT / "docs" / "reporting.md").read_text().split(f"## {view}\n")[1]
    row = next(line for line in page.splitlines() if line.startswith(f"| `{column}` |"))

    assert set(words) <= set(re.findall(r"[a-z_/]+", row))


def test_every_kind_of_change_has_a_word() -> None:
    """Those that are told, and those that the lively agreement and the data set have."""
    axes = {axis for axis, _ in BY_CHANGE} | {*BY_AXIS}

    assert axes <= set(ChangeAxis)


def test_a_mark_of_a_chart_says_what_becomes_of_which_promise(engine_to_read: Engine) -> None:
    """In words: the ids are among its tags."""
    with read_snapshot(engine_to_read) as connection:
        marks = rows(connection, VIEWS["reporting_annotations"], EVENING)
    promise = "To hold fire while inspectors of the IAEA rotate at the plant"

    assert {
        f"{promise}: in force",
        f"{promise}: compliance alleged",
        "To hand over 175 prisoners: deadline",
    } <= {mark["text"] for mark in marks}


def test_every_view_carries_how_fresh_it_is(engine_to_read: Engine) -> None:
    """Position and instant of the projection stand in each."""
    for columns in columns_of_views(engine_to_read).values():
        assert {"projected_position", "projected_at"} <= set(columns)


INSTANTS = st.builds(
    lambda hours, odd: parse_instant("2025-03-11T00:00:00Z") + timedelta(hours=hours) + odd,
    st.integers(0, 24 * 130),
    st.sampled_from([timedelta(0), timedelta(microseconds=1), timedelta(seconds=-1)]),
)


@settings(max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=INSTANTS, later=st.integers(0, 24 * 90))
def test_what_the_clock_decides_is_what_the_fold_says(
    rows_url: str, engine: Engine, at: datetime, later: int
) -> None:
    """Long after the last turn the views say what a fold of the same news would, now."""
    now = at + timedelta(hours=later)
    with EventStore.open(rows_url) as log:
        with write_transaction(engine) as connection:
            catch_up(log, connection, at)
            known = at
            news = [e.recorded_at for e in log.read_all() if at < e.recorded_at <= now]
            coming = [s.next_event_at for s in queries.states(log, at, at) if s.next_event_at]
            if news or any(moment <= now for moment in coming):
                now = at
            by_id = {r["commitment_id"]: r for r in rows(connection, COMMITMENTS, now)}
            words = {r["agreement_id"]: r["status"] for r in rows(connection, AGREEMENTS, now)}
            spans = [r for r in rows(connection, SPANS, now) if r["is_current"]]
        states = list(queries.states(log, now, known))
    commitments = [c for state in states for c in state.commitments.values()]

    from tracker.rules.agreement import roll_up
    from tracker.rules.timing import timing

    assert {c.id: c.state for c in commitments} == {n: r["state"] for n, r in by_id.items()}
    assert {c.id: timing(c, now)[0] for c in commitments} == {
        n: r["timing"] for n, r in by_id.items()
    }
    assert {c.id: c.state in ("overdue", "lapsed") for c in commitments} == {
        n: r["is_overdue"] for n, r in by_id.items()
    }
    assert {c.id: c.is_open for c in commitments} == {n: r["is_open"] for n, r in by_id.items()}
    assert {c.id: days_left(c, now) for c in commitments} == {
        n: r["days_left"] for n, r in by_id.items()
    }
    assert {c.id: is_ending_soon(s, c, now) for s in states for c in s.commitments.values()} == {
        n: r["is_ending_soon"] for n, r in by_id.items()
    }
    assert {s.id: roll_up(s.commitments.values()) for s in states} == words
    assert {c.id: c.state for c in commitments} == {s["commitment_id"]: s["status"] for s in spans}


COMMITMENTS, AGREEMENTS = VIEWS["reporting_commitments"], VIEWS["reporting_agreements"]
SPANS = VIEWS["reporting_status_spans"]


def is_ending_soon(state: AgreementState, c: Commitment, now: datetime) -> bool:
    """As the board counts it: an end in force, or an offer, a condition or a notice."""
    soon = format_instant(now + SOON)
    ends = [instant and format_instant(instant) for instant in (c.earliest, c.latest)]
    return ends_soon(c.state, *ends, now) or any(
        reading["term"] in NO_END and format_instant(now) < reading["at"] <= soon
        for reading in open_readings(state, c)
    )


def days_left(commitment: Any, now: datetime) -> int | None:
    if not commitment.is_open or commitment.state_end is None:
        return None
    whole = [moment.replace(microsecond=0) for moment in (commitment.state_end, now)]
    return (whole[0] - whole[1]) // timedelta(days=1)


def test_the_views_answer_by_themselves(engine_to_read: Engine) -> None:
    """As a dashboard asks: plain SELECTs, by the clock of the database."""
    with read_snapshot(engine_to_read) as connection:
        for name in VIEWS:
            connection.execute(text(f"SELECT * FROM {name}")).all()
        fresh = connection.execute(text("SELECT * FROM reporting_freshness")).mappings().one()

    assert (0, fresh["head_position"]) == (fresh["lag_events"], fresh["position"])


def test_views_are_there_after_a_rebuild(rows_url: str, engine: Engine) -> None:
    """And say the same."""
    with read_snapshot(engine) as connection:
        before = sorted_rows(rows(connection, COMMITMENTS, EVENING))
    with EventStore.open(rows_url) as log:
        rebuild(log, engine)
    with read_snapshot(engine) as connection:
        assert before == sorted_rows(rows(connection, COMMITMENTS, EVENING))
        assert connection.execute(text("SELECT count(*) FROM reporting_events")).scalar()


def test_views_are_there_without_an_init(url: str) -> None:
    """The first turn makes those of the projection, as it makes its tables."""
    engine = open_engine(url)
    with EventStore.open(url) as log:
        load(log)
        with write_transaction(engine) as connection:
            catch_up(log, connection, EVENING)
            create_mail_tables(connection)

    with read_snapshot(engine) as connection:
        assert 19 == connection.execute(
            text("SELECT count(*) FROM reporting_commitments")
        ).scalar_one()  # fmt: skip


def test_comments_are_kept_on_postgresql(lively_rows_template: str) -> None:
    """What docs/reporting.md says of a view and a column stands in the database too."""
    engine = open_engine(lively_rows_template)
    view = VIEWS["reporting_commitments"]
    with read_snapshot(engine) as connection:
        comments = connection.execute(
            text("SELECT obj_description('reporting_commitments'::regclass)")
        ).scalar()
        columns = {c["name"]: c["comment"] for c in inspect(connection).get_columns(view.name)}

    assert view.about == comments
    assert {c.name: c.about for c in view.columns(postgresql())} == columns


@pytest.mark.parametrize("column", ["commitment_id", "agreement_id"])
@pytest.mark.parametrize("name", ["reporting_status_spans", "reporting_parties"])
def test_of_one_promise_or_agreement_no_other_is_read(
    lively_rows_template: str, name: str, column: str
) -> None:
    """PostgreSQL looks it up in every table, however many others there are."""
    with read_snapshot(open_engine(lively_rows_template)) as connection:
        each = f"SELECT {column}, count(*) AS n FROM {name} GROUP BY 1 ORDER BY n LIMIT 1"
        value, count = connection.exec_driver_sql(each).one()
        # Tables of some hundred rows are read whole even where an index leads to them.
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        explain = f"EXPLAIN (ANALYZE, FORMAT JSON) SELECT * FROM {name} WHERE {column} = %s"
        plan = connection.exec_driver_sql(explain, (value,)).scalar_one()[0]["Plan"]

    assert count == plan["Actual Rows"]
    assert {} == {
        scan["Relation Name"]: scan["Node Type"]
        for scan in nodes_of(plan)
        if scan.get("Relation Name") in ("commitments", "status_changes", "clock_outlook")
        and not {"Index Cond", "Recheck Cond"} & scan.keys()
    }


def nodes_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A node of a plan as PostgreSQL explains it, and all below it."""
    yield plan
    for each in plan.get("Plans", ()):
        yield from nodes_of(each)


def test_what_amends_entries_is_not_looked_for_in_the_log(lively_rows_template: str) -> None:
    """Of one agreement no other stream is read, and of some entries no others."""
    with read_snapshot(open_engine(lively_rows_template)) as connection:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        amended = "SELECT agreement_id FROM reporting_events WHERE is_corrected OR is_retracted"
        agreement = connection.exec_driver_sql(f"{amended} LIMIT 1").scalar_one()
        plans = [
            connection.exec_driver_sql(
                f"EXPLAIN (FORMAT JSON) SELECT * FROM reporting_events {chosen}"
            ).scalar_one()[0]["Plan"]
            for chosen in (f"WHERE agreement_id = '{agreement}'", "LIMIT 100")
        ]

    for plan in plans:
        names = [node.get("Relation Name") for node in nodes_of(plan)]
        assert (1, 2) == (names.count("events"), names.count("amendments"))
    of_log = next(node for node in nodes_of(plans[0]) if node.get("Relation Name") == "events")
    assert {"Index Cond", "Recheck Cond"} & of_log.keys()


def test_events_that_were_amended_are_those_that_the_log_says(
    rows_url: str, engine: Engine
) -> None:
    """Also in a stream of no agreement, of amendments that no longer act, after a later turn."""
    claimed = NewEvent("pactwatch.FactClaimed.v1", {"text": "It rained."}, id="claim")
    pause = "energy-pause-2025"
    with EventStore.open(rows_url) as log:
        log.append("statements", [claimed])
        last = [event.id for event in log.read_stream(pause)][-1]
        retracted = (("statements", "claim"), (pause, last), (pause, "retraction-1"))
        for number, (stream, target) in enumerate(retracted):
            data = {"event": target, "reason": "a slip"}
            made = NewEvent("pactwatch.EntryRetracted.v1", data, id=f"retraction-{number}")
            log.append(stream, [made])
        with write_transaction(engine) as connection:
            catch_up(log, connection, EVENING)
            query = "SELECT event_id FROM reporting_events WHERE {}"
            amended = {
                type_: set(connection.exec_driver_sql(query.format(flag)).scalars())
                for type_, flag in (
                    ("EntryRetracted", "is_retracted"),
                    ("EntryCorrected", "is_corrected"),
                )
            }
        events = list(log.read_all())

    assert {"claim", last, "retraction-1"} <= amended["EntryRetracted"]
    assert amended == {
        type_: {e.data["event"] for e in events if e.type == f"pactwatch.{type_}.v1"}
        for type_ in amended
    }
