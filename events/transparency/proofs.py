"""Proof that one event is in the log: a text that can be checked without the log.

The form is c2sp.org/tlog-proof: index, hashes, checkpoint; the event itself goes along as `extra`.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from events.encoding.rows import leaf_data
from events.envelope import EventData
from events.errors import EventStoreError
from events.merkle.tree import ProofInvalid, check_inclusion, inclusion_proof, leaf_hash
from events.store import EventStore
from events.transparency.checkpoints import ORIGIN, SIZE, Checkpoint, parse_checkpoint, tree_head
from events.transparency.notes import Signer, Verifier, from_base64, to_base64

HEADER = "c2sp.org/tlog-proof@v1"


class UnknownEvent(EventStoreError):
    """An id that no event has."""


class Proof(Struct, frozen=True):
    """An event as it was hashed, its index in the log, and the way from it to the root."""

    event: bytes
    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    """A signed note, or the bare body of a log without a key."""

    @property
    def text(self) -> str:
        lines = [HEADER, f"extra {to_base64(self.event)}", f"index {self.index}"]
        lines += [to_base64(hash_) for hash_ in self.hashes]
        return "\n".join(lines) + f"\n\n{self.checkpoint}"


def prove_inclusion(store: EventStore, event_id: str, signer: Signer | None = None) -> Proof:
    """The proof of one event against the log as it stands; reads about log2(size) rows."""
    event = store.find(event_id)
    if event is None:
        raise UnknownEvent(f"no event {event_id!r}", hint="pactwatch event list")
    row = next(store.rows(after=event.position - 1))
    head = tree_head(store)
    now = Checkpoint(signer.name if signer else ORIGIN, head)
    hashes = inclusion_proof(row.position - 1, head.size, store.node)
    note = signer.sign(now.body) if signer else now.body
    return Proof(leaf_data(*row[:8]), row.position - 1, tuple(hashes), note)


def parse_proof(text: str) -> Proof:
    """A proof from its text; ProofInvalid for anything else."""
    head, _, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    shaped = len(lines) >= 3 and lines[0] == HEADER and lines[1].startswith("extra ")
    number = lines[2].removeprefix("index ") if shaped else ""
    if not shaped or not SIZE.match(number):
        raise _not_a_proof()
    event = _decoded(lines[1].removeprefix("extra "))
    hashes = tuple(_decoded(line) for line in lines[3:])
    return Proof(event, int(number), hashes, checkpoint)


def check_proof(text: str, verifier: Verifier | None = None) -> tuple[EventData, Checkpoint]:
    """The event and the checkpoint of a proof that holds; ProofInvalid for one that does not.

    Without a verifier only the hashes are checked, not who vouches for the root.
    """
    proof = parse_proof(text)
    against = parse_checkpoint(proof.checkpoint, verifier)
    head = against.head
    check_inclusion(leaf_hash(proof.event), proof.index, head.size, proof.hashes, head.root)
    event: EventData = msgspec.json.decode(proof.event)
    return event, against


def _decoded(text: str) -> bytes:
    raw = from_base64(text)
    if not raw:
        raise _not_a_proof()
    return raw


def _not_a_proof() -> ProofInvalid:
    """No error quotes the text: a file that was named by mistake may hold a secret."""
    return ProofInvalid(
        f"not a proof; expected {HEADER!r}, extra, index and hashes",
        hint="pactwatch proof ENTRY",
    )
