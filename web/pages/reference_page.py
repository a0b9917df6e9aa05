"""The reference of the API as a page: every address, what it takes and what it answers."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from web.model.reader import Reader
from web.pages.render import Page
from web.reference.openapi import openapi
from web.reference.operations import PARAMETER_WORDS, operations_of


class Field(Struct, frozen=True):
    """A key of an answer, and what stands there in words."""

    name: str
    kind: str


class Schema(Struct, frozen=True):
    """A form that answers have, or a part of one."""

    name: str
    words: str
    fields: list[Field]


def reference_page(reader: Reader, _: str) -> Page:
    """Every address with its parameters and the keys of its answer."""
    has_metrics = reader.site.has_metrics
    described = openapi(has_metrics=has_metrics)["components"]["schemas"]
    schemas = [_schema(*each) for each in described.items()]
    facts = {
        "operations": operations_of(has_metrics=has_metrics),
        "answer_of": lambda operation: getattr(operation.answer, "__name__", ""),
        "parameters": [(name, words) for name, (words, _schema) in PARAMETER_WORDS.items()],
        "schemas": [schema for schema in schemas if schema.fields],
        "sentence": "Everything on this board as JSON, CSV, feeds and calendars, for programs.",
    }
    return Page("reference.html.j2", facts)


def _schema(name: str, schema: dict[str, Any]) -> Schema:
    fields = [Field(key, kind_words(kind)) for key, kind in schema.get("properties", {}).items()]
    return Schema(name, str(schema.get("description", "")).partition("\n\n")[0], fields)


def kind_words(schema: dict[str, Any]) -> str:
    """A JSON schema in words: "text", "list of OpenReading", "number or null"."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(kind_words(each) for each in schema["anyOf"])
    if "enum" in schema:
        return " or ".join(map(str, schema["enum"]))
    words = {"string": "text", "integer": "whole number", "boolean": "true or false"}
    kind = schema.get("type", "anything")
    if kind == "array":
        return f"list of {kind_words(schema.get('items', {}))}"
    return words.get(str(kind), str(kind))
