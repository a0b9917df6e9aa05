"""Tells by its letters where a text was likely read in another encoding than it was written in.

A guess, so nothing is refused for it: names, brands and quotations look odd and are right. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from tracker.spreadsheets.sheet import Sheet, place_of

WESTERN = "cp1252"
"""What spreadsheets write on an older Windows of western Europe."""
CYRILLIC = "cp1251"
EXCERPT = 30


class Doubt(NamedTuple):
    """How a text reads, how it would read in another encoding, and what to do about it."""

    words: str
    hint: str


LOST = "\ufffd"
CONTROL = re.compile("[\x80-\x9f]")
"""What cp1252 has as quotation marks and dashes, read as ISO 8859-1."""
NEVER = re.compile("Ã[\xa1-\xbf]|â€.|Â[\xa0-\xbf]")
"""UTF-8 read as cp1252, in signs that no language writes beside each other."""
FOREIGN = re.compile(r"(?<!\w)[À-ÖØ-öø-ÿ]{4,}(?!\w)")
"""A word of accented letters alone: Cyrillic letters of cp1251, read as cp1252."""
LETTER = r"[^\W\d_]"
MIXED_WORD = re.compile(
    rf"(?<={LETTER})(?:[²³¹ª-ºⁿ]|[^\w\s'’‘`´\-‐‑.,:;/&@()·])(?={LETTER})|[A-Za-z][Ͱ-ӿ]|[Ͱ-ӿ][A-Za-z]"
)
"""A sign that is no apostrophe or hyphen within a word, or letters of two scripts."""
AS_SAVED = "it was saved so: save it anew, as CSV UTF-8, from where it reads right"


def doubts_in(sheet: Sheet) -> Iterator[str]:
    """What to say of each cell of a sheet that looks as if it were read in the wrong encoding."""
    for row in sheet.rows:
        for column, _, text in sheet.fields(row):
            if doubt := doubt_of(text, sheet.encoding):
                place = place_of(sheet.problem(row.number, column, doubt.words))
                yield f"{place} {doubt.words}; taken as it is; where that is wrong: {doubt.hint}"


def doubt_of(text: str, encoding: str | None) -> Doubt | None:
    """What is odd about a text that was read with an encoding; None stands for UTF-8."""
    if text.isascii():
        return None
    if LOST in text:
        return Doubt(f"{LOST} stands where letters were lost: {_excerpt(text)}", AS_SAVED)
    better, name = _better(text, encoding)
    if better is None:
        return None
    if encoding is None:
        hint = AS_SAVED
    else:
        hint = "leave --encoding out" if name == "UTF-8" else f"--encoding {name}"
    return Doubt(f"reads {_excerpt(text)}, and as {name} {_excerpt(better)}", hint)


def _better(text: str, encoding: str | None) -> tuple[str | None, str]:
    """How a text would read in another encoding that is likelier, and its name."""
    as_utf8 = _again(text, "utf-8", encoding or WESTERN, "latin-1")
    if as_utf8 is not None and as_utf8 != text:
        return as_utf8, "UTF-8"
    if NEVER.search(text):
        return NEVER.sub(lambda match: _again(match[0], "utf-8", WESTERN) or "…", text), "UTF-8"
    if CONTROL.search(text):
        return _again(text, WESTERN, "latin-1"), WESTERN
    if FOREIGN.search(text):
        return _again(text, CYRILLIC, WESTERN), CYRILLIC
    if encoding is not None and MIXED_WORD.search(text):
        western = _again(text, WESTERN, encoding)
        if western is not None and not MIXED_WORD.search(western):
            return western, WESTERN
    return None, ""


def _again(text: str, encoding: str, *read_as: str) -> str | None:
    """A text that was read in one of some encodings, as it reads in another; None where none is."""
    for each in read_as:
        try:
            return text.encode(each).decode(encoding)
        except UnicodeError:
            continue
    return None


def _excerpt(text: str) -> str:
    """The text around its first letter beyond ASCII."""
    at = next(n for n, letter in enumerate(text) if not letter.isascii())
    start = max(at - EXCERPT // 2, 0)
    return repr(text[start : start + EXCERPT])


def hint_of_nulls(content: bytes) -> str:
    """What to do about a file with NUL characters: two bytes a letter, where every other is one."""
    for first, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if content[first::2].count(0) > len(content) // 4:
            return f"--encoding {name}"
    return "remove it"
