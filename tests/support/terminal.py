"""The installed command on a real pseudo-terminal: what it shows, and what a person types."""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.command import COMMAND

PATIENCE, PAUSE = 30.0, 5.0
INTERRUPT = b"\x03"
CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass
class Terminal:
    """One run of the command; `seen` is everything it has shown so far."""

    pid: int
    fd: int
    seen: str = ""
    code: int | None = None
    _unread: str = field(default="", repr=False)
    _decoder: codecs.IncrementalDecoder = field(
        default_factory=codecs.getincrementaldecoder("utf-8"), repr=False
    )

    @property
    def plain(self) -> str:
        """What was shown, without control codes."""
        return CODES.sub("", self.seen).replace("\r", "")

    def until(self, text: str) -> None:
        """Wait until the command shows a text that was not waited for before.

        It may be wrapped: where the text has a space, the terminal may have the end of a line.
        """
        end = time.monotonic() + PATIENCE
        wanted = re.compile(r"\s+".join(map(re.escape, text.split())))
        while (match := wanted.search(CODES.sub("", self._unread))) is None:
            assert time.monotonic() < end, f"never saw {text!r} in: {self.plain}"
            assert self._read(), f"ended without {text!r}: {self.plain}"
        self._unread = match.string[match.end() :]

    def type(self, text: str) -> None:
        os.write(self.fd, f"{text}\n".encode())

    def resize(self, columns: int) -> None:
        """Give the terminal another width; the kernel tells the command."""
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))

    def press(self, key: bytes) -> None:
        os.write(self.fd, key)

    def answer(self, question: str, text: str) -> None:
        self.until(question)
        self.type(text)

    def interrupt(self) -> int:
        """Press Ctrl-C until the command is over; its exit code.

        One press is lost when it comes after a question is shown and before its answer is read.
        """
        end = time.monotonic() + PATIENCE
        self.press(INTERRUPT)
        while time.monotonic() < end:
            if not select.select([self.fd], [], [], PAUSE)[0]:
                self.press(INTERRUPT)
            elif not self._read():
                break
        return self.end()

    def end(self) -> int:
        """Read until the command is over; its exit code."""
        while self._read():
            pass
        os.close(self.fd)
        self.code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.code

    def _read(self) -> bool:
        ready, _, _ = select.select([self.fd], [], [], PATIENCE)
        assert ready, f"nothing came for {PATIENCE} s after: {self.plain}"
        try:
            read = os.read(self.fd, 65536)
        except OSError:
            return False
        said = self._decoder.decode(read)
        self.seen += said
        self._unread += said
        return bool(read)


Start = Callable[..., Terminal]


def start(
    args: tuple[str, ...], environment: dict[str, str], cwd: Path, columns: int = 80
) -> Terminal:
    """Run the command with a terminal for stdin, stdout and stderr."""
    read, write = os.pipe()
    pid, fd = pty.fork()
    if pid == 0:  # pragma: no cover - the child becomes the command
        os.read(read, 1)
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a run in the background ignores Ctrl-C
        os.chdir(cwd)
        os.execve(str(COMMAND), [str(COMMAND), *args], environment)
    terminal = Terminal(pid, fd)
    terminal.resize(columns)
    os.write(write, b"x")
    os.close(read)
    os.close(write)
    return terminal
