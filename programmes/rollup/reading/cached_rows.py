"""What was read before: of tables that nobody has touched since, it is not read again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pmhub.database.statements import Statement
from pmhub.database.touches import UNTOUCHED, topics_read


@dataclass(frozen=True, slots=True)
class EarlierFacts:
    """Facts that were read before, by the id of what they are of, and the topics of the tables that
    were touched since."""

    facts: Mapping[int, Any] = field(default_factory=dict)
    touched: Collection[str] = ()

    def stand(self, ids: Iterable[int], *statements: Statement) -> bool:
        """Return whether these statements would say the same of all of these as before."""
        tables = {topic for statement in statements for topic in topics_read(statement.sql)}
        untouched = tables.isdisjoint({UNTOUCHED, *self.touched})
        return untouched and all(id in self.facts for id in ids)

    def said(self, name: str) -> dict[int, Any]:
        """Return a fact of each, as it was."""
        return {id: getattr(facts, name) for id, facts in self.facts.items()}


NOTHING_EARLIER = EarlierFacts()
