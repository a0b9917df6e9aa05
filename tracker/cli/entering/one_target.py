"""Refuses an entry that names several promises: an entry is on one, or on an agreement.

Words beside the target are else taken for a text whose name was left out, which no id is.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from itertools import takewhile

from events import EventStore
from tracker.errors import InvalidEvent
from tracker.model.event_types import EVENT_TYPES, Promise
from tracker.model.payload import Collective
from tracker.projections.commitment_index import CommitmentIndex


def words_beside(fields: Sequence[str]) -> list[str]:
    """What stands between the target and the first field."""
    return list(takewhile(lambda field: "=" not in field and field[:1] != "-", fields))


def check_one_target(store: EventStore, name: str, target: str, fields: Sequence[str]) -> None:
    """Raises InvalidEvent where more than one id stands before the fields, with what to type."""
    words = words_beside(fields)
    rest = fields[len(words) :]
    index = CommitmentIndex(store)
    promises = [word for word in (target, *words) if word in index]
    agreements = [word for word in (target, *words) if store.stream_version(word)]
    if len(promises) > 1:
        every = {index[each] for each in promises}
        hint = "one for each: " + "; ".join(_command(name, each, rest) for each in promises)
        if issubclass(EVENT_TYPES[name], Collective) and len(every) == 1:
            hint = _command(name, every.pop(), [f"commitments={','.join(promises)}", *rest])
        message = f"an entry is on one promise, found {len(promises)}: {', '.join(promises)}"
        raise InvalidEvent(message, hint=hint)
    if promises and agreements:
        raise InvalidEvent(
            f"an entry is on a promise or on an agreement, found {target!r} and {words[0]!r}",
            hint=f"the promise alone: {_command(name, promises[0], rest)}",
        )
    if target in agreements and issubclass(EVENT_TYPES[name], Promise):
        raise InvalidEvent(
            f"expected one id before the fields, found {target!r} and {words[0]!r}",
            hint=_command(name, target, [f"commitment={words[0]}", *fields[1:]]),
        )


def _command(name: str, target: str, fields: Sequence[str]) -> str:
    return shlex.join(["pactwatch", "record", name, target, *fields])
