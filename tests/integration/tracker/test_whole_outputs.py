"""What a command writes is whole or untouched, and what it reads is bounded."""

from __future__ import annotations

import io
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from events import EventStore
from events.cloudevents import MAX_LINE, bounded_lines
from events.database.upgrade import upgrade
from events.files import replacing, sweep
from notifications.delivery.eml_files import EmlTransport
from notifications.reporting import VIEWS as DELIVERY_VIEWS
from tests.support.command import Command, plain_environment
from tests.support.dataset import EVENING
from tracker.errors import ImportRefused
from tracker.projections.reporting import VIEWS
from tracker.recording.files.event_file import take_lines
from tracker.recording.intake import Intake

PACKAGES = ("tracker.projections", "notifications")


@pytest.fixture
def run(tmp_path: Path) -> Command:
    return Command(tmp_path, plain_environment(tmp_path))


def test_a_checkpoint_that_can_not_be_signed_leaves_the_one_that_was_kept(
    run: Command, tmp_path: Path
) -> None:
    """Without a key the command fails, and the evidence stays."""
    file = tmp_path / "kept.txt"
    file.write_text("evidence")
    run("agreement", "add", "a", "--title", "A")
    result = run("checkpoint", "export", "-o", str(file), PACTWATCH_KEY_FILE=str(tmp_path / "none"))

    assert (True, "evidence") == (result.code != 0, file.read_text())


@pytest.mark.parametrize("command", [["export"], ["feed", "ics"], ["feed", "atom"]], ids=" ".join)
def test_a_disk_that_fills_leaves_the_file_that_was_there(
    run: Command, tmp_path: Path, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No byte of it is lost, nothing is left beside it, and the error says what it is."""
    out = tmp_path / "out" / "file"
    out.parent.mkdir()
    out.write_text("earlier")
    run("agreement", "add", "a", "--title", "A")

    def full(_number: int) -> None:
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as patch:
        patch.setattr("events.files.os.fsync", full)
        result = run(*command, "-o", str(out))
    assert (1, "earlier", [out]) == (result.code, out.read_text(), list(out.parent.iterdir()))
    assert "No space left" in result.err

    assert 0 == run(*command, "-o", str(out)).code
    assert run(*command).stdout == out.read_bytes()


def test_what_a_dead_process_left_is_swept_and_what_one_writes_now_is_not(tmp_path: Path) -> None:
    """A lock tells them apart."""
    path = tmp_path / "file"
    left = tmp_path / ".file.1.part"
    left.write_bytes(b"half")
    with replacing(path) as first:
        first.write(b"first")
        assert not left.exists()
        partial = list(tmp_path.iterdir())
        (tmp_path / ".file.2.part").write_bytes(b"half")
        for each in tmp_path.glob(".file.*.part"):
            sweep(each)
        assert partial == list(tmp_path.iterdir())

    assert b"first" == path.read_bytes()
    assert [path] == list(tmp_path.iterdir())


def test_a_device_is_written_as_it_is(run: Command) -> None:
    """/dev/null stays what it is."""
    assert 0 == run("agreement", "add", "a", "--title", "A").code
    assert 0 == run("export", "-o", "/dev/null").code
    assert Path("/dev/null").is_char_device()


MESSAGE = b"Date: Thu, 01 Jan 2026 00:00:00 +0000\r\nMessage-ID: <d.y@example.org>\r\n\r\nx"


class Counting(io.RawIOBase):
    """A file that never ends, like /dev/zero; it counts what is taken from it."""

    def __init__(self, byte: bytes) -> None:
        self.byte, self.count = byte, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self.count += len(buffer)
        assert self.count < 4 * MAX_LINE, "read on and on"
        buffer[:] = self.byte * len(buffer)
        return len(buffer)


@pytest.mark.parametrize("byte", [b"\0", b" ", b"x"])
def test_a_line_without_end_is_refused_after_its_limit(tmp_path: Path, byte: bytes) -> None:
    """Memory stays flat, and nothing behind it is read."""
    source = Counting(byte)
    with EventStore.open(str(tmp_path / "p.db")) as store:
        intake = Intake(store, EVENING)
        with pytest.raises(ImportRefused, match="line 1: at least"):
            take_lines(bounded_lines(io.BufferedReader(source)), intake)

    assert MAX_LINE < source.count < 2 * MAX_LINE


@pytest.mark.parametrize(
    "command",
    [["import", "-"], ["agreement", "add", "a", "--title", "A"]],
    ids=" ".join,
)
def test_whichever_command_makes_a_database_makes_every_reporting_view(
    run: Command, tmp_path: Path, command: list[str]
) -> None:
    """The shipped dashboards ask for all of them."""
    path = tmp_path / "pactwatch.db"
    result = run("--db", str(path), *command)
    with closing(sqlite3.connect(path)) as db:
        present = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}

    assert 0 == result.code
    assert {view.name for view in (*VIEWS, *DELIVERY_VIEWS)} <= present


def test_an_upgrade_of_an_empty_postgresql_gives_the_roles_what_a_fresh_log_does(
    postgres: str,
) -> None:
    """Everybody may see what version the tables are of."""
    upgrade(postgres, PACKAGES)
    with psycopg.connect(postgres) as db:
        query = "SELECT has_table_privilege(%s, 'alembic_version', 'SELECT')"
        for role in ("reader", "writer", "projector", "notifier"):
            assert (True,) == db.execute(query, (f"pactwatch_{role}",)).fetchone()


def test_what_killed_builds_and_workers_left_goes_with_the_next(
    run: Command, tmp_path: Path
) -> None:
    """Folders of a site that bear its mark, and messages half written; others' stay."""
    run("agreement", "add", "a", "--title", "A")
    www, mail = tmp_path / "www", tmp_path / "mail"
    for name in (".public-abcd1234", ".public-old-abcd1234/site", ".public-20260101", "public"):
        (www / name).mkdir(parents=True)
    for name in (".public-abcd1234", ".public-old-abcd1234/site", "public"):
        (www / name / ".pactwatch-site").touch()
    mail.mkdir()
    (mail / "20260101T000000Z-x.4711.part").write_bytes(b"half")
    built = run("site", "build", str(www / "public"))
    EmlTransport(mail).send("a@example.org", MESSAGE)

    assert 0 == built.code, built.err
    assert [".public-20260101", "public"] == sorted(path.name for path in www.iterdir())
    assert ["20260101T000000Z-y.eml"] == [path.name for path in mail.iterdir()]
