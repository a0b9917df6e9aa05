"""Erasable text: the event keeps a salted commitment, the text itself stands apart.

What is hashed is the commitment, so erasing a text later breaks no proof about the event.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable

from events.envelope import EventData

MARK = "pactwatch:erasable"
SALT_BYTES = 16

Text = tuple[str, bytes, str]
"""Field name, salt, text."""


def commitment(salt: bytes, text: str) -> str:
    return hashlib.sha256(salt + text.encode()).hexdigest()


def set_texts_apart(data: EventData, erasable: Iterable[str]) -> tuple[EventData, list[Text]]:
    """Data with commitments in place of erasable texts, and the texts with their salts."""
    texts = [
        (name, os.urandom(SALT_BYTES), data[name])
        for name in erasable
        if isinstance(data.get(name), str) and data[name]
    ]
    commitments = {name: {MARK: commitment(salt, text)} for name, salt, text in texts}
    return {**data, **commitments}, texts


def put_texts_back(
    data: EventData, texts: Iterable[tuple[str, str]]
) -> tuple[EventData, tuple[str, ...]]:
    """Data as a reader wants it, with None where a text was erased; and the names of those."""
    present = dict(texts)
    names = [name for name, value in data.items() if is_commitment(value)]
    put_back = {name: present.get(name) for name in names}
    return {**data, **put_back}, tuple(name for name in names if name not in present)


def is_commitment(value: object) -> bool:
    return isinstance(value, dict) and set(value) == {MARK}
