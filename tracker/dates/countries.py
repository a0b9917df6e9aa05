"""The countries of ISO 3166-1 with Kosovo: id, name, capital, and the zone of the capital."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from msgspec import Struct

TABLE = Path(__file__).with_name("countries.csv")


class Country(Struct, frozen=True):
    """A country by its alpha-3 code as `id` and alpha-2 as `code`.

    What nobody lives in has no capital, and counts its days in UTC.
    """

    id: str
    code: str
    name: str
    capital: str
    zone: str
    also: str
    """Other names that people use, separated by semicolons."""


@cache
def countries() -> Mapping[str, Country]:
    """Every country by its id."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row["id"]: Country(**row) for row in csv.DictReader(file)}


def capital_zone(party: str) -> str | None:
    """The IANA zone of a country's capital; None for what is no country's id."""
    country = countries().get(party)
    return country.zone if country else None


def country_name(party: str) -> str | None:
    """The name of a country by its id; None for what is no country's id."""
    country = countries().get(party)
    return country.name if country else None


def country_named(text: str) -> Country | None:
    """The country of an English name or an ISO code, in any case; None for anything else."""
    return _by_name().get(plain(text))


def capital_zones(city: str) -> frozenset[str]:
    """The zones of the capitals of a name; Kingston is one of two."""
    capitals = [country for country in countries().values() if country.capital]
    return frozenset(each.zone for each in capitals if plain(each.capital) == plain(city))


def plain(name: str) -> str:
    """A name as it is compared: without case, accents, underscores and `the`."""
    from unicodedata import combining, normalize

    letters = normalize("NFKD", name.replace("_", " "))
    bare = "".join(letter for letter in letters if not combining(letter)).casefold()
    return bare.strip().removeprefix("the ")


@cache
def _by_name() -> Mapping[str, Country]:
    return {
        plain(name): country
        for country in countries().values()
        for name in (country.id, country.code, country.name, *country.also.split(";"))
        if name
    }
