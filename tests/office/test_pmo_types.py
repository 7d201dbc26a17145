"""The type of PMO says who approves: shown before it is changed, and moving no gate that is open.
A portfolio works without a PMO, and without programmes."""

from typing import Any

import pytest

from pmhub.models import Person, User
from programmes.models import Portfolio
from projects.models import Gate, Project
from projects.services.gates.deciders import deciders_of
from tests import factories
from tests.api.conftest import errors_of


def gate_of(project: Project, **fields: Any) -> Gate:
    """A gate to the next stage."""
    return factories.gate(project, **fields)


@pytest.fixture
def watched(project: Project) -> Project:
    """A project of light oversight."""
    project.complexity = 1
    project.save()
    Person.objects.filter(user__username="leads").update(competence="expert")
    return project


def test_what_another_type_would_change_is_told_before(
    watched: Project, pmo: User, steers: User, elsewhere: User, api: Any
) -> None:
    home = watched.owner_portfolio
    path = f"portfolios/{home.pk}/pmo-type-preview/?pmo_type="
    found = api(pmo).get(f"{path}directive").json()
    told = {each["project"]["code"]: (each["before"], each["after"]) for each in found["projects"]}
    assert told[watched.code] == ("Programme manager", "PMO")
    assert len(told) == 2  # the other project of the programme too
    # Who sees one of the two is told of it alone.
    part = api(elsewhere).get(f"{path}directive").json()
    codes = [each["project"]["code"] for each in part["projects"]]
    assert (len(codes), watched.code in codes) == (1, False)
    assert api(pmo).get(f"{path}controlling").json()["projects"] == []
    assert api(pmo).get(f"{path}mighty").status_code == 400
    home.refresh_from_db()
    assert home.pmo_type == "controlling"


def test_changing_it_moves_who_approves_what_is_not_open_and_nothing_that_is(
    watched: Project, pmo: User, steers: User, api: Any
) -> None:
    gate = gate_of(watched)
    later = factories.project(
        programme=watched.programme, complexity=1, project_manager=factories.person()
    )
    planned = gate_of(later)
    opened = api(pmo).verb(f"gates/{gate.pk}/opening/", {})
    assert opened.status_code == 200, opened.json()
    assert opened.json()["approvers"] == [steers.person.pk]
    home = watched.owner_portfolio
    shown = api(pmo).get(f"portfolios/{home.pk}/pmo-type-preview/?pmo_type=directive").json()
    assert [each["code"] for each in shown["open_gates"]] == [gate.code]
    assert api(pmo).patch(f"portfolios/{home.pk}/", {"pmo_type": "directive"}).status_code == 200
    assert api(pmo).get(f"gates/{gate.pk}/").json()["approvers"] == [steers.person.pk]
    other = api(pmo).verb(f"gates/{planned.pk}/opening/", {})
    assert other.json()["approvers"] == [pmo.person.pk]


def test_its_page_tries_another_type(watched: Project, pmo: User, client_of: Any) -> None:
    home = watched.owner_portfolio
    page = client_of(pmo).get(f"/portfolios/{home.pk}/pmo-type/?pmo_type=directive")
    text = page.content.decode()
    assert page.status_code == 200
    assert "Would be approved by" in text
    assert watched.code in text
    assert f'action="/api/v1/portfolios/{home.pk}/" method="PATCH"' in text
    assert 'name="pmo_type" value="directive"' in text


def test_its_page_sets_no_type_for_who_may_not(
    watched: Project, steers: User, client_of: Any
) -> None:
    home = watched.owner_portfolio
    page = client_of(steers).get(f"/portfolios/{home.pk}/pmo-type/?pmo_type=directive")
    assert 'name="pmo_type"' not in page.content.decode()


def test_only_who_may_write_the_portfolio_changes_it(
    watched: Project, steers: User, api: Any
) -> None:
    home = watched.owner_portfolio
    assert api(steers).patch(f"portfolios/{home.pk}/", {"pmo_type": "none"}).status_code == 403


# Walks


def test_a_portfolio_without_a_pmo_and_without_programmes_takes_a_project_to_its_next_stage(
    nothing: None, api: Any, client_of: Any
) -> None:
    home = factories.portfolio(pmo_type="none")
    executive, manager = factories.user("executive"), factories.user("manager")
    factories.role(manager, "project_manager", portfolio=home)
    body = {
        "portfolio": home.pk, "code": "P1", "name": "A hall",
        "forecast_start": "2026-04-01", "forecast_finish": "2027-03-31",
    }  # fmt: skip
    made = api(manager).post("projects/", body)
    assert made.status_code == 201, made.json()
    project = Project.objects.get()
    posts = {"project_manager": manager.person, "executive": executive.person}
    Project.objects.filter(pk=project.pk).update(**posts, complexity=1)
    project.refresh_from_db()
    assert deciders_of(project).people == {executive.person.pk}  # nobody of a PMO is asked
    assert not deciders_of(project).confirmed
    risk = {"project": project.pk, "code": "R1", "title": "Rain", "residual_probability": "0.2"}
    assert api(manager).post("risks/", risk).status_code == 201
    planned = api(manager).post(
        "gates/",
        {"project": project.pk, "code": "G1", "title": "Go on?", "planned_on": "2026-11-15",
         "stage_to": next_stage(project)},
    )  # fmt: skip
    assert planned.status_code == 201, planned.json()
    path = f"gates/{planned.json()['id']}/"
    assert api(manager).verb(f"{path}opening/", {}).status_code == 200
    assert api(manager).verb(f"{path}vote/", {"choice": "proceed"}).status_code == 403
    decided = api(executive).verb(f"{path}vote/", {"choice": "proceed"})
    assert decided.json()["state"] == "decided", decided.json()
    for address in (f"/portfolios/{home.pk}/", f"/projects/{project.pk}/", "/", "/pmo/"):
        assert client_of(manager).get(address).status_code == 200
    assert Portfolio.objects.get().programmes.count() == 0


def next_stage(project: Project) -> str:
    """The stage after the one in which a project is."""
    stages = ["identify", "appraise_and_select", "define", "deliver"]
    stages = [each for each in stages if each in STAGES]
    found: str = STAGES[STAGES.index(project.stage) + 1]
    return found


STAGES = [value for value, _ in Project._meta.get_field("stage").choices or ()]


def test_help_is_asked_where_there_is_no_pmo(nothing: None, api: Any) -> None:
    home = factories.portfolio(pmo_type="none")
    project = factories.project(portfolio=home)
    reader = factories.user("reads")
    factories.role(reader, "viewer", project=project)
    body = {"project": project.pk, "code": "H1", "title": "Who?", "question": "Who approves?"}
    assert api(reader).post("help-requests/", body).status_code == 201
    assert errors_of(api(reader).post("help-requests/", body)) == {"/code": "unique"}
