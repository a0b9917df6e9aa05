"""How a message leaves as a file: one .eml a message, whole or not there."""

from __future__ import annotations

import os
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime
from pathlib import Path

from notifications.delivery.relay import Receipt
from notifications.errors import TransportError


class EmlTransport:
    """One file a message. A retry writes the same bytes to the same name."""

    host = "file"

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def send(self, recipient: str, message: bytes, sender: str | None = None) -> Receipt:  # noqa: ARG002
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            path = self.directory / _file_name(message)
            partial = path.with_suffix(f".{os.getpid()}.part")
            with partial.open("wb") as file:
                file.write(message)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        except OSError as error:
            raise TransportError(
                f"cannot write mail for {recipient}: {error}", permanent=False, phase="file"
            ) from error
        return Receipt(str(path), None, "written")

    def another(self) -> EmlTransport:
        return self

    def close(self) -> None:
        """Nothing is held open."""


def _file_name(message: bytes) -> str:
    headers = BytesHeaderParser().parsebytes(message)
    sent = parsedate_to_datetime(str(headers["Date"]))
    local_part = str(headers["Message-ID"]).strip("<>").partition("@")[0]
    return f"{sent:%Y%m%dT%H%M%SZ}-{local_part.removeprefix('d.')}.eml"
