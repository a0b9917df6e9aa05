"""The command in forks of one process that has loaded it, for tests whose subject is no start.

A fork has what a new process of the installed script has: its streams and its terminal, directory
and environment, signals that end it, no filled caches, no open database. What it has not is a start
of Python: `Process` is for tests of that.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from tests.support.command import COMMAND, STARTUP

FORKS = get_context("forkserver")
"""Forks of a process without threads; it begins with the first of them."""
FORKS.set_forkserver_preload(["tests.support.loaded"])
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def start(
    args: tuple[str, ...],
    environment: Mapping[str, str],
    cwd: Path,
    stream: int,
    *,
    on_terminal: bool = False,
    installed: bool = False,
    ignored: tuple[signal.Signals, ...] = (),
) -> BaseProcess:
    """Run the command with a file for its output, or with a terminal for all that it has.

    The file is closed here: the fork has one of its own. `installed` runs the script instead;
    `ignored` are signals that it finds ignored, as below `nohup`.
    """
    if not installed:
        assert startup(environment) == startup(os.environ), "needs a process"
    begin = _begin_script if installed else _call_entry
    work = (end := Connection(stream), on_terminal, ignored, begin, args, environment, cwd)
    process = FORKS.Process(target=_run, args=work)
    process.start()
    end.close()
    return process


def startup(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that Python reads when it starts, which come too late for a fork."""
    return {name: value for name, value in environment.items() if name.startswith(STARTUP)}


Begin = Callable[[list[str], Mapping[str, str]], None]


def _run(
    end: Connection,
    on_terminal: bool,
    ignored: tuple[signal.Signals, ...],
    begin: Begin,
    args: tuple[str, ...],
    environment: Mapping[str, str],
    cwd: Path,
) -> None:
    """What a fork does: it becomes a process of the command."""
    _take_streams(end, on_terminal)
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN if number in ignored else signal.SIG_DFL)
    os.chdir(cwd)
    begin([str(COMMAND), *args], environment)


def _begin_script(words: list[str], environment: Mapping[str, str]) -> None:
    os.execve(words[0], words, environment)


def _call_entry(words: list[str], environment: Mapping[str, str]) -> None:
    import cli

    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = words
    try:
        cli.main()
    finally:
        sys.stdout.flush()


def _take_streams(end: Connection, on_terminal: bool) -> None:
    """Puts the streams of the fork where they were asked for; Python opens new ones as it starts.

    Standard input is empty where there is no terminal.
    """
    if on_terminal:
        os.login_tty(os.dup(end.fileno()))
    else:
        null = os.open(os.devnull, os.O_RDONLY)
        for number, target in enumerate((null, end.fileno(), end.fileno())):
            os.dup2(target, number)
        os.close(null)
    end.close()
    sys.stdin = sys.__stdin__ = open(0, closefd=False)  # type: ignore[misc]  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=on_terminal or stream is sys.stderr)  # type: ignore[union-attr]


@contextmanager
def running(
    args: tuple[str, ...],
    environment: Mapping[str, str],
    cwd: Path,
    log: Path,
    ignored: tuple[signal.Signals, ...] = (),
) -> Iterator[BaseProcess]:
    """The command, with all that it prints in a file; killed at the end where it still runs."""
    stream = os.open(log, os.O_WRONLY | os.O_CREAT, 0o644)
    process = start(args, environment, cwd, stream, ignored=ignored)
    try:
        yield process
    finally:
        process.kill()
        process.join()


def end(process: BaseProcess, number: signal.Signals, seconds: float) -> int | None:
    """Sends a signal; the exit code, or None where it goes on for longer."""
    assert process.pid is not None
    os.kill(process.pid, number)
    process.join(seconds)
    return process.exitcode
