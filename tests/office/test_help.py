"""Help is asked for and given: between who asks, who answers and the PMO."""

from typing import Any

import pytest
from django.db import DatabaseError, transaction

from pmhub.models import User
from projects.models import HelpRequest, Project
from tests import factories
from tests.api.conftest import errors_of


@pytest.fixture
def expert(project: Project) -> User:
    """The owner of a service, who reads little else of the portfolio."""
    user = factories.user("expert")
    factories.role(user, "viewer", project=factories.project(portfolio=project.owner_portfolio))
    return user


@pytest.fixture
def asked(project: Project, lead: User, expert: User, api: Any) -> str:
    """The address of a question that whoever leads the project asked of a service."""
    service = factories.service(project.owner_portfolio, owner=expert.person, days_to_answer=10)
    body = {
        "project": project.pk,
        "code": "H01",
        "title": "Which evidence?",
        "question": "What does the board want to see?",
        "service": service.pk,
    }
    answer = api(lead).post("help-requests/", body)
    assert answer.status_code == 201, answer.json()
    return f"help-requests/{answer.json()['id']}/"


def test_a_service_says_who_answers_by_when(asked: str, lead: User, expert: User, api: Any) -> None:
    shown = api(lead).get(asked).json()
    assert (shown["asked_by"], shown["owner"]) == (lead.person.pk, expert.person.pk)
    assert (shown["state"], shown["due_on"], shown["overdue"]) == ("open", "2026-11-10", False)


def test_it_goes_from_the_question_to_the_answer_and_how_much_it_helped(
    asked: str, lead: User, expert: User, api: Any
) -> None:
    assert api(expert).verb(f"{asked}acceptance/", {}).json()["state"] == "accepted"
    assert api(lead).patch(asked, {"question": "Another"}).status_code == 409
    assert errors_of(api(expert).verb(f"{asked}reply/", {})) == {"/answer": "required"}
    shown = api(expert).verb(f"{asked}reply/", {"answer": "The survey"}).json()
    assert (shown["state"], shown["answered_on"]) == ("answered", "2026-10-31")
    for change in ({"owner": None}, {"due_on": None}):
        with pytest.raises(DatabaseError), transaction.atomic():
            HelpRequest.objects.update(**change)
    assert errors_of(api(lead).verb(f"{asked}closure/", {"rating": 6})).keys() == {"/rating"}
    shown = api(lead).verb(f"{asked}closure/", {"rating": 5}).json()
    assert (shown["state"], shown["rating"]) == ("closed", 5)


def test_it_is_seen_by_who_asked_who_answers_and_the_pmo(
    asked: str, lead: User, expert: User, pmo: User, steers: User, elsewhere: User, api: Any
) -> None:
    found = {who: api(who).get(asked).status_code for who in (lead, expert, pmo, steers, elsewhere)}
    assert [*found.values()] == [200, 200, 200, 404, 404]
    counts = [api(who).get("help-requests/").json()["count"] for who in found]
    assert counts == [1, 1, 1, 0, 0]


def test_who_asked_does_not_answer_and_who_answers_does_not_close(
    asked: str, lead: User, expert: User, pmo: User, api: Any
) -> None:
    assert api(lead).verb(f"{asked}acceptance/", {}).status_code == 403
    assert api(pmo).patch(asked, {"question": "Rather this"}).status_code == 403
    api(pmo).verb(f"{asked}acceptance/", {"owner": pmo.person.pk})
    assert HelpRequest.objects.get().owner == pmo.person
    api(pmo).verb(f"{asked}reply/", {"answer": "The survey"})
    other = factories.help_request(state="answered", owner=expert.person)
    assert api(expert).verb(f"help-requests/{other.pk}/closure/", {}).status_code == 403


def test_it_is_declined_with_the_reason(asked: str, expert: User, lead: User, api: Any) -> None:
    assert errors_of(api(expert).verb(f"{asked}refusal/", {})) == {"/reason": "required"}
    api(expert).verb(f"{asked}refusal/", {"reason": "Ask the safety team"})
    [last, *_] = api(lead).get(f"{asked}history/").json()["results"]
    assert (api(lead).get(asked).json()["state"], last["reason"]) == (
        "declined", "Ask the safety team",
    )  # fmt: skip


def test_a_viewer_asks_and_a_service_of_another_portfolio_is_none(
    project: Project, api: Any
) -> None:
    reader = factories.user("reads")
    factories.role(reader, "viewer", project=project)
    body: dict[str, Any] = {
        "project": project.pk, "code": "H02", "title": "A word", "question": "What is a gate?",
    }  # fmt: skip
    other = factories.service()
    refused = api(reader).post("help-requests/", body | {"service": other.pk})
    assert errors_of(refused) == {"/service": "does_not_exist"}
    assert api(reader).post("help-requests/", body).status_code == 201
    assert api(reader).post("help-requests/", body | {"project": 0}).status_code in (400, 404)


def test_services_are_written_by_the_pmo_and_read_by_all(
    project: Project, lead: User, pmo: User, api: Any
) -> None:
    body = {"portfolio": project.owner_portfolio.pk, "code": "SV1", "name": "Prepare a gate"}
    assert api(lead).post("services/", body).status_code == 403
    made = api(pmo).post("services/", body).json()
    assert made["days_to_answer"] == 10
    assert api(lead).get("services/").json()["count"] == 1
    assert errors_of(api(pmo).patch(f"services/{made['id']}/", {"days_to_answer": 0})).keys() == {
        "/days_to_answer"
    }
    api(pmo).verb(f"services/{made['id']}/archive/", {})
    assert api(lead).get("services/").json()["count"] == 0


def test_what_was_asked_and_deleted_is_read_by_the_pmo_alone(
    asked: str, pmo: User, api: Any
) -> None:
    leader = factories.user("leads-all")
    factories.role(leader, "programme_manager")
    office = factories.user("office-of-all")
    factories.role(office, "pmo")
    HelpRequest.objects.all().delete()
    told = [api(user).get(f"{asked}history/").status_code for user in (leader, office)]
    assert told == [404, 200]
