"""Checkpoints (c2sp.org/tlog-checkpoint): size and root of the log, in three lines of text.

Who keeps one can later prove that the log still begins with what it held then.
"""

from __future__ import annotations

import base64
import re

from msgspec import Struct

from events.errors import EventStoreError
from events.merkle.tree import root
from events.store import EventStore
from events.transparency import notes
from events.transparency.notes import Signer, Verifier

HEX = "sha256:"
SIZE = re.compile(r"(0|[1-9]\d{0,18})\Z", re.ASCII)
ORIGIN = "pactwatch"
"""The origin of a log that no key has named."""


class CheckpointInvalid(EventStoreError):
    """Text that is not a checkpoint."""

    exit_code = 4


class TreeHead(Struct, frozen=True):
    """How many events the log holds, and the root over them."""

    size: int
    root: bytes

    @property
    def root_text(self) -> str:
        return notes.to_base64(self.root)


class Checkpoint(Struct, frozen=True):
    """A tree head and the name of the log it is of."""

    origin: str
    head: TreeHead

    @property
    def body(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.head.size}\n{self.head.root_text}\n"

    @property
    def line(self) -> str:
        """The checkpoint in one line, for digests and answers."""
        return f"{self.origin} {self.head.size} {self.head.root_text}"


def in_hex(line: str) -> str:
    """The line of a checkpoint with its root in hex on a line of its own, for mail.

    Letters of base64 can look like a Bitcoin address, which filters of spam count against it, and
    lines of mail are at most 78 long. A signed note stays as it is.
    """
    parts = line.rsplit(" ", 2)
    if len(parts) != 3 or "\n" in line:
        return line
    origin, size, root = parts
    return f"{origin} {size}\n{HEX}{base64.b64decode(root).hex()}"


def tree_head(store: EventStore, size: int | None = None) -> TreeHead:
    """The head of the log, or as it was at an earlier size; reads about log2(size) rows."""
    size = store.head() if size is None else size
    return TreeHead(size, root(size, store.node))


def checkpoint(store: EventStore, origin: str = ORIGIN) -> Checkpoint:
    return Checkpoint(origin, tree_head(store))


def checkpoint_line(
    store: EventStore, size: int | None = None, signer: Signer | None = None
) -> str:
    """The checkpoint in one line, of the log as it stands or at an earlier size.

    With a signer it is a signed note instead, of several lines.
    """
    checkpoint = Checkpoint(ORIGIN, tree_head(store, size))
    return signed(checkpoint, signer) if signer else checkpoint.line


def signed(checkpoint: Checkpoint, signer: Signer) -> str:
    """The checkpoint as a signed note; the signer's name is the origin."""
    return signer.sign(Checkpoint(signer.name, checkpoint.head).body)


def parse_checkpoint(text: str, verifier: Verifier | None = None) -> Checkpoint:
    """A checkpoint from a note, a bare body, or the one line of a digest.

    With a verifier the text must be a note that it has signed, about a log of its name.
    """
    if verifier is not None:
        parsed = _parsed(notes.open_note(text, [verifier]))
        if parsed.origin != verifier.name:
            raise CheckpointInvalid(
                f"a checkpoint of {parsed.origin}, expected {verifier.name}",
                hint="check the public key",
            )
        return parsed
    body = notes.split_note(text)[0] if "\n\n" in text else text
    if HEX in body:
        return _parsed(_lines(" ".join(body.split())))
    return _parsed(body if "\n" in body.strip() else _lines(body))


def _lines(line: str) -> str:
    """The body of a checkpoint of one line, whose root may be in hex."""
    *rest, root = line.strip().rsplit(" ", 2)
    if root.startswith(HEX):
        try:
            root = notes.to_base64(bytes.fromhex(root.removeprefix(HEX)))
        except ValueError as error:
            raise _invalid() from error
    return "\n".join((*rest, root)) + "\n"


def _parsed(body: str) -> Checkpoint:
    lines = body.split("\n")
    if len(lines) < 4 or not lines[0].strip():
        raise _invalid()
    origin, size, encoded = lines[:3]
    root = notes.from_base64(encoded)
    if not SIZE.match(size) or len(root) != 32:
        raise _invalid()
    return Checkpoint(origin, TreeHead(int(size), root))


def _invalid() -> CheckpointInvalid:
    """No error quotes the text: a file that was named by mistake may hold a secret."""
    return CheckpointInvalid(
        "not a checkpoint; expected origin, size and base64 root, a line each",
        hint="pactwatch checkpoint export -o FILE",
    )
