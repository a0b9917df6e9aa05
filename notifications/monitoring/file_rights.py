"""Looks at the files of an installation: who may read and write them, and is there room."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from shlex import join, quote

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
        yield Finding(
            "database", "fault", words, f"make room there: df -h {quote(str(path.parent))}"
        )
    if os.name != "posix" or not path.is_file():
        return
    for place in (path, path.parent):
        if not os.access(place, os.R_OK | os.W_OK, effective_ids=True):
            words = f"{place} cannot be read and written by {effective_user()}, who runs this"
            yield Finding(
                "database", "fault", words, f"chown {effective_user()} {quote(str(place))}"
            )
    yield from _group_rights(path)
    if stat.S_IMODE(path.stat().st_mode) & 0o002:
        words = f"everybody on this machine may write {path}"
        yield Finding("database", "fault", words, f"chmod o= {quote(str(path))}")
    files = [path.with_name(path.name + ending) for ending in ("", "-wal", "-shm")]
    if opened := [str(file) for file in files if _is_open_to_all(file)]:
        words = f"everybody on this machine may read {', '.join(opened)}, with addresses of readers"
        yield Finding("database", "fault", words, f"chmod o= {join(opened)}")


def _group_rights(path: Path) -> Iterator[Finding]:
    """Whether a group shares the file, which somebody chose: none is made so.

    SQLite gives what it puts beside the file the same mode, and the group that new files of the
    folder get: only with the set-group-id bit is that always the group of the folder.
    """
    status = path.stat()
    verbs = [verb for verb, bit in (("read", 0o040), ("write", 0o020)) if status.st_mode & bit]
    if not verbs:
        return
    group = _group_name(status.st_gid)
    words = f"the group {group} may {' and '.join(verbs)} {path} too"
    yield Finding("database", "ok", words)
    folder = path.parent.stat()
    if "write" in verbs and not (folder.st_mode & stat.S_ISGID and folder.st_gid == status.st_gid):
        words = f"what SQLite puts beside {path} may not be open to the group {group}"
        place = quote(str(path.parent))
        yield Finding("database", "advice", words, f"chgrp {group} {place}; chmod g+rwxs {place}")


def _group_name(number: int) -> str:
    import grp

    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


def examine_mail_folder(folder: Path) -> Iterator[Finding]:
    """A folder of mails in files: can they be written, and does nobody else read them?"""
    place = next(each for each in (folder, *folder.parents) if each.exists())
    if not place.is_dir():
        words = f"PACTWATCH_MAIL_DIR: expected a folder, found a file at {place}"
        yield Finding("mail", "fault", words, "name a folder")
    elif not os.access(place, os.W_OK, effective_ids=True):
        words = f"PACTWATCH_MAIL_DIR: {effective_user()} cannot write mails into {folder}"
        yield Finding("mail", "fault", words, f"chown {effective_user()} {quote(str(place))}")
    if os.name == "posix" and _is_open_to_all(folder, 0o005):
        words = f"everybody on this machine may read the mails in {folder}, and use their links"
        yield Finding("mail", "fault", words, f"chmod -R o= {quote(str(folder))}")


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
        return Finding("keys", "fault", words, f"chown {effective_user()} {quote(str(path))}")
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        words = f"{what}, {path}, can be read by others"
        return Finding("keys", "fault", words, f"chmod 600 {quote(str(path))}")
    return Finding("keys", "ok", f"{what} is for its owner alone")
