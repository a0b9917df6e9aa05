"""Datasette, started as dashboards/README.md says, shows views and shipped questions alone."""

from __future__ import annotations

import http.client
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import Engine, inspect

from dashboards.datasette_files import METADATA, QUERIES, files
from events import EventStore
from events.database.engine import open_engine
from tests.support.lively import add_lively
from tests.support.loopback import free_port
from tests.support.served import Reply

PATIENCE = 30.0
ASKED = {
    "of_party": {"party": "RUS"},
    "changes_since": {"since": "2025-03-18"},
    "history": {"commitment": "ep-rus"},
}
EMPTY = {"deliveries_in_trouble"}
"""Nothing was sent in the shipped data set."""


class Served:
    """Datasette on a port of its own."""

    def __init__(self, database: Path, engine: Engine, port: int) -> None:
        self.database = database
        self.engine = engine
        self.port = port

    def ask(self, path: str, **fields: str) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request("GET", f"/{path}{'?' if fields else ''}{urlencode(fields)}")
        answer = connection.getresponse()
        reply = Reply(answer.status, dict(answer.getheaders()), answer.read())
        connection.close()
        return reply

    def rows(self, name: str, **fields: str) -> Any:
        return self.ask(f"pactwatch/{name}.json", _shape="array", **fields).json


@pytest.fixture(scope="module")
def datasette(lively_rows: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """On the shipped data set and some more, while the program goes on writing."""
    database = tmp_path_factory.mktemp("datasette") / "pactwatch.db"
    shutil.copy(lively_rows, database)
    engine, port = open_engine(str(database)), free_port()
    plugins = METADATA.parent / "plugins"
    command = [sys.executable, "-W", "ignore", "-m", "datasette", "serve", str(database),
               "--metadata", str(METADATA), "--plugins-dir", str(plugins),
               "--port", str(port)]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            served = Served(database, engine, port)
            _wait(served, process)
            yield served
        finally:
            process.terminate()


def _wait(served: Served, process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends and process.poll() is None:
        try:
            served.ask("-/versions.json")
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"datasette does not answer; it ended with {process.poll()}")


@pytest.mark.parametrize("name", QUERIES)
def test_every_question_answers(datasette: Served, name: str) -> None:
    """With what it asks for; none of them is empty where there is something to find."""
    rows = datasette.rows(name, **ASKED.get(name, {}))

    assert (name in EMPTY) == (rows == [])


def test_every_question_says_what_it_asks_for(datasette: Served) -> None:
    """The page has a field for each, and the words of the shipped metadata."""
    page = datasette.ask("pactwatch/of_party").text

    assert "What a party owes and is owed" in page
    assert 'name="party"' in page


def test_a_party_is_asked_for_by_its_whole_id(datasette: Served) -> None:
    """RU finds nothing of RUS."""
    assert [] == datasette.rows("of_party", party="RU")


@pytest.mark.parametrize("since", ["2025-03-18 12:00", "2025-03-18T12:00:00Z"])
def test_changes_are_asked_for_by_the_hour(datasette: Served, since: str) -> None:
    """Also in the form that people write, which as text comes before all of that day."""
    day = datasette.rows("changes_since", since="2025-03-18")
    later = datasette.rows("changes_since", since=since)

    assert [row for row in day if row["changed_at"] >= "2025-03-18T12:00:00Z"] == later
    assert len(later) < len(day)


def test_every_view_is_shown_with_its_descriptions(datasette: Served) -> None:
    """In the words that docs/reporting.md has."""
    shipped = json.loads(METADATA.read_text(encoding="utf-8"))["databases"]["pactwatch"]["tables"]
    views = set(inspect(datasette.engine).get_view_names())

    assert views == set(shipped)
    for name, described in shipped.items():
        page = datasette.ask(f"pactwatch/{name}")
        assert (200, True) == (page.status, described["description"] in page.text), name


def test_nothing_else_of_the_file_is_shown(datasette: Served) -> None:
    """No table, no SQL of one's own, no file; new tables are refused without being named."""
    tables = inspect(datasette.engine).get_table_names()
    paths = [f"pactwatch/{table}{form}" for table in tables for form in ("", ".json", ".csv")]

    assert len(tables) > 15
    refused = (*paths, "pactwatch.db", "_internal")
    assert [] == [path for path in refused if datasette.ask(path).status != 403]
    assert {403} == {
        datasette.ask(path, sql="SELECT * FROM subscriptions").status
        for path in ("pactwatch", "pactwatch.json", "pactwatch.csv")
    }
    assert 403 == datasette.ask("pactwatch/reporting_agreements", _where="1=1").status
    assert not [
        table for table in tables if f"/pactwatch/{table}" in datasette.ask("pactwatch").text
    ]


def test_it_keeps_up_with_a_writer_and_does_not_hinder_it(datasette: Served) -> None:
    """What is projected after it was started is there at the next question."""
    before = datasette.rows("freshness")[0]["head_position"]
    with EventStore.open(str(datasette.database)) as log:
        add_lively(log, "later")
        head = log.head()

    assert head > before
    assert {head} == {row["head_position"] for row in datasette.rows("freshness")}


def test_the_shipped_metadata_is_up_to_date() -> None:
    """`make docs` would change nothing."""
    made = files()

    assert made == {Path(path): path.read_text(encoding="utf-8") for path in made}
