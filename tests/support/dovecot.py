"""A real Dovecot of our own: private folders, loopback, IMAP inside TLS and by STARTTLS."""

from __future__ import annotations

import getpass
import imaplib
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypedDict

from tests.support.apt import found_or_installed
from tests.support.loopback import free_port
from tests.support.tls import authority

USER, PASSWORD = "bounces@example.org", "geheimes Wört"
CONFIG = """
protocols = imap
listen = 127.0.0.1
base_dir = {place}/run
state_dir = {place}/state
log_path = {place}/log
ssl = required
ssl_cert = <{place}/tls/cert.pem
ssl_key = <{place}/tls/key.pem
mail_location = maildir:{place}/mail/%u
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 0
first_valid_gid = 0
default_login_user = {login}
default_internal_user = {internal}
default_internal_group = {group}
auth_mechanisms = plain login
auth_failure_delay = 0
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {place}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={place}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {starttls}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""
PATIENCE = 15.0


class NoDovecot(Exception):
    """No server is here and none could be installed."""


@dataclass(frozen=True)
class Dovecot:
    """A running server; `trust` is the certificate of who vouches for it."""

    imaps: int
    starttls: int
    trust: Path

    def url(self, folder: str = "", scheme: str = "imaps") -> str:
        port = self.imaps if scheme == "imaps" else self.starttls
        return f"{scheme}://{USER}@localhost:{port}/{folder}"

    @contextmanager
    def session(self) -> Iterator[imaplib.IMAP4]:
        """The mailbox as another program of its owner sees it."""
        context = ssl.create_default_context(cafile=str(self.trust))
        with imaplib.IMAP4_SSL("localhost", self.imaps, ssl_context=context) as imap:
            imap.authenticate("PLAIN", lambda _: f"\0{USER}\0{PASSWORD}".encode())
            yield imap

    def fill(self, *messages: bytes, folder: str = "INBOX") -> None:
        """Empties a folder, and puts these messages into it."""
        with self.session() as imap:
            imap.create(folder)
            imap.select(folder)
            if imap.search(None, "ALL")[1] != [b""]:
                imap.store("1:*", "+FLAGS", r"(\Deleted)")
                imap.expunge()
            for message in messages:
                imap.append(folder, None, None, message)  # type: ignore[arg-type]

    def flags(self, folder: str = "INBOX") -> list[str]:
        """The flags of each message of a folder, in order; `Recent` is left out."""
        with self.session() as imap:
            imap.select(folder, readonly=True)
            is_empty = imap.search(None, "ALL")[1] == [b""]
            rows = [] if is_empty else imap.fetch("1:*", "(FLAGS)")[1]
        lines = [row.decode() for row in rows if isinstance(row, bytes)]
        return [
            row.partition("FLAGS (")[2].partition(")")[0].replace("\\Recent", "").strip()
            for row in lines
        ]


@contextmanager
def server() -> Iterator[Dovecot]:
    """A running server with one mailbox; raises NoDovecot where there is none."""
    program = found_or_installed(_present, "dovecot-imapd")
    if program is None:
        raise NoDovecot("no Dovecot here; on Debian: apt-get install dovecot-imapd")
    place = Path(tempfile.mkdtemp(prefix="pactwatch-dovecot-"))
    place.chmod(0o755)
    trusted = authority(place / "authority")
    trusted.vouch(place / "tls")
    (place / "users").write_text(f"{USER}:{PASSWORD}\n", encoding="utf-8")
    dovecot = Dovecot(free_port(), free_port(), trusted.file)
    config, users = place / "dovecot.conf", _users()
    config.write_text(CONFIG.format(place=place, **users, **vars(dovecot)))
    (place / "mail").mkdir()
    os.chown(place / "mail", users["uid"], users["gid"])
    command = [program, "-F", "-c", str(config)]
    try:
        with (place / "errors").open("wb") as errors, _running(command, errors) as process:
            _wait(dovecot, process, place)
            yield dovecot
    finally:
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def _running(command: list[str], errors: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, stdout=errors, stderr=errors)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _present() -> str | None:
    """The program, where its package has brought IMAP along."""
    program = shutil.which("dovecot", path=f"{os.environ['PATH']}:/usr/sbin")
    return program if program and Path("/usr/lib/dovecot/imap").exists() else None


class Users(TypedDict):
    """Who runs what."""

    uid: int
    gid: int
    login: str
    internal: str
    group: str


def _users() -> Users:
    """Under root the users that Dovecot comes with, and nobody's mail; else all of it is ours."""
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        return Users(
            uid=nobody.pw_uid,
            gid=nobody.pw_gid,
            login="dovenull",
            internal="dovecot",
            group="dovecot",
        )
    own = getpass.getuser()
    return Users(uid=os.getuid(), gid=os.getgid(), login=own, internal=own, group=own)


def _wait(dovecot: Dovecot, process: subprocess.Popen[bytes], place: Path) -> None:
    """Until the server listens."""
    for _ in range(int(PATIENCE / 0.02)):
        with suppress(OSError), socket.create_connection(("127.0.0.1", dovecot.imaps), 1.0):
            return
        if process.poll() is not None:
            break
        time.sleep(0.02)
    words = [file.read_text() for name in ("errors", "log") if (file := place / name).exists()]
    raise NoDovecot(f"Dovecot did not start: {''.join(words)}")
