"""`help`: plain texts on a subject, whose examples run, and the same as pages of the manual."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from events import format_instant
from tests.support.command import Run
from tests.support.dataset import EVENING
from tracker.model.event_types import EVENT_TYPES
from tracker.model.vocabulary import Compliance, Grade, Kind, RollUp, State, Timing
from tracker.terminal.help_topics import TOPICS, topic_text


def test_help_alone_lists_the_topics(run: Run) -> None:
    """Without a database, each with what it is about."""
    result = run("help")

    assert 0 == result.code
    assert all(f"  {name} " in result.out for name in TOPICS)


@pytest.mark.parametrize("name", TOPICS)
def test_a_topic_fits_a_screen_and_its_example_runs(shipped: Run, name: str) -> None:
    """Less than 60 lines of at most 78 columns, and a command that can be tried."""
    result = shipped("help", name)
    lines = result.out.splitlines()

    assert (0, topic_text(name)) == (result.code, result.out)
    assert len(lines) < 60
    assert all(len(line) <= 78 for line in lines)
    (example,) = (line[6:] for line in lines if line.startswith("    $ "))
    done = shipped(*shlex.split(example)[1:], PACTWATCH_NOW=format_instant(EVENING))
    assert 0 == done.code, done.err
    assert done.out


def test_every_type_of_entry_is_listed() -> None:
    """By its own name, as `record` takes it."""
    assert {*EVENT_TYPES} <= {*topic_text("entries").split()}


@pytest.mark.parametrize("words", [State, Compliance, Timing, Grade, Kind, RollUp])
def test_every_word_of_the_axes_is_explained(words: type[State]) -> None:
    """But for those that say that there is nothing to say."""
    text = topic_text("states")

    assert [] == [w for w in words if w.value not in text and w.value not in UNSAID]


UNSAID = ("n/a", "no_commitments")


def test_help_of_a_command_and_of_nothing(run: Run) -> None:
    """The name of a command shows its help; a slip is answered with the nearest topic."""
    assert run("help", "event", "correct").out.startswith("Usage: pactwatch event correct ")
    slip = run("help", "raedings")
    assert 1 == slip.code
    assert "did you mean readings?" in slip.err


def test_every_topic_is_a_page_of_the_manual(run: Run, desk: Path) -> None:
    """With the same words; groff has nothing against it, where it is installed."""
    assert 0 == run("help", "--man", "man7").code
    pages = sorted((desk / "man7").glob("*.7"))

    topics = sorted(f"pactwatch-{name}.7" for name in TOPICS)
    assert [*topics, "pactwatch.7"] == [page.name for page in pages]
    dates = (desk / "man7" / "pactwatch-dates.7").read_text(encoding="utf-8")
    assert ".SS Whose day\nA day begins and ends by the clock of a place." in dates
    assert "2025\\-03\\-20                 a day" in dates
    overview = (desk / "man7" / "pactwatch.7").read_text(encoding="utf-8")
    assert "pactwatch \\- track who promised what to whom, by when, according to whom, and what " \
        "happened since\n" in overview  # fmt: skip
    assert ".SS To tell others\n.EX\n    subscribe    Who receives digests." in overview
    if groff := shutil.which("groff"):
        check = [groff, "-man", "-Tutf8", "-ww", "-z", *map(str, pages)]
        done = subprocess.run(check, capture_output=True, text=True, check=False)
        assert (0, "") == (done.returncode, done.stderr)
