"""Work packages and iterations: who writes them, and what a closed iteration holds."""

from typing import Any

import pytest
from django.db import DatabaseError, transaction

from pmhub.models import User
from projects.models import Iteration, Project, WorkPackage
from tests import factories
from tests.api.conftest import errors_of


def test_whoever_answers_for_a_package_marks_it_and_writes_nothing_else(
    project: Project, member: User, api: Any
) -> None:
    package = factories.work_package(project, owner=member.person)
    address, client = f"work-packages/{package.pk}/", api(member)
    marked = client.verb(f"{address}progress/", {"percent": "50"})
    assert (marked.status_code, marked.json()["percent"]) == (200, "50.000")
    assert client.patch(address, {"title": "Doors"}).status_code == 403
    of_others = factories.work_package(project)
    refused = client.verb(f"work-packages/{of_others.pk}/progress/", {"percent": "50"})
    assert refused.status_code == 403


def test_a_stranger_sees_neither(project: Project, api: Any) -> None:
    package, iteration = factories.work_package(project), factories.iteration(project)
    client = api(factories.user("stranger"))
    assert client.get(f"work-packages/{package.pk}/").status_code == 404
    assert client.get(f"iterations/{iteration.pk}/").status_code == 404
    assert client.verb(f"work-packages/{package.pk}/progress/", {"percent": "5"}).status_code == 404


@pytest.mark.parametrize("percent", ["101", "-1", "much"])
def test_per_cents_are_from_0_to_100(
    project: Project, manager: User, api: Any, percent: str
) -> None:
    package = factories.work_package(project)
    for path, send in (("progress/", api(manager).verb), ("", api(manager).patch)):
        answer = send(f"work-packages/{package.pk}/{path}", {"percent": percent})
        assert (answer.status_code, [*errors_of(answer)]) == (400, ["/percent"])


def test_less_of_a_package_is_done_than_before_for_a_reason(
    project: Project, manager: User, api: Any
) -> None:
    package = factories.work_package(project, percent=60)
    address, client = f"work-packages/{package.pk}/", api(manager)
    for path, send in (("progress/", client.verb), ("", client.patch)):
        answer = send(f"{address}{path}", {"percent": "50"})
        assert (answer.status_code, [*errors_of(answer)]) == (400, ["/reason"])
    with pytest.raises(DatabaseError, match="less is complete"), transaction.atomic():
        WorkPackage.objects.update(percent=50)
    said = {"percent": "50", "reason": "A wall was taken down again"}
    assert client.verb(f"{address}progress/", said).status_code == 200
    told = client.get(f"{address}history/").json()["results"]
    assert said["reason"] in [change["reason"] for change in told]


def test_a_package_helps_to_make_an_output_of_its_own_project(
    project: Project, manager: User, api: Any
) -> None:
    own, other = factories.output(project), factories.output(factories.project())
    body = {"project": project.pk, "code": "WP1", "title": "Walls", "output": own.pk}
    made = api(manager).post("work-packages/", body)
    assert made.status_code == 201
    with pytest.raises(DatabaseError, match="another project's"), transaction.atomic():
        WorkPackage.objects.update(output=other)
    assert api(manager).delete(f"outputs/{own.pk}/").status_code == 409


def test_a_closed_iteration_holds_on_every_path(
    project: Project, manager: User, office: User, api: Any
) -> None:
    iteration = factories.iteration(project)
    address, client = f"iterations/{iteration.pk}/", api(manager)
    closed = client.verb(f"{address}closing/", {"points_done": "8.0"})
    assert (closed.status_code, closed.json()["state"]) == (200, "closed")
    assert client.patch(address, {"points_done": "10"}).status_code == 409
    assert client.patch(address, {"state": "open"}).status_code == 409
    assert client.delete(address).status_code == 409
    for field in ("points_done", "points_planned", "points_carried", "number"):
        with pytest.raises(DatabaseError), transaction.atomic():
            Iteration.objects.update(**{field: 9})
    many = [{"id": iteration.pk, "version": closed.json()["version"], "goal": "Other"}]
    assert client.patch("iterations/bulk/", many).status_code == 409
    released = client.verb(f"{address}release/", {"released_on": "2026-10-05"})
    assert (released.status_code, released.json()["released_on"]) == (200, "2026-10-05")


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"points_done": "11"}, "/points_done"),
        ({"points_carried": "11"}, "/points_carried"),
        ({"ends_on": "2026-08-01"}, "/ends_on"),
        ({"points_planned": "-1"}, "/points_planned"),
        ({"number": 1}, "/number"),
    ],
)
def test_what_an_iteration_cannot_be_is_refused_at_its_field(
    project: Project, manager: User, api: Any, said: dict[str, Any], field: str
) -> None:
    factories.iteration(project)
    body = {
        "project": project.pk, "number": 2, "goal": "Doors", "starts_on": "2026-10-01",
        "ends_on": "2026-10-28", "points_planned": "10",
    }  # fmt: skip
    answer = api(manager).post("iterations/", body | said)
    assert answer.status_code == 400
    assert field in errors_of(answer)


def test_the_next_iteration_begins_with_what_was_left_undone(
    project: Project, manager: User, client_of: Any
) -> None:
    factories.iteration(project, state="closed", points_done=7)
    factories.iteration(project, state="closed", points_carried=1)
    page = client_of(manager).get(f"/iterations/new/?project={project.pk}")
    form = page.content.decode()
    assert 'value="3"' in form
    assert 'value="2"' in form


def test_an_iteration_is_closed_and_released_once_it_has_begun(
    project: Project, manager: User, api: Any
) -> None:
    coming = factories.iteration(project, starts_on="2199-01-01", ends_on="2199-01-28")
    path = f"iterations/{coming.pk}/closing/"
    assert errors_of(api(manager).verb(path, {"points_done": "5"})).keys() == {"/starts_on"}
    path = f"iterations/{factories.iteration(project).pk}/"
    assert api(manager).verb(f"{path}closing/", {"points_done": "5"}).status_code == 200
    early = api(manager).verb(f"{path}release/", {"released_on": "2026-08-31"})
    assert errors_of(early).keys() == {"/released_on"}
    assert api(manager).verb(f"{path}release/", {"released_on": "2026-09-30"}).status_code == 200
