"""Templates of pages that are compiled once for all processes of a run."""

from __future__ import annotations

from jinja2 import FileSystemBytecodeCache

from tests.support import run_folder
from web.pages.render import environment


def share_compiled_templates() -> None:
    """Lets this process, and what it forks, read what another has compiled; all take half a second.

    Outside a run of tests there is no folder to share, and nothing changes.
    """
    if (shared := run_folder.shared()) is not None:
        folder = shared / "templates"
        folder.mkdir(exist_ok=True)
        environment().bytecode_cache = FileSystemBytecodeCache(str(folder))
