"""Projects are merged: the programme comes to the same, nothing is lost or there twice, and the
past keeps what was true."""

from datetime import date
from decimal import Decimal
from itertools import permutations
from random import Random
from typing import Any

import pytest

from pmhub.models import User
from programmes.models import Decision, Programme
from programmes.rollup.verify import differences
from projects.models import Project
from tests import factories
from tests.api.conftest import errors_of
from tests.ledger.test_reorganisation import totals

WHY = {"reason": "One contractor builds both"}
FEWER = {"projects_live", "projects_terminated", "projects_stale"}  # there is one project less
SPREAD = {"costs_present_value", "net_present_social_value"}  # to the later finish of the two
EARNED = Decimal("0.000005")  # how much is complete is said to the thousandth of a per cent


def merge(api: Any, user: User, project: Project, other: Project, /, **body: Any) -> Any:
    """Merge another project into one."""
    said = {"other": other.pk} | WHY | body
    return api(user).verb(f"projects/{project.pk}/merger/", said)


@pytest.mark.parametrize("seed", range(2))
def test_whatever_projects_are_merged_the_whole_comes_to_the_same(
    seed: int, demo: Any, pmo: User, api: Any, read: Any, drain: Any
) -> None:
    drain()
    random = Random(seed)  # noqa: S311  # a choice, no secret
    programme = demo.programme(random.choice(["CAM", "NZE", "SSV"]))
    live = programme.projects.filter(status__in=["active", "on_hold"]).order_by("code")
    before = totals(read, pmo, demo.portfolio.pk)
    for project, other in random.sample([*permutations(live, 2)], 5):
        body = {"other": other.pk, "rename": True} | WHY
        tried = api(pmo).verb(f"projects/{project.pk}/merger/?preview=1", body)
        if tried.status_code == 200:
            break
        assert errors_of(tried).keys() == {"/other"}  # something of it is to be settled first
    answer = merge(api, pmo, project, other, rename=True)
    assert answer.status_code == 200, answer.json()
    assert answer.json()["along"] == tried.json()["object"]["along"]
    drain()
    after = totals(read, pmo, demo.portfolio.pk)
    earned = [each.pop("earned_value") for each in (before, after)]
    budget = sum(row.baselines.first().budget_at_completion for row in (project, other))
    assert abs(earned[0] - earned[1]) <= EARNED * budget
    assert {name: after.get(name) for name in before if name not in SPREAD | FEWER} == {
        name: before[name] for name in before if name not in SPREAD | FEWER
    }
    assert after["projects_live"] == before["projects_live"] - 1
    assert differences() == []


@pytest.fixture
def two(nothing: None) -> tuple[Project, Project, User]:
    """Two projects of a programme with their plans, half and a quarter complete, and the PMO."""
    programme = factories.programme()
    made = []
    for code, budget, percent in (("PA", 1000, 50), ("PB", 3000, 25)):
        project = factories.project(programme=programme, code=code, percent_complete=percent)
        factories.baseline(project, budget_at_completion=Decimal(budget))
        made.append(project)
    pmo = factories.user("olive")
    factories.role(pmo, "pmo", portfolio=programme.portfolio)
    return made[0], made[1], pmo


def test_plans_are_added_up_and_progress_follows_what_was_earned(two: Any, api: Any) -> None:
    first, second, pmo = two
    Project.objects.filter(pk=second.pk).update(
        actual_start="2026-02-01", forecast_finish="2027-06-30", estimate_to_complete=2500
    )
    answer = merge(api, pmo, first, second)
    assert answer.status_code == 200, answer.json()
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.baselines.first().budget_at_completion == 4000
    assert second.baselines.first().budget_at_completion == 0
    assert first.percent_complete == Decimal("31.25")  # 500 and 750 of 4000
    assert first.estimate_to_complete == 3000  # 500 to earn, and 2500
    assert [f"{first.actual_start}", f"{first.forecast_finish}"] == ["2026-02-01", "2027-06-30"]
    assert (second.merged_into, second.status, bool(second.archived_at)) == (
        first, "terminated", True,
    )  # fmt: skip
    for project in (first, second):
        made = Decision.objects.get(project=project, cause="move")
        assert (made.outcome, made.rationale) == ("PB became a part of PA", WHY["reason"])
    assert not Decision.objects.filter(cause="termination").exists()
    listed = api(pmo).get("projects/?code=PB").json()["results"]
    assert [each["id"] for each in listed] == [first.pk]
    became = api(pmo).get(f"projects/?merged_into={first.pk}&archived=true").json()["results"]
    assert [each["id"] for each in became] == [second.pk]


@pytest.mark.parametrize("told", [(False, False), (True, False), (True, True)])
def test_plans_that_are_spent_evenly_come_to_the_same_together(
    told: tuple[bool, bool], nothing: None, api: Any, read: Any, drain: Any
) -> None:
    """Of one 213 of 364 days are over, of the other 30 of 90, whether that is written or not."""
    programme = factories.programme()
    plans = (
        ("2026-04-01", "2027-03-31", Decimal(1000)),
        ("2026-10-01", "2026-12-30", Decimal(900)),
    )
    first, second = (factories.project(programme=programme) for _ in plans)
    for project, said, (begins, ends, budget) in zip((first, second), told, plans, strict=True):
        profile = [[begins, "0"], [ends, str(budget)]] if said else []
        factories.baseline(
            project, starts_on=date.fromisoformat(begins), finishes_on=date.fromisoformat(ends),
            budget_at_completion=budget, planned_value_profile=profile,
        )  # fmt: skip
    pmo = factories.user("olive")
    factories.role(pmo, "pmo", portfolio=programme.portfolio)

    def planned() -> Any:
        drain()
        return read(pmo, f"programmes/{programme.pk}/rollup/").json()["metrics"]["planned_value"]

    assert planned()["value"] == "885.16"
    assert merge(api, pmo, first, second).status_code == 200
    assert planned()["value"] == "885.16"


def test_half_a_cent_of_a_plan_is_rounded_as_in_the_ledger(
    two: Any, api: Any, read: Any, drain: Any
) -> None:
    first, second, pmo = two
    for project in (first, second):
        begins, ends = date(2026, 10, 30), date(2026, 11, 1)
        budget = Decimal("0.25")
        factories.baseline(
            project, starts_on=begins, finishes_on=ends, budget_at_completion=budget,
            reason="Less",
        )  # fmt: skip
    path = f"programmes/{first.programme_id}/rollup/"
    drain()
    assert read(pmo, path).json()["metrics"]["planned_value"]["value"] == "0.26"
    assert merge(api, pmo, first, second).status_code == 200
    drain()
    assert read(pmo, path).json()["metrics"]["planned_value"]["value"] == "0.26"


def test_money_goes_along_in_closed_years_and_in_other_currencies_too(
    two: Any, api: Any, read: Any, drain: Any
) -> None:
    first, second, pmo = two
    home = first.owner_portfolio
    factories.currency_rate(home)
    factories.currency_rate(home, kind="budget")
    old = factories.budget(second, 400, fiscal_year=2025)
    abroad = factories.budget(
        second, 0, fiscal_year=2026, foreign_currency="EUR", foreign_approved=100
    )
    post = {"project": second, "amount": Decimal(90)}
    old.cost_actuals.create(posted_on="2025-06-01", **post)
    abroad.cost_actuals.create(
        project=second, posted_on="2026-06-01", foreign_currency="EUR", foreign_amount=Decimal(50)
    )
    second.cost_actuals.create(posted_on="2026-07-01", amount=7)
    old.commitments.create(reference="PO1", amount=300, placed_on="2025-05-01")
    Programme.objects.update(contingency_budget=100)
    second.contingency_movements.create(
        programme=second.programme, amount=20, moved_on="2026-05-01"
    )
    factories.closed_year(home)
    drain()
    before = totals(read, pmo, home.pk)
    refused = api(pmo).patch(f"budget-lines/{old.pk}/", {"project": first.pk})
    assert refused.status_code == 409  # its costs, and its year, hold it
    answer = merge(api, pmo, first, second)
    assert answer.status_code == 200, answer.json()
    drain()
    assert [first.budget_lines.count(), first.cost_actuals.count()] == [2, 3]
    assert [second.budget_lines.count(), second.cost_actuals.count()] == [0, 0]
    after = totals(read, pmo, home.pk)
    skipped = FEWER | SPREAD
    assert {name: after[name] for name in after if name not in skipped} == {
        name: before[name] for name in before if name not in skipped
    }
    assert differences() == []


def test_what_both_bring_about_and_whom_both_wait_for_is_joined(two: Any, api: Any) -> None:
    first, second, pmo = two
    third = factories.project(programme=first.programme, code="PC")
    benefit = factories.benefit(programme=first.programme, code="B1")
    for project, weight in ((first, "0.25"), (second, "0.5")):
        factories.contribution(project, benefit=benefit, weight=Decimal(weight))
    other = factories.contribution(second)
    station = factories.milestone(second)
    factories.dependency(first, second, code="D1")
    kept = factories.dependency(
        second, third, code="D2", giver_milestone=station, deliverable="Steel"
    )
    answer = merge(api, pmo, first, second)
    assert answer.status_code == 200, answer.json()
    told = {(each["kind"], each["fate"]): each["names"] for each in answer.json()["along"]}
    assert told[("dependency", "ends")] == ["D1"]
    assert told[("dependency", "goes")] == ["D2"]
    kept.refresh_from_db()
    station.refresh_from_db()
    other.refresh_from_db()
    assert (kept.giver, station.project, other.project) == (first, first, first)
    weights = {row.project: row.weight for row in benefit.contributions.all()}
    assert weights == {first: Decimal("0.75")}
    assert second.dependencies_in.get().status == "withdrawn"


def test_what_the_second_brings_of_benefits_out_of_sight_is_counted_and_not_named(
    two: Any, api: Any
) -> None:
    first, second, pmo = two
    leader = factories.user("lena")
    factories.role(leader, "programme_manager", programme=first.programme)
    own = factories.benefit(programme=first.programme, code="B1")
    far = factories.benefit(
        programme=factories.programme(portfolio=first.owner_portfolio), code="B7"
    )
    for benefit in (own, far):
        factories.contribution(second, benefit=benefit)
    said = {"other": second.pk} | WHY
    for user, names in ((leader, [["B1"], []]), (pmo, [["B1", "B7"]])):
        tried = api(user).verb(f"projects/{first.pk}/merger/?preview=1", said)
        assert tried.status_code == 200, tried.json()
        along = tried.json()["object"]["along"]
        rows = [row for row in along if "contribution" in row["kind"]]
        assert [row["names"] for row in rows] == names
        assert sum(row["count"] for row in rows) == 2
        assert ("B7" in tried.text) is (user == pmo)


def test_a_project_that_would_wait_for_itself_is_not_merged(two: Any, api: Any) -> None:
    first, second, pmo = two
    third = factories.project(programme=first.programme, code="PC")
    factories.dependency(first, third)
    factories.dependency(third, second)
    refused = merge(api, pmo, first, second)
    assert (refused.status_code, errors_of(refused).keys()) == (409, {"/other"})
    assert "waited for itself" in str(refused.json())
    assert not Project.objects.filter(merged_into__isnull=False).exists()


def test_codes_of_both_are_refused_or_renamed(two: Any, api: Any) -> None:
    first, second, pmo = two
    for project in (first, second):
        factories.stakeholder(project, code="S1")
        factories.budget(project, 10, code="L1")
    refused = merge(api, pmo, first, second)
    assert (refused.status_code, errors_of(refused).keys()) == (409, {"/rename"})
    assert merge(api, pmo, first, second, rename=True).status_code == 200
    assert sorted(first.stakeholders.values_list("code", flat=True)) == ["S1", "S1-PB"]
    assert sorted(first.budget_lines.values_list("code", flat=True)) == ["L1", "L1-PB"]


def test_roles_go_along_with_who_may_give_them_and_what_is_lent_of_them_too(
    two: Any, api: Any
) -> None:
    first, second, _ = two
    leader, manager, reader, deputy = map(factories.user, ("lena", "max", "rita", "dot"))
    factories.role(leader, "programme_manager", programme=first.programme)
    Project.objects.filter(pk=first.pk).update(project_manager=manager.person)
    Project.objects.filter(pk=second.pk).update(project_manager=manager.person)
    held = factories.role(reader, "project_executive", project=second)
    lent = factories.delegation(reader, deputy, "project_executive", project=second)
    own = factories.delegation(manager, deputy, "project_manager", project=second)
    # Who manages both does not join them, a stranger sees neither.
    assert merge(api, manager, first, second).status_code == 403
    assert merge(api, factories.user("sue"), first, second).status_code == 404
    answer = merge(api, leader, first, second)
    assert answer.status_code == 200, answer.json()
    for row in (held, lent, own):
        row.refresh_from_db()
    assert (held.project, lent.project) == (first, first)
    assert (own.project, own.state) == (second, "ended")


@pytest.mark.parametrize(
    ("body", "field", "status"),
    [
        ({"other": None}, "/other", 400),
        ({"other": "itself"}, "/other", 400),
        ({"other": "elsewhere"}, "/other", 400),
        ({"other": "ended"}, "/other", 409),
        ({"reason": " "}, "/reason", 400),
        ({"strange": 1}, "/strange", 400),
    ],
)
def test_a_merger_that_makes_no_sense_names_the_field(
    body: dict[str, Any], field: str, status: int, two: Any, api: Any
) -> None:
    first, second, pmo = two
    rows = {
        "itself": first,
        "elsewhere": factories.project(
            programme=factories.programme(portfolio=first.owner_portfolio)
        ),
        "ended": factories.project(
            programme=first.programme, status="closed", actual_finish="2026-10-01"
        ),
    }
    named = body.get("other")
    said = body | ({"other": rows[named].pk} if isinstance(named, str) else {})
    refused = merge(api, pmo, first, second, **said)
    assert (refused.status_code, [*errors_of(refused)]) == (status, [field])


def test_its_page_leads_on_for_who_sees_where(two: Any, api: Any, client_of: Any) -> None:
    first, second, pmo = two
    manager = factories.user("max")
    Project.objects.filter(pk=second.pk).update(project_manager=manager.person)
    assert merge(api, pmo, first, second).status_code == 200
    for user, leads in ((pmo, True), (User.objects.get(pk=manager.pk), False)):
        page = client_of(user).get(f"/projects/{second.pk}/")
        assert page.status_code == 200
        assert ("It became a part of" in page.content.decode()) is leads


def test_the_past_and_the_bridge_say_what_was_true(
    two: Any, api: Any, read: Any, drain: Any, now: Any
) -> None:
    first, second, pmo = two
    factories.budget(second, 400)
    follower = factories.user("fay")
    factories.role(follower, "viewer", programme=first.programme)
    followed = api(follower).post("follows/", {"record_type": "project", "record_id": second.pk})
    assert followed.status_code == 201, followed.json()
    drain()
    since = now()
    assert merge(api, pmo, first, second).status_code == 200
    drain()
    was = read(pmo, f"projects/{second.pk}/", as_of=since).json()
    assert (was["status"], was["budget_at_completion"]) == ("active", "3000.00")
    parts = read(
        pmo, f"programmes/{first.programme_id}/bridge/", metric="approved_budget", from_=since
    ).json()["parts"]
    assert parts
    assert sum(Decimal(part["amount"]) for part in parts) == 0
    assert all("PB merged into PA" in part["reason"] for part in parts), parts
    follows = api(follower).get("follows/").json()["results"]
    assert [each["record_id"] for each in follows] == [first.pk]
    assert Project.objects.get(pk=second.pk).merged_into == first
