"""The settings of one board: its database, clock, address and marking ceiling."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct


class Site(Struct, frozen=True):
    """`base_url` ends in a slash and is where others reach the board; `tz` is an IANA zone."""

    db: str
    clock: Callable[[], datetime]
    base_url: str = "http://localhost:8000/"
    tz: str = "UTC"
    ceiling: str = "CLEAR"
