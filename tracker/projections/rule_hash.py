"""A hash of the rules that made a row: rows of other rules are made anew, never trusted.

The edition is a hash over the modules that make rows, so nobody has to remember a number.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
RULES = ("dates", "model", "entries", "rules", "documents", "projections")
"""The folders whose code decides what a row says; commands and their help are not among them."""


@cache
def rule_hash() -> str:
    """The hash of the rules of this program, as sixteen hex digits."""
    digest = sha256()
    for folder in RULES:
        for module in sorted((PACKAGE / folder).rglob("*.py")):
            digest.update(module.read_bytes())
    return digest.hexdigest()[:16]
