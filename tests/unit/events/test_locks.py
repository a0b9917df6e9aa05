"""The keys of advisory locks: one job each, and no key outside the table."""

from __future__ import annotations

import re
from pathlib import Path

from events.locks import AdvisoryLock

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = ("events", "tracker", "notifications", "web")


def test_every_job_has_a_key_of_its_own() -> None:
    """Two names with one number would be one lock, and their jobs would wait for each other."""
    values = [lock.value for lock in AdvisoryLock.__members__.values()]

    assert sorted(set(values)) == sorted(values)


def test_the_keys_are_those_that_earlier_releases_take() -> None:
    """Programs of two releases may share a database during an upgrade."""
    expected = {"PROJECTING": 0x70616374, "APPENDING": 0x70616375, "CREATING": 0x70616376}

    assert expected.items() <= dict(AdvisoryLock.__members__).items()


TAKES_A_LOCK = re.compile(r"(?:pg_(?:try_)?advisory_\w+|(?<!def )take_lock)\(.*?\n?.*?\n")
BY_PARAMETER = "(lock.value,)"
"""How `take_lock` takes the lock of the table that it is given."""


def test_no_lock_is_taken_by_a_number_outside_the_table() -> None:
    """Each line that takes an advisory lock, or the one after it, names the table."""
    code = [
        p.read_text("utf-8")
        for name in PACKAGES
        for p in (ROOT / name).rglob("*.py")
        if "migrations" not in p.parts
    ]
    calls = [call for text in code for call in TAKES_A_LOCK.findall(text)]
    by_name = [call for call in calls if BY_PARAMETER not in call]

    assert len(by_name) > 5
    assert 1 == len(calls) - len(by_name)
    assert [] == [call for call in by_name if "AdvisoryLock." not in call]
