"""The secret that tokens are derived from: a file outside the database, made when first needed."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from events.transparency.notes import key_path
from notifications.errors import NotificationError

if TYPE_CHECKING:
    from notifications.settings import MailSettings

SHORTEST = 32
SETTING = "PACTWATCH_SECRET_FILE"


def secret_of(settings: MailSettings) -> bytes:
    """The secret of this installation; every worker and the web board need the same file."""
    path = secret_path(settings)
    try:
        if not path.exists():
            _make(path)
        secret = path.read_bytes().strip()
    except OSError as error:
        raise NotificationError(
            f"the secret of mail tokens cannot be kept in {path}: {error.strerror}",
            hint=f"name a file that can be written: {SETTING}=FILE",
        ) from error
    if len(secret) < SHORTEST:
        raise NotificationError(
            f"{path}: expected at least {SHORTEST} characters, found {len(secret)}",
            hint="remove the file and a new one is made; links already sent then go on working",
        )
    return secret


def known_secret(settings: MailSettings) -> bytes | None:
    """The secret where there is one already; None where nothing was ever signed with it."""
    return secret_of(settings) if secret_path(settings).exists() else None


def secret_path(settings: MailSettings) -> Path:
    return settings.secret_file or key_path().with_name("mail.secret")


def _make(path: Path) -> None:
    """Writes the secret beside its place and renames it, so that no worker reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(32) + "\n")
    try:
        os.link(partial, path)
    except FileExistsError:
        pass
    finally:
        partial.unlink()
