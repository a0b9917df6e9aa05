"""Texts of others on a page: cut at a word, one direction of writing, a row that stays a row."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from web.pages.render import environment, sentence, shortened

PARTIES = {letter: f"Party {letter.upper()}" for letter in "abcdef"}


def rows_of_promises() -> SimpleNamespace:
    """The macros that rows of promises are written with, for parties by these names."""
    template = environment().get_template("promises.html.j2")
    return template.make_module({"name": PARTIES.__getitem__})  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("To hold fire", "To hold fire"),
        ("To withdraw every unit, by land", "To withdraw every unit…"),
        ("Donaudampfschifffahrtsgesellschaft", "Donaudampfschifffahrtsge…"),
    ],
)
def test_a_long_text_ends_with_a_whole_word(text: str, expected: str) -> None:
    """Not with half a word, nor with the comma after it."""
    assert expected == shortened(text, 24)


def test_a_name_in_other_letters_leaves_a_sentence_as_it_is_read() -> None:
    """What follows a sentence that ends with such a name would stand before its full stop."""
    assert '<span dir="ltr">It is denied by ישראל.</span>' == sentence("It is denied by ישראל.")
    assert "It is denied by &lt;X&gt;." == sentence("It is denied by <X>.")


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("a", "Party A"),
        ("abcd", "Party A, Party B, Party C, Party D"),
        ("abcdef", "Party A, Party B, Party C and 3 others"),
    ],
)
def test_many_parties_are_counted_in_a_row(names: str, expected: str) -> None:
    """The page of the promise names them all."""
    assert expected == rows_of_promises().parties(tuple(names))


@pytest.mark.parametrize(
    ("debtor", "creditor", "expected"),
    [
        ("a", "b", "to Party B"),
        ("b", "a", "from Party B"),
        ("ac", "b", "Party A, Party C to Party B"),
        ("a", "", "Party A"),
    ],
)
def test_the_page_of_a_party_does_not_repeat_its_name(
    debtor: str, creditor: str, expected: str
) -> None:
    """It names the other side; where there are several on its own side, it names them all."""
    promise = SimpleNamespace(debtor=tuple(debtor), creditor=tuple(creditor))

    assert expected == rows_of_promises().sides_beside(promise, "a")
