"""SQL statements that are compiled once for all databases of a run."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import DDL, Connection, Engine, Executable, Index, Table, event
from sqlalchemy.dialects import registry
from sqlalchemy.schema import CreateIndex, CreateTable


class CompiledStatements(dict[tuple[Any, ...], Any]):
    """SQLAlchemy's cache with the name of the dialect in each key, in place of the object.

    Each engine has a dialect object of its own and nearly every test a database of its own, so
    a fifth of the time would go into compiling the same statements. All of one name are alike:
    one driver and, in a run, one server.
    """

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get((key[0].name, *key[1:]), default)

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        super().__setitem__((key[0].name, *key[1:]), compiled)


COMPILED = CompiledStatements()


def share_compiled_statements() -> None:
    """Make all connections of this process use one cache of compiled statements."""
    if not event.contains(Engine, "engine_connect", _share):
        event.listen(Engine, "engine_connect", _share)
        event.listen(Engine, "before_execute", _compiled_once, retval=True)


def _share(connection: Connection) -> None:
    connection.execution_options(compiled_cache=COMPILED)


def _compiled_once(
    connection: Connection, element: Executable, parameters: Any, more: Any, _options: Any
) -> tuple[Any, Any, Any]:
    """Gives what makes a table or an index as text, since SQLAlchemy caches none of it."""
    if isinstance(element, CreateTable | CreateIndex):
        element = _text_of(type(element), element.element, connection.dialect.name)
    return element, parameters, more


@cache
def _text_of(kind: type[Any], made: Table | Index, dialect: str) -> DDL:
    text = str(kind(made).compile(dialect=registry.load(dialect)()))
    return DDL(text.replace("%", "%%"))
