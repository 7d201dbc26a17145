"""Plans of inspections: the next one is always planned, and what it is for waits for it."""

from typing import Any

import pytest
from django.db import DatabaseError, transaction

from pmhub.models import User
from projects.models import Inspection, InspectionPlan, Milestone, Project
from projects.services import draw_inspections
from projects.tasks import plan_inspections
from tests import factories
from tests.api.conftest import errors_of

DAY = "2026-10-01"


@pytest.fixture
def begun(project: Project) -> Project:
    """The project, which has begun."""
    Project.objects.filter(pk=project.pk).update(actual_start="2026-06-01")
    project.refresh_from_db()
    return project


def planned(project: Project) -> list[str]:
    """The days of the inspections that are planned."""
    rows = Inspection.objects.filter(project=project, state="planned").order_by("planned_on")
    return [f"{row.planned_on}" for row in rows]


def hold(api: Any, user: User, project: Project, result: str = "pass", on: str = DAY) -> Any:
    """Hold the inspection that is planned."""
    row = Inspection.objects.get(project=project, state="planned")
    return api(user).verb(f"inspections/{row.pk}/holding/", {"held_on": on, "result": result})


def test_the_next_inspection_is_planned_by_itself_and_once(
    begun: Project, office: User, manager: User, api: Any
) -> None:
    body = {"project": begun.pk, "code": "IP01", "title": "Welds", "every_days": 30,
            "begins_on": DAY}  # fmt: skip
    assert api(manager).post("inspection-plans/", body).status_code == 403
    made = api(office).post("inspection-plans/", body)
    assert (made.status_code, planned(begun)) == (201, [DAY])
    assert draw_inspections(InspectionPlan.objects.all()) == 0
    assert hold(api, office, begun).json()["plan"] == made.json()["id"]
    assert planned(begun) == ["2026-10-31"]
    row = Inspection.objects.get(state="planned")
    api(office).verb(f"inspections/{row.pk}/cancellation/", {"reason": "Snow"})
    assert planned(begun) == ["2026-11-30"]
    path = f"inspection-plans/{made.json()['id']}/"
    assert api(office).verb(f"{path}ending/", {"reason": "Over"}).json()["state"] == "ended"
    Inspection.objects.filter(state="planned").delete()
    plan_inspections()
    assert planned(begun) == []
    assert api(office).patch(path, {"title": "Bolts"}).status_code == 409
    factories.inspection(begun, plan_id=made.json()["id"])
    with pytest.raises(DatabaseError), transaction.atomic():
        factories.inspection(begun, plan_id=made.json()["id"])


def test_as_often_as_oversight_asks_for_and_moved_with_it(
    begun: Project, office: User, api: Any
) -> None:
    factories.inspection_plan(begun)  # by a door that draws nothing
    plan_inspections()
    (before,) = planned(begun)
    Project.objects.filter(pk=begun.pk).update(complexity=5)
    plan_inspections()
    (after,) = planned(begun)
    assert after < before


def test_who_is_of_the_project_inspects_nothing_of_it(
    begun: Project, manager: User, office: User, api: Any
) -> None:
    body = {"project": begun.pk, "code": "IP01", "title": "Welds", "inspector": manager.person.pk}
    refused = api(office).post("inspection-plans/", body)
    assert (refused.status_code, [*errors_of(refused)]) == (409, ["/inspector"])
    assert (InspectionPlan.objects.count(), planned(begun)) == (0, [])


def test_a_plan_is_for_one_point_or_for_again_and_again(
    begun: Project, office: User, api: Any
) -> None:
    body = {"project": begun.pk, "code": "IP01", "title": "Welds"}
    milestone, far = factories.milestone(begun), factories.milestone(factories.project())
    for said, field in (
        ({"hold_point": "deliver", "milestone": milestone.pk}, "/milestone"),
        ({"hold_point": "deliver", "every_days": 30}, "/every_days"),
        ({"every_days": 0}, "/every_days"),
        ({"milestone": far.pk}, "/milestone"),
    ):
        assert [*errors_of(api(office).post("inspection-plans/", body | said))] == [field]


def test_a_milestone_is_not_reached_before_its_inspection_has_passed(
    begun: Project, office: User, manager: User, api: Any
) -> None:
    milestone = factories.milestone(begun, forecast_on="2026-12-01")
    body = {"project": begun.pk, "code": "IP01", "title": "Welds", "milestone": milestone.pk}
    assert api(office).post("inspection-plans/", body).status_code == 201
    assert planned(begun) == ["2026-12-01"]
    path = f"milestones/{milestone.pk}/achievement/"
    refused = api(manager).verb(path, {"actual_on": DAY})
    assert (refused.status_code, [*errors_of(refused)]) == (409, ["/state"])
    with pytest.raises(DatabaseError, match="Pass the inspections"), transaction.atomic():
        Milestone.objects.update(state="achieved", actual_on=DAY)
    hold(api, office, begun, "fail")
    assert len(planned(begun)) == 1  # looked at once more
    assert api(manager).verb(path, {"actual_on": DAY}).status_code == 409
    hold(api, office, begun, on="2026-10-02")
    assert planned(begun) == []
    last = Inspection.objects.latest("pk")
    critical = factories.finding(last, severity="critical")
    assert api(manager).verb(path, {"actual_on": DAY}).status_code == 409
    type(critical).objects.filter(pk=critical.pk).update(
        state="corrected", corrective_action="Welded again"
    )
    type(critical).objects.filter(pk=critical.pk).update(
        state="verified", verified_by=factories.person()
    )
    assert api(manager).verb(path, {"actual_on": DAY}).status_code == 200


def test_the_next_is_compared_with_the_version_of_its_standard_that_is_in_force(
    begun: Project, office: User, api: Any
) -> None:
    asset = factories.process_asset(begun.owner_portfolio)
    first = factories.asset_version(asset)
    plan = factories.inspection_plan(begun, asset_version=first, every_days=30, begins_on=DAY)
    plan_inspections()
    type(first).objects.filter(pk=first.pk).update(state="retired")
    second = factories.asset_version(asset, number=2)
    assert hold(api, office, begun).status_code == 200
    drawn = Inspection.objects.filter(plan=plan).order_by("pk")
    assert [each.asset_version for each in drawn] == [first, second]
    far = factories.asset_version()
    refused = api(office).patch(f"inspection-plans/{plan.pk}/", {"asset_version": far.pk})
    assert (refused.status_code, [*errors_of(refused)]) == (409, ["/asset_version"])
