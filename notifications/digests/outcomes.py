"""What has come of earlier news: items of what is over, and of what was told wrong. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import structs

from notifications.alerts.alert import Alert, CommitmentDocument
from notifications.alerts.resolution import Correction, Resolution
from notifications.alerts.wording import why_sent
from notifications.digests.items import AlertWords, Item, ItemWriter, item_about
from notifications.digests.relevance import closes, groups_of, without_overtaken
from notifications.prose.followups import corrected_sentence, resolved_sentences
from notifications.prose.news import sentence, short_words
from notifications.prose.promises import standing_sentences


def closings_of(
    fresh: Sequence[Alert], commitments: Mapping[str, CommitmentDocument]
) -> Mapping[str, Alert]:
    """The news of how promises came to be over, when and by whose word: by commitment."""
    return {
        alert.commitment: alert
        for alert in fresh
        if alert.kind == "state_changed" and "by" in alert.origin and closes(alert)
        if alert.after == commitments.get(alert.commitment, {}).get("state")
    }


def resolved_item(
    resolution: Resolution, writer: ItemWriter, closings: Mapping[str, Alert]
) -> Item:
    """What is over, with when it was: its deadline says nothing any more."""
    commitment, reader = writer.commitment_of(resolution.alert), writer.reader
    words = resolution.words(commitment)
    closing = closings.get(resolution.commitment)
    now = sentence(closing, commitment, reader, with_end=False) if closing else ""
    now = now or standing_sentences(commitment, reader)
    sentences = resolved_sentences(resolution, commitment, now, reader)
    item = writer.item([AlertWords(resolution.as_alert, words, sentences)])
    when = f"{item.local} = {item.at}"
    over = structs.replace(item, when=when, standing="", short=reader.text("resolved"))
    return item_about("resolved", over)


def corrected_items(
    corrections: Sequence[Correction], writer: ItemWriter, closings: Mapping[str, Alert]
) -> Iterator[Item]:
    """One item for each commitment, with the last of what no longer holds, and what is so now.

    What that had overtaken (it was overdue, then it lapsed) was no item beside it, or was
    followed by it; machines are told of each.
    """
    reader, by_key = writer.reader, {each.alert.key: each for each in corrections}
    wrong = [each.alert for each in corrections if not each.stands_again]
    again = [each.alert for each in corrections if each.stands_again]
    last = {alert.key for alerts in (wrong, again) for alert in without_overtaken(alerts)}
    stands_again = {alert.commitment for alert in again}
    undone = {
        each.alert.commitment for each in corrections if not (each.stands_again or each.is_ahead)
    }
    for group in groups_of([each.alert for each in corrections], ()):
        news: list[AlertWords] = []
        overtaken: list[AlertWords] = []
        for alert in group:
            correction = by_key[alert.key]
            words = corrected_sentence(correction, writer.commitment_of(alert), reader)
            (news if alert.key in last else overtaken).append(
                AlertWords(alert, correction.words, words)
            )
        item = structs.replace(writer.item(news, overtaken), short=reader.text("a correction"))
        commitment = writer.commitment_of(group[0])
        if (closing := closings.get(item.commitment)) is not None:
            item = _closed(item, closing, commitment, writer)
        elif item.commitment in undone - stands_again and not item.standing:
            item = structs.replace(item, standing=standing_sentences(commitment, reader))
        yield item_about("corrected", item)


def _closed(item: Item, closing: Alert, commitment: CommitmentDocument, writer: ItemWriter) -> Item:
    """A correction with the news of how its promise came to be over."""
    reader = writer.reader
    news = short_words(closing, commitment, reader)
    return structs.replace(
        item,
        short=reader.text("{news} (a correction)", news=news),
        standing=sentence(closing, commitment, reader, with_end=False),
        why=why_sent(closing, reader.language, reader.numbers),
    )
