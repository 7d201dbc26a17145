"""A status that is declared without a date is of the day that the figures speak of."""

from datetime import date

import pytest
from django.db import connection
from django.utils import timezone

from projects.models import Project
from tests import factories

pytestmark = pytest.mark.django_db
OLD = date(2026, 3, 1)


@pytest.fixture
def project(nothing):
    """A project whose status was declared months ago."""
    return factories.project(declared_rag="amber", declared_on=OLD)


def declared(project):
    project.refresh_from_db()
    return project.declared_rag, project.declared_on


def test_it_is_dated_however_it_comes(project):
    new = factories.project(programme=project.programme, declared_rag="green")
    assert declared(new) == ("green", factories.AS_OF)
    Project.objects.filter(pk=project.pk).update(declared_rag="red")
    assert declared(project) == ("red", factories.AS_OF)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE projects_project SET declared_rag = 'green', declared_on = NULL WHERE id = %s",
            [project.pk],
        )
    assert declared(project) == ("green", factories.AS_OF)


def test_a_date_that_is_given_stays(project):
    assert declared(project) == ("amber", OLD)
    rows = Project.objects.filter(pk=project.pk)
    rows.update(declared_rag="red", declared_on=date(2026, 10, 1))
    assert declared(project) == ("red", date(2026, 10, 1))
    rows.update(name="Other")
    assert declared(project) == ("red", date(2026, 10, 1))


def test_where_nothing_is_declared_nothing_is_dated(project):
    assert declared(factories.project(programme=project.programme)) == ("", None)


def test_a_project_that_stands_alone_is_dated_by_its_portfolio(nothing):
    home = factories.portfolio(status_date_policy="today", status_date=None, time_zone="UTC")
    project = factories.project(programme=None, portfolio=home, declared_rag="red")
    assert declared(project) == ("red", timezone.now().date())


def test_said_again_over_rest_it_is_said_now(project, api_of):
    client = api_of(factories.user(is_superuser=True))
    address = f"/api/v1/projects/{project.pk}/"
    tag = client.get(address).headers["ETag"]
    answer = client.patch(
        address, {"declared_rag": "amber"}, format="json", headers={"If-Match": tag}
    )
    assert (answer.status_code, answer.json()["declared_on"]) == (200, "2026-10-31")
