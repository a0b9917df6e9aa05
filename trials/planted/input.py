"""Planted faults of what comes in, and of the site made from it."""

from __future__ import annotations

from trials.planted.mutant import Edit, Mutant, mutant

EXPORT = "web/export.py"
MUTANTS = (
    mutant(
        "endless-nesting",
        "how deep the data of an event may be is not limited",
        "hostile",
        "events/encoding/canonical.py",
        "MAX_DEPTH = 32\n",
        "MAX_DEPTH = 10**9\n",
    ),
    Mutant(
        "taken-unjudged",
        "nobody tries to fold an entry, or checks what takes the place of a finding, before it is "
        "taken",
        "poison",
        (
            Edit(
                "tracker/recording/stream_draft.py",
                "            self._refuse(now, error)\n",
                "",
            ),
            Edit(
                "tracker/recording/stream_draft.py",
                "            self._check_revision(entry, entry.payload)\n",
                "            pass\n",
            ),
        ),
    ),
    Mutant(
        "site-in-place",
        "a site is written into its folder from the start",
        "site-killed",
        (
            Edit(
                EXPORT,
                '    work = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", '
                "dir=directory.parent))\n",
                "    directory.mkdir(exist_ok=True)\n    work = directory\n",
            ),
            Edit(EXPORT, "        _replace(directory, work)\n", ""),
            Edit(
                EXPORT,
                "            remove_folder(work, MARK)\n",
                "            pass\n",
            ),
            Edit(EXPORT, 'shutil.copytree(STATIC, work / "static")', "pass"),
        ),
    ),
    mutant(
        "document-endings-unquoted",
        "a name that ends as a document does is taken as it is for a file's name",
        "site-names",
        "web/model/links.py",
        'stem = DOCUMENT_ENDING.sub("%2E", quote(id_, safe=""))',
        'stem = quote(id_, safe="")',
    ),
    mutant(
        "mark-removed-first",
        "what is removed loses first what shows that it may be removed",
        "site-killed",
        "events/files.py",
        "        elif path.name != mark:\n",
        "        else:\n",
    ),
)
