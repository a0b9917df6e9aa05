"""The `-o FILE` of commands: whole when the command has done its work, and else as it was."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click
from msgspec import Struct

from tracker.errors import TrackerError


class OutputFile(Struct, frozen=True):
    """Where a command writes: a file, or standard output for `-`."""

    name: str

    @contextmanager
    def writing(self) -> Iterator[IO[bytes]]:
        """The stream to write to; a file takes its place at the end, unless something failed."""
        if self.name == "-":
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
            return
        from events.files import replacing

        try:
            with replacing(Path(self.name)) as file:
                yield file
        except OSError as error:
            raise TrackerError(
                f"{self.name}: {error.strerror}; what was there is untouched",
                hint="check space and rights, or name another file",
            ) from error


output_option = click.option(
    "-o",
    "--output",
    metavar="FILENAME",
    callback=lambda _context, _option, value: OutputFile(value),
    default="-",
    help="Where to write it (default: standard output).",
)
