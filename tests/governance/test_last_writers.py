"""Who last wrote what is decided has a part in it: they decide it no more than who began it."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from pmhub.models import User
from programmes.models import CaseFlow, CaseOption
from tests import factories
from tests.governance.test_separation_of_duties import House, lines

Row = Any


@pytest.fixture
def house(office: User) -> House:
    """The programme, the project and the two of the PMO."""
    return House()


# What others write first: collection, what is changed, the steps to its decision, and the row.
WRITTEN: dict[
    str, tuple[str, dict[str, Any], tuple[str, ...], str, str, Callable[[House], Row]]
] = {
    "case": (
        "business-cases", {"strategic": "Rewritten"}, ("submission",), "approval", "approved_by",
        lambda house: factories.business_case(house.programme),
    ),
    "request": (
        "budget-requests", {"amount": "12.00"}, ("submission",), "approval", "decided_by",
        lambda house: factories.budget_request(house.project, amount=10),
    ),
    "transfer": (
        "budget-transfers", {"amount": "2.00"}, (), "approval", "decided_by", lines,
    ),
    "override": (
        "health-overrides", {"reason": "Rewritten"}, (), "approval", "approved_by",
        lambda house: factories.override(house.programme),
    ),
    "oversight": (
        "oversight-decisions", {"evidence": "Rewritten"}, (), "decision", "decided_by",
        lambda house: factories.oversight(house.project),
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", WRITTEN)
def test_who_rewrites_what_waits_does_not_decide_it(what: str, house: House, api: Any) -> None:
    collection, change, steps, verb, column, make = WRITTEN[what]
    row, third = make(house), factories.user("thea")
    factories.role(third, "pmo", portfolio=house.programme.portfolio)
    path = f"{collection}/{row.pk}/"
    changed = api(house.other).patch(path, change)
    assert changed.status_code == 200, changed.content
    for step in steps:
        done = api(third).verb(f"{path}{step}/", {})
        assert done.status_code == 200, done.content
    said = {"until": "2027-01-31"} if what == "oversight" else {}
    refused = api(house.other).verb(f"{path}{verb}/", said)
    assert refused.status_code == 403, refused.content
    with pytest.raises(IntegrityError, match=r"Nobody|not_own"), transaction.atomic():
        type(row).objects.filter(pk=row.pk).update(**{column: house.other.person})
    done = api(third).verb(f"{path}{verb}/", said)
    assert done.status_code == 200, done.content


def test_who_rewrites_a_change_is_none_of_its_deciders(house: House, api: Any) -> None:
    sro = factories.user("sro")
    house.programme.sro = sro.person
    house.programme.save()
    change = factories.change_request(house.project, created_by=house.leader)
    path = f"change-requests/{change.pk}/"
    executive = factories.user("executive")
    type(house.project).objects.filter(pk=house.project.pk).update(executive=executive.person)
    own = api(house.leader)
    assert own.verb(f"{path}assessment/", {}).json()["approvers"] == [executive.person.pk]
    assert own.verb(f"{path}revision/", {}).status_code == 200
    assert api(executive).patch(path, {"reason": "Because I want it"}).status_code == 200
    assessed = own.verb(f"{path}assessment/", {})
    assert assessed.status_code == 200, assessed.content
    assert (assessed.json()["level"], assessed.json()["approvers"]) == ("sro", [sro.person.pk])
    assert api(executive).verb(f"{path}approval/", {}).status_code == 403
    assert api(sro).verb(f"{path}approval/", {}).status_code == 200


def test_who_assesses_a_change_has_written_nothing(house: House, api: Any) -> None:
    executive = factories.user("executive")
    type(house.project).objects.filter(pk=house.project.pk).update(executive=executive.person)
    line = factories.budget(house.project, 100)
    write = {"title": "Other kind", "method": "PATCH", "path": f"budget-lines/{line.pk}/",
             "body": {"category": "labour"}}  # fmt: skip
    body = {"project": house.project.pk, "code": "C1", "title": "As asked", "writes": [write]}
    factories.change_request(house.project)  # gives the executive a limit
    made = api(house.leader).post("change-requests/", body)
    assert made.status_code == 201, made.content
    path = f"change-requests/{made.json()['id']}/"
    assessed = api(executive).verb(f"{path}assessment/", {})
    assert assessed.status_code == 200, assessed.content
    assert assessed.json()["approvers"] == [executive.person.pk]
    assert api(executive).verb(f"{path}approval/", {}).status_code == 200


def test_who_owns_a_benefit_or_wrote_its_plan_approves_none_of_it(house: House, api: Any) -> None:
    owner, third = factories.user("owner"), factories.user("thea")
    for user in (owner, third):
        factories.role(user, "pmo", portfolio=house.programme.portfolio)
    benefit = factories.benefit(programme=house.programme, owner=owner.person)
    body = {"benefit": benefit.pk, "kind": "approved", "reason": "More",
            "entries": [{"period_start": "2027-04-01", "period_end": "2028-03-31",
                         "value": "5.00"}]}  # fmt: skip
    made = api(house.other).post("profile-versions/", body)
    assert made.status_code == 201, made.content
    path = f"profile-versions/{made.json()['id']}/"
    assert api(house.leader).verb(f"{path}proposal/", {}).status_code == 200
    for user in (owner, house.other, house.leader):
        assert api(user).verb(f"{path}approval/", {}).status_code in (400, 403)
    done = api(third).verb(f"{path}approval/", {})
    assert done.status_code == 200, done.content


def option_added(client: Any, case: Row) -> Any:
    body = {"case": case.pk, "code": "O9", "title": "Mine"}
    return client.post("case-options/", body)


def option_changed(client: Any, case: Row) -> Any:
    return client.patch(f"case-options/{case.options.first().pk}/", {"title": "Mine"})


def option_removed(client: Any, case: Row) -> Any:
    extra = CaseOption.objects.create(case=case, code="O8", title="Spare")
    return client.delete(f"case-options/{extra.pk}/")


def flow_added(client: Any, case: Row) -> Any:
    body = {"option": case.preferred_option_id, "fiscal_year": 2027, "kind": "benefit",
            "amount": "999.00"}  # fmt: skip
    return client.post("case-flows/", body)


def flow_changed(client: Any, case: Row) -> Any:
    flow = CaseFlow.objects.filter(option__case=case)[0]
    return client.patch(f"case-flows/{flow.pk}/", {"amount": "999.00"})


def flow_removed(client: Any, case: Row) -> Any:
    flow = CaseFlow.objects.create(
        option=case.preferred_option, fiscal_year=2028, kind="cost", amount=1
    )
    return client.delete(f"case-flows/{flow.pk}/")


PARTS = [option_added, option_changed, option_removed, flow_added, flow_changed, flow_removed]


@pytest.mark.parametrize("wrote", PARTS, ids=lambda wrote: wrote.__name__)
def test_who_wrote_an_option_or_a_flow_last_does_not_approve_the_case(
    wrote: Any, house: House, api: Any
) -> None:
    third = factories.user("thea")
    case: Row = factories.business_case(house.programme)
    if not CaseFlow.objects.filter(option__case=case).exists():
        CaseFlow.objects.create(
            option=case.preferred_option, fiscal_year=2027, kind="cost", amount=10
        )
    factories.role(third, "pmo", portfolio=house.programme.portfolio)
    written = wrote(api(house.other), case)
    assert written.status_code in (200, 201, 204), written.content
    case.refresh_from_db()
    assert case.written_by == house.other.person
    path = f"business-cases/{case.pk}/"
    done = api(third).verb(f"{path}submission/", {})
    assert done.status_code == 200, done.content
    assert api(house.other).verb(f"{path}approval/", {}).status_code == 403
    with pytest.raises(IntegrityError, match="Nobody"), transaction.atomic():
        type(case).objects.filter(pk=case.pk).update(approved_by=house.other.person)
    assert api(third).verb(f"{path}approval/", {}).status_code == 200


def test_an_exchange_rate_writes_nobody_s_case(house: House, api: Any) -> None:
    case: Row = factories.business_case(house.programme)
    CaseFlow.objects.create(
        option=case.preferred_option, fiscal_year=2027, kind="cost",
        foreign_currency="EUR", foreign_amount=Decimal(10),
    )  # fmt: skip
    before = type(case).objects.get(pk=case.pk).written_by
    body = {"portfolio": house.programme.portfolio_id, "currency": "EUR", "kind": "budget",
            "valid_from": "2020-04-01", "rate": "0.85"}  # fmt: skip
    made = api(house.other).post("currency-rates/", body)
    assert made.status_code == 201, made.content
    assert CaseFlow.objects.get(foreign_currency="EUR").amount is not None
    assert type(case).objects.get(pk=case.pk).written_by == before
