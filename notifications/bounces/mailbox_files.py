"""Reads messages from files as mail programs keep them: an .eml, an mbox, a maildir, a folder."""

from __future__ import annotations

import mailbox
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from notifications.bounces.intake import ArrivedMessage
from notifications.errors import UnreadableReport

MAX_MESSAGE_BYTES = 10 * 1024 * 1024
"""A report is small; a larger message is cut here."""


def messages_in(path: str) -> Iterator[ArrivedMessage]:
    """The messages of a file or folder; `-` is one message or an mbox on standard input."""
    if path == "-":
        raw = sys.stdin.buffer.read()
        is_mbox = raw.startswith(b"From ")
        parts = [part.partition(b"\n")[2] for part in raw.split(b"\nFrom ")] if is_mbox else [raw]
        for number, part in enumerate(parts, 1):
            yield ArrivedMessage(f"message {number}", part[:MAX_MESSAGE_BYTES])
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


def _messages_of_folder(root: Path) -> Iterator[ArrivedMessage]:
    """A maildir's new and current messages, or every file of a folder."""
    is_maildir = (root / "new").is_dir() and (root / "cur").is_dir()
    folders = [root / "new", root / "cur"] if is_maildir else [root]
    for folder in folders:
        for file in sorted(folder.iterdir()):
            if file.is_file():
                yield from _messages_of_file(file)


def _messages_of_file(file: Path) -> Iterator[ArrivedMessage]:
    with file.open("rb") as opened:
        is_mbox = opened.read(5) == b"From "
    if not is_mbox:
        with file.open("rb") as opened:
            yield ArrivedMessage(file.name, opened.read(MAX_MESSAGE_BYTES))
        return
    with closing(mailbox.mbox(file, create=False)) as box:
        for number, key in enumerate(box.keys(), 1):
            name = f"{file.name}, message {number}"
            yield ArrivedMessage(name, box.get_bytes(key)[:MAX_MESSAGE_BYTES])
