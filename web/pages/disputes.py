"""Breaches that are alleged: by whom, who denies them, since when, and unanswered for how long."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from events import in_order, parse_instant
from events.wording import plural
from tracker.documents.changes import ChangeDocument
from tracker.documents.summaries import CommitmentSummary
from web.model.filters import filter_facts, has_word
from web.model.query import pages_of, rows_of_page
from web.model.reader import Reader
from web.pages.render import Page
from web.pages.sentences import ALLEGED, CONFIRMED, DENIED, REFUTED

AXIS = "incident "
ORDER = ("alleged", "disputed", "confirmed", "refuted")


class Act(Struct, frozen=True):
    """Whose word it is, and since when."""

    by: tuple[str, ...]
    at: str


class Dispute(Struct, frozen=True):
    """One incident of a promise: who alleged, denied, confirmed or refuted it, and when."""

    commitment: str
    agreement: str
    incident: str
    status: str
    latest: str
    alleged: Act | None = None
    denied: Act | None = None
    found: Act | None = None

    def days_unanswered(self, now: datetime) -> int | None:
        """How many days an allegation has been without an answer; None where there is one."""
        if self.status != "alleged" or self.alleged is None:
            return None
        return max(0, (now - parse_instant(self.alleged.at)).days)


def disputes(changes: Iterable[ChangeDocument]) -> list[Dispute]:
    """The incidents behind changes in the order of time, those with the newest news first."""
    by_incident: dict[tuple[str, str], list[ChangeDocument]] = {}
    for change in changes:
        incident = (change["commitment"], change["axis"].removeprefix(AXIS))
        by_incident.setdefault(incident, []).append(change)
    each_one = [_dispute(incident, steps) for incident, steps in by_incident.items()]
    return sorted(each_one, key=lambda each: (in_order(each.latest), each.commitment), reverse=True)


def _dispute(incident: tuple[str, str], steps: list[ChangeDocument]) -> Dispute:
    """The first allegation, and the last denial and finding."""
    first = {step["rule"]: _act(step) for step in reversed(steps)}
    last = {step["rule"]: _act(step) for step in steps}
    return Dispute(
        commitment=incident[0],
        agreement=steps[-1]["agreement"],
        incident=incident[1],
        status=steps[-1]["after"],
        latest=max((step["at"] for step in steps), key=in_order),
        alleged=first.get(ALLEGED),
        denied=last.get(DENIED),
        found=last.get(CONFIRMED) or last.get(REFUTED),
    )


def _act(step: ChangeDocument) -> Act:
    return Act(tuple(step.get("by", ())), step["at"])


def chosen_disputes(reader: Reader) -> tuple[dict[str, CommitmentSummary], list[Dispute]]:
    """The promises that the filters choose, by id, and the incidents of these."""
    query = reader.query
    # What is said of a breach is asked of the incident here: a promise may have several.
    promises = {c.id: c for h in reader.chosen(replace(query, compliance="")) for c in h.holdings}
    return promises, [
        each
        for each in disputes(reader.incidents())
        if each.commitment in promises and has_word(query.compliance, each.status)
    ]


def disputes_page(reader: Reader, _: str) -> Page:
    """Every incident of every promise, those with the newest news first."""
    query = reader.query
    promises, every_dispute = chosen_disputes(reader)
    pages = pages_of(len(every_dispute))
    page = rows_of_page(reader.query, pages)
    visible = every_dispute[page]
    details = reader.details(promises[each.commitment] for each in visible)
    about = {
        (name, incident["id"]): incident
        for name, document in details.items()
        for incident in document["incidents"]
    }
    now = reader.query.as_of
    rows = [
        {
            "dispute": each,
            "promise": promises[each.commitment],
            "about": about.get((each.commitment, each.incident)),
            "unanswered": each.days_unanswered(now),
        }
        for each in visible
    ]
    facts = {
        "rows": rows,
        "sentence": _sentence(every_dispute, promises, is_all=not query.filters),
        "titles": {heading.id: heading.title for heading in reader.headings},
        "pages": pages,
        **filter_facts(reader.every_party, reader.name, ("q", "party", "compliance")),
    }
    return Page("disputes.html.j2", facts, pages)


def _sentence(
    every_dispute: list[Dispute], promises: Mapping[str, CommitmentSummary], *, is_all: bool
) -> str:
    """How many there are, and of how many promises."""
    if not every_dispute and not is_all:
        return "No breach on record matches."
    if not every_dispute:
        return "Nobody has alleged a breach of any promise."
    words = {"alleged": "not answered", "disputed": "denied"}
    counts = {word: sum(each.status == word for each in every_dispute) for word in ORDER}
    parts = [f"{n:,} {words.get(word, word)}" for word, n in counts.items() if n]
    concerned = len({each.commitment for each in every_dispute})
    breaches = f"{len(every_dispute):,} breach{'' if len(every_dispute) == 1 else 'es'}"
    of_all = f"{concerned:,} of {plural(len(promises), 'promise')}"
    return f"{breaches} alleged, of {of_all}: {', '.join(parts)}."
