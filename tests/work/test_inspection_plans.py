"""Plans of inspections: the next one is always planned, and what it is for waits for it."""

from datetime import timedelta
from typing import Any

import pgtrigger
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from pmhub.models import Delegation, User
from programmes.models import Programme
from projects.models import Gate, Inspection, InspectionPlan, Milestone, Project
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
    Inspection.objects.filter(state="planned").update(state="cancelled")
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


def test_a_plan_that_follows_oversight_says_which_and_how_many_days_that_is_by_now(
    begun: Project, office: User, api: Any
) -> None:
    factories.inspection_plan(begun, code="IP1")
    factories.inspection_plan(begun, code="IP2", every_days=30)
    factories.inspection_plan(begun, code="IP3", hold_point="deliver")

    def told() -> list[tuple[int | None, str | None]]:
        rows = api(office).get(f"inspection-plans/?project={begun.pk}&ordering=code").json()
        return [(row["interval_days"], row["follows"]) for row in rows["results"]]

    assert told() == [(56, "enhanced"), (30, None), (None, None)]
    Project.objects.filter(pk=begun.pk).update(complexity=5)
    assert told()[0] == (28, "intensive")


def test_who_is_of_the_project_inspects_nothing_of_it(
    begun: Project, manager: User, office: User, api: Any
) -> None:
    body = {"project": begun.pk, "code": "IP01", "title": "Welds", "inspector": manager.person.pk}
    refused = api(office).post("inspection-plans/", body)
    assert (refused.status_code, [*errors_of(refused)]) == (409, ["/inspector"])
    assert (InspectionPlan.objects.count(), planned(begun)) == (0, [])


def test_who_leads_its_programme_inspects_no_project_of_it(
    begun: Project, office: User, api: Any
) -> None:
    leader, other = factories.user("lena"), factories.user("otto")
    programme: Any = begun.programme
    Programme.objects.filter(pk=programme.pk).update(sro=leader.person)
    factories.role(other, "programme_manager", programme=programme)
    factories.role(other, "assurer", portfolio=programme.portfolio)
    plan = factories.inspection_plan(begun)
    for who in (leader, other):
        body = {"project": begun.pk, "code": "I9", "title": "Welds", "inspector": who.person.pk}
        for path in ("inspections/", "inspection-plans/"):
            row = body | ({"planned_on": DAY} if path == "inspections/" else {})
            assert [*errors_of(api(office).post(path, row))] == ["/inspector"]
        with pytest.raises(IntegrityError, match="not of it"), transaction.atomic():
            InspectionPlan.objects.filter(pk=plan.pk).update(inspector=who.person)
    # Nor as the assurer whom nobody named.
    Programme.objects.filter(pk=programme.pk).update(programme_manager=other.person)
    path, held = f"inspections/{factories.inspection(begun).pk}/holding/", {"held_on": DAY}
    assert api(other).verb(path, held | {"result": "pass"}).status_code == 403
    assert api(office).verb(path, held | {"result": "pass"}).status_code == 200


def test_who_led_its_programme_once_or_will_inspects_it(
    begun: Project, office: User, api: Any
) -> None:
    today, day = timezone.localdate(), timedelta(days=2)
    body = {"project": begun.pk, "title": "Welds", "planned_on": DAY}
    spans: dict[str, dict[str, Any]] = {
        "once": {"ends_on": today - day},
        "next": {"starts_on": today + day},
        "still": {"starts_on": today - day, "ends_on": today + day},
    }
    for place in ({"programme": begun.programme}, {"project": begun}):
        role = "project_executive" if "project" in place else "programme_manager"
        for when, span in spans.items():
            somebody = factories.user(f"{when}{role}")
            factories.role(somebody, role, **place, **span)
            row = body | {"code": f"{when} {role[:9]}", "inspector": somebody.person.pk}
            answer = api(office).post("inspections/", row)
            assert answer.status_code == (409 if when == "still" else 201), (when, role)
            assert ("/inspector" in answer.text) is (when == "still")


def test_who_comes_to_lead_is_planned_no_more_and_the_next_is_drawn_all_the_same(
    begun: Project, office: User, api: Any
) -> None:
    ida, often = factories.user("ida").person, {"every_days": 30, "begins_on": DAY}
    plan = factories.inspection_plan(begun, inspector=ida, **often)
    other = factories.project(programme=begun.programme, actual_start="2026-06-01")
    plan_inspections()
    row = Inspection.objects.get(project=begun, state="planned")
    assert row.inspector == ida
    Programme.objects.update(sro=ida)
    later = factories.inspection_plan(other, inspector=factories.person(), **often)
    assert api(office).patch(f"inspections/{row.pk}/", {"inspector": None}).status_code == 200
    assert hold(api, office, begun).status_code == 200
    plan_inspections()
    rows = Inspection.objects.filter(state="planned")
    assert {each.plan: each.inspector for each in rows} == {plan: None, later: later.inspector}
    row = rows.get(plan=plan)
    answer = api(office).verb(f"inspections/{row.pk}/cancellation/", {"reason": "Snow"})
    assert answer.status_code == 200
    assert rows.get(plan=plan).inspector is None


@pytest.mark.parametrize("of_project", [True, False])
def test_who_has_come_to_lead_by_a_role_holds_nothing_and_is_told_of(
    of_project: bool, begun: Project, office: User, api: Any
) -> None:
    ida = factories.user("ida")
    factories.role(ida, "assurer", portfolio=begun.programme.portfolio)  # type: ignore[union-attr]
    row = factories.inspection(begun, inspector=ida.person)
    role, place = (
        ("project_executive", {"project": begun})
        if of_project
        else ("programme_manager", {"programme": begun.programme})
    )
    quality = "inspections/?finding=inspector_leads"
    assert api(office).get(quality).json()["count"] == 0
    factories.role(ida, role, **place)
    assert [each["id"] for each in api(office).get(quality).json()["results"]] == [row.pk]
    path, said = f"inspections/{row.pk}/", {"held_on": DAY, "result": "pass"}
    assert api(ida).verb(f"{path}holding/", said).status_code == 403
    refused = api(office).verb(f"{path}holding/", said)
    assert (refused.status_code, [*errors_of(refused)]) == (409, ["/inspector"])
    rows = Inspection.objects.filter(pk=row.pk)
    with pytest.raises(IntegrityError, match="not of it"), transaction.atomic():
        rows.update(state="held", **said)
    assert api(office).patch(path, {"inspector": factories.person().pk}).status_code == 200
    assert api(office).verb(f"{path}holding/", said).status_code == 200


def test_nor_does_a_deputy_of_who_leads_it_in_plain_sql(begun: Project, manager: User) -> None:
    dan = factories.user("dan")
    factories.delegation(manager, dan, "project_manager", project=begun)
    row = factories.inspection(begun)
    rows = Inspection.objects.filter(pk=row.pk)
    with pytest.raises(IntegrityError, match="not of it"), transaction.atomic():
        rows.update(inspector=dan.person)
    Delegation.objects.update(state="ended")
    assert rows.update(inspector=dan.person) == 1


def test_what_goes_to_a_project_that_its_inspector_leads_has_none(begun: Project) -> None:
    ida = factories.user("ida").person
    led = factories.project(programme=begun.programme, project_manager=ida)
    other = factories.project(programme=begun.programme)
    row = factories.inspection(begun, inspector=ida)
    plan = factories.inspection_plan(begun, inspector=ida)
    for home, inspector in ((other, ida), (led, None)):
        for each in (row, plan):
            type(each).objects.filter(pk=each.pk).update(project=home)
            each.refresh_from_db()
            assert (each.project, each.inspector) == (home, inspector)
    with pytest.raises(IntegrityError, match="not of it"), transaction.atomic():
        Inspection.objects.filter(pk=row.pk).update(project=led, inspector=ida)


def test_a_plan_of_which_none_can_be_drawn_keeps_no_other_from_its_own(begun: Project) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE projects_inspection ADD CONSTRAINT refused CHECK (title <> 'Refused')"
        )
    often = {"every_days": 30, "begins_on": DAY}
    factories.inspection_plan(begun, title="Refused", **often)
    plan = factories.inspection_plan(begun, **often)
    plan_inspections()
    assert Inspection.objects.get().plan == plan


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
    Inspection.objects.update(state="cancelled")
    assert api(manager).verb(path, {"actual_on": DAY}).status_code == 409
    plan_inspections()
    hold(api, office, begun, "fail")
    assert len(planned(begun)) == 1  # looked at once more
    assert api(manager).verb(path, {"actual_on": DAY}).status_code == 409
    hold(api, office, begun, "pass_with_findings", on="2026-10-02")
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


@pytest.fixture
def leader(begun: Project) -> User:
    """The manager of the project's programme, who decides its gate alone."""
    user = factories.user("leader")
    factories.role(user, "programme_manager", programme=begun.programme)
    return user


@pytest.fixture
def assurer(begun: Project) -> User:
    """The assurer of the programme."""
    user = factories.user("assurer")
    factories.role(user, "assurer", programme=begun.programme)
    return user


@pytest.fixture
def plan(begun: Project, leader: User, api: Any) -> InspectionPlan:
    """A plan for the stage to come, as the leader wrote it, with its inspection."""
    body = {"project": begun.pk, "code": "IP01", "title": "Welds", "hold_point": "deliver"}
    return InspectionPlan.objects.get(pk=api(leader).post("inspection-plans/", body).json()["id"])


@pytest.fixture
def vote(begun: Project, leader: User, api: Any) -> Any:
    """The leader votes that the project goes on; whether that was taken."""
    gate = factories.gate(begun, state="open", approvers=[leader.person])

    def told() -> int:
        return api(leader).verb(f"gates/{gate.pk}/vote/", {"choice": "proceed"}).status_code

    return told


def decided() -> None:
    """Vote and decide by plain SQL."""
    gate = Gate.objects.get()
    gate.votes.create(person=gate.approvers.get(), choice="proceed", on=DAY)
    Gate.objects.update(state="decided", decision="proceed", decided_on=DAY)


def test_who_decides_a_gate_does_not_take_its_inspection_away(
    plan: InspectionPlan, leader: User, office: User, vote: Any, api: Any
) -> None:
    row = Inspection.objects.get(plan=plan)
    path, of_plan = f"inspections/{row.pk}/", f"inspection-plans/{plan.pk}/"
    client = api(leader)
    reason = {"reason": "In haste"}
    # Whoever assures says what waits for an inspection; what was drawn from a plan stays for all.
    for user, status, code in (
        (leader, 403, "permission_denied"), (office, 409, "drawn_inspection")
    ):  # fmt: skip
        refused = api(user).patch(path, {"hold_point": ""})
        assert (refused.status_code, [*errors_of(refused)]) == (status, ["/hold_point"])
        refused = api(user).delete(path)
        assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert client.verb(f"{path}cancellation/", reason).status_code == 403
    assert client.verb(f"{of_plan}ending/", reason).status_code == 403
    for said in ({"hold_point": ""}, {"milestone": factories.milestone(plan.project).pk}):
        assert client.patch(of_plan, said).status_code == 403
    assert client.delete(of_plan).status_code in (403, 409)
    with pytest.raises(DatabaseError), transaction.atomic():
        Inspection.objects.filter(pk=row.pk).delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        Inspection.objects.filter(pk=row.pk).update(plan=None)
    assert client.patch(path, {"planned_on": DAY}).status_code == 200  # what takes nothing away
    assert client.patch(of_plan, {"title": "Bolts"}).status_code == 200
    assert vote() == 409


def test_what_was_cancelled_has_passed_nothing_and_is_drawn_again(
    plan: InspectionPlan, begun: Project, assurer: User, vote: Any, api: Any
) -> None:
    row = Inspection.objects.get(plan=plan)
    client = api(assurer)
    done = client.verb(f"inspections/{row.pk}/cancellation/", {"reason": "Snow"})
    assert (done.status_code, len(planned(begun)), vote()) == (200, 1, 409)
    Inspection.objects.update(state="cancelled")  # as where a project ends
    assert (planned(begun), vote()) == ([], 409)
    with pytest.raises(DatabaseError, match="inspections"), transaction.atomic():
        decided()
    plan_inspections()
    assert hold(api, assurer, begun, "fail").status_code == 200
    again = Inspection.objects.get(state="planned")
    client.verb(f"inspections/{again.pk}/cancellation/", {"reason": "Snow"})
    assert (len(planned(begun)), vote()) == (1, 409)
    assert hold(api, assurer, begun, on="2026-10-02").status_code == 200
    assert (planned(begun), vote()) == ([], 200)


def test_somebody_who_stands_apart_gives_a_hold_point_up_or_moves_it(
    plan: InspectionPlan, begun: Project, assurer: User, manager: User, vote: Any, api: Any
) -> None:
    path = f"inspection-plans/{plan.pk}/"
    factories.role(manager, "pmo", portfolio=begun.owner_portfolio)  # and leads the project
    assert api(manager).verb(f"{path}ending/", {"reason": "No"}).status_code == 403
    assert api(manager).patch(path, {"hold_point": "operate_embed_close"}).status_code == 403
    client = api(assurer)
    assert client.patch(path, {"hold_point": "operate_embed_close"}).status_code == 200
    (row,) = Inspection.objects.filter(state="planned")
    assert (row.hold_point, Inspection.objects.filter(state="cancelled").count()) == (
        "operate_embed_close", 1,
    )  # fmt: skip
    assert client.patch(path, {"hold_point": "deliver"}).status_code == 200
    assert client.verb(f"{path}ending/", {"reason": "Nothing is welded"}).status_code == 200
    assert vote() == 409
    last = Inspection.objects.get(state="planned")
    mine = api(manager).verb(f"inspections/{last.pk}/cancellation/", {"reason": "No"})
    assert mine.status_code == 403
    done = client.verb(f"inspections/{last.pk}/cancellation/", {"reason": "Nothing is welded"})
    assert (done.status_code, planned(begun), vote()) == (200, [], 200)


def test_what_says_again_what_a_finding_is_passes(begun: Project) -> None:
    """Of before it was refused an inspection may have passed and found something critical."""
    passed = factories.inspection(begun, state="held", result="pass")
    with pgtrigger.ignore("projects.InspectionFinding:nothing_critical"):
        found = factories.finding(passed, severity="critical")
    found.save()
    passed.save()
    with pytest.raises(IntegrityError, match="found nothing critical"), transaction.atomic():
        factories.finding(passed, severity="critical")


@pytest.mark.parametrize(
    ("state", "text"),
    [("corrected", "return it first"), ("verified", "or fell away"), ("lapsed", "or fell away")],
)
def test_what_was_found_is_changed_no_more_for_a_reason_that_fits(
    state: str, text: str, begun: Project, office: User, api: Any
) -> None:
    held = factories.inspection(begun, state="held", result="pass_with_findings")
    found = factories.finding(held, state=state)
    answer = api(office).patch(f"findings/{found.pk}/", {"text": "No rail"})
    assert (answer.status_code, text in answer.json()["detail"]) == (409, True), answer.json()
