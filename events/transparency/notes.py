"""Signed notes (c2sp.org/signed-note) with Ed25519: text that says by itself who vouches for it.

Keys stand in files of their own, outside the database, so that who can write the log can not
also sign another one.
"""

from __future__ import annotations

import base64
import binascii
import os
import stat
from hashlib import sha256
from pathlib import Path
from shlex import quote

from msgspec import Struct

from events.errors import EventStoreError
from events.files import read_text

ED25519 = b"\x01"
PRIVATE = "PRIVATE+KEY+"
KEYGEN = "with a name of your own: pactwatch checkpoint keygen example.org/pactwatch"
MOST_SIGNATURES = 100
"""As many as Go's checksum database takes; more only cost time to look through."""


class NoteError(EventStoreError):
    """A note or a key that can not be read, or a signature that is missing or wrong."""

    exit_code = 4


class Signer(Struct, frozen=True):
    """A name and its private key."""

    name: str
    seed: bytes

    @property
    def verifier(self) -> Verifier:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        key = Ed25519PrivateKey.from_private_bytes(self.seed).public_key()
        return Verifier(self.name, key.public_bytes_raw())

    def sign(self, text: str) -> str:
        """The note: the text, an empty line, and a signature line."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        _check_text(text)
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())
        line = to_base64(self.verifier.key_hash + signature)
        return f"{text}\n— {self.name} {line}\n"


class Verifier(Struct, frozen=True):
    """A name and its public key."""

    name: str
    key: bytes

    @property
    def key_hash(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + ED25519 + self.key).digest()[:4]

    @property
    def text(self) -> str:
        """The key as others are given it: `name+hash+base64`."""
        return f"{self.name}+{self.key_hash.hex()}+{to_base64(ED25519 + self.key)}"

    def is_good(self, text: str, signature: bytes) -> bool:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(self.key).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


def read_verifier(text: str) -> Verifier:
    """A public key from its text, which no error quotes: it may be that of the private key."""
    parts = text.strip().split("+", 2)
    key = from_base64(parts[2]) if len(parts) == 3 else b""
    verifier = Verifier(parts[0], key[1:])
    whole = len(key) == 33 and key[:1] == ED25519
    if not whole or parts[1] != verifier.key_hash.hex():
        raise NoteError(
            "not a public key; expected name+hash+base64"
            + (", found the private key" if text.startswith(PRIVATE) else ""),
            hint="pactwatch checkpoint key, where the log is signed, prints it",
        )
    return verifier


def generate(name: str) -> Signer:
    """A new key. The name says whose log it signs, e.g. `example.org/pactwatch`."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    check_name(name)
    return Signer(name, Ed25519PrivateKey.generate().private_bytes_raw())


def key_path() -> Path:
    """Gives the path where the signing key is looked for, unless an option says otherwise."""
    settings = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(settings) / "pactwatch" / "signing.key"


def is_name(name: str) -> bool:
    """Whether a key may have the name: no kind of space, no plus, nothing unseen."""
    return bool(name) and not any(c == "+" or c.isspace() or not c.isprintable() for c in name)


def check_name(name: str) -> None:
    if not is_name(name):
        raise NoteError(
            f"{name!r} can not name a log: spaces and + are not allowed",
            hint="use something like example.org/pactwatch",
        )


def write_key(signer: Signer, path: Path) -> None:
    """Write a private key for its owner's eyes only; a key that is there is never overwritten."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise NoteError(f"{path} is there already", hint="pactwatch checkpoint key") from error
    with os.fdopen(handle, "w") as file:
        file.write(private_text(signer) + "\n")


def private_text(signer: Signer) -> str:
    key_hash = signer.verifier.key_hash.hex()
    return f"{PRIVATE}{signer.name}+{key_hash}+{to_base64(ED25519 + signer.seed)}"


def load_key(path: Path) -> Signer:
    """Read a private key; refused when others can read the file too."""
    try:
        mode = path.stat().st_mode
        text = read_text(path).strip()
    except OSError as error:
        raise NoteError(f"no signing key at {path}: {error.strerror}", hint=KEYGEN) from error
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        hint = f"chmod 600 {quote(str(path))}"
        raise NoteError(f"{path} can be read by others", hint=hint)
    return read_private(text, str(path))


def read_private(text: str, where: str) -> Signer:
    """A private key from its text."""
    parts = text.removeprefix(PRIVATE).split("+", 2)
    seed = from_base64(parts[2]) if len(parts) == 3 else b""
    if text.startswith(PRIVATE) and len(seed) == 33 and seed[:1] == ED25519:
        signer = Signer(parts[0], seed[1:])
        if signer.verifier.key_hash.hex() == parts[1]:
            return signer
    raise NoteError(f"{where} holds no Ed25519 signing key", hint=KEYGEN)


def open_note(note: str, verifiers: list[Verifier]) -> str:
    """The text of a note that one of these keys has signed, none of them wrongly."""
    text, signatures = split_note(note)
    good = 0
    for name, raw in signatures:
        for verifier in verifiers:
            if verifier.name == name and verifier.key_hash == raw[:4]:
                if not verifier.is_good(text, raw[4:]):
                    raise NoteError(f"the signature of {name} is wrong", hint="get the note again")
                good += 1
    if not good:
        names = ", ".join(verifier.name for verifier in verifiers)
        raise NoteError(f"the note bears no signature of {names}", hint="check the public key")
    return text


def split_note(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    """Text and signatures (name, key hash and signature) of a note, unchecked."""
    text, separator, below = note.rpartition("\n\n")
    # Other line ends than this one belong to a line, and make it no signature.
    lines = below.split("\n")[:-1]
    if not separator or not lines or not below.endswith("\n"):
        raise NoteError("a note has text, an empty line and signatures", hint="get it again")
    if len(lines) > MOST_SIGNATURES:
        raise NoteError(
            f"a note of {len(lines)} signatures; expected {MOST_SIGNATURES} at most",
            hint="get it again",
        )
    _check_text(text + "\n")
    return text + "\n", [_signature(line) for line in lines]


def _signature(line: str) -> tuple[str, bytes]:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    raw = from_base64(encoded)
    if dash != "—" or not is_name(name) or len(raw) < 5:
        raise NoteError("a line of the note is no signature", hint="expected — NAME BASE64")
    return name, raw


def _check_text(text: str) -> None:
    bad = next((c for c in text if c != "\n" and (ord(c) < 0x20 or ord(c) == 0x7F)), None)
    if not text.endswith("\n") or bad is not None:
        raise NoteError("a note's text has whole lines and no control characters", hint="trim it")


def to_base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def from_base64(text: str) -> bytes:
    """The bytes of canonical base64; none for any other text."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return raw if to_base64(raw) == text else b""
