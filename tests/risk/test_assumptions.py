"""Assumptions: written down, checked by a day, confirmed, retired, or become a risk or an issue."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from pmhub.models import User
from programmes.rollup.verify import differences
from projects.models import Assumption, Issue, Project, Risk
from tests import factories
from tests.api.conftest import errors_of

BODY = {"code": "A1", "text": "The ground is dry", "confidence": 2, "impact_if_wrong": "Pumps"}


@pytest.fixture
def project(nothing: None) -> Project:
    """A project whose manager writes its assumptions."""
    manager = factories.user("lead")
    return factories.project(project_manager=manager.person)


@pytest.fixture
def lead(project: Project) -> User:
    """Its manager."""
    return User.objects.get(username="lead")


def made(home: Any, **fields: Any) -> str:
    """The address of an open assumption."""
    return f"assumptions/{factories.assumption(home, **fields).pk}/"


def test_it_is_written_changed_and_confirmed(project: Project, lead: User, api: Any) -> None:
    client = api(lead)
    body = BODY | {"project": project.pk, "validate_by": "2026-10-30", "owner": lead.person.pk}
    shown = client.post("assumptions/", body).json()
    path = f"assumptions/{shown['id']}/"
    assert (shown["state"], shown["overdue"]) == ("open", True)
    assert client.patch(path, {"validate_by": "2026-10-31"}).json()["overdue"] is False
    found = client.get("assumptions/?overdue=true").json()["count"]
    assert found == 0
    assert errors_of(client.verb(f"{path}confirmation/", {})) == {"/evidence": "required"}
    answer = client.verb(f"{path}confirmation/", {"evidence": "Borehole 3"}).json()
    assert (answer["state"], answer["settled_on"]) == ("confirmed", "2026-10-31")
    assert answer["evidence"] == "Borehole 3"
    assert client.patch(path, {"text": "Other"}).status_code == 409
    assert client.verb(f"{path}failure/", {"becomes": "risk"}).status_code == 409


def test_one_that_fails_is_an_open_risk_or_a_draft(
    project: Project, lead: User, api: Any, drain: Any
) -> None:
    drain()
    client = api(lead)
    path = made(project, text="The ground is dry", impact_if_wrong="Pumps", owner=lead.person)
    for chance in ("0", "1", "-0.5"):
        refused = client.verb(f"{path}failure/", {"becomes": "risk", "probability": chance})
        assert errors_of(refused) == {"/probability": "invalid"}
    answer = client.verb(f"{path}failure/", {"becomes": "risk", "probability": "0.4"}).json()
    risk = Risk.objects.get(pk=answer["risk"])
    assert (answer["state"], answer["issue"], risk.project) == ("failed", None, project)
    assert (risk.title, risk.effect, risk.owner) == ("The ground is dry", "Pumps", lead.person)
    assert (risk.status, str(risk.residual_probability)) == ("open", "0.4000")
    drain()
    assert differences() == []
    answer = client.verb(f"{made(project)}failure/", {"becomes": "risk"}).json()
    assert Risk.objects.get(pk=answer["risk"]).status == "draft"
    assert client.delete(path).status_code == 409


def test_or_an_issue_and_its_actions_go_along(project: Project, lead: User, api: Any) -> None:
    client, path = api(lead), made(project)
    action = factories.action(Assumption.objects.get())
    asked = {"becomes": "issue", "severity": "critical"}
    refused = client.verb(f"{path}failure/", asked)
    assert (refused.status_code, errors_of(refused)) == (409, {"/actions": "open_actions"})
    assert not Issue.objects.exists()
    answer = client.verb(f"{path}failure/", asked | {"actions": "move"}).json()
    issue = Issue.objects.get(pk=answer["issue"])
    assert (issue.project, issue.severity, str(issue.raised_on)) == (
        project, "critical", "2026-10-31",
    )  # fmt: skip
    action.refresh_from_db()
    assert (action.issue, action.assumption) == (issue, None)


def test_it_is_retired_for_a_reason_and_its_actions_are_spoken_of(
    project: Project, lead: User, api: Any
) -> None:
    client, path = api(lead), made(project)
    action = factories.action(Assumption.objects.get())
    assert errors_of(client.verb(f"{path}retirement/", {})).keys() == {"/reason"}
    assert client.verb(f"{path}retirement/", {"reason": "Moved"}).status_code == 409
    done = client.verb(f"{path}retirement/", {"reason": "Moved", "actions": "cancel"}).json()
    assert done["state"] == "retired"
    action.refresh_from_db()
    assert action.state == "cancelled"


def test_one_of_the_portfolio_fails_in_a_programme_of_it(
    project: Project, office: User, api: Any
) -> None:
    programme = project.programme
    assert programme
    client, path = api(office), made(programme.portfolio)
    for named in ({}, {"programme": factories.programme().pk}):
        refused = client.verb(f"{path}failure/", {"becomes": "risk"} | named)
        assert errors_of(refused).keys() == {"/programme"}
    answer = client.verb(f"{path}failure/", {"becomes": "risk", "programme": programme.pk}).json()
    assert Risk.objects.get(pk=answer["risk"]).programme == programme
    other = client.verb(f"{made(project)}failure/", {"becomes": "risk", "programme": programme.pk})
    assert errors_of(other).keys() == {"/programme"}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"state": "failed", "settled_on": "2026-10-01"}, "assumption_became"),
        ({"state": "confirmed"}, "assumption_settled"),
        ({"settled_on": "2026-10-01"}, "assumption_settled_on_state"),
        ({"confidence": 6}, "assumption_confidence_range"),
        ({"confidence": 0}, "assumption_confidence_range"),
    ],
)
def test_plain_sql_keeps_to_it(fields: dict[str, Any], said: str, project: Project) -> None:
    made(project)
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Assumption.objects.update(**fields)
    cause: Any = error.value.__cause__
    assert cause.diag.constraint_name == said


def test_it_becomes_a_risk_of_no_other_project(project: Project) -> None:
    made(project)
    other = factories.risk(factories.project(programme=project.programme))
    with pytest.raises(IntegrityError, match="belongs to where it was made"), transaction.atomic():
        Assumption.objects.update(state="failed", settled_on="2026-10-01", risk=other)


def test_pages_show_it_beside_risks_and_issues(
    project: Project, lead: User, office: User, client_of: Any, drain: Any
) -> None:
    made(project, text="The ground is dry", validate_by="2026-10-01")
    drain()
    page = client_of(lead).get(f"/projects/{project.pk}/").content.decode()
    part = page.partition('id="assumptions"')[2].partition("</section>")[0]
    assert [each in part for each in ("The ground is dry", "Overdue", "New assumption")] == [
        True
    ] * 3
    page = client_of(office).get(f"/programmes/{project.programme_id}/risk/").content.decode()
    assert "The ground is dry" in page.partition('id="assumptions"')[2].partition("</section>")[0]
