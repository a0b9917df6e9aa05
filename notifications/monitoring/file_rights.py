"""Looks at the files of an installation: who may read and write them, and is there room."""

from __future__ import annotations

import os
import shlex
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from events.files import effective_user
from notifications.monitoring.finding import Finding

LEAST_ROOM = 64 * 1024 * 1024
"""Bytes; below this an entry, a turn or a backup may find the disk full at any moment."""


def examine_file(path: Path) -> Iterator[Finding]:
    """A SQLite file: whether this user can work on it, and who else can, who would rewrite the log.

    It is looked at from outside, for opening one that is not there would make it.
    """
    if path.parent.exists() and (free := shutil.disk_usage(path.parent).free) < LEAST_ROOM:
        words = f"the disk of {path.parent} has {free // 1024} KB left, and SQLite needs room"
        yield Finding("database", "fault", words, f"make room there: df -h {path.parent}")
    if os.name != "posix" or not path.is_file():
        return
    for place in (path, path.parent):
        if not os.access(place, os.R_OK | os.W_OK, effective_ids=True):
            words = f"{place} cannot be read and written by {effective_user()}, who runs this"
            yield Finding("database", "fault", words, f"chown {effective_user()} {place}")
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o022:
        words = f"others on this machine may write {path}"
        yield Finding("database", "fault", words, f"chmod go-w {path}")
    files = [path.with_name(path.name + ending) for ending in ("", "-wal", "-shm")]
    if opened := [str(file) for file in files if _is_open_to_all(file)]:
        words = f"everybody on this machine may read {', '.join(opened)}, with addresses of readers"
        yield Finding("database", "advice", words, f"chmod o= {shlex.join(opened)}")


def examine_mail_folder(folder: Path) -> Iterator[Finding]:
    """A folder of mails in files: can they be written, and does nobody else read them?"""
    place = next(each for each in (folder, *folder.parents) if each.exists())
    if not (place.is_dir() and os.access(place, os.W_OK, effective_ids=True)):
        words = f"PACTWATCH_MAIL_DIR: {effective_user()} cannot write mails into {folder}"
        yield Finding("mail", "fault", words, f"chown {effective_user()} {place}")
    if os.name == "posix" and _is_open_to_all(folder, 0o005):
        words = f"everybody on this machine may read the mails in {folder}, and use their links"
        yield Finding("mail", "advice", words, f"chmod -R o= {shlex.quote(str(folder))}")


def _is_open_to_all(path: Path, bits: int = 0o004) -> bool:
    """Whether everybody may read what is there; a closed folder above it keeps others out."""
    if not path.exists() or path.stat().st_mode & bits != bits:
        return False
    return all(folder.stat().st_mode & 0o001 for folder in path.absolute().parents)


def examine_secret(path: Path, what: str) -> Finding:
    """A file with a secret, which is for its owner alone; the owner has to be who runs this."""
    if not path.is_file():
        words = (
            f"{what}: expected a file at {path}, found {'a folder' if path.is_dir() else 'none'}"
        )
        return Finding("keys", "fault", words, "name a file")
    if os.name == "posix" and not os.access(path, os.R_OK, effective_ids=True):
        words = f"{what}, {path}, cannot be read by {effective_user()}, who runs this"
        return Finding("keys", "fault", words, f"chown {effective_user()} {path}")
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        words = f"{what}, {path}, can be read by others"
        return Finding("keys", "fault", words, f"chmod 600 {path}")
    return Finding("keys", "ok", f"{what} is for its owner alone")
