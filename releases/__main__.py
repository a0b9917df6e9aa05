"""Makes a release of the commit that is checked out: `make release`.

Wheel and sdist are built twice, in two clones, and have to be equal byte for byte; the wheel is
tried in a fresh environment of each Python that is here. `dist/` then has both, their sums, and the
notes of the version from CHANGELOG.md.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"
SHARED = ("systemd/pactwatch-run.service", "prometheus/pactwatch.rules.yml", "grafana/sqlite.json")
"""What the documents say lies beside an installed program."""
PYTHONS = ("python3.11", "python3.12", "python3.13")


class Refused(Exception):
    """A state of the tree of which no release is made."""


def main() -> None:
    try:
        for line in release():
            print(line, flush=True)
    except Refused as error:
        sys.exit(f"no release: {error}")


def release() -> Iterator[str]:
    """Builds, compares, tries and writes; says each step."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    notes = notes_of(version, (ROOT / "CHANGELOG.md").read_text())
    # Adds to the sample what this release will promise, which its tests have to know.
    _output(sys.executable, "-m", "tests.support.surface")
    if changed := _output("git", "status", "--porcelain"):
        raise Refused(f"the tree has changes that are not committed:\n{changed}")
    with TemporaryDirectory(prefix="pactwatch-release-") as folder:
        first, second = (_built(Path(folder) / name) for name in ("one", "another"))
        yield f"built {', '.join(first)}, twice"
        if differing := [name for name in first if first[name] != second.get(name)]:
            raise Refused(f"two builds differ: {', '.join(differing)}")
        files = Path(folder) / "one" / "dist"
        wheel = next(files.glob("*.whl"))
        for python in filter(_is_here, PYTHONS):
            _try(python, wheel, Path(folder) / python)
            yield f"installed and tried on {python}"
        shutil.rmtree(DIST, ignore_errors=True)
        shutil.copytree(files, DIST)
    sums = "".join(f"{digest}  {name}\n" for name, digest in sorted(first.items()))
    (DIST / "SHA256SUMS").write_text(sums)
    (DIST / "NOTES.md").write_text(notes)
    yield f"dist/ has pactwatch {version}; next: git tag v{version}"


def notes_of(version: str, changelog: str) -> str:
    """The section of a version, with its heading."""
    sections = changelog.split("\n## ")[1:]
    ours = [section for section in sections if section.split()[0] == version]
    if not ours:
        raise Refused(f"CHANGELOG.md has no section {version}; give `Unreleased` version and date")
    return f"# pactwatch {ours[0].strip()}\n"


def _built(clone: Path) -> dict[str, str]:
    """Builds in a clone of this commit; the sum of each file by its name."""
    _output("git", "clone", "--quiet", str(ROOT), str(clone))
    epoch = _output("git", "log", "-1", "--format=%ct")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", "dist"],
        cwd=clone,
        env={**os.environ, "SOURCE_DATE_EPOCH": epoch},
        check=True,
        capture_output=True,
    )
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((clone / "dist").iterdir())
    }


def _is_here(python: str) -> bool:
    """Whether it runs; a shim may stand for one that is not installed."""
    if shutil.which(python) is None:
        return False
    return not subprocess.run((python, "--version"), capture_output=True, check=False).returncode


def _try(python: str, wheel: Path, folder: Path) -> None:
    """Installs the wheel with the locked requirements, and takes it through the demo."""

    def run(*command: str) -> None:
        # In a folder without the source tree, so that nothing is imported from it.
        done = subprocess.run(
            command, cwd=folder.parent, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise Refused(f"{' '.join(command)} ended with {done.returncode}\n{done.stderr}")

    run(python, "-m", "venv", str(folder))
    pip = (str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install")
    run(*pip, "--quiet", "--require-hashes", "-r", str(ROOT / "requirements.txt"))
    run(*pip, "--quiet", "--no-deps", str(wheel))
    command = str(folder / "bin" / "pactwatch")
    run(command, "--version")
    if missing := [name for name in SHARED if not (folder / "share" / "pactwatch" / name).exists()]:
        raise Refused(f"the wheel installs no share/pactwatch/{missing[0]}")
    run(command, "demo", "--dir", str(folder / "demo"))
    run(command, "--db", str(folder / "demo" / "pactwatch.db"), "verify")


def _output(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout.strip()


if __name__ == "__main__":
    main()
