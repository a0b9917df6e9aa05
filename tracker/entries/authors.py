"""Who recorded an entry: a name inside the `source` of its CloudEvent."""

from __future__ import annotations

from urllib.parse import quote, unquote

from tracker.errors import InvalidEvent

AUTHORS = "pactwatch:/authors/"
"""What the source of an entry begins with that a person recorded; the name follows."""
EARLIER = "pactwatch/cli"
"""The source of entries that the command line recorded while it asked for no name."""
LONGEST = 512
"""As long as the source of a line may be that is to be imported."""


def source_of(author: str) -> str:
    """The source of what somebody records; raises InvalidEvent for what is no name."""
    name = " ".join(author.split())
    if not name or not name.isprintable():
        raise InvalidEvent(
            f"expected a name, found {author!r}", hint="--author 'Anna Berg'"
        ).of_field("author")
    source = AUTHORS + quote(name, safe="@:+")
    if len(source) > LONGEST:
        raise InvalidEvent(
            f"a name of {len(name)} characters is too long to be kept",
            hint="--author with a shorter name, or initials",
        ).of_field("author")
    return source


def author_of(source: str) -> str | None:
    """Reads who recorded an entry from its source; an imported one keeps its file's source."""
    return unquote(source.removeprefix(AUTHORS)) if source.startswith(AUTHORS) else None


def is_of_a_desk(source: str) -> bool:
    """Whether an entry was recorded by a command, and not imported from another program."""
    return source == EARLIER or source.startswith(AUTHORS)


def system_user() -> str:
    """The name by which the system knows who runs this, or the number where it has no name."""
    import getpass
    import os

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return f"uid-{os.getuid()}"
