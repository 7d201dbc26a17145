"""Who changed a source record, and by which path: the one place that asks the history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from programmes.rollup.bridge import Key, Period


@dataclass(frozen=True, slots=True)
class Actor:
    """The last who changed a record in a period and the way it came (a page, REST, an import …);
    None where the history does not say."""

    by: str | None = None
    via: str | None = None


def actors_of(sources: Iterable[Key], between: Period) -> Mapping[Key, Actor]:
    """The last actor on each source within a period; one query a type of source."""
    return {}
