"""A web server on loopback that takes webhooks and fails where it is told to."""

from __future__ import annotations

import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

HANG_UP, SILENCE, GARBAGE, DRIP, FLOOD = "hang up", "silence", "garbage", "drip", "flood"
Fault = Callable[[str], str | None]
"""What to do at `connect`, `head` or `body`: an answer's status line and headers, one of the words
above, or None to go on; after the body that is 204."""


@dataclass
class Post:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class HookScript:
    """Where the server fails, and every request that came whole."""

    fault: Fault = lambda _: None
    patience: float = 5.0
    posts: list[Post] = field(default_factory=list)
    calls: int = 0


class Answering(socketserver.StreamRequestHandler):
    """One request; `script` is set on a class of its own for each server."""

    script: HookScript

    def handle(self) -> None:
        self.script.calls += 1
        try:
            if self.fails("connect"):
                return
            path = self.rfile.readline().decode().split(" ")[1]
            headers = dict(self._headers())
            if self.fails("head"):
                return
            body = self.rfile.read(int(headers["content-length"]))
            self.script.posts.append(Post(path, headers, body))
            if not self.fails("body"):
                self.wfile.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        except (OSError, ssl.SSLError):
            return

    def _headers(self) -> Iterator[tuple[str, str]]:
        while (line := self.rfile.readline().decode().strip()) != "":
            name, _, value = line.partition(":")
            yield name.lower(), value.strip()

    def fails(self, at: str) -> bool:
        fault = self.script.fault(at)
        if fault is None:
            return False
        if fault == SILENCE:
            threading.Event().wait(self.script.patience)
        elif fault == GARBAGE:
            self.wfile.write(b"220 this is no web server\r\n")
        elif fault == DRIP:
            self._drip()
        elif fault == FLOOD:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"X-Much: more\r\n" * 100_000)
        elif fault != HANG_UP:
            self.wfile.write(f"HTTP/1.1 {fault}\r\n\r\nwhy not\r\n".encode())
        return True

    def _drip(self) -> None:
        """Never silent for long, and never done."""
        for letter in b"HTTP/1.1 200 OK\r\n" + b"X-Slow: more\r\n" * 1000:
            self.wfile.write(bytes([letter]))
            threading.Event().wait(0.05)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64
    context: ssl.SSLContext | None = None

    def get_request(self) -> tuple[object, object]:
        line, address = super().get_request()
        if self.context is not None:
            line = self.context.wrap_socket(line, server_side=True)
        return line, address

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no error of the server's."""


@contextmanager
def taking_hooks(script: HookScript, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """A running server; yields its port on 127.0.0.1."""
    handler = type("Scripted", (Answering,), {"script": script})
    with Server(("127.0.0.1", 0), handler) as server:
        server.context = context
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
