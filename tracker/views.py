"""How status, explanation and effect read on a terminal."""

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


def show_explanation(zone: str, document: dict[str, Any]) -> None:
    held = document["commitment"]
    say(f"{held['id']} ({document['agreement']}), as of {document['as_of']}")
    who = f"{', '.join(held['debtor'])} -> {', '.join(held['creditor'])}"
    say(printable(f"{who}: {held['promise']}"))
    for axis in document["axes"]:
        say(f"\n{axis['axis']}: {axis['value']}")
        say(f"  rule {axis['rule'] or '-'}: {axis['meaning']}")
        for event in axis["events"]:
            say(printable(f"  because {_event_line(event)}"))
    if held["flags"]:
        say(f"\nflags: {', '.join(held['flags'])}")
    _show_readings(zone, held)
    _show_history(zone, document)


def _event_line(event: dict[str, Any]) -> str:
    chain = " <- ".join(filter(None, [event["speaker"], *event["reported_by"]])) or "unattributed"
    line = (event["source"] or {}).get("line")
    where = f", line {line}" if line else ""
    what = f"{event['id']} {event['type']} {event['occurred'] or ''}"
    return f"{what} ({chain}, {event['rating']}{where})"


def _show_readings(zone: str, held: dict[str, Any]) -> None:
    if held["readings"]:
        say("\nreadings:")
        rows = [_reading_row(zone, reading) for reading in held["readings"]]
        table(rows, ["term", "by", "reads", "rule", "zone"])


def _reading_row(zone: str, reading: dict[str, Any]) -> dict[str, Any]:
    if "at" in reading:
        reads = shown(reading["at"], zone)
    else:
        reads = "says nothing" if reading["value"] is None else str(reading["value"])
    return {**reading, "reads": reads}


def _show_history(zone: str, document: dict[str, Any]) -> None:
    say("\nhistory:")
    rows = [
        {
            "at": shown(step["at"], zone),
            "axis": step["axis"],
            "change": f"{step['before'] or '-'} -> {step['after']} {step['lead'] or ''}".strip(),
            "rule": step["rule"],
        }
        for step in document["history"]
    ]
    table(rows, ["at", "axis", "change", "rule"])


def show_effect(effect: list[dict[str, Any]]) -> None:
    if effect:
        table(effect, ["commitment", "axis", "before", "after"])
    else:
        say("no axis of any commitment changes")
