"""Two desks exchange their exports: what is the same is one, what conflicts is listed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from events import EventStore, parse_instant
from events.cloudevents import encode
from tracker.entries.decoding import full_type
from tracker.entries.party_stream import read_registry
from tracker.queries.status import status
from tracker.recording.accepted import Accepted
from tracker.recording.conflicts import Conflicting
from tracker.recording.files.event_file import take_lines
from tracker.recording.intake import Intake

NOW = parse_instant("2025-06-01T00:00:00Z")
ACCORD = {"agreement": "acc", "title": "Accord", "parties": ["NOR", "ISL"]}
PROMISE = {
    "commitment": "c", "kind": "maintenance", "debtor": ["NOR"], "creditor": ["ISL"],
    "promise": "to keep the harbour open", "speaker": "NOR", "occurred": "2025-03-01",
    "terms": {"start": "2025-03-01", "end": "2025-05-10"},
}  # fmt: skip
OSCE = {"party": "osce", "name": "OSCE", "zone": "Europe/Vienna"}


def line(
    name: str, id: str, day: str, /, *, by: str = "anna", on: str = "acc", **data: Any
) -> bytes:
    event = {
        "specversion": "1.0", "id": id, "source": by, "type": full_type(name), "subject": on,
        "time": f"2025-03-{day}T12:00:00Z", "data": data,
    }  # fmt: skip
    return json.dumps(event).encode()


def party(id: str, day: str, by: str, **change: Any) -> bytes:
    return line("PartyRegistered", id, day, by=by, on="party/osce", **{**OSCE, **change})


BASE = [
    line("AgreementRecorded", "a0", "01", **ACCORD),
    line("CommitmentAccepted", "c", "01", **PROMISE),
]


class Desk:
    """A log in memory that takes in event files."""

    def __init__(self, *lines: bytes) -> None:
        self.store = EventStore.open("memory://")
        self.take(*lines)

    def take(self, *lines: bytes) -> Accepted:
        accepted = take_lines(lines, Intake(self.store, NOW))
        self.store.append_batch(accepted.items, accepted.versions)
        return accepted

    def export(self) -> list[bytes]:
        return [encode(event) for event in self.store.read_all()]

    def differing(self, *lines: bytes) -> list[tuple[str, str, list[str]]]:
        """What conflicts in a file, by what it is about, with its id and what differs."""
        before = self.store.head()
        with pytest.raises(Conflicting) as caught:
            self.take(*lines)
        assert before == self.store.head()
        return [(c["about"], c["id"], c["differs"]) for c in caught.value.conflicts]

    def commitments(self) -> Any:
        """Every promise as it stands, without the ids and places of the log."""
        answer: Any = status(self.store, NOW, NOW)
        return [
            (c["id"], c["state"], c["compliance"], c["incidents"], c["readings"])
            for agreement in answer["agreements"]
            for c in agreement["commitments"]
        ]


def alleged(id: str, day: str, by: str, **data: Any) -> bytes:
    fields = {"commitment": "c", "speaker": "ISL", "occurred": "2025-03-15", **data}
    return line("ViolationAlleged", id, day, by=by, **fields)


def test_two_desks_that_exchange_their_exports_agree() -> None:
    """Entries of one day are folded as they were recorded, whoever took in whose; so are two
    corrections of one entry.
    """
    denied = {"commitment": "c", "speaker": "NOR", "occurred": "2025-03-15", "incident": "i"}
    ours = Desk(
        *BASE,
        alleged("a1", "16", "anna", incident="i"),
        line("EntryCorrected", "a2", "20", event="c", replacement={"terms": {"end": "2025-05-20"}}),
    )
    theirs = Desk(
        *BASE,
        line("EntryCorrected", "b1", "19", by="ben", event="c",
             replacement={"terms": {"end": "2025-05-15"}}),
        alleged("b2", "21", "ben", incident="j", claimed_count={"value": 5}),
    )  # fmt: skip
    ours.take(*theirs.export())
    theirs.take(*ours.export())
    more = line("ViolationDenied", "b3", "22", by="ben", **denied)
    ours.take(more), theirs.take(more)

    assert ours.commitments() == theirs.commitments()
    assert 7 == ours.store.head() == theirs.store.head()
    assert 7 == ours.take(*theirs.export()).already_known


def test_a_party_that_two_desks_registered_alike_is_one() -> None:
    """Whatever its id; an amendment of the one that was left out acts on the other."""
    ours = Desk(party("a1", "02", "anna"))
    correction = line("EntryCorrected", "b2", "05", by="ben", on="party/osce", event="b1",
                      replacement={"name": "OSCE Vienna"}, reason="r")  # fmt: skip
    first = ours.take(party("b1", "03", "ben"), correction)
    again = ours.take(party("b1", "03", "ben"), correction)

    assert (1, 2) == (first.already_known, again.already_known)
    assert "OSCE Vienna" == read_registry(ours.store).parties["osce"].name


def test_a_party_is_registered_anew_by_who_knows_how_it_is() -> None:
    """Its own desk, or one whose file has that registration; from any other it is a conflict."""
    update = party("b1", "05", "ben", zone="Europe/Oslo")

    ours = Desk(party("a1", "02", "anna"))
    assert [("party 'osce'", "b1", ["data.zone"])] == ours.differing(update)
    # Once it is registered here as there, both say the same.
    ours.take(party("a2", "09", "anna", zone="Europe/Oslo"))
    assert 1 == ours.take(update).already_known
    for known in (Desk(party("b0", "02", "ben")), Desk(party("a1", "02", "anna"))):
        known.take(party("a1", "02", "anna"), update)
        assert "Europe/Oslo" == read_registry(known.store).zone_of("osce")


def test_a_history_of_registrations_is_taken_line_by_line_as_in_one_piece() -> None:
    """A party that is registered as it was once before is so again."""
    lines = [
        party("a1", "02", "anna"),
        party("a2", "03", "anna", name="X"),
        party("a3", "04", "anna"),
    ]
    whole, single = Desk(*lines), Desk()
    for each in lines:
        single.take(each)

    assert whole.export() == single.export()
    assert "OSCE" == read_registry(single.store).parties["osce"].name


def test_what_conflicts_is_listed_by_id_and_nothing_is_recorded() -> None:
    """All of it, with both versions; what is the same in both files is no conflict."""
    ours = Desk(*BASE, party("p", "02", "anna"))
    conflicts = ours.differing(
        BASE[0],
        line("CommitmentAccepted", "c", "01", **{**PROMISE, "promise": "to close it"}),
        line("AgreementRecorded", "b0", "02", by="ben", **{**ACCORD, "title": "Treaty"}),
        line("CommitmentAccepted", "b1", "02", by="ben", **{**PROMISE, "occurred": "2025-03-02"}),
        party("b2", "03", "ben", name="Organization"),
        line("ViolationDenied", "b3", "04", by="ben", commitment="c", incident="none"),
    )

    assert [
        ("event 'c'", "c", ["data.promise"]),
        ("agreement 'acc'", "b0", ["data.title"]),
        ("commitment 'c'", "b1", ["data.occurred"]),
        ("party 'osce'", "b2", ["data.name"]),
    ] == conflicts


def test_the_same_agreement_and_promise_recorded_twice_is_one() -> None:
    """Where it was read may differ, and corrections count."""
    ours = Desk(*BASE)
    again = [
        line("AgreementRecorded", "b0", "02", by="ben", source={"url": "https://b.test"}, **ACCORD),
        line("CommitmentAccepted", "b1", "02", by="ben", **PROMISE),
        line("EntryRetracted", "b2", "03", by="ben", event="b1", reason="r"),
    ]

    assert (2, 1) == ((taken := ours.take(*again)).already_known, len(taken.items))
    assert [] == ours.commitments()


def test_an_id_that_another_source_has_taken_is_stored_under_one_of_its_own() -> None:
    """What refers to it follows, in this file and the next; a third log knows it as its own."""
    ours = Desk(*BASE, alleged("x", "16", "anna"))
    ours.take(alleged("x", "17", "ben", occurred="2025-03-16"))
    theirs = [
        alleged("x", "17", "ben", occurred="2025-03-16"),
        line("ViolationDenied", "y", "18", by="ben", commitment="c", incident="x",
             speaker="NOR", occurred="2025-03-17"),
        line("EntryCorrected", "z", "19", by="ben", event="x", replacement={"where": "Oslo"}),
    ]  # fmt: skip
    ours.take(*theirs)
    statuses = {i["id"]: i["status"] for i in ours.commitments()[0][3]}
    third = Desk(*BASE, *theirs)

    assert ["alleged", "disputed"] == [statuses.pop("x"), *statuses.values()]
    assert 5 == third.take(*ours.export()).already_known
    assert 0 == len(ours.take(*third.export()).items)


@pytest.mark.parametrize("erased_here", [True, False])
def test_a_note_that_one_desk_has_erased_is_no_conflict(erased_here: bool) -> None:
    """It stays erased here; there it may still be read."""
    noted = alleged("n", "16", "anna", note="secret")
    erased = alleged("n", "16", "anna", note=None)
    ours = Desk(*BASE)
    accepted = take_lines([noted], Intake(ours.store, NOW))
    ours.store.append_batch(accepted.items, accepted.versions)
    if erased_here:
        ours.store.redact("n")

    assert 1 == ours.take(noted if erased_here else erased).already_known


def test_an_entry_recorded_before_the_last_one_folds_where_it_belongs() -> None:
    """`time` need not grow: what comes in late is as if it had come in time."""
    early = [alleged("e1", "16", "ben", incident="i"),
             line("ViolationRefuted", "e2", "17", by="ben", commitment="c", incident="i",
                  occurred="2025-03-16", basis="neutral_body")]  # fmt: skip
    late = alleged("l", "20", "anna", incident="j", occurred="2025-03-18")

    assert Desk(*BASE, *early, late).commitments() == Desk(*BASE, late, *early).commitments()
