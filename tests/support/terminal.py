"""The command on a real pseudo-terminal: what it shows, and what a person types."""

from __future__ import annotations

import codecs
import fcntl
import os
import re
import select
import struct
import termios
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path

from tests.support import forks

PATIENCE, PAUSE = 30.0, 5.0
INTERRUPT = b"\x03"
CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass
class Terminal:
    """One run of the command; `seen` is everything it has shown so far."""

    process: BaseProcess
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
        pattern = re.compile(r"\s+".join(map(re.escape, text.split())))
        while (match := pattern.search(CODES.sub("", self._unread))) is None:
            assert time.monotonic() < end, f"never saw {text!r} in: {self.plain}"
            assert self._read(), f"ended without {text!r}: {self.plain}"
        self._unread = match.string[match.end() :]

    def type(self, text: str) -> None:
        os.write(self.fd, f"{text}\n".encode())

    def resize(self, columns: int) -> None:
        """Give the terminal another width; the kernel tells the command."""
        resize(self.fd, columns)

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
        self.process.join()
        self.code = self.process.exitcode
        assert self.code is not None
        return self.code

    def _read(self) -> bool:
        ready, _, _ = select.select([self.fd], [], [], PATIENCE)
        assert ready, f"nothing came for {PATIENCE} s after: {self.plain}"
        try:
            read = os.read(self.fd, 65536)
        except OSError:
            return False
        text = self._decoder.decode(read)
        self.seen += text
        self._unread += text
        return bool(read)


def resize(fd: int, columns: int) -> None:
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))


Start = Callable[..., Terminal]


def start(
    args: tuple[str, ...],
    environment: dict[str, str],
    cwd: Path,
    columns: int = 80,
    *,
    installed: bool = False,
) -> Terminal:
    """Run the command with a terminal for stdin, stdout and stderr, in a fork or as installed."""
    fd, own = os.openpty()
    resize(fd, columns)
    return Terminal(
        forks.start(args, environment, cwd, own, on_terminal=True, installed=installed), fd
    )
