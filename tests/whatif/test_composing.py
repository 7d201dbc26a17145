"""The small forms of a scenario: what they add, in words; new records; adopting as a whole."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from benefits.models import Benefit
from pmhub.models import User
from programmes.models import ScenarioChange
from projects.models import BudgetLine, Project, Risk
from tests.api.conftest import errors_of


@pytest.fixture
def scenario(demo: Any, pmo: User, draft: Any) -> Any:
    """A scenario of Campus Renewal."""
    return draft(pmo, demo.programme("CAM"))


def compose(scenario: Any, kind: str, **body: Any) -> list[dict[str, Any]]:
    answer = scenario.client.post(f"{scenario.path}{kind}/", body)
    assert answer.status_code == 201, answer.json()
    return list(answer.json())


def finish(project: Project, **asked: Any) -> dict[str, Any]:
    return {"project": project.pk, "deliveries": False, **asked}


@pytest.mark.parametrize(
    ("asked", "day", "words"),
    [
        ({"days": 30}, "2027-03-02", "30 days later"),
        ({"months": 1}, "2027-02-28", "1 month later"),
        ({"months": -2}, "2026-11-30", "2 months earlier"),
        ({"to": "2027-12-24"}, "2027-12-24", "327 days later"),
    ],
)
def test_a_delay_is_said_in_days_in_months_or_by_the_day(
    demo: Any, scenario: Any, asked: Any, day: str, words: str
) -> None:
    project = demo.project("CAM-02")
    Project.objects.filter(pk=project.pk).update(forecast_finish=date(2027, 1, 31))
    [change] = compose(scenario, "delays", **finish(project, **asked))
    assert change["body"]["forecast_finish"] == day
    assert words in change["title"]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({}, "days"),
        ({"days": 0}, "days"),
        ({"days": 3, "months": 1}, "months"),
        ({"months": 1, "to": "2027-12-24"}, "to"),
        ({"to": "2127-12-24"}, "to"),
    ],
)
def test_a_delay_is_said_once_and_is_one(demo: Any, scenario: Any, asked: Any, field: str) -> None:
    body = finish(demo.project("CAM-02"), **asked)
    answer = scenario.client.post(f"{scenario.path}delays/", body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, f"/{field}")


def test_new_records_are_tried_together_and_adopted_as_one(
    demo: Any, scenario: Any, drain: Any
) -> None:
    days = {"forecast_start": "2027-01-01", "forecast_finish": "2030-01-31"}
    project = compose(scenario, "new-projects", name="Energy Centre", cost="1200", **days)
    assert [each["path"] for each in project] == ["projects/", "budget-lines/"]
    assert "1,200 approved" in project[1]["title"]
    benefit = compose(
        scenario, "new-benefits", name="Cheaper heat", category="cashable", value="5000",
        first_day="2030-04-01", last_day="2035-03-31", project=demo.project("CAM-02").pk,
        weight="0.5",
    )  # fmt: skip
    [risk] = compose(
        scenario, "new-risks", name="Grid is late", residual_probability="0.4", cost_min="100",
        cost_most_likely="200", cost_max="400",
    )  # fmt: skip
    assert "40%, most likely 200" in risk["title"]
    found = scenario.try_it()
    assert found.status_code == 200, found.json()
    moved = {each["name"]: each["scenarios"][0] for each in found.json()["metrics"]}
    assert moved["finish_propagated"]["value"] == "2030-01-31"
    assert Decimal(moved["benefits_forecast_outturn"]["difference"]) == 5000
    assert Decimal(moved["estimate_at_completion"]["difference"]) == 1200
    assert found.json()["scenarios"][0]["hidden"]["projects"] == 0
    assert not Project.objects.filter(name="Energy Centre").exists()

    alone = scenario.adopt(project[1]["id"])
    assert (alone.status_code, alone.json()["code"]) == (409, "not_made")
    answer = scenario.client.post(f"{scenario.path}adoption/")
    assert answer.status_code == 200, answer.json()
    assert answer.json()["state"] == "adopted"
    made = Project.objects.get(name="Energy Centre")
    assert [line.approved for line in made.budget_lines.all()] == [1200]
    heat = Benefit.objects.get(title="Cheaper heat")
    assert sorted(entry.version_kind for entry in heat.profile_entries.all()) == [
        "baseline", "forecast",
    ]  # fmt: skip
    assert Risk.objects.filter(title="Grid is late", programme__code="CAM").exists()
    assert len(benefit) == 4


def test_a_variant_of_new_records_names_its_own(scenario: Any) -> None:
    days = {"forecast_start": "2027-01-01", "forecast_finish": "2030-01-31"}
    compose(scenario, "new-projects", name="Energy Centre", cost="1200", **days)
    copied = scenario.client.post(f"{scenario.path}copies/", {"name": "Variant"}).json()
    first, second = ScenarioChange.objects.filter(scenario=copied["id"]).order_by("position")
    assert second.body["project"] == f"change:{first.pk}"


@pytest.mark.parametrize("digits", [100, 5000])
def test_a_code_that_is_too_long_is_followed_by_none(demo: Any, scenario: Any, digits: int) -> None:
    body = {"programme": demo.programme("CAM").pk, "code": "R" + "9" * digits}
    scenario.add("POST", "risks/", body)
    [risk] = compose(
        scenario, "new-risks", name="Grid is late", residual_probability="0.4", cost_min="100",
        cost_most_likely="200", cost_max="400",
    )  # fmt: skip
    assert len(risk["body"]["code"]) <= 20
    assert risk["body"]["code"] not in Risk.objects.values_list("code", flat=True)


def test_money_moves_and_is_neither_made_nor_lost(demo: Any, scenario: Any) -> None:
    lines = BudgetLine.objects.filter(project__programme__code="CAM", approved__gt=100)
    giving, taking = lines.filter(project__code="CAM-02")[0], lines.filter(
        project__code="CAM-04"
    )[0]  # fmt: skip
    body = {"from_line": giving.pk, "to_line": taking.pk, "amount": "100"}
    compose(scenario, "money", **body)
    found = scenario.try_it().json()
    moved = {each["name"]: each["scenarios"][0] for each in found["metrics"]}
    assert Decimal(moved["approved_budget"]["difference"]) == 0
    answer = scenario.client.post(f"{scenario.path}money/", body | {"amount": "9999999"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/amount")
    answer = scenario.client.post(f"{scenario.path}money/", body | {"to_line": giving.pk})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/to_line")


def test_some_are_adopted_in_their_order_and_all_or_none(demo: Any, scenario: Any) -> None:
    project = demo.project("CAM-02")
    one = scenario.add("PATCH", f"projects/{project.pk}/", {"percent_complete": "44"})
    two = scenario.add("PATCH", f"projects/{project.pk}/", {"forecast_finish": "2031-12-31"})
    bad = scenario.add("PATCH", f"projects/{project.pk}/", {"complexity": 99})
    refused = scenario.client.post(f"{scenario.path}adoption/")
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == "/changes/2/complexity"
    assert Project.objects.get(pk=project.pk).percent_complete == project.percent_complete
    previewed = scenario.client.post(
        f"{scenario.path}adoption/?preview=1", {"changes": [two["id"], one["id"]]}
    )
    assert previewed.status_code == 200, previewed.json()
    answer = scenario.client.post(f"{scenario.path}adoption/", {"changes": [two["id"], one["id"]]})
    assert answer.status_code == 200, answer.json()
    adopted = [each["id"] for each in answer.json()["changes"] if each["adopted_at"]]
    assert adopted == [one["id"], two["id"]]
    assert Project.objects.get(pk=project.pk).percent_complete == 44
    again = scenario.client.post(f"{scenario.path}adoption/", {"changes": [one["id"]]})
    assert (again.status_code, again.json()["errors"][0]["pointer"]) == (400, "/changes")
    assert bad["adopted_at"] is None


def test_who_only_reads_adopts_nothing(
    demo: Any, scenario: Any, viewer: User, stranger: User, api: Any
) -> None:
    scenario.add("PATCH", f"projects/{demo.project('CAM-02').pk}/", {"percent_complete": "44"})
    scenario.client.post(f"{scenario.path}sharing/")
    for user, status in ((viewer, 403), (stranger, 404)):
        assert api(user).post(f"{scenario.path}adoption/").status_code == status


def test_a_change_without_a_title_says_what_it_writes(
    demo: Any, scenario: Any, pmo: User, client_of: Any, words: Any
) -> None:
    project = demo.project("CAM-02")
    change = {
        "scenario": scenario.id, "method": "PATCH", "path": f"projects/{project.pk}/",
        "body": {"estimate_to_complete": "70000", "forecast_finish": "2031-12-31"},
    }  # fmt: skip
    answer = scenario.client.post("scenario-changes/", change).json()
    assert answer["title"] == ("CAM-02: estimate to complete 70,000, forecast finish 31 Dec 2031")
    scenario.add("PATCH", f"projects/{project.pk}/", {"percent_complete": "44"})
    page = words(client_of(pmo).get(f"/programmes/{demo.programme('CAM').pk}/what-if/"))
    assert "PATCH projects/" not in page
    assert "CAM-02: percent complete 38 → 44" in page


def test_money_moves_between_lines_in_the_currency_of_the_portfolio_alone(
    demo: Any, scenario: Any
) -> None:
    project = demo.project("CAM-02")
    euros = project.budget_lines.create(
        code="E1", fiscal_year=2026, foreign_currency="EUR", foreign_approved=Decimal(1000)
    )
    ends = {"from_line": project.budget_lines.exclude(approved=0).first().pk}
    ends["to_line"] = project.budget_lines.create(code="B99").pk
    for name in ends:
        body = {**ends, name: euros.pk, "amount": "5"}
        answer = scenario.client.post(f"{scenario.path}money/", body)
        assert errors_of(answer) == {f"/{name}": "does_not_exist"}
    assert len(compose(scenario, "money", **ends, amount="5")) == 2
