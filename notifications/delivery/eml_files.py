"""Mail as files: one .eml per message, whole or not there. Used where no SMTP URL is set."""

from __future__ import annotations

import os
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Self

from events.files import locked, make_private, sweep
from notifications.delivery.transports import MailTransport, Receipt
from notifications.errors import TransportError


class EmlTransport(MailTransport):
    """One file per message. A retry writes the same bytes to the same name."""

    host = "file"

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._is_swept = False

    def send(self, recipient: str, message: bytes, sender: str | None = None) -> Receipt:  # noqa: ARG002
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._sweep()
            headers = BytesHeaderParser().parsebytes(message)
            sent = parsedate_to_datetime(str(headers["Date"]))
            name = str(headers["Message-ID"]).strip("<>").partition("@")[0].removeprefix("d.")
            path = self.directory / f"{sent:%Y%m%dT%H%M%SZ}-{name}.eml"
            # Written under another name and then renamed, so that no reader sees half a message;
            # the process id keeps two workers out of each other's file.
            partial = path.with_suffix(f".{os.getpid()}.part")
            partial.unlink(missing_ok=True)
            # A mail has the address of its reader, and links by which anybody may act for them.
            make_private(partial)
            with partial.open("wb") as file, locked(partial):
                file.write(message)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        except OSError as error:
            words = f"cannot write mail for {recipient} into {self.directory}: {error.strerror}"
            raise TransportError(words, permanent=False, phase="file") from error
        return Receipt(str(path), None, "written")

    def _sweep(self) -> None:
        """Removes, before the first message, what workers that were killed have left."""
        if not self._is_swept:
            self._is_swept = True
            for left in self.directory.glob("*.[0-9]*.part"):
                sweep(left)

    def another(self) -> Self:
        return self
