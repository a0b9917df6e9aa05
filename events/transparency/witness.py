"""A witness: a file that keeps the last tree head it saw, and takes only one that extends it."""

from __future__ import annotations

from pathlib import Path

from events.errors import EventStoreError
from events.files import PRIVATE, read_text, replacing
from events.merkle.tree import ProofInvalid, check_consistency, consistency_proof
from events.store import EventStore
from events.transparency.checkpoints import (
    ORIGIN,
    Checkpoint,
    TreeHead,
    parse_checkpoint,
    tree_head,
)
from events.transparency.notes import Signer


class WitnessRefused(EventStoreError):
    """The log does not extend what the witness saw; the witness keeps what it had."""

    exit_code = 4


def advance_witness(path: Path, store: EventStore, signer: Signer | None = None) -> Checkpoint:
    """Show the log to the witness: it checks, keeps the new head and answers with it.

    With a signer what is kept is a signed checkpoint of the signer's name.
    """
    seen = witnessed_checkpoint(path)
    now = Checkpoint(signer.name if signer else ORIGIN, tree_head(store))
    if seen is not None:
        _check(seen, now, store)
    if seen != now:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path, PRIVATE) as file:
            file.write((signer.sign(now.body) if signer else now.body).encode())
    return now


def witnessed_checkpoint(path: Path) -> Checkpoint | None:
    """What the witness saw last; None before it saw anything."""
    return parse_checkpoint(read_text(path)) if path.exists() else None


def _check(seen: Checkpoint, now: Checkpoint, store: EventStore) -> None:
    if seen.origin not in (now.origin, ORIGIN):
        raise WitnessRefused(
            f"the witness keeps {seen.origin}, this log is {now.origin}",
            hint="give each log a witness file of its own",
        )
    check_extends(seen.head, now.head, store)


def check_extends(seen: TreeHead, now: TreeHead, store: EventStore) -> None:
    """Raise WitnessRefused unless the log at `now` begins with the log at `seen`."""
    try:
        proof = consistency_proof(seen.size, now.size, store.node)
        check_consistency(seen.size, seen.root, now.size, now.root, proof)
    except ProofInvalid as error:
        raise WitnessRefused(
            f"{error.message}: seen {seen.size} {seen.root_text}, found {now.size} {now.root_text}",
            hint="pactwatch verify --checkpoint FILE",
        ) from error
