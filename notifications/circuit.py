"""Is a relay worth trying now? After failures in a row it is left alone, then probed. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct

THRESHOLD = 3
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=30)

Standing = Literal["closed", "open", "probe"]


class Circuit(Struct, frozen=True):
    """How a relay has fared: failures in a row, and until when it is left alone."""

    host: str
    failures: int = 0
    open_until: datetime | None = None
    last_error: str = ""


def standing(circuit: Circuit, now: datetime) -> Standing:
    """Closed lets everything through, open nothing, probe one message to find out.

    A pause longer than any we give means that the clock went back; then it is time to look.
    """
    if circuit.open_until is None:
        return "closed"
    left = circuit.open_until - now
    return "open" if timedelta(0) < left <= LONGEST_PAUSE else "probe"


def failed(circuit: Circuit, now: datetime, error: str, asked: timedelta | None = None) -> Circuit:
    """One failure more; from the third in a row on, each doubles the pause.

    A server that says how long it wants to be left alone (`asked`) is left alone at once.
    """
    failures = circuit.failures + 1
    over = failures - THRESHOLD
    pause = FIRST_PAUSE * (1 << min(over, 10)) if over >= 0 else timedelta(0)
    pause = min(max(pause, asked or timedelta(0)), LONGEST_PAUSE)
    return Circuit(circuit.host, failures, now + pause if pause else None, error)
