"""What two desks say otherwise is listed with both versions; a hint settles each."""

from __future__ import annotations

import json
import shlex

from tests.support.command import Run

THEIRS = "source/ben"


def desks(run: Run) -> str:
    """Two databases that registered the same party differently; the export of the other one."""
    for db, name, hour in (("ours.db", "OSCE", "09"), ("theirs.db", "OSCE mission", "10")):
        now = ("--now", f"2025-03-03T{hour}:00:00Z")
        party = ("party", "add", "osce", "--name", name, "--zone", "Europe/Vienna")
        assert 0 == run("--db", db, *party, *now, "-y").code
    exported = run("--db", "theirs.db", "export", "-q").out
    return exported.replace('"source":"pactwatch', f'"source":"{THEIRS}')


def test_a_conflict_is_told_with_both_versions_and_settled_as_its_hint_says(run: Run) -> None:
    exported = desks(run)
    refused = run("--db", "ours.db", "import", "-", stdin=exported)
    (conflict,) = run("--db", "ours.db", "import", "-", "--json", stdin=exported).json["conflicts"]

    assert 1 == refused.code
    assert "line 1: party 'osce' is on record otherwise; nothing was recorded" in refused.err
    for words in ("on record", 'name: "OSCE"', "in file", 'name: "OSCE mission"', THEIRS):
        assert words in refused.out
    assert (["data.name"], "OSCE", "OSCE mission") == (
        conflict["differs"], conflict["on_record"]["data"]["name"],
        conflict["in_file"]["data"]["name"],
    )  # fmt: skip

    settled = shlex.split(conflict["hint"])[1:]
    assert 0 == run("--db", "ours.db", *settled, "-y").code
    again = run("--db", "ours.db", "import", "-", "--json", stdin=exported)
    assert (0, 1) == (again.json["imported"], again.json["already_known"])


def test_an_entry_that_a_newer_file_has_otherwise_is_corrected_as_the_hint_says(run: Run) -> None:
    """A field changed, one taken back whose absence has a value of its own, and one added."""
    event = {
        "specversion": "1.0", "id": "set-1", "source": "dataset/x", "subject": "accord",
        "type": "pactwatch.AgreementRecorded.v1", "time": "2026-03-02T09:00:00Z",
        "datacontenttype": "application/json",
    }  # fmt: skip
    older = {"agreement": "accord", "title": "Accord", "credibility": 2}
    newer = {"agreement": "accord", "title": "The Accord's text", "zone": "Europe/Oslo"}
    files = [json.dumps(event | {"data": data}) for data in (older, newer)]
    assert 0 == run("import", "-", stdin=files[0]).code
    (conflict,) = run("import", "-", "--json", stdin=files[1]).json["conflicts"]

    settled = shlex.split(conflict["hint"])[1:]
    assert ["event", "correct", "set-1"] == settled[:3]
    assert 0 == run(*settled[:-1], "the newer set", "-y").code
    imports = [run("import", "-", "--json", stdin=text).json["already_known"] for text in files]
    assert [1, 1] == imports
