"""Actions: what they are about, who does them, and what becomes of them when that ends."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from pmhub.models import User
from projects.models import Action, Issue, Project
from tests import factories
from tests.api.conftest import errors_of

ENDS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("risks", "open", "closure", {}),
    ("risks", "draft", "rejection", {}),
    ("risks", "open", "materialisation", {}),
    ("issues", "resolved", "closure", {}),
]


@pytest.fixture
def lead(nothing: None) -> User:
    """The manager of a project with the code P1."""
    lead = factories.user("lead")
    factories.project(code="P1", project_manager=lead.person)
    return lead


@pytest.fixture
def home(lead: User) -> Project:
    """The project of the lead."""
    return Project.objects.get(code="P1")


@pytest.fixture
def risk(home: Project) -> Any:
    """A risk of it."""
    return factories.risk(home, code="R1", title="Claim")


def test_a_risk_has_actions_with_owner_day_and_effect(
    lead: User, home: Project, risk: Any, api: Any
) -> None:
    owner = factories.person()
    said = {"title": "Ask", "owner": owner.pk, "due_on": "2026-11-30", "effect": "Less of it"}
    made = api(lead).post("actions/", {"risk": risk.pk, **said})
    assert made.status_code == 201
    answer = made.json()
    assert {name: answer[name] for name in said} == said
    assert (answer["source"], answer["source_code"], answer["state"]) == ("risk", "R1", "open")
    assert (answer["overdue"], answer["done_on"]) == (False, None)
    for query in (f"risk={risk.pk}", f"project={home.pk}", f"programme={home.programme_id}"):
        lister = factories.user()
        factories.role(lister, "pmo")
        rows = api(lister).get(f"actions/?{query}").json()["results"]
        assert [row["id"] for row in rows] == [answer["id"]]


def test_it_is_about_exactly_one_thing(lead: User, home: Project, risk: Any, api: Any) -> None:
    for sources in ({}, {"risk": risk.pk, "project": home.pk}):
        answer = api(lead).post("actions/", {"title": "Ask", **sources})
        assert answer.status_code in (400, 403), answer.json()
    with pytest.raises(IntegrityError), transaction.atomic():
        Action.objects.create(title="Ask", risk=risk, project=home)


def test_what_is_past_its_day_and_not_done_is_overdue(lead: User, risk: Any, api: Any) -> None:
    late = factories.action(risk, due_on="2026-10-30")
    factories.action(risk, due_on="2026-10-31")
    factories.action(risk, due_on="2026-10-01", state="done", done_on="2026-10-20")
    rows = api(lead).get("actions/?overdue=true").json()["results"]
    assert [row["id"] for row in rows] == [late.pk]
    assert rows[0]["overdue"] is True
    assert api(lead).get("actions/?overdue=false").json()["count"] == 2


def test_its_owner_does_it_and_changes_nothing_else(lead: User, risk: Any, api: Any) -> None:
    owner, other = factories.user(), factories.user()
    for user in (owner, other):
        factories.role(user, "viewer", project=risk.project)
    action = factories.action(risk, owner=owner.person)
    place = f"actions/{action.pk}/"
    assert api(other).verb(f"{place}start/", {}).status_code == 403
    assert api(owner).patch(place, {"title": "Less"}).status_code == 403
    assert api(owner).verb(f"{place}cancellation/", {"reason": "No"}).status_code == 403
    assert api(owner).verb(f"{place}start/", {}).json()["state"] == "in_progress"
    done = api(owner).verb(f"{place}completion/", {"done_on": "2026-10-30", "evidence": "Signed"})
    assert (done.json()["state"], done.json()["evidence"]) == ("done", "Signed")


def test_the_owner_may_repeat_the_request(lead: User, risk: Any, api: Any) -> None:
    owner = factories.user()
    factories.role(owner, "viewer", project=risk.project)
    action = factories.action(risk, owner=owner.person)
    answers = [
        api(owner).client.post(
            f"/api/v1/actions/{action.pk}/start/", {}, format="json",
            headers={"Idempotency-Key": "same"},
        )
        for _ in range(2)
    ]  # fmt: skip
    assert [each.status_code for each in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()


def test_what_is_done_has_the_day_of_it_and_nothing_else_has(risk: Any) -> None:
    for fields in ({"state": "done"}, {"done_on": "2026-10-30"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            factories.action(risk, **fields)


def test_nothing_is_done_on_a_day_to_come(lead: User, risk: Any, api: Any) -> None:
    action = factories.action(risk)
    answer = api(lead).verb(f"actions/{action.pk}/completion/", {"done_on": "2199-01-01"})
    assert errors_of(answer) == {"/done_on": "invalid"}


@pytest.mark.parametrize(("collection", "state", "verb", "body"), ENDS)
def test_what_ends_asks_about_its_open_actions(
    collection: str, state: str, verb: str, body: Any, lead: User, home: Project, api: Any
) -> None:
    maker: Any = {"risks": factories.risk, "issues": factories.issue}[collection]
    field = "status" if collection == "risks" else "state"
    for answer, left in (("cancel", "cancelled"), ("keep", "open")):
        source = maker(home, **{field: state})
        action = factories.action(source, title="Ask them")
        factories.action(source, state="done", done_on="2026-10-01")
        place = f"{collection}/{source.pk}/{verb}/"
        refused = api(lead).verb(place, body)
        assert (refused.status_code, refused.json()["code"]) == (409, "unsettled")
        assert errors_of(refused) == {"/actions": "open_actions"}
        assert "Ask them" in refused.json()["detail"]
        (open_one,) = refused.json()["unanswered"]["actions"]
        assert (open_one["id"], open_one["title"]) == (action.pk, "Ask them")
        source.refresh_from_db()
        assert getattr(source, field) == state
        assert api(lead).verb(place, {**body, "actions": answer}).status_code == 200
        action.refresh_from_db()
        assert action.state == left


def test_what_a_risk_still_asked_for_goes_on_with_the_issue_it_became(
    lead: User, risk: Any, api: Any
) -> None:
    action = factories.action(risk)
    api(lead).verb(f"risks/{risk.pk}/materialisation/", {"actions": "move"})
    action.refresh_from_db()
    assert (action.risk, action.issue, action.state) == (
        None,
        Issue.objects.get(from_risk=risk),
        "open",
    )


def test_why_it_was_cancelled_is_in_its_history(lead: User, risk: Any, api: Any) -> None:
    action = factories.action(risk)
    api(lead).verb(f"risks/{risk.pk}/closure/", {"actions": "cancel"})
    newest = api(lead).get(f"actions/{action.pk}/history/").json()["results"][0]
    assert newest["reason"] == "R1 Claim is no longer open."


def test_a_project_that_ends_asks_about_its_own_and_those_of_its_risks(
    office: User, home: Project, risk: Any, api: Any
) -> None:
    own, about_risk = factories.action(home), factories.action(risk)
    body: dict[str, Any] = {
        "terminated_on": "2026-10-30", "reason": "Enough", "risks": {str(risk.pk): "close"},
    }  # fmt: skip
    refused = api(office).verb(f"projects/{home.pk}/termination/", body)
    assert errors_of(refused) == {"/actions": "open_actions"}
    listed = [each["id"] for each in refused.json()["unanswered"]["actions"]]
    assert listed == [own.pk, about_risk.pk]
    answer = api(office).verb(f"projects/{home.pk}/termination/", {**body, "actions": "cancel"})
    assert answer.status_code == 200
    assert set(Action.objects.values_list("state", flat=True)) == {"cancelled"}


def test_a_programme_that_stops_asks_about_its_own(office: User, api: Any) -> None:
    programme = factories.programme()
    factories.action(programme)
    place, body = f"programmes/{programme.pk}/termination/", {"actual_end_on": "2026-10-30"}
    said = {**body, "reason": "Enough"}
    assert errors_of(api(office).verb(place, said)) == {"/actions": "open_actions"}
    assert api(office).verb(place, {**said, "actions": "keep"}).status_code == 200


def test_a_risk_of_the_programme_that_closes_with_its_last_asks_too(
    office: User, home: Project, risk: Any, api: Any
) -> None:
    api(office).verb(f"risks/{risk.pk}/escalation/", {})
    risk.refresh_from_db()
    factories.action(risk.escalated_to)
    place = f"risks/{risk.pk}/return/"
    assert errors_of(api(office).verb(place, {})) == {"/actions": "open_actions"}
    assert api(office).verb(place, {"actions": "cancel"}).status_code == 200
    risk.escalated_to.refresh_from_db()
    assert risk.escalated_to.status == "closed"


def test_what_somebody_may_not_see_has_no_actions_for_them(lead: User, risk: Any, api: Any) -> None:
    elsewhere = factories.action(factories.project())
    assert api(lead).get(f"actions/{elsewhere.pk}/").status_code == 404
    assert api(lead).get("actions/").json()["count"] == 0
