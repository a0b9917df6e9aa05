"""A proxy that has readers sign in at a host of its own, as single sign-on does, and names them."""

from __future__ import annotations

import http.client
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

HEADER = "X-Forwarded-User"
UNASKED = "/static/"
PASSED_ON = ("content-type", "content-security-policy")


@dataclass
class SignIn:
    """Whether the one reader is signed in, how often that came to be, and where everybody is."""

    board: int
    proxy: int = 0
    provider: int = 0
    is_valid: bool = False
    count: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.proxy}/"

    def run_out(self) -> None:
        self.is_valid = False


class Answering(BaseHTTPRequestHandler):
    """`sign_in` is set on a class of its own for each pair of servers."""

    sign_in: SignIn

    def led_to(self, url: str) -> None:
        self.send_response(302)
        self.send_header("Location", url)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Tests print nothing."""


class Provider(Answering):
    """Knows its reader, and leads back to where it was asked from."""

    def do_GET(self) -> None:
        target = parse_qs(urlsplit(self.path).query)["to"][0]
        self.led_to(f"{self.sign_in.url}signed-in?to={quote(target, safe='')}")


class Proxy(Answering):
    """Leads whoever is not signed in to the provider, and asks the board for everybody else."""

    def do_GET(self) -> None:
        if self.path.startswith("/signed-in?"):
            self.sign_in.is_valid, self.sign_in.count = True, self.sign_in.count + 1
            self.led_to(parse_qs(urlsplit(self.path).query)["to"][0])
        elif not self.sign_in.is_valid and not self.path.startswith(UNASKED):
            target = quote(self.path, safe="")
            self.led_to(f"https://127.0.0.1:{self.sign_in.provider}/?to={target}")
        else:
            self._passed_on()

    def _passed_on(self) -> None:
        board = http.client.HTTPConnection("127.0.0.1", self.sign_in.board, timeout=60)
        board.request("GET", self.path, headers={HEADER: "anna"})
        answer = board.getresponse()
        body = answer.read()
        self.send_response(answer.status)
        for name in PASSED_ON:
            self.send_header(name, answer.headers[name])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        board.close()


@contextmanager
def signing_in(board: int, certificate: tuple[Path, Path]) -> Iterator[SignIn]:
    """A proxy before the board at this port, and its provider, which has the certificate."""
    sign_in = SignIn(board)
    with (
        _served(Proxy, sign_in) as proxy,
        _served(Provider, sign_in) as provider,
    ):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        provider.socket = context.wrap_socket(provider.socket, server_side=True)
        sign_in.proxy, sign_in.provider = proxy.server_port, provider.server_port
        yield sign_in


@contextmanager
def _served(handler: type[Answering], sign_in: SignIn) -> Iterator[ThreadingHTTPServer]:
    bound = type("Bound", (handler,), {"sign_in": sign_in})
    with ThreadingHTTPServer(("127.0.0.1", 0), bound) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
