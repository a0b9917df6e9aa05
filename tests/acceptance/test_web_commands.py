"""The commands of board and feeds, through the installed command itself."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import urllib.request
from pathlib import Path

import pytest

from tests.acceptance.conftest import COMMAND, Run
from tests.conftest import DATASET


@pytest.fixture
def loaded(run: Run) -> Run:
    for file in sorted(DATASET.glob("*.jsonl")):
        assert 0 == run("import", str(file), PACTWATCH_NOW="2025-03-18T22:00:00Z").code
    return run


def test_serve_says_where_it_is_and_stops_when_told(loaded: Run, desk: Path) -> None:
    """Port 0 takes any free one; the board answers there."""
    command = [str(COMMAND), "--db", str(desk / "desk.db"), "serve", "--port", "0"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PACTWATCH_")}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as served:
        try:
            assert served.stderr is not None
            line = served.stderr.readline()
            found = re.search(r"http://127\.0\.0\.1:\d+/", line)
            assert found, line
            with urllib.request.urlopen(found[0], timeout=30) as page:
                text = page.read().decode()
            served.send_signal(signal.SIGINT)
            served.wait(20)
        finally:
            served.kill()

    assert "15 agreements with 19 commitments" in text


def test_serve_needs_a_database(run: Run) -> None:
    """A mistyped name is told, not served empty."""
    result = run("serve", "--port", "0")

    assert 1 == result.code
    assert "no database" in result.err


def test_feed_ics_and_atom(loaded: Run, desk: Path) -> None:
    """To a file, or to standard output for one agreement."""
    assert 0 == loaded("feed", "ics", "-o", "all.ics").code
    one = loaded("feed", "atom", "energy-pause-2025")
    unknown = loaded("feed", "ics", "energy-pause-202")

    assert "BEGIN:VTODO" in (desk / "all.ics").read_text(encoding="utf-8")
    assert one.out.startswith("<?xml")
    assert (1, True) == (unknown.code, "energy-pause-2025" in unknown.err)


def test_site_build_writes_the_pages(loaded: Run, desk: Path) -> None:
    """And says how many."""
    result = loaded("site", "build", "public", "--json")

    assert 100 < result.json["files"]
    assert (desk / "public" / "commitments" / "ep-rus.html").is_file()
