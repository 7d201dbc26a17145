"""What projects may come to: bounds of what is still to be spent, simulated; refused where they do
not hold it."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from programmes import queries
from programmes.models import ProgrammeRanges, ProgrammeRollup
from programmes.rollup.verify import differences, differing_ranges
from projects.models import CostActual, Project
from tests import factories
from tests.api.conftest import errors_of

LOW, HIGH = "estimate_to_complete_low", "estimate_to_complete_high"


@pytest.fixture
def project(nothing):
    """A live project that has spent 100 and is still to spend 400."""
    project = factories.project(programme=factories.programme())
    factories.baseline(project)
    CostActual.objects.create(project=project, amount=100, posted_on=date(2026, 9, 1))
    Project.objects.filter(pk=project.pk).update(estimate_to_complete=400)
    return project


@pytest.fixture
def office(nothing):
    """The PMO."""
    user = factories.user("office")
    factories.role(user, "pmo")
    return user


@pytest.fixture
def write(api, office, project):
    """Write fields of the project."""
    return lambda **fields: api(office).patch(f"projects/{project.pk}/", fields)


@pytest.fixture
def read(api, office, project, drain, simulate):
    """Return the range of costs of its programme, once workers are done."""

    def answer():
        drain()
        simulate()
        return api(office).get(f"programmes/{project.programme_id}/cost-range/").json()

    return answer


def test_without_bounds_nothing_is_simulated_and_spending_asks_for_no_range(read, project):
    before = read()
    assert (before["simulated"], before["reason"], before["curve"]) == (None, "no_bounds", [])
    assert Decimal(before["estimate_at_completion"]) == 500
    wanted = ProgrammeRollup.objects.get(pk=project.programme_id).ranges_wanted
    CostActual.objects.create(project=project, amount=50, posted_on=date(2026, 9, 2))
    assert Decimal(read()["estimate_at_completion"]) == 550
    assert ProgrammeRollup.objects.get(pk=project.programme_id).ranges_wanted == wanted


def test_bounds_of_an_estimate_are_simulated_and_move_no_figure(read, write, project):
    other = factories.project(programme=project.programme)
    Project.objects.filter(pk=other.pk).update(estimate_to_complete=1000)
    assert write(**{LOW: "300", HIGH: "900"}).status_code == 200
    found = read()
    simulated = {name: Decimal(found["simulated"][name]) for name in ("p10", "p50", "p90")}
    assert 1400 < simulated["p10"] < simulated["p50"] < simulated["p90"] < 2000
    assert found["simulated"]["accepted"]
    assert Decimal(found["estimate_at_completion"]) == 1500
    (widest,) = found["projects"]
    assert (widest["code"], widest["share"], found["total"]) == (project.code, 1.0, 1)
    ends = [Decimal(widest[name]) for name in ("low", "likely", "high")]
    assert ends == [400, 500, 1000]
    assert [*differences(), *differing_ranges()] == []


def test_narrow_bounds_of_a_large_estimate_are_simulated(read, project):
    bounds = {"estimate_to_complete": "250000000", LOW: "250000000", HIGH: "250000001"}
    Project.objects.filter(pk=project.pk).update(**bounds)
    found = read()
    assert [row["share"] for row in found["projects"]] == [1.0]
    assert found["simulated"]["accepted"]


def test_lines_of_a_project_widen_it_by_what_is_not_spent_of_them(read, project, api, office):
    line = factories.budget(project, 100, forecast=200)
    factories.budget(project, 50)  # as it is approved
    CostActual.objects.create(
        project=project, budget_line=line, amount=120, posted_on=date(2026, 9, 1)
    )
    bounds = {"forecast_low": "110", "forecast_high": "260"}
    assert api(office).patch(f"budget-lines/{line.pk}/", bounds).status_code == 200
    assert read()["reason"] == "no_bounds"  # it forecasts in total
    Project.objects.filter(pk=project.pk).update(forecast_basis="by_line")
    (widest,) = read()["projects"]
    # What is spent already is no longer open: the least is what is posted.
    spent = 100 + 120
    ends = [Decimal(widest[name]) - spent for name in ("low", "likely", "high")]
    assert ends == [50 + 0, 50 + 80, 50 + 140]


LINE = {"estimate_to_complete": "500", LOW: "400", HIGH: "1000"}


def test_lines_of_the_programme_widen_it_too(read, project, api, office, client_of):
    line = factories.line(programme=project.programme, approved_budget=800)
    line.cost_actuals.create(posted_on=date(2026, 9, 1), amount=30)
    factories.line(programme=project.programme, approved_budget=-200)  # an income, as approved
    written = api(office).patch(f"programme-lines/{line.pk}/", LINE)
    assert (written.status_code, written.json().get(HIGH)) == (200, "1000.00")
    found = read()
    assert (found["projects"], found["total"]) == ([], 1)
    [widest] = found["lines"]
    assert (widest["code"], widest["name"], widest["share"]) == (line.code, "Other", 1.0)
    assert [Decimal(widest[name]) for name in ("low", "likely", "high")] == [430, 530, 1030]
    assert Decimal(found["total_forecast"]) == 500 + 530 - 200
    simulated = {name: Decimal(found["simulated"][name]) for name in ("p10", "p50", "p90")}
    assert 730 < simulated["p10"] < simulated["p50"] < simulated["p90"] < 1330
    assert found["simulated"]["accepted"]
    assert [*differences(), *differing_ranges()] == []
    page = client_of(office).get(f"/programmes/{project.programme_id}/money/").content.decode()
    section = page[page.index('id="cost-range-title"') :]
    assert f'href="/programme-lines/{line.pk}/"' in section
    api(office).patch(f"programme-lines/{line.pk}/", {LOW: None, HIGH: None})
    assert read()["reason"] == "no_bounds"


def test_an_income_of_the_programme_may_be_less_than_expected(read, project, api, office):
    grant = factories.line(programme=project.programme, kind="grant_income", approved_budget=-500)
    bounds = {"estimate_to_complete": "-500", LOW: "-500", HIGH: "-100"}
    assert api(office).patch(f"programme-lines/{grant.pk}/", bounds).status_code == 200
    found = read()
    ends = [Decimal(found["lines"][0][name]) for name in ("low", "likely", "high")]
    assert ends == [-500, -500, -100]
    assert 0 < Decimal(found["simulated"]["p50"]) < 400


def test_bounds_of_a_line_in_another_currency_follow_the_budget_rate(read, project, api, office):
    home = project.owner_portfolio
    rate = factories.currency_rate(home, kind="budget", rate="0.8", valid_from="2026-04-01")
    body = {"programme": project.programme_id, "code": "E", "kind": "other", "fiscal_year": 2026}
    body |= {"foreign_currency": "EUR", "foreign_approved_budget": "1000"}
    body |= {f"foreign_{name}": value for name, value in LINE.items()}
    made = api(office).post("programme-lines/", body)
    assert (made.json()[LOW], made.json()[HIGH]) == ("320.00", "800.00")
    path = f"programme-lines/{made.json()['id']}/"
    refused = api(office).patch(path, {f"foreign_{LOW}": "501"})
    assert errors_of(refused) == {f"/foreign_{LOW}": "invalid"}
    assert errors_of(api(office).patch(path, {HIGH: "5"})) == {f"/{HIGH}": "invalid"}
    assert api(office).patch(f"currency-rates/{rate.pk}/", {"rate": "0.9"}).status_code == 200
    [widest] = read()["lines"]
    assert [Decimal(widest[name]) for name in ("low", "likely", "high")] == [360, 450, 900]
    assert api(office).delete(f"currency-rates/{rate.pk}/").status_code == 204
    assert read()["reason"] == "no_bounds"  # nobody knows what it comes to


@pytest.mark.parametrize("bounds", [("501", "900"), ("1", "499"), ("1", None), (None, "900")])
def test_bounds_that_do_not_hold_the_estimate_of_a_line_are_refused(bounds, project, api, office):
    line = factories.line(programme=project.programme, estimate_to_complete=500)
    refused = api(office).patch(
        f"programme-lines/{line.pk}/", dict(zip((LOW, HIGH), bounds, strict=True))
    )
    assert (refused.status_code, errors_of(refused)) == (400, {f"/{LOW}": "invalid"})
    reader = factories.user("reader")
    factories.role(reader, "viewer", programme=project.programme)
    assert api(reader).patch(f"programme-lines/{line.pk}/", LINE).status_code == 403
    if None in bounds:  # by whatever path
        with pytest.raises(IntegrityError), transaction.atomic():
            type(line).objects.filter(pk=line.pk).update(
                **dict(zip((LOW, HIGH), bounds, strict=True))
            )


@pytest.mark.parametrize(
    ("low", "high", "field"),
    [("500", "900", LOW), ("100", "300", LOW), ("100", None, LOW), (None, "900", LOW),
     ("-1", "900", LOW), ("100", "NaN", HIGH)],
)  # fmt: skip
def test_bounds_that_do_not_hold_the_estimate_are_refused(low, high, field, write, project):
    refused = write(**{LOW: low, HIGH: high})
    assert refused.status_code == 400
    assert f"/{field}" in errors_of(refused)
    if None in (low, high) or low == "-1":  # by whatever path
        with pytest.raises(IntegrityError), transaction.atomic():
            Project.objects.filter(pk=project.pk).update(**{LOW: low, HIGH: high})


def test_an_estimate_that_moves_beyond_its_bounds_is_their_end(write, read):
    write(**{LOW: "300", HIGH: "900"})
    assert write(estimate_to_complete="1000").status_code == 200
    (widest,) = read()["projects"]
    assert [Decimal(widest[name]) for name in ("low", "likely", "high")] == [400, 1100, 1100]


def test_bounds_without_an_estimate_are_refused(write):
    refused = write(estimate_to_complete=None, **{LOW: "1", HIGH: "2"})
    assert (refused.status_code, errors_of(refused)) == (400, {f"/{LOW}": "invalid"})


def test_a_project_that_forecasts_by_line_says_no_bounds_in_total(write):
    refused = write(forecast_basis="by_line", **{LOW: "1", HIGH: "900"})
    assert errors_of(refused) == {f"/{LOW}": "invalid", f"/{HIGH}": "invalid"}


def test_who_only_reads_sets_no_bounds(api, project):
    reader = factories.user("reader")
    factories.role(reader, "viewer", programme=project.programme)
    assert api(reader).patch(f"projects/{project.pk}/", {LOW: "1"}).status_code == 403


def test_a_project_that_ends_or_is_opened_again_has_none_left(write, api, office, project, read):
    write(**{LOW: "300", HIGH: "900"})
    body = {"terminated_on": "2026-10-01", "reason": "No money", "estimate_to_complete": "20"}
    ended = api(office).verb(f"projects/{project.pk}/termination/", body)
    assert ended.status_code == 200, ended.json()
    project.refresh_from_db()
    assert (project.estimate_to_complete_low, project.estimate_to_complete_high) == (None, None)
    assert read()["reason"] == "no_bounds"


def test_the_page_of_money_says_what_projects_may_come_to(
    write, read, client_of, office, project, drain, simulate
):
    drain()
    client, path = client_of(office), f"/programmes/{project.programme_id}/money/"
    assert "says between which bounds it will lie" in client.get(path).content.decode()
    write(**{LOW: "300", HIGH: "900"})
    p80 = Decimal(read()["simulated"]["p80"])
    page = client.get(path).content.decode()
    section = page[page.index('id="cost-range-title"') : page.index('id="earned-title"')]
    assert f">{p80:,.0f}<" in section, (p80, section)
    assert project.code in section
    update = client.get(f"/projects/{project.pk}/update/").content.decode()
    assert "at least" in update


def test_a_range_stays_as_it_was_known(write, read, api, office, project, drain, simulate):
    write(**{LOW: "300", HIGH: "900"})
    before = read()
    moment = queries.freshness_of(project.programme_id).computed_at
    write(**{LOW: None, HIGH: None})
    assert read()["reason"] == "no_bounds"
    assert ProgrammeRanges.objects.get(pk=project.programme_id).ranges["cost"] is None
    path = f"programmes/{project.programme_id}/cost-range/?as_of={moment:%Y-%m-%dT%H:%M:%S.%fZ}"
    then = api(office).get(path)
    assert then.status_code == 200, then.json()
    assert then.json()["projects"] == before["projects"]
