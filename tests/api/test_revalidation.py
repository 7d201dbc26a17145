"""A 304 without reading: while no transaction was committed, for one reader and address."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from pmhub.models import User
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def read(office: User, api: Any) -> Any:
    """`read(path, etag)`: status, ETag and the tables that were read."""
    client = api(office)

    def reading(path: str, etag: str = "") -> tuple[int, str, str]:
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(path, **({"If-None-Match": etag} if etag else {}))
        sql = " ".join(each["sql"] for each in queries)
        return answer.status_code, answer.headers["ETag"], sql

    return reading


def test_nothing_is_read_while_nothing_was_committed(read: Any) -> None:
    factories.project()
    _, etag, sql = read("projects/")
    assert "projects_project" in sql
    status, again, sql = read("projects/", etag)
    assert (status, again) == (304, etag)
    assert 'FROM "projects_project" LEFT' not in sql
    assert "projects_baseline" not in sql


def test_a_commit_elsewhere_costs_a_reading_and_no_bytes(read: Any) -> None:
    factories.project()
    _, etag, _ = read("projects/")
    factories.person()
    status, again, sql = read("projects/", etag)
    assert (status, again) == (304, etag)
    assert "projects_baseline" in sql


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
