"""How many more may leave now? So many a minute, in all and for one domain. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from msgspec import Struct

WINDOW = timedelta(minutes=1)


class Limits(Struct, frozen=True):
    """Messages in any minute: by a channel in all, and to one domain; None is no limit."""

    relay: int | None = None
    domain: int | None = None

    @property
    def are_set(self) -> bool:
        return self.relay is not None or self.domain is not None


class Allowance(Struct):
    """What is left of a window, given what left for each domain within it."""

    limits: Limits
    used: dict[str, int]

    @classmethod
    def of(cls, limits: Limits, used: Mapping[str, int]) -> Allowance:
        return cls(limits, dict(used))

    @property
    def left(self) -> int | None:
        """How many more in all; None when that is not limited."""
        if self.limits.relay is None:
            return None
        return max(self.limits.relay - sum(self.used.values()), 0)

    def take(self, domain: str) -> bool:
        """Count one message to a domain, if there is room for it."""
        if self.left == 0 or domain in self.spent:
            return False
        self.used[domain] = self.used.get(domain, 0) + 1
        return True

    @property
    def spent(self) -> set[str]:
        """Domains that have had their share."""
        limit = self.limits.domain
        if limit is None:
            return set()
        return {domain for domain, count in self.used.items() if count >= limit}
