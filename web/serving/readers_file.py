"""The readers of a board and their passwords: a file as `htpasswd -B` writes it.

A password is compared by bcrypt or argon2id in a thread, for these take tenths of a second by
design. A name that is not in the file costs the same, so nobody learns which names are.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from shlex import quote

from anyio import CapacityLimiter, to_thread

from web.errors import BadReaders, Busy, NoReadersFile

BCRYPT = re.compile(r"\$2[aby]\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}", re.ASCII)
ARGON2 = re.compile(r"\$argon2id\$v=19\$m=\d+,t=\d+,p=\d+(\$[A-Za-z0-9+/]{11,}){2}", re.ASCII)
BCRYPT_READS = 72
"""Bytes of a password that bcrypt looks at; `htpasswd` cuts there, the library refuses more."""
REMEMBERED_SECONDS = 300
REMEMBERED = 1000
"""For how long, and of how many, it is remembered that a password was right."""
AT_ONCE, QUEUE = 1, 20
"""How many passwords are compared at a time, and how many requests may wait for that."""


def parse_readers(text: str, file: Path) -> dict[str, str]:
    """Reads the hashes by name; BadReaders names the line and never a hash."""
    hashes: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        name, colon, digest = line.strip().partition(":")
        if not name or not (BCRYPT.fullmatch(digest) or ARGON2.fullmatch(digest)):
            raise BadReaders(
                f"{file}, line {number}: expected NAME:HASH with a bcrypt or argon2id hash",
                # A line without a colon may be anything, the secret of another file too.
                hint=f"htpasswd -B {quote(str(file))} {quote(name) if name and colon else 'NAME'}",
            )
        hashes[name] = digest
    if not hashes:
        raise BadReaders(f"{file} names no reader", hint=f"htpasswd -B -c {quote(str(file))} NAME")
    return hashes


def matches(digest: str, password: str) -> bool:
    """Compares a password with a hash, in a time that does not depend on either's letters."""
    # Few boards have readers of their own; the others start without these libraries.
    import bcrypt
    from cryptography.exceptions import InvalidKey
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    secret = password.encode()
    if BCRYPT.fullmatch(digest):
        return bcrypt.checkpw(secret[:BCRYPT_READS], digest.encode())
    try:
        Argon2id.verify_phc_encoded(secret, digest)
    except InvalidKey:
        return False
    return True


class ReadersFile:
    """Who may read, by the file as it stands: it is read again when it has changed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stamp: tuple[int, int, int] | None = None
        self._hashes: Mapping[str, str] = {}
        self._limiter: CapacityLimiter | None = None
        self._waiting = 0
        self._key = secrets.token_bytes(32)
        self._right: OrderedDict[bytes, float] = OrderedDict()

    def load(self) -> Mapping[str, str]:
        """The hashes by name; BadReaders where the file cannot be read or has another line."""
        hint = f"htpasswd -B -c {quote(str(self.path))} NAME"
        try:
            status = os.stat(self.path)
            stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
            if stamp != self._stamp:
                self._hashes = parse_readers(self.path.read_text(encoding="utf-8"), self.path)
                self._stamp = stamp
                self._right.clear()
        except OSError as error:
            raise NoReadersFile(f"{self.path}: {error.strerror}", hint=hint) from error
        except UnicodeDecodeError as error:
            raise BadReaders(f"{self.path}: not text in UTF-8", hint=hint) from error
        return self._hashes

    async def admits(self, name: str, password: str) -> bool:
        """Whether this is the password of a reader; Busy when too many wait to be compared."""
        hashes = self.load()
        digest = hashes.get(name)
        seen = hmac.new(self._key, f"{name}\0{password}\0{digest}".encode(), hashlib.sha256)
        if self._right.get(seen.digest(), 0) > time.monotonic():
            return True
        # The hash of another reader stands in for that of an unknown name, and never counts.
        compared = digest or next(iter(hashes.values()))
        is_right = await self._compare(compared, password) and digest is not None
        if is_right:
            self._right[seen.digest()] = time.monotonic() + REMEMBERED_SECONDS
            while len(self._right) > REMEMBERED:
                self._right.popitem(last=False)
        return is_right

    async def _compare(self, digest: str, password: str) -> bool:
        if self._waiting > QUEUE:
            raise Busy("too many passwords to compare at once", hint="try again in a minute")
        self._limiter = self._limiter or CapacityLimiter(AT_ONCE)
        self._waiting += 1
        try:
            return await to_thread.run_sync(matches, digest, password, limiter=self._limiter)
        finally:
            self._waiting -= 1
