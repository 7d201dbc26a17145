"""Touches: which objects a statement touched, so that what shows them knows when it is out of date.

Triggers on every record's table write them, in the transaction of a change and by whatever path it
comes: one row for the table, one for each parent of a changed row (the old and the new), and one
for the row itself where roles are held on it. What other records say of a row, its name and where
it belongs, may show anywhere: who changes that touches `EVERYWHERE`.

The stamp of what is shown is the sum of the marks of its touches. A mark is a random number, so
that no two states have the same stamp, not even after a rollback or a restored backup. Nothing is
ever updated, so that writers wait for nobody; `fold` puts one row in the place of many with the
same sum.
"""

from __future__ import annotations

import re
from collections.abc import (
    Callable,
    Collection,
    Hashable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any, Generic, TypeVar

import pgtrigger
from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connection, connections

from pmhub.caching import BoundedCache
from pmhub.database import past, questions, replica
from pmhub.database.questions import Question
from pmhub.database.statements import Statement, text_of

TABLE = "pmhub_touch"
EVERYWHERE = ""  # the topic of names and homes
IDENTITY = ("code", "name", "title", "archived_at")
SIZE = 2**62  # of marks: a sum is taken modulo this

UNTOUCHED = "?"  # the topic of tables whose changes leave no touch
WORD = re.compile(r"\w+")

_touched: set[Any] = set()  # the models whose tables have the triggers

T = TypeVar("T")
Topic = tuple[str, int]  # the label of a model, and the id of an object or 0 for the whole table


def topic_of(model: Any) -> str:
    """Return the topic of a model, or of its label."""
    return (model if isinstance(model, str) else model._meta.label).lower()


def triggers(model: Any) -> list[pgtrigger.Trigger]:
    """Return the triggers that note what is touched by a change to a record's table."""
    _touched.add(model)
    columns = {
        model._meta.get_field(name).column: topic_of(model._meta.get_field(name).remote_field.model)
        for name in model.visible_through
    }
    if model.grant_kind:
        columns["id"] = topic_of(model)
    names = {field.name for field in model._meta.concrete_fields}
    said = [name for name in IDENTITY if name in names]
    said += [column for column in columns if column != "id"]
    # A root is listed by its name wherever its parent is.
    entering = [f"SELECT '{EVERYWHERE}', 0 FROM new_rows"] if model.grant_kind else []  # noqa: S608  # our own names
    leaving = [f"SELECT '{EVERYWHERE}', 0 FROM old_rows"]  # noqa: S608  # our own names
    return [
        _touching("insert", pgtrigger.Insert, model, columns, entering, new="new_rows"),
        _touching(
            "update", pgtrigger.Update, model, columns, _renamed(said),
            old="old_rows", new="new_rows",
        ),
        _touching("delete", pgtrigger.Delete, model, columns, leaving, old="old_rows"),
        pgtrigger.Trigger(
            name="touch_truncate",
            level=pgtrigger.Statement,
            operation=pgtrigger.Truncate,
            when=pgtrigger.After,
            func=_insert([f"SELECT '{EVERYWHERE}', 0", f"SELECT '{topic_of(model)}', 0"]),
        ),
    ]  # fmt: skip


def list_triggers(field: Any) -> list[pgtrigger.Trigger]:
    """Return the triggers on the table of a list of a record, which is part of the record."""
    owner = field.model
    columns = {field.m2m_column_name(): topic_of(owner)}
    return [
        _touching("insert", pgtrigger.Insert, owner, columns, new="new_rows"),
        _touching("delete", pgtrigger.Delete, owner, columns, old="old_rows"),
    ]


def _touching(
    name: str,
    operation: pgtrigger.Operation,
    model: Any,
    columns: dict[str, str],
    also: Iterable[str] = (),
    **tables: str,
) -> pgtrigger.Trigger:
    changed = " UNION ALL ".join(f"SELECT FROM {rows}" for rows in tables.values())
    selects = [
        f"SELECT '{topic_of(model)}', 0 WHERE EXISTS ({changed})",
        *(
            f"SELECT '{topic}', {column} FROM {rows} WHERE {column} IS NOT NULL"  # noqa: S608  # our own names
            for column, topic in columns.items()
            for rows in tables.values()
        ),
        *also,
    ]
    return pgtrigger.Trigger(
        name=f"touch_{name}",
        level=pgtrigger.Statement,
        operation=operation,
        when=pgtrigger.After,
        referencing=pgtrigger.Referencing(**tables),
        func=_insert(selects),
    )


def _renamed(columns: Sequence[str]) -> list[str]:
    """SQL for whether a changed row has another name or home. A full join, which cannot run as a
    nested loop: the plan is made once, often for one row, and kept for ten thousand."""
    if not columns:
        return []
    before, after = (", ".join(f"{row}.{column}" for column in columns) for row in "on")
    return [
        f"SELECT '{EVERYWHERE}', 0 FROM old_rows o FULL JOIN new_rows n ON n.id = o.id"  # noqa: S608  # our own names
        f" WHERE ({before}) IS DISTINCT FROM ({after})"
    ]


def _insert(selects: Iterable[str]) -> str:
    return f"INSERT INTO {TABLE} (topic, object_id) {' UNION '.join(selects)}; RETURN NULL;"


FOLD = f"""
WITH many AS (SELECT topic, object_id FROM {TABLE} GROUP BY 1, 2 HAVING count(*) > 1),
gone AS (DELETE FROM {TABLE} t USING many m WHERE (t.topic, t.object_id) = (m.topic, m.object_id)
    RETURNING t.topic, t.object_id, t.mark)
INSERT INTO {TABLE} (topic, object_id, mark)
SELECT topic, object_id, (sum(mark) %% {SIZE})::bigint FROM gone GROUP BY 1, 2
"""  # noqa: S608  # our own names


def fold() -> None:
    """Put one row in the place of all that touch the same; their sum stays what it was."""
    with connection.cursor() as cursor:
        cursor.execute(FOLD, [])


def stamp_sql(topics: str) -> str:
    """Return SQL for the stamp of the topics that a query of (topic, object_id) gives."""
    return (
        f"(SELECT (coalesce(sum(t.mark), 0) %% {SIZE})::bigint"  # noqa: S608  # our own names
        f" FROM ({topics}) shown(topic, id)"
        f" JOIN {TABLE} t ON t.topic = shown.topic AND t.object_id = shown.id)"
    )


STAMP = Statement(
    f"SELECT {stamp_sql('SELECT * FROM unnest(%(topics)s, %(ids)s)')}",  # noqa: S608  # ours
    types={"topics": "text[]"},
)


def stamp(topics: Iterable[Topic]) -> int:
    """Return the stamp of these topics."""
    names, ids = zip(*topics, strict=True)
    value: int = STAMP(ids, topics=list(names))[0][0]
    return value


OF_TABLES = Statement(
    f"SELECT topic, (sum(mark) %% {SIZE})::bigint FROM {TABLE}"  # noqa: S608  # ours
    " WHERE object_id = 0 AND topic = ANY(%(names)s) GROUP BY topic"
)
_stamps: ContextVar[dict[str, int] | None] = ContextVar("stamps", default=None)


@contextmanager
def of_one_moment() -> Iterator[None]:
    """Read the stamps of all tables at once, when the first is asked for within, and ask each
    question once. It is for what only reads: what is written within changes none of them."""
    token = _stamps.set({})
    try:
        with questions.of_one_moment():
            yield
    finally:
        _stamps.reset(token)


def stamp_of_tables(topics: Collection[str]) -> int:
    """Return the stamp of whole tables, and of `EVERYWHERE`, by their topics."""
    if _stamps.get() is None:
        return stamp([(topic, 0) for topic in sorted(topics)])
    stamps = stamps_of_tables()
    return sum(stamps[topic] for topic in topics) % SIZE


def stamps_of_tables() -> Mapping[str, int]:
    """Return the stamps of all tables, and of `EVERYWHERE`, by their topics."""
    stamps = _stamps.get()
    if stamps is None:
        stamps = {}
    if not stamps:
        topics = {EVERYWHERE, *_tables().values()}
        stamps.update(dict.fromkeys(topics, 0))
        stamps.update(OF_TABLES(names=sorted(topics)))
    return stamps


# What was read


class TopicsRead(set[str]):
    """The topics of tables that were read from. `questions`, where they are noted too, can be asked
    again in place of all that was read; None where not all of it can."""

    questions: list[Question] | None = None

    def note(self, question: Question | None) -> None:
        """Note a question; None of what cannot be asked again."""
        if question is None:
            self.questions = None
        elif self.questions is not None:
            self.questions.append(question)

    def include(self, tables: Iterable[str], questions: Iterable[Question] | None) -> None:
        """Note what was read before, and is made use of."""
        self.update(tables)
        if questions is None:
            self.questions = None
        elif self.questions is not None:
            self.questions += questions

    @property
    def answers(self) -> tuple[bytes, ...] | None:
        """Return what tells what was read from what is read another time."""
        return (
            None
            if self.questions is None
            else tuple(question.answer for question in self.questions)
        )


_noting: ContextVar[tuple[TopicsRead, ...]] = ContextVar("noting", default=())


@contextmanager
def note_topics(*, asking: bool = False) -> Iterator[TopicsRead]:
    """Note the topics of all tables that are read within, now or when what is kept was read;
    `UNTOUCHED` is among them where a table is read whose changes leave no touch. When `asking`,
    their questions too."""
    noted = TopicsRead()
    noted.questions = [] if asking else None
    token = _noting.set((*_noting.get(), noted))

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        tables = topics_read(sql)
        noted.update(tables)
        done = execute(sql, params, many, context)
        if noted.questions is not None and tables:  # a stamp is read of none of them
            noted.note(None if many else questions.question(sql, params, context, tables))
        return done

    with ExitStack() as stack:
        stack.callback(_noting.reset, token)
        for alias in {DEFAULT_DB_ALIAS, replica.alias()}:
            stack.enter_context(connections[alias].execute_wrapper(note))
        yield noted


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
        touched |= {UNTOUCHED} & self.stamps.keys()
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
        stamps = stamps_of_tables()
        entry: Entry[T] | None = self._kept.get((kind, key))
        unnoted: Iterable[Question] | None = ()  # by those around
        if entry is not None and entry.stands(stamps):
            unnoted, tables = entry.questions, {*entry.stamps}
            now = {topic: stamps[topic] for topic in tables}
            if now != entry.stamps:
                self._keep((kind, key), replace(entry, stamps=now), size_of)
        else:
            with note_topics(asking=True) as reads:
                value = read()
            tables = reads.union(before)
            now = {topic: stamps[topic] for topic in tables}
            entry = Entry(value, now, before, reads.questions)
            self._keep((kind, key), entry, size_of)
        for around in _noting.get():  # what is not read again is what was read all the same
            around.include(tables, None if before else unnoted)
        return entry.value

    def _keep(self, key: Hashable, entry: Entry[T], size_of: Callable[[T], int]) -> None:
        if UNTOUCHED not in entry.stamps or entry.questions is not None:
            size = size_of(entry.value) + sum(asked.size for asked in entry.questions or ())
            self._kept.put(key, entry, size)


@lru_cache(maxsize=1024)
def topics_read(sql: str) -> frozenset[str]:
    """Return the topics of the tables that a query names."""
    words = set(WORD.findall(text_of(sql)))
    return frozenset(topic for table, topic in _tables().items() if table in words)


@cache
def _tables() -> dict[str, str]:
    """The topic of each table."""
    topics = {}
    for model in apps.get_models(include_auto_created=True):
        # Stamps are read on the way and are nothing of an answer; what stands for another model
        # has its table, and touches what that does.
        if model._meta.db_table == TABLE or model._meta.proxy:
            continue
        owner = model._meta.auto_created or model
        topics[model._meta.db_table] = topic_of(owner) if owner in _touched else UNTOUCHED
    return topics
