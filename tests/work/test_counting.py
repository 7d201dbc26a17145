"""How much of a project is complete is counted from its milestones, work packages and iterations,
where its method says so, on every path."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from pmhub.models import User
from projects.models import Iteration, Milestone, Project, WorkPackage
from projects.percent import split
from tests import factories
from tests.api.conftest import errors_of


def by(project: Project, method: str) -> None:
    """Have the project counted by a method from now on."""
    project.percent_method = method
    project.save(update_fields=["percent_method"])


@pytest.mark.parametrize(
    ("method", "percent"),
    [("work_packages", "57.500"), ("0/100", "50.000"), ("50/50", "62.500"), ("judged", "40.000")],
)
def test_a_package_counts_by_its_weight_and_the_method_of_its_project(
    project: Project, complete: Any, method: str, percent: str
) -> None:
    project.percent_complete = Decimal(40)
    project.save()
    for weight, done in ((2, 100), (1, 30), (1, 0)):
        factories.work_package(project, weight=weight, percent=done)
    by(project, method)
    assert complete() == percent


def test_milestones_count_by_their_weight_once_they_are_reached(
    project: Project, manager: User, api: Any, complete: Any, drain: Any
) -> None:
    by(project, "weighted_milestones")
    first, second, cancelled, _ = (
        factories.milestone(project, code=code, weight=weight)
        for code, weight in (("W1", 3), ("W2", 1), ("W3", 4), ("W4", None))
    )
    assert complete() == "0.000"
    client, reached = api(manager), {"actual_on": "2026-10-01"}
    assert client.verb(f"milestones/{first.pk}/achievement/", reached).status_code == 200
    assert complete() == "37.500"  # 3 of 8
    gone = {"reason": "Not needed"}
    assert client.verb(f"milestones/{cancelled.pk}/cancellation/", gone).status_code == 200
    assert complete() == "75.000"  # 3 of 4
    Milestone.objects.filter(pk=second.pk).update(weight=2)
    assert complete() == "60.000"  # 3 of 5
    drain()
    told = client.get(f"projects/{project.pk}/rollup/earned_value/").json()
    lines = [(line["source"]["code"], line["value"]) for line in told["lines"]]
    assert (told["value"], lines) == ("600.00", [("W1", "600.00")])
    by_hand = client.patch(f"projects/{project.pk}/", {"percent_complete": "70"})
    assert (by_hand.status_code, errors_of(by_hand)) == (409, {"/percent_complete": "counted"})
    again = client.verb(f"milestones/{first.pk}/reopening/", {"reason": "Not yet"})
    assert (again.status_code, complete()) == (200, "0.000")
    Project.objects.filter(pk=project.pk).update(actual_start=None)
    early = client.verb(f"milestones/{first.pk}/achievement/", reached)
    assert errors_of(early) == {"/actual_on": "invalid"}  # the project has not started


def test_what_was_carried_over_counts_once_and_what_was_left_undone_stays_in_the_scope(
    project: Project, complete: Any
) -> None:
    by(project, "iterations")
    first = factories.iteration(project, points_planned=10, points_done=6)
    assert complete() == "60.000"
    factories.iteration(project, points_planned=10)
    assert complete() == "30.000"
    # While the first is open, nothing of it is left undone: a word about it moves nothing.
    factories.iteration(project, points_planned=4, points_carried=4)
    assert complete() == "25.000"
    Iteration.objects.filter(pk=first.pk).update(state="closed")
    assert complete() == "30.000"
    # Nobody makes the scope smaller by saying that more is carried over than was left undone.
    Iteration.objects.filter(project=project, number=2).update(points_carried=10)
    assert complete() == "30.000"


def test_two_thirds_are_never_rounded_up_to_what_is_not_done(
    project: Project, complete: Any
) -> None:
    by(project, "iterations")
    factories.iteration(project, points_planned=99999, points_done=Decimal("99998.9"))
    assert complete() == "99.999"


def test_nothing_to_count_leaves_what_is_said(project: Project, complete: Any) -> None:
    Project.objects.filter(pk=project.pk).update(percent_complete=40)
    by(project, "work_packages")
    assert complete() == "40.000"
    package = factories.work_package(project, percent=50)
    assert complete() == "50.000"
    package.delete()
    assert complete() == "0.000"  # that came of it alone
    by(project, "judged")
    Project.objects.filter(pk=project.pk).update(percent_complete=40)
    by(project, "work_packages")
    assert complete() == "40.000"


def test_what_is_counted_is_said_by_nobody(project: Project, manager: User, api: Any) -> None:
    by(project, "work_packages")
    factories.work_package(project, percent=50)
    address, client = f"projects/{project.pk}/", api(manager)
    answer = client.patch(address, {"percent_complete": "60"})
    assert (answer.status_code, errors_of(answer)) == (409, {"/percent_complete": "counted"})
    assert client.patch(address, {"percent_complete": "50", "objective": "Go"}).status_code == 200
    with pytest.raises(DatabaseError, match="say how much is complete"), transaction.atomic():
        Project.objects.filter(pk=project.pk).update(percent_complete=60)


def test_a_method_by_which_less_is_complete_is_chosen_for_a_reason(
    project: Project, manager: User, api: Any, complete: Any
) -> None:
    Project.objects.filter(pk=project.pk).update(percent_complete=40)
    factories.work_package(project, percent=10)
    address, client = f"projects/{project.pk}/", api(manager)
    answer = client.patch(address, {"percent_method": "work_packages"})
    assert (answer.status_code, errors_of(answer)) == (409, {"/reason": "less_for_a_reason"})
    said = {"percent_method": "work_packages", "reason": "Counted for the first time"}
    assert client.patch(address, said).status_code == 200
    assert complete() == "10.000"


def test_work_is_not_done_before_its_project_has_started(
    project: Project, office: User, api: Any
) -> None:
    Project.objects.filter(pk=project.pk).update(actual_start=None)
    by(project, "work_packages")
    package = factories.work_package(project)
    answer = api(office).patch(f"work-packages/{package.pk}/", {"percent": "5"})
    assert (answer.status_code, errors_of(answer)) == (409, {"/percent": "work_begun"})
    by(project, "iterations")
    answer = api(office).patch(
        f"iterations/{factories.iteration(project).pk}/", {"points_done": "5"}
    )
    assert (answer.status_code, errors_of(answer)) == (409, {"/points_done": "work_begun"})


def test_all_work_can_be_done_before_the_outputs_are_accepted(
    project: Project, manager: User, api: Any, complete: Any
) -> None:
    factories.output(project)
    by(project, "work_packages")
    package = factories.work_package(project)
    marked = api(manager).verb(f"work-packages/{package.pk}/progress/", {"percent": "100"})
    assert (marked.status_code, complete()) == (200, "100.000")
    # Said by hand, it is not complete before they are.
    answer = api(manager).patch(f"projects/{project.pk}/", {"percent_method": "judged"})
    assert (answer.status_code, errors_of(answer)) == (
        409,
        {"/percent_complete": "complete_once_it_is"},
    )


def test_an_ended_project_stays_as_complete_as_was_said(project: Project, complete: Any) -> None:
    by(project, "work_packages")
    package = factories.work_package(project, percent=50)
    Project.objects.filter(pk=project.pk).update(status="terminated", terminated_on="2026-10-01")
    WorkPackage.objects.filter(pk=package.pk).update(percent=75)
    assert complete() == "50.000"


def test_plain_sql_and_bulk_writes_are_counted_too(project: Project, complete: Any) -> None:
    by(project, "work_packages")
    packages = WorkPackage.objects.bulk_create(
        WorkPackage(project=project, code=f"W{n}", title="Walls", percent=n) for n in (10, 20, 60)
    )
    assert complete() == "30.000"
    with connection.cursor() as cursor:
        cursor.execute("UPDATE projects_workpackage SET percent = 90 WHERE code = 'W60'")
    assert complete() == "40.000"
    WorkPackage.objects.filter(pk=packages[0].pk).delete()
    assert complete() == "55.000"


def test_a_package_that_moves_is_counted_where_it_comes_and_where_it_goes(
    project: Project, complete: Any
) -> None:
    other = factories.project(programme=project.programme, percent_method="work_packages")
    by(project, "work_packages")
    package = factories.work_package(project, percent=80)
    factories.work_package(project, percent=20)
    WorkPackage.objects.filter(pk=package.pk).update(project=other)
    other.refresh_from_db()
    assert (complete(), f"{other.percent_complete:f}") == ("20.000", "80.000")


def test_the_earned_value_names_the_packages_that_make_it(
    project: Project, manager: User, api: Any, drain: Any
) -> None:
    by(project, "work_packages")
    for code, weight, done in (("WP1", 1, 100), ("WP2", 1, 0), ("WP3", 1, 50)):
        factories.work_package(project, code=code, weight=weight, percent=done)
    drain()
    told = api(manager).get(f"projects/{project.pk}/rollup/earned_value/").json()
    lines = [(line["source"]["code"], line["value"]) for line in told["lines"]]
    assert (told["value"], lines) == (
        "500.00",
        [("WP1", "333.33"), ("WP2", "0.00"), ("WP3", "166.67")],
    )
    by(project, "iterations")
    factories.iteration(project, points_planned=10, points_done=4)
    drain()
    told = api(manager).get(f"projects/{project.pk}/rollup/earned_value/").json()
    lines = [(line["source"]["code"], line["value"]) for line in told["lines"]]
    assert (told["value"], lines) == ("400.00", [("1", "400.00")])


@pytest.mark.parametrize(
    ("amount", "shares", "parts"),
    [
        ("100", "1 1 1", "33.33 33.34 33.33"),
        ("10.005", "1 0 1 0", "5.00 0 5.005 0"),
        ("0", "1 2", "0.00 0"),
        ("100", "0 0", ""),
        ("100", "", ""),
    ],
)
def test_parts_add_up_to_the_amount(amount: str, shares: str, parts: str) -> None:
    found = split(Decimal(amount), [Decimal(share) for share in shares.split()])
    assert found == [Decimal(part) for part in parts.split()]
    assert not found or sum(found) == Decimal(amount)


def test_nothing_is_complete_once_all_that_it_was_counted_from_is_gone(
    project: Project, complete: Any, office: User, api: Any
) -> None:
    package = factories.work_package(project, percent=60)
    light = factories.work_package(project, weight=0, percent=100)
    by(project, "work_packages")
    assert complete() == "60.000"
    assert api(office).delete(f"work-packages/{package.pk}/").status_code == 204
    assert complete() == "0.000"
    kept = factories.work_package(project, percent=30)
    assert complete() == "30.000"
    WorkPackage.objects.filter(pk=kept.pk).update(weight=0)
    assert complete() == "0.000"
    light.delete()
    by(project, "iterations")
    sprint = factories.iteration(project, points_planned=10, points_done=5)
    assert complete() == "50.000"
    kept.delete()  # counts for nothing here
    assert complete() == "50.000"
    Iteration.objects.filter(pk=sprint.pk).delete()
    assert complete() == "0.000"


def test_what_was_said_by_hand_stays_when_what_was_never_counted_is_gone(
    project: Project, complete: Any
) -> None:
    project.percent_complete = Decimal(40)
    project.save()
    factories.work_package(project, weight=0)
    by(project, "work_packages")
    WorkPackage.objects.all().delete()
    assert complete() == "40.000"
    factories.work_package(project, percent=10)
    by(project, "judged")
    WorkPackage.objects.all().delete()
    assert complete() in ("10.000", "40.000")
