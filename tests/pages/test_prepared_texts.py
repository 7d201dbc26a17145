"""What is asked again as a text is prepared in its connection, and answers what the text would."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, models

from pmhub.database import prepared_sql
from pmhub.database.prepared_sql import rows_of

pytestmark = pytest.mark.django_db


class State(models.TextChoices):
    OPEN = "open"


@pytest.fixture
def here() -> Iterator[Any]:
    """A connection of its own, in no transaction."""
    own = connection.copy()
    try:
        yield own
    finally:
        own.close()


def plain(here: Any, sql: str, given: Any) -> list[Any]:
    with here.cursor() as cursor:
        cursor.execute(sql, given)
        return cursor.fetchall()


def prepared(here: Any) -> list[str]:
    rows = plain(here, "SELECT statement FROM pg_prepared_statements", None)
    return [statement for (statement,) in rows]


@pytest.mark.parametrize(
    ("sql", "given"),
    [
        ("SELECT 1 WHERE 'a%%b' LIKE %s", ("a%",)),
        ("SELECT %s AS said, %s, %s", ("", 7, 2**40)),
        ("SELECT 7 / %s, 7 / %s, pg_typeof(%s)", (2, Decimal("2.0"), Decimal(5))),
        ("SELECT 1 WHERE 'open' IN (%s, %s)", (State.OPEN, "closed")),
        ("SELECT date '2026-01-31' + %s, %s = date '2026-01-01'", (1, date(2026, 1, 1))),
        ("SELECT %s + %s", (datetime(2026, 1, 1, tzinfo=UTC), timedelta(days=2))),
        ("SELECT 1 WHERE 2 = ANY(%s) AND 'x' = ANY(%s) AND %s", ([1, 2], ["x"], True)),
        ("SELECT coalesce(%s, 'none')", (None,)),
        ("SELECT 1 AS a, '%' AS b", None),
    ],
)
def test_it_answers_as_the_text_does(here, sql, given):
    assert [rows_of(here, sql, given) for _ in range(2)] == [plain(here, sql, given)] * 2
    assert len(prepared(here)) == 1


def test_one_plan_serves_all_values_of_the_same_types(here):
    assert [rows_of(here, "SELECT %s + 1", (number,)) for number in (1, 2)] == [[(2,)], [(3,)]]
    assert len(prepared(here)) == 1
    assert rows_of(here, "SELECT %s + 1", (2**40,)) == [(2**40 + 1,)]
    assert len(prepared(here)) == 2


@pytest.mark.parametrize(
    ("sql", "given"),
    [
        ("SELECT 1 WHERE 2 IN %s", ((1, 2),)),
        ("SELECT count(*) FROM programmes_ledgerline", None),
        ("SELECT %(n)s", {"n": 1}),
    ],
)
def test_what_one_plan_cannot_serve_is_asked_as_it_is(here, sql, given):
    assert rows_of(here, sql, given) == plain(here, sql, given)
    assert not prepared(here)


def test_a_text_that_cannot_be_prepared_is_asked_as_it_is(here):
    for _ in range(2):
        with pytest.raises(Exception, match="does not exist"):
            rows_of(here, "SELECT nothing_of_this_name", None)
    assert not prepared(here)


def test_within_a_transaction_and_behind_a_pooler_nothing_is_prepared(here, settings):
    here.set_autocommit(False)
    plain(here, "SELECT 1", None)
    assert rows_of(here, "SELECT %s", (1,)) == [(1,)]
    here.rollback()
    here.set_autocommit(True)
    settings.PREPARE_STATEMENTS = False
    assert rows_of(here, "SELECT %s", (1,)) == [(1,)]
    assert not prepared(here)


def test_one_that_is_outdated_is_asked_as_it_is_and_prepared_anew(here):
    plain(here, "SELECT 1 AS a INTO TEMPORARY t; SELECT 1", None)
    assert rows_of(here, "SELECT * FROM t", None) == [(1,)]
    plain(here, "ALTER TABLE t ADD b int DEFAULT 2; SELECT 1", None)
    assert [rows_of(here, "SELECT * FROM t", None) for _ in range(2)] == [[(1, 2)]] * 2
    assert len(prepared(here)) == 2


def test_what_was_asked_least_lately_is_forgotten(here, monkeypatch):
    monkeypatch.setattr(prepared_sql, "MOST", 2)
    for number in (1, 2, 1, 3):
        assert rows_of(here, f"SELECT {number} + %s", (0,)) == [(number,)]
    assert sorted(text[-6:] for text in prepared(here)) == ["1 + $1", "3 + $1"]
