"""The Merkle tree against the public vectors and against a second, naive implementation."""

from __future__ import annotations

from functools import cache
from hashlib import sha256

import pytest

from events.merkle.frontier import Frontier, stored_node
from events.merkle.tree import (
    EMPTY_ROOT,
    ProofInvalid,
    check_consistency,
    check_inclusion,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    root_of_inclusion,
)
from tests.support.profiles import profile

PUBLIC_LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
PUBLIC_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [leaf_hash(str(number).encode()) for number in range(512)]
MOST = 130 if profile() == "dev" else len(LEAVES)
"""Every size to this one is tried; whatever was changed in the tree showed by a size of 14."""


class Log:
    """Leaves pushed one by one, as the stores do, with their subtrees kept beside them."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.rows: list[tuple[bytes, bytes]] = []
        edge = Frontier(0, self.node)
        for leaf in leaves:
            self.rows.append((leaf, edge.push(leaf)))

    def node(self, level: int, index: int) -> bytes:
        stored = stored_node(level, index, lambda position: self.rows[position - 1])
        assert stored is not None
        return stored


LOG = Log(LEAVES)
NODE = cache(LOG.node)
"""The subtrees of a log that does not grow."""


@cache
def naive_root(start: int, end: int) -> bytes:
    """MTH of RFC 6962, word for word."""
    if end - start == 0:
        return sha256(b"").digest()
    if end - start == 1:
        return LEAVES[start]
    k = naive_split(end - start)
    both = naive_root(start, start + k) + naive_root(start + k, end)
    return sha256(b"\x01" + both).digest()


@cache
def naive_split(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


@cache
def naive_path(m: int, start: int, end: int) -> tuple[bytes, ...]:
    """PATH of RFC 6962, word for word."""
    if end - start == 1:
        return ()
    k = naive_split(end - start)
    if m < k:
        return (*naive_path(m, start, start + k), naive_root(start + k, end))
    return (*naive_path(m - k, start + k, end), naive_root(start, start + k))


@cache
def naive_subproof(m: int, start: int, end: int, b: bool) -> tuple[bytes, ...]:
    """SUBPROOF of RFC 6962, word for word."""
    n = end - start
    if m == n:
        return () if b else (naive_root(start, end),)
    k = naive_split(n)
    if m <= k:
        return (*naive_subproof(m, start, start + k, b), naive_root(start + k, end))
    return (*naive_subproof(m - k, start + k, end, False), naive_root(start, start + k))


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_equal_the_public_vectors(size: int) -> None:
    """The eight leaves that implementations of certificate transparency share."""
    log = Log([leaf_hash(leaf) for leaf in PUBLIC_LEAVES])

    assert PUBLIC_ROOTS[size - 1] == root(size, log.node).hex()


def test_the_root_of_nothing_is_the_hash_of_nothing() -> None:
    """An empty log has a root too."""
    assert EMPTY_ROOT == root(0, NODE) == naive_root(0, 0)


def test_every_inclusion_proof_equals_the_naive_one_and_checks() -> None:
    """Every leaf of every size: each proof equal, and each leading to the root."""
    for size in range(1, MOST + 1):
        expected_root = naive_root(0, size)
        assert expected_root == root(size, NODE)
        for index in range(size):
            proof = inclusion_proof(index, size, NODE)
            assert naive_path(index, 0, size) == tuple(proof)
            assert expected_root == root_of_inclusion(LEAVES[index], index, size, proof)


def test_every_consistency_proof_equals_the_naive_one_and_checks() -> None:
    """Every pair of sizes: each proof equal, and accepted for exactly these two roots."""
    for size in range(1, MOST + 1):
        for old in range(1, size + 1):
            proof = consistency_proof(old, size, NODE)
            assert naive_subproof(old, 0, size, True) == tuple(proof)
            check_consistency(old, naive_root(0, old), size, naive_root(0, size), proof)


def spoilt(proof: list[bytes]) -> list[list[bytes]]:
    """The proof with each hash flipped, with each dropped, and with one more."""
    flipped = [
        [*proof[:n], bytes([h[0] ^ 1]) + h[1:], *proof[n + 1 :]] for n, h in enumerate(proof)
    ]
    dropped = [[*proof[:n], *proof[n + 1 :]] for n in range(len(proof))]
    return [*flipped, *dropped, [*proof, LEAVES[0]], [LEAVES[0], *proof]]


@pytest.mark.parametrize(("index", "size"), [(0, 1), (0, 2), (4, 7), (6, 7), (100, 511), (7, 8)])
def test_a_spoilt_inclusion_proof_is_refused(index: int, size: int) -> None:
    """Nothing but the right hashes in the right number for the right place is taken."""
    good = inclusion_proof(index, size, NODE)
    for proof in spoilt(good):
        with pytest.raises(ProofInvalid):
            check_inclusion(LEAVES[index], index, size, proof, root(size, NODE))
    for other in (index + 1, -1, size):
        with pytest.raises(ProofInvalid):
            check_inclusion(LEAVES[index], other, size, good, root(size, NODE))


@pytest.mark.parametrize(("old", "size"), [(1, 2), (3, 7), (4, 8), (6, 7), (256, 511), (8, 8)])
def test_a_spoilt_consistency_proof_is_refused(old: int, size: int) -> None:
    """Neither another proof nor another root of either log is taken."""
    good = consistency_proof(old, size, NODE)
    roots = (root(old, NODE), root(size, NODE))
    for proof in spoilt(good):
        with pytest.raises(ProofInvalid):
            check_consistency(old, roots[0], size, roots[1], proof)
    with pytest.raises(ProofInvalid):
        check_consistency(old, LEAVES[3], size, roots[1], good)
    with pytest.raises(ProofInvalid):
        check_consistency(old, roots[0], size, LEAVES[3], good)


def test_a_log_that_shrank_has_no_proof() -> None:
    """A smaller log never extends a larger one, and a leaf outside has no path."""
    with pytest.raises(ProofInvalid):
        consistency_proof(8, 7, NODE)
    with pytest.raises(ProofInvalid):
        check_consistency(8, root(8, NODE), 7, root(7, NODE), [])
    with pytest.raises(ProofInvalid):
        inclusion_proof(7, 7, NODE)


def test_leaves_and_nodes_hash_apart() -> None:
    """A leaf can not be passed off as a node."""
    assert leaf_hash(LEAVES[0] + LEAVES[1]) != node_hash(LEAVES[0], LEAVES[1])


def test_nothing_has_one_root_only() -> None:
    """A log of no events extends itself, and with another root it is no log."""
    check_consistency(0, EMPTY_ROOT, 0, EMPTY_ROOT, [])
    check_consistency(0, EMPTY_ROOT, 1, b"x" * 32, [])
    for old, new in ((EMPTY_ROOT, b"x" * 32), (b"x" * 32, b"x" * 32)):
        with pytest.raises(ProofInvalid):
            check_consistency(0, old, 0, new, [])
