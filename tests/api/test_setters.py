"""Who sets what: limits are set above those they limit, each side of a dependency says its own."""

from typing import Any

import pytest

from pmhub.models import User
from projects.models import BudgetLine, Dependency, Project
from tests import factories
from tests.admin.forms import entries, errors
from tests.admin.test_entering import address
from tests.api.conftest import errors_of

LIMITS: list[tuple[str, dict[str, Any]]] = [
    ("projects/{project}/", {"complexity": 1}),
    ("projects/{project}/", {"regulated": True}),
    ("projects/{project}/", {"critical": False}),
    ("projects/{project}/", {"health_weight": "2.5"}),
    ("budget-lines/{line}/", {"approved": "103955.00"}),
    ("budget-lines/{line}/", {"baseline": "1.00"}),
    ("budget-lines/{line}/", {"approved": "0"}),
    ("milestones/{milestone}/", {"baseline_on": "2028-01-31"}),
]


@pytest.fixture
def ids(demo: Any) -> dict[str, int]:
    """Records of CAM-02, whose manager is limited by them."""
    project = demo.project("CAM-02")
    return {
        "project": project.pk,
        "line": project.budget_lines.first().pk,
        "milestone": demo.milestone("M04").pk,
    }


@pytest.mark.parametrize(("path", "body"), LIMITS, ids=str)
def test_limits_are_set_above_those_they_limit(
    path: str, body: dict[str, Any], ids: dict[str, int], request: pytest.FixtureRequest, api: Any
) -> None:
    (field,) = body
    own = api(request.getfixturevalue("cam02_manager"))
    answer = own.patch(path.format(**ids), body)
    assert (answer.status_code, errors_of(answer)) == (403, {f"/{field}": "permission_denied"})
    assert "set by the programme manager or the PMO" in answer.json()["detail"]
    assert own.patch(f"{path.format(**ids)}?preview=1", body).status_code == 403
    for who in ("cam_manager", "pmo"):
        above = api(request.getfixturevalue(who)).patch(path.format(**ids), body)
        assert above.status_code == 200
        assert own.patch(path.format(**ids), body).status_code == 200  # as it stands by now


def test_a_project_manager_adds_no_approved_budget_and_takes_none_away(
    demo: Any, cam02_manager: User, cam_manager: User, api: Any
) -> None:
    own, line = demo.project("CAM-02"), {"code": "X1", "category": "labour", "forecast": "10.00"}
    body = {"project": own.pk, **line}
    refused = api(cam02_manager).post("budget-lines/", body | {"approved": "6000.00"})
    assert (refused.status_code, errors_of(refused)) == (403, {"/approved": "permission_denied"})
    added = api(cam02_manager).post("budget-lines/", body)
    assert added.status_code == 201
    path = f"budget-lines/{own.budget_lines.exclude(code='X1').get().pk}/"
    assert api(cam02_manager).delete(path).status_code == 403
    other = demo.project("CAM-05")  # theirs too
    assert api(cam02_manager).patch(path, {"project": other.pk}).status_code == 403
    assert api(cam02_manager).delete(f"budget-lines/{added.json()['id']}/").status_code == 204
    assert api(cam_manager).delete(path).json()["code"] == "approved_stays"


def test_what_is_approved_keeps_its_year_and_kind_and_what_blocks_a_gate_goes_on_blocking(
    office: User, api: Any
) -> None:
    manager = factories.user("manager")
    project = factories.project(project_manager=manager.person)
    line = factories.budget(project, 100, fiscal_year=2026)
    own, above = api(manager), api(office)
    body = {"project": project.pk, "code": "CP1", "title": "Fire", "kind": "permit"}
    item = own.post("compliance-items/", {**body, "blocks": "handover"})
    assert item.status_code == 201
    path = f"compliance-items/{item.json()['id']}/"
    changes: list[tuple[str, dict[str, Any]]] = [
        (f"budget-lines/{line.pk}/", {"fiscal_year": 2027}),
        (f"budget-lines/{line.pk}/", {"treatment": "revenue"}),
        (path, {"blocks": "none"}),
    ]  # fmt: skip
    for row, change in changes:
        (field,) = change
        assert errors_of(own.patch(row, change)) == {f"/{field}": "permission_denied"}
    assert own.delete(path).status_code == 403
    assert own.patch(path, {"title": "Fire safety"}).status_code == 200
    for row, change in changes:
        assert above.patch(row, change).status_code == 200
    # Whoever leads the project may have it block a gate; from then on it is for those above.
    assert own.patch(f"{path}?preview=1", {"blocks": "handover"}).status_code == 200
    assert own.patch(path, {"blocks": "handover"}).status_code == 200
    for less in ("go_live", "none"):
        assert errors_of(own.patch(path, {"blocks": less})) == {"/blocks": "permission_denied"}
    assert above.patch(path, {"blocks": "none"}).status_code == 200
    assert own.delete(path).status_code == 204
    forecast = {"project": project.pk, "code": "L2", "category": "labour", "fiscal_year": 2026}
    added = own.post("budget-lines/", {**forecast, "forecast": "5"}).json()
    moved = own.patch(f"budget-lines/{added['id']}/", {"fiscal_year": 2027})
    assert moved.status_code == 200


def test_of_a_project_that_stands_alone_the_pmo_sets_the_limits(office: User, api: Any) -> None:
    manager = factories.user("manager")
    project = factories.project(portfolio=factories.portfolio(), project_manager=manager.person)
    path, body = f"projects/{project.pk}/", {"complexity": 1}
    assert api(manager).patch(path, {"percent_complete": "5"}).status_code == 200
    assert errors_of(api(manager).patch(path, body)) == {"/complexity": "permission_denied"}
    assert api(office).patch(path, body).status_code == 200


@pytest.fixture
def sides(nothing: None) -> dict[str, Any]:
    """A dependency between two projects, the manager of each, and of their programme."""
    programme = factories.programme()
    people = {name: factories.user(name) for name in ("giver", "receiver", "programme")}
    programme.programme_manager = people["programme"].person
    programme.save()
    ends = {
        side: factories.project(programme=programme, project_manager=people[side].person)
        for side in ("giver", "receiver")
    }
    for side, other in (("giver", "receiver"), ("receiver", "giver")):
        factories.role(people[side], "viewer", project=ends[other])
    link = factories.dependency(ends["giver"], ends["receiver"], status="agreed")
    milestones = {f"{side}_milestone": factories.milestone(ends[side]).pk for side in ends}
    return {**people, "link": link, "milestones": milestones}


SIDED = {
    "need_by": "receiver",
    "receiver_milestone": "receiver",
    "completion_criteria": "receiver",
    "forecast_on": "giver",
    "giver_milestone": "giver",
}


@pytest.mark.parametrize(("field", "side"), SIDED.items())
def test_each_side_of_a_dependency_says_its_own(
    field: str, side: str, sides: dict[str, Any], api: Any
) -> None:
    text = "As drawn" if field == "completion_criteria" else "2027-02-01"
    body = {field: sides["milestones"].get(field, text)}
    path = f"dependencies/{sides['link'].pk}/"
    other = {"giver": "receiver", "receiver": "giver"}[side]
    refused = api(sides[other]).patch(path, body)
    assert (refused.status_code, errors_of(refused)) == (403, {f"/{field}": "permission_denied"})
    assert f"set by the {side}" in refused.json()["detail"]
    assert api(sides[side]).patch(path, body).status_code == 200
    newest = api(sides[side]).get(f"{path}history/").json()["results"][0]
    assert newest["for"] is None


def test_the_programme_manager_acts_for_either_side_and_the_history_says_for_whom(
    sides: dict[str, Any], api: Any
) -> None:
    path = f"dependencies/{sides['link'].pk}/"
    client = api(sides["programme"])
    told = []
    for body in (
        {"need_by": "2027-02-01"},
        {"forecast_on": "2027-01-01"},
        {"need_by": "2027-02-02", "forecast_on": "2027-01-02"},
        {"deliverable": "A frozen design"},
    ):
        assert client.patch(path, body).status_code == 200
        told.append(client.get(f"{path}history/").json()["results"][0]["for"])
    assert told == ["receiver", "giver", "giver and receiver", "receiver"]


def test_a_need_is_written_down_by_either_side_with_what_is_its_own(
    sides: dict[str, Any], api: Any
) -> None:
    link = sides["link"]
    body = {"giver": link.giver_id, "receiver": link.receiver_id, "deliverable": "Power"}
    mine = body | {"code": "N1", "need_by": "2027-03-01"}
    assert errors_of(api(sides["giver"]).post("dependencies/", mine)) == {
        "/need_by": "permission_denied"
    }
    assert api(sides["receiver"]).post("dependencies/", mine).status_code == 201
    promised = body | {"code": "N2", "deliverable": "Heat", "forecast_on": "2027-03-01"}
    assert api(sides["receiver"]).post("dependencies/", promised).status_code == 403
    assert api(sides["giver"]).post("dependencies/", promised).status_code == 201
    assert Dependency.objects.count() == 3


def test_neither_side_puts_another_in_the_place_of_the_other(
    sides: dict[str, Any], api: Any
) -> None:
    link = sides["link"]
    third = factories.project(programme=link.giver.programme)
    factories.role(sides["giver"], "viewer", project=third)
    factories.role(sides["receiver"], "viewer", project=third)
    path = f"dependencies/{link.pk}/"
    assert api(sides["giver"]).patch(path, {"receiver": third.pk}).status_code == 403
    assert api(sides["receiver"]).patch(path, {"giver": third.pk}).status_code == 403
    assert api(sides["programme"]).patch(path, {"giver": third.pk}).status_code == 200


def test_what_an_outside_party_promised_is_written_by_the_receiver(
    sides: dict[str, Any], api: Any
) -> None:
    link = factories.dependency("Grid operator", sides["link"].receiver)
    path, body = f"dependencies/{link.pk}/", {"forecast_on": "2027-05-01"}
    assert api(sides["giver"]).patch(path, body).status_code == 403
    assert api(sides["receiver"]).patch(path, body).status_code == 200


def test_in_the_admin_pages_the_history_says_for_whom(demo: Any, pmo: User, client_of: Any) -> None:
    link, client = demo.dependency("D22"), client_of(pmo)
    page = client.get(address(Dependency, "change", link.pk))
    form = entries(page) | {"need_by": "2027-05-01"}
    assert client.post(address(Dependency, "change", link.pk), form).status_code == 302
    newest = client.get(f"/api/v1/dependencies/{link.pk}/history/").json()["results"][0]
    assert newest["for"] == "receiver"


def test_who_sets_a_field_is_declared_where_it_is() -> None:
    assert set(Project.set_by) == {
        "complexity", "critical", "declared_on", "declared_rag", "health_weight", "regulated",
    }  # fmt: skip
    assert set(BudgetLine.set_by) == {
        "approved", "baseline", "foreign_currency", "foreign_approved", "foreign_baseline",
        "fiscal_year", "treatment",
    }  # fmt: skip


@pytest.fixture
def funded(nothing: None) -> dict[str, Any]:
    """A programme with contingency, and who leads it, who stands above and who manages it."""
    names = ("manager", "sro", "sponsor", "office", "both")
    people = {name: factories.user(name) for name in names}
    programme = factories.programme(
        contingency_budget=100, sro=people["sro"].person, programme_manager=people["manager"].person
    )
    factories.role(people["sponsor"], "sponsor", portfolio=programme.portfolio)
    for name in ("office", "both"):
        factories.role(people[name], "pmo")
    return {**people, "programme": programme}


def test_the_contingency_of_a_programme_is_set_above_its_manager(
    funded: dict[str, Any], api: Any
) -> None:
    path = f"programmes/{funded['programme'].pk}/"
    own = api(funded["manager"])
    for amount in ("100.01", "99.00"):
        body = {"contingency_budget": amount}
        for asked in (path, f"{path}?preview=1"):
            refused = own.patch(asked, body)
            assert errors_of(refused) == {"/contingency_budget": "permission_denied"}
        assert "set by the sponsor, the SRO or the PMO" in refused.json()["detail"]
    assert own.patch(path, {"contingency_budget": "100.00", "vision": "Green"}).status_code == 200
    for number, who in enumerate(("sro", "sponsor", "office")):
        body = {"contingency_budget": f"{200 + number}.00"}
        assert api(funded[who]).patch(path, body).status_code == 200, who


def test_who_manages_a_programme_sets_none_by_another_role_either(
    funded: dict[str, Any], api: Any, client_of: Any
) -> None:
    programme, both = funded["programme"], funded["both"]
    programme.programme_manager = both.person
    programme.save()
    path, body = f"programmes/{programme.pk}/", {"contingency_budget": "500.00"}
    assert errors_of(api(both).patch(path, body)) == {"/contingency_budget": "permission_denied"}
    assert api(both).patch(path, {"vision": "Green"}).status_code == 200
    User.objects.filter(pk=both.pk).update(is_staff=True)
    staff = client_of(User.objects.get(pk=both.pk))
    form = address(type(programme), "change", programme.pk)
    answer = staff.post(form, entries(staff.get(form), contingency_budget="500"))
    text = "Contingency budget is set by the sponsor, the SRO or the PMO, never by whom it limits."
    assert errors(answer) == {"contingency_budget": [text]}
    programme.refresh_from_db()
    assert programme.contingency_budget == 100
    assert api(funded["office"]).patch(path, body).status_code == 200


def test_a_new_programme_gets_contingency_from_who_sets_it(
    funded: dict[str, Any], api: Any
) -> None:
    home = funded["programme"].portfolio
    lead = factories.user("lead")
    factories.role(lead, "programme_manager", portfolio=home)
    body = {"code": "NEW", "name": "New", "portfolio": home.pk}
    given = body | {"contingency_budget": "10.00"}
    refused = api(lead).post("programmes/", given)
    assert errors_of(refused) == {"/contingency_budget": "permission_denied"}
    assert api(lead).post("programmes/", body).status_code == 201
    assert api(funded["sponsor"]).post("programmes/", given | {"code": "N2"}).status_code == 201


def test_rows_of_many_programmes_ask_the_same(funded: dict[str, Any], api: Any) -> None:
    programme = funded["programme"]
    programme.refresh_from_db()
    rows = f"id,version,contingency_budget\n{programme.pk},{programme.version},400.00\n"
    for who, status, most in (("manager", 403, 100), ("office", 201, 400)):
        client: Any = api(funded[who]).client
        sent = client.post("/api/v1/programmes/bulk/", rows, content_type="text/csv")
        assert sent.status_code == status, sent.content
        funded["programme"].refresh_from_db()
        assert funded["programme"].contingency_budget == most, who
