"""Where a text may break into lines of a width, and how many columns of a terminal it takes.

Text breaks after a space, `/` or `,`, never inside an instant; words like `in_force`,
`RoundHeld` and `Europe/Kyiv` stay in one piece while there is room. Ids are never broken, so that
they can be copied.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from rich.cells import cell_len, chop_cells

PIECE = re.compile(
    r"\d{4}-\d\d-\d\d(?: \d\d:\d\d[^ ,]*)?[ ,/]*|-> ?"
    r"|[(\[]?[A-Z][a-z]\w+(?:/[A-Z][A-Za-z_\-]+)+(?![\w/])[)\].;:]*[ ,]*"
    r"|(?:[^ /,\-]|-(?!>)|(?<=\d),(?=\d))+[ /,]*|[ /,\-]+"
)
"""An instant or a day, an arrow, the name of a zone, or a word with what it may be broken after;
`1,000` is one."""
PART = re.compile(r"[^_/\-]*?[a-z](?=[A-Z])|[^_/\-]*[_/\-]|[^_/\-]+")
"""A part of a word like `in_force` or `RoundHeld`, which is broken where it does not fit in one."""
ID = re.compile(
    r"[(\[\"'“‘]*#?(?=[\w.:]*-)"
    r"(?:(?=\D*\d)[\w.:\-]+|[\w.:\-]{1,32}(?![\w.:\-]))"
    r"[)\]\"'”’;]*[ ,/]*\Z"
)
"""A word with a hyphen may be an id, whatever its column: `ds-ed24-003`, `russian-government`.

One without a number is none where it is longer than people name things: the end of an address.
"""


def pieces_of(line: str) -> list[str]:
    """The words of a line, each with what follows it up to where a line may end."""
    return PIECE.findall(line)


def is_id(piece: str) -> bool:
    return ID.match(piece) is not None


def parts_of(piece: str) -> list[str]:
    """What a word may be broken into; an id is one."""
    return [piece] if is_id(piece) else PART.findall(piece)


def _fits(text: str, width: int) -> bool:
    """Whether a text stands on one line as it is, each letter one column wide."""
    return len(text) <= width and text.isascii() and "\n" not in text


@lru_cache(maxsize=4096)
def wrapped(text: str, width: int) -> tuple[str, ...]:
    """Breaks a text into lines; a word that is wider than its column breaks at the end of it."""
    if _fits(text, width):
        return (text.rstrip(),)
    size = len if text.isascii() else cell_len
    lines = []
    for paragraph in text.split("\n"):
        lines.append("")
        for piece in _pieces(paragraph, width):
            if size((lines[-1] + piece).rstrip()) <= width:
                lines[-1] += piece
                continue
            if not lines[-1]:
                lines.pop()
            lines.append(piece)
            word = piece.rstrip()
            if size(word) > width and not is_id(word):
                lines[-1:] = filter(None, chop_cells(word, width))
                lines[-1] += piece[len(word) :]
    return tuple(line.rstrip() for line in lines)


def _pieces(text: str, width: int) -> Iterator[str]:
    for piece, size in _measured_pieces(text):
        yield from [piece] if size <= width else parts_of(piece)


@lru_cache(maxsize=4096)
def _measured_pieces(text: str) -> list[tuple[str, int]]:
    """The pieces of a text, each with its width; looked at again for each width of a column."""
    return [(piece, cell_len(piece.rstrip())) for piece in pieces_of(text)]


def padded(text: str, width: int) -> str:
    return text + " " * (width - width_of(text))


def width_of(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return len(text) if text.isascii() else cell_len(text)
