"""What a release promises to programs (docs/stability.md), as lines that can be compared.

`python -m tests.support.surface` adds to `tests/samples/surface.json` what is new. Nothing is ever
taken out of it within a version X: a line that is there and not in the program is a broken promise.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import click
import msgspec
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from cli import group
from events.database.packages import views_of
from events.database.views import sqlite
from notifications.digests.item_data import ItemData, NewsData, PartyData, ReadingData
from notifications.monitoring.measurements import MEANINGS
from notifications.monitoring.turn_metrics import TurnMetrics
from notifications.settings import MailSettings
from tests.support.command_tree import commands
from tests.support.dataset import ROOT
from web.model.links import FILES, PATHS
from web.reference.openapi import openapi

SAMPLE = ROOT / "tests" / "samples" / "surface.json"
Lines = Callable[[], Iterator[str]]


def command_lines() -> Iterator[str]:
    """Commands, arguments, options with their words, and variables of the environment."""
    for name, command in commands(group, "pactwatch"):
        yield name
        for parameter in command.params:
            for option in (*parameter.opts, *parameter.secondary_opts):
                takes = "" if getattr(parameter, "is_flag", False) else " VALUE"
                yield f"{name} {option}{takes}"
                if isinstance(parameter.type, click.Choice):
                    yield from (f"{name} {option} {word}" for word in parameter.type.choices)
            variables = parameter.envvar or ()
            yield from ([variables] if isinstance(variables, str) else variables)


def setting_lines() -> Iterator[str]:
    yield from (f"PACTWATCH_{name.upper()}" for name in MailSettings.model_fields)


def address_lines() -> Iterator[str]:
    yield from (f"/{path}" for path in (*PATHS.values(), *FILES.values()))


def document_lines() -> Iterator[str]:
    """The API, as its description has it: each answer, and each field with its type."""
    document: Any = openapi()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}"
            for parameter in operation.get("parameters", ()):
                yield f"{method} {path} {parameter.get('name', parameter)}"
            for status in operation["responses"]:
                yield f"{method} {path} -> {status}"
    for name, schema in document["components"]["schemas"].items():
        for field, form in schema.get("properties", {}).items():
            yield f"{name}.{field}: {_type_of(form)}"


def _type_of(form: dict[str, Any]) -> str:
    """A JSON type in short; what is one of several is told in their order."""
    if reference := form.get("$ref"):
        return str(reference.rpartition("/")[2])
    if several := form.get("anyOf") or form.get("oneOf"):
        return " or ".join(map(_type_of, several))
    if "items" in form and isinstance(form["items"], dict):
        return f"list of {_type_of(form['items'])}"
    if "enum" in form:
        return "one of several words"
    return str(form.get("type", "anything"))


def view_lines() -> Iterator[str]:
    """Columns of the views and of the tables that `db publish` writes, with what they hold."""
    for view in views_of(("tracker.projections", "notifications")):
        for column in view.columns(sqlite()):
            kinds = (column.is_instant, column.is_truth, column.is_number)
            words = ("instant", "truth", "number")
            kind = next((word for word, is_so in zip(words, kinds, strict=True) if is_so), "text")
            yield f"{view.name}.{column.name}: {kind}"


def metric_lines() -> Iterator[str]:
    yield from MEANINGS
    for metric in vars(TurnMetrics(CollectorRegistry())).values():
        if isinstance(metric, (Counter, Gauge, Histogram)):
            yield f"{metric._name} {', '.join(metric._labelnames)}".strip()


def webhook_lines() -> Iterator[str]:
    """The fields of an item of version 2, and of what is in it."""
    for struct in (ItemData, NewsData, PartyData, ReadingData):
        for field in msgspec.structs.fields(struct):
            yield f"{struct.__name__}.{field.encode_name}"


KINDS: dict[str, Lines] = {
    "commands": command_lines,
    "settings": setting_lines,
    "addresses": address_lines,
    "documents": document_lines,
    "views": view_lines,
    "metrics": metric_lines,
    "webhooks": webhook_lines,
}


def surface() -> dict[str, list[str]]:
    """Every line of each kind, sorted."""
    return {kind: sorted(set(lines())) for kind, lines in KINDS.items()}


def difference(before: dict[str, list[str]], after: dict[str, list[str]]) -> list[str]:
    """The lines of `before` that are not in `after`, each with its kind."""
    return [
        f"{kind}: {line}"
        for kind, lines in before.items()
        for line in lines
        if line not in set(after.get(kind, ()))
    ]


def main() -> None:
    before = json.loads(SAMPLE.read_text()) if SAMPLE.exists() else {}
    now = surface()
    both = {kind: sorted({*before.get(kind, ()), *lines}) for kind, lines in now.items()}
    SAMPLE.write_text(json.dumps(both, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
