"""The texts of an entry that a search looks into, and the words they are made of. Pure.

Words are compared without accents and capitals, on every engine alike: й is и, É is e.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from typing import Any

SEARCHED = frozenset({"promise", "text", "value", "title", "quote", "incident", "note", "reason",
                      "why", "where", "scope", "milestone", "publisher"})  # fmt: skip
"""Fields whose text is searched, at any depth."""
REPLACEMENT = "replacement"
"""What an amendment puts in the place of another entry's words: it is found with that entry."""
LONGEST, MOST = 60, 2_000
"""Characters of a word and words of an entry that are compared: an index takes no longer ones."""
UNSPACED = (
    "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff"
    "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af"
)
"""Letters of Chinese and Japanese, which put no space between words: each is one."""
WORD = re.compile(rf"[{UNSPACED}]|[^\W_{UNSPACED}]+")
CHUNK = re.compile(rf"[{UNSPACED}]|[^\s{UNSPACED}]+")


def searched_texts(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every text of an entry that is searched, with the name of its field, in the order given."""
    for name, value in data.items():
        if isinstance(value, str):
            if name in SEARCHED:
                yield name, value
        elif name != REPLACEMENT and isinstance(value, dict | list | tuple):
            yield from _texts_within(value)


def _texts_within(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        yield from searched_texts(value)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts_within(item)


def words_of(data: Mapping[str, Any], *, without: Collection[str] = ()) -> list[str]:
    """The different words of an entry as they are compared; those of some fields left out."""
    texts = [text for name, text in searched_texts(data) if name not in without]
    return list(dict.fromkeys(words_in("\n".join(texts))))[:MOST] if texts else []


def words_in(text: str) -> list[str]:
    """The words of a text as they are compared: small letters, without accents, cut to length."""
    words: list[str] = WORD.findall(_folded(text))
    if max(map(len, words), default=0) <= LONGEST:
        return words
    return [word[:LONGEST] for word in words]


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()


def has_words(beginnings: Collection[str], words: Collection[str]) -> bool:
    """Whether each of some beginnings begins one of the words."""
    return all(any(word.startswith(begin) for word in words) for begin in beginnings)


def spans_of(beginnings: Collection[str], text: str) -> list[tuple[int, int]]:
    """Finds where in a text the words stand that begin so, without the punctuation around them."""
    spans: list[tuple[int, int]] = []
    for chunk in CHUNK.finditer(text):
        if any(word.startswith(begin) for word in words_in(chunk[0]) for begin in beginnings):
            letters = [at for at, one in enumerate(chunk[0], chunk.start()) if one.isalnum()]
            first, last = (letters[0], letters[-1] + 1) if letters else chunk.span()
            if spans and spans[-1][1] == first:
                first = spans.pop()[0]
            spans.append((first, last))
    return spans
