"""Who recorded an entry stands in the source of its CloudEvent."""

from __future__ import annotations

import pytest

from tracker.entries.authors import author_of, is_of_a_desk, source_of, system_user
from tracker.errors import InvalidEvent


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("anna", "pactwatch:/authors/anna"),
        ("  Anna   Berg ", "pactwatch:/authors/Anna%20Berg"),
        ("Анна", "pactwatch:/authors/%D0%90%D0%BD%D0%BD%D0%B0"),
        ("a/b?c#d%", "pactwatch:/authors/a%2Fb%3Fc%23d%25"),
        ("anna@example.org", "pactwatch:/authors/anna@example.org"),
    ],
)
def test_a_name_is_a_part_of_an_address_and_is_read_back(name: str, source: str) -> None:
    """In any script, since `source` is a URI reference."""
    assert source == source_of(name)
    assert " ".join(name.split()) == author_of(source)


def test_a_source_of_another_program_names_nobody() -> None:
    """An imported entry keeps the source of its file; one of an earlier version is a desk's."""
    assert (None, None) == (author_of("analyst/desk"), author_of("pactwatch/cli"))
    assert [False, True, True] == [
        is_of_a_desk(source) for source in ("analyst/desk", "pactwatch/cli", source_of("anna"))
    ]


@pytest.mark.parametrize("name", ["", "  ", "a\0b", "a\x1bb", "Я" * 200])
def test_what_is_no_name_is_refused(name: str) -> None:
    """Nothing invisible, and nothing that an import would refuse as too long."""
    with pytest.raises(InvalidEvent, match="author: "):
        source_of(name)


def test_the_systems_user_is_always_somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a container without a user of that number, the number."""
    monkeypatch.setenv("LOGNAME", "berta")
    named = system_user()
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", lambda _: {}["nobody"])

    assert "berta" == named
    assert system_user().startswith("uid-")
