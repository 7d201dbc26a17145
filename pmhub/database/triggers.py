"""Triggers that every source table carries.

`versioned` raises `version` and `updated_at` on any update, whoever made it. `marks` writes, in the
transaction of a change, a request to recompute each object whose figures the change may move: a
statement trigger over the transition tables, so that a bulk update of ten thousand rows writes few
requests. A change of columns that no figure reads (a name, an owner, a text) writes none.

A request names the object of the changed row (a project, a programme …), both the old and the new
parent. Which programme that belongs to is looked up when the request is worked off: looked up here,
a project that moves at the same moment would be missed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pgtrigger
import pgtrigger.migrations
from django.apps import apps
from django.db import models
from django.utils.translation import gettext_lazy as _

from pmhub.text import LINE_ENDS, REFUSED, UNSEEABLE

REQUESTS = "programmes_rolluprequest"


class Kind(models.TextChoices):
    """The kinds of object that a request to recompute (`RollupRequest`) can name. Which programmes
    that concerns is looked up by the worker."""

    PORTFOLIO = "F", _("portfolio")
    PROGRAMME = "G", _("programme")
    PROJECT = "P", _("project")
    BENEFIT = "B", _("benefit")
    RESOURCE = "R", _("resource")
    LINE = "L", _("programme line")
    REVIEW = "A", _("assurance review")


@dataclass(frozen=True)
class Mark:
    """A request that a change writes: the kind of object, and the column that holds its id. With
    `if_moved`, an update writes it only if that column changes, as another mark of the row leads to
    the same parent."""

    kind: Kind
    column: str
    if_moved: bool = False

    def updated(self, rows: str) -> str:
        """Return SQL for the pair of kind and id in an updated row; `rows` is `o` for the row
        before the update, `n` for the row after it."""
        id = f"{rows}.{self.column}"
        if self.if_moved:
            id = f"CASE WHEN o.{self.column} IS DISTINCT FROM n.{self.column} THEN {id} END"
        return f"('{self.kind}', {id})"

    def select(self, rows: str) -> str:
        """Return SQL for the requests of the rows of one transition table."""
        return (
            f"SELECT DISTINCT '{self.kind}', {self.column} FROM {rows}"  # noqa: S608  # our own names
            f" WHERE {self.column} IS NOT NULL"
        )


def versioned() -> pgtrigger.Trigger:
    """Return the trigger that raises the version of a row, and its moment of change, with every
    change to it."""
    return pgtrigger.Trigger(
        name="stamped",
        operation=pgtrigger.Update,
        when=pgtrigger.Before,
        condition=pgtrigger.AnyChange(),
        func="NEW.version := OLD.version + 1; NEW.updated_at := clock_timestamp(); RETURN NEW;",
    )


def listed(values: Iterable[str]) -> str:
    """Return texts as SQL literals with commas between them."""
    return ", ".join(f"'{value}'" for value in values)


def refusal(name: str, field: str, text: str, *values: str, about: str = "") -> str:
    """Return SQL with which a trigger refuses a row: it reports a constraint `name`, broken at
    `field`, with a sentence in which each % stands for one of the `values` (SQL). REST and the
    admin pages show the sentence at that field. `about` is SQL for the name of the row, for
    statements that write many rows."""
    arguments = ", ".join([f"'{text}'", *values])
    row = f", DETAIL = {about}" if about else ""
    return (
        f"RAISE EXCEPTION {arguments} USING ERRCODE = 'check_violation',"
        f" CONSTRAINT = '{name}', COLUMN = '{field}'{row};"
    )


def out_of_range(field: str, text: str) -> str:
    """Return SQL with which a trigger refuses a number that cannot be stored: it reports the
    sentence at `field`, where REST and the admin pages show it."""
    return (
        f"RAISE EXCEPTION '{text}' USING ERRCODE = 'numeric_value_out_of_range',"
        f" COLUMN = '{field}';"
    )


def unchanged(*columns: str) -> str:
    """Return SQL by which a trigger accepts an update that changes none of these columns, or, if
    none is named, nothing at all: a statement that writes many rows may write values that are there
    already."""
    new, old = (
        f"({', '.join(f'{row}.{column}' for column in columns)})" if columns else row
        for row in ("NEW", "OLD")
    )
    return f"IF TG_OP = 'UPDATE' AND {new} IS NOT DISTINCT FROM {old} THEN RETURN NEW; END IF; "


@dataclass(frozen=True)
class Column:
    """A column of text that people write: whether it may have several lines, and whether it may be
    empty."""

    name: str
    lines: bool
    optional: bool


def written(columns: Sequence[Column]) -> pgtrigger.Trigger:
    """Return the trigger that stores text in composed form (NFC) and refuses, whoever writes,
    invisible characters and a text with nothing visible in it."""
    return pgtrigger.Trigger(
        name="written",
        operation=pgtrigger.Insert | pgtrigger.UpdateOf(*(column.name for column in columns)),
        when=pgtrigger.Before,
        func=f"{' '.join(map(_written, columns))} RETURN NEW;",
    )


def _written(column: Column) -> str:
    name, refused = column.name, REFUSED if column.lines else REFUSED + LINE_ENDS
    hidden = "Characters that cannot be seen are not accepted."
    given = f"NEW.{name} <> '' AND " if column.optional else ""
    return (
        f"NEW.{name} := normalize(NEW.{name}, NFC);"
        f" IF NEW.{name} ~ '[{refused}]' THEN {refusal('invisible', name, hidden)} END IF;"
        f" IF {given}NEW.{name} !~ '[^{UNSEEABLE}]' THEN"
        f" {refusal('blank', name, 'There is nothing to see in this.')} END IF;"
    )


def marks(*given: Mark) -> list[pgtrigger.Trigger]:
    """Return the statement triggers that write the requests of these marks on insert, delete and
    truncate, and on an update of columns that figures read."""
    return [
        _marking("insert", pgtrigger.Insert, given, rows="new_rows", new="new_rows"),
        MarkUpdate(given),
        _marking("delete", pgtrigger.Delete, given, rows="old_rows", old="old_rows"),
        pgtrigger.Trigger(
            name="mark_truncate",
            level=pgtrigger.Statement,
            operation=pgtrigger.Truncate,
            when=pgtrigger.After,
            # The truncated rows are not known any more, so everything is recomputed.
            func=f"INSERT INTO {REQUESTS} (kind, object_id)"  # noqa: S608  # our own names
            f" SELECT '{Kind.PORTFOLIO}', id FROM programmes_portfolio; RETURN NULL;",
        ),
    ]


# Columns that every record has and no figure reads: who wrote it and when, when it was archived,
# and its custom fields.
OF_RECORDS = {
    "version", "created_at", "created_by", "updated_at", "updated_by", "archived_at", "custom",
}  # fmt: skip


def read_columns(model: Any) -> list[str]:
    """Return the columns of a source table that figures or ranges read: all but those of the
    fields that the model declares `unread`."""
    # Models of migrations have only their fields.
    declared: Any = apps.get_model(model._meta.app_label, model._meta.object_name)
    unread = OF_RECORDS | set(declared.unread)
    return [field.column for field in model._meta.concrete_fields if field.name not in unread]


class MarkUpdate(pgtrigger.Trigger):
    """Writes the requests of marks for updated rows, for their old and their new parents, if a
    column that figures read has changed."""

    def __init__(self, given: Sequence[Mark]) -> None:
        super().__init__(
            name="mark_update",
            level=pgtrigger.Statement,
            operation=pgtrigger.Update,
            when=pgtrigger.After,
            referencing=pgtrigger.Referencing(old="old_rows", new="new_rows"),
        )
        self.given = given

    def get_func(self, model: Any) -> str:
        """Return the function of the trigger, which pairs old and new rows by their ids."""
        before, after = (
            ", ".join(f"{rows}.{name}" for name in read_columns(model)) for rows in ("o", "n")
        )
        objects = ", ".join(mark.updated(rows) for mark in self.given for rows in ("o", "n"))
        return (
            f"INSERT INTO {REQUESTS} (kind, object_id)"  # noqa: S608  # our own names
            " SELECT DISTINCT asked.kind, asked.object_id"
            " FROM old_rows o FULL JOIN new_rows n ON n.id = o.id"
            f" CROSS JOIN LATERAL (VALUES {objects}) AS asked (kind, object_id)"
            f" WHERE asked.object_id IS NOT NULL AND ({before}) IS DISTINCT FROM ({after});"
            " RETURN NULL;"
        )


def _marking(
    name: str, operation: pgtrigger.Operation, given: tuple[Mark, ...], rows: str, **tables: str
) -> pgtrigger.Trigger:
    selects = " UNION ".join(mark.select(rows) for mark in given)
    return pgtrigger.Trigger(
        name=f"mark_{name}",
        level=pgtrigger.Statement,
        operation=operation,
        when=pgtrigger.After,
        referencing=pgtrigger.Referencing(**tables),
        func=f"INSERT INTO {REQUESTS} (kind, object_id) {selects}; RETURN NULL;",
    )


def source(*given: Mark) -> list[pgtrigger.Trigger]:
    """Return the triggers that every source table has."""
    return [versioned(), *marks(*given)]


class Frozen(pgtrigger.Protect):
    """Refuses a change, with the sentence that the model declares in `refuses` under the trigger's
    name; plain SQL gets it too."""

    def get_func(self, model: Any) -> Any:
        """Return the function of the trigger, with the sentence."""
        # Models of migrations have only their fields.
        declared: Any = apps.get_model(model._meta.app_label, model._meta.object_name)
        _, text = declared.refuses[self.name]
        sentence = text.replace("%", "%%").replace("'", "''")
        return f"RAISE EXCEPTION '{sentence}';"


def frozen(name: str, once: str, *columns: str) -> Frozen:
    """Return the trigger that refuses to change these columns of a row for which the condition
    `once` (SQL over OLD) already held."""
    before = ", ".join(f"OLD.{column}" for column in columns)
    after = ", ".join(f"NEW.{column}" for column in columns)
    return Frozen(
        name=name,
        operation=pgtrigger.UpdateOf(*columns),
        condition=pgtrigger.Condition(f"{once} AND ({before}) IS DISTINCT FROM ({after})"),
    )


def acyclic(
    *, table: str, lock: int, edges: str, code: str, constraint: str, words: str
) -> list[pgtrigger.Trigger]:
    """Return the triggers that refuse edges which close a circle in a graph, whoever writes them,
    also several at once. The refusal names the circle by its codes: "{words}: A → B → A."

    `edges` is SQL for pairs of nodes (bigint) in `{rows}`, which stands for the table, or for the
    rows just written, which are checked together. `code` is SQL for the code of a `node`; `lock` is
    the number of the advisory lock on the graph.
    """
    fresh, every = (edges.format(rows=rows) for rows in ("new_rows", table))
    # Of two transactions that each add half of a cycle, one waits at the lock, and then reads with
    # a new snapshot.
    func = f"""
        IF NOT EXISTS (SELECT FROM ({fresh}) fresh) THEN RETURN NULL; END IF;
        PERFORM pg_advisory_xact_lock({lock:d});
        WITH RECURSIVE edge(tail, head) AS MATERIALIZED ({every}),
        reached(start, node) AS (
            SELECT tail, head FROM ({fresh}) fresh(tail, head)
            UNION SELECT start, head FROM reached JOIN edge ON tail = reached.node)
        SELECT start INTO closing FROM reached WHERE node = start LIMIT 1;
        IF closing IS NULL THEN RETURN NULL; END IF;
        WITH RECURSIVE edge(tail, head) AS MATERIALIZED ({every}),
        walk(node, way) AS (
            SELECT closing, ARRAY[closing]
            UNION ALL SELECT head, way || head FROM walk JOIN edge ON tail = walk.node
            WHERE (node <> closing OR cardinality(way) = 1)
                AND (head = closing OR head <> ALL (way)))
        SELECT way INTO circle FROM walk WHERE node = closing AND cardinality(way) > 1 LIMIT 1;
        RAISE EXCEPTION '%', '{words}: ' || (SELECT string_agg({code}, ' → ' ORDER BY place)
            FROM unnest(circle) WITH ORDINALITY AS walked(node, place)) || '.'
            USING ERRCODE = 'check_violation', CONSTRAINT = '{constraint}';
    """  # noqa: S608  # our own names
    return [
        pgtrigger.Trigger(
            name=f"acyclic_{name}",
            level=pgtrigger.Statement,
            operation=operation,
            when=pgtrigger.After,
            referencing=pgtrigger.Referencing(new="new_rows"),
            declare=[("closing", "bigint"), ("circle", "bigint[]")],
            func=" ".join(func.split()),
        )
        for name, operation in (("insert", pgtrigger.Insert), ("update", pgtrigger.Update))
    ]
