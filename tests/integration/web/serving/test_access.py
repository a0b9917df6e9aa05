"""Who may read a board that is not for everybody: whom a proxy or a file of readers names."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import bcrypt
import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from tests.support.served import Board, serving
from web.errors import BadReaders
from web.serving import readers_file
from web.serving.readers_file import ReadersFile, parse_readers
from web.settings import Access, ip_network

HEADER = "X-Forwarded-User"
SALT = b"$2b$04$abcdefghijklmnopqrstuu"
ANNA = bcrypt.hashpw(b"correct horse", SALT).decode()
BORIS = Argon2id(
    salt=b"sixteen letters!", length=32, iterations=1, lanes=1, memory_cost=64
).derive_phc_encoded(b"battery staple")


FILE = f"# the desk\n\nanna:{ANNA.replace('$2b$', '$2y$')}\nboris:{BORIS}\n"
"""A hash of each kind, and what else such files have."""


@pytest.fixture
def readers(tmp_path: Path) -> Path:
    file = tmp_path / "readers"
    file.write_text(FILE)
    return file


@pytest.fixture(scope="module")
def guarded(projected_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    """A board for anna and boris."""
    file = tmp_path_factory.mktemp("guarded") / "readers"
    file.write_text(FILE)
    with serving(str(projected_database), access=Access(readers=file)) as board:
        yield board


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def test_a_reader_signs_in(guarded: Board) -> None:
    """By either kind of hash; what they get is for nobody else's cache."""
    pages = [
        guarded.ask("/about", Authorization=basic(*who))
        for who in (("anna", "correct horse"), ("boris", "battery staple"))
    ]

    assert [200, 200] == [page.status for page in pages]
    assert {"private, no-cache"} == {page.headers["cache-control"] for page in pages}


@pytest.mark.parametrize(
    "header",
    [None, "", "Basic", "Basic !", "Bearer x", basic("anna", "wrong"), basic("carl", "x"),
     basic("", ""), basic("anna", "correct horse\0"), basic("anna", "c" * 5000),
     basic("boris", "correct horse"), "Basic " + base64.b64encode(b"\xff:\xff").decode()],
)  # fmt: skip
def test_nobody_else_learns_anything(guarded: Board, header: str | None) -> None:
    """401 with what a browser needs to ask, and the same for a name that nobody has."""
    given = {} if header is None else {"Authorization": header}

    for path in ("/", "/api/status", "/health", "/nothing", "/events.csv"):
        answer = guarded.ask(path, **given)

        assert 401 == answer.status, path
        assert answer.headers["www-authenticate"].startswith('Basic realm="pactwatch"')
        assert "energy-pause" not in answer.text
        assert "no-store" == answer.headers["cache-control"]


def test_links_of_mails_and_the_style_need_no_password(guarded: Board) -> None:
    """A mail program that posts an unsubscription has none; a token is the right to it."""
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    posted = guarded.ask("/u/unknown", "POST", b"List-Unsubscribe=One-Click", **form)

    free = [guarded.ask(path).status for path in ("/static/style.css", "/ready", "/a/x/ack")]
    assert 200 == posted.status
    assert 401 not in free


def test_a_name_that_nobody_has_costs_a_comparison(
    readers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the time would tell who is in the file; a right password is compared once."""
    import anyio

    compared: list[str] = []
    monkeypatch.setattr(
        readers_file, "matches", lambda digest, password: bool(compared.append(digest)) or True
    )
    file = ReadersFile(readers)

    async def sign_in() -> list[bool]:
        compared.clear()
        return [await file.admits(name, "x") for name in ("carl", "anna", "anna", "carl")]

    file.load()
    assert [False, True, True, False] == anyio.run(sign_in)
    assert 3 == len(compared)


def test_a_reader_who_is_taken_out_is_out(readers: Path, projected_database: Path) -> None:
    """At once, without another start; a file that can no longer be read lets nobody in."""
    anna = basic("anna", "correct horse")
    with serving(str(projected_database), access=Access(readers=readers)) as board:
        before = board.ask("/about", Authorization=anna).status
        readers.write_text(f"boris:{BORIS}\n")
        after = board.ask("/about", Authorization=anna).status
        readers.unlink()
        gone = board.ask("/about", Authorization=basic("boris", "battery staple"))

    assert (200, 401, 503) == (before, after, gone.status)
    assert "cannot be looked up" in gone.text


@pytest.mark.parametrize(
    "line",
    ["anna", "anna:", "anna:$apr1$x$y", "anna:{SHA}abc", "anna:plain", "anna:$2b$04$short",
     f":{ANNA}", "anna:$argon2id$v=19$m=64", "anna:$argon2i$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$aGFzaA"],
)  # fmt: skip
def test_a_file_with_another_hash_is_refused(line: str, tmp_path: Path) -> None:
    """By its line, with how to make a good one, and without the hash."""
    with pytest.raises(BadReaders, match="line 2: expected NAME:HASH") as refused:
        parse_readers(f"boris:{BORIS}\n{line}\n", tmp_path / "readers")

    assert refused.value.hint.startswith("htpasswd -B ")
    assert line.partition(":")[2] == "" or line.partition(":")[2] not in str(refused.value)
    assert ":" in line or line not in refused.value.hint  # it may be the secret of another file


def test_a_file_without_readers_is_refused(tmp_path: Path) -> None:
    """Nobody could read."""
    with pytest.raises(BadReaders, match="names no reader"):
        parse_readers("# nobody\n", tmp_path / "readers")


def test_a_long_password_counts_as_htpasswd_takes_it(tmp_path: Path) -> None:
    """Its first 72 bytes, where bcrypt ends."""
    long = "x" * 100
    made = bcrypt.hashpw(long.encode()[:72], SALT).decode()

    assert readers_file.matches(made, long)


def test_a_proxy_vouches_for_readers(projected_database: Path) -> None:
    """Its header counts, empty it does not."""
    with serving(str(projected_database), access=Access(behind_auth=HEADER)) as board:
        answers = [
            board.ask("/about", **({HEADER: name} if name is not None else {})).status
            for name in ("anna", "", "  ", None)
        ]

    assert [200, 403, 403, 403] == answers


def test_a_proxy_that_adds_its_header_does_not_vouch(projected_database: Path) -> None:
    """What stands before its own is what a stranger wrote."""
    with serving(str(projected_database), access=Access(behind_auth=HEADER)) as board:
        answer = board.ask("/about", **{HEADER.lower(): "forged", HEADER: "anna"})

    assert 403 == answer.status
    assert "let it overwrite the header" in answer.text


def test_a_form_may_be_led_to_a_sign_in(projected_database: Path, guarded: Board) -> None:
    """Where a proxy signs readers in, and but for the forms of mails, which act unsigned."""
    with serving(str(projected_database), access=Access(behind_auth=HEADER)) as behind:
        led, refused, mail, own = (
            answer.headers["content-security-policy"].partition("form-action ")[2]
            for answer in (
                behind.ask("/about", **{HEADER: "anna"}),
                behind.ask("/about"),
                behind.ask("/u/unknown"),
                guarded.ask("/about", Authorization=basic("anna", "correct horse")),
            )
        )

    assert ("'self' https:", "'self' https:") == (led, refused)
    assert ("'self'", "'self'") == (mail, own)


def test_who_is_no_trusted_proxy_cannot_vouch(projected_database: Path) -> None:
    """Whoever reaches the port could write the header."""
    elsewhere = Access(behind_auth=HEADER, trusted=(ip_network("10.1.0.0/16"),))
    with serving(str(projected_database), access=elsewhere) as board:
        answer = board.ask("/about", **{HEADER: "anna"})

    assert 403 == answer.status
    assert "reached through its proxy" in answer.text


def test_a_board_above_clear_is_for_no_cache_on_the_way(projected_database: Path) -> None:
    """Though nobody is asked who they are, as on loopback."""
    with serving(str(projected_database), ceiling="AMBER") as amber:
        closed = amber.ask("/api/status").headers["cache-control"]
    with serving(str(projected_database)) as clear:
        public = clear.ask("/api/status").headers["cache-control"]

    assert ("private, no-cache", "no-cache") == (closed, public)


@pytest.mark.parametrize(
    ("ceiling", "words"),
    [
        ("CLEAR", "Everything recorded and marked no higher than TLP:CLEAR, the last entry first."),
        ("RED", "Everything recorded, the last entry first."),
    ],
)
def test_the_list_of_entries_says_up_to_which_mark_it_has_everything(
    projected_database: Path, ceiling: str, words: str
) -> None:
    """Whether or not something is hidden, which no page tells."""
    with serving(str(projected_database), ceiling=ceiling) as board:
        assert words in board.ask("/events").text
