"""A value that an object works out once, when it is first asked for.

`functools.cached_property` would do, but until Python 3.12 it holds one lock for all objects of a
class, so a reader that works long on one answer would keep every other reader from theirs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")


class cached(Generic[T]):  # noqa: N801
    """A method as an attribute that is worked out once; one thread an object."""

    def __init__(self, work: Callable[[Any], T]) -> None:
        self.work = work
        self.__doc__ = work.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> cached[T]: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: object | None, owner: type) -> cached[T] | T:
        if instance is None:
            return self
        value = instance.__dict__[self.work.__name__] = self.work(instance)
        return value
