"""Every command, event type, alert, outbox state and setting has its row in docs."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from functools import cache
from itertools import chain
from pathlib import Path

import click
import pytest

from cli import COMMANDS, CONTEXT, group
from docs.generate import pages
from notifications.addresses.channels import APPRISE, MAIL, WEBHOOK
from notifications.alerts.kinds import SEVERITY
from notifications.alerts.resolution import STATES as ALERT_STATES
from notifications.outbox.queue import STATES
from notifications.settings import MailSettings
from notifications.subscriptions.cadence import CADENCES
from notifications.subscriptions.subscription import STATES as SUBSCRIPTION_STATES
from tests.support.command_tree import commands
from tests.support.dataset import DATASET, ROOT
from tracker.recording.lint import CODES

DOCS = ROOT / "docs"


ALL = dict(commands(group, "pactwatch"))


@pytest.fixture(scope="module")
def generated() -> Mapping[str, str]:
    """Every page that `make docs` writes."""
    return pages()


@pytest.mark.parametrize(
    "page", ["commands.md", "events.md", "floors.svg", "reporting.md", "states.md"]
)
def test_generated_pages_are_up_to_date(generated: Mapping[str, str], page: str) -> None:
    """`make docs` would change nothing."""
    assert generated[page] == (DOCS / page).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ALL)
def test_every_command_has_examples_in_its_help(name: str) -> None:
    """Help leads people by examples."""
    assert "Examples:" in (ALL[name].help or "")


@pytest.mark.parametrize("name", ALL)
def test_every_example_names_its_command(name: str) -> None:
    """An example under a command runs that command."""
    assert name in (ALL[name].help or "").partition("Examples:")[2]


@pytest.mark.parametrize("name", ALL)
def test_help_fits_a_terminal_and_explains_each_option(name: str) -> None:
    """No line is wider than 80 columns, and no option stands without a word."""
    # As the program calls it: a command keeps the help option that it is first asked for.
    settings = CONTEXT | {"max_content_width": 80}
    context = click.Context(ALL[name], info_name=name, terminal_width=80, **settings)

    assert [] == [line for line in ALL[name].get_help(context).splitlines() if len(line) > 80]
    options = [each for each in ALL[name].params if isinstance(each, click.Option)]
    assert [] == [option.name for option in options if not option.help]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_row(name: str) -> None:
    """The command list of the page is whole."""
    assert f"| `{name}` |" in (DOCS / "commands.md").read_text(encoding="utf-8")


OPTIONS = [each for one in ALL.values() for each in one.params if isinstance(each, click.Option)]
GLOBAL = [
    each for each in group.params if isinstance(each, click.Option) and each.name != "version"
]
SETTINGS = sorted(
    {
        *(str(each.envvar or f"PACTWATCH_{each.name}").upper() for each in GLOBAL),
        *(str(each.envvar) for each in OPTIONS if each.envvar),
        *(f"PACTWATCH_{name.upper()}" for name in MailSettings.model_fields),
    }
)


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_has_its_row(name: str) -> None:
    """Global options, what commands share, and mail."""
    assert f"| `{name}` |" in (DOCS / "commands.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "word",
    [*SEVERITY, *STATES, *SUBSCRIPTION_STATES, *ALERT_STATES, *CADENCES, MAIL, WEBHOOK, APPRISE],
)
def test_every_alert_state_and_cadence_is_explained(word: str) -> None:
    """docs/notifications.md has a row for each."""
    assert f"| `{word}` |" in (DOCS / "notifications.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("code", CODES)
def test_every_slip_is_explained(code: str) -> None:
    """docs/analysis.md has a row for each."""
    assert f"| `{code}` |" in (DOCS / "analysis.md").read_text(encoding="utf-8")


def test_the_tree_holds_no_database_and_no_mail() -> None:
    """A command that was tried in it leaves such a file where its settings name none."""
    command = ["git", "ls-files"]
    files = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    strays = [
        name
        for name in files.splitlines()
        if name.startswith("mail/") or name == "None" or name.endswith((".db", ".db-wal"))
    ]

    assert [] == strays


def test_every_data_file_is_listed() -> None:
    """docs/dataset.md names each agreement that is shipped."""
    text = (DOCS / "dataset.md").read_text(encoding="utf-8")
    shipped = {file.stem.partition("-")[2] for file in DATASET.glob("*.jsonl")}

    assert set() == {name for name in shipped if name not in text}


PAGES = sorted([*ROOT.glob("*.md"), *DOCS.glob("*.md"), *ROOT.glob("[a-z]*/README.md")])


def anchors(page: Path) -> set[str]:
    """The addresses of the headings of a page, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    """A relative link names a file that is there, and a heading of it."""
    text = page.read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", text)
    goals = [(page.parent / file if file else page, anchor) for file, anchor in links]

    assert [] == [
        (goal.name, anchor)
        for goal, anchor in goals
        if not goal.exists() or (anchor and anchor not in anchors(goal))
    ]


FOLDERS = (
    "events|tracker|notifications|web|tests|docs|dashboards|benchmarks|trials|deploy|releases"
    "|examples"
)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_files_named_in_the_pages_are_there(page: Path) -> None:
    """A path in backticks that begins with a folder of the project leads to a file or a folder."""
    text = page.read_text(encoding="utf-8")
    paths = re.findall(rf"`((?:{FOLDERS})/[\w./-]*)`", text)

    assert [] == [path for path in paths if not (ROOT / path).exists()]


@cache
def project_paths() -> list[str]:
    """Every file and folder of the project, and nothing of what is installed beside it."""
    folders = (ROOT / name for name in FOLDERS.split("|"))
    return [str(path) for path in chain(ROOT.glob("*"), *(f.rglob("*") for f in folders))]


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_modules_named_from_within_their_package_are_there(page: Path) -> None:
    """As `scheduler/quiet.py`; architecture.md names folders so, too: `rules/news`."""
    is_map = page.name == "architecture.md"
    named = re.findall(
        r"`([\w-]+/[\w./-]*\w)/?`" if is_map else r"`([\w/-]+\.py)`", page.read_text("utf-8")
    )
    ends = {path: (f"/{path}", f"/{path}.py") for path in named}

    assert [] == [
        path for path in named if not any(each.endswith(ends[path]) for each in project_paths())
    ]


def test_every_page_is_reached_from_the_readme() -> None:
    """A page that nothing leads to is read by nobody."""
    links = (ROOT / "README.md").read_text(encoding="utf-8")

    assert [] == [page.name for page in DOCS.glob("*.md") if f"(docs/{page.name})" not in links]
