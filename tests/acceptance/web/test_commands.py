"""The commands of board and feeds, through the installed command itself."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import urllib.request
from pathlib import Path

import pytest

from tests.support import forks
from tests.support.command import COMMAND, Run
from tests.support.waiting import eventually

ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/")


def test_serve_says_where_it_is_and_stops_when_told(shipped: Run, desk: Path) -> None:
    """Port 0 takes any free one; the board answers there."""
    command = [str(COMMAND), "--db", str(desk / "desk.db"), "serve", "--port", "0"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PACTWATCH_")}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as served:
        try:
            assert served.stderr is not None
            line = served.stderr.readline()
            match = ADDRESS.search(line)
            assert match, line
            with urllib.request.urlopen(match[0], timeout=30) as page:
                text = page.read().decode()
            served.send_signal(signal.SIGINT)
            served.wait(20)
        finally:
            served.kill()

    assert "15 agreements with 19 promises" in text


@pytest.mark.parametrize(
    "words", [("serve", "--port", "0"), ("run", "--interval", "3600")], ids=["serve", "run"]
)
@pytest.mark.parametrize("log_format", ["json", "text"])
def test_a_log_for_programs_has_objects_alone_also_where_it_is_interrupted(
    run: Run,
    desk: Path,
    environment: dict[str, str],
    words: tuple[str, ...],
    log_format: str,
) -> None:
    """A line of its own for people, which stands behind the `^C` of their terminal."""
    run("db", "init")
    log = desk / "log"
    with forks.running((*words, "--log-format", log_format), environment, desk, log) as process:
        eventually(lambda: "stop with Ctrl-C" in log.read_text(), "it does not begin")
        code = forks.end(process, signal.SIGINT, 20)
    lines = log.read_text().splitlines()

    assert 130 == code
    if log_format == "json":
        assert "interrupted" == [json.loads(line)["message"] for line in lines][-1]
    else:
        assert ["", "Interrupted."] == lines[-2:]


SAME = (
    (("status",), "api/status"),
    (("status", "ep-rus"), "api/status/ep-rus"),
    (("status", "energy-pause-2025"), "api/status/energy-pause-2025"),
    (("status", "--as-of", "2025-03-20", "--known-at", "2025-03-19"),
     "api/status?as_of=2025-03-20&known_at=2025-03-19"),
    (("explain", "ep-rus"), "api/explain/ep-rus"),
    (("explain", "ep-rus", "--as-of", "2025-04-20"), "api/explain/ep-rus?as_of=2025-04-20"),
    (("readout", "energy-pause-2025"), "api/readout/energy-pause-2025"),
    (("deadlines",), "api/deadlines"),
    (("deadlines", "--as-of", "2025-03-20"), "api/deadlines?as_of=2025-03-20"),
    (("event", "show", "ds-ep-002"), "api/events/50"),
)  # fmt: skip
"""What the command line and the board say in the same words."""


ADDED = (("version", "1"), ("next", None))


def test_the_api_gives_the_document_of_the_command(
    shipped: Run, desk: Path, environment: dict[str, str]
) -> None:
    """Whoever reads one can read the other: the API adds which version it is, and the next page."""
    now = {"PACTWATCH_NOW": "2025-03-18T22:00:00Z"}
    log = desk / "log"
    with forks.running(("serve", "--port", "0"), environment | now, desk, log):
        eventually(lambda: ADDRESS.search(log.read_text()) is not None, "it does not listen")
        (address,) = ADDRESS.findall(log.read_text())
        for words, path in SAME:
            expected = list(shipped("--json", *words, **now).json.items())
            with urllib.request.urlopen(address + path, timeout=30) as answer:
                items = json.loads(answer.read()).items()
            assert expected == [each for each in items if each not in ADDED], path


def test_serve_needs_a_database(run: Run) -> None:
    """A mistyped name is told, not served empty."""
    result = run("serve", "--port", "0")

    assert 1 == result.code
    assert "no database" in result.err


def test_feed_ics_and_atom(shipped: Run, desk: Path) -> None:
    """To a file, or to standard output for one agreement."""
    assert 0 == shipped("feed", "ics", "-o", "all.ics").code
    one = shipped("feed", "atom", "energy-pause-2025")
    named = shipped("feed", "atom", PACTWATCH_PUBLIC_URL="https://pacts.example.org/")
    unknown = shipped("feed", "ics", "energy-pause-202")
    absent = shipped("feed", "ics", PACTWATCH_READ_DB="none.db")

    assert "BEGIN:VALARM" in (desk / "all.ics").read_text(encoding="utf-8")
    assert one.out.startswith("<?xml")
    assert "its links lead to http://localhost:8000/; --base-url says" in one.err
    assert "" == named.err
    assert (1, True) == (unknown.code, "energy-pause-2025" in unknown.err)
    assert (1, True) == (absent.code, "leave out PACTWATCH_READ_DB" in absent.err)


def test_site_build_writes_the_pages(shipped: Run, desk: Path) -> None:
    """And says how many."""
    result = shipped("site", "build", "public", "--json")

    assert 100 < result.json["files"]
    assert (desk / "public" / "commitments" / "ep-rus.html").is_file()
