"""A hot standby of PostgreSQL: who only reads may read there, and after a promotion all goes on."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest

from events import EventStore
from events.instants import utc_now
from tests.support import forks
from tests.support.command import Command, Run, plain_environment
from tests.support.dataset import load
from tests.support.given import new
from tests.support.loopback import free_port
from tests.support.postgres import NoPostgres
from tests.support.profiles import in_ci
from tests.support.replication import Pair, replicated
from tests.support.served import project, serving
from tests.support.waiting import eventually

PATIENCE = 30.0
NOW = "2025-04-17T20:00:00Z"


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    """A primary with the shipped data set, projected at the evening, and its standby."""
    try:
        with replicated() as servers:
            with EventStore.open(servers.primary_url) as store:
                load(store)
            project(servers.primary_url)
            servers.wait_for_standby()
            yield servers
    except NoPostgres as error:
        if in_ci():
            pytest.fail(f"CI needs PostgreSQL: {error}")
        pytest.skip(f"POSTGRESQL NOT TESTED: {error}")


@pytest.fixture
def desk_of(tmp_path: Path) -> Callable[..., Run]:
    """The command with these settings, in a clean directory."""
    return lambda **settings: Command(tmp_path, plain_environment(tmp_path) | settings)


def turn_in(store: EventStore) -> str | None:
    rows = store.read_table("turns", "SELECT at FROM turns WHERE name = 'good'")
    return rows[0][0] if rows else None


READERS = [
    "status", "explain ep-rus", "event list", "deadlines", "search grid", "check --fail-on mail",
    "feed ics", "feed atom", "outbox list", "alert list", "bounce list", "subscribe list",
    "projection list", "agreement list", "export",
]  # fmt: skip


@pytest.mark.parametrize("command", READERS)
def test_who_only_reads_reads_from_the_standby(
    pair: Pair, desk_of: Callable[..., Run], command: str
) -> None:
    """The primary need not even be there."""
    gone = "postgresql://127.0.0.1:1/pact"
    result = desk_of(PACTWATCH_DB=gone, PACTWATCH_READ_DB=pair.standby_url)(
        *command.split(), PACTWATCH_NOW=NOW
    )
    at_primary = desk_of(PACTWATCH_DB=pair.primary_url)(*command.split(), PACTWATCH_NOW=NOW)

    assert (0, at_primary.out, at_primary.err) == (result.code, result.out, result.err)


WRITERS = [
    "tick", "record PositionStated ep-rus text=x by=NOR", "db init", "db upgrade",
    "subscribe add reader@example.org", "projection rebuild --yes", "projection rebuild --dry-run",
    "digest preview", "agreement add an-agreement --title A",
]  # fmt: skip


@pytest.mark.parametrize("command", WRITERS)
def test_a_write_on_a_standby_is_refused_in_words(
    pair: Pair, desk_of: Callable[..., Run], command: str
) -> None:
    """So are previews that write and roll back; the hint names what to give instead."""
    result = desk_of(PACTWATCH_DB=pair.standby_url)(*command.split())
    error, hint = result.err.splitlines()[-2:]

    assert 1 == result.code
    assert error.startswith(f"Error: {pair.standby_url}: read-only, as a standby is")
    assert hint.startswith("hint: give the address of the primary")


def test_an_import_of_what_is_known_says_first_what_keeps_a_standby_from_projecting(
    pair: Pair, desk_of: Callable[..., Run], tmp_path: Path
) -> None:
    """There a rebuild would be refused as well."""
    exported = tmp_path / "exported.jsonl"
    desk = desk_of(PACTWATCH_DB=pair.standby_url)
    exported.write_text(desk("export").out)
    result = desk("import", str(exported))

    assert 5 == result.code
    assert "hint: give the address of the primary, or both hosts" in result.err
    assert result.err.rstrip().endswith("; then: pactwatch projection rebuild --yes")


def test_a_standby_that_is_left_alone_is_told_from_a_server_that_is_gone(
    pair: Pair, desk_of: Callable[..., Run]
) -> None:
    """Of two hosts one is gone and one only reads: each is named, and that it can be promoted."""
    for one in pair.both_urls:
        address = one.replace(str(pair.primary.port), str(free_port()))
        result = desk_of(PACTWATCH_DB=address)("tick")

        assert 1 == result.code
        assert "Connection refused; " in result.err
        assert "session is read-only" in result.err
        assert "hint: what answers is a standby: start its primary, or" in result.err


def test_the_lag_of_a_standby_is_told(pair: Pair, desk_of: Callable[..., Run]) -> None:
    """While it repeats nothing; a primary has no lag, and one that is level says nothing."""
    with EventStore.open(pair.primary_url) as store:
        assert store.replica_lag() is None
    reading = desk_of(PACTWATCH_DB=pair.primary_url, PACTWATCH_READ_DB=pair.standby_url)
    pair.wait_for_standby()
    assert "standby" not in reading("status").err
    with (
        psycopg.connect(pair.standby_url, autocommit=True) as db,
        EventStore.open(pair.standby_url, create=False, read_only=True) as standby,
    ):
        db.execute("SELECT pg_wal_replay_pause()")
        with EventStore.open(pair.primary_url) as store:
            store.append("elsewhere", [new("t", {}, "lag-1")])
        eventually(lambda: _seconds(standby) > 1, "no lag is seen")
        words = reading("status").err
        db.execute("SELECT pg_wal_replay_resume()")

    assert "read from a standby: " in words
    assert " behind its primary" in words


def test_what_a_standby_has_just_received_is_no_lag(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an hour without an entry the next one does not make it an hour behind."""
    pair.wait_for_standby()
    with (
        psycopg.connect(pair.standby_url, autocommit=True) as db,
        EventStore.open(pair.standby_url, create=False, read_only=True) as standby,
    ):
        db.execute("SELECT pg_wal_replay_pause()")
        with EventStore.open(pair.primary_url) as store:
            store.append("elsewhere", [new("t", {}, "just-received")])
        eventually(lambda: _seconds(standby) > 1, "no lag is seen")

        def repeat(_: float) -> None:
            db.execute("SELECT pg_wal_replay_resume()")
            pair.wait_for_standby()

        monkeypatch.setattr("events.postgres.replica.time", SimpleNamespace(sleep=repeat))

        assert 0 == _seconds(standby)


def _seconds(store: EventStore) -> float:
    lag = store.replica_lag()
    assert lag is not None
    assert lag.is_following
    return lag.seconds


def test_a_standby_waits_for_events_by_polling(pair: Pair) -> None:
    """It has no NOTIFY to listen for."""
    pair.wait_for_standby()
    with EventStore.open(pair.standby_url, create=False, read_only=True) as store:
        head = store.head()
        with EventStore.open(pair.primary_url) as primary:
            primary.append("elsewhere", [new("t", {}, "wait-1")])

        assert head + 1 == store.wait(head, PATIENCE)


@pytest.fixture
def own_pair() -> Iterator[Pair]:
    """A pair for one test, which may stop the primary."""
    with replicated() as servers:
        EventStore.open(servers.primary_url).close()
        servers.wait_for_standby()
        yield servers


def test_daemon_board_and_commands_follow_a_promotion(
    own_pair: Pair, desk_of: Callable[..., Run], tmp_path: Path
) -> None:
    """Both forms of an address with two hosts, without a restart; the board never shows less."""
    of_daemon, of_command = own_pair.both_urls
    environment = plain_environment(tmp_path) | {"PACTWATCH_DB": of_daemon}
    words = ("run", "--interval", "1")
    with forks.running(words, environment, tmp_path, tmp_path / "log") as daemon:
        any_host = of_daemon.replace("read-write", "any")
        now = utc_now() + timedelta(hours=1)
        with serving(of_command, now, read_db=any_host) as board:
            with EventStore.open(own_pair.primary_url, create=False) as primary:
                eventually(lambda: turn_in(primary) is not None, "no turn is taken")
            with psycopg.connect(own_pair.standby_url, autocommit=True) as db:
                own_pair.wait_for_standby()
                db.execute("SELECT pg_wal_replay_pause()")
            desk = desk_of(PACTWATCH_DB=of_command)
            assert 0 == desk("agreement", "add", "first", "--title", "A").code
            head = board.ask("/health").json["head"]

            own_pair.primary.stop()
            assert [503, 503] == [board.ask(path).status for path in ("/health", "/")]

            own_pair.standby.promote()
            with EventStore.open(own_pair.standby_url, create=False) as promoted:
                before = turn_in(promoted)
                eventually(lambda: turn_in(promoted) != before, "no further turn")
            assert 0 == desk("agreement", "add", "second", "--title", "A").code
            assert head < board.ask("/health").json["head"]
            assert 200 == board.ask("/agreements/second").status
        assert 0 == forks.end(daemon, signal.SIGTERM, PATIENCE)


def test_a_board_on_a_standby_that_is_cut_off_says_so(own_pair: Pair) -> None:
    """Its pages go on, and state since when nothing new is known."""
    with serving(own_pair.primary_url, read_db=own_pair.standby_url) as board:
        assert board.ask("/health").json["standby"] is None
        own_pair.primary.stop()
        eventually(lambda: board.ask("/health").json["standby"] is not None, "no word of it")
        page = board.ask("/")

    assert 200 == page.status
    assert "read from a copy of the record, cut off from its primary" in page.text
