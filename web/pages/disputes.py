"""Breaches that are alleged: by whom, who denies them, since when, and unanswered for how long."""

from __future__ import annotations

from events.wording import plural
from web.model.filters import filter_facts
from web.model.query import pages_of, rows_of_page
from web.model.reader import Reader
from web.model.rows.disputes import Disputes
from web.pages.render import Page

ORDER = ("alleged", "disputed", "confirmed", "refuted")


def disputes_page(reader: Reader, _: str) -> Page:
    """Every incident of every promise, those with the newest news first."""
    query = reader.query
    disputes = reader.disputes()
    pages = pages_of(len(disputes.each))
    page = rows_of_page(reader.query, pages)
    visible = disputes.each[page]
    promises = reader.promises_of({each.commitment for each in visible})
    details = reader.details(promises.values())
    about = {
        (name, incident["id"]): incident
        for name, document in details.items()
        for incident in document["incidents"]
    }
    rows = [
        {
            "dispute": each,
            "promise": promises[each.commitment],
            "about": about.get((each.commitment, each.incident)),
            "unanswered": each.days_unanswered(query.as_of, reader.site.tz),
        }
        for each in visible
    ]
    facts = {
        "rows": rows,
        "sentence": _sentence(disputes, is_all=not query.filters),
        "titles": reader.titles({each.agreement for each in visible}),
        "pages": pages,
        **filter_facts(reader.every_party, reader.name, ("q", "party", "compliance")),
    }
    return Page("disputes.html.j2", facts, pages)


def _sentence(disputes: Disputes, *, is_all: bool) -> str:
    """How many there are, and of how many promises."""
    count = disputes.statuses.total()
    if not count and not is_all:
        return "No breach on record matches."
    if not count:
        return "Nobody has alleged a breach of any promise."
    words = {"alleged": "not answered", "disputed": "denied"}
    counts = {word: disputes.statuses[word] for word in ORDER}
    parts = [f"{n:,} {words.get(word, word)}" for word, n in counts.items() if n]
    breaches = f"{count:,} breach{'' if count == 1 else 'es'}"
    of_all = f"{disputes.commitments:,} of {plural(disputes.promises, 'promise')}"
    return f"{breaches} alleged, of {of_all}: {', '.join(parts)}."
