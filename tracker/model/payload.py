"""What every event payload is made of: constrained field types and the base struct."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from functools import cache
from typing import Annotated, ClassVar, Literal, get_args, get_origin

from msgspec import Meta, Struct, UnsetType, json, to_builtins
from msgspec.structs import fields

from tracker.model.vocabulary import Basis, State

Level = Literal[
    "registry", "agreement", "commitment", "commitment_or_agreement", "new", "new_or_existing",
    "any", "note",
]  # fmt: skip
Identifier = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=120,
        pattern=r"^[A-Za-z0-9][\w.:+-]*$",
        description="an id (a Latin letter or digit, then letters, digits and . : + _ -, "
        "up to 120 characters)",
    ),
]
Count = Annotated[int, Meta(ge=0)]


class Source(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the report stands: `line` is a line number in the source text.

    `document` is the id of a registered document, `last_line` the end of a range of its lines.
    `published` is a date as said.
    """

    document: str | None = None
    title: str | None = None
    publisher: str | None = None
    published: str | None = None
    url: str | None = None
    archived_url: str | None = None
    quote: str | None = None
    line: int | None = None
    last_line: int | None = None
    retrieved_at: str | None = None


class Payload(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """The fields every event may carry: when it happened, who says so, and how good that is.

    `derived_from` names the entries that this one was made from: it is no further source. `said` is
    when it was said or counted, where that is not when it `occurred`; `text` is what was said.
    """

    level: ClassVar[Level] = "commitment"

    commitment: Identifier | None = None
    occurred: str | None = None
    said: str | None = None
    text: str | None = None
    effective_at: str | None = None
    speaker: str | None = None
    reported_by: tuple[str, ...] = ()
    primary_source: str | None = None
    derived_from: tuple[Identifier, ...] = ()
    source: Source | None = None
    reliability: Literal["A", "B", "C", "D", "E", "F"] = "F"
    credibility: Annotated[int, Meta(ge=1, le=6)] = 6
    tlp: Literal["RED", "AMBER+STRICT", "AMBER", "GREEN", "CLEAR"] = "CLEAR"
    note: str | None = None
    basis: Basis | None = None


@cache
def own_fields(payload: type[Payload]) -> tuple[str, ...]:
    """The fields that a type has beside those of every event, or in a way of its own."""
    classes = [each for each in reversed(payload.__mro__) if issubclass(each, Payload)]
    declared = [name for each in classes[1:] for name in vars(each).get("__annotations__", ())]
    return tuple(dict.fromkeys(name for name in declared if name in payload.__struct_fields__))


@cache
def defaults_of(payload: type[Payload]) -> dict[str, object]:
    """What each field of a type is where nothing is said of it.

    Read once a type: the fold words a refusal of each entry that it keeps as unapplied, and to look
    at the annotations takes longer than all the rest of that.
    """
    return {field.name: field.default for field in fields(payload)}


def choices_of(hint: object) -> list[str]:
    """The words that an annotation takes and no others; none where it is open, or has parts."""
    if hint is bool:
        return ["true", "false"]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return [str(member.value) for member in hint]
    return [str(value) for value in get_args(hint)] if get_origin(hint) is Literal else []


class Reasoned(Payload, frozen=True, kw_only=True):
    reason: str | None = None


class Collective(Payload, frozen=True, kw_only=True):
    """What may act on a whole agreement: without `commitment` on all its promises that it fits.

    `commitments` narrows it to some of them.
    """

    level: ClassVar[Level] = "commitment_or_agreement"
    commitments: tuple[Identifier, ...] = ()


class CollectiveReasoned(Collective, frozen=True, kw_only=True):
    reason: str | None = None


class Antecedent(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A condition that must hold before the promise binds; `deadline` is EDTF or an instant.

    `by` is the party that can lift it; `on` the commitment or agreement it hangs on, and `awaits`
    the state that one has to reach. Both are links to look along: nothing is inferred from them.
    """

    id: Identifier
    text: str = ""
    deadline: str | None = None
    by: str | None = None
    on: Identifier | None = None
    awaits: State | None = None


class Power(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What lets the other side walk away: a breach `alleged` (self-judging) or `confirmed`."""

    release_on: Literal["alleged", "confirmed"]


class ClaimedCount(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A number as one party claims it; never summed with another. `text` is how it was said.

    A bound is a number of its own, or true where it is the `value` that is meant so.
    """

    value: Count | None = None
    at_least: bool | Count = False
    at_most: bool | Count = False
    about: bool | Count = False
    text: str | None = None

    @property
    def number(self) -> int | None:
        """The number by which a claimant's counts are compared; None where there is only text."""
        given = (self.value, self.about, self.at_least, self.at_most)
        return next((n for n in given if n is not None and not isinstance(n, bool)), None)


def is_set(value: object) -> bool:
    """Whether a field was given at all; null is a value (silence), absence is not."""
    return not isinstance(value, UnsetType)


def foreign_texts(payload: Payload) -> Iterator[tuple[str, str]]:
    """Every text of a payload that is not plain ASCII, by its field; most payloads have none."""
    # The bytes of the whole are looked at first: an import asks this of each line.
    if not json.encode(payload).isascii():
        yield from _foreign_texts_in(to_builtins(payload), "")


def _foreign_texts_in(value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str) and not value.isascii():
        yield path, value
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from _foreign_texts_in(part, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _foreign_texts_in(part, path)
