"""Tells by its letters where a text was likely read in another encoding than it was written in.

A guess, so nothing is refused for it: names, brands and quotations look odd and are right. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import partial

WESTERN = "cp1252"
"""What spreadsheets write on an older Windows of western Europe."""
CYRILLIC = "cp1251"
UTF_8 = "UTF-8"
LOST = "\N{REPLACEMENT CHARACTER}"
"""Stands where a decoder gave up a byte."""
EXCERPT = 30
CONTROL = re.compile("[\x80-\x9f]")
"""What cp1252 has as quotation marks and dashes, read as ISO 8859-1."""
FOREIGN = re.compile(r"(?<!\w)[À-ÖØ-öø-ÿ]{4,}(?!\w)")
"""A word of accented letters alone: Cyrillic letters of cp1251, read as cp1252."""
LETTER = r"[^\W\d_]"
MIXED_WORD = re.compile(
    rf"(?<={LETTER})(?:[²³¹ª-ºⁿ]|[^\w\s'’‘`´\-‐‑.,:;/&@()·])(?={LETTER})|[A-Za-z][Ͱ-ӿ]|[Ͱ-ӿ][A-Za-z]"
)
"""A sign that is no apostrophe or hyphen within a word, or letters of two scripts."""
BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
BESIDE = "»”“’…–—™®"
"""May follow a word without a space, and looks like the second byte of a letter: `«FÄRDIGLÄ»`."""
SHORTEST_CYRILLIC = 4
"""Two letters of Ukrainian may look like one that was read wrongly, two pairs do not."""
HALF_A_QUOTE = re.compile("â€(?!\\w)")
"""What is left of a closing quotation mark, whose last byte cp1252 does not have."""


BYTES_OF: Mapping[str, Mapping[int, int]] = {
    encoding: {
        **{byte: byte for byte in range(0x80, 0xA0)},
        **{ord(bytes([byte]).decode(encoding, "replace")): byte for byte in range(0x80, 0x100)},
    }
    for encoding in (WESTERN, CYRILLIC)
}
"""The byte of each letter that an encoding has above ASCII.

A control character is the byte of its number: so browsers read what has no letter.
"""


def likelier(text: str, encoding: str | None = None) -> tuple[str, str] | None:
    """How a text would read in another encoding that is likelier, and its name; else None.

    `encoding` is the one that it was read in, where that is known not to be UTF-8.
    """
    if text.isascii():
        return None
    as_utf8 = [_again(text, "utf-8", encoding)] if encoding else []
    as_utf8 += [_from_utf8(text, each) for each in BYTES_OF]
    better, name = next((each for each in as_utf8 if each not in (None, text)), None), UTF_8
    if better is None and CONTROL.search(text):
        better, name = _again(text, WESTERN, "latin-1"), WESTERN
    elif better is None and FOREIGN.search(text):
        better, name = _again(text, CYRILLIC, WESTERN), CYRILLIC
    elif better is None and encoding is not None and MIXED_WORD.search(text):
        better, name = _again(text, WESTERN, encoding), WESTERN
        better = None if better is None or MIXED_WORD.search(better) else better
    return None if better is None else (better, name)


def doubt_words(text: str, encoding: str | None = None) -> tuple[str, str] | None:
    """What to say of a text that was likely read wrongly, and the encoding it was written in."""
    better = likelier(text, encoding)
    if better is None:
        return None
    return f"reads {_excerpt(text)}, and as {better[1]} {_excerpt(better[0])}", better[1]


def loss_words(text: str) -> str:
    """Where letters of a text were lost, in words; empty where none were."""
    return f"{LOST} stands where letters were lost: {_excerpt(text)}" if LOST in text else ""


def _excerpt(text: str) -> str:
    """The text around its first letter beyond ASCII."""
    at = next((n for n, letter in enumerate(text) if not letter.isascii()), 0)
    start = max(at - EXCERPT // 2, 0)
    return repr(text[start : start + EXCERPT])


def _from_utf8(text: str, encoding: str) -> str:
    """A text with the letters that were UTF-8 and were read in an encoding; the others stay."""
    meant = BEYOND_ASCII.sub(partial(_meant, text, encoding), text)
    return HALF_A_QUOTE.sub("”", meant) if encoding == WESTERN else meant


def _meant(text: str, encoding: str, run: re.Match[str]) -> str:
    """What letters beyond ASCII were before they were read wrongly; themselves where they fit."""
    letters, read = BYTES_OF[encoding], run[0]
    is_closed = all(letter in BESIDE for letter in read[1:])
    if is_closed and (len(read) > 2 or text[: run.start()][-1:].isupper()):
        return read
    if encoding == CYRILLIC and len(read) < SHORTEST_CYRILLIC:
        return read
    try:
        meant = bytes(letters[ord(letter)] for letter in read).decode("utf-8")
    except (KeyError, UnicodeDecodeError):
        return read
    return meant if all(unicodedata.category(letter)[0] in "LPSZN" for letter in meant) else read


def _again(text: str, encoding: str, read_as: str) -> str | None:
    """A text that was read in one encoding, as it reads in another; None where it is not one."""
    try:
        return text.encode(read_as).decode(encoding)
    except UnicodeError:
        return None
