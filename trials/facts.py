"""Events with ids that are known, and what is wrong with the log that they went into."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from events import NewEvent
from trials.processes import Installation
from trials.trial import Figures

Line = dict[str, object]
RECORDED = (0, 5)
"""Exit codes after which events are on record; with 5, tables have yet to be made of them."""
LOG_ROWS = ("gaps", "double_ids", "counter_off")
LOG_FAULTS = (*LOG_ROWS, "verify_failed", "tick_failed", "rebuild_differs")
"""The figures of `check_log`."""


def now() -> datetime:
    return datetime.now(UTC)


def event(name: str, stream: str, identity: str, at: datetime, **data: object) -> Line:
    """An event as an event file has it."""
    instant = f"{at:%Y-%m-%dT%H:%M:%SZ}"
    return {
        "specversion": "1.0",
        "id": identity,
        "source": "trial",
        "type": f"pactwatch.{name}.v1",
        "subject": stream,
        "time": instant,
        "data": {"occurred": f"{at:%Y-%m-%d}", "effective_at": instant, **data},
    }


def agreement(
    key: str, at: datetime | None = None, count: int = 6, due: datetime | None = None
) -> list[Line]:
    """An agreement with promises and what became of them: so many lines, ids `key-0` and on."""
    at = at or now() - timedelta(days=1)
    due = due or at + timedelta(days=20)
    facts: dict[str, object] = {"agreement": key, "title": f"Accord {key}"}
    lines = [event("AgreementRecorded", key, f"{key}-0", at, **facts, parties=["NOR", "ISL"])]
    for n in range(1, count):
        name, more = _follow_up(n, due)
        commitment = f"{key}-c{(n - 1) // 4}"
        lines.append(event(name, key, f"{key}-{n}", at, commitment=commitment, **more))
    return lines


def _follow_up(n: int, due: datetime) -> tuple[str, dict[str, object]]:
    """A promise, and three acts about it, by turns."""
    later = due + timedelta(days=n)
    promise = {"kind": "achievement", "debtor": ["NOR"], "creditor": ["ISL"], "promise": "deliver"}
    terms = {"due": f"{due:%Y-%m-%d}", "zones": ["UTC", "Europe/Oslo"]}
    acts: tuple[tuple[str, dict[str, object]], ...] = (
        ("CommitmentAccepted", {**promise, "note": "text é", "speaker": "NOR", "terms": terms}),
        ("PerformanceReported", {"speaker": "NOR"}),
        ("ViolationAlleged", {"incident": f"i{n}", "speaker": "ISL", "text": "x" * 200}),
        ("TermExtended", {"by": ["NOR", "ISL"], "terms": {"due": f"{later:%Y-%m-%d}"}}),
    )
    return acts[(n - 1) % 4]


def statement(identity: str, text: str | None = None) -> NewEvent:
    """An event in the form of the store, about nothing."""
    data = {"occurred": "2026-01-02", "text": text or identity, "by": "NOR"}
    return NewEvent(type="pactwatch.PositionStated.v1", id=identity, source="trial", data=data)


def write_lines(path: Path, lines: Sequence[Line]) -> Path:
    """An event file."""
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    return path


def ids_of(lines: Sequence[Line]) -> list[str]:
    return [str(line["id"]) for line in lines]


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its hash."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).digest() for p in files}


def query(database: str, statement: str) -> list[tuple[Any, ...]]:
    """The rows as they are, past the program."""
    if database.startswith("postgres"):
        import psycopg

        with psycopg.connect(database, autocommit=True) as connection:
            return connection.execute(statement.encode()).fetchall()
    import apsw

    with closing(apsw.Connection(database, apsw.SQLITE_OPEN_READWRITE)) as connection:
        connection.set_busy_timeout(10_000)
        return connection.execute(statement).fetchall()


def value(database: str, statement: str) -> Any:
    """The first column of the first row."""
    return query(database, statement)[0][0]


def event_ids(database: str) -> list[str]:
    """The ids in the log, in order."""
    return [row[0] for row in query(database, "SELECT id FROM events ORDER BY position")]


def check_log(installation: Installation, figures: Figures) -> None:
    """Counts what is wrong with the log, and with the tables made from it."""
    database = installation.database
    summary = "count(*), coalesce(min(position), 1), coalesce(max(position), 0), count(DISTINCT id)"
    count, first, last, ids = query(database, f"SELECT {summary} FROM events")[0]
    versions = "HAVING count(*) <> max(version) OR min(version) <> 1"
    streams = f"SELECT stream FROM events GROUP BY stream {versions}"
    figures.add("gaps", int(first != 1 or last != count) + len(query(database, streams)))
    figures.add("double_ids", count - ids)
    counter = value(database, "SELECT position FROM event_counter")
    figures.add("counter_off", int(counter != last))
    for name in ("verify", "tick"):
        answer = installation.command(name)
        if answer.code:
            figures.failed(f"{name}_failed", answer.text)
    check_rebuild(installation, figures)


def check_rebuild(installation: Installation, figures: Figures) -> None:
    """Counts it when tables made anew would differ from those kept up to date."""
    answer = installation.command("-q", "projection", "rebuild", "--dry-run", "--json")
    if answer.code:
        figures.failed("rebuild_differs", answer.text)
        return
    tables = json.loads(answer.text)["tables"]
    if any(table["added"] or table["removed"] or table["changed"] for table in tables):
        figures.failed("rebuild_differs", answer.text)
