"""Messages out of files as mail programs keep them: one .eml, an mbox, a maildir, a folder."""

from __future__ import annotations

import mailbox
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from notifications.errors import UnreadableReport

LARGEST = 10 * 1024 * 1024
"""Bytes of one message: a report is small, and what is larger is cut here."""


def messages_in(path: str) -> Iterator[bytes]:
    """The raw messages of a file or folder; `-` is one message or an mbox on standard input."""
    if path == "-":
        yield from _split(sys.stdin.buffer.read())
        return
    place = Path(path)
    try:
        yield from _folder(place) if place.is_dir() else _file(place)
    except (OSError, mailbox.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UnreadableReport(
            f"{path}: {reason}; expected an .eml file, an mbox or a maildir",
            hint="pactwatch bounce import bounces.mbox",
        ) from error


def _folder(place: Path) -> Iterator[bytes]:
    """A maildir's new and current messages, or the .eml files of a folder."""
    is_maildir = (place / "new").is_dir() and (place / "cur").is_dir()
    inside = [place / "new", place / "cur"] if is_maildir else [place]
    for folder in inside:
        for file in sorted(folder.iterdir()):
            if file.is_file() and (is_maildir or file.suffix == ".eml"):
                yield from _file(file)


def _file(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        is_mbox = opened.read(5) == b"From "
    if not is_mbox:
        with file.open("rb") as opened:
            yield opened.read(LARGEST)
        return
    with closing(mailbox.mbox(file, create=False)) as box:
        for key in box.keys():  # noqa: SIM118
            yield box.get_bytes(key)[:LARGEST]


def _split(raw: bytes) -> Iterator[bytes]:
    """Standard input, which a mail server may feed with one message."""
    if not raw.startswith(b"From "):
        yield raw[:LARGEST]
        return
    for part in raw.split(b"\nFrom "):
        yield part.partition(b"\n")[2][:LARGEST]
