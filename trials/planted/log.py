"""Planted faults of the log: of its store, its backups, its upgrades and the disk below it."""

from __future__ import annotations

from trials.planted.mutant import Edit, Mutant, mutant

STORE = "events/sqlite/store.py"
BACKUP = "events/database/backup.py"
VERIFY = "events/transparency/verification.py"
MUTANTS = (
    mutant(
        "dependents-not-folded",
        "what hangs on a promise of another agreement is not folded when that one moves",
        "histories",
        "tracker/projections/bring_up.py",
        "    return with_dependents(tables.rows, list(dict.fromkeys([*news, *due])), suffix)\n",
        "    return list(dict.fromkeys([*news, *due]))\n",
    ),
    mutant(
        "moved-unseen",
        "a moment of another agreement stays where it was when it was first asked for",
        "histories",
        "tracker/rules/terms/elsewhere.py",
        "        if number != len(self.moved):\n",
        "        if number < 0:\n",
    ),
    mutant(
        "flush-left-out",
        "a commit does not wait for the disk",
        "power_cut",
        "events/sqlite/pragmas.py",
        '"synchronous": 2,',
        '"synchronous": 1,',
    ),
    mutant(
        "never-flushed",
        "nothing waits for the disk",
        "power_cut",
        "events/sqlite/pragmas.py",
        '"synchronous": 2,',
        '"synchronous": 0,',
    ),
    mutant(
        "file-line-by-line",
        "each line of a file is a transaction of its own",
        "kill9",
        "tracker/cli/entering/appending.py",
        "        append_accepted(store, accepted, progress)\n",
        "        for item in accepted.items:\n            store.append_batch([item])\n",
    ),
    mutant(
        "answered-before-commit",
        "an append is acknowledged before it is committed",
        "kill9",
        STORE,
        '            db.execute("COMMIT")\n',
        "            if self._commits % 3 == 2:\n"
        '                db.execute("COMMIT"), db.execute("BEGIN IMMEDIATE")\n'
        '            db.execute("COMMIT" if self._commits % 3 != 1 else "ROLLBACK")\n',
    ),
    mutant(
        "retry-refused",
        "an event that is there already is refused when it comes again",
        "kill9",
        STORE,
        "            except (apsw.ConstraintError, WrongExpectedVersion):\n",
        "            except WrongExpectedVersion:\n",
    ),
    mutant(
        "no-waiting",
        "a writer does not wait for another",
        "kill9",
        "events/sqlite/pragmas.py",
        "        connection.set_busy_handler(busy_handler())\n",
        "",
    ),
    mutant(
        "checkpoint-ahead",
        "the projection believes it has read more than it has",
        "kill9",
        "tracker/projections/bring_up.py",
        "    stale = agreement_ids(store) if anew else _stale_agreements(",
        "    stale = [] if len(moved) > 1 else _stale_agreements(",
    ),
    mutant(
        "guard-dropped",
        "an event may be changed in the file",
        "tamper",
        "events/sqlite/schema.py",
        '    f"CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN {REFUSED}; END",\n',
        "",
    ),
    mutant(
        "replace-unguarded",
        "INSERT OR REPLACE may take the place of an event",
        "tamper",
        "events/sqlite/schema.py",
        'f"WHEN NEW.position IS NOT {NEXT_POSITION} OR NEW.version IS NOT {NEXT_VERSION} "\n'
        '        f"OR EXISTS (SELECT 1 FROM events WHERE id = NEW.id) BEGIN {REFUSED}; END",\n',
        'f"WHEN 0 BEGIN {REFUSED}; END",\n',
    ),
    Mutant(
        "hashes-not-compared",
        "verify reads the hashes and does not compare them",
        "tamper",
        (
            Edit(VERIFY, "        if leaf != row[8]:\n", "        if not leaf:\n"),
            Edit(
                VERIFY,
                "        if self.edge.push(leaf) != row[9]:\n",
                "        if not self.edge.push(leaf) + leaf:\n",
            ),
        ),
    ),
    mutant(
        "empty-backup-taken",
        "a backup that was cut off at nothing is restored",
        "backups-hostile",
        BACKUP,
        "    if file.is_file() and not file.stat().st_size:\n",
        "    if file.is_dir():\n",
    ),
    mutant(
        "lock-for-ever",
        "a lock of PostgreSQL is waited for without end",
        "stuck-postgres",
        "events/postgres/connections.py",
        '"lock_timeout": "30s"',
        '"lock_timeout": "0"',
    ),
    mutant(
        "backup-left-over",
        "a backup that failed leaves its first half",
        "disk_full-outputs",
        BACKUP,
        "    finally:\n        _remove(partial)\n",
        "    finally:\n        pass\n",
    ),
    mutant(
        "lock-taken-late",
        "a writer reads first, and takes the write lock when it writes",
        "contention",
        STORE,
        '        db.execute("BEGIN IMMEDIATE")\n        try:\n',
        '        db.execute("BEGIN")\n        try:\n',
    ),
    mutant(
        "tried-once",
        "an entry that meets another's is not judged and appended again",
        "contention",
        "tracker/cli/entering/appending.py",
        "        except (EventIdConflict, WrongExpectedVersion):\n",
        "        except EventIdConflict:\n",
    ),
    mutant(
        "upgrade-in-parts",
        "an upgrade is committed before the events are copied",
        "upgrade",
        "events/database/migrations/versions/events_0002_merkle_log.py",
        "        op.execute(statement)\n    _copy(bind)\n",
        '        op.execute(statement)\n    op.execute("COMMIT")\n'
        '    op.execute("BEGIN IMMEDIATE")\n    _copy(bind)\n',
    ),
    Mutant(
        "backup-in-place",
        "a backup is written under its own name from the start",
        "backups-killed",
        (
            Edit(BACKUP, 'partial = file.with_name(file.name + ".partial")', "partial = file"),
            Edit(
                BACKUP, "    finally:\n        _remove(partial)\n", "    finally:\n        pass\n"
            ),
        ),
    ),
    mutant(
        "backup-by-copy",
        "a backup copies the file and leaves out its write-ahead log",
        "backups-beside-writers",
        BACKUP,
        "    try:\n        with closing(pragmas.connect(source)) as origin",
        "    Path(target).write_bytes(Path(source).read_bytes())\n    return\n"
        "    try:\n        with closing(pragmas.connect(source)) as origin",
    ),
    mutant(
        "full-disk-ignored",
        "an append that the disk has no room for is acknowledged",
        "disk_full",
        STORE,
        '            if db.in_transaction:\n                db.execute("ROLLBACK")\n'
        "            raise\n",
        '            if db.in_transaction:\n                db.execute("ROLLBACK")\n'
        '            if not isinstance(__import__("sys").exception(), apsw.FullError):\n'
        "                raise\n",
    ),
    mutant(
        "not-connected-anew",
        "a store does not connect anew when the server has gone away",
        "postgres_restarts",
        "events/postgres/store.py",
        "        if self._connection is None or self._connection.closed:\n",
        "        if self._connection is None:\n",
    ),
    mutant(
        "first-host-only",
        "of an address with several hosts the first one is taken",
        "promotion",
        "events/postgres/connections.py",
        "        parameters = conninfo_to_dict(url)\n",
        "        parameters = {\n"
        '            k: str(v).split(",")[0] for k, v in conninfo_to_dict(url).items()\n'
        "        }\n",
    ),
    Mutant(
        "standby-not-waited-for",
        "a commit is acknowledged before the standby has it",
        "promotion",
        (
            Edit(
                "events/postgres/connections.py",
                '    "lock_timeout": "30s",\n',
                '    "lock_timeout": "30s",\n    "synchronous_commit": "local",\n',
            ),
            Edit(
                "events/postgres/schema.py",
                "NOT IN ('on', 'remote_apply')\n",
                "NOT IN ('on', 'remote_apply', 'local')\n",
            ),
        ),
    ),
    mutant(
        "failed-flush-ignored",
        "an append for which the disk returned an error is acknowledged",
        "disk_errors",
        STORE,
        '            if db.in_transaction:\n                db.execute("ROLLBACK")\n'
        "            raise\n",
        '            if db.in_transaction:\n                db.execute("ROLLBACK")\n'
        '            if not isinstance(__import__("sys").exception(), apsw.IOError):\n'
        "                raise\n",
    ),
    mutant(
        "read-only-unseen",
        "a database on a read-only disk is opened for writing",
        "disk_read_only",
        "events/sqlite/pragmas.py",
        "    read_only = read_only or not writable\n",
        "    writable = not read_only\n",
    ),
)
