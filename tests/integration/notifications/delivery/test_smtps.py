"""SMTP inside TLS from the first byte, against a server that is not ours, trusted by its file."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope
from sqlalchemy import Engine

from events.database.engine import read_snapshot
from notifications.delivery.lanes import mail_transport
from notifications.delivery.smtp import SmtpTransport
from notifications.delivery.worker import Delivery
from notifications.outbox.operator import message_bytes
from notifications.settings import MailSettings
from tests.support.loopback import free_port
from tests.support.mail import NOW, fill, made, row, states
from tests.support.outbox_worker import deliver
from tests.support.tls import Authority, authority

PASSED = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)


class Mailbox:
    """What a server takes."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        self.envelopes.append(envelope)
        return "250 taken"


class Listening(Controller):
    def _trigger_server(self) -> None:
        """Knock as a client; the library would do so with the server's context."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with (
            socket.create_connection((self.hostname, self.port), 2) as line,
            context.wrap_socket(line) as secured,
        ):
            secured.recv(1000)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return made(str(tmp_path / "p.db"))


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """An authority that this machine trusts."""
    pair = authority(tmp_path / "authority")
    monkeypatch.setenv("SSL_CERT_FILE", str(pair.file))
    return pair


@contextmanager
def served(files: tuple[Path, Path], box: Mailbox, **more: Any) -> Iterator[int]:
    """A server with this certificate, TLS from the first byte; yields its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    controller = Listening(box, hostname="localhost", port=free_port(), ssl_context=context, **more)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def sent_by(engine: Engine, url: str, tmp_path: Path) -> list[Delivery]:
    """A message, by the transport that the settings of an operator make."""
    password = tmp_path / "password"
    password.write_text("secret\n")
    settings = MailSettings(
        smtp_url=url,
        mail_from="Desk <p@example.org>",
        smtp_password_file=password if "@" in url else None,
        smtp_timeout=3,
    )
    fill(engine, 1)
    return deliver(engine, mail_transport(settings), NOW, "w")


def test_mail_leaves_inside_tls_and_arrives_whole(
    engine: Engine, trusted: Authority, tmp_path: Path
) -> None:
    """The bytes of the outbox, to the recipient, from the sender, after signing in."""
    box, sessions = Mailbox(), list[Any]()

    def check(_server: Any, _session: Any, _envelope: Any, _how: str, data: Any) -> AuthResult:
        sessions.append((data.login, data.password))
        return AuthResult(success=True)

    signing_in = {"authenticator": check, "auth_require_tls": False}
    with served(trusted.vouch(tmp_path / "server"), box, **signing_in) as port:
        sent_by(engine, f"smtps://desk@localhost:{port}", tmp_path)
    (envelope,) = box.envelopes
    with read_snapshot(engine) as connection:
        stored = message_bytes(connection, 1)

    assert ({"sent": 1}, [(b"desk", b"secret")]) == (states(engine), sessions)
    assert (stored, ["r0@d0.example.org"], "p@example.org") == (
        envelope.original_content, envelope.rcpt_tos, envelope.mail_from,
    )  # fmt: skip


WRONG: dict[str, Callable[[Authority, Path], tuple[Path, Path]]] = {
    "of an authority nobody trusts": lambda _, folder: authority(folder / "b").vouch(folder / "c"),
    "for another host": lambda trusted, folder: trusted.vouch(folder / "c", "relay.example.org"),
    "that has run out": lambda trusted, folder: trusted.vouch(folder / "c", ends=PASSED),
}


@pytest.mark.parametrize("which", WRONG)
def test_a_certificate_that_proves_nothing_gets_no_mail(
    engine: Engine, trusted: Authority, tmp_path: Path, which: str
) -> None:
    """Refused, told as such, and tried again later: it is the relay's trouble."""
    box = Mailbox()
    with served(WRONG[which](trusted, tmp_path), box) as port:
        (done,) = sent_by(engine, f"smtps://desk@localhost:{port}", tmp_path)

    assert ("due", "tls", 0, []) == (
        done.state, done.phase, row(engine)["failures"], box.envelopes,
    )  # fmt: skip
    assert "its certificate is not accepted" in row(engine)["last_error"]


def test_a_server_that_speaks_no_tls_gets_nothing(
    engine: Engine, trusted: Authority, tmp_path: Path
) -> None:
    """Not even a greeting goes over an open line."""
    box = Mailbox()
    plain = Controller(box, hostname="localhost", port=free_port())
    plain.start()
    try:
        (done,) = sent_by(engine, f"smtps://localhost:{plain.port}", tmp_path)
    finally:
        plain.stop()

    assert ("due", "tls", []) == (done.state, done.phase, box.envelopes)


def test_the_usual_port_needs_no_naming() -> None:
    """465 inside TLS, 587 for STARTTLS, 25 for neither."""
    hosts = [
        SmtpTransport(f"{scheme}://relay.example.org", "p@example.org", None).host
        for scheme in ("smtps", "smtp+starttls", "smtp")
    ]

    assert ["465", "587", "25"] == [host.rpartition(":")[2] for host in hosts]
