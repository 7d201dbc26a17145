"""Who leads by a role that was given to them is limited and kept apart as whoever holds the
post: on the project, on its programme or on the portfolio, themself or for a deputy's time."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from pmhub.models import User
from programmes.rollup import worker
from projects.services.gates.deciders import deciders_of
from tests import factories
from tests.api.conftest import errors_of
from tests.governance.test_separation_of_duties import WAITING, House

ABOVE = ("own", "programme", "portfolio")


class Roles(House):
    """The house, whose leader holds both roles by assignment, here or above; nobody has a post."""

    def __init__(self, where: str = "own") -> None:
        super().__init__()
        self.programme.programme_manager = None
        self.programme.save()
        type(self.project).objects.filter(pk=self.project.pk).update(
            project_manager=factories.person()
        )
        self.project.refresh_from_db()
        home: dict[str, Any] = {
            "programme": {"programme": self.programme},
            "portfolio": {"portfolio": self.programme.portfolio},
        }
        self.roles = [
            factories.role(self.leader, "programme_manager", **home.get(where, home["programme"])),
            factories.role(
                self.leader, "project_manager", **home.get(where, {"project": self.project})
            ),
        ]


@pytest.mark.parametrize("where", ABOVE)
@pytest.mark.parametrize("what", WAITING)
def test_who_leads_by_a_role_does_not_decide(what: str, where: str, office: User, api: Any) -> None:
    house = Roles(where)
    collection, verb, body, column, make = WAITING[what]
    row = make(house)
    path = f"{collection}/{row.pk}/{verb}/"
    refused = api(house.leader).verb(path, body)
    assert refused.status_code == 403, refused.content
    if column:
        with pytest.raises(IntegrityError, match="Nobody"), transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(**{column: house.leader.person})
    done = api(house.other).verb(path, body)
    assert done.status_code == 200, done.content


def test_nor_is_it_asked_of_them(office: User, api: Any) -> None:
    house = Roles()
    case = factories.business_case(house.programme, state="submitted")
    told = {
        user.username: [
            item["id"] for item in api(user).get("waiting/?rule=case_to_decide").json()["results"]
        ]
        for user in (house.leader, house.other)
    }
    assert told == {"mara": [], "otto": [case.pk]}


LIMITS: dict[str, tuple[str, dict[str, Any]]] = {
    "complexity": ("projects/{project}/", {"complexity": 1}),
    "budget": ("budget-lines/{line}/", {"approved": "500"}),
    "milestone": ("milestones/{milestone}/", {"baseline_on": "2028-01-31"}),
    "contingency": ("programmes/{programme}/", {"contingency_budget": "500"}),
}


@pytest.mark.parametrize("where", ABOVE)
@pytest.mark.parametrize("what", LIMITS)
def test_who_leads_by_a_role_sets_no_limit_of_it(
    what: str, where: str, office: User, api: Any
) -> None:
    house = Roles(where)
    place, body = LIMITS[what]
    path = place.format(
        project=house.project.pk, programme=house.programme.pk,
        line=factories.budget(house.project, 100).pk,
        milestone=factories.milestone(house.project).pk,
    )  # fmt: skip
    refused = api(house.leader).patch(path, body)
    assert (refused.status_code, [*errors_of(refused)]) == (403, [f"/{name}" for name in body])
    assert api(house.other).patch(path, body).status_code == 200


NEW: dict[str, dict[str, Any]] = {
    "baselines": {
        "number": 1, "approved_on": "2026-01-01", "starts_on": "2026-01-01",
        "finishes_on": "2029-12-31", "budget_at_completion": "900",
    },
    "tolerances": {"kind": "time_days", "value": "90"},
    "team-maturities": {"level": 5, "evidence": "Seen at work"},
}  # fmt: skip


@pytest.mark.parametrize("where", ABOVE)
@pytest.mark.parametrize("name", NEW)
def test_nor_writes_what_limits_it(name: str, where: str, office: User, api: Any) -> None:
    house = Roles(where)
    body = {"project": house.project.pk, **NEW[name]}
    assert api(house.leader).post(f"{name}/", body).status_code == 403
    made = api(house.other).post(f"{name}/", body)
    assert made.status_code == 201, made.content


def test_a_role_that_has_ended_limits_nobody(office: User, api: Any) -> None:
    house = Roles()
    yesterday = timezone.localdate() - timedelta(days=1)
    for role in house.roles:
        type(role).objects.filter(pk=role.pk).update(ends_on=yesterday)
    path = f"projects/{house.project.pk}/"
    assert api(house.leader).patch(path, {"complexity": 1}).status_code == 200


def test_nor_does_the_deputy_of_who_leads_set_them(office: User, api: Any) -> None:
    house = Roles()
    deputy = factories.user("dora")
    factories.role(deputy, "pmo", portfolio=house.programme.portfolio)
    path = f"projects/{house.project.pk}/"
    assert api(deputy).patch(path, {"complexity": 1}).status_code == 200
    factories.delegation(house.leader, deputy, "project_manager", project=house.project)
    deputy = User.objects.get(pk=deputy.pk)
    assert api(deputy).patch(path, {"complexity": 2}).status_code == 403


def test_nor_votes_at_its_gates_or_sits_on_its_board(office: User, api: Any) -> None:
    house = Roles()
    worker.drain()
    gate = factories.gate(
        house.project, approvers=[house.leader.person, house.other.person], state="open"
    )
    path, body = f"gates/{gate.pk}/vote/", {"choice": "proceed"}
    assert api(house.leader).verb(path, body).status_code == 403
    with pytest.raises(IntegrityError), transaction.atomic():
        gate.votes.create(person=house.leader.person, choice="proceed", on="2026-10-01")
    assert api(house.other).verb(path, body).status_code == 200
    board = factories.board(house.programme, quorum=1)
    board.members.add(house.leader.person, house.other.person)
    decides = deciders_of(house.programme, "plan").people
    assert house.other.person.pk in decides
    assert house.leader.person.pk not in decides
    row = factories.decision(house.programme)
    said = {"outcome": "Yes", "rationale": "It pays", "board": board.pk,
            "present": [house.leader.person.pk]}  # fmt: skip
    few = api(house.other).verb(f"decisions/{row.pk}/making/", said)
    assert few.status_code in (400, 409), few.content
    assert "present" in few.content.decode()
    said["present"] = [house.other.person.pk]
    done = api(house.other).verb(f"decisions/{row.pk}/making/", said)
    assert done.status_code == 200, done.content
