"""How status, explanation and effect read on a terminal."""

from __future__ import annotations

from typing import Any

from tracker.terminal.cells import text_of
from tracker.terminal.tables import table
from tracker.terminal.text import format_local, print_data, printable


def show_status(document: dict[str, Any], zone: str) -> None:
    """The status document as one small table an agreement."""
    for agreement in document["agreements"]:
        title = printable(agreement["title"])
        print_data(f"\n{agreement['id']}: {title} [{agreement['roll_up']}]")
        rows = [commitment_row(row, zone) for row in agreement["commitments"]]
        table(rows, ["commitment", "who", "state", "compliance", "timing", "end", "flags"])


def who(row: dict[str, Any]) -> str:
    return f"{', '.join(row['debtor'])} -> {', '.join(row['creditor']) or '?'}"


def agreement_row(row: dict[str, Any], zone: str) -> dict[str, Any]:
    return {
        "agreement": row["id"],
        "title": row["title"],
        "parties": row["parties"],
        "stands": row["roll_up"],
        "promises": row["commitments"],
        "next_change_at": format_local(row["next_change_at"], zone),
    }


def commitment_row(row: dict[str, Any], zone: str) -> dict[str, str]:
    """One commitment as a row: who to whom, three axes, the end as read, and flags."""
    ends = [format_local(row[name], zone) for name in ("earliest", "latest") if row[name]]
    late = ["late"] if row["late"] else []
    return {
        "commitment": row["id"],
        "who": who(row),
        "state": row["state"],
        "compliance": row["compliance"],
        "timing": row["timing"],
        "end": "\n".join(dict.fromkeys(ends)) or "none",
        "flags": "\n".join(row["flags"] + late),
    }


def reading_row(zone: str, reading: dict[str, Any]) -> dict[str, Any]:
    if "at" in reading:
        reads = format_local(reading["at"], zone)
    else:
        reads = "says nothing" if reading["value"] is None else str(reading["value"])
    return {**reading, "reads": reads}


def show_preview(document: dict[str, Any], zone: str, *, err: bool = False) -> None:
    """Every axis before and after, what else moves, and the alerts that would be told."""
    axes, effect = document["axes"], document["effect"]
    rows = axes + [row for row in effect if row not in axes]
    if rows:
        marked = [{**_plain(row), "changes": "changes" if row in effect else ""} for row in rows]
        table(marked, ["commitment", "axis", "before", "after", "changes"], err=err)
    if not effect:
        print_data("no axis of any commitment changes", err=err)
    for name, words in (("alerts", "would alert"), ("withdrawn", "would take back")):
        for alert in document.get(name, ()):
            print_data(f"{words}: {_alert_line(alert, zone)}", err=err)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Values as words: nothing raised is "none", what was not there is "-"."""
    cells = {name: row[name] for name in ("before", "after")}
    return row | {name: _word(value) for name, value in cells.items()}


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None else text_of(value) or "none"


def _alert_line(alert: dict[str, Any], zone: str) -> str:
    lead = f" ({alert['lead']} ahead)" if alert.get("lead") else ""
    change = f"{alert['before'] or '-'} -> {alert['after']}"
    at = format_local(alert["at"], zone)
    return f"{alert['severity']} {alert['kind']}{lead}, {alert['commitment']} {change} at {at}"
