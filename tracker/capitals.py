"""The capital's zone of every country, by ISO 3166-1 alpha-3 code."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_name("capitals.csv")


@cache
def _zones() -> dict[str, str]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row["id"]: row["zone"] for row in csv.DictReader(file)}


def capital_zone(party: str) -> str | None:
    """The IANA zone of a country's capital; None for what is no country code."""
    return _zones().get(party)
