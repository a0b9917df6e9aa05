"""Which messages stand in one thread of a mail client."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from msgspec import structs

from notifications.digests.digest import Digest
from notifications.digests.render import Addressee, root_of
from notifications.settings import MailSettings
from tests.unit.notifications.mail.test_mime import ITEM, digest_of

NOW = datetime(2025, 3, 31, 22, 30, tzinfo=UTC)
SETTINGS = MailSettings(smtp_url=None, mail_from="Desk <desk@example.org>", tenant="desk")
OTHER = structs.replace(ITEM, agreement="b")


def root(digest: Digest, *, at_once: bool = True, **more: Any) -> str:
    to = {"recipient": "r@example.org", "subscription": "7", "window": "w", "now": NOW, **more}
    return root_of(digest, Addressee(at_once=at_once, **to), SETTINGS)


def test_what_is_told_at_once_of_one_agreement_is_one_thread_for_its_recipient() -> None:
    """By whichever subscription, in whichever month, however the address is spelt."""
    digest = digest_of(ITEM)
    later = datetime(2026, 1, 1, tzinfo=UTC)
    same = {root(digest), root(digest, subscription="8", now=later, recipient="R@Example.org")}

    assert 1 == len(same)
    assert same.isdisjoint({root(digest, recipient="x@example.org"), root(digest_of(OTHER))})


def test_news_of_several_agreements_stands_with_its_subscription() -> None:
    """It belongs to no one agreement."""
    assert root(digest_of(ITEM, OTHER), at_once=False) == root(digest_of(ITEM, OTHER))
    assert root(digest_of(ITEM, OTHER)) != root(digest_of(ITEM))


def test_a_digest_is_in_the_thread_of_its_subscription_and_month() -> None:
    """Also when it is all of one agreement, or of none."""
    daily = root(digest_of(ITEM), at_once=False)

    assert daily == root(digest_of(OTHER), at_once=False) == root(digest_of(), at_once=False)
    assert daily != root(digest_of(ITEM), at_once=False, subscription="8")


def test_the_month_is_that_of_the_reader() -> None:
    """At half past one on 1 April in Moscow it is still March in London."""
    moscow = structs.replace(digest_of(ITEM), zone="Europe/Moscow")
    april = datetime(2025, 4, 9, tzinfo=UTC)

    assert root(moscow, at_once=False) == root(moscow, at_once=False, now=april)
    assert root(digest_of(ITEM), at_once=False) != root(moscow, at_once=False)
