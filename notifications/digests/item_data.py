"""The data of an item, for machines: what a webhook of the second version tells. Pure.

Instants are in UTC, with the zone by whose days they count beside them; parties have an id and a
name; prose stands beside the data, and never in its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from notifications.alerts.alert import Alert, CommitmentDocument
from notifications.prose.amounts import Amount, amount_of
from notifications.prose.reader import NOBODY, Reader
from tracker.documents.changes import EndDocument
from tracker.model.readings import stated_ends


class PartyData(Struct, frozen=True, omit_defaults=True):
    """A party or an account; `speaks_for` is the party that an account speaks for."""

    id: str
    name: str
    speaks_for: str | None = None


class ReadingData(Struct, frozen=True):
    """One reading of an end: who counts so (null for all), by which rule and in which zone."""

    id: str
    by: PartyData | None
    rule: str
    zone: str
    at: str


class NewsData(Struct, frozen=True):
    """One piece of news: what came of what, when, by which rule and events, and who says so.

    `amount` is how much of it or of a period is delivered, where a number says so.
    """

    kind: str
    key: str
    severity: str
    at: str
    axis: str
    before: str | None
    after: str
    lead: str | None
    rule: str
    events: tuple[str, ...]
    by: tuple[PartyData, ...]
    ends: tuple[EndDocument, ...]
    amount: Amount | None
    sentence: str


class ItemData(Struct, frozen=True):
    """A commitment with its news; `about` says whether these are new, over, wrong, or stand."""

    about: str
    debtor: tuple[PartyData, ...]
    creditor: tuple[PartyData, ...]
    state: str | None
    compliance: str | None
    readings: tuple[ReadingData, ...]
    news: tuple[NewsData, ...] = ()


def item_data(
    commitment: CommitmentDocument,
    news: Sequence[tuple[Alert, str]],
    reader: Reader,
    about: str = "news",
) -> ItemData:
    """The data of a commitment and of its news, each with its sentence."""
    return ItemData(
        about=about,
        debtor=_parties(commitment.get("debtor", ()), reader),
        creditor=_parties(commitment.get("creditor", ()), reader),
        state=commitment.get("state"),
        compliance=commitment.get("compliance"),
        readings=tuple(_reading(each, reader) for each in stated_ends(commitment)),
        news=tuple(_news(alert, sentence, reader) for alert, sentence in news),
    )


def _news(alert: Alert, sentence: str, reader: Reader) -> NewsData:
    origin = alert.origin
    of_promise = alert.after if alert.axis.startswith("performance") else ""
    return NewsData(
        kind=alert.kind,
        key=alert.key,
        severity=alert.severity,
        at=alert.at,
        axis=alert.axis,
        before=alert.before,
        after=alert.after,
        lead=alert.lead,
        rule=alert.rule,
        events=alert.events,
        by=_parties(origin.get("by", ()), reader, origin.get("speaks_for", {})),
        ends=tuple(origin.get("ends", ())),
        # In the words of an alert it is of what a promise, or a period of it, has come to.
        amount=amount_of(origin.get("delivered", of_promise)),
        sentence=sentence,
    )


def _reading(reading: Mapping[str, str], reader: Reader) -> ReadingData:
    by = reading.get("by")
    return ReadingData(
        id=str(reading.get("id", "")),
        by=PartyData(by, reader.name(by)) if by else None,
        rule=reading["rule"],
        zone=reading["zone"],
        at=reading["at"],
    )


def _parties(
    ids: Iterable[str], reader: Reader, speaks_for: Mapping[str, str] = NOBODY
) -> tuple[PartyData, ...]:
    return tuple(PartyData(each, reader.name(each), speaks_for.get(each)) for each in ids)
