"""Signed notes against the published example of the format, and everything that is no note."""

from __future__ import annotations

from pathlib import Path

import pytest

from events.transparency.notes import (
    NoteError,
    generate,
    load_key,
    open_note,
    private_text,
    read_private,
    read_verifier,
    write_key,
)

PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
NOTE = (
    f"{TEXT}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXg"
    "KvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_the_published_key_signs_the_published_note() -> None:
    """Key, key hash and signature are those of the format's own example."""
    signer = read_private(PRIVATE, "here")

    assert (NOTE, PUBLIC, PRIVATE) == (
        signer.sign(TEXT),
        signer.verifier.text,
        private_text(signer),
    )


def test_a_note_opens_for_who_knows_the_key() -> None:
    """Other people's signatures beside it do no harm."""
    other = generate("other.example")
    both = NOTE + other.sign(TEXT).rpartition("\n\n")[2]

    assert [TEXT, TEXT] == [open_note(both, [v]) for v in (read_verifier(PUBLIC), other.verifier)]


@pytest.mark.parametrize(
    "note",
    [
        NOTE.replace("problem", "proble", 1),
        NOTE.replace("x08go/ZJ", "x08go/ZK"),
        NOTE.replace("— PeterNeumann", "- PeterNeumann"),
        NOTE.replace("— PeterNeumann", "— PeterNeuman"),
        NOTE.replace("\n\n", "\n"),
        NOTE.rstrip("\n"),
        TEXT,
        "",
        NOTE.replace("If", "I\0f"),
        NOTE + "— x y\n",
        NOTE + NOTE.splitlines()[-1].replace("PeterNeumann", "a\u00a0b") + "\n",
        *(NOTE[:-1] + end + NOTE.splitlines()[-1] + "\n" for end in ("\u2028", "\x0c", "\r")),
        NOTE + (NOTE.splitlines()[-1] + "\n") * 100,
    ],
)
def test_what_is_not_that_note_is_refused(note: str) -> None:
    """A changed text, a changed signature, another name, and forms that are no note."""
    with pytest.raises(NoteError):
        open_note(note, [read_verifier(PUBLIC)])


@pytest.mark.parametrize(
    "text", ["", "PeterNeumann", PUBLIC[:-1], PUBLIC.replace("c74f20a3", "c74f20a4"), PRIVATE]
)
def test_what_is_no_public_key_is_refused(text: str) -> None:
    """The hash in a key's text has to be its own."""
    with pytest.raises(NoteError, match="public key"):
        read_verifier(text)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb"])
def test_a_name_without_spaces_is_asked_for(name: str) -> None:
    """The name stands in lines of the note."""
    with pytest.raises(NoteError):
        generate(name)


def test_a_key_file_is_its_owners_alone_and_never_overwritten(tmp_path: Path) -> None:
    """Written with narrow rights, read back equal, refused when others can read it."""
    path = tmp_path / "keys" / "signing.key"
    signer = generate("example.org/log")
    write_key(signer, path)

    assert (signer, 0o600) == (load_key(path), path.stat().st_mode & 0o777)
    with pytest.raises(NoteError, match="there already"):
        write_key(generate("other"), path)
    path.chmod(0o644)
    with pytest.raises(NoteError, match="read by others"):
        load_key(path)
    with pytest.raises(NoteError, match="no signing key"):
        load_key(tmp_path / "none")
    path.chmod(0o600)
    path.write_text("nonsense")
    with pytest.raises(NoteError, match="no Ed25519"):
        load_key(path)
