"""Draws docs/floors.svg: the packages, and on which floor of them each folder stands.

The floors are read from .importlinter, which checks them, so the picture cannot say anything else.
"""

from __future__ import annotations

from collections.abc import Iterator
from configparser import ConfigParser
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = {
    "web": "what a reader sees over HTTP",
    "notifications": "who hears what, when, and whether it arrived",
    "tracker": "what was promised, what is due, how it stands",
    "events": "how a fact is stored, ordered and proven",
}
"""From left to right; each imports only from those to its right."""
FLOORS = {
    "web.cli": "serve, site",
    "web.export": "the board as files",
    "web.serving": "routes, cache, HTTP headers, mail links",
    "web.api": "JSON, CSV, feeds",
    "web.pages": "board, agreements, log; templates",
    "web.reference": "the API, described",
    "web.drawing": "axis, timeline",
    "web.model": "query, reader, links, words",
    "web.settings": "where, for whom, up to which TLP",
    "web.errors": "",
    "notifications.cli": "subscribe, alert, digest, outbox, tick, run",
    "notifications.monitoring": "what operators watch",
    "notifications.scheduler": "the turn and the daemon",
    "notifications.planning": "which news goes into which digest",
    "notifications.delivery": "SMTP, webhooks, apprise",
    "notifications.bounces": "what came back, and whose fault it is",
    "notifications.subscriptions": "who, what, how often, by whose leave",
    "notifications.outbox": "queue, leases, attempts, circuits, limits",
    "notifications.digests": "sections, items, text, HTML, JSON",
    "notifications.prose": "sentences, names, ends",
    "notifications.alerts": "what is noticed, told apart, over",
    "notifications.addresses": "mailboxes, hosts, channels",
    "notifications.feeds": "calendar, Atom",
    "notifications.mail": "MIME, headers, tokens",
    "notifications.settings": "PACTWATCH_*",
    "notifications.setting_forms": "URLs, domains and networks of settings",
    "notifications.tables": "",
    "notifications.errors": "",
    "notifications.language": "catalogues, days, lists",
    "tracker.cli": "record, status, explain, check, db ...",
    "tracker.analysis": "explain, readout, ledger, releases",
    "tracker.terminal": "session, tables, prompts",
    "tracker.queries": "questions to the record, with two clocks",
    "tracker.spreadsheets": "rows of CSV and .xlsx as events",
    "tracker.recording": "from a line or options to a judged event",
    "tracker.projections": "tables made from the log, and views",
    "tracker.documents": "what JSON says of a commitment",
    "tracker.rules": "transitions, clock rules, the fold",
    "tracker.sources": "lines, quotes, what was read of a text",
    "tracker.entries": "decoded, amended, marked, ordered",
    "tracker.model": "commitment, terms, payloads, words",
    "tracker.dates": "EDTF, durations, zones",
    "tracker.spool": "what waits on disk",
    "tracker.errors": "",
    "events.database": "engine, owned tables, upgrade, backup",
    "events.postgres": "store, schema, roles",
    "events.sqlite": "store, schema, write-ahead log",
    "events.memory": "",
    "events.sql_store": "",
    "events.tables": "",
    "events.transparency": "checkpoints, proofs, witness",
    "events.cloudevents": "",
    "events.store": "the contract of a store",
    "events.address": "",
    "events.encoding": "canonical JSON, rows, erasure",
    "events.merkle": "RFC 6962",
    "events.envelope": "",
    "events.upcasters": "",
    "events.errors": "",
    "events.wording": "",
    "events.instants": "",
    "events.locks": "",
    "events.batches": "",
    "events.garbled": "",
}
"""What stands on each floor, in a few words; a single module needs none."""
WIDTH, GAP, LINE, HEAD = 320, 26, 19, 58


def layers() -> dict[str, list[list[str]]]:
    """The floors of each package from the top, each with its folders and modules."""
    contracts = ConfigParser()
    contracts.read(ROOT / ".importlinter", encoding="utf-8")
    return {
        package: [
            [name.strip() for name in floor.split(":")]
            for floor in contracts[f"importlinter:contract:{package}"]["layers"].split("\n")
            if floor.strip()
        ]
        for package in PACKAGES
    }


def floors() -> str:
    """The picture as SVG, readable on light and on dark ground."""
    drawn = [column(n, name, stack) for n, (name, stack) in enumerate(layers().items())]
    height = max(bottom for _, bottom in drawn) + 14
    width = len(drawn) * (WIDTH + GAP) - GAP + 28
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" role="img" font-family="system-ui, sans-serif">',
            "<title>The floors of pactwatch</title>",
            "<desc>Four packages side by side. A package imports only from those to its right, a "
            "floor only from those below it.</desc>",
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
            *(shape for shapes, _ in drawn for shape in shapes),
            "</svg>\n",
        ]
    )


def column(number: int, package: str, stack: list[list[str]]) -> tuple[list[str], int]:
    """The shapes of one package, and where they end."""
    left, top = 14 + number * (WIDTH + GAP), HEAD
    shapes = [
        text(left, 26, package + "/", size=17, weight=600),
        text(left, 44, PACKAGES[package], size=11, fill="#555555"),
    ]
    if number + 1 < len(PACKAGES):
        shapes.append(text(left + WIDTH + 5, 26, "→", size=17, fill="#555555"))
    for floor in stack:
        lines = list(labels(package, floor))
        height = LINE * len(lines) + 8
        shapes.append(
            f'<rect x="{left}" y="{top}" width="{WIDTH}" height="{height}" rx="4" '
            'fill="#eef2f7" stroke="#8fa3bd"/>'
        )
        for n, (name, words) in enumerate(lines):
            y = top + 17 + n * LINE
            shapes.append(text(left + 8, y, name, size=12, weight=600))
            if words:
                shapes.append(text(left + 104, y, words, size=10, fill="#444444"))
        top += height + 5
    return shapes, top


def labels(package: str, floor: list[str]) -> Iterator[tuple[str, str]]:
    """A line for each folder; single modules share one."""
    modules = [name for name in floor if not FLOORS[f"{package}.{name}"]]
    yield from ((name, FLOORS[f"{package}.{name}"]) for name in floor if name not in modules)
    for n in range(0, len(modules), 3):
        yield ", ".join(modules[n : n + 3]), ""


def text(x: int, y: int, words: str, *, size: int, weight: int = 400, fill: str = "#111111") -> str:
    style = f'font-size="{size}" font-weight="{weight}" fill="{fill}"'
    return f'<text x="{x}" y="{y}" {style}>{escape(words)}</text>'
