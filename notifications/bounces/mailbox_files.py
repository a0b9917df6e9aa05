"""Reads messages from files as mail programs keep them: an .eml, an mbox, a maildir, a folder."""

from __future__ import annotations

import mailbox
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from notifications.errors import UnreadableReport

MAX_MESSAGE_BYTES = 10 * 1024 * 1024
"""A report is small; a larger message is cut here."""


def messages_in(path: str) -> Iterator[bytes]:
    """The raw messages of a file or folder; `-` is one message or an mbox on standard input."""
    if path == "-":
        raw = sys.stdin.buffer.read()
        is_mbox = raw.startswith(b"From ")
        parts = [part.partition(b"\n")[2] for part in raw.split(b"\nFrom ")] if is_mbox else [raw]
        yield from (part[:MAX_MESSAGE_BYTES] for part in parts)
        return
    root = Path(path)
    try:
        yield from _messages_of_folder(root) if root.is_dir() else _messages_of_file(root)
    except (OSError, mailbox.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UnreadableReport(
            f"{path}: {reason}; expected an .eml file, an mbox or a maildir",
            hint="pactwatch bounce import bounces.mbox",
        ) from error


def _messages_of_folder(root: Path) -> Iterator[bytes]:
    """A maildir's new and current messages, or every file of a folder."""
    is_maildir = (root / "new").is_dir() and (root / "cur").is_dir()
    folders = [root / "new", root / "cur"] if is_maildir else [root]
    for folder in folders:
        for file in sorted(folder.iterdir()):
            if file.is_file():
                yield from _messages_of_file(file)


def _messages_of_file(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        is_mbox = opened.read(5) == b"From "
    if not is_mbox:
        with file.open("rb") as opened:
            yield opened.read(MAX_MESSAGE_BYTES)
        return
    with closing(mailbox.mbox(file, create=False)) as box:
        for key in box.keys():  # noqa: SIM118
            yield box.get_bytes(key)[:MAX_MESSAGE_BYTES]
