"""A static site whose build is killed, and one of hostile names.

`site-killed` kills `site build` at random instants, and as it puts the new site into its place:
the folder holds the earlier site or the new one at any instant. `site-names` builds a site of
agreements and promises with every odd name that is taken.
"""

from __future__ import annotations

import json
import os
import random
import signal
import string
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from trials.facts import agreement, event, files_of, ids_of, value, write_lines
from trials.input.hostile_lines import NASTY
from trials.log.backups import kill_after
from trials.processes import Answer, Installation, exit_code, fork, is_unexpected, workspace
from trials.trial import Figures, Trial

MADE, AT = datetime(2026, 11, 20, tzinfo=UTC), "2026-11-28T12:00:00Z"
"""When all is recorded, and when each build takes place: two of the same log are equal."""
RESERVED = (
    "index", "index.html", "a", "A", "a.", ".a", "a.html", "a.html.html", "static", "events",
    "api", "deadlines", "about", "style.css", "con", "e\u0301", "é", "x" * 200, "x" * 199 + "y",
    ".pactwatch-site", "a b", "a%20b", "a+b", "a?b", "a#b", "a&b", "a:b", "~", "-a",
)  # fmt: skip
LETTERS = string.ascii_letters + ".%/\\-_~é☃ 0\u0301\u202e:?#&<>'\"$`|*"


def build(installation: Installation, site: Path) -> Answer:
    return installation.command("--now", AT, "-q", "site", "build", site, "--json")


def run_killed(cycles: int, figures: Figures) -> None:
    draw = random.Random(1)
    with workspace() as folder:
        installation, site = Installation(folder), folder / "out" / "site"
        began = time.monotonic()
        add_agreement(installation, "first")
        build(installation, site)
        took = time.monotonic() - began
        for cycle in range(cycles):
            before = files_of(site)
            add_agreement(installation, f"g{cycle}")
            words = ("--now", AT, "-q", "site", "build", site)
            if cycle % 2:
                was_killed = kill_as_replaced(installation, site, figures)
            else:
                was_killed = kill_after(draw.uniform(0.1, took), installation, *words)
            figures.add("killed", int(was_killed))
            after = files_of(site)
            answer = build(installation, site)
            if answer.code:
                figures.failed("retry_refused", answer.text)
            figures.add("absent", int(not after))
            figures.add("damaged", int(after not in ({}, before, files_of(site))))
            figures.add("left_over", len(list(site.parent.iterdir())) - 1)
            figures.add("cycles")


def kill_as_replaced(installation: Installation, site: Path, figures: Figures) -> bool:
    """Kills a build when another folder takes the site's name; returns whether it was at work."""
    before = site.stat().st_ino
    pid = fork(lambda: installation.run("--now", AT, "-q", "site", "build", site))
    while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        try:
            is_replaced = site.stat().st_ino != before
        except FileNotFoundError:
            figures.add("absent")
            is_replaced = True
        if is_replaced:
            os.kill(pid, signal.SIGKILL)
            break
    return exit_code(pid) < 0


def add_agreement(installation: Installation, key: str) -> None:
    lines = write_lines(installation.folder / "lines.jsonl", agreement(key, MADE, count=12))
    installation.command("-q", "import", lines)


def names(count: int) -> Iterator[str]:
    """Names for a site: nasty ones, those of its own files, and random ones."""
    draw = random.Random(2)
    fixed = [*NASTY, *RESERVED]
    for n in range(count):
        length = draw.randint(1, 12)
        yield fixed[n] if n < len(fixed) else "".join(draw.choices(LETTERS, k=length))


def run_names(cycles: int, figures: Figures) -> None:
    from web.model.links import file_of

    with workspace() as folder:
        installation, site = Installation(folder), folder / "out" / "site"
        installation.command("db", "init")
        for name in names(cycles):
            figures.add("cycles")
            figures.add("taken", int(take_name(installation, name, figures)))
        taken = installation.command("-q", "agreement", "list", "--json")
        ids = [str(each["id"]) for each in json.loads(taken.text)["agreements"]]
        pages = [file_of("agreement", each) for each in ids]
        outside = files_of(folder).keys()
        answer = build(installation, site)
        if answer.code or is_unexpected(answer.text) or json.loads(answer.text)["failed"]:
            figures.failed("not_built", answer.text)
        figures.add("pages", len(pages))
        figures.add("pages_missing", sum(not (site / page).is_file() for page in pages))
        figures.add("pages_shared", len(pages) - len(set(pages)))
        new = files_of(folder).keys() - outside
        strays = [path for path in new if not path.startswith(("out/site/", "answer-", "trial.db"))]
        for path in strays:
            figures.failed("outside", path)


def take_name(installation: Installation, name: str, figures: Figures) -> bool:
    """Imports an agreement of this name, with a promise of this name; returns whether it is in."""
    facts: dict[str, object] = {"agreement": name, "title": "x", "parties": ["NOR", "ISL"]}
    promise = {"kind": "achievement", "debtor": ["NOR"], "creditor": ["ISL"], "promise": "deliver"}
    count = value(installation.database, "SELECT count(*) FROM events")
    lines = [
        event("AgreementRecorded", name, f"n{count}", MADE, **facts),
        event("CommitmentAccepted", name, f"n{count}-c", MADE, commitment=name, **promise),
    ]
    file = write_lines(installation.folder / "lines.jsonl", lines)
    answer = installation.command("-q", "import", file)
    if is_unexpected(answer.text) or answer.code not in (0, 1):
        figures.failed("wrong_answer", f"[{answer.code}] {ids_of(lines)} {name!r}: {answer.text}")
    return answer.code == 0


TRIALS = (
    Trial(
        "site-killed",
        "Does a folder hold the earlier site or the new one when a build is killed?",
        run_killed,
        (4, 10, 200),
        ("absent", "damaged", "retry_refused", "left_over"),
        ("cycles", "killed"),
    ),
    Trial(
        "site-names",
        "Has everything that is taken, whatever its name, a page of its own inside the site?",
        run_names,
        (60, 300, 3000),
        ("wrong_answer", "not_built", "pages_missing", "pages_shared", "outside"),
        ("cycles", "taken", "pages"),
    ),
)
