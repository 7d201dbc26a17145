"""What was read, cached as long as the same rows would be read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from pmhub.caching import BoundedCache
from pmhub.database import past, questions, touches
from pmhub.database.questions import Question

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry(Generic[T]):
    """What is kept of a reading: its value, the stamps of the tables it was read from, which of
    these were read before, and its questions."""

    value: T
    stamps: Mapping[str, int]
    before: Collection[str]
    questions: Sequence[Question] | None

    def stands(self, stamps: Mapping[str, int]) -> bool:
        """Return whether the same would be read now: no table was touched, or the questions that
        name one that was are answered alike."""
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
    """What was read, kept as long as the same rows would be read: up to so many bytes. It is made
    of nothing but its key and what it reads. What is kept around it is asked its questions too."""

    def __init__(self, most: int) -> None:
        self._kept = BoundedCache(most)

    def clear(self) -> None:
        """Forget all of it."""
        self._kept.clear()

    def __call__(
        self,
        kind: Hashable,
        key: Hashable,
        read: Callable[[], T],
        size_of: Callable[[T], int],
        before: Collection[str] = (),
    ) -> T:
        """Return what `read` answers, read now or before. `kind` and `key`: all that it depends on;
        `before`: the topics of tables from which was read already what `read` makes use of. Of the
        past nothing is kept."""
        if past.is_past():
            return read()
        # The stamps before the data: they may be newer than these, never older.
        stamps = touches.stamps_of_tables()
        entry: Entry[T] | None = self._kept.get((kind, key))
        unnoted: Iterable[Question] | None = ()  # by those around
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

    def _keep(self, key: Hashable, entry: Entry[T], size_of: Callable[[T], int]) -> None:
        if touches.UNTOUCHED not in entry.stamps or entry.questions is not None:
            size = size_of(entry.value) + sum(asked.size for asked in entry.questions or ())
            self._kept.put(key, entry, size)
