"""Roles are read again when something that gives them was touched, and then at once."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pmhub.models import Person, User
from tests import factories


@pytest.fixture
def manager(nothing: None) -> User:
    """A user who manages one project, and has no other role."""
    user, _ = factories.user("manager"), factories.person()
    factories.project(project_manager=user.person)
    return user


@pytest.fixture
def sees(
    manager: User, api: Callable[[User], Any], settings: Any
) -> Callable[[], tuple[int, bool]]:
    """A function that returns how many projects the manager sees, and whether roles were read for
    it."""
    settings.PREPARE_STATEMENTS = False  # so that it names its tables

    def seeing() -> tuple[int, bool]:
        with CaptureQueriesContext(connection) as queries:
            count = api(manager).get("projects/").json()["count"]
        return count, any("json_agg" in each["sql"] for each in queries)

    return seeing


def by_sql(sql: str, *given: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, given)


def test_roles_are_not_read_while_nothing_gives_others(sees: Any) -> None:
    assert [sees(), sees()] == [(1, True), (1, False)]
    other = factories.project()  # which might have been theirs
    assert [sees(), sees()] == [(1, True), (1, False)]
    factories.risk(other)
    assert sees() == (1, False)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE projects_project SET project_manager_id ="
        " (SELECT id FROM pmhub_person WHERE user_id IS NULL LIMIT 1)"
        " WHERE project_manager_id = %s",
        "UPDATE pmhub_person SET user_id = NULL WHERE id = %s",
    ],
)
def test_a_post_that_is_taken_away_by_plain_sql_is_gone_at_once(
    sql: str, sees: Any, manager: User
) -> None:
    assert [sees()[0], sees()[0]] == [1, 1]
    by_sql(sql, Person.objects.get(user=manager).pk)
    assert sees() == (0, True)


def test_a_role_that_is_given_and_withdrawn_counts_at_once(sees: Any, manager: User) -> None:
    factories.project()
    assert [sees()[0], sees()[0]] == [1, 1]
    given = factories.role(manager, "viewer")
    assert [sees(), sees()] == [(2, True), (2, False)]
    by_sql("DELETE FROM pmhub_roleassignment WHERE id = %s", given.pk)
    assert sees() == (1, True)
