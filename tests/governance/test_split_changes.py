"""One change that is split in two is decided as one: limits weigh what is asked for with all that
was approved of the same project or programme since its last plan."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from programmes.delegated_limits import Approval, Approved, Limit, Plan, level_for
from programmes.models import DelegatedLimit
from programmes.rollup import worker
from projects.models import Baseline
from tests import factories
from tests.api.conftest import errors_of
from tests.api.test_own_limits import Estate, held, limited

__all__ = ["limited"]  # a fixture
TEN, HUNDRED = Decimal(10), Decimal(100)
LIMITS = {
    "executive": Limit(TEN, 10, TEN),
    "programme_manager": Limit(HUNDRED, 100, HUNDRED),
}  # fmt: skip


@pytest.fixture
def estate(nothing: None) -> Estate:
    """The programme with its records and its people."""
    return Estate()


def at(day: int, hour: int = 0) -> dict[str, Any]:
    """A day and a moment on it."""
    return {"on": date(2026, 10, day), "at": datetime(2026, 10, day, hour)}  # noqa: DTZ001  # compared among themselves


@pytest.mark.parametrize(
    ("asked", "before", "plans", "level"),
    [
        ((6, 0, 0), [Approval(**at(1), cost=Decimal(4))], [], "executive"),
        ((6, 0, 0), [Approval(**at(1), cost=Decimal("4.01"))], [], "programme_manager"),
        ((0, 6, 0), [Approval(**at(1), cost=HUNDRED, days=5)], [], "programme_manager"),
        ((0, 4, 0), [Approval(**at(1), cost=HUNDRED, days=5)], [], "executive"),
        ((-6, 0, 0), [Approval(**at(1), cost=TEN)], [], "executive"),
        ((0, 0, -6), [Approval(**at(1), cost=TEN, benefit_pct=Decimal(-5))], [],
         "programme_manager"),
        ((0, 0, -6), [Approval(**at(1), cost=TEN, benefit_pct=Decimal(5))], [], "executive"),
        ((6, 0, 0), [Approval(**at(1), cost=TEN)], [Plan(**at(2))], "executive"),
        ((6, 0, 0), [Approval(**at(2, 9), cost=TEN)], [Plan(**at(2, 8))], "programme_manager"),
        ((6, 0, 0), [Approval(**at(2, 7), cost=TEN)], [Plan(**at(2, 8))], "executive"),
        ((6, 0, 0), [Approval(**at(1), cost=TEN)], [Plan(**at(2), level="executive")],
         "programme_manager"),
        ((6, 0, 0), [Approval(**at(1), cost=TEN)], [Plan(**at(2), level="sro")], "executive"),
        ((60, 0, 0), [Approval(**at(1), cost=Decimal(50))], [], None),
    ],
    ids=str,
)  # fmt: skip
def test_what_was_approved_since_the_plan_counts(
    asked: tuple[int, int, int], before: list[Approval], plans: list[Plan], level: str | None
) -> None:
    cost, days, benefit = asked
    known = Approved(before, plans)
    assert level_for(LIMITS, Decimal(cost), days, Decimal(benefit), known) == level


class Split:
    """Changes of a project that each grant some money on its line, with who decides them."""

    def __init__(self, limited: Estate, api: Any) -> None:
        self.estate, self.api = limited, api
        self.line = factories.budget(limited.project, 1000)
        self.manager = api(limited.people["manager"])
        worker.drain()

    def asked(self, code: str, more: int, **fields: Any) -> str:
        """Raise a change that grants so much more; return its address."""
        self.line.refresh_from_db()
        writes = [held("PATCH", f"budget-lines/{self.line.pk}/", approved=f"{1000 + more}.00")]
        body = {"project": self.estate.project.pk, "code": code, "title": "More", "writes": writes}
        made = self.manager.post("change-requests/", body | fields)
        assert made.status_code == 201, made.content
        return f"change-requests/{made.json()['id']}/"

    def assessed(self, path: str) -> str:
        """Assess a change; return the level that decides it."""
        answer = self.manager.verb(f"{path}assessment/", {})
        assert answer.status_code == 200, answer.content
        return str(answer.json()["level"])

    def approval(self, path: str, who: str) -> Any:
        """Return the answer to a vote for a change."""
        return self.api(self.estate.people[who]).verb(f"{path}approval/", {})


@pytest.fixture
def split(limited: Estate, api: Any) -> Split:
    """The executive decides up to 10, the programme manager up to 100."""
    return Split(limited, api)


def test_of_two_halves_the_second_is_decided_one_level_up(split: Split) -> None:
    first = split.asked("C1", 8)
    assert split.assessed(first) == "executive"
    assert split.approval(first, "executive").json()["state"] == "approved"
    second = split.asked("C2", 8)
    assert split.assessed(second) == "programme_manager"
    assert split.approval(second, "executive").status_code == 403
    assert split.approval(second, "lead").json()["state"] == "approved"
    text_only = split.asked("C3", 0)
    assert split.assessed(text_only) == "executive"


def test_of_two_that_were_assessed_together_too(split: Split) -> None:
    first, second = split.asked("C1", 8), split.asked("C2", 8)
    assert [split.assessed(first), split.assessed(second)] == ["executive", "executive"]
    assert split.approval(first, "executive").status_code == 200
    refused = split.approval(second, "executive")
    assert refused.status_code == 409, refused.content
    assert [*errors_of(refused)] == ["/level"]
    assert "Programme manager decides it now" in refused.content.decode()
    assert split.manager.verb(f"{second}revision/", {}).status_code == 200
    assert split.assessed(second) == "programme_manager"
    assert split.approval(second, "lead").status_code == 200


def test_another_plan_that_others_approve_begins_anew(split: Split) -> None:
    first = split.asked("C1", 8)
    split.assessed(first)
    assert split.approval(first, "executive").status_code == 200
    plan = {"project": split.estate.project.pk, "number": 2, "approved_on": "2026-10-31",
            "starts_on": "2026-01-01", "finishes_on": "2027-06-30",
            "budget_at_completion": "1008.00", "reason": "As approved"}  # fmt: skip
    made = split.api(split.estate.people["sro"]).post("baselines/", plan)
    assert made.status_code == 201, made.content
    worker.drain()
    second = split.asked("C2", 8)
    assert split.assessed(second) == "executive"


def test_a_plan_that_a_change_made_does_not_begin_anew_for_who_decided_it(split: Split) -> None:
    first = split.asked("C1", 8, rebaseline=True)
    split.assessed(first)
    assert split.approval(first, "executive").status_code == 200
    done = split.manager.verb(f"{first}implementation/", {})
    assert done.status_code == 200, done.content
    assert Baseline.objects.count() == 2
    worker.drain()
    second = split.asked("C2", 16)
    assert split.assessed(second) == "programme_manager"


def test_but_for_those_below_who_decided_it(split: Split) -> None:
    first = split.asked("C1", 200, rebaseline=True)
    assert split.assessed(first) == "sro"
    assert split.approval(first, "sro").status_code == 200
    assert split.assessed(split.asked("C2", 8)) == "sro"
    assert split.manager.verb(f"{first}implementation/", {}).status_code == 200
    worker.drain()
    assert split.assessed(split.asked("C3", 208)) == "executive"


# Requests for budget


def requested(split: Split, code: str, amount: int) -> str:
    """Submit a request of the project for budget; return its address."""
    body = {"project": split.estate.project.pk, "code": code, "title": "Cranes",
            "fiscal_year": 2026, "treatment": "capital", "amount": f"{amount}.00",
            "reason": "Dearer"}  # fmt: skip
    made = split.manager.post("budget-requests/", body)
    assert made.status_code == 201, made.content
    path = f"budget-requests/{made.json()['id']}/"
    assert split.manager.verb(f"{path}submission/", {}).status_code == 200
    return path


def waits_for(split: Split, who: str) -> list[str]:
    """The codes of the requests that somebody is asked to decide."""
    rows = split.api(split.estate.people[who]).get("waiting/?rule=budget_request_to_decide")
    return [item["code"] for item in rows.json()["results"]]


def test_of_two_requests_the_second_is_decided_one_level_up(split: Split) -> None:
    executive, lead = (split.api(split.estate.people[who]) for who in ("executive", "lead"))
    first, second = requested(split, "B1", 8), requested(split, "B2", 8)
    assert waits_for(split, "executive") == ["B1", "B2"]
    assert executive.verb(f"{first}approval/", {}).status_code == 200
    assert executive.get(second).json()["level"] == "programme_manager"
    assert executive.get(first).json()["level"] == "executive"
    assert (waits_for(split, "executive"), waits_for(split, "lead")) == ([], ["B2"])
    refused = executive.verb(f"{second}approval/", {})
    assert (refused.status_code, [*errors_of(refused)]) == (403, ["/approved_amount"])
    text = refused.content.decode()
    assert "the programme manager decides it" in text
    assert "since the last plan it comes to £16" in text
    assert executive.verb(f"{second}approval/", {"approved_amount": "2.00"}).status_code == 200
    third = requested(split, "B3", 8)
    assert lead.verb(f"{third}approval/", {}).status_code == 200


def test_a_change_and_a_request_are_weighed_together(split: Split) -> None:
    first = split.asked("C1", 8)
    split.assessed(first)
    assert split.approval(first, "executive").status_code == 200
    second = requested(split, "B1", 8)
    executive = split.api(split.estate.people["executive"])
    assert executive.verb(f"{second}approval/", {}).status_code == 403
    other = factories.project(
        programme=split.estate.programme, executive=split.estate.people["executive"].person,
        project_manager=split.estate.people["manager"].person,
    )  # fmt: skip
    split.estate.project = other
    elsewhere = requested(split, "B2", 8)
    assert executive.verb(f"{elsewhere}approval/", {}).status_code == 200


# What no limit measures


def test_a_change_that_sets_a_limit_is_decided_by_who_may_set_it(split: Split) -> None:
    project = split.estate.project
    milestone = factories.milestone(project)
    levels = []
    for number, write in enumerate((
        held("PATCH", f"projects/{project.pk}/", objective="A hall"),
        held("PATCH", f"projects/{project.pk}/", complexity=1),
        held("PATCH", f"milestones/{milestone.pk}/", baseline_on="2028-01-31"),
        held("DELETE", f"milestones/{milestone.pk}/"),
    )):  # fmt: skip
        body = {"project": project.pk, "code": f"C{number}", "title": "As asked", "writes": [write]}
        made = split.manager.post("change-requests/", body)
        assert made.status_code == 201, made.content
        levels.append(split.assessed(f"change-requests/{made.json()['id']}/"))
    assert levels == ["executive", *["programme_manager"] * 3]


def test_another_plan_is_weighed_by_the_days_that_it_moves(split: Split) -> None:
    project = type(split.estate.project).objects.filter(pk=split.estate.project.pk)
    levels = []
    DelegatedLimit.objects.filter(level="sro").update(days=1000)
    DelegatedLimit.objects.filter(level="executive").update(days=10)
    for number, finish in enumerate(("2027-07-10", "2027-07-11", "2027-10-08", "2027-10-09")):
        project.update(forecast_finish=finish)
        worker.drain()
        asked = {"project": split.estate.project.pk, "code": f"C{number}", "title": "New plan",
                 "rebaseline": True}  # fmt: skip
        path = f"change-requests/{split.manager.post('change-requests/', asked).json()['id']}/"
        levels.append(split.assessed(path))
    assert levels == ["executive", "programme_manager", "programme_manager", "sro"]
