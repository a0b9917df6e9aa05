"""What a run of tests begins and ends with."""

from __future__ import annotations

import gc
import shutil
import subprocess
from collections.abc import Generator
from contextlib import nullcontext
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol

from tests.support import run_folder

ROOT = Path(__file__).resolve().parents[1]
BUILT = {
    ".venv", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis",
    ".import_linter_cache", "build", "dist",
}  # fmt: skip
UNTRACKED = pytest.StashKey[set[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Load the shared fixtures, and with them the program, where tests run.

    The process that only hands tests out to others needs neither, and begins in half the time.
    Next to all that is made until the tests begin stays, so that no garbage is looked for.
    """
    if not hasattr(config, "workerinput"):
        run_folder.begin()
    if hasattr(config, "workerinput") or config.getoption("dist", "no") == "no":
        gc.disable()
        with run_folder.one_at_a_time("fixtures"):
            config.pluginmanager.import_plugin("tests.support.fixtures")


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Has one worker compile a module; the others read what it wrote."""
    is_module = isinstance(collector, pytest.Module)
    with run_folder.one_at_a_time(collector.nodeid) if is_module else nullcontext():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems() -> Generator[None]:
    """Has one worker read the modules for what Hypothesis likes to try, as with their code."""
    with run_folder.one_at_a_time("constants"):
        return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Has a worker report a test that passed once, and not its preparation and its end as well.

    Each report costs the worker and the process that counts. Who wants durations gets all.
    """
    config = item.config
    if not hasattr(config, "workerinput") or config.getoption("durations") is not None:
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for report in runtestprotocol(item, log=False, nextitem=nextitem):
        if report.when == "call" or not report.passed:
            item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def pytest_report_to_serializable(report: pytest.CollectReport | pytest.TestReport) -> None:
    """Leave out what nobody reads of a test that passed, and is half of what a worker sends."""
    if isinstance(report, pytest.TestReport) and report.passed:
        report.keywords = {}


def untracked() -> set[str]:
    """The files that git does not know, but for caches and what is built; none without git."""
    if shutil.which("git") is None:
        return set()
    command = ("git", "-C", str(ROOT), "status", "--porcelain", "--ignored")
    status = subprocess.run(command, capture_output=True, text=True, check=False)
    paths = {line[3:] for line in status.stdout.splitlines() if line[:2] in ("??", "!!")}
    return {path for path in paths if BUILT.isdisjoint(Path(path).parts)}


def pytest_sessionstart(session: pytest.Session) -> None:
    """Take note of the files that are there before any test."""
    if not hasattr(session.config, "workerinput"):
        session.config.stash[UNTRACKED] = untracked()


def pytest_collection_finish() -> None:
    """Spare the garbage collector the tests and the libraries, which stay until the end.

    It then looks less often, since a test leaves little garbage: a hundredth of the whole time.
    """
    gc.freeze()
    gc.set_threshold(10_000)
    gc.enable()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail where a test left a file in the tree."""
    before = session.config.stash.get(UNTRACKED, None)
    if before is None or not (files := untracked() - before):
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        reporter.write_line(f"\nERROR the tests left files in the tree: {sorted(files)}", red=True)
    session.exitstatus = pytest.ExitCode.TESTS_FAILED
