"""Fields as people write them: what is recorded, and what is printed of it."""

from __future__ import annotations

import pytest

from events import parse_instant
from tracker.entries.parties import Party, Registry
from tracker.errors import AmbiguousDate, InvalidDate, InvalidEvent
from tracker.recording.as_written import WrittenFields

NOW = parse_instant("2025-06-04T10:00:00Z")
PARTIES = (
    Party("osce", "OSCE", "Europe/Vienna", ("the mission",)),
    Party("one", "Harbour watch", "UTC"),
    Party("two", "harbour watch", "UTC"),
)


def fields() -> WrittenFields:
    registry = Registry({party.id: party for party in PARTIES})
    return WrittenFields(NOW, "Europe/Oslo", registry, lambda name: name == "IS")


def test_dates_places_and_names_become_what_is_recorded() -> None:
    """At any depth; a clock time in terms is that of their zone. Each is told."""
    written = {
        "occurred": "20 March 2025",
        "speaker": "Norway",
        "by": ["nor", "The Mission", "somebody"],
        "terms": {"due": "20 April 2025 18:00", "zone": "Moscow", "quantity": 3},
        "antecedents": [{"id": "k", "text": "20 March 2025", "deadline": "1 May 2025"}],
        "promise": "20 March 2025",
        "debtor": ["IS"],
    }
    resolver = fields()

    assert {
        "occurred": "2025-03-20",
        "speaker": "NOR",
        "by": ["NOR", "osce", "somebody"],
        "terms": {"due": "2025-04-20T18:00:00+03:00", "zone": "Europe/Moscow", "quantity": 3},
        "antecedents": [{"id": "k", "text": "20 March 2025", "deadline": "2025-05-01"}],
        "promise": "20 March 2025",
        "debtor": ["IS"],
    } == resolver.resolve(written)
    assert [
        "occurred: 20 March 2025 -> 2025-03-20",
        "speaker: Norway -> NOR",
        "by: nor -> NOR",
        "by: The Mission -> osce",
        "terms.due: 20 April 2025 18:00 -> 2025-04-20T18:00:00+03:00",
        "terms.zone: Moscow -> Europe/Moscow",
        "antecedents.deadline: 1 May 2025 -> 2025-05-01",
    ] == resolver.take_changes()


def test_what_an_event_file_says_stays_as_it_is() -> None:
    """Ids, EDTF and zones are recorded as they stand, and nothing is printed of them."""
    data = {"occurred": "2025-03~", "speaker": "osce", "terms": {"due": None, "zone": "UTC"}}
    resolver = fields()

    assert (data, []) == (resolver.resolve(data), resolver.take_changes())


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        ({"said": "3/4/2025"}, AmbiguousDate, "said: '3/4/2025' may be 3 April"),
        ({"terms": {"due": "soon"}}, InvalidDate, "terms.due: not a date: 'soon'"),
        ({"term": "due", "value": "20 March"}, AmbiguousDate, "value: '20 March' may be"),
        ({"speaker": "Harbour Watch"}, InvalidEvent, "speaker: 'Harbour Watch' may be one or two"),
    ],
)
def test_what_may_be_several_is_refused_by_field(
    data: dict[str, object], error: type[Exception], words: str
) -> None:
    """A date with two readings, or a name that two parties have."""
    with pytest.raises(error, match=words):
        fields().resolve(data)


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ("daily", "FREQ=DAILY"),
        ("Quarterly", "FREQ=MONTHLY;INTERVAL=3"),
        ("every year", "FREQ=YEARLY"),
        ("every 6 months", "FREQ=MONTHLY;INTERVAL=6"),
        ("every second month", "every second month"),
        ("FREQ=DAILY;COUNT=3", "FREQ=DAILY;COUNT=3"),
    ],
)
def test_how_often_a_promise_recurs_is_written_in_words(written: str, rule: str) -> None:
    """What is no such word is left to be read, or refused, as a rule."""
    assert {"terms": {"recurrence": rule}} == fields().resolve({"terms": {"recurrence": written}})


def test_what_is_pasted_from_a_page_is_taken_as_it_would_be_typed() -> None:
    """Its spaces, hyphens, marks and line ends; words of a text keep theirs but at the ends."""
    written = {
        "occurred": "\u201c19\u00a0March\u00a02025\u201d",
        "said": "2025\u201103\u201119\r\n",
        "speaker": "\u200bNOR\u00a0",
        "text": " \u201cA\u00a0strike\u201d\r\non a bridge\r\n",
    }

    assert {
        "occurred": "2025-03-19",
        "said": "2025-03-19",
        "speaker": "NOR",
        "text": "\u201cA\u00a0strike\u201d\non a bridge",
    } == fields().resolve(written)
