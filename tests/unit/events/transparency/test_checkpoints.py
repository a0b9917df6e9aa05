"""Checkpoints, the witness and proofs: what somebody without the database can hold us to."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from events import EventStore, NewEvent
from events.merkle.tree import EMPTY_ROOT, ProofInvalid
from events.transparency.checkpoints import (
    Checkpoint,
    CheckpointInvalid,
    checkpoint,
    in_hex,
    parse_checkpoint,
    signed,
    tree_head,
)
from events.transparency.notes import NoteError, generate
from events.transparency.proofs import UnknownEvent, check_proof, parse_proof, prove_inclusion
from events.transparency.witness import WitnessRefused, advance_witness, witnessed_checkpoint


@pytest.fixture
def store() -> Iterator[EventStore]:
    with EventStore.open("memory://") as opened:
        for number in range(1, 14):
            event = NewEvent(type="t", data={"n": number, "note": "x"}, id=f"e{number}")
            opened.append("a", [event])
        yield opened


SIGNER = generate("example.org/log")


def test_a_checkpoint_is_read_back_from_each_of_its_forms(store: EventStore) -> None:
    """Signed note, bare body, and one line, its root in base64 or, as in mail, in hex."""
    made = checkpoint(store, SIGNER.name)
    note = signed(made, SIGNER)

    assert [made] * 5 == [
        parse_checkpoint(note),
        parse_checkpoint(note, SIGNER.verifier),
        parse_checkpoint(made.body),
        parse_checkpoint(made.line),
        parse_checkpoint(in_hex(made.line)),
    ]
    assert note == in_hex(note)


def test_an_empty_log_has_a_checkpoint() -> None:
    """Size nought and the root of nothing."""
    with EventStore.open("memory://") as empty:
        assert (0, EMPTY_ROOT) == (tree_head(empty).size, tree_head(empty).root)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n13\n", "\n013\n"),
        ("\n13\n", "\n-13\n"),
        ("\n13\n", "\n１３\n"),
        ("=\n", "\n"),
        ("example.org/log\n", "\n"),
        ("example.org/log\n", ""),
    ],
)
def test_what_is_no_checkpoint_is_refused(store: EventStore, old: str, new: str) -> None:
    """Sizes and roots have one form each."""
    body = checkpoint(store, SIGNER.name).body
    assert old in body
    with pytest.raises(CheckpointInvalid):
        parse_checkpoint(body.replace(old, new, 1))


@pytest.mark.parametrize("root", ["sha256:", "sha256:zz", "sha256:" + "0" * 62])
def test_a_root_in_hex_is_read_whole_or_not_at_all(root: str) -> None:
    """Of 32 bytes, as in base64."""
    with pytest.raises(CheckpointInvalid):
        parse_checkpoint(f"example.org/log 13 {root}")


def test_a_checkpoint_of_another_log_is_refused(store: EventStore) -> None:
    """The signer's name has to be the log's."""
    other = SIGNER.sign(Checkpoint("elsewhere", tree_head(store)).body)
    with pytest.raises(CheckpointInvalid, match="elsewhere"):
        parse_checkpoint(other, SIGNER.verifier)
    with pytest.raises(NoteError):
        parse_checkpoint(signed(checkpoint(store), SIGNER), generate("example.org/log").verifier)


def test_a_witness_goes_on_with_the_log_and_refuses_another(
    store: EventStore, tmp_path: Path
) -> None:
    """It keeps the last head, takes what extends it, and keeps what it had when it refuses."""
    path = tmp_path / "deep" / "witness"
    first = advance_witness(path, store, SIGNER)
    store.append("a", [NewEvent(type="t", data={}, id="more")])
    second = advance_witness(path, store, SIGNER)
    with EventStore.open("memory://") as other:
        for number in range(20):
            other.append("a", [NewEvent(type="t", data={"n": number})])
        with pytest.raises(WitnessRefused, match="does not extend"):
            advance_witness(path, other, SIGNER)
    with EventStore.open("memory://") as shorter, pytest.raises(WitnessRefused):
        advance_witness(path, shorter, SIGNER)
    with pytest.raises(WitnessRefused, match=r"this log is example\.org/other"):
        advance_witness(path, store, generate("example.org/other"))

    assert (13, 14, second, [path]) == (
        first.head.size,
        second.head.size,
        witnessed_checkpoint(path),
        list(path.parent.iterdir()),
    )


@pytest.mark.parametrize("number", range(1, 14))
def test_every_event_can_be_proven_without_the_log(store: EventStore, number: int) -> None:
    """The text holds the event, and is good for who trusts the key."""
    text = prove_inclusion(store, f"e{number}", SIGNER).text
    event, against = check_proof(text, SIGNER.verifier)

    assert (f"e{number}", number, 13) == (event["id"], event["position"], against.head.size)


def test_a_changed_proof_is_refused(store: EventStore) -> None:
    """Another event, another index, another hash, another checkpoint, or no proof at all."""
    text = prove_inclusion(store, "e3", SIGNER).text
    other = prove_inclusion(store, "e4", SIGNER)
    proof = parse_proof(text)
    lines = text.splitlines(keepends=True)
    spoilt = [
        text.replace(lines[1], other.text.splitlines(keepends=True)[1]),
        text.replace("index 2\n", "index 3\n"),
        text.replace("index 2\n", "index 12\n"),
        text.replace(lines[3], ""),
        text.replace(lines[3], lines[4]),
        text.replace(proof.checkpoint, signed(checkpoint(store), SIGNER).replace("13", "12")),
        text.replace("c2sp.org", "c2sp.com"),
        text.replace("extra ", "extra !"),
        "",
    ]
    for wrong in spoilt:
        assert wrong != text
        with pytest.raises((ProofInvalid, NoteError, CheckpointInvalid)):
            check_proof(wrong, SIGNER.verifier)


def test_what_is_not_there_can_not_be_proven(store: EventStore) -> None:
    """The error says how to find ids."""
    with pytest.raises(UnknownEvent, match="nothing"):
        prove_inclusion(store, "nothing")


def test_a_witness_is_made_for_its_owner_alone(store: EventStore, tmp_path: Path) -> None:
    """How long the log is may tell what is not for everybody; who lets others read it decides."""
    path, before = tmp_path / "witness", os.umask(0o022)
    try:
        advance_witness(path, store)
        made = path.stat().st_mode & 0o777
        path.chmod(0o644)
        advance_witness(path, store, SIGNER)
    finally:
        os.umask(before)

    assert (0o600, 0o644) == (made, path.stat().st_mode & 0o777)
