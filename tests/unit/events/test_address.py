"""Addresses of databases: which engine, which file, and what names none."""

from __future__ import annotations

from pathlib import Path

import pytest

from events import EventStore
from events.address import sqlite_path, without_password
from events.database.engine import open_engine
from events.errors import StoreUnavailable


@pytest.mark.parametrize("url", ["", "None", "sqlite:///", "sqlite:///None", str(None)])
def test_a_path_that_nobody_has_set_is_refused(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the store nor an engine makes a file called None, and the hint says what to name."""
    monkeypatch.chdir(tmp_path)
    for opened in (EventStore.open, open_engine):
        with pytest.raises(StoreUnavailable, match="names no database") as refused:
            opened(url)
        assert "--db FILE" in refused.value.hint

    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("url", "path"), [("sqlite:///a.db", "a.db"), ("a.db", "a.db"), ("./None", "./None")]
)
def test_a_file_is_named_with_and_without_its_scheme(url: str, path: str) -> None:
    """A file that is really called None can be named by its folder."""
    assert path == sqlite_path(url)


def test_options_in_the_address_of_a_file_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`?mode=ro` made a file of that name, open for writing; a bare path may have a `?` in it."""
    monkeypatch.chdir(tmp_path)
    for opened in (EventStore.open, open_engine):
        with pytest.raises(StoreUnavailable, match="takes no options") as refused:
            opened("sqlite:///r.db?mode=ro")
        assert "--db sqlite:///r.db status" in refused.value.hint

    assert [] == list(tmp_path.iterdir())
    assert "what?.db" == sqlite_path("what?.db")


def test_an_address_is_printed_without_its_password() -> None:
    """User, host and database stay."""
    assert "postgresql://desk@db/pacts" == without_password("postgresql://desk:secret@db/pacts")
    assert "postgresql://desk@a:1,b:2/pacts?target_session_attrs=any" == without_password(
        "postgresql://desk:secret@a:1,b:2/pacts?target_session_attrs=any"
    )


@pytest.mark.parametrize(
    ("options", "printed"),
    [
        ("?password=secret", ""),
        ("?host=a,b&password=secret&port=1,2", "?host=a,b&port=1,2"),
        ("?host=a&sslpassword=secret", "?host=a"),
        ("?PASSWORD=secret@x&host=a", "?host=a"),
        ("?password=secret&sslpassword=secret&host=a", "?host=a"),
        ("?host=a&password=of&secret&port=1", "?host=a&port=1"),
    ],
)
def test_a_password_among_the_options_is_not_printed_either(options: str, printed: str) -> None:
    """libpq takes one there, too; the other options stay."""
    assert f"postgresql:///pacts{printed}" == without_password(f"postgresql:///pacts{options}")


@pytest.mark.parametrize(
    "address",
    ["postgresql://db:5432/pacts?user=desk@corp", "postgresql://[::1]:5432,b/pacts?user=desk@corp"],
)
def test_an_option_may_have_an_at_sign(address: str) -> None:
    """It is no end of a user there, so that the host is printed."""
    assert address == without_password(address)


@pytest.mark.parametrize(
    ("address", "character"),
    [
        ("postgresql://desk:of@secret@db/pacts", "@"),
        ("postgresql://desk:of/secret@db/pacts", "/"),
        ("postgresql://desk:of/a?secret@db/pacts", "/"),
        ("postgresql://desk:of%secret@db/pacts", "%"),
        ("postgresql://desk:of secret@db/pacts", " "),
        ("postgresql://db/pacts?password=of&secret&user=desk", "&"),
        ("postgresql://db/pacts?user=desk&password=of%secret", "%"),
    ],
)
def test_a_password_that_libpq_would_read_as_something_else_is_refused_first(
    address: str, character: str
) -> None:
    """Its words would name a host `secret@db`; ours name the character, and how it is written."""
    for opened in (EventStore.open, open_engine):
        with pytest.raises(StoreUnavailable, match="its user or password has a bare") as refused:
            opened(address).connect()  # type: ignore[attr-defined]

        assert refused.value.message.endswith(repr(character))
        assert "secret" not in refused.value.message + refused.value.hint
        assert "%40" in refused.value.hint


@pytest.mark.parametrize(
    "name",
    ["host=db dbname=pacts password=secret", "dbname=pacts password=secret",
     "postgresql:/desk:secret@db/pacts", "POSTGRESQL://desk:secret@db/pacts",
     " postgresql://desk:secret@db/pacts"],
)  # fmt: skip
def test_what_only_libpq_takes_is_no_name_of_a_file(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`db init` made a file of that name, and printed the password; a folder in front allows it."""
    monkeypatch.chdir(tmp_path)
    for opened in (EventStore.open, open_engine):
        with pytest.raises(StoreUnavailable, match="neither a file nor an address") as refused:
            opened(name)
        assert "secret" not in refused.value.message + refused.value.hint
        assert "postgresql://USER@HOST:PORT/DATABASE" in refused.value.hint

    assert [] == list(tmp_path.iterdir())
    assert "./host=db" == sqlite_path("./host=db")


def test_an_address_that_libpq_cannot_read_is_refused_without_its_password() -> None:
    """Its own words repeat the whole address."""
    address = "postgresql://desk:secret@db:port:1/pacts?nonsense"
    for opened in (EventStore.open, open_engine):
        with pytest.raises(StoreUnavailable) as refused:
            opened(address).connect()  # type: ignore[attr-defined]
        assert "secret" not in str(refused.value) + refused.value.hint
