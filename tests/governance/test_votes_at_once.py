"""Two last votes that are cast at once make one decision."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from pmhub.models import User
from programmes.models import Board, Decision, DelegatedLimit
from projects.models import ChangeRequest, ChangeVote, Gate, GateVote
from tests import factories
from tests.faults.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 4


@pytest.fixture
def board(nothing: None) -> tuple[Any, list[User]]:
    """A programme and the three of its board, of whom two decide."""
    home = factories.programme()
    DelegatedLimit.objects.create(portfolio=home.portfolio, level="programme_board")
    members = [factories.user(f"member{number}") for number in range(3)]
    for each in members:
        factories.role(each, "viewer", programme=home)
    with transaction.atomic():
        row = Board.objects.create(programme=home, name="Board", kind="programme_board", quorum=2)
        row.members.set(each.person for each in members)
    return home, members


def cast(api_of: Any, user: User, address: str, body: Any) -> Callable[[], Any]:
    """What one of them sends."""
    client = api_of(user)
    return lambda: client.post(f"/api/v1/{address}", body, format="json")


def test_a_change_is_decided_once(board: tuple[Any, list[User]], api_of: Any) -> None:
    home, members = board
    for _ in range(ROUNDS):
        people = [each.person for each in members]
        change = factories.change_request(home, approvers=people, state="impact_assessed")
        row = home.boards.get()
        with transaction.atomic():
            ChangeRequest.objects.filter(pk=change.pk).update(state="raised")
            ChangeRequest.objects.filter(pk=change.pk).update(
                state="impact_assessed", quorum=2, board=row, level="programme_board"
            )
        before = Decision.objects.count()
        path = f"change-requests/{change.pk}/"
        answers = at_once(
            *(cast(api_of, each, f"{path}approval/", {"reason": "Yes"}) for each in members)
        )
        told = [each.json().get("detail") for each in answers]
        assert sorted(each.status_code for each in answers) == [200, 200, 409], told
        change.refresh_from_db()
        assert (change.state, Decision.objects.count()) == ("approved", before + 1)
        assert ChangeVote.objects.filter(change=change).count() == 2


def test_a_gate_is_decided_once(board: tuple[Any, list[User]], api_of: Any) -> None:
    home, members = board
    for _ in range(ROUNDS):
        project = factories.project(
            programme=home, stage="define", project_manager=factories.person()
        )
        gate = factories.gate(
            project, approvers=[each.person for each in members], state="open", quorum=2
        )
        before = Decision.objects.count()
        answers = at_once(
            *(
                cast(api_of, each, f"gates/{gate.pk}/vote/", {"choice": "proceed"})
                for each in members
            )
        )
        told = [each.json().get("detail") for each in answers]
        assert sorted(each.status_code for each in answers) == [200, 200, 409], told
        gate.refresh_from_db()
        assert (gate.state, Decision.objects.count()) == ("decided", before + 1)
        assert GateVote.objects.filter(gate=gate).count() == 2
        project.refresh_from_db()
        assert (project.stage, Gate.objects.filter(state="decided").count() > 0) == (
            "deliver", True,
        )  # fmt: skip
