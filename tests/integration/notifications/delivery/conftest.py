"""What tests of delivery start and the end of a test stops."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest


@pytest.fixture
def place() -> Iterator[ExitStack]:
    """Takes servers, which are stopped with the test."""
    with ExitStack() as stack:
        yield stack
