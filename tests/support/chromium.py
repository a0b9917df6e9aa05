"""A real browser: Debian's Chromium, driven by Playwright.

The shell is the same browser without the parts that only a window needs, and costs a quarter less.
"""

from __future__ import annotations

import shutil

from tests.support.apt import found_or_installed

SHELL = "chromium-headless-shell"
NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome")


class NoChromium(Exception):
    """No browser is here and none could be installed."""


def executable() -> str:
    """The path of Chromium; installed through apt when root; else NoChromium."""
    path = found_or_installed(_present, SHELL) or found_or_installed(_present, "chromium")
    if path is None:
        raise NoChromium("no Chromium here; on Debian: apt-get install chromium")
    return path


def _present() -> str | None:
    return next((path for path in map(shutil.which, NAMES) if path), None)
