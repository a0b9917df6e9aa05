"""How status and effect read on a terminal."""

from __future__ import annotations

from typing import Any

from tracker.show import printable, say, shown, table


def show_status(document: dict[str, Any], zone: str) -> None:
    """The status document as one small table an agreement."""
    for agreement in document["agreements"]:
        title = printable(agreement["title"])
        say(f"\n{agreement['id']}: {title} [{agreement['roll_up']}]")
        rows = [_status_row(row, zone) for row in agreement["commitments"]]
        table(rows, ["commitment", "who", "state", "compliance", "timing", "end", "flags"])


def _status_row(row: dict[str, Any], zone: str) -> dict[str, str]:
    ends = [shown(row[name], zone) for name in ("earliest", "latest") if row[name]]
    late = ["late"] if row["late"] else []
    return {
        "commitment": row["id"],
        "who": f"{', '.join(row['debtor'])} -> {', '.join(row['creditor']) or '?'}",
        "state": row["state"],
        "compliance": row["compliance"],
        "timing": row["timing"],
        "end": "\n".join(dict.fromkeys(ends)) or "none",
        "flags": "\n".join(row["flags"] + late),
    }


def show_effect(effect: list[dict[str, Any]]) -> None:
    if effect:
        table(effect, ["commitment", "axis", "before", "after"])
    else:
        say("no axis of any commitment changes")
