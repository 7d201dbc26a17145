"""What coordinators, members of teams and boards and portfolio managers do, and leave to others."""

from datetime import date
from typing import Any

import pytest

from programmes.models import StatusReport
from projects.models import Project
from tests import factories
from tests.api.conftest import api, errors_of, office

__all__ = ["api", "office"]


class Site:
    """A project with who manages it, who coordinates it and who works in it; one outside of the
    programme, of the same manager and coordinator; a member of the board, and who leads the
    portfolio."""

    def __init__(self) -> None:
        self.mara, self.cora, self.timo = map(factories.user, ("mara", "cora", "timo"))
        self.bea, self.paul = factories.user("bea"), factories.user("paul")
        self.programme = factories.programme()
        self.project: Project = factories.project(
            programme=self.programme, project_manager=self.mara.person
        )
        self.alone = factories.project(
            portfolio=self.programme.portfolio, project_manager=self.mara.person
        )
        for project in (self.project, self.alone):
            factories.role(self.cora, "coordinator", project=project)
        factories.role(self.timo, "team_member", project=self.project)
        factories.role(self.bea, "board_member", programme=self.programme)
        factories.role(self.paul, "portfolio_manager", portfolio=self.programme.portfolio)

    def handed_in(self) -> list[tuple[str, str]]:
        """Records of the project, each with the verb by which it is put before somebody else."""
        project = self.project
        report = report_on(project)
        return [
            (f"gates/{factories.gate(project).pk}/", "opening"),
            (f"change-requests/{factories.change_request(project).pk}/", "assessment"),
            (f"budget-requests/{factories.budget_request(project).pk}/", "submission"),
            (f"business-cases/{factories.business_case(self.alone).pk}/", "submission"),
            (f"lessons/{factories.lesson(project).pk}/", "submission"),
            (f"status-reports/{report.pk}/", "submission"),
            (f"status-reports/{report.pk}/", "publication"),
            (f"projects/{project.pk}/", "hold"),
            (f"projects/{project.pk}/", "closure"),
            (f"projects/{project.pk}/", "termination"),
        ]


@pytest.fixture
def site(nothing: None) -> Site:
    """The projects with their people."""
    return Site()


def report_on(project: Project, **fields: Any) -> StatusReport:
    """A report of a project that is still a draft."""
    said = {"period_end": date(2026, 10, 31), "achieved": "The roof is on"}
    return StatusReport.objects.create(project=project, **said | fields)


def test_a_coordinator_writes_what_the_manager_writes(site: Site, api: Any) -> None:
    client, project = api(site.cora), site.project.pk
    for name, body in (
        ("risks", {"title": "Rain"}),
        ("gates", {"title": "Invest?", "stage_to": "deliver"}),
        ("milestones", {"title": "Roof on", "forecast_on": "2027-01-31"}),
        ("budget-requests", {"amount": "5", "reason": "Glass"}),
        ("change-requests", {"title": "Less glass"}),
    ):
        made = client.post(f"{name}/", {"project": project, "code": "N1", **body})
        assert made.status_code != 403, (name, made.json())
    assert client.patch(f"projects/{project}/", {"percent_complete": "5"}).status_code == 200


def test_a_coordinator_hands_nothing_in(site: Site, api: Any) -> None:
    asked = site.handed_in()
    refused = {
        (path, verb): api(site.cora).verb(f"{path}{verb}/", {"reason": "It rains"}).status_code
        for path, verb in asked
    }
    assert set(refused.values()) == {403}, refused
    allowed = {
        (path, verb): api(site.mara).verb(f"{path}{verb}/", {}).status_code for path, verb in asked
    }
    assert 403 not in allowed.values(), allowed


def test_a_coordinator_deletes_what_they_prepare_and_nothing_that_was_handed_in(
    site: Site, api: Any
) -> None:
    for state, status in (("draft", 204), ("submitted", 403)):
        asked = factories.budget_request(site.project, created_by=site.cora, state=state)
        lesson = factories.lesson(site.project, created_by=site.cora, state=state)
        for path in (f"budget-requests/{asked.pk}/", f"lessons/{lesson.pk}/"):
            answer = api(site.cora).delete(path)
            assert answer.status_code == status, (path, answer.content)
        items = [{"id": lesson.pk, "version": lesson.version}]
        bulk = api(site.cora)._send("delete", "lessons/bulk/", items, None)
        assert bulk.status_code in (400, 403, 404), bulk.content
    assert api(site.mara).delete(f"budget-requests/{asked.pk}/").status_code == 204
    assert api(site.mara).delete(f"lessons/{lesson.pk}/").status_code == 204


def test_a_coordinator_writes_nothing_that_stands_before_others_at_once(
    site: Site, api: Any
) -> None:
    body = {"project": site.project.pk, "title": "Which glass?"}
    assert api(site.cora).post("decisions/", body).status_code == 403
    assert api(site.mara).post("decisions/", body).status_code == 201


def test_a_coordinator_declares_no_status(site: Site, api: Any) -> None:
    path = f"projects/{site.project.pk}/"
    refused = api(site.cora).patch(path, {"declared_rag": "amber"})
    assert (refused.status_code, [*errors_of(refused)]) == (403, ["/declared_rag"])
    assert api(site.mara).patch(path, {"declared_rag": "amber"}).status_code == 200
    report = report_on(site.project)
    refused = api(site.cora).patch(f"status-reports/{report.pk}/", {"declared_rag": "red"})
    assert (refused.status_code, [*errors_of(refused)]) == (403, ["/declared_rag"])
    said = {"achieved": "The roof is on"}
    assert api(site.cora).patch(f"status-reports/{report.pk}/", said).status_code == 200


def test_the_weekly_update_of_a_coordinator_stays_a_draft(site: Site, api: Any) -> None:
    path, said = f"projects/{site.project.pk}/updates/", {"achieved": "The roof is on"}
    for state in ("submitted", "published"):
        refused = api(site.cora).post(path, {"report": {**said, "state": state}})
        assert (refused.status_code, [*errors_of(refused)]) == (403, ["/report/state"])
    made = api(site.cora).post(path, {"report": said})
    assert made.status_code == 201, made.json()
    assert made.json()["report"]["state"] == "draft"


def test_the_form_of_the_weekly_update_offers_a_coordinator_a_draft_alone(
    site: Site, client_of: Any
) -> None:
    pages = {
        user: client_of(user).get(f"/projects/{site.project.pk}/update/").content.decode()
        for user in (site.cora, site.mara)
    }
    assert "project.declared_rag" not in pages[site.cora]
    assert 'state="draft"' in pages[site.cora]
    assert "Save and" not in pages[site.cora]
    assert "project.declared_rag" in pages[site.mara]
    assert "Save and publish" in pages[site.mara]


def test_a_coordinator_hands_in_as_the_deputy_of_the_manager(site: Site, api: Any) -> None:
    factories.delegation(site.mara, site.cora, "project_manager", project=site.project)
    report = report_on(site.project, declared_rag="green", created_by=site.cora)
    answer = api(site.cora).verb(f"status-reports/{report.pk}/submission/", {})
    assert answer.status_code == 200, answer.json()


def test_a_team_member_reads_and_does_their_own_work(site: Site, api: Any) -> None:
    client, project = api(site.timo), site.project
    own, other = (
        factories.work_package(project, owner=site.timo.person),
        factories.work_package(project),
    )
    assert client.verb(f"work-packages/{own.pk}/progress/", {"percent": "50"}).status_code == 200
    assert client.verb(f"work-packages/{other.pk}/progress/", {"percent": "5"}).status_code == 403
    action = factories.action(project, owner=site.timo.person)
    assert client.verb(f"actions/{action.pk}/start/", {}).status_code == 200
    assert client.get(f"projects/{project.pk}/").status_code == 200
    assert client.patch(f"projects/{project.pk}/", {"name": "Ours"}).status_code == 403
    assert client.get(f"programmes/{site.programme.pk}/").status_code == 404


def test_a_board_member_reads_and_votes_where_they_are_named(site: Site, api: Any) -> None:
    client = api(site.bea)
    assert client.get(f"projects/{site.project.pk}/").status_code == 200
    assert client.patch(f"projects/{site.project.pk}/", {"name": "Ours"}).status_code == 403
    gate = factories.gate(site.project)
    assert client.verb(f"gates/{gate.pk}/vote/", {"choice": "proceed"}).status_code == 403
    case = factories.business_case(site.programme)
    assert client.get(f"business-cases/{case.pk}/").status_code == 404


def test_a_portfolio_manager_brings_proposals_and_scores_those_of_others(
    site: Site, api: Any
) -> None:
    client, home = api(site.paul), site.programme.portfolio
    proposal = factories.proposal(home, state="proposed")
    criterion = home.scoring_criteria.first() or factories.criterion(home)
    home.scoring_criteria.exclude(pk=criterion.pk).delete()
    body = {"proposal": proposal.pk, "criterion": criterion.pk, "score": "4", "reason": "It pays"}
    proposal.scores.all().delete()
    scored = client.post("proposal-scores/", body)
    assert scored.status_code == 201, scored.json()
    assert client.verb(f"proposals/{proposal.pk}/scoring/", {}).status_code == 200
    approval = client.verb(f"proposals/{proposal.pk}/approval/", {"reason": "It pays"})
    assert approval.status_code == 403
    objective = factories.objective(portfolio=home)
    assert client.patch(f"objectives/{objective.pk}/", {"title": "Warm"}).status_code == 200


def test_a_portfolio_manager_reads_all_below_and_writes_none_of_it(site: Site, api: Any) -> None:
    client = api(site.paul)
    for path in (f"programmes/{site.programme.pk}/", f"projects/{site.project.pk}/"):
        assert client.get(path).status_code == 200
        assert client.patch(path, {"name": "Ours"}).status_code == 403
    assert client.patch(f"portfolios/{site.programme.portfolio_id}/", {}).status_code == 403
    risk = {"programme": site.programme.pk, "title": "Rain", "code": "R1"}
    assert client.post("risks/", risk).status_code == 403


@pytest.mark.parametrize(
    ("giver", "role", "allowed"),
    [
        ("programme_manager", "coordinator", True),
        ("programme_manager", "team_member", True),
        ("programme_manager", "board_member", False),
        ("sro", "board_member", True),
        ("coordinator", "team_member", False),
        ("portfolio_manager", "programme_manager", False),
    ],
)
def test_who_gives_these_roles(site: Site, api: Any, giver: str, role: str, allowed: bool) -> None:
    gina, someone = factories.user("gina"), factories.user("someone")
    factories.role(gina, giver, programme=site.programme)
    body = {"person": someone.person.pk, "role": role, "programme": site.programme.pk}
    made = api(gina).post("role-assignments/", body)
    assert made.status_code == (201 if allowed else 403), made.json()


def test_a_coordinator_of_one_project_sees_no_other(site: Site, api: Any) -> None:
    other = factories.project(programme=site.programme)
    assert api(site.cora).get(f"projects/{other.pk}/").status_code == 404
