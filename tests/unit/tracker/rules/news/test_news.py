"""What is news of an entry: a change of its own, with before and after, by whom; and its alert."""

from __future__ import annotations

from typing import Any

import pytest

from notifications.alerts.alert import Alert, alerts_of
from notifications.alerts.kinds import KINDS
from notifications.alerts.wording import what_happened
from tests.support.given import History
from tracker.documents.changes import stored_change

SOON = {"start": "2025-03-01", "duration": "P60D", "count": "exclusive", "zone": "UTC"}
BREACH = {"incident": "i", "speaker": "ISL"}
FOUND = {"incident": "i", "basis": "neutral_body"}


def at(day: int, month: int = 3) -> str:
    return f"2025-{month:02}-{day:02}T12:00:00Z"


def lasting(**terms: Any) -> History:
    terms = {**SOON, **terms}
    return History().promise(at=at(1), kind="maintenance", speaker="NOR", terms=terms)


def process() -> History:
    return History().promise(at=at(1), kind="process", speaker="NOR")


def owed(**data: Any) -> History:
    terms = {"due": "2025-04-10", "quantity": 23, "zone": "UTC"}
    return History().promise(at=at(1), speaker="NOR", terms=terms, **data)


def last_alerts(given: History, day: int = 28, month: int = 3) -> list[Alert]:
    """The alerts of the last entry."""
    event = given.events[-1].id
    changes = given.state(at(day, month)).changes
    return [a for c in changes if c.events == (event,) for a in alerts_of(stored_change(c))]


def weekly() -> History:
    terms = {"recurrence": "FREQ=WEEKLY", "start": "2025-03-03", "quantity": 600, "zone": "UTC"}
    return History().promise(at=at(1), kind="recurring", terms=terms)


CONFIRMED = {"basis": "creditor_admission", "speaker": "ISL"}
CONDITION = {"antecedents": [{"id": "a", "text": "x"}, {"id": "b", "text": "y"}]}
CASES: list[tuple[str, History, tuple[str, str | None, str], str]] = [
    (
        "an extension says each end before and after",
        lasting().on("TermExtended", at=at(20), by=["NOR", "ISL"], terms={"extend_by": "P30D"}),
        ("terms_changed", "2025-05-01T00:00:00Z", "2025-05-31T00:00:00Z"),
        "has another end: end of Wed 30 Apr 2025 -> Fri 30 May 2025 (UTC), "
        "by NOR, ISL",
    ),
    (
        "a side's own reading stands beside the others",
        lasting().on("ReadingAsserted", at=at(20), speaker="ISL", terms={"end": "2025-05-10"}),
        ("reading_added", None, "2025-05-11T00:00:00Z"),
        "has a reading ISL: end of Sat 10 May 2025 (UTC), by ISL",
    ),
    (
        "a reading of another term says what it reads",
        lasting().on("ReadingAsserted", at=at(20), speaker="ISL", term="scope", value="harbours"),
        ("reading_added", None, "scope: harbours"),
        "has a reading ISL: scope: harbours, by ISL",
    ),
    (
        "a start completes the length that the same side has said",
        lasting().on("ReadingAsserted", at=at(19), speaker="ISL", term="duration", value="P70D")
        .on("ReadingAsserted", at=at(20), speaker="ISL", term="start", value="2025-03-02"),
        ("reading_added", None, "2025-05-12T00:00:00Z"),
        "has a reading ISL: end of Sat 10 May 2025 -> Sun 11 May 2025 (UTC), "
        "by ISL",
    ),
    (
        "terms are settled",
        lasting().on("TermsClarified", at=at(20), by=["NOR", "ISL"], term="scope", value="ports"),
        ("terms_changed", None, "scope: ports"),
        "has its terms settled: scope: ports, by NOR, ISL",
    ),
    (
        "notice is given that it will not be renewed",
        lasting(tacit_renewal=True).on("NonRenewalNotified", at=at(20), speaker="NOR"),
        ("terms_changed", None, "none"),
        "will not be renewed: notice was given, by NOR",
    ),
    (
        "a notice that comes too late for this period",
        History(clauses={"renewal": {"notice": "P50D"}})
        .promise(at=at(1), kind="maintenance", speaker="NOR", terms=SOON)
        .on("NonRenewalNotified", at=at(20), speaker="NOR"),
        ("terms_changed", None, "once"),
        "will be renewed once more and then end: notice came too late for this period, by NOR",
    ),
    (
        "a second allegation is news like the first",
        lasting().on("ViolationAlleged", at=at(10), incident="h", speaker="ISL")
        .on("ViolationAlleged", at=at(11), **BREACH),
        ("incident_alleged", None, "alleged"),
        "breach i alleged, by ISL",
    ),
    (
        "so is the same one alleged again",
        lasting().on("ViolationAlleged", at=at(10), **BREACH)
        .on("ViolationAlleged", at=at(11), **BREACH),
        ("incident_alleged", "alleged", "alleged"),
        "breach i alleged, by ISL",
    ),
    (
        "an allegation of a promise that has no incidents",
        owed().on("ViolationAlleged", at=at(11), **BREACH),
        ("incident_alleged", None, "alleged"),
        "breach i alleged, by ISL",
    ),
    (
        "a denial",
        lasting().on("ViolationAlleged", at=at(10), **BREACH)
        .on("ViolationDenied", at=at(11), incident="i", speaker="NOR"),
        ("incident_denied", "alleged", "disputed"),
        "breach i denied, by NOR",
    ),
    (
        "a finding",
        lasting().on("ViolationAlleged", at=at(10), **BREACH)
        .on("ViolationConfirmed", at=at(11), **FOUND),
        ("incident_confirmed", "alleged", "confirmed"),
        "breach i confirmed",
    ),
    (
        "a finding against it",
        lasting().on("ViolationAlleged", at=at(10), **BREACH)
        .on("ViolationRefuted", at=at(11), **FOUND),
        ("incident_refuted", "alleged", "refuted"),
        "breach i refuted",
    ),
    (
        "a part of what a week asks for",
        weekly().on("PerformanceConfirmed", at=at(4), quantity=100, **CONFIRMED)
        .on("PerformanceConfirmed", at=at(5), quantity=212, **CONFIRMED),
        ("performance", "100 of 600", "312 of 600"),
        "delivered 100 of 600 -> 312 of 600, in its period of 2025-03-03, by ISL",
    ),
    (
        "the first part of it",
        weekly().on("PerformanceConfirmed", at=at(4), quantity=100, **CONFIRMED),
        ("performance", None, "100 of 600"),
        "delivered none -> 100 of 600, in its period of 2025-03-03, by ISL",
    ),
    (
        "a part that is only reported",
        weekly().on("PerformanceReported", at=at(4), quantity=100, speaker="NOR"),
        ("performance", None, "100 of 600 reported"),
        "delivered none -> 100 of 600 reported, in its period of 2025-03-03, by NOR",
    ),
    (
        "the last part of it",
        weekly().on("PerformanceConfirmed", at=at(4), quantity=600, **CONFIRMED),
        ("performance", "2025-03-03", "met"),
        "period of 2025-03-03: met",
    ),
    (
        "22 of 23",
        owed().on("PerformanceConfirmed", at=at(10), quantity=17, basis="neutral_body")
        .on("PerformanceConfirmed", at=at(12), quantity=5, basis="neutral_body"),
        ("performance", "17 of 23", "22 of 23"),
        "delivered 17 of 23 -> 22 of 23",
    ),
    (
        "what is only reported says so",
        owed().on("PerformanceReported", at=at(10), quantity=5, speaker="NOR"),
        ("performance", "none", "5 of 23 reported"),
        "delivered none -> 5 of 23 reported, by NOR",
    ),
    (
        "a milestone",
        process().on("MilestoneReached", at=at(10), speaker="NOR", milestone="snapback"),
        ("round_held", None, "snapback"),
        "has reached snapback, by NOR",
    ),
    (
        "a round",
        process().on("RoundHeld", at=at(10), speaker="NOR", milestone="second round"),
        ("round_held", None, "second round"),
        "had a round: second round, by NOR",
    ),
    (
        "one of two conditions",
        History().promise("AcceptedConditionally", at=at(1), speaker="NOR", **CONDITION)
        .on("ConditionSatisfied", at=at(10), speaker="NOR", antecedent="a"),
        ("condition_satisfied", "open", "satisfied"),
        "condition a is satisfied, by NOR",
    ),
    (
        "a new condition of what is in force",
        lasting().on("ConditionAdded", at=at(10), speaker="NOR", antecedent="z"),
        ("reading_added", None, "added"),
        "has a new condition z, by NOR",
    ),
    (
        "one side alone suspends it",
        lasting().on("SuspensionDeclared", at=at(10), speaker="NOR"),
        ("suspension_contested", None, "contested"),
        "is suspended by the word of one side alone, by NOR",
    ),
    (
        "a side is handed on",
        owed().on("Delegated", at=at(10), to="DNK", speaker="NOR"),
        ("terms_changed", "NOR", "DNK"),
        "debtor: NOR -> DNK, by NOR",
    ),
    (
        "a creditor hands it on, after another waived it",
        owed(creditor=["ISL", "DNK"])
        .on("CreditorReleased", at=at(9), speaker="DNK")
        .on("Assigned", at=at(10), to="SWE", speaker="ISL"),
        ("terms_changed", "ISL", "SWE"),
        "creditor: ISL -> SWE, by ISL",
    ),
    (
        "a creditor hands it on to one who waived its own part",
        owed(creditor=["ISL", "DNK"])
        .on("CreditorReleased", at=at(9), speaker="DNK")
        .on("Assigned", at=at(10), to="DNK", speaker="ISL"),
        ("terms_changed", "ISL", "DNK"),
        "creditor: ISL -> DNK, by ISL",
    ),
    (
        "one creditor of two waives it",
        owed(creditor=["ISL", "DNK"]).on("CreditorReleased", at=at(10), speaker="ISL"),
        ("terms_changed", "ISL", "DNK"),
        "is waived by ISL, still owed to DNK, by ISL",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "news", "words"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_an_entry_is_news(given: History, news: tuple[str, str | None, str], words: str) -> None:
    """With before and after, and in words; it is on record that the entry is the cause."""
    (alert, *more) = [a for a in last_alerts(given) if a.kind not in ("state_changed",)]

    assert [] == more
    assert news == (alert.kind, alert.before, alert.after)
    assert words == what_happened(alert)
    assert given.events[-1].id in alert.key.split("/")


def test_an_entry_is_told_in_its_own_words() -> None:
    """Of a milestone these follow its id; of a breach that others alleged, what they said."""
    milestone = process().on("MilestoneReached", at=at(10), milestone="m1", text="The map")
    breach = lasting().on("ViolationAlleged", at=at(10), text="shots", **BREACH)
    again = breach.on("ViolationAlleged", at=at(11), incident="i", speaker="DNK", text="mortars")

    assert [{"text": "The map"}] == [alert.origin for alert in last_alerts(milestone)]
    assert [{"by": ["DNK"], "text": "mortars"}] == [alert.origin for alert in last_alerts(again)]


def test_news_has_the_name_of_a_zone_as_it_is() -> None:
    """Words lose their underscores, and zones do not: the other end may be several days."""
    given = lasting(zone="Africa/Addis_Ababa", count=None).on(
        "TermExtended", at=at(20), by=["NOR", "ISL"], terms={"extend_by": "P30D"}
    )
    (alert,) = [each for each in last_alerts(given) if each.kind == "terms_changed"]

    expected = "end of Tue 29 or Wed 30 Apr 2025 -> Thu 29 or Fri 30 May 2025 (Africa/Addis_Ababa)"
    assert f"has another end: {expected}, by NOR, ISL" == what_happened(alert)


@pytest.mark.parametrize(
    ("before", "value", "kinds"),
    [
        ([("ISL", "2025-05-10")], "2025-05-10", []),
        ([("ISL", "2025-05-10"), ("NOR", "2025-05-20")], "2025-05-10", []),
        ([("ISL", "2025-05-10")], "2025-05-11", ["reading_added"]),
        ([("ISL", "2025-05-10"), ("ISL", "2025-05-20")], "2025-05-10", ["reading_added"]),
        ([("NOR", "2025-05-10")], "2025-05-10", ["reading_added"]),
    ],
    ids=["again", "after another", "other day", "back to it", "of another"],
)
def test_what_an_account_says_once_more_is_no_news(
    before: list[tuple[str, str]], value: str, kinds: list[str]
) -> None:
    """Who repeats what was said last of a term tells a reader nothing."""
    given = lasting()
    for day, (speaker, account) in enumerate((*before, ("ISL", value)), 10):
        given.on("ReadingAsserted", at=at(day), speaker=speaker, term="end", value=account)

    assert kinds == [alert.kind for alert in last_alerts(given)]


def test_a_suspension_that_tolls_says_which_ends_it_moves() -> None:
    """When it is over, beside that the promise is in force again."""
    given = lasting().on("SuspensionDeclared", at=at(10), by=["NOR", "ISL"], tolls=True)
    given.on("Resumed", at=at(15), by=["NOR", "ISL"])

    assert ["resumed", "terms_changed"] == [alert.kind for alert in last_alerts(given)]


def test_a_tacit_renewal_says_its_ends() -> None:
    """T9 moves them without an entry."""
    state = lasting(tacit_renewal=True).state(at(2, month=5))
    (change,) = (change for change in state.changes if change.axis == "window")
    (alert,) = alerts_of(stored_change(change))
    (end,) = alert.origin["ends"]

    assert ("2025-05-01T00:00:00Z", "2025-06-30T00:00:00Z") == (end["before"], end["after"])
    assert what_happened(alert).endswith("end of Wed 30 Apr 2025 -> Sun 29 Jun 2025 (UTC)")


def test_a_deadline_that_hangs_on_another_promise_says_that_it_moved() -> None:
    """Its own alert, because of the entry that moved the other."""
    given = owed()
    after = {"after": "c", "moment": "due", "by": "P5D"}
    given.add("CommitmentAccepted", at=at(1), commitment="d", kind="achievement", debtor=["NOR"],
              creditor=["ISL"], promise="then", speaker="NOR", terms={"due": after})  # fmt: skip
    given.on("TermExtended", at=at(10), by=["NOR", "ISL"], terms={"due": "2025-04-20"})

    assert ["c", "d"] == [alert.commitment for alert in last_alerts(given)]


def test_news_that_was_corrected_has_another_key() -> None:
    """The first is withdrawn and so corrected: 5 were delivered, and not 17."""
    keys = [
        owed().on("PerformanceConfirmed", at=at(10), quantity=n, basis="neutral_body")
        for n in (17, 5)
    ]

    assert 2 == len({alert.key for given in keys for alert in last_alerts(given)})


def test_an_entry_that_changes_nothing_is_no_news() -> None:
    """An entry that can not be applied, and the first of a promise, which is its state."""
    given = owed().on("ViolationRefuted", at=at(10), incident="nobody", basis="neutral_body")

    assert [] == last_alerts(given)
    assert ["state_changed"] == [alert.kind for alert in last_alerts(owed())]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("ReadingAsserted", {"term": "end", "value": "2025-05-01"}),
        ("TermsClarified", {"term": "end", "value": "2025-05-01", "by": ["NOR", "ISL"]}),
        ("NonRenewalNotified", {}),
        ("ConditionAdded", {"antecedent": {"id": "a"}}),
    ],
)
def test_an_act_that_is_only_claimed_is_no_news(name: str, data: dict[str, Any]) -> None:
    """Of a promise without terms, too: nothing is settled, and no reading is added."""
    given = lasting(tacit_renewal="P30D").on(name, at=at(10), speaker="SWE", basis="claim", **data)
    bare = History().promise(at=at(1), speaker="NOR", kind="maintenance")
    bare.on(name, at=at(10), speaker="SWE", basis="claim", **data)

    assert [[], []] == [
        [c.axis for c in each.state(at(28)).changes if each.events[-1].id in c.events]
        for each in (given, bare)
    ]


def test_what_lies_more_than_a_week_back_is_history() -> None:
    """Recorded eight days later it is told nobody, six days later it is."""
    given = [
        lasting().add("ViolationAlleged", at=at(10), recorded=at(day), commitment="c", **BREACH)
        for day in (16, 18)
    ]

    assert [False, True] == [last_alerts(each)[-1].historical for each in given]


def test_each_kind_of_an_entry_is_tried() -> None:
    """A kind that is told per entry has its case above."""
    assert {name for name, kind in KINDS.items() if kind.per_entry} == {c[2][0] for c in CASES}


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if not kind.per_entry])
def test_each_kind_has_words(kind: str) -> None:
    """For whatever lead, ends and speakers it comes with."""
    alert = Alert(kind, "a", "c", at(1), "k", "axis of", None, "x", "1", (), "info", "P1D")

    assert what_happened(alert)
