"""Every worked case: its script, the event file it leaves, and the same answers from both."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.examples.conftest import Enter
from tests.support.command import Run
from tests.support.example import EXAMPLES

NAMES = sorted(path.stem for path in EXAMPLES.glob("*.jsonl"))
NOW = ("--now", "2026-01-01T00:00:00Z")


def test_every_case_has_a_script_and_is_described() -> None:
    """The two stand side by side, and the page says what each is for."""
    page = (EXAMPLES / "README.md").read_text()

    assert NAMES == sorted(path.stem for path in EXAMPLES.glob("*.sh"))
    assert all(f"`{name}`" in page for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_entered_is_the_file(example: Enter, name: str) -> None:
    """Byte for byte, so a file can be imported instead of entering its commands."""
    assert example(name)("-q", "export").stdout == (EXAMPLES / f"{name}.jsonl").read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_in_one_piece_and_line_by_line_it_answers_alike(run: Run, desk: Path, name: str) -> None:
    """The same log state, and the same status and history."""
    lines = (EXAMPLES / f"{name}.jsonl").read_text().splitlines(keepends=True)
    whole, single = (("--db", str(desk / f"{each}.db")) for each in ("whole", "single"))
    assert run(*whole, *NOW, "import", "-", stdin="".join(lines)).code == 0
    for line in lines:
        assert run(*single, *NOW, "import", "-", stdin=line).code == 0, line
    commands = (("export",), ("status", "--json"), ("diff", "2014-01-01", "2026-01-01", "--json"))
    first, second = ([run(*db, *NOW, "-q", *each).out for each in commands]
                     for db in (whole, single))  # fmt: skip

    assert first == second


def test_a_case_is_walked_entry_by_entry(run: Run) -> None:
    """What was entered, what was alerted, and how it stands in the end; an unknown one is named."""
    walked, unknown = run("demo", "--case", "grain"), run("demo", "--case", "corn")

    assert walked.code == 0, walked.err
    assert "entered grain-04: suspension declared, grain-rus, by RUS: drones" in walked.out
    assert "grain-rus may need a look: allegation held-ships unanswered for 90 days" in walked.out
    assert "grain-tur has ended: expired" in walked.out
    assert "ports [expired]" in walked.out
    assert (unknown.code, f"expected one of {', '.join(NAMES)}" in unknown.err) == (1, True)
