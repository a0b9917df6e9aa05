"""Canonical JSON, equal to RFC 8785 for what it admits: the bytes that are stored and hashed.

No floats, integers below 2^53, no NUL, no lone surrogates, at most 32 levels deep. Plain ASCII
values, a few levels deep, take a short way through msgspec, which writes text as RFC 8785 does;
everything else, and everything that is refused, goes the long way, which knows the path of what is
wrong.
"""

from __future__ import annotations

import json
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from events.errors import InvalidEventData

MAX_DEPTH = 32
LARGEST = 2**53 - 1
NUL = b"\\u0000"
BACKSLASH = ord("\\")

_encode = json.JSONEncoder(
    ensure_ascii=False, sort_keys=False, separators=(",", ":"), allow_nan=False
).encode
_encode_sorted = msgspec.json.Encoder(order="sorted").encode
_Scalar: Any = Annotated[int, Meta(ge=-LARGEST, le=LARGEST)] | str | bool | None
_Plain: Any = _Scalar
for _ in range(3):
    _Plain = _Scalar | list[_Plain] | dict[str, _Plain]
decode_plain = msgspec.json.Decoder(_Plain).decode


def canonical_bytes(value: Any) -> bytes:
    """The one byte form of a JSON value; InvalidEventData names the path of what has none."""
    try:
        encoded = _encode_sorted(value)
        plain = encoded.isascii() and (BACKSLASH not in encoded or NUL not in encoded)
        if plain and decode_plain(encoded) == value:
            return encoded
    except (msgspec.MsgspecError, TypeError, ValueError, RecursionError):
        pass
    return _encode(_ordered(value, "$", 0)).encode()


def _ordered(value: Any, path: str, depth: int) -> Any:
    if isinstance(value, str):
        return _text(value, path)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return _integer(value, path)
    if depth >= MAX_DEPTH:
        raise _refused(path, f"more than {MAX_DEPTH} levels")
    if isinstance(value, dict):
        return _object(value, path, depth)
    if isinstance(value, list | tuple):
        return [_ordered(item, f"{path}[{n}]", depth + 1) for n, item in enumerate(value)]
    raise _refused(path, type(value).__name__)


def _object(value: dict[Any, Any], path: str, depth: int) -> dict[str, Any]:
    for key in value:
        if not isinstance(key, str):
            raise _refused(path, f"a key of type {type(key).__name__}")
        _text(key, path)
    keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
    return {key: _ordered(value[key], f"{path}.{key}", depth + 1) for key in keys}


def _text(value: str, path: str) -> str:
    if "\0" in value:
        raise _refused(path, "a NUL character")
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise _refused(path, "a lone surrogate")
    return str(value)


def _integer(value: int, path: str) -> int:
    if abs(value) > LARGEST:
        raise _refused(path, "an integer of 2^53 or more")
    return int(value)


def _refused(path: str, text: str) -> InvalidEventData:
    return InvalidEventData(
        f"{path}: found {text}; expected text, whole numbers below 2^53, true, false, null, "
        f"lists or objects at most {MAX_DEPTH} deep",
        hint="write a decimal or a large number as text",
    )
