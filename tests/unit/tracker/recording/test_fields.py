"""What a person is told of a field that is asked for."""

from __future__ import annotations

from tracker.recording.fields import fields_of


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
