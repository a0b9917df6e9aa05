"""What a person is told of a field that is asked for."""

from __future__ import annotations

import pytest

from tracker.errors import InvalidEvent
from tracker.recording.fields import check_stand_ins, fields_of


def test_a_field_may_mean_something_of_its_own_in_one_type() -> None:
    """The terms of an extension are not those of a promise: a length alone would be refused."""
    meanings = {
        name: field.meaning
        for name in ("TermExtended", "CommitmentAccepted")
        for field in fields_of(name)
        if field.name == "terms"
    }

    assert "terms.extend_by" in meanings["TermExtended"]
    assert "terms.due" in meanings["CommitmentAccepted"]


@pytest.mark.parametrize(
    "data",
    [
        {"title": "TITLE"},
        {"text": "..."},
        {"speaker": "SPEAKER"},
        {"debtor": ["NOR", "DEBTOR"]},
        {"source": {"document": "blog", "quote": "..."}},
        {"reason": "WHY"},
    ],
)
def test_what_a_hint_only_stands_for_is_not_recorded(data: dict[str, object]) -> None:
    """A command of a hint that is given as it stands leaves nothing on record."""
    with pytest.raises(InvalidEvent, match="only stands for what you have to say"):
        check_stand_ins(data)

    check_stand_ins({"title": "Titles", "text": "WHO has met", "speaker": "WHO", "tlp": "RED"})
