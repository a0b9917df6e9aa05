"""What was delivered and what was counted, as JSON has it, and numbers in words. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NotRequired, TypedDict

from tracker.documents.periods import PeriodDocument, PeriodsDocument
from tracker.model.commitment import Commitment
from tracker.model.parts import Claim, Incident


class ClaimDocument(TypedDict):
    """A report of delivery: a quantity, or how nearly it was met by what is `claimed`."""

    by: str | None
    quantity: int | None
    of: int | None
    fulfilment: str | None
    said: str
    period: NotRequired[str | None]


class Fulfilment(TypedDict):
    """How much is confirmed as delivered, and what was only claimed.

    A recurring promise has the counts of its periods instead of one quantity.
    """

    grade: str
    delivered: int | None
    promised: int | None
    claimed: list[ClaimDocument]
    met: NotRequired[int]
    of: NotRequired[int]
    missed: NotRequired[int]
    waived: NotRequired[int]
    current: NotRequired[PeriodDocument | None]


class CountDocument(TypedDict):
    """A number as claimed; `covers` is the time that it counts, where that is told apart."""

    by: str | None
    value: int | None
    at_least: bool | int
    at_most: bool | int
    about: bool | int
    text: str | None
    said: str
    covers: str | None


class IncidentDocument(TypedDict):
    id: str
    status: str
    tags: list[str]
    occurred: str
    text: str
    alleged_by: list[str]
    denied_by: list[str]
    confirmed_by: list[str]
    claimed_counts: list[CountDocument]


def fulfilment_json(c: Commitment, periods: PeriodsDocument | None) -> Fulfilment:
    """What is confirmed as delivered, and each claim of delivery."""
    claims = [claim for claim in c.claims if claim.type.startswith("Performance")]
    claimed = [_claim(claim) for claim in claims]
    fulfilment: Fulfilment = {
        "grade": c.grade.value,
        "delivered": c.delivered,
        "promised": c.promised,
        "claimed": claimed,
    }
    if periods is None:
        return fulfilment
    for claim, document in zip(claims, claimed, strict=True):
        document["period"] = claim.period
    return {
        **fulfilment,
        "promised": None,
        "met": periods["met"],
        "of": periods["of"],
        "missed": periods["missed"],
        "waived": periods["waived"],
        "current": periods["current"],
    }


def _claim(claim: Claim) -> ClaimDocument:
    return {
        "by": claim.by,
        "quantity": claim.quantity,
        "of": claim.of,
        "fulfilment": claim.fulfilment.value if claim.fulfilment else None,
        "said": claim.given_at or claim.occurred,
    }


def claim_words(fulfilment: Fulfilment) -> list[str]:
    """What each report of delivery claims, the newest last: `RUS claims 175`."""
    claims = (
        f"{claim['by'] or '?'} claims {claim['quantity'] or claim['fulfilment'] or 'it is done'}"
        for claim in fulfilment["claimed"]
    )
    return list(dict.fromkeys(claims))


def incident_json(incident: Incident) -> IncidentDocument:
    """An incident with the number that each claimant gives."""
    counts: list[CountDocument] = [
        {
            "by": count.by,
            "value": count.claimed.value,
            "at_least": count.claimed.at_least,
            "at_most": count.claimed.at_most,
            "about": count.claimed.about,
            "text": count.claimed.text,
            "said": count.given_at,
            "covers": count.covers,
        }
        for count in incident.claimed_counts
    ]
    return {
        "id": incident.id,
        "status": incident.status,
        "tags": list(incident.tags),
        "occurred": incident.occurred,
        "text": incident.text,
        "alleged_by": list(incident.alleged_by),
        "denied_by": list(incident.denied_by),
        "confirmed_by": list(incident.confirmed_by),
        "claimed_counts": counts,
    }


def count_words(count: Mapping[str, Any], number_words: Callable[[int], str] = str) -> str:
    """A claimed number in words, with its text as said: `at least 300 ("several hundred")`."""
    value, text = count["value"], count["text"]
    least, most = _bound(count["at_least"], value), _bound(count["at_most"], value)
    about = _bound(count["about"], value)
    if least is not None and most is not None:
        number = f"{number_words(least)} to {number_words(most)}"
    else:
        bounds = (("at least", least), ("at most", most), ("about", about), ("", value))
        stated = (f"{word} {number_words(n)}".strip() for word, n in bounds if n is not None)
        number = next(stated, "")
    quoted = f'"{text}"' if text and text != number else ""
    return f"{number} ({quoted})" if number and quoted else number or quoted


def _bound(given: bool | int, value: int | None) -> int | None:
    """A bound: the number given for it, or the value where it is only marked as one."""
    if isinstance(given, bool):
        return value if given else None
    return given
