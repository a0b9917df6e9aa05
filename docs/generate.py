"""Writes the generated pages of docs/ from the code; `make docs` runs it."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec

from cli import COMMANDS, PACKAGES, group
from docs.floors import floors
from events.cloudevents import DROPPED
from events.database.packages import views_of
from events.database.views import View, sqlite
from notifications.settings import MailSettings
from tracker.cli.check import check
from tracker.cli.operations.integrity import verify
from tracker.entries.decoding import full_type
from tracker.model.clauses import (
    ReleaseClause,
    RenewalClause,
    SuspensionClause,
    WithdrawalClause,
)
from tracker.model.event_types import EVENT_TYPES
from tracker.model.payload import Payload, Source, own_fields
from tracker.model.relative import FORM, MOMENTS, Relative
from tracker.model.terms import Terms
from tracker.model.vocabulary import (
    Compliance,
    Flag,
    Grade,
    Kind,
    PeriodState,
    RollUp,
    State,
    Timing,
)
from tracker.recording import limits
from tracker.rules.clock_rules import CLOCK_RULES
from tracker.rules.transitions import TRANSITIONS, Target

CLAUSES = {
    "renewal": RenewalClause,
    "withdrawal": WithdrawalClause,
    "suspension": SuspensionClause,
    "release": ReleaseClause,
}
FOREIGN_EVENTS = """
## Events of other producers

Taken: a byte order mark; a JSON array of events (the batch format; each counts as a line, 64 MiB at
most); `time` in any form of RFC 3339, digits beyond the microsecond not kept; a media type in any
case and with parameters, if it is `application/json`. Taken and not kept: {dropped}. Any other
attribute is refused, as are events without `data`.

An event is known by `source` and `id` together. An id that another source has taken is stored as
`ID.xxxxxxxx`, eight digits that follow from its source; `event`, `incident`, `reading` and
`derived_from` of that source follow.

## Desks that merge

Each exports all, and imports the export of the other: `pactwatch export | pactwatch --db other.db
import -`. `time` may be earlier than that of what is on record; entries of one day fold in the
order in which they were recorded, at either desk. The same registration of a party, agreement or
promise under two ids is one. What says otherwise of one event, party, agreement or promise is
listed with both versions (`conflicts` in JSON: `id`, `about`, `line`, `on_record`, `in_file`,
`differs`, `hint`), exit code 1, and nothing is recorded. A note that one desk has erased is no
conflict, nor is an entry as a correction on record has it. Afterwards `--known-at` counts what
either desk had recorded by then. Exchange whole exports: a part of one (`export --after`) does not
show that its desk knew how a party is registered, so another author's change of it is
refused as a conflict.

## Sheets

`pactwatch import reports.csv` or `.xlsx` (extra: `pip install 'pactwatch[excel]'`). The first row
names the columns: `type`, `agreement` or `commitment`, and the fields of the types, with dots into
their parts (`terms.due`, `source.url`); `pactwatch import --template ViolationAlleged` prints such
a row. An empty cell says nothing, `null` says that the account is silent. A list is separated by
`;`, or by `,` where it has no `;`; a structure in a list is JSON. Dates, parties and places may be
written as on the command line. Entries are recorded at the time of the import.

Without an `id` a row is known by a hash of its type and of what its cells say, wherever they stand:
the sheet can be taken in again, and only new rows count. Two rows that say the same are one entry,
with a warning; a row that was changed is a new entry, so change one by `pactwatch event correct`.
With an `id` the row is that entry, and another content under it is refused.

| in the file | what becomes of it |
|---|---|
| a comma, semicolon, tab or bar between cells | as the heading has it |
| UTF-8 with or without a byte order mark, UTF-16 with one | read |
| another encoding | refused by row and column; `--encoding cp1252` reads it |
| letters of a wrong encoding (`ZÃ¼rich`) | taken; a warning by cell names the right one |
| a text that begins with `=`, `+`, `-` or `@` | written with `'` before it, and read without |
| a formula or an error in an .xlsx file | refused by cell |
| a date in an .xlsx file, or the number of one in a column of dates | its day, 2025-03-20 |
| a clock time without a zone | refused: write `2025-03-20 14:30 Kyiv` as text |
| a column that no type has, one that stands twice, a value under none | refused by row and column |

`event list`, `status` and `deadlines` write such sheets with `--format csv`: UTF-8, commas, days as
2025-03-20 in the columns `day` and `occurred`, which a spreadsheet takes for dates, and instants
in UTC.

All mistakes are listed (`problems` in JSON: `row`, `column`, `name`, `message`, `hint`; the first
100), exit code 1, and nothing is recorded.
"""
DOCS = Path(__file__).resolve().parent


def pages() -> dict[str, str]:
    """Every generated page by file name."""
    return {
        "commands.md": commands(),
        "events.md": events(),
        "floors.svg": floors(),
        "reporting.md": reporting(),
        "states.md": states(),
    }


def commands() -> str:
    """One section a command, with its help as the terminal shows it."""
    exit_codes = " ".join((group.help or "").partition("Exit codes:")[2].split())
    parts = [
        "# Commands\n",
        "Generated by `make docs`.\n",
        f"Exit codes: {exit_codes}\n",
        "| command | for |\n|---|---|",
        *(f"| `{name}` | {text} |" for name, (_, text) in COMMANDS.items()),
        "\n## Settings\n",
        "Every option has an environment twin, named like its command and itself "
        "(`PACTWATCH_CHECK_FAIL_ON`); a flag outranks it. The options of `pactwatch` itself may "
        "stand after the command as well, but for `--tlp` and `--author`, which are the command's "
        "own there.\n",
        "| setting | default | meaning |\n|---|---|---|",
        *_settings(),
        "",
        *_sections(group, "pactwatch", None),
    ]
    return "\n".join(parts) + "\n"


def _settings() -> Iterator[str]:
    """The variables of the global options and of options that commands share, and mail's."""
    for parameter in group.params:
        yield from _variable(parameter, f"PACTWATCH_{str(parameter.name).upper()}")
    for parameter in (*verify.params, *check.params):
        if parameter.envvar:
            yield from _variable(parameter, "")
    for name, field in MailSettings.model_fields.items():
        yield f"| `PACTWATCH_{name.upper()}` | `{field.default}` | {field.description} |"


def _variable(parameter: click.Parameter, by_prefix: str) -> Iterator[str]:
    if isinstance(parameter, click.Option) and parameter.help and parameter.name != "version":
        default = "" if isinstance(parameter.default, Path) else parameter.default
        known = default if isinstance(default, str | bool) else ""
        yield f"| `{parameter.envvar or by_prefix}` | `{known}` | {parameter.help} |"


def _sections(command: click.Command, name: str, parent: click.Context | None) -> Iterator[str]:
    settings: dict[str, Any] = {**command.context_settings, "max_content_width": 96}
    context = click.Context(command, info_name=name.split()[-1], parent=parent, **settings)
    context.terminal_width = 96
    yield f"\n## {name}\n\n```text\n{command.get_help(context)}\n```"
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            subcommand = command.get_command(context, child)
            assert subcommand is not None
            yield from _sections(subcommand, f"{name} {child}", context)


def events() -> str:
    """Every event type with the fields that are its own, then the fields all share."""
    newer = [full_type(name) for name in EVENT_TYPES if not full_type(name).endswith(".v1")]
    parts = [
        "# Events\n",
        "Generated by `make docs`. One CloudEvents 1.0 JSON object a line; `type` is "
        f"`pactwatch.<Type>.v1`; {', '.join(f'`{name}`' for name in newer)} are written, and their "
        "earlier versions read. Fields in bold are required.\n",
        "| type | level | own fields |\n|---|---|---|",
        *(_event_row(name, payload) for name, payload in EVENT_TYPES.items()),
        "\nA registration has the subject `party/` and the id of its party; `parties`, the one "
        "subject of older logs, is read beside it, and what was recorded last of a party counts. "
        "`speaks_for` makes an account one of that party: its words and acts are the party's, and "
        "two accounts of one party are one source. Whom it speaks for first it speaks for always; "
        "a change counts from its date on, and moves nothing of what the account did before.",
        "\nA document has the subject `source/` and its id. `line_hashes` has eight characters a "
        "line, the first 48 bits of its SHA-256 in base64url; a line is hashed as it is compared: "
        "NFKC, one space for any, straight quotation marks, one kind of dash. Another `sha256` is "
        "a new edition. An entry names lines with `source.document`, `source.line` and, of "
        "several, `source.last_line`; typed, `source=blog:53` or `source=blog:53-55`. They are "
        "lines of the edition on record when it was recorded, else of the first; a document "
        "that is not registered, or a line beyond its last, is warned of and taken.",
        "\nOn a `commitment or agreement`: with `commitment` the entry is about that promise. "
        "Without it one entry moves every promise of the agreement that is open and has the terms "
        "in question of its agreement; `commitments` narrows it to some. Suspending by one party "
        "moves what it owes itself; a notice of one party (NonRenewalNotified, WithdrawalNotified) "
        "ends all, unless its clause says `only_own`. It is refused where it moves none. A "
        "condition of the agreement, such as its entry into force, is one of each promise, also of "
        "later ones.\n",
        "\n## Fields of `clauses`\n",
        "| field | form |\n|---|---|",
        *(
            f"| `{clause}.{name}` | {form} |"
            for clause, struct in CLAUSES.items()
            for name, form, _ in _fields(struct)
        ),
        "\n## Fields of every event\n",
        "| field | form |\n|---|---|",
        *(f"| `{name}` | {form} |" for name, form, _ in _fields(Payload)),
        "\n`text` is what was said, `said` when, where that is not when it `occurred`. "
        "A `source` has "
        f"{', '.join(f'`{name}`' for name, _, _ in _fields(Source))}; on a command line "
        "`source=blog:53` is a line of a document, and `source=https://…` an address. It reads as "
        '"Truce holds", Reuters, 20 March 2025, https://….',
        "\n## Fields of `terms`\n",
        "| field | form |\n|---|---|",
        *(f"| `{name}` | {form} |" for name, form, _ in _fields(Terms)),
        "\nA relative date is so long after a moment of another commitment or agreement:\n",
        "| part | form |\n|---|---|",
        *(f"| `{name}` | {form} |" for name, form, _ in _fields(Relative)),
        "\n`after` is the id, `moment` one of "
        f"{', '.join(f'`{name}`' for name in MOMENTS)}, `by` a length (none: that moment itself). "
        "Without `count` the day of the moment is not counted. `business` counts the working days "
        "of every country in `calendar`, with the extra: `pip install 'pactwatch[calendars]'`. On "
        f'a command line it is written `terms.due="{FORM}"`, and `count` may follow.',
        FOREIGN_EVENTS.format(dropped=", ".join(f"`{name}`" for name in sorted(DROPPED))),
        "\n## Dates\n",
        "In an event file a date is EDTF to level 1, as it was said: `2025-03-18`, `2025-03` or "
        "`2025-03-XX` (the month), `202X`, `2024-21` (spring), `2025-03~`, "
        "`2025-03-08/2025-03-11`, `2025-03-11/..`, an unknown bound `2025-03-11/`, or an instant "
        "with its offset, `2025-03-18T16:30:00Z`. A clock time without one, "
        "`2025-04-19T18:00:00`, is taken in `terms` beside their `zone`. An end that is open or "
        "unknown ends nothing and is refused as one.\n",
        "Whoever types may write as people do; what is recorded is the form above, and is printed "
        "(`occurred: 20 March 2025 -> 2025-03-20`):\n",
        "| written | recorded |\n|---|---|",
        *(f"| `{written}` | `{recorded}` |" for written, recorded in WRITTEN),
        "\nA place is a city that a zone is named by, or a capital. `3/4/2025`, `Friday` and "
        "`20 March` may mean several days, and are refused with each of them. So are a time "
        "without a place, and one that the clock there skips or shows twice. A party may be given "
        "by its name, alias or country code (`Norway -> NOR`), a zone by its city.\n",
        "\n## Lengths and values\n",
        "What is longer is refused as it comes in; a log that has it is read as before.\n",
        "| what | at most |\n|---|---|",
        "| the id of an agreement, commitment, incident or condition | 120 characters |",
        *(
            f"| {', '.join(f'`{name}`' for name in names)} | {limit} characters |"
            for names, limit in ((limits.TEXTS, limits.TEXT), (limits.LINES, limits.LINE))
        ),
        f"| every other text, and each in a list | {limits.NAME} characters |",
        f"| a list | {limits.ITEMS} items |",
        "\nThe `value` of a `term` is text, a whole number, a list of text, or `null` for silence; "
        "of a term that is a field of `terms`, it may have the form of that field.",
    ]
    return "\n".join(parts) + "\n"


WRITTEN = (
    ("yesterday, 3 days ago, -3d", "the day"),
    ("20 March 2025, March 20, 2025, 20/3/2025", "2025-03-20"),
    ("Thursday 20 March", "2025-03-20, where only one year fits"),
    ("last Friday", "the day, unless this week has had a Friday"),
    ("March 2025", "2025-03"),
    ("20-25 March 2025", "2025-03-20/2025-03-25"),
    ("2025-03-20 00:20 Kyiv, 20 March 2025 00:20 Europe/Kyiv", "2025-03-20T00:20:00+02:00"),
    ("2025-03-20T00:20+03:00, 2025-03-20 00:20 UTC+3", "2025-03-20T00:20:00+03:00"),
)


def _event_row(name: str, payload: type[Payload]) -> str:
    required = {field for field, _, is_required in _fields(payload) if is_required}
    own = [f"**`{field}`**" if field in required else f"`{field}`" for field in own_fields(payload)]
    return f"| {name} | {payload.level.replace('_', ' ')} | {', '.join(own) or 'none'} |"


def _fields(struct: type[msgspec.Struct]) -> Iterator[tuple[str, str, bool]]:
    hints = typing.get_type_hints(struct)
    for field in msgspec.structs.fields(struct):
        yield field.encode_name, _form(hints[field.name]), field.required


def _form(hint: Any) -> str:
    options = [option for option in typing.get_args(hint) or (hint,) if option not in _SILENT]
    if typing.get_origin(hint) is tuple:
        return f"list of {_form(typing.get_args(hint)[0])}"
    if typing.get_origin(hint) is list:
        return f"list of {_form(typing.get_args(hint)[0])}"
    if typing.get_origin(hint) is typing.Literal:
        return ", ".join(f"`{value}`" for value in typing.get_args(hint))
    if len(options) == 1 and options[0] is hint:
        return str(_WORDS.get(hint, getattr(hint, "__name__", hint)))
    return " or ".join(dict.fromkeys(_form(option) for option in options))


_SILENT = (type(None), msgspec.UnsetType)
_WORDS = {str: "text", int: "whole number", bool: "true or false", Relative: "relative date"}


def states() -> str:
    """The axes, the transition table and the clock rules, as the program runs them."""
    parts = [
        "# States\n",
        "Generated by `make docs` from the tables that the program runs.\n",
        "| axis | values |\n|---|---|",
        *_axes(),
        "\n## Transitions\n",
        "What no row lists is refused, except that a report can always be recorded as a claim.\n",
        "A row with a `by` asks whose act it is: that of the parties in `by`, else of the speaker, "
        "each account as the party that it speaks for, or a `basis` that makes it a fact; "
        "anyone else's word is a claim.\n",
        "| # | event | kind | from | to | case | by |\n|---|---|---|---|---|---|---|",
        *(_row(row) for row in TRANSITIONS),
        "\n## Clock rules\n",
        "| # | clock passes | kind | effect |\n|---|---|---|---|",
        *(f"| {r.number} | {r.moment} | {_kinds(r.kinds)} | {r.effect} |" for r in CLOCK_RULES),
    ]
    return "\n".join(parts) + "\n"


def _axes() -> Iterator[str]:
    named = {
        "state": State,
        "compliance": Compliance,
        "timing": Timing,
        "fulfilment": Grade,
        "a period of a recurring promise": PeriodState,
        "flags": Flag,
        "roll-up of an agreement": RollUp,
    }
    for name, words in named.items():
        yield f"| {name} | {', '.join(f'`{word.value}`' for word in words)} |"


def _row(row: Any) -> str:
    sources = ", ".join(sorted(source or "(none)" for source in row.sources))
    if len(row.sources) == len(State):
        sources = "any"
    to = row.to.value if isinstance(row.to, Target) else row.to
    kinds, case = _kinds(row.kinds), row.guard.replace("_", " ")
    return f"| {row.number} | {row.event} | {kinds} | {sources} | {to} | {case} | {row.by.value} |"


def _kinds(kinds: frozenset[Kind]) -> str:
    return "all" if kinds == frozenset(Kind) else ", ".join(sorted(kinds))


def reporting() -> str:
    """Every view with its columns, from the text that PostgreSQL keeps as comments."""
    parts = [
        "# Views for dashboards\n",
        "Generated by `make docs`. The same views with the same columns and values are on "
        "SQLite and PostgreSQL; the tables behind them are private.\n",
        "- Columns are only added, at the end; a column that is there keeps its name and meaning.",
        "- `*_at`, `time` and `timeend` are instants in UTC: `timestamptz` on PostgreSQL, RFC 3339 "
        "text with `Z` on SQLite.",
        "- `is_*` are boolean on PostgreSQL, 0 and 1 on SQLite. Other words are those of "
        "[states.md](states.md).",
        "- What the clock decides (`state`, `timing`, `is_overdue`, `is_open`, `days_left` and the "
        "like) is worked out when you ask. What events decide is as of `projected_position`: look "
        "at `reporting_freshness` before you believe a chart. An event that takes effect later "
        "than `projected_at` counts from the next turn on.",
        "- Lists are text with a comma and a space between. Ids stand beside readable names.",
        "- A tacit renewal without end is followed two dozen instants of the clock ahead of "
        "`projected_at`; a running `pactwatch run` never comes near that.\n",
        "On PostgreSQL let the dashboard log in with a role that is granted `pactwatch_reader`: it "
        "may read these views and nothing else. `pactwatch db upgrade`, run as the owner, brings "
        "views and rights to this release. On SQLite open the file read-only "
        "(`file:pactwatch.db?mode=ro`). Who may not write its folder can do that while `pactwatch "
        "run` has it open, and needs a copy otherwise: see dashboards/README.md.\n",
        *(_view(view) for view in views_of(PACKAGES)),
    ]
    return "\n".join(parts)


def _view(view: View) -> str:
    rows = [f"| `{column.name}` | {column.about} |" for column in view.columns(sqlite())]
    head = f"## {view.name}\n\n{view.about}\n\n| column | says |\n|---|---|"
    return "\n".join([head, *rows, ""])


def main() -> None:
    for name, text in pages().items():
        (DOCS / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
