"""What several folders of tests share: the shipped data set in a database, and a desk."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from itertools import count
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine

from events import EventStore
from events.database.engine import open_engine, reused_connections, write_transaction
from events.database.packages import create_packages
from tests.support.dataset import EVENING, load
from tests.support.lively import add_lively
from tests.support.mail_kinds import send_every_kind, sent_mails
from tests.support.postgres import NoPostgres, create_database_in, server
from tests.support.profiles import in_ci, load_profile
from tests.support.served import Board, project, serving
from tests.support.statements import share_compiled_statements
from tests.support.templates import share_compiled_templates
from web.export import export
from web.settings import Site

load_profile()
share_compiled_statements()
share_compiled_templates()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A real PostgreSQL; without one the test is skipped loudly, and in CI it fails."""
    try:
        with server(in_memory=True) as address:
            yield address
    except NoPostgres as error:
        if in_ci():
            pytest.fail(f"CI needs PostgreSQL: {error}")
        pytest.skip(f"POSTGRESQL NOT TESTED: {error}")


PACKAGES = ("tracker.projections", "notifications")
"""Those that have tables beside the log."""
Databases = Callable[..., str]
"""Makes a database, empty or like a template and then changed, and gives its address."""


@pytest.fixture(scope="session")
def administrator(postgres_server: str) -> Iterator[psycopg.Connection]:
    """A session of its superuser, in which databases are made and taken away."""
    with psycopg.connect(postgres_server, autocommit=True) as db:
        yield db


@pytest.fixture(scope="session")
def databases(postgres_server: str, administrator: psycopg.Connection) -> Databases:
    """Makes databases that stay until the server ends."""
    numbers = count(1)

    def make(template: str | None = None, change: Callable[[str], None] | None = None) -> str:
        name = f"test_{next(numbers)}"
        address = create_database_in(administrator, postgres_server, name, template)
        if change is not None:
            change(address)
        return address

    return make


@pytest.fixture
def make_database(databases: Databases, administrator: psycopg.Connection) -> Iterator[Databases]:
    """Makes databases, and takes them away again."""
    addresses: list[str] = []

    def make(template: str | None = None) -> str:
        addresses.append(databases(template))
        return addresses[-1]

    yield make
    for address in addresses:
        administrator.execute(f"DROP DATABASE {address.rpartition('/')[2]} WITH (FORCE)")


@pytest.fixture
def postgres(make_database: Databases) -> str:
    """The address of an empty database of its own."""
    return make_database()


def make_tables(address: str) -> None:
    """Makes the log and every table beside it, as the first writer and the first turn do."""
    EventStore.open(address).close()
    with write_transaction(open_engine(address)) as connection:
        create_packages(connection, PACKAGES)


@pytest.fixture(scope="session")
def made_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty log in a file, with every table: to be copied."""
    file = tmp_path_factory.mktemp("made") / "pactwatch.db"
    make_tables(str(file))
    return file


@pytest.fixture
def made_sqlite(database: str, made_database: Path) -> str:
    """The address of such a file of its own."""
    shutil.copy(made_database, database)
    return database


@pytest.fixture(scope="session")
def made_template(databases: Databases) -> str:
    """An empty log in PostgreSQL, with every table: to be copied."""
    return databases(change=make_tables)


@pytest.fixture
def made_postgres(make_database: Databases, made_template: str) -> str:
    """The address of an empty PostgreSQL database of its own with every table."""
    return make_database(made_template)


@pytest.fixture(scope="session")
def shipped_template(databases: Databases) -> str:
    """The shipped data set in a PostgreSQL database, to be copied."""
    address = databases()
    with EventStore.open(address) as store:
        load(store)
    return address


@pytest.fixture
def shipped_postgres(make_database: Databases, shipped_template: str) -> str:
    """The address of a PostgreSQL database of its own with the shipped data set."""
    return make_database(shipped_template)


@pytest.fixture
def database(tmp_path: Path) -> str:
    return str(tmp_path / "pactwatch.db")


def changed_copy(template: Path, folder: Path, change: Callable[[str], None]) -> Path:
    """A copy of a database in a folder of its own, changed once, to be copied in turn."""
    file = folder / "pactwatch.db"
    shutil.copy(template, file)
    change(str(file))
    return file


def make_lively(address: str) -> None:
    """Adds the agreement in which much happens."""
    with EventStore.open(address) as store:
        add_lively(store)


@pytest.fixture(scope="session")
def shipped_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped data set in a file, to be copied."""
    file = tmp_path_factory.mktemp("shipped") / "pactwatch.db"
    with EventStore.open(str(file)) as store:
        load(store)
    return file


@pytest.fixture(scope="session")
def projected_database(shipped_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, projected at the evening."""
    return changed_copy(shipped_database, tmp_path_factory.mktemp("projected"), project)


@pytest.fixture(scope="session")
def mail_database(projected_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped data set, and readers who were sent one mail of every kind, to be copied."""
    folder = tmp_path_factory.mktemp("mails")
    return changed_copy(projected_database, folder, lambda file: send_every_kind(file, folder))


@pytest.fixture(scope="session")
def mails(mail_database: Path) -> dict[str, EmailMessage]:
    """One mail of every kind."""
    return sent_mails(str(mail_database))


@pytest.fixture(scope="session")
def lively_database(shipped_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, and an agreement in which much happens."""
    return changed_copy(shipped_database, tmp_path_factory.mktemp("lively"), make_lively)


@pytest.fixture
def lively_sqlite(database: str, lively_database: Path) -> str:
    """The address of an SQLite database of its own with both."""
    shutil.copy(lively_database, database)
    return database


@pytest.fixture(scope="session")
def lively_template(databases: Databases, shipped_template: str) -> str:
    """The shipped data set and an agreement in which much happens, in PostgreSQL."""
    return databases(shipped_template, make_lively)


@pytest.fixture
def lively_postgres(make_database: Databases, lively_template: str) -> str:
    """The address of a PostgreSQL database of its own with both."""
    return make_database(lively_template)


def make_rows(address: str) -> None:
    """Makes every table, and projects at the evening."""
    make_tables(address)
    project(address)


@pytest.fixture(scope="session")
def lively_rows(lively_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both in a file, with every table and projected at the evening: to be copied, or read."""
    return changed_copy(lively_database, tmp_path_factory.mktemp("rows"), make_rows)


@pytest.fixture(scope="session")
def lively_rows_template(databases: Databases, lively_template: str) -> str:
    """The same in PostgreSQL."""
    return databases(lively_template, make_rows)


@pytest.fixture
def store(database: str, shipped_database: Path) -> Iterator[EventStore]:
    """The shipped data set on SQLite."""
    shutil.copy(shipped_database, database)
    with EventStore.open(database) as opened:
        yield opened


@pytest.fixture
def engine(database: str, store: EventStore) -> Iterator[Engine]:
    """An engine on the same; what the test asks of it, it asks on one connection."""
    opened = open_engine(database)
    with reused_connections(opened):
        yield opened


@pytest.fixture
def projected(database: str, projected_database: Path) -> str:
    """The address of a database of its own with the shipped data set, projected at the evening."""
    shutil.copy(projected_database, database)
    return database


@pytest.fixture(params=["projected", "shipped_postgres"], ids=["sqlite", "postgres"])
def shipped_address(request: pytest.FixtureRequest) -> str:
    """The address of a database of each engine with the shipped data set."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture
def projected_store(projected: str) -> Iterator[EventStore]:
    """The shipped data set on SQLite, projected at the evening."""
    with EventStore.open(projected) as opened:
        yield opened


@pytest.fixture(scope="session")
def board(projected_database: Path) -> Iterator[Board]:
    """The shipped data set, projected at the evening and served to everybody: for reading alone."""
    with serving(str(projected_database)) as served:
        yield served


@pytest.fixture(scope="session")
def shipped_site(projected_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The board of the same as files, to be read."""
    folder = tmp_path_factory.mktemp("files") / "site"
    export(Site(db=str(projected_database), clock=lambda: EVENING), folder)
    return folder


@pytest.fixture
def own_board(projected: str) -> Iterator[Board]:
    """The same, served to one test, which may write to `database` and move the clock."""
    with serving(projected) as served:
        yield served
