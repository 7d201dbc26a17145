"""Touches: which objects a statement changed, so that what shows them knows when it is out of date.

Triggers on the table of every record write touches, in the transaction of a change and on every
path: one row for the table, one for each parent of a changed row (the old and the new), and one for
the row itself if roles can be held on it. What other records show of a row (its name, where it
belongs, who holds a post on it) may be shown anywhere: whoever changes that touches `EVERYWHERE`
too, and, for a table on which roles are held, its topic `home_of`, all that most queries read.

The stamp of something shown is the sum of the marks of its touches. A mark is a random number, so
that no two states have the same stamp, not even after a rollback or a restored backup. No row is
ever updated, so that writers do not wait for each other; `fold` replaces many rows by one with the
same sum.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache, partial
from typing import Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connection, connections

from pmhub.database import questions, replica, statements
from pmhub.database.one_moment import current_moment, is_one_moment
from pmhub.database.questions import Question
from pmhub.database.statements import Statement, text_of

TABLE = "pmhub_touch"
EVERYWHERE = ""  # topic of names and homes
IDENTITY = ("code", "name", "title", "archived_at")
SIZE = 2**62  # touches are summed modulo this

UNTOUCHED = "?"  # topic of tables whose changes are not recorded
WORD = re.compile(r"\w+")
OTHER_NAME = re.compile(r"[A-Z]+[0-9]+")  # an alias of a table
NAMING = ("FROM ", "JOIN ", '" ')  # these precede a table, or the alias of one
AFTER = frozenset(
    ("", "WHERE", "INNER", "LEFT", "ON", "GROUP", "ORDER", "LIMIT", "UNION", "HAVING", "OFFSET")
)  # a table without triggers

touched: set[Any] = set()  # models whose tables have the triggers

Topic = tuple[str, int]  # the label of a model with the id of an object, or 0 for the whole table


def topic_of(model: Any) -> str:
    """Return the topic of a model, or of its label."""
    return (model if isinstance(model, str) else model._meta.label).lower()


def home_of(topic: str) -> str:
    """Return the topic of a table that is touched when the name or the parent of a row changes, a
    post on it, or which rows there are."""
    return f"{topic} home"


def shown_columns(model: Any) -> list[str]:
    """Return the columns that hold what other records show of a row: its name, where it belongs and
    who holds a post on it."""
    columns = {field.name: field.column for field in model._meta.concrete_fields}
    held = (*getattr(model, "posts", {}).values(), *model.seen_by) if model.grant_kind else ()
    names = dict.fromkeys((*IDENTITY, *model.visible_through, *held))
    return [columns[name] for name in names if name in columns]


FOLD = f"""
WITH many AS (SELECT topic, object_id FROM {TABLE} GROUP BY 1, 2 HAVING count(*) > 1),
gone AS (DELETE FROM {TABLE} t USING many m WHERE (t.topic, t.object_id) = (m.topic, m.object_id)
    RETURNING t.topic, t.object_id, t.mark)
INSERT INTO {TABLE} (topic, object_id, mark)
SELECT topic, object_id, (sum(mark) %% {SIZE})::bigint FROM gone GROUP BY 1, 2
"""  # noqa: S608  # our own names


def fold() -> None:
    """Replace all touches of the same object by one row with the sum of their marks."""
    with connection.cursor() as cursor:
        cursor.execute(FOLD, [])


def touch_all_tables() -> None:
    """Touch all tables, for a write that triggers do not note, such as one to the history."""
    sql = f"INSERT INTO {TABLE} (topic, object_id) SELECT unnest(%s::text[]), 0"
    with connection.cursor() as cursor:
        cursor.execute(sql, [sorted({*_tables().values()} - {UNTOUCHED})])


def stamp_sql(topics: str) -> str:
    """Return SQL for the stamp of the topics that a query returns as rows of (topic, object_id)."""
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


def stamp_of_tables(topics: Collection[str]) -> int:
    """Return the stamp of whole tables, and of `EVERYWHERE`, by their topics."""
    if not is_one_moment():
        return stamp([(topic, 0) for topic in sorted(topics)])
    stamps = stamps_of_tables()
    return sum(stamps[topic] for topic in topics) % SIZE


def stamps_of_tables() -> Mapping[str, int]:
    """Return the stamps of all tables, and of `EVERYWHERE`, by their topics."""
    moment = current_moment()
    stamps = {} if moment is None else moment.stamps
    if not stamps:
        homes = (home for home, _ in _homes().values())
        topics = {EVERYWHERE, *_tables().values(), *homes}
        stamps.update(dict.fromkeys(topics, 0))
        stamps.update(OF_TABLES(names=sorted(topics)))
    return stamps


def stamp_of_all_tables() -> int:
    """Return a stamp that changes as soon as any record is written."""
    return sum(stamps_of_tables().values()) % SIZE


# Recording what is read


class TopicsRead(set[str]):
    """The topics of the tables that were read. `questions` are the queries asked meanwhile, which
    can be asked again in place of all that was read; None if they are not noted, or if one of them
    cannot be asked again."""

    questions: list[Question] | None = None

    def include(self, tables: Iterable[str], questions: Iterable[Question] | None) -> None:
        """Add the topics and questions of a read; None stands for one that cannot be repeated."""
        self.update(tables)
        if questions is None:
            self.questions = None
        elif self.questions is not None:
            self.questions += questions

    @property
    def answers(self) -> tuple[bytes, ...] | None:
        """Return the digests of all answers, which differ when something else was read; None if
        `questions` is None."""
        questions = self.questions
        return None if questions is None else tuple(question.answer for question in questions)


_noting: ContextVar[tuple[TopicsRead, ...]] = ContextVar("noting", default=())
_unnoted: ContextVar[bool] = ContextVar("unnoted", default=False)


@contextmanager
def note_topics(*, asking: bool = False) -> Iterator[TopicsRead]:
    """Note the topics of all tables that are read inside the block, also through a cached value;
    with `asking`, the questions too. `UNTOUCHED` stands for tables without touches."""
    noted, around = TopicsRead(), _noting.get()
    noted.questions = [] if asking else None
    token = _noting.set((*around, noted))
    with ExitStack() as stack:
        stack.callback(_noting.reset, token)
        if not around:  # else the outermost block listens for all
            stack.enter_context(statements.hearing(_hear))
            for alias in {DEFAULT_DB_ALIAS, replica.alias()}:
                stack.enter_context(connections[alias].execute_wrapper(_note))
        yield noted


def _note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    done = execute(sql, params, many, context)
    if not _unnoted.get():
        tables = topics_read(sql)
        ask = partial(questions.question, sql, params, context, tables)
        _noted(tables, (lambda: None) if many else ask)
    return done


def _hear(statement: Statement, given: Any, rows: Any, here: Any) -> None:
    if not _unnoted.get():
        tables, routed = topics_read(statement.sql), here.alias == replica.alias()
        _noted(tables, partial(questions.asked_now, statement, given, rows, tables, routed=routed))


def _noted(tables: frozenset[str], ask: Callable[[], Question | None]) -> None:
    """Add the tables of a query, empty when only stamps are read, and the question that `ask`
    returns to all blocks."""
    if tables:
        asks = any(noted.questions is not None for noted in _noting.get())
        question = ask() if asks else None
        note_again(tables, None if question is None else [question])


@contextmanager
def unnoted() -> Iterator[None]:
    """Do not note what is read inside the block."""
    token = _unnoted.set(True)
    try:
        yield
    finally:
        _unnoted.reset(token)


def note_again(tables: Collection[str], questions: Iterable[Question] | None) -> None:
    """Add the topics and questions of an earlier read, whose result is used, to all blocks."""
    for around in _noting.get():
        around.include(tables, questions)


def note_stamp(topic: str) -> int:
    """Return the stamp of a whole table, or of `EVERYWHERE`, and note it as read: what is made
    meanwhile is out of date once this stamp changes."""
    marks = stamp_of_tables([topic])
    answer = questions.digest([(topic, marks)])
    question = Question(OF_TABLES, {"names": [topic]}, True, answer, frozenset({topic}))
    note_again({topic}, [question])
    return marks


@lru_cache(maxsize=1024)
def topics_read(sql: str) -> frozenset[str]:
    """Return the topics of the tables that a query names; for a table of which it reads no more
    than names and homes, the topic `home_of`."""
    text = text_of(sql)
    words = set(WORD.findall(text))
    return frozenset(
        _homes()[table][0] if _reads_names_only(table, text) else topic
        for table, topic in _tables().items()
        if table in words
    )


def _reads_names_only(table: str, text: str) -> bool:
    """Return whether a query reads no more of a table than the columns of `_homes`. Only queries of
    Django's ORM are recognised: they write the table in quotes, its alias (`U0`) after it, and
    either before each column. Any other query may read all of the table."""
    if table not in _homes():
        return False
    if text.count(table) != text.count(f'"{table}"') or "SELECT *" in text:
        return False
    columns = _homes()[table][1]
    beside = re.findall(rf'(?:FROM|JOIN) "{table}"(?: ([^ )]+)|\)|$)', text)
    others = {name for name in beside if OTHER_NAME.fullmatch(name)}
    if not {*beside} - others <= AFTER:
        return False
    names = [re.escape(f'"{table}"'), *(rf"\b{name}\b" for name in others)]
    places = [place for name in names for place in re.finditer(rf'{name}(?:\."(\w+)")?', text)]
    return all(
        place[1] in columns if place[1] else text[: place.start()].endswith(NAMING)
        for place in places
    )


@cache
def _homes() -> dict[str, tuple[str, frozenset[str]]]:
    """Return the topic `home_of` and its columns, by table on which roles are held."""
    return {
        model._meta.db_table: (home_of(topic_of(model)), frozenset(("id", *shown_columns(model))))
        for model in touched
        if model.grant_kind
    }


@cache
def _tables() -> dict[str, str]:
    """Return the topic of each table."""
    topics = {}
    for model in apps.get_models(include_auto_created=True):
        # Reads of stamps are no part of an answer; a proxy shares the touches of its model.
        if model._meta.db_table == TABLE or model._meta.proxy:
            continue
        # Whoever writes an event writes the record too.
        tracked: Any = getattr(model, "pgh_tracked_model", None)
        owner = model._meta.auto_created or tracked or model
        topics[model._meta.db_table] = topic_of(owner) if owner in touched else UNTOUCHED
    return topics
