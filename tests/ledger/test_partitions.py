"""The ledger's tables are parted by programme: what is about one programme opens one part."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pmhub.api import revalidation
from pmhub.database import past
from pmhub.models import User
from programmes.models import LedgerLine, MetricValue
from programmes.queries import ledger
from tests.prepared_statements import text_behind
from tests.wexmoor import Demo

PARTED: list[Any] = [LedgerLine, MetricValue]
TABLES = [model._meta.db_table for model in PARTED]
migration = import_module("programmes.migrations.0005_partition_ledger")


def parts_opened(sql: object) -> int:
    """Return how many partitions a statement opens."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (COSTS OFF) {sql}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    names = [f"{table}_{part:02}" for table in TABLES for part in range(migration.PARTS)]
    return sum(f" {name} " in f"{plan} ".replace("\n", " ") for name in names)


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements about the ledger that are made within."""
    found: list[str] = []
    with CaptureQueriesContext(connection) as queries:
        yield found
    made = [each["sql"] for each in queries if not each["sql"].startswith("PREPARE")]
    found += [sql for sql in made if any(table in text_behind(sql) for table in TABLES)]


@pytest.mark.parametrize("model", PARTED)
def test_a_query_by_programme_opens_one_part(demo: Demo, model: Any) -> None:
    cam = demo.programme("CAM")
    assert parts_opened(model.objects.filter(programme=cam, valid_to=None).query) == 1
    assert parts_opened(model.objects.filter(valid_to=None).query) == migration.PARTS


def test_a_recompute_of_one_programme_opens_its_parts_alone(
    demo: Demo, drain: Callable[[], int]
) -> None:
    begun = demo.programme("CAM").projects.filter(actual_start__isnull=False)
    begun.filter(percent_complete__lt=50).update(percent_complete=50)
    with statements() as made:
        drain()
    assert {text_behind(each).split()[0] for each in made} == {"SELECT", "UPDATE", "INSERT"}
    for statement in made:
        assert parts_opened(statement) <= 1, statement


@pytest.mark.parametrize(
    "path", ["rollup/", "rollup/risk_mean/", "bridge/?metric=risk_mean&from=2020-01-01"]
)
def test_what_is_read_of_one_programme_opens_its_parts_alone(
    cam: str, viewer: User, read: Any, path: str
) -> None:
    for _ in range(7):  # what is prepared has a plan for any values by then
        with statements() as made:
            assert read(viewer, f"{cam}{path}").status_code == 200
        revalidation.answers.clear()
        ledger.computed.clear()
    assert made
    for statement in made:
        assert parts_opened(statement) == 1, statement


def shape(table: str) -> list[tuple[str, ...]]:
    """Return the columns, indexes and constraints of a table, by name."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname, format_type(atttypid, atttypmod), attnotnull::text, attidentity::text"
            " FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
            " UNION ALL SELECT indexname, split_part(indexdef, ' USING ', 2), '', ''"
            " FROM pg_indexes WHERE tablename = %s AND indexname NOT LIKE '%%pkey'"
            " UNION ALL SELECT conname, pg_get_constraintdef(oid), '', ''"
            " FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('f', 'c')"
            " ORDER BY 1, 2",
            [table] * 3,
        )
        return cursor.fetchall()


@pytest.mark.parametrize("model", PARTED)
def test_parting_and_gathering_keep_every_row_and_rule(demo: Demo, model: Any) -> None:
    past.forget()  # as before every migration
    table = model._meta.db_table
    rows = list(model.objects.order_by("pk").values())
    parted = shape(table)
    editor = SimpleNamespace(connection=connection)
    migration.gather(None, editor)
    assert rows
    assert (list(model.objects.order_by("pk").values()), shape(table)) == (rows, parted)
    assert parts_opened(model.objects.all().query) == 0
    migration.partition(None, editor)
    assert (list(model.objects.order_by("pk").values()), shape(table)) == (rows, parted)
    assert parts_opened(model.objects.all().query) == migration.PARTS
    copy = model(**{**rows[0], "id": None, "metric": "another"})
    copy.save()
    assert copy.pk > rows[-1]["id"]
