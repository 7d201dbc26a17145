"""The money pages of a programme and of a project."""

import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from pmhub.formats import ratio
from programmes import queries
from programmes.queries import money
from programmes.rollup.ledger import Unit, rounded
from projects.models import BudgetLine, CostActual, Project
from projects.services.money import reverse_cost
from tests import factories

LIVE = {"HX-Request": "true"}


@pytest.fixture
def address(demo):
    return f"/programmes/{demo.programme('CAM').pk}/money/"


def mixed(demo):
    """Budgets and postings of several years and treatments, one project that forecasts by line and
    one that was stopped."""
    project = demo.project("CAM-02")
    for code, year, treatment, forecast in (
        ("A", 2026, "capital", 900), ("B", 2027, "revenue", 300), ("C", None, "capital", None),
    ):  # fmt: skip
        line = BudgetLine.objects.create(
            project=project, code=code, fiscal_year=year, treatment=treatment, forecast=forecast,
            approved=250,
        )  # fmt: skip
        for day in ("2026-03-31", "2026-04-01"):
            CostActual.objects.create(
                project=project, budget_line=line, amount=Decimal("33.33"), posted_on=day
            )
    Project.objects.filter(pk=project.pk).update(forecast_basis="by_line")
    Project.objects.filter(pk=demo.project("CAM-05").pk).update(estimate_to_complete="12.34")


@pytest.mark.parametrize("change", [None, mixed])
def test_parts_are_the_whole_and_the_figures(demo, pmo, drain, change):
    if change:
        change(demo)
        drain()
    for programme in demo.portfolio.programmes.all():
        table = money.money_of_programme(programme, pmo)
        figures = queries.rollup(programme)
        projects = table.total(lambda cell: cell.owner[0] == "project")
        assert projects.approved == figures.value("approved_budget")
        assert projects.forecast == figures.value("estimate_at_completion")
        assert projects.actual == figures.value("actual_cost")
        assert projects.released == figures.value("budget_released")
        whole = table.total()
        assert whole.forecast == figures.value("total_forecast")
        assert whole.approved == figures.value("approved_budget") + figures.value(
            "programme_lines_budget"
        )
        for parts in (("owner",), ("year",), ("treatment",), ("owner", "year", "treatment")):
            amounts = table.by(*parts).values()
            assert sum(amounts, money.Amounts()) == whole
        for project in programme.projects.all():
            stored = queries.open_forecast(project)
            own = money.money_of_project(project, stored).total()
            assert own == table.by("owner")[(("project", project.pk),)]
            assert own.forecast == rounded(Decimal(stored.figures["eac"]), Unit.MONEY)


def test_it_shows_what_is_approved_forecast_and_left(client_of, viewer, address, words):
    page = words(client_of(viewer).get(address))
    assert "Contingency left £k 19,600" in page
    assert "CR02 Vibration-isolated slab for microscopy" in page
    assert "CAM-02 approved" in page  # what is ordered, by line
    assert "FY2025 Unallocated" in page


def test_what_is_over_is_told_by_year_only_where_all_of_it_has_one(
    client_of, nothing, drain, words
):
    project, reader = factories.project(estimate_to_complete=20), factories.user("reader")
    factories.role(reader, "viewer", programme=project.programme)
    line = BudgetLine.objects.create(
        project=project, code="A", fiscal_year=2026, treatment="capital", forecast=130, approved=100
    )
    Project.objects.filter(pk=project.pk).update(forecast_basis="by_line")
    drain()
    address = f"/projects/{project.pk}/money/"
    assert "FY2026 Capital 100 130 +30 0 0" in words(client_of(reader).get(address))
    line.forecast, line.fiscal_year = 130, None
    line.save()
    drain()
    page = words(client_of(reader).get(address))
    assert "No year Capital 100 130 – 0 0 Together 100 130 +30 0 0" in page


def test_forms_are_there_for_who_may_move_contingency_alone(
    client_of, cam_manager, pmo, viewer, sponsor, cam02_manager, address
):
    def forms(who):
        page = client_of(who).get(address).content.decode()
        return re.findall(r'<rest-form id="(contingency-\w+)-form"', page)

    verbs = ["contingency-draw", "contingency-return", "contingency-transfer"]
    assert [forms(who) for who in (cam_manager, pmo)] == [verbs] * 2
    assert [forms(who) for who in (viewer, sponsor)] == [[]] * 2


METHODS = [
    "Bottom up",
    "Rest at budget",
    "Rest as so far",
    "Rest as so far, late too",
    "P10",
    "P90",
]


def test_each_way_to_an_estimate_is_named(client_of, viewer, demo):
    project = demo.project("CAM-02")
    for owner in (f"/programmes/{project.programme_id}", f"/projects/{project.pk}"):
        found = client_of(viewer).get(f"{owner}/money/").context["earned"]
        assert [each.name for each in found.estimates] == METHODS
        assert all((each.value is None) == bool(each.reason) for each in found.estimates)
        today = next(each for each in found.months if each.day == demo.portfolio.as_of)
        assert None not in (today.planned, today.earned, today.spent)
    stored = queries.open_forecast(project).figures
    wanted = [Decimal(stored[name]) for name in ("pv", "ev", "ac")]
    assert [today.planned, today.earned, today.spent] == wanted


def test_each_month_has_its_indices_or_none(client_of, viewer, demo):
    """TCPI and SPI(t) of the status date are those of the table of indices."""
    project = demo.project("CAM-02")
    for owner in (f"/programmes/{project.programme_id}", f"/projects/{project.pk}"):
        response = client_of(viewer).get(f"{owner}/money/")
        found = response.context["earned"]
        now = {each.name: each.value for each in found.indices}
        today = next(each for each in found.months if each.day == found.as_of)
        assert today.tcpi.value == now["TCPI, to the budget"]
        assert today.spi_t.value == now["SPI(t)"]
        for each in found.months:
            known = each.earned is not None and each.spent is not None
            assert [each.tcpi is not None, each.spi_t is not None] == [known, known]
        drawn = json.loads(response.context["drawn"])["months"]
        said = {each["day"]: each["indices"] for each in drawn}
        assert said[str(found.as_of)] == f"TCPI {ratio(today.tcpi.value)}, SPI(t) " + ratio(
            today.spi_t.value
        )


def test_the_indices_of_a_month_are_those_of_what_was_known_by_its_end(demo):
    """Half of 1,000 was to be earned in ten months: 400 by the end of the eighth, 300 are."""
    project = factories.project(programme=demo.programme("CAM"))
    factories.baseline(
        project, starts_on=date(2026, 1, 1), finishes_on=date(2027, 12, 31),
        budget_at_completion=1000,
        planned_value_profile=[["2026-01-01", "0"], ["2026-10-31", "500"], ["2027-12-31", "1000"]],
    )  # fmt: skip
    CostActual.objects.create(project=project, amount=200, posted_on="2026-08-10")
    figures = dict.fromkeys(("budget_at_completion",), Decimal(1000)) | {
        "planned_value": Decimal(500), "earned_value": Decimal(450), "actual_cost": Decimal(200),
    }  # fmt: skip
    told = datetime(2026, 8, 20, tzinfo=UTC)
    found = money.earned(
        [project], demo.portfolio.as_of, figures, [(told, Decimal(300))], "Europe/London"
    )
    august = next(each for each in found.months if each.day == date(2026, 8, 31))
    assert (august.earned, august.spent) == (300, 200)
    assert august.tcpi.value == Decimal(700) / Decimal(800)
    # 300 of 500 in 303 days are reached after 181.8 of the 242 days by then.
    assert august.spi_t.value == Decimal("181.8") / Decimal(242)
    before = next(each for each in found.months if each.day == date(2026, 7, 31))
    assert (before.earned, before.tcpi, before.spi_t) == (None, None, None)


def test_a_project_has_the_range_of_its_own_risks(nothing):
    def sure(amount, **fields):
        return factories.risk(
            project, residual_probability="0.95", residual_cost_min=None,
            residual_cost_most_likely=amount, residual_cost_max=None, **fields,
        )  # fmt: skip

    project = factories.project()
    assert money.exposure_ends(project, date(2026, 10, 31)) is None
    sure(40)
    sure(9, status="closed")
    sure(5, kind="opportunity")
    assert money.exposure_ends(project, date(2026, 10, 31)) == (35, 35)


def test_the_range_of_a_project_lies_around_its_estimate(client_of, cam02_manager, demo):
    project = demo.project("CAM-02")
    page = client_of(cam02_manager).get(f"/projects/{project.pk}/money/")
    values = {each.name: each.value for each in page.context["earned"].estimates}
    low, high = money.exposure_ends(project, demo.portfolio.as_of)
    assert low < high
    assert [values[name] - values["Bottom up"] for name in ("P10", "P90")] == [low, high]


def test_lines_are_edited_in_a_grid_by_who_may(client_of, cam02_manager, viewer, demo):
    project = demo.project("CAM-02")
    place, grid = f"/projects/{project.pk}/money/", "/budget-lines/?view=grid"
    page = client_of(cam02_manager).get(place).content.decode()
    address = re.search(rf'href="\s*(/[^"]*{re.escape(grid)})"', page)[1]
    assert client_of(cam02_manager).get(address).status_code == 200
    assert grid not in client_of(viewer).get(place).content.decode()


def test_a_method_that_is_undefined_says_why(client_of, nothing, drain, words):
    project, reader = factories.project(), factories.user("reader")
    factories.role(reader, "viewer", programme=project.programme)
    factories.baseline(project)
    drain()
    response = client_of(reader).get(f"/projects/{project.pk}/money/")
    found = response.context["earned"]
    assert {each.name: each.reason for each in found.indices}["CPI"] == "no_actual_cost"
    by_name = {each.name: each.value for each in found.estimates}
    assert (by_name["Rest at budget"], by_name["Rest as so far"]) == (1000, None)


def test_the_picture_draws_what_is_defined_and_names_what_is_not(client_of, viewer, demo):
    project = demo.project("CAM-02")
    for owner in (f"/programmes/{project.programme_id}", f"/projects/{project.pk}"):
        response = client_of(viewer).get(f"{owner}/money/")
        found, drawn = response.context["earned"], json.loads(response.context["drawn"])
        known = {each.name: each.value for each in found.estimates if each.value is not None}
        ends = [float(known.pop(name)) for name in ("P10", "P90") if name in known]
        assert {each["name"]: each["value"] for each in drawn["estimates"]} == {
            name: float(value) for name, value in known.items()
        }
        assert drawn["range"] == (ends or None)
        assert len(drawn["months"]) == len(found.months)
        assert drawn["ends"] >= drawn["as_of"]
        unnamed = [each.name for each in response.context["undrawn"]]
        assert sorted([*unnamed, *known, *(["P10", "P90"] if ends else [])]) == sorted(METHODS)


def test_a_stranger_finds_no_money(client_of, stranger, demo, address):
    assert client_of(stranger).get(address).status_code == 404
    project = f"/projects/{demo.project('CAM-02').pk}/money/"
    assert client_of(stranger).get(project).status_code == 404


def test_a_line_on_which_more_is_ordered_than_forecast_is_flagged(
    client_of, cam02_manager, demo, words
):
    address = f"/projects/{demo.project('CAM-02').pk}/money/"
    assert "Less than is ordered" not in words(client_of(cam02_manager).get(address))
    BudgetLine.objects.filter(project__code="CAM-02").update(forecast=20_000)
    assert "Less than is ordered" in words(client_of(cam02_manager).get(address))


def test_an_order_is_on_the_page_at_once(client_of, pmo, demo, words, address):
    client = client_of(pmo)
    before = client.get(address, headers=LIVE)
    line = demo.project("CAM-02").budget_lines.first()
    line.commitments.update(invoiced=1)
    after = client.get(address, headers=LIVE)
    assert before.headers["ETag"] != after.headers["ETag"]


def test_a_cost_offers_to_be_taken_back_once(client_of, cam02_manager, demo, words):
    cost = CostActual.objects.filter(project__code="CAM-02").earliest("posted_on")
    page = f"/cost-actuals/{cost.pk}/"
    assert "Take it back" in words(client_of(cam02_manager).get(page))
    back = reverse_cost(cost, reason="Twice", by=cam02_manager).reversed_by
    for each in (page, f"/cost-actuals/{back.pk}/"):
        assert "Take it back" not in words(client_of(cam02_manager).get(each))


def test_queries_do_not_grow_with_projects(client_of, pmo, demo, queries_of):
    factories.business_case(demo.programme("HID"), state="approved")  # as the other has one
    one = queries_of(client_of(pmo), f"/programmes/{demo.programme('HID').pk}/money/")
    two = queries_of(client_of(pmo), f"/programmes/{demo.programme('CAM').pk}/money/")
    assert one == two


def test_the_past_shows_the_money_of_then(client_of, pmo, address, words):
    page = words(client_of(pmo).get(f"{address}?as_of=2026-01-01"))
    assert "As it was known at" in page
    assert "Nothing is posted yet." in page


def test_a_cost_that_may_have_been_posted_twice_says_so(demo, pmo, client_of):
    said = {"posted_on": "2026-10-01", "amount": Decimal("12.34")}
    first, second, other = (
        CostActual.objects.create(project=demo.project(code), description=code, **said)
        for code in ("CAM-02", "CAM-02", "CAM-03")
    )

    def told(cost):
        page = client_of(pmo).get(f"/cost-actuals/{cost.pk}/").content.decode()
        return "Posted twice?" in page

    assert [told(cost) for cost in (first, second, other)] == [True, True, False]
    CostActual.objects.filter(pk=first.pk).update(source_ref="1")
    assert [told(first), told(second)] == [True, True]
    CostActual.objects.filter(pk=second.pk).update(source_ref="2")
    assert [told(first), told(second)] == [False, False]
    CostActual.objects.filter(pk=second.pk).update(source_ref="")
    reverse_cost(second, reason="Posted twice", by=pmo)
    assert [told(first), told(second)] == [False, False]


def test_what_nobody_forecasts_is_not_known_and_no_saving(client_of, nothing, drain, words):
    project = factories.project()
    factories.budget(project, 60)
    drain()
    reader = factories.user("reader")
    factories.role(reader, "viewer", portfolio=project.programme.portfolio)
    money = words(client_of(reader).get(f"/programmes/{project.programme.pk}/money/"))
    assert "Projects 60 not known – 0 0" in money
    page = words(client_of(reader).get(f"/programmes/{project.programme.pk}/"))
    assert "less than approved" not in page
    assert "under by" not in page
    portfolio = words(client_of(reader).get(f"/portfolios/{project.programme.portfolio.pk}/"))
    assert "-60" not in portfolio
    assert "−60" not in portfolio
