"""How wide lines are where some of the streams are a terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tracker.terminal.text import print_talk, terminal_width

WORDS = "warning: it counts as made on 2026-11-29, the day of the entry"
COMMAND = "hint: pactwatch event correct 17 occurred=2026-11-28 --reason slip"


@contextmanager
def narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Makes stderr a terminal of 40 columns; what is shown there can be read here."""
    monkeypatch.delenv("COLUMNS", raising=False)
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 40, 0, 0))
    with os.fdopen(leader, "rb", buffering=0), os.fdopen(follower, "w") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        yield leader


def test_a_pager_gets_lines_as_wide_as_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipe goes to somebody who reads at the terminal; a file may be read anywhere."""
    read, write = os.pipe()
    with (
        narrow_terminal(monkeypatch),
        os.fdopen(read),
        os.fdopen(write, "w") as pipe,
        (tmp_path / "out").open("w") as file,
    ):
        widths = []
        for stream in (sys.stderr, pipe, file):
            monkeypatch.setattr(sys, "stdout", stream)
            widths.append(terminal_width(80))

    assert [40, 40, 80] == widths


def test_talk_breaks_between_words_and_a_command_not_at_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A command is there to be copied."""
    with narrow_terminal(monkeypatch) as reader:
        print_talk(WORDS)
        words = os.read(reader, 999).splitlines()
        print_talk(COMMAND)
        command = os.read(reader, 999).splitlines()

    assert [b"warning: it counts as made on", b"  2026-11-29, the day of the entry"] == words
    assert [COMMAND.encode()] == command
