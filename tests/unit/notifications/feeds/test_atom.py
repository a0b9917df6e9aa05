"""The feed says what an entry is news of, each under an id of its own."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as Xml

from msgspec import structs

from notifications.feeds.atom import ATOM, FeedChanges, atom, is_news
from tests.support.given import History
from tracker.documents.changes import change_json, stored_change
from tracker.documents.commitments import commitment_json

TERMS = {"start": "2025-03-01", "duration": "P60D", "count": "exclusive", "zone": "UTC"}
PEACE = {"promise": "To keep the peace"}
GENERATED = "01a22c43-ff1b-721f-95aa-7dc589eeb5d7"


def at(day: int) -> str:
    return f"2025-03-{day:02}T12:00:00Z"


def entries(given: History) -> list[Any]:
    state = given.state(at(28))
    rows = [change_json(stored_change(c)) for c in state.changes]
    news = [change for change in rows if is_news(change)]
    promise = commitment_json(state.commitments["c"], state.as_of)
    numbers = {event.id: event.position for event in given.events}
    changes = FeedChanges(news, {"c": promise}, {}, numbers)
    feed = atom(changes, title="t", base_url="https://x.example/", path="f", note="n")
    return list(Xml.fromstring(feed).iter(f"{{{ATOM}}}entry"))


def field(entry: Any, name: str) -> str:
    return str(entry.findtext(f"{{{ATOM}}}{name}"))


def test_news_of_entries_is_in_words() -> None:
    """An extension with its ends, and each allegation."""
    given = History().promise(at=at(1), **PEACE, kind="maintenance", speaker="NOR", terms=TERMS)
    given.on("ViolationAlleged", at=at(10), incident="i", speaker="ISL")
    given.on("ViolationAlleged", at=at(10), incident="i", speaker="ISL")
    given.on("TermExtended", at=at(20), by=["NOR", "ISL"], terms={"extend_by": "P30D"})
    made = entries(given)
    titles = [field(entry, "title") for entry in made]

    head = "Norway to Iceland: keep the peace: "
    alleged = f"{head}A breach on Mon 10 March is alleged by Iceland."
    assert 2 == titles.count(alleged)
    assert titles[-1] == (
        f"{head}Its end is moved by Norway and Iceland from Wed 30 April to Fri 30 May."
    )
    summary = field(made[titles.index(alleged)], "summary")
    assert summary.startswith("c: breach i alleged, by ISL. It came about at ")
    assert len(made) == len({field(entry, "id") for entry in made})


def test_a_first_end_and_the_loss_of_the_last_are_plain_sentences() -> None:
    """No end is moved from or to no date."""
    given = History().promise(at=at(1), **PEACE, kind="maintenance", speaker="NOR", terms={})
    both = {"by": ["NOR", "ISL"], "basis": "both_sides"}
    given.on("TermsClarified", at=at(10), terms={"end": "2025-04-30", "zone": "UTC"}, **both)
    given.on("TermsClarified", at=at(20), terms={"end": None}, **both)
    titles = {field(entry, "title").partition("keep the peace: ")[2] for entry in entries(given)}

    assert "It is given an end by Norway and Iceland: Wed 30 April." in titles
    assert "Its end is not near any more." not in titles
    assert "Its end is taken away by Norway and Iceland: it was Wed 30 April." in titles


def test_what_is_no_news_to_subscribers_is_a_sentence_as_well() -> None:
    """What begins was not near its end before, and who speaks again is heard of again."""
    terms = {**TERMS, "start": "2025-03-03", "stale_after": "P5D"}
    given = History().promise(at=at(1), **PEACE, kind="maintenance", speaker="NOR", terms=terms)
    given.on("ViolationAlleged", at=at(20), incident="i", speaker="ISL")
    made = entries(given)
    titles = [field(entry, "title").partition("keep the peace: ")[2] for entry in made]

    assert 1 == titles.count("Its time has begun.")
    assert 1 == titles.count("It was heard of again.")
    assert "Its end is not near any more." not in titles


def test_a_lead_and_a_part_that_is_done_are_in_words() -> None:
    """And neither `7d` nor the values of an axis."""
    terms = {"due": "2025-03-20", "quantity": 10, "zone": "UTC"}
    given = History().promise(at=at(1), **PEACE, speaker="NOR", terms=terms)
    given.on("PerformanceConfirmed", at=at(18), quantity=4, basis="creditor_admission")
    made = entries(given)

    assert any("A part of it is done." in field(entry, "title") for entry in made)
    assert any("due soon, 7 days before" in field(entry, "summary") for entry in made)


def test_a_warning_tells_the_end_of_then_whatever_it_was_moved_to() -> None:
    """A feed that is read later does not tell of a warning that nobody was given."""
    terms = {"start": "2025-03-01", "duration": "P20D", "count": "exclusive", "zone": "UTC"}
    given = History().promise(at=at(1), **PEACE, kind="maintenance", speaker="NOR", terms=terms)
    given.on("TermExtended", at=at(20), by=["NOR", "ISL"], terms={"extend_by": "P30D"})
    titles = {field(entry, "title").partition("keep the peace: ")[2] for entry in entries(given)}

    assert ["Ends Fri 21 March, at the end of the day."] == [
        each for each in titles if each.startswith("Ends")
    ]
    assert "Its end is moved by Norway and Iceland from Fri 21 March to Sun 20 April." in titles


def test_what_came_later_is_not_told_with_what_was_before() -> None:
    """Who reports it as done after it was overdue; who alleges a breach, too; what was met."""
    given = History().promise(at=at(1), terms={"due": "2025-03-05", "zone": "UTC"}, **PEACE)
    given.on("PerformanceReported", at=at(20), speaker="NOR")
    titles = [field(entry, "title") for entry in entries(given)]
    overdue = next(title for title in titles if "Overdue" in title)
    given = History().promise("AcceptedConditionally", at=at(1), **PEACE,
                              antecedents=[{"id": "a", "text": "the first"},
                                           {"id": "b", "text": "the other"}])  # fmt: skip
    given.on("ConditionSatisfied", at=at(20), antecedent="a")
    conditional = field(entries(given)[0], "title")

    assert overdue.endswith(", and nobody has confirmed that it was done.")
    assert conditional.endswith("Promised, but only once its conditions are met.")


def test_an_entry_is_cited_by_the_id_that_somebody_gave_it_or_by_its_number() -> None:
    """A generated id says nothing to a reader."""
    given = History().promise(at=at(1), kind="maintenance", speaker="NOR", terms=TERMS)
    given.on("ViolationAlleged", at=at(10), incident="i", speaker="ISL")
    given.events[-1] = structs.replace(given.events[-1], id=GENERATED)
    summaries = [field(entry, "summary") for entry in entries(given)]

    assert any(summary.endswith("by rule 15, because of #3.") for summary in summaries)
    assert any(summary.endswith("by rule 4, because of e2.") for summary in summaries)
    assert not any(GENERATED in summary for summary in summaries)
