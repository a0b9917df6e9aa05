"""What docs/stability.md promises has not gone: commands, settings, addresses, documents, views."""

from __future__ import annotations

import json
from functools import cache

import pytest

from tests.support.surface import KINDS, SAMPLE, difference, surface

PROMISED: dict[str, list[str]] = json.loads(SAMPLE.read_text())


@cache
def present() -> dict[str, list[str]]:
    return surface()


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_that_was_promised_has_gone(kind: str) -> None:
    """What is new is added by `make docs`; what is to go waits for the next X."""
    assert [] == difference({kind: PROMISED[kind]}, present())


@pytest.mark.parametrize("kind", KINDS)
def test_a_line_that_goes_is_noticed(kind: str) -> None:
    """Of every kind, whichever it is."""
    first, *others = present()[kind]

    assert [f"{kind}: {first}"] == difference({kind: [first]}, {**present(), kind: others})
