"""Describes the API as OpenAPI 3.1, from the types that answer and the parameters that are read."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from inspect import cleandoc
from typing import Any

import msgspec

from web.errors import is_for_programs
from web.reference.answers import ErrorAnswer, ReadyAnswer
from web.reference.operations import JSON, PARAMETER_WORDS, Operation, operations_of

Schema = dict[str, Any]
REFERENCE = "#/components/schemas/{name}"
ERRORS = {
    "400": "A parameter that is not known here, or that cannot be read",
    "404": "An id, a position or a page that is not there",
    "414": "A query longer than 2,000 bytes",
    "500": "An agreement that cannot be read, or a fault of ours",
    "503": "Too many long questions at once, or no database; try again in a minute",
}


@cache
def openapi(*, has_metrics: bool = False) -> Schema:
    """The whole description; the server is where it is read from, so any address of ours works."""
    operations = operations_of(has_metrics=has_metrics)
    types = [each.answer for each in operations if each.answer is not None]
    _, components = msgspec.json.schema_components(
        [*dict.fromkeys(types), ErrorAnswer], schema_hook=anything, ref_template=REFERENCE
    )
    for schema in components.values():
        if "description" in schema:
            # As Markdown, the indented lines of a docstring would be code.
            schema["description"] = cleandoc(schema["description"])
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "pactwatch",
            "version": version("pactwatch"),
            "summary": "Who promised what to whom, by when, according to whom, and what happened.",
            "description": "Read-only. Keys are added to answers and never taken away. "
            "Instants are RFC 3339 in UTC. An answer has an entity tag; asked with it, it is 304 "
            "while nothing on it has changed.",
        },
        "servers": [{"url": "../"}],
        "paths": {each.path: {"get": _operation(each)} for each in operations},
        "components": {"schemas": components},
    }


def anything(kind: type) -> Schema:
    """The schema of `object`: any JSON."""
    assert kind is object
    return {"description": "any JSON"}


def _operation(operation: Operation) -> Schema:
    described = ((name, *PARAMETER_WORDS[name]) for name in operation.parameters)
    parameters: list[Schema] = [
        {"name": name, "in": "query", "description": words, "schema": schema}
        for name, words, schema in described
    ]
    if operation.id_of:
        parameters.insert(0, {
            "name": "id", "in": "path", "required": True, "schema": {"type": "string"},
            "description": f"The id of {operation.id_of}.",
        })  # fmt: skip
    answered = {"200": {"description": operation.summary, "content": _content(operation)}}
    return {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": parameters,
        "responses": answered | _refusals(operation),
    }


def _refusals(operation: Operation) -> Schema:
    """What is answered instead; a board that is not ready says so in its own form."""
    if operation.is_probe:
        failed = _error(operation, "Not ready, or no database; the answer says which")
        own = {"content": _content(operation)} if operation.answer is ReadyAnswer else {}
        statuses = ("400", "414") if operation.answer else ()
        return {
            **{status: _error(operation, ERRORS[status]) for status in statuses},
            "503": failed | own,
        }
    return {
        "304": {"description": "The same as what the client has"},
        **{status: _error(operation, words) for status, words in ERRORS.items()},
    }


def _content(operation: Operation) -> Schema:
    if operation.answer is None:
        return {operation.media: {"schema": {"type": "string"}}}
    return {JSON: {"schema": {"$ref": REFERENCE.format(name=operation.answer.__name__)}}}


def _error(operation: Operation, words: str) -> Schema:
    """An error: JSON to programs, and a page elsewhere."""
    if is_for_programs(operation.path):
        schema = {"$ref": REFERENCE.format(name=ErrorAnswer.__name__)}
        return {"description": words, "content": {JSON: {"schema": schema}}}
    return {"description": words, "content": {"text/html": {"schema": {"type": "string"}}}}
