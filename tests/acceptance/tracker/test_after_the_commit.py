"""All or nothing: what fails before the commit leaves nothing, what fails after it leaves all."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from tests.support.command import Run
from tests.support.dataset import DATASET
from tracker.projections import processes
from tracker.projections.reader import rule_hash

AGREEMENT = (
    '{"specversion":"1.0","id":"a","source":"s","type":"pactwatch.AgreementRecorded.v1","subject":'
    '"acc","time":"2025-01-01T00:00:00Z","data":{"agreement":"acc","title":"Accord"}}\n'
)
RECORD = ("record", "PositionStated", "acc", "text=no", "speaker=NOR", "--yes")


@pytest.fixture
def stuck(run: Run, desk: Path) -> Run:
    """A desk whose projection tables take no more rows."""
    run("import", "-", stdin=AGREEMENT.replace('"a"', '"b"').replace("acc", "bay"))
    database = apsw.Connection(str(desk / "desk.db"))
    database.execute(
        "CREATE TRIGGER stuck BEFORE INSERT ON agreements "
        "BEGIN SELECT RAISE(ABORT, 'no more rows'); END"
    )
    database.close()
    return run


def mend(desk: Path) -> None:
    database = apsw.Connection(str(desk / "desk.db"))
    database.execute("DROP TRIGGER stuck")
    database.close()


def test_events_that_are_recorded_are_not_called_refused(stuck: Run, desk: Path) -> None:
    """The exit code is of its own, the hint mends it, and the same file again counts once."""
    first = stuck("--json", "import", "-", stdin=AGREEMENT)
    recorded = stuck("--json", *RECORD)
    mend(desk)
    rebuilt = stuck("projection", "rebuild", "--yes")
    again = stuck("--json", "import", "-", stdin=AGREEMENT)

    assert (5, 5) == (first.code, recorded.code)
    assert "Error: 1 event recorded; projecting failed: " in first.err
    assert "hint: pactwatch projection rebuild --yes" in first.err
    assert (1, True) == (first.json["imported"], "no more rows" in first.json["projecting_failed"])
    assert "no more rows" in recorded.json["projecting_failed"]
    assert (0, 0, None) == (rebuilt.code, again.code, again.json["projecting_failed"])
    assert (0, 1) == (again.json["imported"], again.json["already_known"])


def test_rows_of_another_release_are_left_to_a_turn_where_they_are_many(
    run: Run, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An entry would wait for all of them; what is read meanwhile is folded from the log."""
    run("import", "-", stdin=AGREEMENT)
    database = apsw.Connection(str(desk / "desk.db"))
    database.execute("UPDATE projection_checkpoints SET edition = 'another'")
    monkeypatch.setattr(processes, "LARGE", 0)
    recorded = run(*RECORD)
    left = database.execute("SELECT edition, position FROM projection_checkpoints").fetchall()
    output = run("status", "acc")
    turn = run("tick")
    again = run(*RECORD[:3], "text=yes", *RECORD[4:])
    made = database.execute("SELECT edition, position FROM projection_checkpoints").fetchall()
    database.close()

    assert (0, 0, 0, 0) == (recorded.code, output.code, turn.code, again.code), recorded.err
    assert "the next turn makes them anew" in recorded.err
    assert [("another", 1)] == left
    assert "makes them anew" not in again.err
    assert [(rule_hash(), 3)] == made


def test_what_is_refused_leaves_nothing_and_says_so(run: Run) -> None:
    """One bad line refuses the file, the good lines before it as well."""
    bad = AGREEMENT + AGREEMENT.replace('"a"', '"c"')
    refused = run("import", "-", stdin=bad)

    assert (1, True) == (refused.code, "; nothing was recorded\n" in refused.err)
    assert "" == run("export").out


def test_the_shipped_agreements_are_projected_as_a_rebuild_would(run: Run) -> None:
    """What an import leaves is what folding everything anew gives."""
    text = "".join(file.read_text(encoding="utf-8") for file in sorted(DATASET.glob("*.jsonl")))
    run("-q", "import", "-", stdin=text)

    rows = run("--json", "projection", "rebuild", "--dry-run").json["tables"]

    assert {(0, 0, 0)} == {(row["added"], row["removed"], row["changed"]) for row in rows}
