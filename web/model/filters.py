"""Which promises a query chooses, and the form that asks: by word, party, kind, state and so on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from msgspec.structs import replace

from events.wording import did_you_mean
from tracker.documents.summaries import AgreementSummary, CommitmentSummary, search_text
from tracker.model.vocabulary import Kind, State
from web.errors import BadQuery, quoted
from web.model.query import COMPLIANCE, STATES, Query, is_open

LATE = ("overdue", "lapsed")
WAITING = ("proposed", "conditional")
BREACHES = ("alleged", "disputed", "confirmed")
NamesOf = Callable[[str], Iterable[str]]
"""The names and aliases of a party, by which a search finds it."""


def chosen(
    summaries: Iterable[AgreementSummary], query: Query, names_of: NamesOf
) -> list[AgreementSummary]:
    """The agreements with those of their promises that match; without any, what is searched for."""
    filtered = (_filtered(summary, query, names_of) for summary in summaries)
    return [summary for summary in filtered if summary is not None]


def check_known(name: str, value: str, known: Collection[str]) -> None:
    """Raises BadQuery for a party or a tag that nothing has."""
    if value not in known:
        raise _unknown(name, value, known)


def parties_of(summaries: Iterable[AgreementSummary]) -> set[str]:
    """Every party of an agreement or of a promise in it."""
    return {
        party
        for summary in summaries
        for each in (summary.parties, *((*c.debtor, *c.creditor) for c in summary.commitments))
        for party in each
    }


MOST_PARTIES = 500
"""So many parties a field offers; the others are asked for in the address."""


def filter_facts(
    parties: Iterable[str], name: Callable[[str], str], fields: Sequence[str]
) -> dict[str, object]:
    """What the form of a page needs; `fields` are the parameters it has fields for."""
    return {
        "filter_fields": fields,
        "filter_parties": sorted(parties, key=name)[:MOST_PARTIES],
        "kinds": list(Kind),
        "states": STATES,
        "compliances": COMPLIANCE,
    }


MOST_NAMED = 20


def _unknown(name: str, value: str, known: Collection[str]) -> BadQuery:
    names = sorted(known)
    more = f" and {len(names) - MOST_NAMED:,} more" if len(names) > MOST_NAMED else ""
    hint = f"One of {', '.join(names[:MOST_NAMED])}{more}" if names else f"There is no {name} yet"
    message = f"There is no {name} {quoted(value, 40)} on this board."
    return BadQuery(message, hint=f"{hint}{did_you_mean(value, names)}")


def _filtered(
    summary: AgreementSummary, query: Query, names_of: NamesOf
) -> AgreementSummary | None:
    """Keeps the commitments of an agreement that match; None when nothing of it does."""
    if query.tag and query.tag not in summary.tags:
        return None
    if not query.filters.keys() - {"tag"}:
        return summary
    matching = tuple(c for c in summary.commitments if _matches(c, summary, query, names_of))
    if matching:
        return replace(summary, commitments=matching)
    # Without commitments it can only be searched for.
    is_search = query.filters.keys() - {"tag"} == {"q"} and not summary.commitments
    return summary if is_search and has_words(summary, query, names_of) else None


def _matches(
    c: CommitmentSummary, summary: AgreementSummary, query: Query, names_of: NamesOf
) -> bool:
    if query.kind and c.kind != query.kind:
        return False
    if not (has_word(query.state, c.state) and has_word(query.compliance, c.compliance)):
        return False
    if query.party and query.party not in (*c.debtor, *c.creditor):
        return False
    return not query.q or promise_has_words(summary.title, c, query, names_of)


def has_word(text: str, word: str) -> bool:
    """Whether a filter takes a state or compliance: none, its own word, or that of its group."""
    return not text or text in (word, *_groups(word))


def _groups(word: str) -> Iterator[str]:
    """The words that a state or a compliance is found by beside its own."""
    if word in tuple(State):
        yield "open" if is_open(word) else "closed"
    for name, members in (("missed", LATE), ("waiting", WAITING), ("breach", BREACHES)):
        if word in members:
            yield name


def has_words(summary: AgreementSummary, query: Query, names_of: NamesOf) -> bool:
    """Whether an agreement or its parties have every word searched for."""
    return _are_in((summary.id, summary.title), summary.parties, query, names_of)


def promise_has_words(title: str, c: CommitmentSummary, query: Query, names_of: NamesOf) -> bool:
    """Whether a promise, its parties or its agreement, of this title, have every word."""
    texts, parties = (c.agreement, title, c.id, c.promise), (*c.debtor, *c.creditor)
    return _are_in(texts, parties, query, names_of)


def _are_in(texts: Iterable[str], parties: Iterable[str], query: Query, names_of: NamesOf) -> bool:
    """Whether every word searched for is in these texts, or in the names of these parties."""
    names = (name for party in parties for name in names_of(party))
    text = search_text((*texts, *names))
    return all(word in text for word in query.q.casefold().split())
