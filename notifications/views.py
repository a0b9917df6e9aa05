"""How alerts read on a terminal."""

from __future__ import annotations

from typing import Any

from tracker.terminal.output import shown


def alert_line(alert: dict[str, Any], zone: str) -> str:
    """One alert in one line."""
    detail = alert.get("lead") or ""
    if alert["kind"] in ("state_changed", "ended"):
        detail = f"{alert['before'] or 'new'} -> {alert['after']}"
    return f"  {shown(alert['at'], zone)}  {alert['commitment']}  {alert['kind']} {detail}".rstrip()
