"""A mail server on loopback that fails as a script says, verb by verb, and counts what it took."""

from __future__ import annotations

import random
import socket
import socketserver
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from typing import Any

HANG_UP, SILENCE, GARBAGE = "hang up", "silence", "garbage"
VERBS = ("connect", "ehlo", "mail", "rcpt", "data", "body", "dot")
Fault = Callable[[str, str], str | None]
"""What to do at a verb for a recipient: an answer, one of the words above, or None for success."""


def no_fault(_verb: str, _recipient: str) -> str | None:
    return None


@dataclass
class Script:
    """What the server offers, where it fails, and what it has taken."""

    fault: Fault = no_fault
    features: tuple[str, ...] = ("PIPELINING", "SIZE 10000000", "SMTPUTF8", "8BITMIME")
    context: ssl.SSLContext | None = None
    takes_before_drop: bool = True
    patience: float = 30.0
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    froms: list[str] = field(default_factory=list)
    lines: list[bytes] = field(default_factory=list)
    conversations: int = 0
    lost_after_dot: Counter[str] = field(default_factory=Counter)
    lock: Any = field(default_factory=threading.Lock)

    def ids(self) -> Counter[str]:
        """How often each Message-ID was taken."""
        parse = BytesHeaderParser().parsebytes
        return Counter(str(parse(message)["Message-ID"]) for _, message in self.taken)

    def by_recipient(self) -> Counter[str]:
        return Counter(recipient for recipient, _ in self.taken)


class Conversation(socketserver.StreamRequestHandler):
    """One client; `script` is set on a class of its own for each server."""

    script: Script
    disable_nagle_algorithm = True

    def handle(self) -> None:
        with self.script.lock:
            self.script.conversations += 1
        self.sender, self.recipient = "", ""
        try:
            if not self.answer("connect", "220 here"):
                return
            while line := self.rfile.readline():
                if not self.command(line):
                    return
        except (OSError, ssl.SSLError):
            return
        finally:
            if isinstance(self.request, ssl.SSLSocket):
                self.request.close()

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def answer(self, verb: str, well: str) -> bool:
        """Answer as scripted; False when the conversation is over."""
        fault = self.script.fault(verb, self.recipient)
        if fault == HANG_UP:
            return False
        if fault == SILENCE:
            threading.Event().wait(self.script.patience)
            return False
        self.failed = fault is not None
        self.say("what?" if fault == GARBAGE else fault or well)
        return not (fault or "").startswith("421")

    def command(self, line: bytes) -> bool:
        with self.script.lock:
            self.script.lines.append(line)
        verb, _, rest = line.decode().strip().partition(" ")
        handle = getattr(self, f"on_{verb.lower()}", None)
        if handle is None:
            self.say("500 what?")
            return True
        return bool(handle(rest))

    def on_ehlo(self, _rest: str) -> bool:
        offered = list(self.script.features)
        if self.script.context and not isinstance(self.request, ssl.SSLSocket):
            offered.append("STARTTLS")
        lines = ["here", *offered]
        well = "\r\n".join(
            f"250{'-' if n < len(lines) - 1 else ' '}{line}" for n, line in enumerate(lines)
        )
        return self.answer("ehlo", well)

    def on_helo(self, _rest: str) -> bool:
        return self.answer("helo", "250 here")

    def on_starttls(self, _rest: str) -> bool:
        assert self.script.context is not None
        self.say("220 go")
        self.request = self.script.context.wrap_socket(self.request, server_side=True)
        self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", 0)
        return True

    def on_auth(self, rest: str) -> bool:
        good = "AGRlc2sAc2VjcmV0" in rest
        self.say("235 welcome" if good else "535 wrong password")
        return True

    def on_mail(self, rest: str) -> bool:
        self.sender = rest.partition("<")[2].partition(">")[0]
        self.recipient = ""
        self.mailed = self.accepted = False
        going = self.answer("mail", "250 ok")
        self.mailed = going and not self.failed
        return going

    def on_rcpt(self, rest: str) -> bool:
        self.recipient = rest.partition("<")[2].partition(">")[0]
        if not self.mailed:
            self.say("503 MAIL first")
            return True
        going = self.answer("rcpt", "250 ok")
        self.accepted = going and not self.failed
        return going

    def on_data(self, _rest: str) -> bool:
        if not self.accepted:
            self.say("503 RCPT first")
            return True
        if not self.answer("data", "354 go"):
            return False
        return self.failed or self.body()

    def body(self) -> bool:
        if self.script.fault("body", self.recipient) is not None:
            self.rfile.readline()
            return False
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return False
            lines.append(line[1:] if line.startswith(b".") else line)
        return self.after_dot(b"".join(lines))

    def after_dot(self, message: bytes) -> bool:
        fault = self.script.fault("dot", self.recipient)
        lost = fault in (HANG_UP, SILENCE, GARBAGE)
        if fault is None or (lost and self.script.takes_before_drop):
            with self.script.lock:
                self.script.taken.append((self.recipient, message))
                self.script.froms.append(self.sender)
        if lost:
            with self.script.lock:
                self.script.lost_after_dot[self.recipient] += 1
        if fault == HANG_UP:
            return False
        if fault == SILENCE:
            threading.Event().wait(self.script.patience)
            return False
        self.say("what?" if fault == GARBAGE else fault or "250 taken")
        return not (fault or "").startswith("421")

    def on_rset(self, _rest: str) -> bool:
        self.say("250 ok")
        return True

    def on_quit(self, _rest: str) -> bool:
        self.say("221 bye")
        return False


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no error of the server's."""


class Server6(Server):
    address_family = socket.AF_INET6


@contextmanager
def serving(script: Script, host: str = "127.0.0.1") -> Iterator[str]:
    """A running server; yields its host and port, as they stand in a URL."""
    handler = type("Scripted", (Conversation,), {"script": script})
    kind = Server6 if ":" in host else Server
    with kind((host, 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        name = f"[{host}]" if ":" in host else host
        try:
            yield f"{name}:{server.server_address[1]}"
        finally:
            server.shutdown()


def scripted_faults(seed: int, share: float = 0.3) -> Fault:
    """Faults of every kind at every verb, drawn by chance; at most one for each recipient."""
    draw, failed, lock = random.Random(seed), set[str](), threading.Lock()
    passing = ("451 later", "421 busy", HANG_UP, GARBAGE)
    kinds = {
        "connect": passing,
        "mail": passing,
        "rcpt": ("450 greylisted", *passing),
        "data": passing,
        "body": (HANG_UP,),
        "dot": ("451 later", "421 busy", "452 full", HANG_UP, GARBAGE),
    }

    def fault(verb: str, recipient: str) -> str | None:
        with lock:
            if verb not in kinds or (recipient and recipient in failed):
                return None
            if draw.random() >= share / len(kinds):
                return None
            if recipient:
                failed.add(recipient)
            return draw.choice(kinds[verb])

    return fault
