"""Answers of servers as they come, one unsynced line each in a file of the worker.

A few messages are settled in one transaction, so a worker that is killed in between has answers
that the database does not know. Whoever finds its leases expired reads them here, and sends again
only what has no answer. A line costs microseconds; a flush of the disk for each would cost more
than the conversation. A power cut may lose lines, and then costs duplicates.
"""

from __future__ import annotations

import glob
import logging
import os
import time
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import msgspec
from msgspec import Struct
from sqlalchemy import Connection

log = logging.getLogger(__name__)
LEFTOVER_SECONDS = 24 * 3600.0
"""Age at which a file of a worker that died is of no more use: leases have expired long before."""


class Answer(Struct, frozen=True, array_like=True):
    """A server took a message in this attempt: when, with what code, and in what words."""

    message_id: int
    attempt: int
    at: str
    code: int | None
    location: str
    answer: str


class AnswerFiles(Struct, frozen=True):
    """The files of all workers of one database on this machine: one name, then the worker's."""

    prefix: Path

    @classmethod
    def of(cls, connection: Connection) -> AnswerFiles:
        """Beside a database that is a file; else in the user's state folder."""
        if connection.dialect.name == "sqlite":
            path = connection.exec_driver_sql("PRAGMA database_list").all()[0][2]
            return cls(Path(f"{path}-answers-"))
        url = connection.engine.url.render_as_string(hide_password=True)
        state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
        digest = sha256(url.encode()).hexdigest()[:16]
        return cls(Path(state) / "pactwatch" / f"{digest}-answers-")

    def path_of(self, worker: str) -> Path:
        return self.prefix.with_name(self.prefix.name + quote(worker, safe=""))

    def read(self, worker: str) -> dict[tuple[int, int], Answer]:
        """What a worker was answered, by message and attempt; a line it died in is passed over."""
        try:
            lines = self.path_of(worker).read_bytes().splitlines()
        except OSError:
            return {}
        answers: dict[tuple[int, int], Answer] = {}
        for line in lines:
            try:
                answer = msgspec.json.decode(line, type=Answer)
            except msgspec.DecodeError:
                continue
            answers[answer.message_id, answer.attempt] = answer
        return answers

    def sweep(self) -> None:
        """Removes the files of workers that died long ago."""
        oldest = time.time() - LEFTOVER_SECONDS
        for file in self.prefix.parent.glob(f"{glob.escape(self.prefix.name)}*"):
            try:
                if file.stat().st_mtime < oldest:
                    file.unlink()
            except OSError as error:  # most likely its worker has removed it meanwhile
                log.debug("answers of an old worker were not swept: %s", error)


class AnswerLog:
    """Keeps the answers that one worker gets until they are settled."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None
        self._is_usable = True
        self._has_leftovers = False

    def keep(self, answer: Answer) -> None:
        """Writes one answer; a file that cannot be written stops no delivery."""
        if not self._is_usable:
            return
        try:
            if self._descriptor is None:
                self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
                self._descriptor = os.open(self.path, flags, 0o600)
                # What this worker could not settle in an earlier turn is for the reaper to read.
                self._has_leftovers = os.fstat(self._descriptor).st_size > 0
            os.write(self._descriptor, msgspec.json.encode(answer) + b"\n")
        except OSError as error:
            log.warning("answers are not kept, a crash may send twice: %s", error)
            self._is_usable = False

    def close(self, *, are_settled: bool) -> None:
        """Removes the file when the database knows everything in it."""
        if self._descriptor is None:
            return
        os.close(self._descriptor)
        self._descriptor = None
        if are_settled and not self._has_leftovers:
            self.path.unlink(missing_ok=True)
