"""Are the trials sharp? Plants faults in a copy of the program, each of which a trial has to find.

`python -m trials.mutants [NAME ...]` prints a JSON line for each planted fault with what found it,
and exits with 1 when one was missed, or a trial was not over in time.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from trials.__main__ import all_trials
from trials.planted import input as of_input
from trials.planted import log as of_log
from trials.planted import mail as of_mail
from trials.planted.mutant import Mutant
from trials.processes import ROOT
from trials.trial import Trial

MUTANTS = (*of_log.MUTANTS, *of_mail.MUTANTS, *of_input.MUTANTS)
COPIED = ("events", "tracker", "notifications", "web", "cli.py", "tests", "trials")
SECONDS = 900
LATE = f"not over after {SECONDS} s"
"""Of a machine with much else to do; it says nothing about the trial, which is to be run again."""


def main(names: list[str]) -> int:
    known = {each.name: each for each in MUTANTS}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SystemExit(f"unknown: {', '.join(unknown)}; expected {', '.join(known)}")
    results: list[object] = []
    for name in names or known:
        line = result_of(known[name])
        results.append(line["result"])
        print(json.dumps(line), flush=True)
    missed, late = results.count("MISSED"), results.count(LATE)
    print(f"{len(results)} planted faults, {missed} missed, {late} {LATE}", file=sys.stderr)
    return int(missed + late > 0)


def result_of(planted: Mutant) -> dict[str, object]:
    """Runs the trial that has to find a fault, in its short form; says which figures found it."""
    with copy_of_program() as root:
        plant(planted, root)
        document = short_form(planted.trial, root)
    counts = {name: count for name, count in document["figures"].items() if count}
    result = result_in(all_trials()[planted.trial], document["verdict"], counts)
    line: dict[str, object] = {"fault": planted.name, "trial": planted.trial, "result": result}
    return line | {"figures": counts}


def short_form(name: str, root: Path) -> dict[str, Any]:
    """What a trial of the program in a folder says."""
    command = [sys.executable, "-m", "trials", "--short", name]
    try:
        process = subprocess.run(
            command, cwd=root, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return {"verdict": LATE, "figures": {}}
    if not process.stdout:
        return {"verdict": "crashed", "figures": {}}
    document: dict[str, Any] = json.loads(process.stdout)
    return document


def result_in(trial: Trial, verdict: str, counts: dict[str, int]) -> str:
    """Whether a trial has found a fault: one that broke, or in which nothing happened, has not."""
    if verdict in ("not run", LATE):
        return verdict
    return "found" if any(counts.get(name) for name in trial.zero) else "MISSED"


@contextmanager
def copy_of_program() -> Iterator[Path]:
    """The program and its trials in a folder that is removed in the end."""
    with tempfile.TemporaryDirectory(prefix="pactwatch-mutant-") as folder:
        for name in COPIED:
            if (ROOT / name).is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(ROOT / name, Path(folder) / name, ignore=ignored)
            else:
                shutil.copy(ROOT / name, folder)
        yield Path(folder)


def plant(planted: Mutant, root: Path) -> None:
    """Makes the edits; raises ValueError when the program no longer has a text."""
    for file, source in mutated_sources(planted, root).items():
        (root / file).write_text(source)


def mutated_sources(planted: Mutant, root: Path) -> dict[str, str]:
    """The files as the edits leave them."""
    sources: dict[str, str] = {}
    for edit in planted.edits:
        source = sources.get(edit.file) or (root / edit.file).read_text()
        if source.count(edit.text) != 1:
            raise ValueError(f"{planted.name}: {edit.file} has no such text, or more than one")
        sources[edit.file] = source.replace(edit.text, edit.replacement)
        compile(sources[edit.file], edit.file, "exec")
    return sources


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
