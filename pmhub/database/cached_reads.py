"""A cache of values that were read from the database; each is used as long as reading it again
would give the same rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from pmhub.caching import BoundedCache, quarter
from pmhub.database import past, questions, touches
from pmhub.database.questions import Question
from pmhub.database.statements import Statement

ROW, NUMBER = 500, 40  # bytes of a row of a statement and of an id, about

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry(Generic[T]):
    """A cached value, with the stamps of the tables from which it was read, by topic. `before` are
    the topics of those tables that were read before the value was computed. `questions` are the
    queries asked meanwhile; None if not all of them can be asked again."""

    value: T
    stamps: Mapping[str, int]
    before: Collection[str]
    questions: Sequence[Question] | None

    def stands(self, stamps: Mapping[str, int]) -> bool:
        """Return whether the value is still right: none of its tables was touched, or all queries
        to those that were touched still have the same answers."""
        touched = {topic for topic, stamp in self.stamps.items() if stamps[topic] != stamp}
        touched |= {touches.UNTOUCHED} & self.stamps.keys()
        if not touched:
            return True
        if self.questions is None or touched & {*self.before}:
            return False
        return questions.still_answered(
            question for question in self.questions if touched & question.tables
        )


class CachedReads:
    """A cache of values read from the database, of at most `most` bytes. A value depends on nothing
    but its key and what is read to compute it. Where a cached value is used to make another one,
    the other one depends on the same tables and queries."""

    def __init__(self, most: int) -> None:
        self._kept = BoundedCache(most)

    def clear(self) -> None:
        """Empty the cache."""
        self._kept.clear()

    def __call__(
        self,
        kind: Hashable,
        key: Hashable,
        read: Callable[[], T],
        size_of: Callable[[T], int],
        before: Collection[str] = (),
    ) -> T:
        """Return what `read` answers: from the cache while it is still right, else read now. `kind`
        and `key` together name all that the value depends on besides the database. `before` are the
        topics of tables that were read earlier and whose rows `read` uses. Reads of the past are
        not cached."""
        if past.is_past():
            return read()
        # The stamps are read before the data, so that they can be older than the data but not
        # newer.
        stamps = touches.stamps_of_tables()
        entry: Entry[T] | None = self._kept.get((kind, key))
        unnoted: Iterable[Question] | None = ()  # questions that the code around this notes itself
        if entry is not None and entry.stands(stamps):
            unnoted, tables = entry.questions, {*entry.stamps}
            now = {topic: stamps[topic] for topic in tables}
            if now != entry.stamps:
                self._keep((kind, key), replace(entry, stamps=now), size_of)
        else:
            with touches.note_topics(asking=True) as reads:
                value = read()
            tables = reads.union(before)
            now = {topic: stamps[topic] for topic in tables}
            entry = Entry(value, now, before, reads.questions)
            self._keep((kind, key), entry, size_of)
        touches.note_again(tables, None if before else unnoted)
        return entry.value

    def rows(self, statement: Statement, ids: Sequence[int] = (), **given: Any) -> list[Any]:
        """Return the rows of a statement for these parameters, cached for a quarter of an hour. The
        rows must not be changed."""
        key = tuple(ids), tuple(sorted(given.items())), quarter()
        size = ROW + NUMBER * len(ids)
        return self(
            statement, key, lambda: statement(ids, **given), lambda rows: size + ROW * len(rows)
        )

    def _keep(self, key: Hashable, entry: Entry[T], size_of: Callable[[T], int]) -> None:
        if touches.UNTOUCHED not in entry.stamps or entry.questions is not None:
            size = size_of(entry.value) + sum(asked.size for asked in entry.questions or ())
            self._kept.put(key, entry, size)
