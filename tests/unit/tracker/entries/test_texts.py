"""The words of an entry: which texts count, how they are compared, where they stand."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.support.any_text import ANY_TEXT
from tracker.entries.texts import LONGEST, MOST, has_words, spans_of, words_in, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Strike on a sub-station, №5", ["strike", "on", "a", "sub", "station", "no5"]),
        ("CAFÉ cafe\u0301 Straße", ["cafe", "cafe", "strasse"]),
        ("Удар по подстанции; ёлка", ["удар", "по", "подстанции", "елка"]),
        ("under_score 'quoted\" -- OR NEAR( * ^", ["under", "score", "quoted", "or", "near"]),
        ("175 艘渔船、がス2", ["175", "艘", "渔", "船", "か", "ス", "2"]),
        ("", []),
        ("\x00 \udc80 ?!", []),
        ("x" * 100, ["x" * LONGEST]),
    ],
)
def test_words_are_compared_without_capitals_accents_and_signs(text: str, words: list[str]) -> None:
    """What a query language would take for an operator is a word like any other, or none."""
    assert words == words_in(text)


def test_the_texts_of_an_entry_are_searched_at_any_depth() -> None:
    """Quotes of the source and conditions too; ids, dates and what replaces another entry not."""
    data = {
        "commitment": "ep-rus",
        "occurred": "2025-03-18",
        "text": "a strike",
        "source": {"quote": "as he said", "url": "https://example.org/x"},
        "antecedents": [{"id": "c1", "text": "details"}],
        "replacement": {"text": "withdrawn"},
        "note": "mine",
    }

    assert ["a", "strike", "as", "he", "said", "details", "mine"] == words_of(data)
    assert "mine" not in words_of(data, without=("note",))


def test_no_index_is_asked_for_more_words_than_it_can_take() -> None:
    """The words that follow are not found, on either engine."""
    assert MOST == len(words_of({"text": " ".join(map(str, range(MOST + 5)))}))


@pytest.mark.parametrize(
    ("words", "fits"),
    [(["sub"], True), (["strike", "sub"], True), (["strike", "tation"], False), (["x"], False)],
)
def test_each_word_begins_a_word_of_the_entry(words: list[str], fits: bool) -> None:
    """Every one has to."""
    assert fits is has_words(words, ["strike", "substation"])


def test_marks_stand_around_the_words_without_punctuation() -> None:
    """In the text as it was written."""
    text = "«Удары» по под-станции, Café!"

    assert ["Удары", "под-станции", "Café"] == [
        text[a:b] for a, b in spans_of(words_in("удар станц cafe"), text)
    ]


def test_letters_without_spaces_between_words_are_marked_together() -> None:
    """A word of Chinese stands somewhere in a sentence."""
    text = "归还 175 艘渔船。"

    assert ["渔船"] == [text[a:b] for a, b in spans_of(words_in("渔船"), text)]
    assert has_words(words_in("渔船"), words_of({"text": text}))


@given(ANY_TEXT)
def test_any_text_is_found_by_its_own_words(text: str) -> None:
    """And each word is marked somewhere."""
    words = words_in(text)

    assert has_words(words, words_of({"text": text})) or len(set(words)) > MOST
    assert bool(words) == bool(spans_of(words, text))
