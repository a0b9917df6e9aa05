"""What `--json` says under which key stays: docs/stability.md promises it to programs.

`RECORD_KEYS=1` adds to the sample what is new. Nothing is taken out of it within a version X.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.command import Run
from tests.support.dataset import ROOT

SAMPLE = ROOT / "tests" / "samples" / "json-keys.json"
NOW = "2025-04-17T12:00:00Z"
READING = (
    "status", "status ep-rus", "agreement list", "agreement show energy-pause-2025",
    "commitment list", "commitment show ep-rus", "deadlines", "explain ep-rus",
    "diff 2025-03-18 2025-04-01", "check", "event list --commitment ep-rus", "event show 150",
    "party list", "party show RUS", "search strikes", "readout energy-pause-2025",
    "ledger energy-pause-2025", "releases energy-pause-2025", "precedents ep-rus", "blocked",
    "source list", "source coverage live-blog",
    "alert list", "subscribe list", "subscribe show 1", "digest preview 1",
    "outbox list", "suppression list", "bounce list", "projection list", "db info", "verify",
    "checkpoint show",
)  # fmt: skip
"""Each with the shipped data set, one subscription and a turn."""
SAMPLES: dict[str, list[str]] = json.loads(SAMPLE.read_text()) if SAMPLE.exists() else {}


def lines_of(value: Any, path: str = "") -> Iterator[str]:
    """The way to each value and its type; one that is null here has the way alone."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from lines_of(each, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        yield f"{path}[]"
        for each in value:
            yield from lines_of(each, f"{path}[]")
    elif value is None:
        yield path
    else:
        kind = {bool: "truth", int: "number", float: "number", str: "text"}[type(value)]
        yield f"{path}: {kind}"


@pytest.fixture
def desk_of_readers(shipped: Run) -> Run:
    """The shipped agreements with a reader, after a turn."""
    shipped("subscribe", "add", "reader@example.org", "--now", "2025-03-18T22:00:00Z")
    shipped("tick", "--now", NOW)
    return shipped


def test_no_key_of_a_document_has_gone(desk_of_readers: Run) -> None:
    """Every reading command still says what it said, as the same type."""
    present = {}
    for words in READING:
        done = desk_of_readers(*words.split(), "--json", "--now", NOW)
        assert done.code in (0, 4), (words, done.err)
        present[words] = sorted(set(lines_of(done.json)))
    if os.environ.get("RECORD_KEYS"):
        both = {words: sorted({*SAMPLES.get(words, ()), *present[words]}) for words in READING}
        SAMPLE.write_text(json.dumps(both, indent=1, ensure_ascii=False) + "\n")
        SAMPLES.update(both)
    gone = {
        f"{words}: {line}"
        for words, lines in SAMPLES.items()
        for line in lines
        if line not in present.get(words, ()) and line not in _ways(present.get(words, []))
    }

    assert set() == gone
    assert set(READING) <= set(SAMPLES)


def _ways(lines: list[str]) -> set[str]:
    """The way alone of each line: a value that was null may have come to be one."""
    return {line.partition(":")[0] for line in lines}


def test_every_instant_of_a_document_is_rfc_3339_in_utc(desk_of_readers: Run) -> None:
    """Also where people read it in a zone of their own."""
    otherwise = {}
    for words in (*READING, "projection rebuild --yes"):
        done = desk_of_readers("--tz", "Asia/Kathmandu", *words.split(), "--json", "--now", NOW)
        assert done.code in (0, 4), (words, done.err)
        instants = re.findall(r'"(\d{4}-\d\d-\d\d[ T]\d\d[^"]*)"', done.out)
        wrong = [at for at in instants if not re.match(r".{10}T[\d:]{8}(\.\d+)?Z\b", at)]
        otherwise |= {words: wrong} if wrong else {}

    assert {} == otherwise
