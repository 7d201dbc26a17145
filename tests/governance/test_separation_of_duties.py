"""Who has a part in what is decided does not decide it: by no role that they hold beside, as no
deputy, and on no path; nor is it offered to them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from pmhub.models import User
from pmhub.registers import registers
from pmhub.serializers.verbs import verbs_of
from pmhub.services import turn
from programmes.models import StatusReport
from projects.models import ChangeRequest, Gate
from tests import factories

Row = Any


class House:
    """A programme and a project, led by somebody of the PMO; another of the PMO stands apart."""

    def __init__(self) -> None:
        self.leader, self.other = factories.user("mara"), factories.user("otto")
        self.programme = factories.programme(programme_manager=self.leader.person)
        self.project = factories.project(
            programme=self.programme, project_manager=self.leader.person
        )
        for user in (self.leader, self.other):
            factories.role(user, "pmo", portfolio=self.programme.portfolio)


@pytest.fixture
def house(office: User) -> House:
    """The programme, the project and the two of the PMO."""
    return House()


def lines(house: House) -> Row:
    """A transfer between two lines of the project."""
    source, target = (factories.budget(house.project, 100, code=code) for code in ("L1", "L2"))
    return factories.budget_transfer(source, target)


# What waits for a decision, with its collection, the move that decides and who decides by SQL.
WAITING: dict[str, tuple[str, str, dict[str, Any], str, Callable[[House], Row]]] = {
    "case": (
        "business-cases", "approval", {}, "approved_by",
        lambda house: factories.business_case(house.programme, state="submitted"),
    ),
    "case turned down": (
        "business-cases", "rejection", {"reason": "Too dear"}, "",
        lambda house: factories.business_case(house.programme, state="submitted"),
    ),
    "request": (
        "budget-requests", "approval", {}, "decided_by",
        lambda house: factories.budget_request(house.project, amount=10, state="submitted"),
    ),
    "request refused": (
        "budget-requests", "refusal", {"reason": "No"}, "decided_by",
        lambda house: factories.budget_request(house.programme, amount=10, state="submitted"),
    ),
    "transfer": ("budget-transfers", "approval", {}, "decided_by", lines),
    "transfer refused": ("budget-transfers", "refusal", {"reason": "No"}, "decided_by", lines),
    "override": (
        "health-overrides", "approval", {}, "approved_by",
        lambda house: factories.override(house.programme),
    ),
    "mandate": (
        "mandates", "approval", {}, "approved_by",
        lambda house: factories.mandate(house.programme, state="issued", issued_on="2026-10-01"),
    ),
    "exception": (
        "exceptions", "decision", {"decision": "stop", "reason": "Enough"}, "",
        lambda house: factories.exception(house.project),
    ),
    "oversight declined": (
        "oversight-decisions", "refusal", {"reason": "Not so"}, "decided_by",
        lambda house: factories.oversight(house.project),
    ),
    "correction returned": (
        "findings", "return", {"reason": "Still open"}, "",
        lambda house: factories.finding(
            factories.inspection(house.project, state="held"), state="corrected"
        ),
    ),
}  # fmt: skip


def lent(house: House) -> User:
    """A deputy of who leads, who is of the PMO too."""
    deputy = factories.user("dora")
    factories.role(deputy, "pmo", portfolio=house.programme.portfolio)
    factories.delegation(house.leader, deputy, "pmo", portfolio=house.programme.portfolio)
    return deputy


@pytest.mark.parametrize("what", WAITING)
def test_who_leads_it_or_their_deputy_does_not_decide(what: str, house: House, api: Any) -> None:
    collection, verb, body, column, make = WAITING[what]
    row = make(house)
    path = f"{collection}/{row.pk}/{verb}/"
    for user in (house.leader, lent(house)):
        refused = api(user).verb(path, body)
        assert refused.status_code == 403, refused.content
    if column:
        with pytest.raises(IntegrityError, match="Nobody"), transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(**{column: house.leader.person})
    done = api(house.other).verb(path, body)
    assert done.status_code == 200, done.content


@pytest.mark.parametrize("what", WAITING)
def test_nor_is_it_offered_to_them(what: str, house: House, client_of: Any) -> None:
    collection, verb, _, _, make = WAITING[what]
    row = make(house)
    offer = f'/api/v1/{collection}/{row.pk}/{verb}/"'
    page = f"/{collection}/{row.pk}/"
    deputy = lent(house)
    for user, told in ((house.leader, False), (deputy, False), (house.other, True)):
        assert (offer in client_of(user).get(page).content.decode()) is told, user


@pytest.mark.parametrize("what", ["case", "request", "transfer", "override"])
def test_nor_does_who_wrote_it(what: str, house: House, api: Any) -> None:
    collection, verb, body, _, make = WAITING[what]
    row = make(house)
    type(row).objects.filter(pk=row.pk).update(created_by=house.other)
    path = f"{collection}/{row.pk}/{verb}/"
    assert api(house.other).verb(path, body).status_code == 403
    third = factories.user("thea")
    factories.role(third, "pmo", portfolio=house.programme.portfolio)
    assert api(third).verb(path, body).status_code == 200


def report(house: House) -> Row:
    """A report of the programme that somebody else has handed over."""
    return StatusReport.objects.create(
        programme=house.programme, period_end="2026-10-31", author=factories.person(),
        achieved="Walls", declared_rag="green", state="submitted",
    )  # fmt: skip


def test_who_leads_a_programme_does_not_approve_its_report(house: House, api: Any) -> None:
    path = f"status-reports/{report(house).pk}/approval/"
    assert api(house.leader).post(path).status_code == 403
    assert api(house.other).post(path).json()["state"] == "approved"


# Votes


def opened(house: House, *criteria: str) -> Gate:
    """A gate that two decide together, one of whom is the deputy of who leads the project."""
    deputy = lent(house)
    gate = factories.gate(house.project, approvers=[deputy.person, house.other.person], quorum=2)
    for text in criteria:
        gate.criteria.create(text=text)
    Gate.objects.filter(pk=gate.pk).update(state="open")
    return gate


def test_the_deputy_of_who_leads_does_not_vote_at_its_gate(house: House, api: Any) -> None:
    gate = opened(house)
    deputy = User.objects.get(username="dora")
    path = f"gates/{gate.pk}/vote/"
    assert api(deputy).verb(path, {"choice": "proceed"}).status_code == 403
    assert api(house.other).verb(path, {"choice": "proceed"}).status_code == 200


def test_nor_waives_a_criterion_of_it(house: House, api: Any) -> None:
    criterion = opened(house, "It pays").criteria.get()
    path, body = f"gate-criteria/{criterion.pk}/waiver/", {"waiver_reason": "It is law"}
    assert api(User.objects.get(username="dora")).verb(path, body).status_code == 403
    assert api(house.other).verb(path, body).status_code == 200


def test_a_vote_is_offered_to_who_may_still_vote(house: House, api: Any, client_of: Any) -> None:
    voter = factories.user("vera")
    factories.role(voter, "pmo", portfolio=house.programme.portfolio)
    gate = factories.gate(
        house.project, approvers=[voter.person, house.other.person], state="open", quorum=2
    )
    offer, page = f"/api/v1/gates/{gate.pk}/vote/", f"/gates/{gate.pk}/"
    shown = lambda user: offer in client_of(user).get(page).content.decode()  # noqa: E731
    assert (shown(voter), shown(house.other)) == (True, True)
    api(voter).verb(f"gates/{gate.pk}/vote/", {"choice": "proceed"})
    assert (shown(voter), shown(house.other)) == (False, True)
    again = api(voter).verb(f"gates/{gate.pk}/vote/", {"choice": "stop"})
    assert again.status_code == 409


def asked(house: House, voters: list[User], **fields: Any) -> ChangeRequest:
    """A change of the project whose impact is assessed, for these to decide."""
    return factories.change_request(
        house.project, approvers=[each.person for each in voters], state="impact_assessed",
        quorum=len(voters), **fields,
    )  # fmt: skip


def test_a_change_is_offered_to_who_may_still_vote(house: House, api: Any, client_of: Any) -> None:
    voter = factories.user("vera")
    factories.role(voter, "pmo", portfolio=house.programme.portfolio)
    change = asked(house, [voter, house.other])
    page = f"/change-requests/{change.pk}/"
    offer = f"/api/v1{page}deferral/"
    shown = lambda user: offer in client_of(user).get(page).content.decode()  # noqa: E731
    assert (shown(voter), shown(house.other)) == (True, True)
    api(voter).verb(f"change-requests/{change.pk}/deferral/", {"reason": "Later"})
    assert (shown(voter), shown(house.other)) == (False, True)


def test_who_leads_a_project_decides_no_more_of_it_than_their_level_may(
    house: House, api: Any
) -> None:
    own = asked(house, [house.leader], level="project_manager")
    more = asked(house, [house.leader, house.other], level="sro")
    path = "change-requests/{}/deferral/"
    said = {"reason": "Later"}
    assert api(house.leader).verb(path.format(more.pk), said).status_code == 403
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.change_vote(more, person=house.leader.person)
    assert api(house.leader).verb(path.format(own.pk), said).json()["state"] == "deferred"


def test_a_delegation_that_has_ended_stands_in_nobody_s_way(house: House, api: Any) -> None:
    deputy = lent(house)
    yesterday = timezone.localdate() - timedelta(days=1)
    house.leader.person.delegations_given.update(starts_on=yesterday, ends_on=yesterday)
    case = factories.business_case(house.programme, state="submitted")
    assert api(deputy).verb(f"business-cases/{case.pk}/approval/", {}).status_code == 200


def test_no_move_that_others_decide_is_done_without_asking_who_does_it() -> None:
    unasked = [
        f"{register.name} {noun}"
        for register in registers
        for noun, verb in verbs_of(register.serializer).items()
        if verb.by.apart and getattr(verb.service, "func", verb.service) is turn
    ]
    assert unasked == []
