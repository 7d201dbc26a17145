"""Facts of an earlier computation that are used again: a table that nobody has touched since is not
read again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pmhub.database.statements import Statement
from pmhub.database.touches import UNTOUCHED, topics_read


@dataclass(frozen=True, slots=True)
class EarlierFacts:
    """Facts of an earlier computation by the id of their record, and the topics of the tables that
    were touched since then."""

    facts: Mapping[int, Any] = field(default_factory=dict)
    touched: Collection[str] = ()

    def unchanged(self, ids: Iterable[int], *statements: Statement) -> bool:
        """Return whether there are earlier facts of every one of these ids and no table that the
        statements read was touched since: then the statements need not be run again."""
        tables = {topic for statement in statements for topic in topics_read(statement.sql)}
        untouched = tables.isdisjoint({UNTOUCHED, *self.touched})
        return untouched and all(id in self.facts for id in ids)

    def values_of(self, name: str) -> dict[int, Any]:
        """Return the earlier value of one field of the facts, by the id of their record."""
        return {id: getattr(facts, name) for id, facts in self.facts.items()}


NOTHING_EARLIER = EarlierFacts()
