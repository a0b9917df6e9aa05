"""What happened, in a sentence that its reader understands without knowing the program.

One table: each kind of news has a short form, for subjects, and a sentence. Where a kind says
different things by what became of it or by what was promised, each has a row of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from notifications.language import N_


class NewsWords(Struct, frozen=True):
    """The short form follows the name of an agreement; the sentence stands under the promise."""

    short: str
    sentence: str


SENTENCES: Mapping[str, NewsWords] = {
    # Deadlines
    "overdue": NewsWords(
        N_("overdue since {short}"),
        N_("Overdue: it was due {ends}, and nobody has confirmed that it was done."),
    ),
    "overdue delivered partial": NewsWords(
        N_("overdue since {short}"),
        N_("Overdue: it was due {ends}, and no more than {delivered} is confirmed."),
    ),
    "overdue claimed": NewsWords(
        N_("overdue since {short}"),
        N_(
            "Overdue: it was due {ends}. According to {claimants} it was done, but nobody has "
            "confirmed it."
        ),
    ),
    "lapsed claimed": NewsWords(
        N_("missed, was due {short}"),
        N_(
            "Missed: it was due {ends}. According to {claimants} it was done, but nobody has "
            "confirmed it, so it counts as not kept until a finding says otherwise."
        ),
    ),
    "lapsed": NewsWords(
        N_("missed, was due {short}"),
        N_(
            "Missed: it was due {ends}. Its grace is over, so it counts as not kept until "
            "a finding says otherwise."
        ),
    ),
    "lapsed moved": NewsWords(
        N_("missed"),
        N_("Missed: its date had passed, and its grace was over."),
    ),
    "lapsed delivered partial": NewsWords(
        N_("missed, was due {short}"),
        N_(
            "Missed: it was due {ends}, and no more than {delivered} is confirmed. Its grace is "
            "over, so it counts as not kept until a finding says otherwise."
        ),
    ),
    "due_soon achievement": NewsWords(N_("due {short}"), N_("Due {near_ends}.")),
    "due_soon": NewsWords(N_("ends {short}"), N_("Ends {near_ends}.")),
    "contested_end_began achievement": NewsWords(
        N_("due date disputed: {short}"),
        N_(
            "By one reading{of_end} it was due {end}; by another{of_last} there is time until "
            "{last}."
        ),
    ),
    "contested_end_began": NewsWords(
        N_("end disputed: {short}"),
        N_("By one reading{of_end} it ended {end}; by another{of_last} it goes on until {last}."),
    ),
    "contested_end_began moved achievement": NewsWords(
        N_("past its due date by one reading: {short}"),
        N_("By one reading it was due {end}."),
    ),
    "contested_end_began moved": NewsWords(
        N_("past its end by one reading: {short}"), N_("By one reading it ended {end}.")
    ),
    "contested_end_began undisputed achievement": NewsWords(
        N_("past its due date by one reading: {short}"),
        N_("By one reading it was due {end}; by another there is time until {last}."),
    ),
    "contested_end_began undisputed": NewsWords(
        N_("past its end by one reading: {short}"),
        N_("By one reading it ended {end}; by another it goes on until {last}."),
    ),
    "contested_end_closed": NewsWords(
        N_("past its end by every reading"), N_("Past its end by every reading: {ends}.")
    ),
    "contested_end_closed undisputed": NewsWords(
        N_("end no longer disputed"), N_("Its end is no longer disputed: {ends}.")
    ),
    "contested_end_closed ahead": NewsWords(
        N_("not over by any reading"), N_("By no reading is it over any more: {ends}.")
    ),
    "ended expired": NewsWords(N_("ended {near}"), N_("Ended {end}.")),
    "ended discharged": NewsWords(N_("ended {near}, kept"), N_("Ended {end}, and was kept.")),
    "ended violated": NewsWords(
        N_("ended {near}, broken"), N_("Ended {end}; a breach of it is confirmed{confirmed_by}.")
    ),
    "ended cancelled": NewsWords(N_("ended by withdrawal"), N_("Ended by withdrawal: {end}.")),
    "ended": NewsWords(N_("ended {near}"), N_("Ended {end}: {after}.")),
    "renewed_tacitly": NewsWords(
        N_("renewed, now to {short}"),
        N_("Nobody gave notice, so it was renewed for another period. It now ends {ends}."),
    ),
    "period_due_soon": NewsWords(
        N_("next part due {near}"), N_("The part for {before} is due {end}.")
    ),
    "period_due_soon past": NewsWords(
        N_("part was due {near}"), N_("The part for {before} was due {end}.")
    ),
    "period_missed": NewsWords(
        N_("missed for {before}"), N_("Missed for {before}: it was due {end}.")
    ),
    "period_missed missed of a day": NewsWords(
        N_("missed for {before}"), N_("Missed for {before}.")
    ),
    "period_missed partial of a day counted": NewsWords(
        N_("only partly met for {before}, {in_period}"),
        N_("Only partly met for {before}: {in_period} delivered."),
    ),
    "period_missed partial of a day": NewsWords(
        N_("only partly met for {before}"), N_("Only partly met for {before}.")
    ),
    "period_missed missed by an entry": NewsWords(
        N_("missed for {before}"), N_("Missed for {before}, as is confirmed now.")
    ),
    "period_missed missed of a cap": NewsWords(
        N_("limit for {before} exceeded"),
        N_("The limit for {before} was exceeded, as is confirmed now."),
    ),
    "period_missed missed of a cap counted": NewsWords(
        N_("limit for {before} exceeded"),
        N_("The limit for {before} was exceeded, as is confirmed now: {in_period}."),
    ),
    "period_missed partial counted": NewsWords(
        N_("only partly met for {before}, {in_period}"),
        N_("Only partly met for {before}, which was due {end}: {in_period} delivered."),
    ),
    "period_missed partial": NewsWords(
        N_("only partly met for {before}"), N_("Only partly met for {before}, which was due {end}.")
    ),
    "withdrawal_notified": NewsWords(
        N_("notice of withdrawal{by_notice}"), N_("Notice of withdrawal was given{by_notice}.")
    ),
    "withdrawal_notified ending": NewsWords(
        N_("notice of withdrawal{by_notice}"),
        N_("Notice of withdrawal was given{by_notice}, so it ends {end}."),
    ),
    "withdrawal_soon": NewsWords(
        N_("ends by withdrawal {near}"),
        N_("Ends {end}: notice of withdrawal was given{by_notice}."),
    ),
    "offer_expires_soon": NewsWords(
        N_("offer runs out {near}"), N_("Only an offer so far, which runs out {end}.")
    ),
    "condition_due_soon": NewsWords(
        N_("condition to be met by {near}"),
        N_("It waits for a condition, to be met by {end}: {condition}."),
    ),
    "due_while_conditional": NewsWords(
        N_("date passed while it waits for conditions"),
        N_("Its own date has passed while its conditions are not met, so it never came to bind."),
    ),
    # Terms
    "terms_changed end": NewsWords(
        N_("now ends {moved_to}"), N_("Its end is moved{by} from {moved_from} to {moved_to}.")
    ),
    "terms_changed end achievement": NewsWords(
        N_("now due {moved_to}"), N_("Its due date is moved{by} from {moved_from} to {moved_to}.")
    ),
    "terms_changed end over": NewsWords(
        N_("its end was moved to {moved_to}"),
        N_("Its end is moved{by} from {moved_from} to {moved_to}."),
    ),
    "terms_changed end over achievement": NewsWords(
        N_("its due date was moved to {moved_to}"),
        N_("Its due date is moved{by} from {moved_from} to {moved_to}."),
    ),
    "terms_changed end set": NewsWords(
        N_("now ends {moved_to}"), N_("It is given an end{by}: {moved_to}.")
    ),
    "terms_changed end set achievement": NewsWords(
        N_("now due {moved_to}"), N_("It is given a deadline{by}: {moved_to}.")
    ),
    "terms_changed end added": NewsWords(
        N_("another reading of its end"), N_("There is another reading of its end{by}: {moved_to}.")
    ),
    "terms_changed end added achievement": NewsWords(
        N_("another reading of its deadline"),
        N_("There is another reading of its deadline{by}: {moved_to}."),
    ),
    "terms_changed end dropped": NewsWords(
        N_("no end any more"), N_("Its end is taken away{by}: it was {moved_from}.")
    ),
    "terms_changed end dropped achievement": NewsWords(
        N_("no deadline any more"), N_("Its deadline is taken away{by}: it was {moved_from}.")
    ),
    "terms_changed terms": NewsWords(
        N_("terms settled"), N_("Its terms are settled{by}: {after}.")
    ),
    "terms_changed governing": NewsWords(
        N_("one reading now decides"),
        N_("It is settled{by} which of its readings counts: {after}."),
    ),
    "terms_changed renewal": NewsWords(
        N_("will not be renewed"), N_("It will not be renewed: notice was given{by}.")
    ),
    "terms_changed renewal once": NewsWords(
        N_("renewed once more, then over"),
        N_("It will be renewed once more and then end: notice came too late{by}."),
    ),
    "terms_changed debtor": NewsWords(
        N_("owed by {after} now"), N_("It is now owed by {after}, no longer by {before}.")
    ),
    "terms_changed creditor": NewsWords(
        N_("owed to {after} now"), N_("It is now owed to {after}, no longer to {before}.")
    ),
    "terms_changed": NewsWords(N_("terms changed"), N_("Its terms have changed{by}: {after}.")),
    "reading_added silent": NewsWords(
        N_("an account leaves the {term} open"), N_("{Who} says nothing about its {term}.")
    ),
    "reading_added value": NewsWords(
        N_("another reading of its {term}"), N_("Its {term}, as {who} puts it: {value}.")
    ),
    "reading_added end": NewsWords(
        N_("another reading of its end"), N_("Its end, as {who} counts: {moved_to}.")
    ),
    "reading_added condition": NewsWords(
        N_("a new condition"), N_("There is a new condition{by}: {condition}.")
    ),
    "reading_added condition of one side": NewsWords(
        N_("a condition, says one side"),
        N_(
            "{Who} makes it depend on a condition, to which the others have not agreed: "
            "{condition}."
        ),
    ),
    "reading_added": NewsWords(
        N_("another reading of its terms"),
        N_("There is another reading of its terms{by}: {after}."),
    ),
    # Breaches
    "incident_alleged": NewsWords(
        N_("breach alleged{by}"), N_("A breach on {day} is alleged{by}{told}.{not_counted}")
    ),
    "incident_denied by accusers": NewsWords(
        N_("alleged breach denied{by}"),
        N_("The breach alleged by {accusers}{about} is denied{by}."),
    ),
    "incident_denied": NewsWords(
        N_("alleged breach denied{by}"), N_("The alleged breach{about} is denied{by}.")
    ),
    "incident_confirmed": NewsWords(
        N_("breach confirmed{by}"), N_("A breach is confirmed{by}{told}.{not_counted}")
    ),
    "incident_refuted": NewsWords(
        N_("alleged breach refuted{by}"), N_("There was no breach, finds {who}.")
    ),
    "release_available": NewsWords(
        N_("{debtor} may walk away"), N_("{Debtor} may now walk away from it.")
    ),
    # Quiet
    "stale": NewsWords(
        N_("nothing heard for long"),
        N_("Nobody has reported anything about it since {last_heard}."),
    ),
    "suggestion": NewsWords(N_("may need a look"), N_("It may need a look: {silences}.")),
    # What came of it
    "performance": NewsWords(N_("delivered: {after}"), N_("Delivered so far: {after}{source}.")),
    "performance done reported": NewsWords(
        N_("reported as done"), N_("According to {who} it was done; nobody has confirmed it yet.")
    ),
    "performance recurring": NewsWords(
        N_("delivered: {after}"), N_("Delivered for {period} so far: {after}{source}.")
    ),
    "performance met": NewsWords(N_("kept for {before}"), N_("Kept for {before}{source}.")),
    "performance met_late": NewsWords(
        N_("kept late for {before}"), N_("Kept for {before}, though late{source}.")
    ),
    "round_held": NewsWords(N_("talks held"), N_("A round of talks was held{source}: {after}.")),
    "round_held milestone": NewsWords(
        N_("a milestone reached"), N_("A milestone is reached{source}: {after}.")
    ),
    "condition_satisfied": NewsWords(
        N_("a condition is met"), N_("A condition is met{source}: {condition}.")
    ),
    "suspension_contested": NewsWords(
        N_("suspended by one side alone"),
        N_(
            "Suspended{by} alone{until}, which does not free it from anything: the others have "
            "not agreed.{reason}"
        ),
    ),
    "resumed": NewsWords(N_("in force again"), N_("In force again.")),
    "state proposed": NewsWords(N_("proposed"), N_("Proposed; nobody has accepted it yet.")),
    "state conditional on some": NewsWords(
        N_("promised on conditions"),
        N_("Promised, but only once this is met: {conditions}."),
    ),
    "state conditional": NewsWords(
        N_("promised on conditions"), N_("Promised, but only once its conditions are met.")
    ),
    "state in_force": NewsWords(N_("in force"), N_("In force since {day}.")),
    "state in_force with end": NewsWords(N_("in force"), N_("In force since {day}; ends {ends}.")),
    "state in_force with end achievement": NewsWords(
        N_("in force"), N_("In force since {day}; due {ends}.")
    ),
    "state in_force without end": NewsWords(
        N_("in force"), N_("In force since {day}, with no end set.")
    ),
    "state suspended": NewsWords(
        N_("suspended"), N_("Suspended since {day}{until}{suspended_by}.{reason}")
    ),
    "state overdue": NewsWords(N_("overdue"), N_("Overdue: it was due {ends}.")),
    "state lapsed": NewsWords(N_("missed"), N_("Missed: it was due {ends}.")),
    "state discharged": NewsWords(N_("done"), N_("Done on {day}{source}.")),
    "state discharged late": NewsWords(
        N_("done late"), N_("Done on {day}{source}, after it was due: {ends}.")
    ),
    "state violated by 25b": NewsWords(
        N_("broken: given up by its debtor"),
        N_("Given up {day}{by}, with no clause that allows it: broken."),
    ),
    "state violated": NewsWords(N_("broken"), N_("Broken, as found {day}{by}.")),
    "state expired by T2": NewsWords(
        N_("condition not met in time"),
        N_("It never came to bind. Not met by {day}: {conditions}."),
    ),
    "state expired by T1": NewsWords(
        N_("offer ran out"), N_("The offer ran out {day}; nobody had accepted it.")
    ),
    "state expired": NewsWords(N_("ran out"), N_("Ran out {day}.")),
    "state cancelled by T13": NewsWords(
        N_("ended by withdrawal"), N_("Ended {day} by withdrawal.")
    ),
    "state cancelled": NewsWords(N_("cancelled"), N_("Cancelled {day}{by}.")),
    "state released": NewsWords(N_("released"), N_("Its debtor was released from it {day}{by}.")),
    "state rejected": NewsWords(N_("rejected"), N_("Rejected {day}{by}.")),
    "state superseded": NewsWords(N_("replaced"), N_("Replaced by another promise {day}.")),
    "compliance alleged": NewsWords(N_("breach alleged"), N_("A breach is alleged{alleged_by}.")),
    "compliance disputed": NewsWords(
        N_("breach alleged and denied"),
        N_("A breach is alleged{alleged_by} and denied{denied_by}."),
    ),
    "compliance confirmed": NewsWords(
        N_("breach confirmed"), N_("A breach is confirmed{confirmed_by}.")
    ),
    "compliance clear": NewsWords(N_("kept so far"), N_("It has been kept so far.")),
    "compliance unassessed": NewsWords(
        N_("no breach alleged any more"), N_("No breach is alleged any more.")
    ),
    "withdrawal revoked": NewsWords(
        N_("notice of withdrawal taken back"), N_("The notice of withdrawal was taken back{by}.")
    ),
    "period waived": NewsWords(N_("waived for {before}"), N_("Waived for {before}{by}.")),
}


def words_of(keys: Iterator[str]) -> NewsWords | None:
    """The first row of these; None where there is none."""
    return next((SENTENCES[key] for key in keys if key in SENTENCES), None)
