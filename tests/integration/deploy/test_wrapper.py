"""The wrapper of the units: it runs a command as the services run, for whoever calls it.

Systemd is not there where tests run. So what the wrapper asks of the machine is answered by
programs that write down how they were called; the wrapper itself is run by the shell as it is.
"""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.dataset import ROOT

WRAPPER = ROOT / "deploy" / "systemd" / "pactwatch"
PROGRAM = "/opt/pactwatch/bin/pactwatch"
WRITES_DOWN = (
    '#!/bin/sh\nfor word; do printf "%s\\n" "$word"; done >> "$CALLS"\nexit "${CODE:-0}"\n'
)
IS_ROOT = '#!/bin/sh\n[ "$1" = -u ] && echo "${IS:-0}" || echo "${LOGIN:-root}"\n'
MAY_NOT_ENTER = "#!/bin/sh\nexit 1\n"
MAY_ENTER = '#!/bin/sh\nwhile [ "${1#--}" != "$1" ]; do shift; done\nexec "$@"\n'

Wrapped = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    """Where the arguments of `systemd-run` are written, one a line."""
    return tmp_path / "calls"


@pytest.fixture
def wrapped(tmp_path: Path, calls: Path) -> Wrapped:
    """Runs the wrapper in a folder, with variables of the caller."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, text in {"systemd-run": WRITES_DOWN, "id": IS_ROOT, "setpriv": MAY_ENTER}.items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)

    def run(*args: str, folder: Path = tmp_path, **more: str) -> subprocess.CompletedProcess[str]:
        path = f"{programs}:{os.environ['PATH']}"
        variables = {"PATH": path, "CALLS": str(calls), **more}
        return subprocess.run(
            [shutil.which("sh") or "sh", WRAPPER, *args],
            check=False,
            cwd=folder,
            env=variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )

    return run


def test_a_command_runs_with_user_settings_and_folder(
    wrapped: Wrapped, calls: Path, tmp_path: Path
) -> None:
    """Of the services; its words reach the program as they were typed, and the umask is theirs."""
    done = wrapped("record", "RoundHeld", "talks", "text=two words", "--yes")
    called = calls.read_text().splitlines()

    assert (0, "") == (done.returncode, done.stderr)
    assert called[called.index(PROGRAM) + 1 :] == [
        "record", "RoundHeld", "talks", "text=two words", "--yes",
    ]  # fmt: skip
    assert {
        "--wait",
        "--collect",
        "--pipe",
        "--uid=pactwatch",
        "--gid=pactwatch",
        f"--property=WorkingDirectory=-{tmp_path}",
        "--property=EnvironmentFile=/etc/pactwatch/environment",
        "--property=UMask=0027",
    } <= set(called)


def test_the_settings_are_those_of_the_units(wrapped: Wrapped, calls: Path) -> None:
    """User, group, umask, file of settings and program are what the services have."""
    wrapped("status")
    called = set(calls.read_text().splitlines())

    for unit in sorted(WRAPPER.parent.glob("*.service")):
        lines = dict(
            line.split("=", 1) for line in unit.read_text().splitlines() if "=" in line[1:]
        )
        assert {
            f"--uid={lines['User']}",
            f"--gid={lines['Group']}",
            f"--property=UMask={lines['UMask']}",
            f"--property=EnvironmentFile={lines['EnvironmentFile']}",
            lines["ExecStart"].split()[0],
        } <= called


@pytest.mark.parametrize(
    ("variables", "author"),
    [
        ({"LOGIN": "root"}, "root"),
        ({"LOGIN": "root", "SUDO_USER": "ada"}, "ada"),
        ({"SUDO_USER": "ada", "PACTWATCH_AUTHOR": "desk"}, "desk"),
    ],
)
def test_who_calls_is_on_record_as_author(
    wrapped: Wrapped, calls: Path, variables: dict[str, str], author: str
) -> None:
    """The one behind sudo, and whom the caller names before that."""
    wrapped("status", **variables)
    assert f"--setenv=PACTWATCH_AUTHOR={author}" in calls.read_text().splitlines()


def test_the_code_of_the_command_is_that_of_the_wrapper(wrapped: Wrapped) -> None:
    """So that `check` can be asked by cron."""
    assert 4 == wrapped("check", CODE="4").returncode


def test_a_folder_that_the_services_may_not_enter_is_said(wrapped: Wrapped, tmp_path: Path) -> None:
    """The command runs all the same: it may name no file. Who is not root is not asked for."""
    (tmp_path / "bin" / "setpriv").write_text(MAY_NOT_ENTER)
    closed, others = wrapped("status"), wrapped("status", IS="1000")

    assert (0, 0) == (closed.returncode, others.returncode)
    assert f"the user pactwatch may not enter {tmp_path}" in closed.stderr
    assert "" == others.stderr


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="without root")
@pytest.mark.parametrize(("folder", "is_said"), [("closed", True), ("/usr", False)])
def test_whether_a_folder_may_be_entered_is_asked_as_that_user(
    wrapped: Wrapped, tmp_path: Path, folder: str, is_said: bool
) -> None:
    """By the rights of an ordinary user, who stands for the one of the services."""
    (tmp_path / "closed").mkdir(mode=0o700)
    true, own = shutil.which("setpriv"), "--reuid=65534 --regid=65534 --clear-groups"
    (tmp_path / "bin" / "setpriv").write_text(
        f'#!/bin/sh\nwhile [ "${{1#--}}" != "$1" ]; do shift; done\nexec {true} {own} "$@"\n'
    )
    assert is_said is ("may not enter" in wrapped("status", folder=tmp_path / folder).stderr)


def test_a_terminal_is_handed_on(wrapped: Wrapped, calls: Path, tmp_path: Path) -> None:
    """A person is asked before something is recorded; a pipe is none."""
    wrapped("status")
    assert "--pipe" in calls.read_text()
    calls.unlink()
    ours, theirs = pty.openpty()
    try:
        subprocess.run(
            ["sh", WRAPPER, "status"],
            cwd=tmp_path,
            env={"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "CALLS": str(calls)},
            stdin=theirs,
            stdout=theirs,
            check=True,
        )
    finally:
        os.close(ours)
        os.close(theirs)
    assert "--pty" in calls.read_text()
