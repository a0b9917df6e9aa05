"""Planted faults of mail and of the clock: of the outbox, its workers, and turns."""

from __future__ import annotations

from trials.planted.mutant import Edit, Mutant, mutant

QUEUE = "notifications/outbox/queue.py"
REAPER = "notifications/outbox/reaper.py"
MUTANTS = (
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
                "        .where(is_unsettled, is_same_worker, is_same_attempt)\n",
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
        '    OUTBOX.c.lease_until < bindparam("now"),\n',
        '    OUTBOX.c.lease_until < "",\n',
    ),
    mutant(
        "nothing-resent",
        "a message whose answer was lost is not sent again",
        "outbox_faults",
        REAPER,
        "    if ALL_LISTS in policy.excepted:\n",
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
                "        self.since = None if self.cursor and is_set_back(self.cursor, now) "
                "else self.cursor\n",
                "        self.since = self.cursor\n",
            ),
        ),
    ),
    mutant(
        "clock-never-strikes",
        "what the clock makes due is not folded anew",
        "clock",
        "tracker/projections/bring_up.py",
        " if parse_instant(at) <= now]",
        " if not parse_instant(at)]",
    ),
    mutant(
        "told-again",
        "what a reader was told counts as news again",
        "clock",
        "notifications/planning/plan.py",
        '"told_until": digest_plan.told_until, ',
        '"told_until": 0, ',
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
)
