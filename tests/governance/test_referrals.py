"""Risks and issues that are referred to a board: the question waits for it, and counts move
nothing."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from pmhub.models import User
from programmes.models import Board, Decision
from programmes.queries.agenda import agenda_of
from projects.models import Risk
from tests import factories
from tests.api.conftest import errors_of

ASKED = {"question": "Do we pay for a second supplier?"}


@pytest.fixture
def above(demo: Any) -> Board:
    """The sponsoring group of the portfolio."""
    board: Board = Board.objects.get(name="Sponsoring group")
    return board


@pytest.fixture
def escalated(demo: Any, cam02_manager: User, api: Any) -> Risk:
    """A risk of CAM that counts one of CAM-02."""
    child = Risk.objects.filter(project=demo.project("CAM-02"), status="open").first()
    assert child
    answer = api(cam02_manager).verb(f"risks/{child.pk}/escalation/", {})
    assert answer.status_code == 200, answer.json()
    child.refresh_from_db()
    assert child.escalated_to
    return child.escalated_to


def test_the_manager_of_a_programme_asks_the_board_of_the_portfolio(
    escalated: Risk, above: Board, cam_manager: User, sponsor: User, api: Any
) -> None:
    body = ASKED | {"board": above.pk}
    answer = api(cam_manager).verb(f"risks/{escalated.pk}/referral/", body)
    assert answer.status_code == 200, answer.json()
    assert answer.json()["status"] == "open"
    asked = Decision.objects.get(risk=escalated)
    assert (asked.programme_id, asked.board, asked.state) == (
        escalated.programme_id, above, "proposed",
    )  # fmt: skip
    assert {"type": "decisions", "id": asked.pk, "title": str(escalated)} in agenda_of(above)
    other = Board.objects.get(name="Campus Renewal Board")
    assert asked.pk not in [item["id"] for item in agenda_of(other) if item["type"] == "decisions"]

    again = api(cam_manager).verb(f"risks/{escalated.pk}/referral/", body)
    assert again.status_code == 409

    said = {"outcome": "We pay", "rationale": "It is cheaper than to wait"}
    alone = api(sponsor).verb(f"decisions/{asked.pk}/making/", said)
    assert [*errors_of(alone)] == ["/board"]
    seats = list(above.members.values_list("pk", flat=True))
    made = api(sponsor).verb(
        f"decisions/{asked.pk}/making/", said | {"board": above.pk, "present": seats}
    )
    assert made.status_code == 200, made.json()
    assert made.json()["risk"] == escalated.pk
    assert (made.json()["cause"], made.json()["came_of"]) == ("risk", f"Risk {escalated}")
    told = asked.acknowledgements.values_list("person", flat=True)
    assert set(told) == {cam_manager.person.pk}


def test_a_board_gives_a_question_back_and_who_asked_hears_why(
    escalated: Risk, above: Board, cam_manager: User, sponsor: User, viewer: User, api: Any
) -> None:
    api(cam_manager).verb(f"risks/{escalated.pk}/referral/", ASKED | {"board": above.pk})
    asked = Decision.objects.get(risk=escalated)
    path = f"decisions/{asked.pk}/withdrawal/"
    assert api(viewer).verb(path, {"reason": "No"}).status_code == 403
    assert [*errors_of(api(sponsor).verb(path, {}))] == ["/reason"]
    back = api(sponsor).verb(path, {"reason": "The programme decides so much itself"})
    assert (back.status_code, back.json()["state"]) == (200, "withdrawn")
    assert asked.pk not in [item["id"] for item in agenda_of(above) if item["type"] == "decisions"]
    told = [
        row
        for row in api(cam_manager).get("inbox/").json()["results"]
        if row["kind"] == "change" and str(asked.pk) in str(row)
    ]
    assert len(told) == 1
    assert str(escalated.title) in str(told[0])
    assert api(cam_manager).get(f"risks/{escalated.pk}/").json()["status"] == "open"
    again = api(cam_manager).verb(f"risks/{escalated.pk}/referral/", ASKED | {"board": above.pk})
    assert again.status_code == 200


def test_a_referral_moves_no_exposure(
    escalated: Risk, above: Board, cam_manager: User, api: Any
) -> None:
    body = ASKED | {"board": above.pk}
    tried = api(cam_manager).post(f"risks/{escalated.pk}/referral/?preview=1", body)
    assert tried.status_code == 200, tried.json()
    assert tried.json()["programmes"] == []


def test_a_board_of_something_else_is_not_asked(
    escalated: Risk, demo: Any, cam_manager: User, pmo: User, api: Any
) -> None:
    elsewhere = Board.objects.get(name="Net Zero Estate Board")
    path = f"risks/{escalated.pk}/referral/"
    assert api(pmo).verb(path, ASKED | {"board": elsewhere.pk}).status_code == 400
    assert api(cam_manager).verb(path, ASKED | {"board": elsewhere.pk}).status_code == 400
    assert not Decision.objects.filter(risk=escalated).exists()


def test_an_issue_is_referred_and_a_settled_one_is_not(api: Any, nothing: None) -> None:
    office = factories.user("office")
    factories.role(office, "pmo")
    programme = factories.programme()
    board = factories.board(programme)
    issue = factories.issue(programme)
    path, body = f"issues/{issue.pk}/referral/", ASKED | {"board": board.pk}
    assert api(office).verb(path, body).status_code == 200
    assert Decision.objects.get(issue=issue).board == board
    settled = factories.issue(programme, state="resolved")
    assert api(office).verb(f"issues/{settled.pk}/referral/", body).status_code == 409


def test_a_decision_is_about_a_risk_of_its_own_place(nothing: None) -> None:
    programme, other = factories.programme(), factories.programme()
    risk = factories.risk(programme)
    assert factories.decision(programme, risk=risk).pk
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.decision(other, risk=risk)


@pytest.mark.parametrize("kind", ["risks", "issues"])
def test_what_is_of_the_programme_already_is_not_escalated_to_it(
    kind: str, api: Any, client_of: Any, nothing: None
) -> None:
    office = factories.user("office")
    factories.role(office, "pmo")
    make = {"risks": factories.risk, "issues": factories.issue}[kind]
    programme = factories.programme()
    row, below = make(programme), make(factories.project(programme=programme))
    assert api(office).verb(f"{kind}/{row.pk}/escalation/", {}).status_code == 400
    assert (
        'id="escalation-form"' not in client_of(office).get(f"/{kind}/{row.pk}/").content.decode()
    )
    assert 'id="escalation-form"' in client_of(office).get(f"/{kind}/{below.pk}/").content.decode()


def test_what_a_decision_came_of_is_named_to_who_sees_it(
    api: Any, nothing: None, client_of: Any
) -> None:
    office = factories.user("office")
    factories.role(office, "pmo")
    programme = factories.programme()
    issue, risk = factories.issue(programme), factories.risk(programme)
    client = api(office)
    body = {"programme": programme.pk, "title": "What now?", "question": "Pay?"}
    for field, matter in (("issue", issue), ("risk", risk)):
        made = client.post("decisions/", body | {field: matter.pk})
        assert made.status_code == 201, made.content
        words = f"{field.capitalize()} {matter}"
        assert (made.json()["cause"], made.json()["came_of"]) == (field, words)
        page = client_of(office).get(f"/decisions/{made.json()['id']}/").content.decode()
        assert words in page
        assert "Asked by itself" not in page
    alone = client.post("decisions/", body).json()
    assert (alone["cause"], alone["came_of"]) == ("none", "Asked by itself")
    path = f"decisions/{alone['id']}/"
    assert client.patch(path, {"risk": risk.pk}).json()["cause"] == "risk"
    assert client.patch(path, {"risk": None}).json()["cause"] == "none"
    Decision.objects.filter(pk=alone["id"]).update(issue=issue)
    assert client.get(path).json()["came_of"] == f"Issue {issue}"
