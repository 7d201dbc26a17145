"""What a scenario assumes of benefits is read by each figure that rests on them."""

from decimal import Decimal
from typing import Any

import pytest

from pmhub.models import User
from tests.whatif.conftest import Draft

READERS = (
    "benefits_present_value", "net_present_social_value", "benefit_cost_ratio",
    "benefits_forecast_outturn", "benefits_at_stake",
)  # fmt: skip


@pytest.fixture
def delayed(demo: Any, pmo: User, draft: Any) -> Draft:
    """A scenario in which CAM-02 finishes half a year later."""
    scenario = draft(pmo, demo.programme("CAM"))
    body = {"project": demo.project("CAM-02").pk, "months": 6}
    assert scenario.client.post(f"{scenario.path}delays/", body).status_code == 201
    return scenario


def assume(scenario: Draft, what: str) -> dict[str, Any]:
    """Return the answer to the trial of a scenario with this assumption about benefits."""
    answer = scenario.client.patch(scenario.path, {"benefit_assumption": what})
    assert answer.status_code == 200, answer.json()
    tried = scenario.try_it()
    assert tried.status_code == 200, tried.json()
    return dict(tried.json())


def figures(found: dict[str, Any]) -> dict[str, Any]:
    return {each["name"]: each["scenarios"][0] for each in found["metrics"]}


def test_benefits_follow_a_delay_unless_it_is_said_otherwise(delayed: Draft) -> None:
    assert delayed.client.get(delayed.path).json()["benefit_assumption"] == "follow_delay"
    found = delayed.try_it().json()
    read = figures(found)
    for name in READERS:
        assert (read[name]["verdict"], read[name]["reason"]) == ("worse", "benefits_follow")
    years = [each["scenarios"][0] for each in found["benefits"]]
    lost = sum(Decimal(each["forecast"]) - Decimal(each["expected"]) for each in years)
    outturn = read["benefits_forecast_outturn"]
    assert abs(Decimal(outturn["value"]) - Decimal(outturn["expected"]) - lost) < 1
    assert abs(Decimal(read["benefits_at_stake"]["expected"]) - lost) < 1


def test_by_weight_a_delay_moves_no_benefit_and_a_stop_takes_its_share(
    demo: Any, pmo: User, draft: Any, delayed: Draft
) -> None:
    found = assume(delayed, "proportional_to_weight")
    years = [each["scenarios"][0] for each in found["benefits"]]
    assert all(each["forecast"] == each["expected"] for each in years)
    stopped = draft(pmo, demo.programme("CAM"), "Stopped")
    body = {"project": demo.project("CAM-06").pk, "reason": "No funding"}
    stopped.client.post(f"{stopped.path}cancellations/", body)
    by_weight = figures(assume(stopped, "proportional_to_weight"))
    follow = figures(assume(stopped, "follow_delay"))
    for each in (by_weight, follow):
        outturn, stake = each["benefits_forecast_outturn"], each["benefits_at_stake"]
        lost = Decimal(outturn["value"]) - Decimal(outturn["expected"])
        assert abs(lost - Decimal(stake["value"])) < 1


def test_where_nothing_is_assumed_they_are_not_known(
    delayed: Draft, demo: Any, client_of: Any, pmo: User, words: Any
) -> None:
    found = assume(delayed, "none")
    read = figures(found)
    for name in READERS:
        told = read[name]
        assert (told["value"], told["verdict"], told["reason"]) == (
            None, "unclear", "nothing_assumed",
        )  # fmt: skip
    assert {each["scenarios"][0]["expected"] for each in found["benefits"]} == {None}
    assert read["finish_propagated"]["value"] is not None
    page = words(client_of(pmo).get(f"/programmes/{demo.programme('CAM').pk}/what-if/"))
    assert "not known cannot tell: nothing is assumed of benefits" in page
    assert "when a project comes later or stops: nothing is assumed." in page


def test_without_a_delay_there_is_nothing_to_assume(demo: Any, pmo: User, draft: Any) -> None:
    scenario = draft(pmo, demo.programme("CAM"))
    body = {"project": demo.project("CAM-02").pk, "estimate_to_complete": "1000.00"}
    scenario.client.post(f"{scenario.path}fundings/", body)
    read = figures(assume(scenario, "none"))
    assert read["net_present_social_value"]["verdict"] == "better"


def test_another_assumption_makes_the_trial_one_of_before(delayed: Draft) -> None:
    delayed.try_it()
    assert delayed.state == "fresh"
    delayed.client.patch(delayed.path, {"benefit_assumption": "none"})
    assert delayed.state == "changed"
    assert delayed.try_it().status_code == 200
    assert delayed.state == "fresh"


def test_a_variant_assumes_the_same_and_what_is_no_assumption_is_refused(delayed: Draft) -> None:
    delayed.client.patch(delayed.path, {"benefit_assumption": "none"})
    copied = delayed.client.post(f"{delayed.path}copies/", {"name": "Variant"}).json()
    assert copied["benefit_assumption"] == "none"
    answer = delayed.client.patch(delayed.path, {"benefit_assumption": "hope"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (
        400, "/benefit_assumption",
    )  # fmt: skip
