"""Databases for one test, copied from those that a module or a run has made."""

from __future__ import annotations

import shutil

import pytest


def own_copy(request: pytest.FixtureRequest, file: str, template: str) -> str:
    """The address of a copy, on the engine that the parameter of a fixture names.

    `file` and `template` are the fixtures that it is copied from.
    """
    if request.param == "postgres":
        return str(request.getfixturevalue("make_database")(request.getfixturevalue(template)))
    database = str(request.getfixturevalue("database"))
    shutil.copy(request.getfixturevalue(file), database)
    return database
