"""What keeps the log append-only in a database, compared with what this release makes."""

from __future__ import annotations

from collections.abc import Mapping


def trigger_faults(expected: Mapping[str, str], present: Mapping[str, str]) -> list[str]:
    """Words for each trigger that is missing or altered; both are definitions by name."""
    return [
        f"trigger {name} is {'altered' if name in present else 'missing'}"
        for name, definition in expected.items()
        if present.get(name) != definition
    ]
