"""Two who decide about one thing at once: one of them does, the other is told why not, and what
follows from it is there once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from pmhub.models import User
from programmes.models import BusinessCase, Decision, DelegatedLimit, ProgrammeLine
from projects.models import BudgetLine, CostActual
from tests import factories
from tests.faults.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 3
Body = dict[str, Any]
Act = tuple[str, Body]


@pytest.fixture
def two(nothing: None) -> list[User]:
    """Two of the PMO, neither of whom has a part in anything."""
    users = [factories.user(name) for name in ("ada", "otto")]
    for each in users:
        factories.role(each, "pmo")
    return users


def send(api_of: Any, user: User, address: str, body: Body) -> Callable[[], Any]:
    """What one of them sends."""
    client = api_of(user)
    return lambda: client.post(f"/api/v1/{address}", body, format="json")


def transfer() -> Any:
    """10 that are to move from a line of 100."""
    return factories.budget_transfer()


APPROVE: Act = ("approval", {})
# What waits, its collection, what the two do to it, and how many decisions that leaves.
WAITING: dict[str, tuple[str, Callable[[], Any], Act, Act, int]] = {
    "case": (
        "business-cases", lambda: factories.business_case(state="submitted"), APPROVE,
        ("rejection", {"reason": "No"}), -1,
    ),
    "case twice": (
        "business-cases", lambda: factories.business_case(state="submitted"), APPROVE, APPROVE, 1,
    ),
    "request": (
        "budget-requests", lambda: factories.budget_request(amount=10, state="submitted"), APPROVE,
        ("refusal", {"reason": "No"}), 0,
    ),
    "request twice": (
        "budget-requests", lambda: factories.budget_request(amount=10, state="submitted"), APPROVE,
        APPROVE, 0,
    ),
    "transfer twice": ("budget-transfers", transfer, APPROVE, APPROVE, 0),
    "mandate": (
        "mandates",
        lambda: factories.mandate(
            state="issued", issued_on="2026-10-01", issued_by=factories.person()
        ),
        APPROVE, APPROVE, 1,
    ),
    "override": (
        "health-overrides",
        lambda: factories.override(factories.programme(), by=factories.person()),
        APPROVE, APPROVE, 1,
    ),
    "exception": (
        "exceptions", factories.exception, ("decision", {"decision": "stop", "reason": "No"}),
        ("decision", {"decision": "continue", "until": "2026-12-01", "reason": "Soon"}), 1,
    ),
    "meeting": ("board-meetings", factories.board_meeting, ("call", {}), ("call", {}), 0),
    "decision": (
        "decisions", lambda: factories.decision(factories.programme()),
        ("making", {"outcome": "Yes", "rationale": "It pays"}),
        ("making", {"outcome": "No", "rationale": "It does not"}), 1,
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", WAITING)
def test_one_of_two_decides(what: str, two: list[User], api_of: Any) -> None:
    collection, make, first, second, decisions = WAITING[what]
    for _ in range(ROUNDS):
        with transaction.atomic():
            row = make()
        before = Decision.objects.filter(state="made").count()
        answers = at_once(
            *(
                send(api_of, user, f"{collection}/{row.pk}/{verb}/", body)
                for user, (verb, body) in zip(two, (first, second), strict=True)
            )
        )
        told = [(each.status_code, each.json().get("detail")) for each in answers]
        assert sorted(each.status_code for each in answers) == [200, 409], told
        left = Decision.objects.filter(state="made").count() - before
        assert left == decisions or (decisions == -1 and left in (0, 1))
    if what == "request twice":
        assert BudgetLine.objects.filter(approved=10).count() == ROUNDS
    if what == "transfer twice":
        assert sorted({each.approved for each in BudgetLine.objects.all()}) == [10, 90]


def test_of_two_cases_of_a_kind_one_gives_way(two: list[User], api_of: Any) -> None:
    home = factories.programme()
    cases = [factories.business_case(home, number=n, state="submitted") for n in (1, 2)]
    answers = at_once(
        *(
            send(api_of, user, f"business-cases/{case.pk}/approval/", {})
            for user, case in zip(two, cases, strict=True)
        )
    )
    assert [each.status_code for each in answers] == [200, 200]
    states = BusinessCase.objects.values_list("state", flat=True)
    assert sorted(states) == ["approved", "superseded"]


def test_the_last_of_an_envelope_is_approved_once(two: list[User], api_of: Any) -> None:
    home = factories.programme()
    with transaction.atomic():
        factories.envelope(home.portfolio, 100)
        factories.envelope(home, 100)
    asked = [factories.budget_request(home, amount=60, state="submitted") for _ in two]
    answers = at_once(
        *(
            send(api_of, user, f"budget-requests/{request.pk}/approval/", {})
            for user, request in zip(two, asked, strict=True)
        )
    )
    told = [(each.status_code, each.json().get("detail")) for each in answers]
    assert sorted(each.status_code for each in answers) == [200, 409], told
    assert ProgrammeLine.objects.filter(approved_budget=60).count() == 1


def test_two_limits_written_at_once_are_both_kept(two: list[User], api_of: Any) -> None:
    for _ in range(ROUNDS):
        portfolio = factories.programme().portfolio
        answers = at_once(
            *(
                send(api_of, user, "delegated-limits/", {"portfolio": portfolio.pk, **limit})
                for user, limit in zip(
                    two, ({"level": "executive", "cost": "10"}, {"level": "sro", "cost": "20"}),
                    strict=True,
                )
            )
        )  # fmt: skip
        assert [answer.status_code for answer in answers] == [201, 201]
        kept = DelegatedLimit.objects.filter(portfolio=portfolio)
        assert sorted(kept.values_list("level", flat=True)) == ["executive", "sro"]
        portfolio.refresh_from_db()
        assert {"executive_cost", "sro_cost"} <= portfolio.rules_in_force["limits"].keys()


def test_a_year_is_closed_after_those_who_are_writing_into_it(nothing: None) -> None:
    project = factories.project()
    home = project.owner_portfolio

    def closes() -> bool:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '200ms'")
                factories.closed_year(home, fiscal_year=2025)
        except OperationalError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            CostActual.objects.create(project=project, amount=5, posted_on="2026-03-31")
            assert not other.submit(closes).result()
        assert other.submit(closes).result()
