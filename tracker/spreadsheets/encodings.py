"""Says of the cells of a sheet where they were likely read in a wrong encoding, with the option.

What the letters tell is in `events.garbled`. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from events.garbled import UTF_8, doubt_words, loss_words
from tracker.spreadsheets.sheet import Sheet


class Doubt(NamedTuple):
    """How a text reads, how it would read in another encoding, and what to do about it."""

    words: str
    hint: str


AS_SAVED = "it was saved so: save it anew, as CSV UTF-8, from where it reads right"


def doubts_in(sheet: Sheet) -> Iterator[str]:
    """What to say of each cell of a sheet that looks as if it were read in the wrong encoding."""
    for row in sheet.rows:
        for column, _, text in sheet.fields(row):
            if doubt := doubt_of(text, sheet.encoding):
                place = sheet.problem(row.number, column, doubt.words).place
                yield f"{place} {doubt.words}; taken as it is; where that is wrong: {doubt.hint}"


def doubt_of(text: str, encoding: str | None) -> Doubt | None:
    """What is odd about a text that was read with an encoding; None stands for UTF-8."""
    if loss := loss_words(text):
        return Doubt(loss, AS_SAVED)
    doubt = doubt_words(text, encoding)
    if doubt is None:
        return None
    words, name = doubt
    if encoding is None:
        return Doubt(words, AS_SAVED)
    return Doubt(words, "leave --encoding out" if name == UTF_8 else f"--encoding {name}")


def hint_of_nulls(content: bytes) -> str:
    """What to do about a file with NUL characters: two bytes a letter, where every other is one."""
    for first, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if content[first::2].count(0) > len(content) // 4:
            return f"--encoding {name}"
    return "remove it"
