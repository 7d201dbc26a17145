"""Statements that are compiled once and prepared once in each connection."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.db.utils import Error
from django.utils import timezone

from pmhub.database import past, touches
from pmhub.database.one_moment import of_one_moment
from pmhub.database.statements import BEGIN, DAY, END, ID, IDS, NAMES, Rows, Statement
from pmhub.models import Person, User
from projects.models import Project
from tests import factories

CODES = "SELECT code FROM projects_project WHERE id = ANY(%(ids)s) ORDER BY code"


def prepared() -> set[str]:
    """Return the names of our prepared statements on the connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements WHERE name LIKE 'pmhub%'")
        return {name for (name,) in cursor.fetchall()}


def test_it_answers_the_same_prepared_and_not(db: Any, settings: Any) -> None:
    ids = [factories.project(code=code).pk for code in ("A1", "A2")]
    by_queryset = Statement(
        lambda: Project.objects.filter(pk__in=[IDS], status="active")
        .order_by("code").values_list("code")
    )  # fmt: skip
    for statement in (Statement(CODES), by_queryset):
        settings.PREPARE_STATEMENTS = True
        before = prepared()
        assert statement(ids) == [("A1",), ("A2",)]
        assert statement([]) == []
        assert statement(ids[:1]) == [("A1",)]
        assert len(prepared() - before) == 1
        settings.PREPARE_STATEMENTS = False
        assert statement(ids) == [("A1",), ("A2",)]
        assert len(prepared() - before) == 1


def test_it_is_prepared_for_the_past_too(nothing: Any) -> None:
    project = factories.project(code="A1")
    moment = timezone.now()
    Project.objects.filter(pk=project.pk).update(code="A2")
    statement, before = Statement(CODES), prepared()
    for _ in range(2):
        assert statement([project.pk]) == [("A2",)]
        with past.as_at(moment):
            assert statement([project.pk]) == [("A1",)]
            with past.as_at(None):
                assert statement([project.pk]) == [("A2",)]
    assert len(prepared() - before) == 2


def test_what_is_not_its_parameter_makes_no_other_read(
    db: Any, django_assert_num_queries: Any
) -> None:
    statement = Statement("SELECT %(id)s")
    with django_assert_num_queries(1), of_one_moment():
        with touches.note_topics(asking=True):
            assert statement(id=1) == statement([], [], id=1, day="2026-01-01") == [(1,)]
        assert statement.rows(connection, {"id": 1}) == [(1,)]


def test_an_id_and_a_day_are_passed_by_name(db: Any) -> None:
    project = factories.project(actual_start="2026-02-01")
    begun = Statement(
        lambda: Project.objects.filter(programme_id=ID, actual_start__lte=DAY).values_list("pk")
    )
    assert begun(id=project.programme_id, day="2026-01-31") == []
    assert begun(id=project.programme_id, day="2026-02-01") == [(project.pk,)]
    assert begun(id=0, day="2026-02-01") == []


def test_names_and_moments_are_passed_by_name(db: Any) -> None:
    early, late = factories.project(code="A1"), factories.project(code="A2")
    between = (early.created_at, late.created_at)
    statement = Statement(
        lambda: Project.objects.filter(
            code__in=[NAMES], created_at__gt=BEGIN, created_at__lte=END
        ).values_list("code")
    )
    begin, end = between
    assert statement(names=["A1", "A2"], begin=begin, end=end) == [("A2",)]
    assert statement(names=["A1"], begin=begin, end=end) == []


def test_rows_are_what_the_queryset_gives(db: Any, settings: Any) -> None:
    manager = factories.person(name="Mo Manager")
    project = factories.project(code="A1", project_manager=manager)
    instances = Rows(
        lambda: (
            Project.objects.filter(pk__in=[IDS])
            .select_related("project_manager")
            .annotate(twice=F("complexity") * 2)
        )
    )
    dictionaries = Rows(lambda: Project.objects.filter(pk=ID).values("code"))
    singles = Rows(lambda: Project.objects.filter(pk=ID).values_list("code", flat=True))
    for prepared_too in (True, False, True):
        settings.PREPARE_STATEMENTS = prepared_too
        (found,) = instances([project.pk])
        assert found == project
        assert found.twice == 2 * project.complexity
        assert found._state.fields_cache["project_manager"] == manager
        assert dictionaries(id=project.pk) == [{"code": "A1"}]
        assert singles(id=project.pk) == ["A1"]
        assert instances([]) == []


def test_rows_are_new_each_time(db: Any) -> None:
    project = factories.project(name="Old")
    rows = Rows(lambda: Project.objects.filter(pk=ID))
    (before,) = rows(id=project.pk)
    Project.objects.filter(pk=project.pk).update(name="New")
    (after,) = rows(id=project.pk)
    assert (before.name, after.name) == ("Old", "New")


def test_it_is_prepared_anew_when_its_columns_have_changed(db: Any) -> None:
    statement = Statement("SELECT * FROM things WHERE id = ANY(%(ids)s)")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE things ON COMMIT DROP AS SELECT 1 AS id")
        assert statement([1]) == [(1,)]
        cursor.execute("ALTER TABLE things ADD COLUMN name text DEFAULT 'One'")
    with pytest.raises(Error), transaction.atomic():
        statement([1])  # within a transaction that did something before
    assert statement([1]) == [(1, "One")]


@pytest.mark.django_db(transaction=True)
def test_one_who_is_first_in_a_transaction_never_notices() -> None:
    statement = Statement("SELECT count(*) FROM pmhub_person")
    assert statement() == [(Person.objects.count(),)]
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    assert statement() == [(Person.objects.count(),)]
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    with transaction.atomic():
        assert statement() == [(Person.objects.count(),)]


def test_who_asks_is_one_statement(
    demo: Any, viewer: User, client_of: Any, django_assert_num_queries: Any
) -> None:
    client = client_of(viewer)
    with django_assert_num_queries(2):  # the session; the user with their roles
        client.get("/accounts/login/")
