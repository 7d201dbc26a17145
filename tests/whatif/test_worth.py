"""What a scenario is worth: nothing is called better because a project stops, leaves or is late."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from pmhub.models import User
from projects.models import Project
from tests import factories
from tests.closing import asked
from tests.whatif.conftest import Draft

CENT = Decimal("0.03")  # of five values that are stored to the cent


@pytest.fixture
def compared(demo: Any, pmo: User, draft: Any) -> Any:
    """`compared(kind, body)`: the figures of Campus Renewal in a scenario with that change."""

    def figures(kind: str, **body: Any) -> dict[str, Any]:
        scenario = draft(pmo, demo.programme("CAM"))
        made = scenario.client.post(f"{scenario.path}{kind}/", body)
        assert made.status_code == 201, made.json()
        return tried(scenario)

    return figures


def tried(scenario: Draft) -> dict[str, Any]:
    """Return the figures in the trial of a scenario, by name."""
    answer = scenario.try_it()
    assert answer.status_code == 200, answer.json()
    return {each["name"]: each["scenarios"][0] for each in answer.json()["metrics"]}


def words(figures: dict[str, Any]) -> set[str | None]:
    """Return the verdicts on these figures."""
    return {each["verdict"] for each in figures.values()}


def test_stopping_a_project_makes_nothing_better(demo: Any, compared: Any) -> None:
    found = compared("cancellations", project=demo.project("CAM-06").pk, reason="No funding")
    assert "better" not in words(found)
    for name in ("net_present_social_value", "total_forecast", "costs_present_value"):
        assert Decimal(found[name]["difference"]) != 0
        assert (found[name]["verdict"], found[name]["reason"]) == ("unclear", "benefits_at_stake")
        assert found[name]["benefits_at_stake"] == found["benefits_at_stake"]["value"]
    assert found["benefits_at_stake"]["verdict"] == "worse"
    assert Decimal(found["budget_released"]["value"]) > 0
    assert found["benefits_forecast_outturn"]["verdict"] is None  # it stays as it is forecast
    assert found["variance_at_completion"]["verdict"] != "better"


def test_what_is_at_stake_is_what_the_years_lose(demo: Any, pmo: User, draft: Any) -> None:
    scenario = draft(pmo, demo.programme("CAM"))
    project = demo.project("CAM-06")
    scenario.client.post(
        f"{scenario.path}cancellations/", {"project": project.pk, "reason": "No funding"}
    )
    answer = scenario.try_it().json()
    (stake,) = (
        each["scenarios"][0]["value"]
        for each in answer["metrics"]
        if each["name"] == "benefits_at_stake"
    )
    years = [each["scenarios"][0] for each in answer["benefits"]]
    lost = sum(Decimal(each["forecast"]) - Decimal(each["expected"]) for each in years)
    assert abs(lost - Decimal(stake)) < 1


def test_a_delay_makes_no_present_value_better(demo: Any, compared: Any) -> None:
    found = compared("delays", project=demo.project("CAM-02").pk, days=90)
    assert Decimal(found["net_present_social_value"]["difference"]) > 0
    for name in ("benefits_present_value", "net_present_social_value", "benefit_cost_ratio"):
        judged = found[name]
        assert (judged["verdict"], judged["reason"]) == ("worse", "benefits_follow")
        assert Decimal(judged["expected"]) < Decimal(judged["value"])
    costs = found["costs_present_value"]
    assert (costs["verdict"], costs["reason"]) == ("unclear", "benefits_stay")
    assert costs["expected"] is None
    assert found["finish_declared"]["verdict"] in ("worse", None)


def test_what_a_delay_comes_to_is_what_follows_once_benefits_are_written_as_late(
    office: User, api: Any, draft: Any, drain: Any
) -> None:
    programme = factories.programme()
    ends = date(2027, 3, 31)
    project = factories.project(programme=programme, forecast_finish=ends, estimate_to_complete=500)
    benefit = factories.benefit(programme=programme)
    profile = {year: Decimal(100 * (year - 2025)) for year in range(2027, 2032)}
    for year, value in profile.items():
        factories.entry(benefit, year, value)
    benefit.contributions.create(project=project, weight=Decimal("0.5"))
    drain()
    scenario = draft(office, programme)
    scenario.client.post(f"{scenario.path}delays/", {"project": project.pk, "days": 500})
    found = tried(scenario)
    Project.objects.filter(pk=project.pk).update(forecast_finish=ends + timedelta(500))
    late = Decimal(500) / Decimal("365.25") - 1  # one year, and this part of another
    for year, value in profile.items():
        one, two = (profile.get(year - years, Decimal(0)) for years in (1, 2))
        moved = value / 2 + ((1 - late) * one + late * two) / 2
        benefit.profile_entries.filter(period_end__year=year + 1).update(value=moved)
    drain()
    now = api(office).get(f"programmes/{programme.pk}/rollup/").json()["metrics"]
    for name in ("benefits_present_value", "net_present_social_value"):
        assert found[name]["verdict"] == "worse"
        assert abs(Decimal(found[name]["expected"]) - Decimal(now[name]["value"])) <= CENT


def test_a_project_that_leaves_makes_nothing_better(demo: Any, pmo: User, compared: Any) -> None:
    found = compared(
        "moves",
        project=demo.project("CAM-06").pk,
        to_programme=demo.programme("NZE").pk,
        reason="Fits",
    )
    assert "better" not in words(found)
    assert found["total_forecast"]["reason"] == "project_left"


def test_what_is_only_cheaper_is_better(demo: Any, compared: Any) -> None:
    project = demo.project("CAM-02")
    found = compared("fundings", project=project.pk, estimate_to_complete="1000.00")
    assert found["total_forecast"]["verdict"] == "better"
    assert found["net_present_social_value"]["verdict"] == "better"


def test_the_page_says_that_it_cannot_tell(
    demo: Any, pmo: User, draft: Any, client_of: Any
) -> None:
    scenario = draft(pmo, demo.programme("CAM"))
    body = {"project": demo.project("CAM-06").pk, "reason": "No funding"}
    scenario.client.post(f"{scenario.path}cancellations/", body)
    scenario.try_it()
    page = client_of(pmo).get(f"/programmes/{demo.programme('CAM').pk}/what-if/")
    text = " ".join(page.content.decode().split())
    assert "cannot tell: benefits at stake" in text
    assert "Budget released" in text
    assert "differs better" not in text


def test_the_page_says_what_a_delay_comes_to_if_benefits_follow(
    demo: Any, pmo: User, draft: Any, client_of: Any
) -> None:
    scenario = draft(pmo, demo.programme("CAM"))
    body = {"project": demo.project("CAM-02").pk, "days": 90}
    scenario.client.post(f"{scenario.path}delays/", body)
    scenario.try_it()
    page = client_of(pmo).get(f"/programmes/{demo.programme('CAM').pk}/what-if/")
    text = " ".join(page.content.decode().split())
    assert "Benefits, when a project comes later or stops: come as late as their projects." in text
    assert "with benefits as recorded" in text


def test_a_termination_in_a_scenario_asks_like_one_outside(
    demo: Any, pmo: User, draft: Any
) -> None:
    scenario = draft(pmo, demo.programme("CAM"))
    project = demo.project("CAM-06")
    stop = {"terminated_on": "2026-10-31", "reason": "No funding"}
    bare = scenario.add("POST", f"projects/{project.pk}/termination/", stop)
    refused = scenario.try_it()
    assert (refused.status_code, refused.json()["change"]) == (409, bare["id"])
    pointers = {each["pointer"] for each in refused.json()["errors"]}
    risk = project.risks.get(status="open")
    assert f"/changes/0/risks/{risk.pk}" in pointers
    scenario.client.delete(f"scenario-changes/{bare['id']}/")
    scenario.add("POST", f"projects/{project.pk}/termination/", asked(project, **stop))
    found = tried(scenario)
    assert Decimal(found["benefits_at_stake"]["value"]) > 0
    assert Project.objects.get(pk=project.pk).live


def test_what_a_preview_foresees_of_a_termination_is_what_happens(
    demo: Any, pmo: User, draft: Any, api: Any, drain: Any
) -> None:
    project = demo.project("CAM-06")
    body = asked(project, terminated_on="2026-10-31", reason="No funding")
    path = f"projects/{project.pk}/termination/"
    seen = api(pmo).verb(f"{path}?preview=1", body).json()
    foreseen = {
        (programme["code"], each["name"]): each["to"]
        for programme in seen["programmes"]
        for each in programme["metrics"]
    }
    assert ("CAM", "benefits_at_stake") in foreseen
    assert api(pmo).verb(path, body).status_code == 200
    drain()
    for (code, name), value in foreseen.items():
        rollup = api(pmo).get(f"programmes/{demo.programme(code).pk}/rollup/").json()
        assert rollup["metrics"][name]["value"] == value, (code, name)


def test_money_given_beside_a_stop_is_told_apart(demo: Any, pmo: User, draft: Any) -> None:
    """Even what would be better by itself is not called so beside a project that stops."""
    scenario = draft(pmo, demo.programme("CAM"))
    one, other = demo.project("CAM-06"), demo.project("CAM-02")
    scenario.client.post(f"{scenario.path}cancellations/", {"project": one.pk, "reason": "No"})
    scenario.client.post(
        f"{scenario.path}fundings/", {"project": other.pk, "estimate_to_complete": "1000.00"}
    )
    assert "better" not in words(tried(scenario))


def test_a_project_without_benefits_stops_and_the_page_says_so(
    demo: Any, pmo: User, draft: Any
) -> None:
    project = factories.project(programme=demo.programme("CAM"), code="NEW")
    factories.budget(project, 500)
    scenario = draft(pmo, demo.programme("CAM"))
    scenario.client.post(f"{scenario.path}cancellations/", {"project": project.pk, "reason": "No"})
    found = tried(scenario)
    assert found["budget_released"]["value"] == "500.00"
    assert "better" not in words(found)
