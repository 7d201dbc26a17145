"""A 304 without reading: while nothing was touched that an answer was read from."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from pmhub.models import User
from programmes.models import Portfolio
from programmes.rollup import worker
from projects.models import Project
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def read(office: User, api: Any, settings: Any) -> Any:
    """`read(path, etag)`: status, ETag and the SQL that was asked."""
    settings.PREPARE_STATEMENTS = False  # so that it names its tables
    client = api(office)

    def reading(path: str, etag: str = "") -> tuple[int, str, str]:
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(path, **({"If-None-Match": etag} if etag else {}))
        sql = " ".join(each["sql"] for each in queries)
        return answer.status_code, answer.headers["ETag"], sql

    factories.project()
    reading("projects/")  # from here on it is known of which tables these answers are made
    return reading


def test_nothing_is_read_while_nothing_of_it_was_touched(read: Any) -> None:
    factories.project()
    _, etag, sql = read("projects/")
    assert "projects_baseline" in sql
    status, again, sql = read("projects/", etag)
    assert (status, again) == (304, etag)
    assert "projects_baseline" not in sql
    status, again, sql = read("projects/")
    assert (status, again) == (200, etag)
    assert "projects_baseline" not in sql


def test_commits_elsewhere_cost_no_reading(read: Any) -> None:
    project = factories.project()
    _, etag, _ = read("projects/")
    factories.risk(project)
    factories.user("somebody")
    worker.drain()
    status, again, sql = read("projects/", etag)
    assert (status, again) == (304, etag)
    assert "projects_baseline" not in sql


def test_a_table_that_leaves_no_touches_is_as_fresh_as_the_database(read: Any) -> None:
    project = factories.project()
    path = f"projects/{project.pk}/forecast/"
    read(path)
    _, etag, _ = read(path)
    # Whatever is committed in another database of the server moves the moment of this one too.
    assert any("projects_projectforecast" not in read(path, etag)[2] for _ in range(50))
    worker.drain()
    status, again, _ = read(path, etag)
    assert status == 200
    assert again != etag


def test_the_number_of_a_long_list_is_counted_once(read: Any) -> None:
    for _ in range(3):
        factories.project()
    read("projects/?page_size=2")
    project = Project.objects.earliest("pk")
    factories.budget(project, 10)
    assert "COUNT(" not in read("projects/?page_size=2")[2]
    read("projects/?page_size=2")
    factories.user("somebody")
    assert "projects_baseline" not in read("projects/?page_size=2")[2]
    factories.project()
    assert "COUNT(" in read("projects/?page_size=2")[2]


def test_a_change_is_seen_at_once(read: Any) -> None:
    project = factories.project()
    _, etag, _ = read("projects/")
    factories.budget(project, 10)
    status, again, _ = read("projects/", etag)
    assert status == 200
    assert again != etag


def test_an_etag_is_of_one_address(read: Any) -> None:
    factories.project()
    _, etag, _ = read("projects/")
    assert read("projects/?status=active", etag)[0] == 304  # the same bytes
    assert read("projects/?status=closed", etag)[0] == 200
    assert read("programmes/", etag)[0] == 200


def test_an_etag_is_of_one_reader(read: Any, api: Any) -> None:
    project = factories.project()
    manager = factories.user("manager")
    api(manager)
    _, etag, _ = read("projects/")
    answer = api(manager).get("projects/", **{"If-None-Match": etag})
    assert (answer.status_code, answer.json()["count"]) == (200, 0)
    project.project_manager = manager.person
    project.save()
    assert api(manager).get("projects/").json()["count"] == 1


def test_what_a_transaction_has_changed_itself_is_seen(read: Any) -> None:
    with transaction.atomic():
        project = factories.project()
        _, etag, _ = read("projects/")
        project.name = "Renamed"
        project.save()
        assert read("projects/", etag)[0] == 200


def test_what_was_rolled_back_is_never_answered(read: Any) -> None:
    project = factories.project(name="As it is")
    _, etag, _ = read("projects/")
    with transaction.atomic():
        Project.objects.update(name="Never stored")
        assert read("projects/")[1] != etag
        transaction.set_rollback(True)
    Project.objects.update(objective="Something else")
    Project.objects.filter(pk=project.pk).update(objective=project.objective)
    assert read("projects/")[1] != etag  # its version moved on


def test_what_is_read_by_what_was_prepared_is_known_too(office: User, api: Any) -> None:
    client, project = api(office), factories.project()
    factories.risk(project)
    for _ in range(3):
        client.get("risks/")  # its rows, with the currency of their portfolio, are prepared
    Portfolio.objects.filter(pk=project.owner_portfolio.pk).update(currency="USD")
    [row] = client.get("risks/").json()["results"]
    assert row["currency"] == "USD"
