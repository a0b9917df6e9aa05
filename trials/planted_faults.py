"""The faults that are planted to see whether the trials are sharp, and the trial to find each."""

from __future__ import annotations

from typing import NamedTuple


class Edit(NamedTuple):
    """A text that stands once in a file of the program, and what takes its place."""

    file: str
    text: str
    replacement: str


class Mutant(NamedTuple):
    """A fault in words, the trial that has to find it, and the edits that plant it."""

    name: str
    fault: str
    trial: str
    edits: tuple[Edit, ...]


def mutant(name: str, fault: str, trial: str, file: str, text: str, replacement: str) -> Mutant:
    """A fault that one edit plants."""
    return Mutant(name, fault, trial, (Edit(file, text, replacement),))


STORE, QUEUE = "events/sqlite/store.py", "notifications/outbox/queue.py"
WORKER, REAPER = "notifications/delivery/worker.py", "notifications/outbox/reaper.py"
BACKUP, VERIFY = "events/database/backup.py", "events/transparency/verification.py"
EXPORT = "web/export.py"
MUTANTS = (
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
        "tracker/cli/record_flow.py",
        "    store.append_batch(items, versions)\n",
        "    for item in items:\n        store.append_batch([item])\n",
    ),
    mutant(
        "answered-before-commit",
        "an append is acknowledged before it is committed",
        "kill9",
        STORE,
        '                db.execute("COMMIT")\n',
        "                if self._commits % 3 == 2:\n"
        '                    db.execute("COMMIT"), db.execute("BEGIN IMMEDIATE")\n'
        '                db.execute("COMMIT" if self._commits % 3 != 1 else "ROLLBACK")\n',
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
        "tracker/projections/catch_up.py",
        "    stale = agreement_ids(store) if anew else _stale_agreements(",
        "    stale = [] if len(moved) > 1 else _stale_agreements(",
    ),
    mutant(
        "key-not-unique",
        "a message may be queued twice under one key",
        "outbox_faults",
        "notifications/outbox/enqueue.py",
        '        "dedup_key": message.dedup_key,\n',
        '        "dedup_key": f"{message.dedup_key}{datetime.now().timestamp()}",\n',
    ),
    Mutant(
        "fence-ignored",
        "a worker sends what another has taken over",
        "outbox_faults",
        (
            Edit(
                QUEUE,
                "        .where(is_unsettled, _fence(messages))\n",
                "        .where(OUTBOX.c.id.in_([message.id for message in messages]))\n",
            ),
        ),
    ),
    mutant(
        "settled-before-sent",
        "a message counts as sent before it is handed over",
        "outbox_faults",
        QUEUE,
        '        .values(state="transmitting", lease',
        '        .values(state="sent", lease',
    ),
    mutant(
        "leases-for-ever",
        "what a dead worker has claimed stays with it",
        "outbox_faults",
        REAPER,
        "        OUTBOX.c.lease_until < format_instant(at),\n",
        '        OUTBOX.c.lease_until < "",\n',
    ),
    mutant(
        "nothing-resent",
        "a message whose answer was lost is not sent again",
        "outbox_faults",
        REAPER,
        "    if ALL_LISTS in policy.held:\n",
        "    if policy:\n",
    ),
    mutant(
        "refusal-taken-for-success",
        "a message that the relay refused for now is not tried again",
        "outbox_faults",
        "notifications/delivery/smtp_replies.py",
        "    if 200 <= code < 300:\n",
        "    if 200 <= code < 500:\n",
    ),
    mutant(
        "answers-not-kept",
        "a killed worker has told nobody of the answers that it got",
        "outbox_faults",
        "notifications/outbox/answers.py",
        "        if not self._is_usable:\n",
        "        if answer:\n",
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
        '    f"WHEN NEW.position IS NOT {NEXT_POSITION} OR NEW.version IS NOT {NEXT_VERSION} "\n'
        '    f"OR EXISTS (SELECT 1 FROM events WHERE id = NEW.id) BEGIN {REFUSED}; END",\n',
        '    f"WHEN 0 BEGIN {REFUSED}; END",\n',
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
        "clock-watch-off",
        "nobody notices that the wall clock was set",
        "clock-daemon",
        "notifications/scheduler/daemon.py",
        "        step = watch.step()\n",
        "        step = 0.0\n",
    ),
    mutant(
        "horizon-removed",
        "a turn is taken at an instant that cannot be the present",
        "clock-daemon",
        "notifications/scheduler/last_turn.py",
        "    if present is not None and present < earliest:\n",
        "    if present is not None and present < now < earliest:\n",
    ),
    Mutant(
        "set-back-ignored",
        "what a turn ahead of its time has told is not taken back",
        "clock",
        (
            Edit(
                "notifications/planning/set_back.py",
                "    if cursor is not None and is_set_back(cursor, now):\n",
                "    if cursor is not None and cursor.seq < 0:\n",
            ),
            Edit(
                "notifications/alerts/noticing.py",
                "    set_back = last is not None and is_set_back(last, now)\n",
                "    set_back = last is not None and last.seq < 0\n",
            ),
        ),
    ),
    mutant(
        "clock-never-strikes",
        "what the clock makes due is not folded anew",
        "clock",
        "tracker/projections/catch_up.py",
        " if parse_instant(row.refold_at) <= now]",
        " if not parse_instant(row.refold_at)]",
    ),
    mutant(
        "told-again",
        "what a reader was told counts as news again",
        "clock",
        "notifications/planning/plan.py",
        '"told_until": told_until}',
        '"told_until": 0}',
    ),
    mutant(
        "midnight-twice",
        "a digest is dated by UTC and not by its reader's zone",
        "clock-zones",
        "notifications/subscriptions/cadence.py",
        "    return due.astimezone(ZoneInfo(zone)).date().isoformat()\n",
        "    return due.date().isoformat()\n",
    ),
    mutant(
        "turn-waits",
        "a turn waits for a relay that is silent",
        "stuck",
        "notifications/scheduler/deliveries.py",
        "TURN_SECONDS = 2.0\n",
        "TURN_SECONDS = 3600.0\n",
    ),
    mutant(
        "end-waits",
        "a stopped daemon waits for a relay that is silent",
        "stuck",
        "notifications/scheduler/deliveries.py",
        "STOP_SECONDS = 2.5\n",
        "STOP_SECONDS = 3600.0\n",
    ),
    mutant(
        "mail-in-place",
        "a message is written under its own name from the start",
        "disk_full-mail",
        "notifications/delivery/eml_files.py",
        '            partial = path.with_suffix(f".{os.getpid()}.part")\n',
        "            partial = path\n",
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
        "endless-nesting",
        "how deep the data of an event may be is not limited",
        "hostile",
        "events/encoding/canonical.py",
        "MAX_DEPTH = 32\n",
        "MAX_DEPTH = 10**9\n",
    ),
    mutant(
        "lock-for-ever",
        "a lock of PostgreSQL is waited for without end",
        "stuck-postgres",
        "events/postgres/connections.py",
        "SET lock_timeout = '30s'",
        "SET lock_timeout = '0'",
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
        '            db.execute("BEGIN IMMEDIATE")\n            try:\n',
        '            db.execute("BEGIN")\n            try:\n',
    ),
    Mutant(
        "taken-unjudged",
        "nobody tries to fold an entry, or checks what takes the place of a finding, before it is "
        "taken",
        "poison",
        (
            Edit(
                "tracker/recording/intake.py",
                "            self.stream(name).check_readable(self.now)\n",
                "            pass\n",
            ),
            Edit(
                "tracker/recording/stream_draft.py",
                "            self._check_revision(entry, entry.payload)\n",
                "            pass\n",
            ),
        ),
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
        '                if db.in_transaction:\n                    db.execute("ROLLBACK")\n'
        "                raise\n",
        '                if db.in_transaction:\n                    db.execute("ROLLBACK")\n'
        '                if not isinstance(__import__("sys").exception(), apsw.FullError):\n'
        "                    raise\n",
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
        "failed-flush-ignored",
        "an append for which the disk returned an error is acknowledged",
        "disk_errors",
        STORE,
        '                if db.in_transaction:\n                    db.execute("ROLLBACK")\n'
        "                raise\n",
        '                if db.in_transaction:\n                    db.execute("ROLLBACK")\n'
        '                if not isinstance(__import__("sys").exception(), apsw.IOError):\n'
        "                    raise\n",
    ),
    mutant(
        "read-only-unseen",
        "a database on a read-only disk is opened for writing",
        "disk_read_only",
        "events/sqlite/pragmas.py",
        "    read_only = read_only or not writable\n",
        "    writable = not read_only\n",
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
                "        shutil.rmtree(work, ignore_errors=True)\n    return Written",
                "        pass\n    return Written",
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
)
