"""A rebuild grows beside the live tables and takes their place at once; nobody is told again."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, event, select, text

from events import EventStore, NewEvent, parse_instant
from events.database import views
from events.database.engine import open_engine, read_snapshot, write_transaction
from events.database.owned_tables import table_of
from events.database.packages import create_packages
from events.errors import StoreNotFound, StoreUnavailable
from notifications.delivery.eml_files import EmlTransport
from notifications.scheduler.tick import tick
from notifications.settings import MailSettings
from tests.support.dataset import EVENING
from tests.support.fixtures import Databases, changed_copy
from tests.support.subscribers import add_reader
from tracker.errors import TrackerError
from tracker.projections.catch_up import catch_up, stored_checkpoint
from tracker.projections.processes import LARGE, Processes, paying_jobs
from tracker.projections.rebuild import SHADOW, Difference, compared, rebuild
from tracker.projections.reporting.views import VIEWS
from tracker.projections.tables import TABLES, CommitmentRow

LATER = parse_instant("2025-04-17T12:00:00Z")
Contents = dict[str, list[str]]


def catch_up_in_steps(url: str) -> None:
    engine = open_engine(url)
    with EventStore.open(url) as log:
        for days in range(0, 40, 3):
            with write_transaction(engine) as connection:
                catch_up(log, connection, EVENING + timedelta(days=days))


@pytest.fixture(scope="module")
def live_database(lively_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with tables kept up to date in steps, to be copied."""
    return changed_copy(lively_database, tmp_path_factory.mktemp("live"), catch_up_in_steps)


@pytest.fixture
def live_sqlite(database: str, live_database: Path) -> str:
    shutil.copy(live_database, database)
    return database


@pytest.fixture(scope="module")
def live_template(databases: Databases, lively_template: str) -> str:
    """The same in PostgreSQL."""
    return databases(lively_template, catch_up_in_steps)


@pytest.fixture
def live_postgres(make_database: Databases, live_template: str) -> str:
    return make_database(live_template)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """The address of the database, whose tables are up to date where `live` is wanted."""
    kind = "live" if "live" in request.fixturenames else "lively"
    return str(request.getfixturevalue(f"{kind}_{request.param}"))


@pytest.fixture
def live(url: str) -> Engine:
    """An engine on tables kept up to date in steps."""
    return open_engine(url)


def contents(engine: Engine) -> Contents:
    """Every row as the database keeps it, but for the count of rebuilds."""
    tables = {}
    with read_snapshot(engine) as connection:
        for row in TABLES:
            columns = [c for c in table_of(row).columns if c.name != "version"]
            tables[row.__name__] = sorted(map(repr, connection.execute(select(*columns)).all()))
    return tables


def test_rebuilt_equals_live_byte_for_byte(log: EventStore, live: Engine) -> None:
    """Every row of every table, on both engines; the version goes up by one."""
    before = contents(live)
    done = rebuild(log, live)

    assert before == contents(live)
    assert len(before["AgreementRow"]) == done.folded
    with write_transaction(live) as connection:
        checkpoint = stored_checkpoint(connection)
        assert checkpoint is not None
        assert 2 == checkpoint.version


def test_spoilt_rows_are_made_good(log: EventStore, live: Engine) -> None:
    """The rows come from the log, not from the tables that were there."""
    before = contents(live)
    with write_transaction(live) as connection:
        connection.execute(text("UPDATE commitments SET state = 'violated'"))
        connection.execute(text("DELETE FROM status_changes"))
    rebuild(log, live)

    assert before == contents(live)


def test_nothing_is_deleted_from_shadows_that_are_filled_for_the_first_time(
    log: EventStore, live: Engine
) -> None:
    """The server has not counted their rows: it would read all of them for each group."""
    statements: list[str] = []

    @event.listens_for(live, "before_cursor_execute")
    def _note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    rebuild(log, live)
    by_agreement = [s for s in statements if f"{SHADOW} WHERE" in s and " IN (" in s]

    assert any(s.startswith(f"SELECT id FROM agreements{SHADOW}") for s in by_agreement)
    assert [] == [s for s in by_agreement if s.startswith("DELETE")]


def test_several_processes_make_the_same_rows(
    log: EventStore, live: Engine, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In many small groups and pages, in whatever order they are done; none of the rows stay."""
    monkeypatch.setattr("tracker.projections.writing.TOGETHER", 1)
    monkeypatch.setattr("tracker.projections.bring_up.PAGE", 7)
    before = contents(live)
    with write_transaction(live) as connection:
        for name in ("commitments", "status_changes", "search_words"):
            connection.execute(text(f"DELETE FROM {name}"))
    with Processes(url, 2) as processes:
        done = rebuild(log, live, processes=processes)

    assert before == contents(live)
    assert len(before["AgreementRow"]) == done.folded


@pytest.mark.parametrize(
    ("events", "cores", "jobs"), [(LARGE - 1, 16, 1), (LARGE, 1, 1), (LARGE, 2, 2), (LARGE, 16, 4)]
)
def test_a_large_log_is_shared_out_to_the_cores(
    events: int, cores: int, jobs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process takes longer to begin than a small log takes to fold."""
    monkeypatch.setattr("tracker.projections.processes.cores", lambda: cores)

    assert paying_jobs(events) == jobs


def test_a_process_that_fails_ends_the_rebuild(log: EventStore, live: Engine) -> None:
    """Its error is that of the rebuild, and the live tables stay."""
    before = contents(live)
    with Processes("sqlite:///nowhere.db", 1) as processes, pytest.raises(StoreNotFound):
        rebuild(log, live, processes=processes)

    assert before == contents(live)


def test_a_comparison_counts_what_a_rebuild_would_change(log: EventStore, live: Engine) -> None:
    """Row by row, in every table; nothing is changed by it."""
    unspoilt = compared(log, live)
    with write_transaction(live) as connection:
        connection.execute(text("UPDATE commitments SET state = 'violated' WHERE id = 'ep-rus'"))
        connection.execute(text("DELETE FROM commitments WHERE id = 'ep-ukr'"))
        connection.execute(text("UPDATE agreements SET id = 'none' WHERE id = 'energy-pause-2025'"))
    before = contents(live)
    by_table = {each.table: each for each in compared(log, live)}

    assert not any(unspoilt)
    assert {str(table_of(row).name) for row in TABLES} - {"projection_checkpoints"} == set(by_table)
    assert Difference("commitments", 1, 0, 1) == by_table.pop("commitments")
    assert Difference("agreements", 1, 1, 0) == by_table.pop("agreements")
    assert not any(by_table.values())
    assert before == contents(live)


def test_others_read_and_write_while_the_new_rows_grow(
    log: EventStore, live: Engine, url: str
) -> None:
    """In the midst of a rebuild readers see every row, an event comes in and is projected.

    So it is when the agreements are folded, and when the words are.
    """
    seen: list[int] = []
    data: dict[str, Any] = {"agreement": "new", "title": "New", "occurred": "2025-03-18"}
    news = NewEvent("pactwatch.AgreementRecorded.v1", data, "n", "t", EVENING)

    def meanwhile(done: int, of: int) -> None:
        with read_snapshot(live) as connection:
            table = table_of(CommitmentRow)
            seen.append(len(connection.execute(select(table.c.id)).all()))
        with EventStore.open(url) as other:
            other.append("new", [news])
            with write_transaction(live) as connection:
                catch_up(other, connection, LATER)

    whole = len(contents(live)["CommitmentRow"])
    rebuild(log, live, progress=meanwhile)

    assert [whole, whole] == seen
    with write_transaction(live) as connection:
        checkpoint = stored_checkpoint(connection)
        assert checkpoint is not None
        assert (log.head(), LATER) == (checkpoint.position, checkpoint.projected_at)
        assert "New" == connection.execute(
            text("SELECT title FROM agreements WHERE id = 'new'")
        ).scalar_one()  # fmt: skip


def test_a_reader_in_the_midst_of_its_transaction_keeps_what_it_saw(
    log: EventStore, live: Engine
) -> None:
    """The swap changes rows under nobody's hands."""
    table = table_of(CommitmentRow)
    with read_snapshot(live) as connection:
        before = connection.execute(select(table.c.id, table.c.detail)).all()
        rebuild(log, live)
        after = connection.execute(select(table.c.id, table.c.detail)).all()

        assert sorted(before) == sorted(after)


def test_a_rebuild_that_fails_leaves_the_live_tables_alone(log: EventStore, live: Engine) -> None:
    """And nothing of the new ones stays behind."""
    before = contents(live)

    def fail(_done: int, _of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(log, live, progress=fail)

    assert before == contents(live)
    with read_snapshot(live) as connection:
        names = connection.dialect.get_table_names(connection)
        assert [] == [name for name in names if name.endswith("_next")]


def test_nothing_is_told_twice(log: EventStore, url: str, tmp_path: Path) -> None:
    """The turn after a rebuild has no alert to tell and no mail to send."""
    engine = open_engine(url)
    mail = MailSettings(mail_dir=tmp_path / "mail", smtp_url=None)
    with write_transaction(engine) as connection:
        create_packages(connection, ["tracker.projections", "notifications"])
        catch_up(log, connection, EVENING)
        add_reader(connection, email="a@example.org", cadence="immediate", now=EVENING)
    first = tick(log, engine, mail, EmlTransport(mail.mail_dir), LATER)
    letters = sorted((tmp_path / "mail").iterdir())
    rebuild(log, engine)
    second = tick(log, engine, mail, EmlTransport(mail.mail_dir), LATER)

    assert first.alerts
    assert letters
    assert (0, 0, 0) == (len(second.alerts), second.planned, second.delivered)
    assert letters == sorted((tmp_path / "mail").iterdir())


def test_without_a_projection_an_instant_is_needed(log: EventStore, url: str) -> None:
    """Rows stand for an instant, and none was given."""
    with pytest.raises(TrackerError, match="needs an instant"):
        rebuild(log, open_engine(url))


def test_with_an_instant_the_first_rows_may_come_from_a_rebuild(log: EventStore, url: str) -> None:
    """As after a restore, where no table is there yet."""
    engine = open_engine(url)
    rebuilt = rebuild(log, engine, LATER)
    tables = contents(engine)
    with write_transaction(engine) as connection:
        catch_up(log, connection, LATER)

    assert tables == contents(engine)
    assert len(tables["AgreementRow"]) == rebuilt.folded


def test_tables_of_an_earlier_shape_are_made_anew(log: EventStore, live: Engine) -> None:
    """After an upgrade of the program the next turn makes and fills the tables it knows."""
    before = contents(live)
    with write_transaction(live) as connection:
        views.drop(connection, VIEWS)
        connection.execute(text("ALTER TABLE agreements DROP COLUMN detail"))
        connection.execute(text("ALTER TABLE projection_checkpoints DROP COLUMN edition"))
    with write_transaction(live) as connection:
        folded = catch_up(log, connection, EVENING + timedelta(days=39)).folded

    assert before == contents(live)
    assert len(before["AgreementRow"]) == folded


def test_rows_of_other_rules_are_made_anew(log: EventStore, live: Engine) -> None:
    """A row that an earlier edition of the rules made is not kept."""
    before = contents(live)
    with write_transaction(live) as connection:
        connection.execute(text("UPDATE commitments SET state = 'violated'"))
        connection.execute(text("UPDATE projection_checkpoints SET edition = 'earlier'"))
    with write_transaction(live) as connection:
        catch_up(log, connection, EVENING + timedelta(days=39))

    assert before == contents(live)


def test_a_rebuild_that_cannot_be_written_says_why(live_sqlite: str) -> None:
    """In the words of the database: no owner makes room on a full disk, or writes a closed file."""
    engine = open_engine(live_sqlite, read_only=True)
    with (
        EventStore.open(live_sqlite) as log,
        pytest.raises(StoreUnavailable, match="read-only") as caught,
    ):
        rebuild(log, engine)

    assert "check the rights on the file" in caught.value.hint


def test_a_login_that_only_projects_is_told_who_may_rebuild(shipped_postgres: str) -> None:
    """Temporary tables could hide the log, so no role of the program may make them."""
    postgres = shipped_postgres
    with EventStore.open(postgres) as log, write_transaction(open_engine(postgres)) as connection:
        catch_up(log, connection, EVENING)
    with psycopg.connect(postgres, autocommit=True) as db:
        db.execute("CREATE ROLE rebuilding_login LOGIN IN ROLE pactwatch_projector")
    projector = postgres.replace("postgres@", "rebuilding_login@")
    try:
        with EventStore.open(projector, create=False) as log:
            with pytest.raises(TrackerError, match="permission denied") as caught:
                rebuild(log, open_engine(projector))
            with write_transaction(open_engine(projector)) as connection:
                assert 1 == catch_up(log, connection, parse_instant("2025-03-19T22:00:00Z")).folded
    finally:
        with psycopg.connect(postgres, autocommit=True) as db:
            db.execute("DROP OWNED BY rebuilding_login")
            db.execute("DROP ROLE rebuilding_login")

    assert "owner of the database" in caught.value.hint
