"""Ranges and chances over REST: figures of the demo, who may read them, answers that are kept."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from pmhub.demo.removal import erase
from projects.models import Project, Risk
from tests import factories
from tests.api.conftest import errors_of

RESOURCES = (
    "risk-distribution", "tornado", "finish-range", "benefit-range", "cost-range", "risk-matrix",
)  # fmt: skip


@pytest.fixture
def cam(demo):
    return f"programmes/{demo.programme('CAM').pk}/"


@pytest.fixture
def read(api, viewer, cam):
    """`read("tornado/?loading=0")`: what CAM's viewer is answered."""

    def answer(path):
        found = api(viewer).get(f"{cam}{path}")
        assert found.status_code == 200, found.json()
        return found.json()

    return answer


@pytest.mark.parametrize("name", RESOURCES)
def test_who_sees_the_programme_reads_it_and_others_find_nothing(
    name, api, cam, viewer, pmo, stranger, ssv_manager, cam02_manager
):
    found = {
        who.username: api(who).get(f"{cam}{name}/").status_code
        for who in (viewer, pmo, stranger, ssv_manager, cam02_manager)
    }
    assert found == {
        "viewer": 200,
        "pmo": 200,
        "stranger": 404,
        "ssv.manager": 404,
        "cam02.manager": 404,
    }


@pytest.mark.parametrize("name", RESOURCES)
def test_an_unchanged_answer_is_not_sent_again(name, api, cam, viewer):
    client = api(viewer)
    first = client.get(f"{cam}{name}/")
    again = client.get(f"{cam}{name}/", **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(f"{cam}{name}/").json() == first.json()


@pytest.mark.parametrize("name", RESOURCES)
def test_what_was_simulated_is_kept_until_figures_are_computed_again(
    name, api, cam, viewer, demo, drain
):
    client = api(viewer)
    before = client.get(f"{cam}{name}/").json()
    with CaptureQueriesContext(connection) as queries:
        client.get(f"{cam}{name}/")
    assert len(queries) <= 10
    assert not any("residual" in each["sql"] for each in queries)  # names are read, no estimates

    benefit = demo.benefit("B01")
    benefit.confidence = Decimal("0.1")
    benefit.save()
    Project.objects.filter(code="CAM-06").update(estimate_to_complete=31_000)
    factories.risk(
        demo.project("CAM-06"),
        code="R900",
        residual_cost_max=90_000,
        inherent_probability=Decimal("0.5"),
        inherent_cost_most_likely=100,
        residual_days_most_likely=300,
    )
    drain()
    assert client.get(f"{cam}{name}/").json() != before


# Exposure


def test_independent_exposure_is_that_of_the_ledger(read):
    found = read("risk-distribution/?loading=0")
    simulated, exact = found["simulated"], found["exact"]
    assert Decimal(simulated["p80"]) == pytest.approx(Decimal(10420), rel=Decimal("0.03"))
    for name in ("mean", "sd", "p50", "p80", "p90"):
        assert Decimal(simulated[name]) == pytest.approx(Decimal(exact[name]), rel=Decimal("0.03"))
    assert (found["loading"], simulated["draws"]) == (0, 20_000)


def test_shared_causes_widen_the_exposure_and_keep_its_mean(read):
    alone, together = (read(f"risk-distribution/{query}") for query in ("?loading=0", ""))
    assert together["loading"] == 0.5
    assert {each["cause"]: each["risks"] for each in together["causes"]} == {
        "commercial": 3,
        "ground": 2,
        "health and safety": 2,
        "regulatory": 2,
    }
    assert Decimal(together["simulated"]["sd"]) > Decimal(alone["simulated"]["sd"])
    for found in (alone, together):
        simulated = found["simulated"]
        missed = Decimal(simulated["mean"]) - Decimal(simulated["analytic_mean"])
        assert abs(missed) <= 4 * Decimal(simulated["standard_error"])
        assert (simulated["accepted"], simulated["reason"]) == (True, None)
        # The ledger's mean is the sum of its lines, each rounded.
        exact = Decimal(found["exact"]["mean"])
        assert Decimal(simulated["analytic_mean"]) == pytest.approx(exact, abs=Decimal("0.05"))


def test_the_curve_is_bounded_and_ends_in_certainty(read):
    found = read("risk-distribution/")
    shares = [each["share"] for each in found["curve"]]
    assert len(shares) <= 60
    assert (shares == sorted(shares), shares[-1]) == (True, 1)
    assert (found["currency"], found["scale"], found["as_of"]) == ("GBP", 1000, "2026-10-31")


@pytest.mark.parametrize("loading", ["2", "-0.1", "NaN", "much", ""])
def test_a_loading_is_a_share(loading, api, viewer, cam):
    for name in ("risk-distribution", "tornado"):
        answer = api(viewer).get(f"{cam}{name}/?loading={loading}")
        assert (answer.status_code, errors_of(answer)) == (400, {"/loading": "invalid"})
    assert errors_of(api(viewer).get(f"{cam}finish-range/?loading=0")) == {
        "/loading": "unknown_parameter"
    }


def test_the_loading_is_a_portfolios_to_set(demo, api, pmo, read, drain):
    portfolio = demo.portfolio
    path = f"portfolios/{portfolio.pk}/"
    changed = api(pmo).patch(path, {"rag_thresholds": {"risk_cause_loading": "0.2"}})
    assert changed.status_code == 200
    refused = api(pmo).patch(path, {"rag_thresholds": {"risk_cause_loading": "1.2"}})
    assert list(errors_of(refused)) == ["/rag_thresholds"]
    drain()
    assert read("risk-distribution/")["loading"] == 0.2


def test_nothing_at_risk(office, api):
    programme = factories.programme()
    found = api(office).get(f"programmes/{programme.pk}/risk-distribution/").json()
    assert (found["simulated"]["p80"], found["p_no_cost"], found["exact"]["p80"]) == (
        "0.00", 1, None,
    )  # fmt: skip
    assert found["curve"] == [{"value": "0.00", "share": 1}]
    tornado = api(office).get(f"programmes/{programme.pk}/tornado/").json()
    assert (tornado["risks"], tornado["projects"], tornado["rest_of_risks"]) == ([], [], None)
    finish = api(office).get(f"programmes/{programme.pk}/finish-range/").json()
    assert (finish["programme"], finish["reason"], finish["projects"]) == (None, "no_dates", [])
    outturn = api(office).get(f"programmes/{programme.pk}/benefit-range/").json()
    assert (outturn["simulated"]["p90"], outturn["realised"]) == ("0.00", None)


# Tornado


def test_the_tornado_is_of_the_figure_and_by_its_name_of_shared_causes(read):
    exposure, alone = read("risk-distribution/"), read("risk-distribution/?loading=0")
    found, shared = read("tornado/"), read("tornado/?loading=0.5")
    assert found["p80"] == exposure["exact"]["p80"] == alone["simulated"]["p80"]
    assert shared["p80"] == exposure["simulated"]["p80"] != found["p80"]
    assert [each["basis"] for each in (found, alone, shared, exposure)] == [
        "independent", "independent", "shared_causes", "shared_causes",
    ]  # fmt: skip
    assert alone["p_no_cost"] == exposure["exact"]["p_no_cost"]


def test_the_tornado_adds_up(read):
    found = read("tornado/")
    for rows, rest in (("risks", "rest_of_risks"), ("projects", "rest_of_projects")):
        shown = [*found[rows], *([found[rest]] if found[rest] else [])]
        assert sum(each["share"] for each in shown) == pytest.approx(1)
        assert sum(Decimal(each["expected_value"]) for each in shown) == pytest.approx(
            Decimal("6797.01"), abs=Decimal("0.2")
        )
        assert sum(each["risks"] for each in shown) == 16
        assert len(found[rows]) <= 15
        for each in found[rows]:
            effect = Decimal(found["p80"]) - Decimal(each["p80_without"])
            assert effect == pytest.approx(Decimal(each["p80_effect"]), abs=Decimal("0.02"))


def test_the_largest_risk_leads_and_is_named(read, api, viewer):
    first = read("tornado/")["risks"][0]
    assert first["code"] == "R14"
    assert first["title"].startswith("Contractor")
    assert api(viewer).client.get(first["url"]).json()["code"] == "R14"
    programme, *projects = read("tornado/")["projects"]
    assert (programme["code"], programme["risks"]) == ("CAM", 4)
    assert all(each["code"].startswith("CAM-0") for each in projects)


def test_an_opportunity_pulls_the_other_way(read):
    saved = next(each for each in read("tornado/")["risks"] if each["code"] == "R16")
    assert Decimal(saved["p80_effect"]) < 0
    assert Decimal(saved["expected_value"]) < 0


# Finish


def test_finishes_with_the_risks_days(read):
    found = read("finish-range/")
    programme = found["programme"]
    assert (programme["baseline"], programme["declared"], programme["propagated"]) == (
        "2029-03-30", "2029-03-30", "2029-04-27",
    )  # fmt: skip
    assert programme["propagated"] <= programme["p10"] <= programme["p50"] <= programme["p90"]
    assert (programme["meets_baseline"], programme["meets_declared"]) == (0, 0)
    assert (found["accepted"], found["reason"], found["total"]) == (True, None, 8)
    by_code = {each["code"]: each for each in found["projects"]}
    late = by_code["CAM-04"]
    assert late["p10"] >= late["propagated"] == "2028-12-19"
    assert late["p90"] > late["p50"]
    closed = by_code["CAM-01"]
    assert {closed[name] for name in ("p10", "p90", "declared")} == {"2026-04-10"}
    assert sum(each["sets_finish"] for each in found["projects"]) == pytest.approx(1, abs=0.02)


def test_an_escalated_risk_delays_the_project_it_came_from(read, demo):
    # R37 is the programme's; CAM-04 escalated it. R15 came from no project.
    assert read("finish-range/")["unplaced"] == ["R15"]


def test_without_risks_the_finish_is_the_propagated_one(read, demo, drain):
    cam = demo.programme("CAM")
    erase(Risk.objects.filter(Q(programme=cam) | Q(project__programme=cam)))
    drain()
    programme = read("finish-range/")["programme"]
    assert {programme[name] for name in ("propagated", "p10", "p50", "p80", "p90")} == {
        "2029-04-27"
    }


# Benefits


def test_the_outturn_averages_the_confidence_weighted_figure(read):
    found = read("benefit-range/")
    simulated = found["simulated"]
    assert simulated["analytic_mean"] == found["confidence_weighted"]
    assert simulated["accepted"] is True
    low, middle, high = (Decimal(simulated[name]) for name in ("p10", "p50", "p90"))
    assert low < middle < high
    assert Decimal(found["realised"]) < low
    assert found["forecast_outturn"] == "60388.00"


# Matrix


def test_every_cell_is_there_and_every_risk_in_one(read):
    found = {(each["kind"], each["view"]): each for each in read("risk-matrix/")["matrices"]}
    assert len(found) == 4
    for (kind, _), each in found.items():
        places = {(cell["probability"], cell["impact"]) for cell in each["cells"]}
        assert len(places) == len(each["cells"]) == 25
        assert {cell["severity"] for cell in each["cells"]} == {"low", "moderate", "high", "severe"}
        number = {"threat": 15, "opportunity": 1}[kind]
        assert sum(cell["risks"] for cell in each["cells"]) + each["unrated"] == number


def test_a_risk_without_an_inherent_estimate_is_counted_as_such(office, api, drain):
    project = factories.project()
    factories.baseline(project)
    factories.budget(project, 1000)
    factories.risk(project, proximity_on=date(2027, 1, 1))
    drain()
    found = api(office).get(f"programmes/{project.programme_id}/risk-matrix/").json()
    inherent, residual = found["matrices"][:2]
    assert (inherent["unrated"], sum(cell["risks"] for cell in inherent["cells"])) == (1, 0)
    assert residual["unrated"] == 0
    filled = [cell for cell in residual["cells"] if cell["risks"]]
    assert [(cell["probability"], cell["impact"]) for cell in filled] == [(3, 3)]


def test_names_that_no_rule_reads_are_refused(demo, api, pmo):
    path = f"portfolios/{demo.portfolio.pk}/"
    answer = api(pmo).patch(path, {"rag_thresholds": {"colour_of_the_moon": "1"}})
    assert list(errors_of(answer)) == ["/rag_thresholds"]
