"""`record` takes one promise or one agreement, and says so where more ids are typed."""

from __future__ import annotations

import shlex

import pytest

from tests.support.command import Run

ALLEGED = "record ViolationAlleged cod-nor"


@pytest.fixture
def desk(run: Run) -> Run:
    run("agreement", "add", "cod", "--title", "Cod shares", "--party", "NOR", "--party", "RUS")
    for party, other in (("NOR", "RUS"), ("RUS", "NOR")):
        name = f"cod-{party.lower()}"
        run("commitment", "add", "cod", name, "--kind", "maintenance", "--debtor", party,
            "--creditor", other, "--promise", "fish no more than its share")  # fmt: skip
    return run


@pytest.mark.parametrize(
    ("typed", "expected", "actual", "hints"),
    [
        (
            f"{ALLEGED} cod-rus speaker=ISL text='a hidden haul'",
            "an entry is on one promise",
            "found 2: cod-nor, cod-rus",
            ["pactwatch record ViolationAlleged cod-nor speaker=ISL 'text=a hidden haul'",
             "pactwatch record ViolationAlleged cod-rus speaker=ISL 'text=a hidden haul'"],
        ),
        (
            "record SuspensionDeclared cod-nor cod-rus by=NOR,RUS",
            "an entry is on one promise",
            "found 2: cod-nor, cod-rus",
            ["pactwatch record SuspensionDeclared cod commitments=cod-nor,cod-rus by=NOR,RUS"],
        ),
        (
            "record ViolationAlleged cod cod-rus speaker=ISL",
            "an entry is on a promise or on an agreement",
            "found 'cod' and 'cod-rus'",
            ["pactwatch record ViolationAlleged cod-rus speaker=ISL"],
        ),
        (
            "record CommitmentAccepted cod haddock kind=maintenance debtor=NOR promise=share",
            "expected one id before the fields",
            "found 'cod' and 'haddock'",
            ["pactwatch record CommitmentAccepted cod commitment=haddock kind=maintenance "
             "debtor=NOR promise=share"],
        ),
    ],
)  # fmt: skip
def test_a_second_id_is_refused_with_what_to_type(
    desk: Run, typed: str, expected: str, actual: str, hints: list[str]
) -> None:
    """The hint can be run as it stands, and nothing is recorded before."""
    events = desk("event", "list", "--json").out
    refused = desk(*shlex.split(typed))

    assert (1, "") == (refused.code, refused.out)
    assert f"Error: {expected}, {actual}" in refused.err
    assert events == desk("event", "list", "--json").out
    for hint in hints:
        assert hint in refused.err
        assert 0 == desk(*shlex.split(hint)[1:]).code
