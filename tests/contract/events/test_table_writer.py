"""What writes tables beside the log, alike through each driver and through SQLAlchemy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from events import EventStore
from events.database.engine import open_engine, write_transaction
from events.database.table_writer import ConnectionTableWriter
from events.table_writer import CONFLICT, TableWriter

WAYS = ("sqlite", "postgres", "sqlite by SQLAlchemy", "postgres by SQLAlchemy")
TOO_LARGE = 2**70


@pytest.fixture(params=WAYS)
def writer(request: pytest.FixtureRequest) -> Iterator[TableWriter]:
    engine, _, through = request.param.partition(" by ")
    folder = request.getfixturevalue("tmp_path")
    is_file = engine == "sqlite"
    url = f"{folder}/log.db" if is_file else str(request.getfixturevalue("made_postgres"))
    with closing(EventStore.open(url)) as store, opened(store, url if through else "") as tables:
        tables.execute("CREATE TABLE shelf (id text PRIMARY KEY, n bigint)")
        yield tables


@contextmanager
def opened(store: EventStore, url: str) -> Iterator[TableWriter]:
    if url:
        with write_transaction(open_engine(url)) as connection:
            yield ConnectionTableWriter(connection)
        return
    transaction = store.write_tables()
    assert transaction is not None
    with transaction as tables:
        yield tables


def test_what_is_tried_leaves_no_row(writer: TableWriter) -> None:
    """Nor does what an error ends; rows before it stay."""
    writer.insert("shelf", [{"id": "a", "n": 1}, {"id": "b", "n": None}])
    with writer.trial():
        writer.insert("shelf", [{"id": "c", "n": 3}])
    with pytest.raises(ZeroDivisionError), writer.savepoint():
        writer.insert("shelf", [{"id": "d", "n": 1 // 0}])

    assert [("a", 1), ("b", None)] == writer.rows("SELECT id, n FROM shelf ORDER BY id")
    assert [("a",)] == writer.rows("SELECT id FROM shelf WHERE n = ?", (1,))


@pytest.mark.parametrize(("row", "is_conflict"), [(("a", 2), True), (("b", TOO_LARGE), False)])
def test_a_row_that_is_refused_says_why_and_stops_no_other(
    writer: TableWriter, row: tuple[str, int], is_conflict: bool
) -> None:
    """An id that is taken, a number too large; an error of the database is none of these."""
    writer.insert("shelf", [{"id": "a", "n": 1}])
    with pytest.raises(Exception) as error, writer.savepoint():  # noqa: PT011
        writer.insert("shelf", [{"id": row[0], "n": row[1]}])
    writer.insert("shelf", [{"id": "z", "n": 1}])
    reason = writer.refusal(error.value)

    assert reason
    assert is_conflict == (reason == CONFLICT)
    assert writer.refusal(ValueError("x")) is None
