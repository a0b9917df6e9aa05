"""Capitals and the registry: whose noon and whose midnight count."""

from __future__ import annotations

import csv
from zoneinfo import ZoneInfo

from tracker.capitals import TABLE, capital_zone
from tracker.parties import Party, Registry


def test_every_capital_has_a_zone_that_exists() -> None:
    """The table covers the members of the United Nations, and each zone can be read."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    assert len(rows) >= 193
    assert all(ZoneInfo(row["zone"]) for row in rows)
    assert len({row["id"] for row in rows}) == len(rows)


def test_a_registered_zone_outranks_the_capital() -> None:
    """The registry is what analysts say; the table is what everybody knows."""
    registry = Registry({"RUS": Party("RUS", "Russia", "Asia/Vladivostok")})

    assert ["Asia/Vladivostok", "Europe/Kyiv", "UTC"] == [
        registry.zone_of(party) for party in ("RUS", "UKR", "somebody")
    ]
    assert capital_zone("XXX") is None
