"""The text of a document: its lines, the form in which they are compared, and their hashes. Pure.

Only hashes are put on record. Of a line of a few words they can be guessed, as any hash can.
"""

from __future__ import annotations

import re
import unicodedata
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256

from msgspec import Struct

from tracker.errors import TrackerError

HASH_BYTES, HASH_LENGTH = 6, 8
"""48 bits of SHA-256 tell lines apart; the hash of the whole file vouches for it."""
MOST_LINES, MOST_BYTES = 50_000, 16 << 20
ALIKE = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u2039\u203a`\u00b4", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
    | dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", None)
)
"""Quotation marks and dashes of every kind, and what is not seen at all."""
LINE_END = re.compile("\r\n|\r|\n")


@lru_cache(maxsize=8192)
def normal_form(text: str) -> str:
    """A text as it is compared: one space for any, straight quotes, one kind of dash, NFKC."""
    # NFKC takes an accent that stands alone for a space and an accent, and makes new quotes.
    plain = unicodedata.normalize("NFKC", text.translate(ALIKE)).translate(ALIKE)
    return " ".join(plain.split())


def line_hash(line: str) -> str:
    """Eight characters that stand for a line in its normal form."""
    digest = sha256(normal_form(line).encode("utf-8", "surrogatepass")).digest()
    return urlsafe_b64encode(digest[:HASH_BYTES]).decode()


BLANK = line_hash("")


class SourceText(Struct, frozen=True):
    """A text as its file has it: the hash of all of it, and its lines from 1 on."""

    sha256: str
    lines: tuple[str, ...]

    @property
    def hashes(self) -> tuple[str, ...]:
        return tuple(map(line_hash, self.lines))


def read_text(content: bytes, name: str) -> SourceText:
    """The text of a file; raises TrackerError for one that is none, or too long."""
    if len(content) > MOST_BYTES:
        raise _too_long(name, f"{len(content):,} bytes", f"{MOST_BYTES:,}")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TrackerError(
            f"{name}: expected text in UTF-8, found something else at byte {error.start}",
            hint="save the document as plain text: pdftotext FILE.pdf, or your editor's UTF-8",
        ) from error
    lines = LINE_END.split(text)
    if lines[-1] == "":
        lines.pop()
    if not any(map(normal_form, lines)):
        raise TrackerError(
            f"{name}: expected a text, found no words in it", hint="was another file meant?"
        )
    if len(lines) > MOST_LINES:
        raise _too_long(name, f"{len(lines):,} lines", f"{MOST_LINES:,}")
    return SourceText(sha256(content).hexdigest(), tuple(lines))


def _too_long(name: str, size: str, most: str) -> TrackerError:
    return TrackerError(
        f"{name}: {size}; expected at most {most}",
        hint="cut it into parts, each a document with an id of its own",
    )


def ranges(numbers: Sequence[int]) -> str:
    """Numbers of lines in few words: `3, 7-9`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    return ", ".join("-".join(map(str, run)) for run in runs)
