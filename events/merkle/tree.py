"""The Merkle tree of RFC 6962, section 2.1: roots, proofs, and how a reader checks them.

Pure. A tree is given as `node(level, index)`, the root of the complete subtree over the leaves
[index * 2^level, (index + 1) * 2^level), counted from 0; level 0 is a leaf's hash. Only complete
subtrees are asked for, about log2(size) of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256

from events.errors import EventStoreError

Node = Callable[[int, int], bytes]
EMPTY_ROOT = sha256(b"").digest()


class ProofInvalid(EventStoreError):
    """A proof that does not lead to the root it was given for."""

    exit_code = 4


def leaf_hash(data: bytes) -> bytes:
    return sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


def root(size: int, node: Node) -> bytes:
    """The root of the first `size` leaves."""
    return _subtree(0, size, node) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, node: Node) -> list[bytes]:
    """The hashes that lead from leaf `index` to the root of `size` leaves, lowest first."""
    if not 0 <= index < size:
        raise ProofInvalid(
            f"leaf {index} in a log of {size}", hint="a leaf's index is its position less one"
        )
    return _path(index, 0, size, node)


def consistency_proof(old: int, size: int, node: Node) -> list[bytes]:
    """The hashes that show that `size` leaves begin with the `old` ones."""
    if not 0 <= old <= size:
        raise ProofInvalid(f"a log of {size} can not extend one of {old}", hint="swap the two")
    return _extension(old, 0, size, node, whole=True) if 0 < old < size else []


def _subtree(start: int, end: int, node: Node) -> bytes:
    """The root of leaves [start, end); start is a multiple of the split size."""
    size = end - start
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return node(level, start >> level)
    middle = start + _split(size)
    return node_hash(_subtree(start, middle, node), _subtree(middle, end, node))


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def _path(index: int, start: int, end: int, node: Node) -> list[bytes]:
    if end - start == 1:
        return []
    middle = start + _split(end - start)
    if index < middle:
        return [*_path(index, start, middle, node), _subtree(middle, end, node)]
    return [*_path(index, middle, end, node), _subtree(start, middle, node)]


def _extension(old: int, start: int, end: int, node: Node, *, whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 6962; `whole` while the old root itself need not be sent."""
    if old == end:
        return [] if whole else [_subtree(start, end, node)]
    middle = start + _split(end - start)
    if old <= middle:
        left = _extension(old, start, middle, node, whole=whole)
        return [*left, _subtree(middle, end, node)]
    right = _extension(old, middle, end, node, whole=False)
    return [*right, _subtree(start, middle, node)]


def root_of_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """The root that a proof leads to (RFC 9162, section 2.1.3.2); ProofInvalid for a wrong form."""
    place, last, reached = index, size - 1, leaf
    if not 0 <= index < size:
        raise ProofInvalid(f"leaf {index} in a log of {size}", hint="the proof is for another log")
    for sibling in proof:
        if last == 0:
            raise _wrong_length(index, size, proof)
        if place & 1 or place == last:
            reached = node_hash(sibling, reached)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            reached = node_hash(reached, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise _wrong_length(index, size, proof)
    return reached


def _wrong_length(index: int, size: int, proof: Sequence[bytes]) -> ProofInvalid:
    return ProofInvalid(
        f"{len(proof)} hashes do not lead from leaf {index} to the root of {size} leaves",
        hint="ask for the proof again",
    )


def check_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected_root: bytes
) -> None:
    """Raise ProofInvalid unless `leaf` is leaf `index` of the log with this root."""
    if root_of_inclusion(leaf, index, size, proof) != expected_root:
        raise ProofInvalid(
            f"leaf {index} is not what the log of {size} with this root holds",
            hint="pactwatch verify --checkpoint FILE",
        )


def check_consistency(
    old: int, old_root: bytes, size: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Raise ProofInvalid unless the log of `size` begins with the log of `old` leaves."""
    if old in (0, size):
        expected = new_root if old else EMPTY_ROOT
        good = not proof and old_root == expected and (old < size or new_root == expected)
    else:
        good = 0 < old < size and _leads_to_both(old, old_root, size, new_root, list(proof))
    if not good:
        raise ProofInvalid(
            f"the log of {size} events does not extend the log of {old} that was seen before",
            hint="pactwatch verify --checkpoint FILE",
        )


def _leads_to_both(
    old: int, old_root: bytes, size: int, new_root: bytes, proof: list[bytes]
) -> bool:
    """RFC 9162, section 2.1.4.2."""
    if old & (old - 1) == 0:
        proof = [old_root, *proof]
    place, last = old - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    if not proof:
        return False
    reached_old = reached_new = proof[0]
    for sibling in proof[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            reached_old = node_hash(sibling, reached_old)
            reached_new = node_hash(sibling, reached_new)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            reached_new = node_hash(reached_new, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and (reached_old, reached_new) == (old_root, new_root)
