"""What a refusal says that a field takes."""

from __future__ import annotations

from typing import get_type_hints

import pytest
from msgspec import Struct

from tracker.entries.form_errors import expected_words
from tracker.model.event_types import SourceRegistered
from tracker.model.payload import Payload
from tracker.model.relative import Relative


@pytest.mark.parametrize(
    ("struct", "field", "words"),
    [
        (Payload, "commitment", "an id (a Latin letter or digit"),
        (Payload, "commitment", "up to 120 characters"),
        (Relative, "moment", "one of in_force, start, end, due, discharged, satisfied:ID"),
        (SourceRegistered, "sha256", "64 hexadecimal digits"),
        (SourceRegistered, "line_hashes", "eight characters of base64 a line"),
    ],
)
def test_a_text_of_a_pattern_is_told_in_its_own_words(
    struct: type[Struct], field: str, words: str
) -> None:
    """Only an id is called one."""
    expected = expected_words(get_type_hints(struct, include_extras=True)[field])

    assert words in expected
    assert (field == "commitment") == ("an id" in expected)
