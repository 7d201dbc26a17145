"""The derived figures over REST: shapes, values of the demo, answers that cost next to nothing."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from pmhub.api.revalidation import shared_answer
from pmhub.models import User
from programmes.queries import ledger
from programmes.rollup.metrics import BY_NAME
from tests import factories
from tests.api.conftest import errors_of


@pytest.fixture
def rollup(demo: Any, viewer: User, api: Any) -> dict[str, Any]:
    """The figures of CAM as its viewer reads them."""
    path = f"programmes/{demo.programme('CAM').pk}/rollup/"
    found: dict[str, Any] = api(viewer).get(path).json()
    return found


def test_every_metric_is_answered(rollup: dict[str, Any]) -> None:
    assert rollup["metrics"].keys() == BY_NAME.keys()
    assert (rollup["state"], rollup["currency"], rollup["as_of"]) == ("fresh", "GBP", "2026-10-31")
    for name, metric in rollup["metrics"].items():
        assert metric["name"] == name
        assert ("aggregate" in metric) != ("formula" in metric)
        assert metric["coverage"].keys() == {"included", "excluded", "missing", "hidden"}
        assert ("reason" in metric) or metric["value"] is not None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("budget_at_completion", "271500.00"),
        ("contingency_remaining", "19600.00"),
        ("risk_mean", "6797.01"),
        ("risk_open_count", 16),
        ("projects_closed", 1),
        ("slip_days", 28),
        ("finish_propagated", "2029-04-27"),
        ("health", "red"),
        ("benefits_attainment", None),
    ],
)
def test_values_have_the_form_of_their_unit(name: str, value: Any, rollup: dict[str, Any]) -> None:
    assert rollup["metrics"][name]["value"] == value


def test_an_undefined_figure_has_a_reason(rollup: dict[str, Any]) -> None:
    attainment = rollup["metrics"]["benefits_attainment"]
    assert (attainment["value"], attainment["reason"]) == (None, "planned_net_not_positive")
    assert isinstance(rollup["metrics"]["cost_performance_index"]["value"], float)
    health = rollup["metrics"]["health"]
    assert health["dimensions"]["schedule"] == "red"
    assert all(isinstance(reason, str) for reason in health["reasons"])


def test_lines_add_up_to_the_figure(demo: Any, viewer: User, api: Any) -> None:
    programme = demo.programme("CAM")
    found = api(viewer).get(f"programmes/{programme.pk}/rollup/risk_mean/").json()
    counted = [line for line in found["lines"] if line["included"]]
    assert sum(Decimal(line["value"]) for line in counted) == Decimal(found["value"])
    left_out = [line for line in found["lines"] if not line["included"]]
    assert [(line["source"]["code"], line["reason"]) for line in left_out] == [("R06", "escalated")]
    source = counted[0]["source"]
    row = api(viewer).client.get(source["url"]).json()
    assert (row["id"], row["code"], row["title"]) == (
        source["id"], source["code"], source["title"],
    )  # fmt: skip


def test_a_derived_figure_names_its_inputs(demo: Any, viewer: User, api: Any) -> None:
    path = f"programmes/{demo.programme('CAM').pk}/rollup/cost_performance_index/"
    found = api(viewer).get(path).json()
    inputs = {each["name"]: Decimal(each["value"]) for each in found["inputs"]}
    assert found["value"] == pytest.approx(float(inputs["earned_value"] / inputs["actual_cost"]))
    assert found["formula"]
    assert api(viewer).client.get(found["inputs"][0]["url"]).status_code == 200


def test_an_unknown_metric(demo: Any, viewer: User, api: Any) -> None:
    path = f"programmes/{demo.programme('CAM').pk}/rollup/"
    assert api(viewer).get(f"{path}nothing/").status_code == 404
    assert errors_of(api(viewer).get(f"{path}?as=of")) == {"/as": "unknown_parameter"}


def test_figures_that_have_not_changed_are_not_read(demo: Any, viewer: User, api: Any) -> None:
    path = f"programmes/{demo.programme('CAM').pk}/rollup/"
    client = api(viewer)
    tag = client.get(path).headers["ETag"]
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path, **{"If-None-Match": tag}).status_code == 304
    # session, user with roles; the programme; how its figures stand
    assert len(queries) == 4
    assert not any("metricvalue" in each["sql"] for each in queries)
    factories.risk(demo.project("CAM-02"))
    again = client.get(path, **{"If-None-Match": tag})
    assert (again.status_code, again.json()["state"]) == (200, "recomputing")


def test_figures_are_read_once_for_all_who_may_see_them(
    demo: Any, viewer: User, pmo: User, api: Any, drain: Callable[[], int], monkeypatch: Any
) -> None:
    programme = demo.programme("CAM")
    path = f"programmes/{programme.pk}/rollup/"
    ledger.computed.clear()
    read_now = ledger._readings_now
    times: list[Any] = []

    def counted(ids: Any, names: Any) -> Any:
        times.append(ids)
        return read_now(ids, names)

    monkeypatch.setattr(ledger, "_readings_now", counted)

    def reads(user: User) -> tuple[bytes, bool]:
        before = len(times)
        answer = api(user).get(path)
        return answer.content, len(times) > before

    first, read = reads(viewer)
    assert (read, reads(pmo), reads(viewer)) == (True, (first, False), (first, False))
    assert reads(factories.user("nobody-of-it"))[0] != first
    type(programme).objects.filter(pk=programme.pk).update(name="Another")
    named, read = reads(viewer)
    assert (b'"Another"' in named, read) == (True, False)
    factories.risk(demo.project("CAM-02"))
    assert b'"recomputing"' in reads(viewer)[0]
    drain()
    computed, read = reads(viewer)
    assert (b'"recomputing"' in computed, read) == (False, True)


def test_what_is_newer_than_its_etag_is_not_kept_under_it() -> None:
    request = Request(APIRequestFactory().get("/api/v1/programmes/1/rollup/"))
    contents = iter(range(4))

    def answered(*, stands: bool) -> bytes:
        body: bytes = shared_answer(
            request, "tag", lambda: next(contents), is_current=lambda: stands
        ).data
        return body

    outrun = answered(stands=False)
    assert (outrun, answered(stands=True), answered(stands=True)) == (b"0", b"1", b"1")


def test_before_the_first_computation(office: User, api: Any) -> None:
    programme = factories.programme()
    found = api(office).get(f"programmes/{programme.pk}/rollup/").json()
    assert (found["state"], found["metrics"]) == ("recomputing", {})
    why = api(office).get(f"programmes/{programme.pk}/rollup/risk_mean/").json()
    assert (why["value"], why["reason"], why["lines"]) == (None, "not_computed_yet", [])
    project = factories.project(programme=programme)
    forecast = api(office).get(f"projects/{project.pk}/forecast/").json()
    assert (forecast["cpi"], forecast["reasons"]["cpi"]) == (None, "not_computed_yet")


def test_a_project_forecast(demo: Any, cam02_manager: User, api: Any) -> None:
    path = f"projects/{demo.project('CAM-02').pk}/forecast/"
    found = api(cam02_manager).get(path).json()
    names = ("declared_finish", "propagated_finish", "slip_days", "hidden_delay_days", "driver")
    assert [found[name] for name in names] == ["2028-02-25", "2028-03-04", 78, 8, "D06"]
    assert (found["ev"], found["pv"], found["ac"], found["eac"]) == (
        "36670.00", "41200.00", "39900.00", "104200.00",
    )  # fmt: skip
    assert found["cpi"] == pytest.approx(36670 / 39900, abs=1e-9)
    assert (found["health"]["derived"], found["health"]["declared"]) == ("red", "amber")
    assert found["oversight_level"] == "enhanced"


def test_the_series_ends_at_the_totals(demo: Any, rollup: Any, viewer: User, api: Any) -> None:
    path = f"programmes/{demo.programme('CAM').pk}/series/?metric="
    found = api(viewer).get(f"{path}benefits").json()
    assert (found["metric"], found["currency"], found["scale"]) == ("benefits", "GBP", 1000)
    last = found["periods"][-1]
    metrics = rollup["metrics"]
    assert last["planned_cumulative"] == metrics["benefits_whole_life_planned"]["value"]
    assert last["forecast_cumulative"] == metrics["benefits_forecast_outturn"]["value"]
    assert errors_of(api(viewer).get(f"{path}nothing")) == {"/metric": "invalid_choice"}


def test_the_roadmap(demo: Any, viewer: User, api: Any) -> None:
    found = api(viewer).get(f"programmes/{demo.programme('CAM').pk}/roadmap/").json()
    assert [track["code"] for track in found["projects"]] == [f"CAM-0{n}" for n in range(1, 9)]
    assert found["projects"][0]["html_url"].startswith("http://testserver/projects/")
    hidden = [each for each in found["dependencies"] if each["hidden"]]
    assert all(None in (each["giver"], each["receiver"]) for each in hidden)


def test_a_flow_is_realised(demo: Any, benefit_owner: User, api: Any) -> None:
    path = f"benefits/{demo.benefit('B03').pk}/realisation/"
    found = api(benefit_owner).get(path).json()
    assert {name: found[name] for name in ("planned_to_date", "actual_to_date", "attainment")} == {
        "planned_to_date": "60.00",
        "actual_to_date": "48.00",
        "attainment": 0.8,
    }
    assert (found["variance_to_date"], found["currency"]) == ("-12.00", "GBP")
    assert Decimal(found["present_value"]) > 0


def test_a_stock_is_realised(demo: Any, benefit_owner: User, api: Any) -> None:
    path = f"benefits/{demo.benefit('B04').pk}/realisation/"
    found = api(benefit_owner).get(path).json()
    assert (found["latest"], found["target_then"], found["final_target"]) == (
        "71.90", "72.00", "84.00",
    )  # fmt: skip
    assert found["against_profile"] == pytest.approx(0.9)
    assert found["currency"] is None


def test_a_stock_without_a_target_has_no_share(office: User, api: Any) -> None:
    benefit = factories.benefit(kind="stock", monetised=False, unit="%")
    found = api(office).get(f"benefits/{benefit.pk}/realisation/").json()
    assert (found["achievement"], found["reasons"]["achievement"]) == (
        None, "no_baseline_or_target",
    )  # fmt: skip


def test_the_load_of_a_resource(nothing: None, api: Any) -> None:
    manager = factories.user("manager")
    project = factories.project(project_manager=manager.person)
    other = factories.project(programme=factories.programme(portfolio=project.owner_portfolio))
    team = factories.resource(portfolio=project.owner_portfolio, capacity=2)
    factories.allocation(team, project, 1)
    factories.allocation(team, other, 2, firmness="soft")
    factories.allocation(team, other, 5, firmness="requested")
    found = api(manager).get(f"resources/{team.pk}/load/?from=2026-11-15&months=2").json()
    november, december = found["months"]
    assert (november["month"], november["demand"], november["over"]) == (
        "2026-11-01", "3.0000", "1.0000",
    )  # fmt: skip
    assert november["utilisation"] == 1.5
    assert [each["code"] for each in november["projects"]] == [project.code]
    assert november["hidden_projects"] == 1
    assert (december["demand"], december["projects"]) == ("0.0000", [])


@pytest.mark.parametrize(
    "query", ["from=soon", "from=0001-01-01", "from=2026-13-01", "months=0", "months=121",
              "months=x", "months=1_0", "to=2026-01-01"],
)  # fmt: skip
def test_the_load_of_a_bad_stretch(query: str, office: User, api: Any) -> None:
    team = factories.resource()
    answer = api(office).get(f"resources/{team.pk}/load/?{query}")
    assert list(errors_of(answer)) == [f"/{query.split('=', maxsplit=1)[0]}"]


def test_a_dependency_carries_its_figures(demo: Any, cam02_manager: User, api: Any) -> None:
    row = api(cam02_manager).get(f"dependencies/{demo.dependency('D06').pk}/").json()
    names = ("effective_forecast", "lateness_days", "remaining_float_days", "status_derived")
    assert set(names) <= row.keys()
    assert row["status_derived"] == "red"
