"""Nobody sets what limits them, by whichever role, field, first state or path."""

from typing import Any

import pytest

from pmhub.access.setters import WRITERS
from pmhub.api.routes import RESOURCES
from pmhub.models import User
from programmes.models import DelegatedLimit, ProgrammeLine
from programmes.rollup import worker
from projects.models import Baseline, ProjectStage, Template
from projects.models.states import NEXT
from tests import factories
from tests.admin.forms import entries
from tests.admin.test_entering import address
from tests.api.conftest import errors_of

NAMES = ("manager", "lead", "sro", "sponsor", "office", "both", "bcm")


class Estate:
    """A programme with a line, a project and a benefit; who leads them, who stands above, and
    somebody of the PMO who manages the programme as well (`both`)."""

    def __init__(self) -> None:
        people = {name: factories.user(name) for name in NAMES}
        self.people = people
        self.programme = factories.programme(
            contingency_budget=100,
            sro=people["sro"].person,
            programme_manager=people["lead"].person,
        )
        self.programme.bcms.set([people["bcm"].person])
        factories.role(people["sponsor"], "sponsor", portfolio=self.programme.portfolio)
        factories.role(people["office"], "pmo")
        factories.role(people["both"], "pmo")
        self.line = ProgrammeLine.objects.create(
            programme=self.programme, code="L1", kind="programme_office", approved_budget=50,
            fiscal_year=2026, estimate_to_complete=40,
        )  # fmt: skip
        self.project = factories.project(
            programme=self.programme, project_manager=people["manager"].person,
            estimate_to_complete=1000, forecast_start="2026-01-01", forecast_finish="2027-06-30",
        )  # fmt: skip


@pytest.fixture
def estate(nothing: None) -> Estate:
    """The programme with its records and its people."""
    return Estate()


def refused(answer: Any) -> list[str]:
    """The fields at which a body is withheld."""
    assert answer.status_code == 403, answer.content
    return [*errors_of(answer)]


def test_what_a_line_of_a_programme_is_approved_for_is_set_above_its_manager(
    estate: Estate, api: Any
) -> None:
    path, own = f"programme-lines/{estate.line.pk}/", api(estate.people["lead"])
    for field, value in (
        ("approved_budget", "60.00"), ("approved_budget", "0"), ("fiscal_year", 2027),
        ("treatment", "capital"),
    ):  # fmt: skip
        for asked in (path, f"{path}?preview=1"):
            assert refused(own.patch(asked, {field: value})) == [f"/{field}"]
    body = {"programme": estate.programme.pk, "code": "L2", "kind": "other"}
    assert refused(own.post("programme-lines/", body | {"approved_budget": "5"})) == [
        "/approved_budget"
    ]
    foreign = {"fiscal_year": 2026, "foreign_currency": "EUR", "foreign_approved_budget": "5"}
    assert refused(own.post("programme-lines/", body | foreign))
    assert own.post("programme-lines/", body | {"estimate_to_complete": "5"}).status_code == 201
    assert own.patch(path, {"estimate_to_complete": "70.00"}).status_code == 200
    for number, who in enumerate(("sro", "office")):
        body = {"approved_budget": f"{70 + number}.00"}
        assert api(estate.people[who]).patch(path, body).status_code == 200, who


def test_no_line_is_brought_into_a_programme_by_its_manager(estate: Estate, api: Any) -> None:
    lead = estate.people["lead"]
    other = factories.programme(portfolio=estate.programme.portfolio, programme_manager=lead.person)
    own, path = api(lead), f"programme-lines/{estate.line.pk}/"
    assert "/approved_budget" in refused(own.patch(path, {"programme": other.pk}))
    rows = f"code,programme_id,kind,approved_budget\nL3,{estate.programme.pk},other,5.00\n"
    sent = own.client.post("/api/v1/programme-lines/bulk/", rows, content_type="text/csv")
    assert sent.status_code == 403
    items = [{"id": estate.line.pk, "version": estate.line.version, "approved_budget": "70"}]
    assert own.patch("programme-lines/bulk/", items).status_code == 403
    estate.line.refresh_from_db()
    assert (estate.line.programme_id, estate.line.approved_budget) == (estate.programme.pk, 50)


def test_whoever_manages_a_programme_sets_none_of_it_as_pmo_either(
    estate: Estate, api: Any, client_of: Any
) -> None:
    both = estate.people["both"]
    estate.programme.programme_manager = both.person
    estate.programme.save()
    path = f"programme-lines/{estate.line.pk}/"
    assert refused(api(both).patch(path, {"approved_budget": "60"})) == ["/approved_budget"]
    User.objects.filter(pk=both.pk).update(is_staff=True)
    staff = client_of(User.objects.get(pk=both.pk))
    form = address(ProgrammeLine, "change", estate.line.pk)
    page = staff.get(form)
    sent = staff.post(form, entries(page, approved_budget="60"))
    assert sent.status_code == 200
    assert "whom the manager of the programme asks by a request" in sent.content.decode()
    added = {"programme": estate.programme.pk, "code": "L9", "kind": "other",
             "treatment": "revenue", "approved_budget": "7"}  # fmt: skip
    staff.post(address(ProgrammeLine, "add"), added)
    form = address(type(estate.programme), "change", estate.programme.pk)
    page = staff.get(form)
    staff.post(form, entries(page) | {"lines-0-approved_budget": "60"})
    assert [*ProgrammeLine.objects.values_list("approved_budget", flat=True)] == [50]


def test_whoever_manages_a_project_of_their_programme_sets_no_limit_of_it(
    estate: Estate, api: Any
) -> None:
    lead, project = estate.people["lead"], estate.project
    type(project).objects.filter(pk=project.pk).update(project_manager=lead.person)
    line = factories.budget(project, 100)
    milestone = factories.milestone(project)
    asked: list[tuple[str, dict[str, Any]]] = [
        (f"projects/{project.pk}/", {"complexity": 1}),
        (f"projects/{project.pk}/", {"critical": False}),
        (f"budget-lines/{line.pk}/", {"approved": "500"}),
        (f"milestones/{milestone.pk}/", {"baseline_on": "2028-01-31"}),
    ]
    for path, body in asked:
        assert refused(api(lead).patch(path, body)) == [f"/{name}" for name in body]
    plan = {"project": project.pk, "number": 1, "approved_on": "2026-01-01",
            "starts_on": "2026-01-01", "finishes_on": "2029-12-31",
            "budget_at_completion": "900"}  # fmt: skip
    assert api(lead).post("baselines/", plan).status_code == 403
    assert not Baseline.objects.exists()
    for path, body in asked:
        assert api(estate.people["sro"]).patch(path, body).status_code == 200
    assert api(estate.people["sro"]).post("baselines/", plan).status_code == 201


@pytest.fixture
def limited(estate: Estate) -> Estate:
    """The estate with delegated limits and figures."""
    for level, cost in (("executive", 10), ("programme_manager", 100), ("sro", 1000)):
        DelegatedLimit.objects.create(
            portfolio=estate.programme.portfolio, level=level, cost=cost, days=100, benefit_pct=50
        )
    executive = factories.user("executive")
    estate.people["executive"] = executive
    estate.project.executive = executive.person
    estate.project.save()
    factories.baseline(
        estate.project, approved_on="2026-01-01", starts_on="2026-01-01",
        finishes_on="2027-06-30", budget_at_completion=1000,
    )  # fmt: skip
    worker.drain()
    return estate


def held(method: str, path: str, **body: Any) -> dict[str, Any]:
    """A write that a change holds."""
    return {"title": "As asked", "method": method, "path": path, "body": body}


def test_a_change_that_grants_money_and_costs_none_is_decided_by_who_may_grant_so_much(
    limited: Estate, api: Any
) -> None:
    line = factories.budget(limited.project, 1000)
    worker.drain()
    manager, levels = api(limited.people["manager"]), []
    for code, amount in (("C1", "1010"), ("C2", "1090"), ("C3", "1900")):
        body = {"project": limited.project.pk, "code": code, "title": "More money",
                "writes": [held("PATCH", f"budget-lines/{line.pk}/", approved=amount)]}  # fmt: skip
        made = manager.post("change-requests/", body).json()
        row = manager.verb(f"change-requests/{made['id']}/assessment/", {}).json()
        levels.append((row["previewed_cost"], row["previewed_funding"], row["level"]))
    assert levels == [
        ("0.00", "10.00", "executive"),
        ("0.00", "90.00", "programme_manager"),
        ("0.00", "900.00", "sro"),
    ]


def test_what_others_approved_is_made_by_whom_it_limits(limited: Estate, api: Any) -> None:
    home, lead, sro = limited.programme, limited.people["lead"], limited.people["sro"]
    writes = [
        held("PATCH", f"programmes/{home.pk}/", contingency_budget="300.00"),
        held("PATCH", f"programme-lines/{limited.line.pk}/", approved_budget="80.00"),
    ]
    body = {"programme": home.pk, "code": "C1", "title": "More", "writes": writes}
    made = api(lead).post("change-requests/", body)
    assert made.status_code == 201, made.content
    path = f"change-requests/{made.json()['id']}/"
    assessed = api(lead).verb(f"{path}assessment/", {})
    assert (assessed.status_code, assessed.json().get("level")) == (200, "sro"), assessed.content
    assert api(lead).verb(f"{path}approval/", {}).status_code == 403
    assert api(sro).verb(f"{path}approval/", {}).status_code == 200
    done = api(lead).verb(f"{path}implementation/", {})
    assert done.status_code == 200, done.content
    home.refresh_from_db()
    limited.line.refresh_from_db()
    assert (home.contingency_budget, limited.line.approved_budget) == (300, 80)
    assert refused(api(lead).patch(f"programmes/{home.pk}/", {"contingency_budget": "301"}))


def test_what_an_approved_benefit_is_to_come_to_is_not_set_by_who_brings_it_about(
    estate: Estate, api: Any
) -> None:
    bcm, lead = api(estate.people["bcm"]), api(estate.people["lead"])
    owner = factories.user("owner")
    benefit = factories.benefit(
        programme=estate.programme, monetised=False, kind="stock", status="identified",
        owner=owner.person, measure="Days to admit", measurement_method="Counted",
        baseline_value=10, baseline_on="2026-01-01", target_value=50, target_on="2028-03-31",
    )  # fmt: skip
    path = f"benefits/{benefit.pk}/"
    assert bcm.patch(path, {"target_value": "40.00"}).status_code == 200
    type(benefit).objects.filter(pk=benefit.pk).update(status="profiled")
    type(benefit).objects.filter(pk=benefit.pk).update(status="approved")
    for field, value in (
        ("target_value", "11.00"), ("target_on", "2038-03-31"), ("baseline_value", "0.00"),
        ("baseline_on", "2020-01-01"),
    ):  # fmt: skip
        assert refused(bcm.patch(path, {field: value})) == [f"/{field}"]
    assert bcm.patch(path, {"description": "As said"}).status_code == 200
    assert lead.patch(path, {"target_value": "30.00"}).status_code == 200
    type(benefit).objects.filter(pk=benefit.pk).update(owner=estate.people["lead"].person)
    for field in ("target_value", "tolerance_percent"):
        assert refused(lead.patch(path, {field: "20.00"})) == [f"/{field}"]


def test_of_a_dependency_that_is_agreed_the_receiver_says_what_waits_and_how(
    estate: Estate, api: Any
) -> None:
    giver, receiver = factories.user("giver"), factories.user("receiver")
    ends = [
        factories.project(programme=estate.programme, project_manager=each.person)
        for each in (giver, receiver)
    ]
    for each in (giver, receiver):
        factories.role(each, "viewer", programme=estate.programme)
    link = factories.dependency(*ends, status="proposed")
    path = f"dependencies/{link.pk}/"
    asked: list[tuple[str, Any]] = [
        ("drives_schedule", False), ("hardness", "soft"), ("lag_days", -90), ("kind", "FF"),
        ("deliverable", "Less"),
    ]  # fmt: skip
    assert api(giver).patch(path, {"lag_days": 1}).status_code == 200
    type(link).objects.filter(pk=link.pk).update(status="agreed", agreed_on="2026-10-01")
    for field, value in asked:
        assert refused(api(giver).patch(path, {field: value})) == [f"/{field}"]
    assert api(receiver).patch(path, {"lag_days": 2}).status_code == 200
    assert api(estate.people["lead"]).patch(path, {"hardness": "soft"}).status_code == 200
    told = api(estate.people["lead"]).get(f"{path}history/").json()["results"][0]["for"]
    assert told == "receiver"


def test_the_day_by_which_an_output_is_due_is_moved_by_who_stands_above(
    estate: Estate, api: Any
) -> None:
    manager, lead = api(estate.people["manager"]), api(estate.people["lead"])
    body = {"project": estate.project.pk, "code": "O1", "title": "Hall"}
    made = manager.post("outputs/", body | {"planned_on": "2026-09-30"})
    assert made.status_code == 201
    path = f"outputs/{made.json()['id']}/"
    for later in ("2027-09-30", None):
        assert refused(manager.patch(path, {"planned_on": later})) == ["/planned_on"]
    assert refused(manager.delete(path)) == ["/planned_on"]
    assert manager.patch(path, {"forecast_on": "2027-09-30"}).status_code == 200
    assert lead.patch(path, {"planned_on": "2027-09-30"}).status_code == 200
    assert lead.delete(path).status_code == 204


FIRST_STATES: list[tuple[str, str, dict[str, Any], str]] = [
    ("bcm", "benefits/", {"status": "approved"}, "/status"),
    ("bcm", "benefits/", {"status": "realising"}, "/status"),
    ("lead", "tranches/", {"state": "authorised"}, "/state"),
    ("lead", "tranches/", {"state": "ended"}, "/state"),
]


@pytest.mark.parametrize(("who", "place", "said", "pointer"), FIRST_STATES)
def test_nobody_begins_behind_a_step_that_others_take(
    who: str, place: str, said: dict[str, Any], pointer: str, estate: Estate, api: Any
) -> None:
    bodies: dict[str, dict[str, Any]] = {
        "benefits/": {"title": "Faster", "unit": "days", "category": "non_cashable"},
        "tranches/": {"name": "First"},
    }
    body = {"programme": estate.programme.pk, "code": "X1", **bodies[place]}
    assert refused(api(estate.people[who]).post(place, body | said)) == [pointer]
    assert api(estate.people[who]).post(place, body).status_code == 201


def test_no_project_or_programme_begins_in_a_stage_that_others_let_it_enter(
    estate: Estate, api: Any
) -> None:
    helper, lead = factories.user("helper"), factories.user("portfolio lead")
    factories.role(helper, "coordinator", programme=estate.programme)
    factories.role(lead, "programme_manager", portfolio=estate.programme.portfolio)
    body = {"programme": estate.programme.pk, "code": "X1", "name": "Hall"}
    for said in ({"stage": "deliver"}, {"status": "on_hold"}):
        (field,) = said
        assert refused(api(helper).post("projects/", body | said)) == [f"/{field}"]
    assert api(helper).post("projects/", body).status_code == 201
    begun = {"portfolio": estate.programme.portfolio.pk, "code": "NEW", "name": "New"}
    assert refused(api(lead).post("programmes/", begun | {"stage": "embed"})) == ["/stage"]
    assert api(lead).post("programmes/", begun).status_code == 201


def test_every_first_state_asks_for_the_word_of_who_leads_there() -> None:
    walked_around = []
    for name, view in RESOURCES.items():
        for table in view.serializer_class.Meta.model.lifecycles:
            first, *later = table.initial or [""]
            assert not table.initial.get(first)
            for state in later:
                by = {move.by for move in table.moves if state in move.leads}
                anybody = any(setter is WRITERS or setter.own for setter in by)
                if by and not anybody and not table.initial[state]:
                    walked_around.append((name, table.field, state))
    assert walked_around == []


def test_whoever_leads_a_programme_does_not_assure_it(estate: Estate, api: Any) -> None:
    lead, assurer = estate.people["lead"], factories.user("assurer")
    for who in (lead, assurer):
        factories.role(who, "assurer", portfolio=estate.programme.portfolio)
    body = {"programme": estate.programme.pk, "code": "A1", "kind": "health_check"}
    assert api(lead).post("assurance-reviews/", body).status_code == 403
    assert api(assurer).post("assurance-reviews/", body).status_code == 201


def test_a_form_asks_nobody_for_what_others_set(estate: Estate, client_of: Any) -> None:
    home = estate.programme.portfolio
    lead, helper = factories.user("begins"), factories.user("helper")
    factories.role(lead, "programme_manager", portfolio=home)
    factories.role(helper, "coordinator", programme=estate.programme)
    new_programme = f"/programmes/new/?portfolio={home.pk}"
    new_project = f"/projects/new/?programme={estate.programme.pk}"
    for kind in ("programme", "project"):
        Template.objects.create(portfolio=home, code=kind, name=kind, kind=kind, state="in_use")
    for who, page, field, shown in (
        (lead, new_programme, "contingency_budget", False),
        (estate.people["office"], new_programme, "contingency_budget", True),
        (helper, new_project, "budget", False),
        (estate.people["lead"], new_project, "budget", True),
    ):
        text = client_of(who).get(page).content.decode()
        assert 'name="name"' in text
        assert (f'name="{field}"' in text) is shown, (who.username, field)


def test_a_gate_goes_on_demanding_what_was_demanded(estate: Estate, api: Any) -> None:
    project, manager = estate.project, api(estate.people["manager"])
    template = Template.objects.create(portfolio=estate.programme.portfolio, code="T", name="Works")
    after = str(NEXT[ProjectStage(project.stage)])
    template.criteria.create(stage=after, text="Costed", mandatory=True)
    begun = {"template": template, "template_version": 1, "complexity": 1}
    type(project).objects.filter(pk=project.pk).update(**begun)
    body = {"project": project.pk, "code": "G1", "title": "Go?", "stage_to": after}
    planned = manager.post("gates/", body)
    assert planned.status_code == 201, planned.content
    gate = planned.json()["id"]
    said = {"gate": gate, "text": "Costed", "mandatory": False}
    optional = manager.post("gate-criteria/", said).json()["id"]
    asked = api(estate.people["sro"]).post("gate-criteria/", {"gate": gate, "text": "Insured"})
    path = f"gate-criteria/{asked.json()['id']}/"
    assert refused(manager.patch(path, {"mandatory": False})) == ["/mandatory"]
    assert refused(manager.patch(path, {"text": "Said"})) == ["/text"]
    assert manager.delete(path).status_code == 403
    assert manager.patch(f"gate-criteria/{optional}/", {"text": "Costed"}).status_code == 200
    assert api(estate.people["lead"]).patch(path, {"text": "Insured for all"}).status_code == 200
    opened = manager.verb(f"gates/{gate}/opening/", {})
    assert opened.status_code == 200, opened.content
    rows = manager.get(f"gate-criteria/?gate={gate}").json()["results"]
    assert {row["text"]: row["mandatory"] for row in rows} == {
        "Costed": True, "Insured for all": True,
    }  # fmt: skip


def test_what_waits_for_an_inspection_and_when_a_finding_is_due_is_moved_by_who_assures(
    estate: Estate, api: Any
) -> None:
    lead, office = api(estate.people["lead"]), api(estate.people["office"])
    body = {"project": estate.project.pk, "code": "I1", "title": "Fire", "planned_on": "2026-12-01"}
    made = lead.post("inspections/", body | {"hold_point": "deliver"})
    assert made.status_code == 201, made.content
    path = f"inspections/{made.json()['id']}/"
    assert refused(lead.patch(path, {"hold_point": ""})) == ["/hold_point"]
    assert refused(lead.delete(path)) == ["/hold_point"]
    found = office.post("findings/", {
        "inspection": made.json()["id"], "code": "F1", "text": "Open doors", "due_on": "2026-12-31",
    })  # fmt: skip
    assert found.status_code == 201, found.content
    finding = f"findings/{found.json()['id']}/"
    assert refused(lead.patch(finding, {"due_on": "2028-12-31"})) == ["/due_on"]
    assert lead.patch(finding, {"root_cause": "Haste"}).status_code == 200
    assert office.patch(finding, {"due_on": "2027-01-31"}).status_code == 200
    assert office.patch(path, {"hold_point": ""}).status_code == 200


def test_nobody_draws_contingency_for_a_project_that_they_manage(estate: Estate, api: Any) -> None:
    lead, project = estate.people["lead"], estate.project
    body = {"programme": estate.programme.pk, "project": project.pk, "amount": "10",
            "moved_on": "2026-10-01"}  # fmt: skip
    assert api(lead).post("contingency-movements/", body).status_code == 201
    type(project).objects.filter(pk=project.pk).update(project_manager=lead.person)
    assert api(lead).post("contingency-movements/", body).status_code == 403
    said = {"project": project.pk, "amount": "1", "reason": "Less to do"}
    path = f"programmes/{estate.programme.pk}/contingency"
    other = factories.project(programme=estate.programme)
    away = {"from_project": project.pk, "project": other.pk}
    for noun, more in (("draw", {}), ("return", {}), ("transfer", away)):
        assert api(lead).verb(f"{path}-{noun}/", said | more).status_code == 403, noun
    done = api(lead).verb(f"{path}-draw/", said | {"project": other.pk})
    assert done.status_code == 200, done.content
    assert api(estate.people["sro"]).post("contingency-movements/", body).status_code == 201


def test_nobody_splits_or_merges_a_project_that_they_manage(estate: Estate, api: Any) -> None:
    lead, project = estate.people["lead"], estate.project
    other = factories.project(programme=estate.programme)
    issue = factories.issue(project)
    part = {"name": "Part", "code": "PX9", "reason": "Too large", "issues": [issue.pk]}
    whole = {"other": other.pk, "reason": "One is enough"}
    type(project).objects.filter(pk=project.pk).update(project_manager=lead.person)
    for noun, body in (("split", part), ("merger", whole)):
        answer = api(lead).verb(f"projects/{project.pk}/{noun}/", body)
        assert answer.status_code == 403, answer.content
        done = api(estate.people["sro"]).verb(f"projects/{project.pk}/{noun}/?preview=1", body)
        assert done.status_code in (200, 201), done.content
    reverse = {"other": project.pk, "reason": "One is enough"}
    assert api(lead).verb(f"projects/{other.pk}/merger/", reverse).status_code == 403
