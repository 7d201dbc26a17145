"""Budget transfers: money moves from line to line and is never created."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Sum

from pmhub.models import User
from programmes.rollup.verify import differences
from projects.models import BudgetLine, BudgetTransfer
from tests import factories
from tests.api.conftest import errors_of

YEAR = {"fiscal_year": 2026, "treatment": "capital"}


class Lines:
    """Two projects of a programme, each with a line, and their people."""

    def __init__(self) -> None:
        self.people = {
            name: factories.user(name) for name in ("lead", "other", "manager", "finance")
        }
        people = {name: user.person for name, user in self.people.items()}
        self.programme = factories.programme(programme_manager=people["manager"])
        factories.role(self.people["finance"], "finance", programme=self.programme)
        projects = [
            factories.project(programme=self.programme, project_manager=people[name])
            for name in ("lead", "other")
        ]
        self.source = factories.budget(projects[0], 100, **YEAR)
        self.target = factories.budget(projects[1], 50, **YEAR)

    def proposed(self, amount: Any = 10, **fields: Any) -> str:
        """The address of a transfer that the manager of the first project proposes."""
        row = factories.budget_transfer(
            self.source, fields.pop("to", self.target), amount=amount,
            created_by=self.people["lead"], **fields,
        )  # fmt: skip
        return f"budget-transfers/{row.pk}/"

    def approved(self) -> list[Decimal]:
        """What is approved on both."""
        ids = [self.source.pk, self.target.pk]
        return [BudgetLine.objects.get(pk=pk).approved for pk in ids]


@pytest.fixture
def lines(nothing: None) -> Lines:
    """The two projects with their lines and their people."""
    return Lines()


def test_it_is_proposed_changed_approved_and_moves_the_money(lines: Lines, api: Any) -> None:
    lead, manager = (api(lines.people[name]) for name in ("lead", "manager"))
    factories.role(lines.people["lead"], "viewer", programme=lines.programme)
    body = {"from_line": lines.source.pk, "to_line": lines.target.pk, "amount": "10",
            "reason": "Steel is there"}  # fmt: skip
    made = lead.post("budget-transfers/", body).json()
    path = f"budget-transfers/{made['id']}/"
    assert lead.patch(path, {"amount": "30"}).status_code == 200
    assert lead.verb(f"{path}approval/", {}).status_code == 403
    assert lines.approved() == [100, 50]
    answer = manager.verb(f"{path}approval/", {}).json()
    assert (answer["state"], answer["on"]) == ("approved", "2026-10-31")
    assert answer["decided_by"] == lines.people["manager"].person.pk
    assert lines.approved() == [70, 80]
    history = manager.get(f"budget-lines/{lines.target.pk}/history/").json()["results"]
    assert history[0]["reason"] == "Budget moved: Steel is there"
    assert lead.patch(path, {"amount": "40"}).status_code == 409
    assert manager.verb(f"{path}approval/", {}).status_code == 409
    assert manager.delete(path).status_code == 409


def test_it_is_refused_and_nothing_moves(lines: Lines, api: Any) -> None:
    path, manager = lines.proposed(), api(lines.people["manager"])
    assert errors_of(manager.verb(f"{path}refusal/", {})) == {"/reason": "required"}
    assert manager.verb(f"{path}refusal/", {"reason": "Not now"}).json()["state"] == "refused"
    assert lines.approved() == [100, 50]


@pytest.mark.parametrize(
    ("spent", "ordered", "invoiced", "free"),
    [(0, 0, 0, 100), (60, 0, 0, 40), (0, 70, 0, 30), (40, 30, 0, 30), (40, 30, 30, 60),
     (120, 0, 0, 0)],
)  # fmt: skip
def test_what_is_spent_or_ordered_stays(
    spent: int, ordered: int, invoiced: int, free: int, lines: Lines, api: Any
) -> None:
    line, manager = lines.source, api(lines.people["manager"])
    path = lines.proposed(min(Decimal(free) + Decimal("0.01"), Decimal(100)))
    if spent:
        line.project.cost_actuals.create(budget_line=line, posted_on="2026-10-01", amount=spent)
    if ordered:
        line.commitments.create(
            reference="PO1", amount=ordered, invoiced=invoiced, placed_on="2026-10-01"
        )
    more = {"from_line": line.pk, "to_line": lines.target.pk, "amount": f"{free}.01", "reason": "x"}
    for query in ("?preview=1", ""):
        asked = api(lines.people["finance"]).post(f"budget-transfers/{query}", more)
        assert (asked.status_code, errors_of(asked).keys()) == (409, {"/amount"})
        assert f"Only £{free},000 of this line" in asked.json()["detail"] or not free
    refused = [] if free == 100 else [{"state": "approved", "on": "2026-10-01"}]
    if refused:  # it was there when it was proposed
        answer = manager.verb(f"{path}approval/", {})
        assert (answer.status_code, errors_of(answer).keys()) == (409, {"/amount"})
    for fields in (*refused, {"amount": f"{free}.02"}):
        with pytest.raises(IntegrityError) as error, transaction.atomic():
            BudgetTransfer.objects.update(**fields)
        cause: Any = error.value.__cause__
        assert cause.diag.constraint_name == "budgettransfer_used"
    BudgetTransfer.objects.update(state="withdrawn")
    assert lines.approved() == [100, 50]
    if free:
        assert manager.verb(f"{lines.proposed(free)}approval/", {}).status_code == 200
        assert lines.approved() == [100 - free, 50 + free]


def test_plain_sql_moves_it_as_the_verb_does(lines: Lines) -> None:
    lines.proposed(25)
    BudgetTransfer.objects.update(state="approved", on="2026-10-01")
    assert lines.approved() == [75, 75]
    for again in ({"state": "proposed"}, {"amount": 5}, {"state": "refused"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            BudgetTransfer.objects.update(**again)
    assert lines.approved() == [75, 75]


def test_capital_becomes_revenue_by_finance_alone(lines: Lines, api: Any) -> None:
    lines.target.treatment = "revenue"
    lines.target.save()
    path = lines.proposed()
    refused = api(lines.people["manager"]).verb(f"{path}approval/", {})
    assert (refused.status_code, "finance" in refused.json()["detail"]) == (403, True)
    assert api(lines.people["finance"]).verb(f"{path}approval/", {}).status_code == 200
    assert lines.approved() == [90, 60]


def test_nobody_approves_their_own(lines: Lines, api: Any) -> None:
    manager = lines.people["manager"]
    row = factories.budget_transfer(lines.source, lines.target, created_by=manager)
    refused = api(manager).verb(f"budget-transfers/{row.pk}/approval/", {})
    assert (refused.status_code, errors_of(refused).keys()) == (403, {"/state"})
    with pytest.raises(IntegrityError, match="Nobody decides about money"), transaction.atomic():
        BudgetTransfer.objects.update(state="approved", on="2026-10-01", decided_by=manager.person)
    assert api(lines.people["finance"]).verb(
        f"budget-transfers/{row.pk}/approval/", {}
    ).status_code == 403  # the treatment stays  # fmt: skip


def test_it_goes_to_a_line_that_it_may_go_to(lines: Lines, office: User, api: Any) -> None:
    body = {"from_line": lines.source.pk, "amount": "10", "reason": "There"}
    elsewhere = factories.budget(factories.project(), 5)
    for target in (lines.source, elsewhere):
        answer = api(office).post("budget-transfers/", body | {"to_line": target.pk})
        assert errors_of(answer).keys() == {"/to_line"}
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.budget_transfer(lines.source, elsewhere)
    for amount in ("0", "-1", "NaN"):
        wrong = body | {"to_line": lines.target.pk, "amount": amount}
        assert errors_of(api(office).post("budget-transfers/", wrong)).keys() == {"/amount"}
    path = lines.proposed()
    type(lines.target.project).objects.filter(pk=lines.target.project_id).update(
        status="terminated", terminated_on="2026-10-01"
    )
    refused = api(lines.people["manager"]).verb(f"{path}approval/", {})
    assert (refused.status_code, errors_of(refused).keys()) == (409, {"/state"})
    assert BudgetTransfer.objects.latest("pk").state == "withdrawn"


def test_it_lifts_no_line_above_an_envelope(lines: Lines, api: Any) -> None:
    next_year = factories.budget(lines.target.project, 0, fiscal_year=2027, treatment="capital")
    with transaction.atomic():
        factories.envelope(lines.programme.portfolio, 160)
        factories.envelope(lines.programme.portfolio, 20, fiscal_year=2027)
    manager = api(lines.people["manager"])
    with pytest.raises(IntegrityError, match="above an envelope"), transaction.atomic():
        lines.proposed(21, to=next_year)
    path = lines.proposed(20, to=next_year)
    BudgetLine.objects.filter(pk=next_year.pk).update(approved=1)
    refused = manager.verb(f"{path}approval/", {})
    assert (refused.status_code, errors_of(refused).keys()) == (409, {"/to_line"})
    with pytest.raises(IntegrityError, match="above an envelope"), transaction.atomic():
        BudgetTransfer.objects.update(state="approved", on="2026-10-01")
    BudgetLine.objects.filter(pk=next_year.pk).update(approved=0)
    assert manager.verb(f"{path}approval/", {}).status_code == 200
    # Within one envelope nothing is added, however little of it is left.
    assert manager.verb(f"{lines.proposed(40)}approval/", {}).status_code == 200


def test_the_total_stays_and_the_preview_says_what_moves(
    lines: Lines, api: Any, drain: Any
) -> None:
    drain()
    path, manager = lines.proposed(40), api(lines.people["manager"])
    seen = manager.post(f"{path}approval/?preview=1", {}).json()
    assert seen["object"]["state"] == "approved"
    assert lines.approved() == [100, 50]
    manager.verb(f"{path}approval/", {})
    drain()
    assert differences() == []
    assert BudgetLine.objects.aggregate(total=Sum("approved")) == {"total": 150}
    figures = manager.get(f"programmes/{lines.programme.pk}/rollup/approved_budget/").json()
    assert figures["value"] == "150.00"
    assert sorted(each["value"] for each in figures["lines"]) == ["60.00", "90.00"]
