"""Commands in processes that may be killed: forks with everything loaded, or new processes."""

from __future__ import annotations

import ctypes
import gc
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import IO, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
COMMAND = (sys.executable, "-c", "import cli; cli.main()")
LOADED = (
    "alembic.command", "apsw", "email_validator", "psycopg", "events.database.backup",
    "events.database.upgrade", "events.postgres.store", "events.sqlite.dbapi",
    "events.sqlite.store", "events.sqlite.table_writer", "events.transparency.verification",
    "notifications.delivery.lanes", "notifications.scheduler.quiet", "notifications.scheduler.tick",
    "tracker.cli.entering.record_flow", "tracker.projections.rebuild",
    "tracker.projections.writing", "tracker.recording.files.judged_file",
    "tracker.recording.intake",
)  # fmt: skip
"""What commands load beside their own modules, loaded once so that a fork begins at once."""
PR_SET_PDEATHSIG, PR_SET_PTRACER, ANY_PROCESS = 1, 0x59616D61, -1
UNEXPECTED = re.compile(r"\bunexpected [A-Z]\w*: |^Traceback", re.MULTILINE)


class Answer(NamedTuple):
    """The exit code of a command, and all that it printed."""

    code: int
    text: str

    @property
    def error(self) -> str:
        """The line that says what went wrong."""
        lines = [line for line in self.text.splitlines() if "Error" in line]
        return (lines or [self.text[-200:]])[0][:200]


class Installation:
    """A database with a folder for all that belongs to it; its commands run in forks."""

    def __init__(self, folder: Path, database: str | None = None, **settings: object) -> None:
        self.folder = folder
        self.database = database or str(folder / "trial.db")
        self.settings = {
            "HOME": str(folder),
            "PACTWATCH_DB": self.database,
            "PACTWATCH_MAIL_DIR": str(folder / "mail"),
            **{name: str(value) for name, value in settings.items()},
        }

    def environment(self, **more: object) -> dict[str, str]:
        others = {k: v for k, v in os.environ.items() if not k.startswith(("PACTWATCH_", "XDG_"))}
        return {**others, **self.settings, **{name: str(value) for name, value in more.items()}}

    def run(self, *args: object, out: Path | None = None) -> int:
        """Runs a command in this process, which has to be a fork; returns its exit code."""
        import cli

        for name in [name for name in os.environ if name.startswith(("PACTWATCH_", "XDG_"))]:
            del os.environ[name]
        os.environ.update(self.settings)
        target = os.open(out or os.devnull, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(target, 1)
        os.dup2(target, 2)
        os.close(target)
        try:
            cli.main([str(arg) for arg in args])
        except SystemExit as end:
            return int(end.code or 0)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
        return 0

    def command(self, *args: object, cpu_seconds: int | None = None) -> Answer:
        """Runs a command in a fork to its end."""
        out = self.folder / f"answer-{os.getpid()}"

        def work() -> int:
            if cpu_seconds is not None:
                limit_cpu(cpu_seconds)
            return self.run(*args, out=out)

        code = exit_code(fork(work))
        return Answer(code, out.read_text(errors="replace"))

    def start(
        self,
        *args: object,
        log: IO[bytes] | int = subprocess.DEVNULL,
        **more: object,
    ) -> subprocess.Popen[bytes]:
        """Starts a command in a process of its own."""
        environment = {**self.environment(**more), "PYTHONPATH": str(ROOT)}
        words = [*COMMAND, *map(str, args)]
        return subprocess.Popen(
            words, cwd=self.folder, env=environment, stdout=log, stderr=subprocess.STDOUT
        )

    def start_fork(self, out: Path, *args: object, loaded: str | None = None) -> BaseProcess:
        """Starts a command in a fork of this process, or of one that has loaded a module alone.

        The module may change the program; all forks of a trial are of the first that it names.
        """
        process: BaseProcess
        work = (loaded, out, *args)
        if loaded is None:
            process = get_context("fork").Process(target=self._run_forked, args=work)
        else:
            context = get_context("forkserver")
            context.set_forkserver_preload([loaded])
            process = context.Process(target=self._run_forked, args=work)
        process.start()
        return process

    def _run_forked(self, loaded: str | None, out: Path, *args: object) -> None:
        if loaded:
            import_module(loaded)
        become_child()
        os.chdir(self.folder)
        sys.exit(self.run(*args, out=out))


def is_unexpected(text: str) -> bool:
    """Whether the program said that it did not know what went wrong."""
    return UNEXPECTED.search(text) is not None


def limit_cpu(seconds: int) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))


@contextmanager
def workspace() -> Iterator[Path]:
    """A folder that is removed in the end; other users, such as PostgreSQL's, may enter it."""
    preload()
    folder = Path(tempfile.mkdtemp(prefix="pactwatch-trial-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@cache
def preload() -> None:
    import cli

    load((*LOADED, *{place.partition(":")[0] for place, _ in cli.COMMANDS.values()}))


def load(modules: Iterable[str]) -> None:
    """Imports what forks of this process share.

    Otherwise each fork would look for garbage in all of it, and so make a copy of it.
    """
    for name in modules:
        import_module(name)
    gc.collect()
    gc.freeze()


def fork(work: Callable[[], int | None]) -> int:
    """Starts a child that exits with what `work` returns; it dies with its parent."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        become_child()
        random.seed()
        code = work() or 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


def become_child() -> None:
    """Lets this fork die with its parent, and be ended as any process is."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def let_be_traced() -> None:
    """Lets a process trace this one that is not its ancestor, where the kernel asks for leave."""
    ctypes.CDLL(None).prctl(PR_SET_PTRACER, ctypes.c_long(ANY_PROCESS))


def exit_code(pid: int) -> int:
    """Waits for a child; the negative number of a signal when one ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def kill(*pids: int) -> None:
    """Kills children of ours and waits for their end."""
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    for pid in pids:
        os.waitpid(pid, 0)


def end(process: subprocess.Popen[bytes], patience: float = 20) -> int:
    """Ends a process of ours, stopped or not; returns its exit code."""
    if process.poll() is None:
        process.send_signal(signal.SIGCONT)
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            return process.wait(patience)
        process.kill()
    return process.wait()


def append_line(path: Path, text: str) -> None:
    """Adds a line in one write, so that a killed process leaves none in half."""
    number = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.write(number, f"{text}\n".encode())
    os.close(number)


def lines_of(path: Path) -> list[str]:
    """The lines of a file; none where there is no file."""
    return path.read_text(errors="replace").splitlines() if path.exists() else []
