"""`db publish`: the views as tables of a file of their own, for readers under a ceiling."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import apsw
import duckdb
import pytest
from duckdb_extensions import import_extension

from events.database.views import sqlite
from tests.support.command import Run, database_of_commands
from tracker.projections.reporting.views import VIEWS

NOW = {"PACTWATCH_NOW": "2025-04-20T12:00:00Z"}
SECRET = "a vault below the lighthouse"
Rows = dict[str, list[tuple[object, ...]]]


def promise(run: Run, name: str, *more: str) -> None:
    run("agreement", "add", name, "--title", f"Accord {name}", "--party", "NOR", "--party", "ISL",
        *more, **NOW)  # fmt: skip
    run("commitment", "add", name, f"{name}-calm", "--kind", "maintenance", "--debtor", "NOR",
        "--creditor", "ISL", "--promise", "to keep calm", "--start", "2025-04-10",
        "--duration", "P20D", *more, **NOW)  # fmt: skip


@pytest.fixture(scope="module")
def marked_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two open agreements, a marked one, and marked entries in an open one."""

    def fill(run: Run) -> None:
        promise(run, "alpha")
        promise(run, "beta", "--tlp", "RED")
        promise(run, "gamma")
        for speaker, kind, day, *more in (
            ("ISL", "ViolationAlleged", "2025-04-12", "text=shots were heard"),
            ("NOR", "ViolationDenied", "2025-04-14", "text=there were none"),
            ("ISL", "ViolationAlleged", "2025-04-15", f"text={SECRET}", "tlp=AMBER", "incident=j"),
        ):
            fields = (f"occurred={day}", f"speaker={speaker}", "incident=i", *more)
            done = run("record", kind, "gamma-calm", *dict(map(_pair, fields)).values(), **NOW)
            assert 0 == done.code, done.err

    return database_of_commands(tmp_path_factory.mktemp("marked"), fill)


def _pair(field: str) -> tuple[str, str]:
    """Of two values of a field the last counts."""
    return field.partition("=")[0], field


@pytest.fixture
def marked(run: Run, desk: Path, marked_database: Path) -> Run:
    (desk / "desk.db").write_bytes(marked_database.read_bytes())
    return run


def tables_of(file: Path) -> Rows:
    with closing(apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READONLY)) as db:
        names = [
            name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        return {name: sorted_rows(db, f"SELECT * FROM {name}") for name in names}


def views_of(database: Path) -> Rows:
    """What the views say at the same instant."""
    sql = sqlite(f"'{NOW['PACTWATCH_NOW']}'")
    with closing(apsw.Connection(str(database))) as db:
        return {view.name: sorted_rows(db, view.query(sql)) for view in VIEWS}


def spaced(rows: Rows) -> Rows:
    """What a file says where a view has these rows: a space stands in an instant for the T."""
    columns = {view.name: view.columns(sqlite()) for view in VIEWS}
    return {
        name: sorted(
            (
                tuple(
                    str(cell).replace("T", " ") if cell and column.is_instant else cell
                    for column, cell in zip(columns[name], row, strict=True)
                )
                for row in of_view
            ),
            key=repr,
        )
        for name, of_view in rows.items()
    }


def sorted_rows(db: apsw.Connection, query: str) -> list[tuple[object, ...]]:
    return sorted((tuple(row) for row in db.execute(query)), key=repr)


@pytest.mark.parametrize("ceiling", ["CLEAR", "AMBER", "RED"])
def test_it_is_what_a_database_of_the_export_would_say(
    marked: Run, desk: Path, ceiling: str
) -> None:
    """Row by row, numbers and instants as well."""
    done = marked("db", "publish", "out.db", "--tlp", ceiling, "--json", **NOW)
    export = marked("export", "--tlp", ceiling, **NOW)
    clean = {"PACTWATCH_DB": "clean.db", **NOW}
    imported = marked("import", "-", stdin=export.out, **clean)
    tick = marked("tick", **clean)

    assert (0, 0, 0) == (done.code, imported.code, tick.code), (done.err, imported.err, tick.err)
    assert spaced(views_of(desk / "clean.db")) == tables_of(desk / "out.db")
    assert done.json["tlp"] == ceiling
    assert done.json["events"] == len(export.out.splitlines())


def test_what_a_higher_ceiling_showed_is_gone_from_the_file(marked: Run, desk: Path) -> None:
    """Also from its free pages."""
    marked("db", "publish", "out.db", "--tlp", "RED", **NOW)
    before = (desk / "out.db").read_bytes()
    marked("db", "publish", "out.db", **NOW)
    after = (desk / "out.db").read_bytes()

    assert SECRET.encode() in before
    assert b"Accord beta" in before
    assert SECRET.encode() not in after
    assert b"beta" not in after


def test_incidents_say_who_alleged_and_who_denied_and_when(marked: Run, desk: Path) -> None:
    marked("db", "publish", "out.db", **NOW)
    with closing(apsw.Connection(str(desk / "out.db"))) as db:
        (row,) = db.execute(
            "SELECT status, happened_at, alleged_by, alleged_by_ids, alleged_at, denied_by_ids, "
            "denied_at, found_by, tlp FROM reporting_incidents"
        )

    assert row == ("disputed", "2025-04-12 10:00:00Z", "Iceland", "ISL",
                   "2025-04-12 10:00:00Z", "NOR", "2025-04-14 10:00:00Z", None,
                   "CLEAR")  # fmt: skip


@pytest.mark.parametrize(
    ("since", "until", "count"),
    [
        ("2025-04-12 09:59:59", "2025-04-12 10:00:01", 1),
        ("2025-04-12 10:00:00", "2025-04-13 00:00:00", 1),
        ("2025-04-12 10:00:01", "2025-04-13 00:00:00", 0),
        ("2025-04-12 00:00:00", "2025-04-12 10:00:00", 0),
    ],
)
def test_a_range_within_a_day_is_right_as_tools_write_it(
    marked: Run, desk: Path, since: str, until: str, count: int
) -> None:
    """Superset, Metabase and SQLAlchemy write its ends with a space, and without a zone."""
    marked("db", "publish", "out.db", **NOW)
    query = "SELECT incident_id FROM reporting_incidents WHERE happened_at >= ? AND happened_at < ?"
    with closing(apsw.Connection(str(desk / "out.db"))) as db:
        rows = list(db.execute(query, (since, until)))

    assert count == len(rows)


@pytest.mark.parametrize("content", [b"notes of mine\n", b""])
def test_it_writes_over_no_other_file(marked: Run, desk: Path, content: bytes) -> None:
    """A database, ours or not, and a text; an empty file is nobody's."""
    (desk / "mine").write_bytes(content)
    done = marked("db", "publish", "mine", **NOW)

    if content:
        assert 1 == done.code
        assert "not a file that `db publish` has made" in done.err
        assert content == (desk / "mine").read_bytes()
    else:
        assert 0 == done.code, done.err


def test_it_leaves_the_database_itself_alone(marked: Run, desk: Path) -> None:
    done = marked("db", "publish", "desk.db", **NOW)

    assert 1 == done.code
    assert "left as it is" in done.err
    assert 0 == marked("verify").code


def test_nothing_is_left_where_it_cannot_be_written(marked: Run, desk: Path) -> None:
    done = marked("db", "publish", "nowhere/out.db", **NOW)

    assert 1 == done.code
    assert "nowhere/out.db cannot be written" in done.err
    assert not (desk / "nowhere").exists()


def test_duckdb_reads_it_with_types(marked: Run, desk: Path) -> None:
    """Every table attaches; instants are timestamps, so charts by month need no recipe."""
    marked("db", "publish", "out.db", **NOW)
    import_extension("sqlite_scanner")
    with closing(duckdb.connect()) as duck:
        duck.execute("LOAD sqlite_scanner")
        duck.execute(f"ATTACH '{desk / 'out.db'}' AS pacts (TYPE sqlite, READ_ONLY)")
        names = [view.name for view in VIEWS]
        counts = [duck.execute(f"SELECT count(*) FROM pacts.{n}").fetchall() for n in names]
        types = duck.execute("DESCRIBE pacts.reporting_incidents").fetchall()
        months = duck.execute(
            "SELECT strftime(date_trunc('month', happened_at), '%Y-%m') "
            "FROM pacts.reporting_incidents"
        ).fetchall()

    assert [("2025-04",)] == months
    assert len(names) == len(counts)
    assert {"happened_at": "TIMESTAMP", "incident": "VARCHAR"}.items() <= {
        name: kind for name, kind, *_ in types
    }.items()


def test_each_view_on_sqlite_tells_the_type_of_every_column(marked: Run, desk: Path) -> None:
    """Tools call a column without one unknown."""
    with closing(apsw.Connection(str(desk / "desk.db"))) as db:
        untyped = [
            (view.name, row[1])
            for view in VIEWS
            for row in db.execute(f"PRAGMA table_info({view.name})")
            if not row[2]
        ]

    assert [] == untyped


def test_the_daemon_publishes_after_its_turns(
    marked: Run, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is open to all; a file that cannot be written stops no turn, and is told once."""
    from notifications.scheduler import daemon

    def two_turns(turn: Callable[[], None], *_: object, **__: object) -> None:
        turn()
        turn()

    monkeypatch.setattr(daemon, "run", two_turns)
    answer = marked("run", "--publish", "out.db", **NOW)
    refused = marked("run", "--publish", "desk.db", **NOW)

    assert (0, 0) == (answer.code, refused.code), answer.err
    assert {"alpha", "gamma"} == {
        row[0] for row in tables_of(desk / "out.db")["reporting_agreements"]
    }
    assert 1 == refused.err.count("not published: desk.db is not a file")
