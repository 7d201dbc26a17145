"""The facts that pages draw of the benefits of a programme, cached until one of them is touched."""

from __future__ import annotations

from collections.abc import Sequence

from pmhub.database import past
from pmhub.database.cached_reads import CachedReads
from programmes.models import Programme
from programmes.rollup import reading
from programmes.rollup.facts import BenefitFacts

MOST = 4_000_000  # bytes that a process keeps of them
SIZE = 4000  # of a benefit with its periods, about

_cache = CachedReads(MOST)


def benefit_facts(programme: Programme) -> Sequence[BenefitFacts]:
    """Return the benefits of a programme with their figures at its status date."""
    day = programme.portfolio.as_of

    def read() -> Sequence[BenefitFacts]:
        return reading.benefit_facts({programme.pk: day})[programme.pk]

    if past.is_past():
        return read()
    key = programme.pk, day
    return _cache("benefits", key, read, lambda facts: SIZE * (1 + len(facts)))
