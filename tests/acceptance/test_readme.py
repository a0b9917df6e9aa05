"""Every command line of README does what it says, in the order in which it stands there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from tests.support.command import Run
from tests.support.dataset import ROOT

FIRST, _, REST = (ROOT / "README.md").read_text(encoding="utf-8").partition("## A first look")
RUN_ELSEWHERE = ("serve", "run", "demo --case grain")
"""They go on until they are stopped, or take long: here only their help is asked for."""
ENDS_WITH = {
    "record PerformanceConfirmed sw-rus": 1,  # asks at a terminal; elsewhere says what is missing
    "check --fail-on overdue,lapsed": 4,
    "doctor": 4,
}
PLACES = {"/tmp/look": "look", "/var/mail/bounces": "bounces", "hooks.example.org": "127.0.0.1"}
"""What lies outside a desk, and what stands for it here."""


def lines(text: str) -> Iterator[tuple[dict[str, str], list[str]]]:
    """Each command line with the settings before it; one of settings alone has no words."""
    for block in re.findall(r"(?m)^    \$ (.*(?:(?<=\\)\n.*)*)", text):
        for line in re.sub(r"\\\n\s*", "", block).split("&&"):
            words = [word for word in shlex.split(line, comments=True) if word != "export"]
            settings = [word for word in words if word.startswith("PACTWATCH_")]
            yield dict(each.split("=", 1) for each in settings), words[len(settings) + 1 :]


def follow(run: Run, text: str, **settings: str) -> list[str]:
    """Runs each line, and gives the output of each; what is exported holds from then on."""
    outputs = []
    for own, words in lines(text):
        if not words:
            settings |= own
            continue
        args = [words[0], "--help"] if " ".join(words) in RUN_ELSEWHERE else words
        done = run(*args, **settings)
        assert ENDS_WITH.get(" ".join(words), 0) == done.code, (words, done.err)
        outputs.append(done.out)
    return outputs


def test_the_first_agreement_stands_in_ten_lines_with_its_deadlines_right(run: Run) -> None:
    """On 1 March: thirty days end on the 30th or the 31st, ten days hence is the 11th."""
    now = {"PACTWATCH_NOW": "2026-03-01T10:00:00Z", "PACTWATCH_DB": "first.db"}
    *_, status, deadlines, _, digest = follow(run, FIRST, **now)

    assert 10 == sum(1 for _ in lines(FIRST.partition("## Your first agreement")[2]))
    assert "needs attention (1 of 3):\nwhy      promise   what" in status
    assert "alleged  open-isl  ISL -> NOR: to keep its ports open" in status
    assert [
        ("pay", "2026-03-11T23:00:00Z"),
        ("open-nor", "2026-03-30T22:00:00Z"),
        ("open-isl", "2026-03-31T00:00:00Z"),
        ("open-nor", "2026-03-31T22:00:00Z"),
        ("open-isl", "2026-04-01T00:00:00Z"),
    ] == [(r["commitment"], r["at"]) for r in run("deadlines", "--json", **now).json["deadlines"]]
    assert "pay       due   end of 2026-03-11" in deadlines
    assert digest.startswith(
        "Subject: Harbour accord (keep its ports open): breach alleged by Norway"
    )


def test_the_rest_of_the_page_runs_on_the_shipped_data(run: Run, desk: Path) -> None:
    """What it names beside the database is there: a file of reports, mail that came back."""
    text = REST
    for place, own in PLACES.items():
        text = text.replace(place, own)
    (desk / "reports.csv").write_text("type,party,name,zone\nPartyRegistered,x,X,UTC\n")
    (desk / "bounces").touch()
    before, heading, after = text.partition("    $ pactwatch verify --checkpoint kept.txt")
    follow(run, before, PACTWATCH_HOOK_NETWORKS="127.0.0.0/8")
    database = {"PACTWATCH_DB": "look/pactwatch.db"}
    (desk / "kept.txt").write_text(run("checkpoint", "show", **database).out, encoding="utf-8")
    follow(run, heading + after, **database)
