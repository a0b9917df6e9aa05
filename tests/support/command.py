"""The command, run as a person runs it: `Command` in this process, `Process` in one of its own.

Both take words, standard input and settings, and answer with exit code and bytes. `Command` calls
the entry of the installed script with everything a new process would have: its directory, exactly
its environment, three byte streams that are no terminals, no filled caches, no open database
followups. What it can not be is interrupted, piped or started in another locale; `Process` is
for tests of that.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import IO, Any

import apsw

import cli
from notifications.digests import templating

COMMAND = Path(sys.executable).with_name("pactwatch")
STARTUP = ("LANG", "LANGUAGE", "LC_", "PYTHON", "TZ")
"""Variables that Python reads when it starts, so that only a process of its own can have them."""
PATIENCE = 60.0


@dataclass(frozen=True)
class Result:
    """Exit code and bytes of one run; `out` and `err` are the text with plain line ends."""

    code: int
    stdout: bytes
    stderr: bytes

    @cached_property
    def out(self) -> str:
        return _text(self.stdout)

    @cached_property
    def err(self) -> str:
        return _text(self.stderr)

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Result]
Fill = Callable[[Run], object]
"""Commands that leave a database."""
OnDesk = Callable[..., Run]
"""Puts the database that commands leave onto a desk; they run once, where one is given on it."""


def _text(content: bytes) -> str:
    """The content as `subprocess` with `text=True` gives it."""
    return io.TextIOWrapper(io.BytesIO(content)).read()


def plain_environment(desk: Path) -> dict[str, str]:
    """A clean environment with a database and a mail folder on the desk, and a name."""
    own = ("PACTWATCH_", "NO_COLOR", "COLUMNS", "_PACTWATCH")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    return clean | {
        "TERM": "xterm-256color",
        "PACTWATCH_DB": f"sqlite:///{desk}/desk.db",
        "PACTWATCH_MAIL_DIR": str(desk / "mail"),
        "PACTWATCH_AUTHOR": "desk",
    }


def database_of_commands(desk: Path, fill: Fill, begin: Path | None = None) -> Path:
    """The database that commands leave on a clean desk, or on one with a copy, to be copied."""
    if begin is not None:
        shutil.copy(begin, desk / "desk.db")
    fill(Command(desk, plain_environment(desk)))
    return desk / "desk.db"


@dataclass(frozen=True)
class Process:
    """Runs the installed command in a process of its own."""

    desk: Path
    environment: Mapping[str, str]

    def __call__(self, *args: str, stdin: str = "", **settings: str) -> Result:
        ended = subprocess.run(
            [str(COMMAND), *args],
            input=stdin.encode(),
            capture_output=True,
            cwd=self.desk,
            env={**self.environment, **settings},
            timeout=PATIENCE,
            check=False,
        )
        return Result(ended.returncode, ended.stdout, ended.stderr)


@dataclass(frozen=True)
class Command:
    """Runs the command's entry in this process, which is as it was before followups."""

    desk: Path
    environment: Mapping[str, str]

    def __call__(self, *args: str, stdin: str = "", **settings: str) -> Result:
        assert not [name for name in settings if name.startswith(STARTUP)], "needs a process"
        environment = {**self.environment, **settings}
        if "PACTWATCH_TEMPLATES" in environment:
            templating._environment.cache_clear()  # by folder, which may be relative
        with (
            _place(self.desk, environment),
            _streams(stdin.encode()) as (stdout, stderr),
            _databases_closed(),
        ):
            code = _call(args)
            return Result(code, _content(sys.stdout, stdout), _content(sys.stderr, stderr))


def _call(args: tuple[str, ...]) -> int:
    """The exit code of the entry, which is found in `sys.argv` as the script finds it."""
    before, sys.argv = sys.argv, [str(COMMAND), *args]
    try:
        cli.main()
    except SystemExit as end:
        return _exit_code(end.code)
    except Exception:
        traceback.print_exc()
        return 1
    finally:
        sys.argv = before
    return 0


def _exit_code(code: object) -> int:
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    print(code, file=sys.stderr)
    return 1


@contextlib.contextmanager
def _place(desk: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """Work in a directory with this environment alone."""
    before, variables = Path.cwd(), dict(os.environ)
    os.chdir(desk)
    _change_environment(variables, environment)
    try:
        yield
    finally:
        _change_environment(dict(os.environ), variables)
        os.chdir(before)


def _change_environment(before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """Sets only what differs, since each variable is encoded and handed to the system."""
    for name in before.keys() - after.keys():
        del os.environ[name]
    os.environ.update(after.items() - before.items())


@contextlib.contextmanager
def _streams(given: bytes) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """Give `sys` three files for streams, as text like those of a new process."""
    names = ("stdin", "stdout", "stderr", "__stdin__", "__stdout__", "__stderr__")
    before = {name: getattr(sys, name) for name in names}
    with contextlib.ExitStack() as files:
        stdin, stdout, stderr = (files.enter_context(tempfile.TemporaryFile()) for _ in range(3))
        stdin.write(given)
        stdin.seek(0)
        try:
            for name, file, mode in zip(names, (stdin, stdout, stderr), "rww", strict=False):
                stream = files.enter_context(_stream(name, file.fileno(), mode))
                setattr(sys, name, stream)
                setattr(sys, f"__{name}__", stream)
            yield stdout, stderr
        finally:
            for name, stream in before.items():
                setattr(sys, name, stream)


def _stream(name: str, number: int, mode: str) -> io.TextIOWrapper:
    encoding, errors = text_modes()[name]
    raw = io.FileIO(os.dup(number), mode)
    buffer = io.BufferedReader(raw) if mode == "r" else io.BufferedWriter(raw)
    return io.TextIOWrapper(buffer, encoding, errors, line_buffering=name == "stderr")


@cache
def text_modes() -> dict[str, list[str]]:
    """Encoding and error handler of each stream of a new process, asked of one."""
    question = (
        "import json, sys; print(json.dumps({n: [getattr(sys, n).encoding, getattr(sys, n).errors]"
        " for n in ('stdin', 'stdout', 'stderr')}))"
    )
    answer = subprocess.run([sys.executable, "-c", question], capture_output=True, check=True)
    modes: dict[str, list[str]] = json.loads(answer.stdout)
    return modes


def _content(stream: IO[str], file: IO[bytes]) -> bytes:
    """Everything that went to a stream, which may have been closed by the command."""
    if not stream.closed:
        stream.flush()
    file.seek(0)
    return file.read()


@contextlib.contextmanager
def _databases_closed() -> Iterator[None]:
    """Close the SQLite databases that the command left open, as the end of a process does."""
    before = {id(connection) for connection in apsw.connections()}
    try:
        yield
    finally:
        for connection in apsw.connections():
            if id(connection) not in before:
                connection.close()
