"""A real browser: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import os
import shutil
import subprocess

NAMES = ("chromium", "chromium-browser", "google-chrome")


class NoChromium(Exception):
    """No browser is here and none could be installed."""


def executable() -> str:
    """The path of Chromium; installed through apt when root; else NoChromium."""
    found = _present()
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        for command in (["apt-get", "update"], ["apt-get", "install", "-y", "chromium"]):
            subprocess.run(command, check=False, capture_output=True, timeout=600)
        found = _present()
    if found is None:
        raise NoChromium("no Chromium here; on Debian: apt-get install chromium")
    return found


def _present() -> str | None:
    return next((path for path in map(shutil.which, NAMES) if path), None)
