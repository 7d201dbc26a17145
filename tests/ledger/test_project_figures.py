"""Figures of a project: explained by its records, over time, and what moved them."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from programmes.health import SEVERITY, Rag
from programmes.models import RollupBasis
from programmes.queries import project_explanation
from programmes.queries.project_figures.records import records_at
from programmes.rollup.ledger import aggregated
from programmes.rollup.metrics import BY_NAME, METRICS, OF_PROJECTS
from programmes.rollup.project_level import BESIDE, lines_of
from projects.models import BudgetLine, CostActual, Milestone, Project, ProjectForecast
from projects.services import terminate_project
from tests import factories
from tests.ledger.conftest import change, errors_of, told

COST = "estimate_at_completion"
LINED = [name for name, each in OF_PROJECTS.items() if each.at_project.aggregate]
DERIVED = sorted(OF_PROJECTS.keys() - LINED)


@pytest.fixture
def project(demo):
    """CAM-02, in a programme."""
    return demo.project("CAM-02")


@pytest.fixture
def at(project):
    """The address of CAM-02 below /api/v1/."""
    return f"projects/{project.pk}/"


@pytest.fixture
def alone(demo, drain):
    """A project outside every programme, with a plan, a budget and a cost."""
    found = factories.project(programme=None, portfolio=demo.portfolio, percent_complete=33)
    factories.baseline(found, budget_at_completion=Decimal("100.01"))
    factories.budget(found, 120)
    post(found, 40)
    drain()
    return found


def post(project, amount, on=date(2026, 10, 1), **fields):
    return CostActual.objects.create(project=project, amount=amount, posted_on=on, **fields)


def test_lines_that_are_not_of_amounts_are_made_without_them(demo, pmo):
    for forecast in ProjectForecast.objects.filter(valid_to=None):
        whole, alone = (records_at(forecast, None, amounts=amounts) for amounts in (True, False))
        for name in LINED:
            if not OF_PROJECTS[name].project.of_amounts:
                lines = lines_of(OF_PROJECTS[name], whole)
                assert lines_of(OF_PROJECTS[name], alone) == lines, (forecast.project_id, name)


def check_lines(project, user, at=None):
    """Every figure of a project is what its lines make, at a moment."""
    for name in LINED:
        found = project_explanation(project, name, user, at)
        assert found.lacking == "", (project.code, name)
        if found.reading.value is None:
            assert not any(line.included for line in found.lines), (project.code, name)
            assert found.reading.reason, (project.code, name)
        else:
            made = aggregated(found.metric.aggregate, found.lines).value
            assert made == found.reading.value, (project.code, name)


def check_bridge(found):
    """The parts of a bridge sum to the difference of its ends; answers it."""
    before, after = (found[end]["value"] for end in ("before", "after"))
    if found["unit"] == "date":
        whole = (date.fromisoformat(after) - date.fromisoformat(before)).days
    elif found["unit"] == "status":
        whole = SEVERITY[Rag(after)] - SEVERITY[Rag(before)]
    else:
        whole = Decimal(str(after)) - Decimal(str(before))
    parts = [Decimal(str(part["amount"])) for part in found["parts"]]
    assert sum(parts) == Decimal(str(found["difference"])) == whole
    return found


# Declarations


def test_every_figure_that_a_forecast_stores_is_declared(demo, alone):
    declared = {key for each in OF_PROJECTS.values() for key in each.project.keys}
    for stored in ProjectForecast.objects.filter(valid_to=None):
        assert stored.figures.keys() == declared | BESIDE.keys()


def test_a_metric_names_its_levels_and_stands_there():
    for each in METRICS:
        assert ("project" in each.levels) is bool(each.project), each.name
        assert "programme" in each.levels
    for each in OF_PROJECTS.values():
        mine = each.at_project
        assert bool(mine.aggregate) is bool(each.project.lines) is not bool(mine.derive), each.name
        assert set(mine.inputs) <= OF_PROJECTS.keys()
        assert mine.formula


# Explanation


def test_lines_make_every_figure_of_every_project(demo, alone, pmo):
    for project in Project.objects.all():
        check_lines(project, pmo)


def test_the_parts_of_a_variance_make_the_whole_where_nothing_is_approved(nothing, drain, read):
    """What has no budget is over by all that it costs, at every level."""
    programme = factories.programme()
    homes = [{"programme": programme}] * 3 + [{"programme": None, "portfolio": programme.portfolio}]
    planned, unplanned, saving, alone = made = [
        factories.project(**home, estimate_to_complete=amount)
        for home, amount in zip(homes, (110, 150, None, 70), strict=True)
    ]
    factories.budget(planned, 100)
    factories.budget(saving, 60)  # nobody forecasts it
    drain()
    office = factories.user("office")
    factories.role(office, "pmo", portfolio=programme.portfolio)

    def variance(address):
        answer = read(office, f"{address}/rollup/").json()
        figure = answer["metrics"]["variance_at_completion"]
        value = figure["value"]
        return value and Decimal(value), figure.get("reason")

    own = [variance(f"projects/{project.pk}") for project in made]
    assert own == [(-10, None), (-150, None), (None, "no_forecast"), (-70, None)]
    assert variance(f"programmes/{programme.pk}") == (-160, None)
    assert variance(f"portfolios/{programme.portfolio_id}") == (-230, None)
    since = timezone.now()
    factories.budget(unplanned, 90)
    drain()
    moved = read(office, f"projects/{unplanned.pk}/bridge/",
                 metric="variance_at_completion", from_=since.isoformat()).json()  # fmt: skip
    assert Decimal(check_bridge(moved)["difference"]) == 90
    page = f"projects/{alone.pk}/rollup/variance_at_completion/"
    assert "Nothing approved counts as 0" in read(office, page).json()["formula"]


def test_so_they_do_at_every_moment(demo, alone, project, pmo, drain):
    begin = timezone.now()
    change(demo, drain, percent_complete=Decimal("51.37"), estimate_to_complete=None)
    post(project, Decimal("33.20"))
    BudgetLine.objects.filter(project=project).update(approved=96000)
    drain()
    factories.baseline(project, number=7, budget_at_completion=Decimal("98765.43"))
    drain()
    demo.portfolio.__class__.objects.update(status_date=date(2026, 9, 30))
    drain()
    terminate_project(alone, terminated_on=date(2026, 9, 1), reason="No longer wanted.", by=pmo)
    drain()
    moments = ProjectForecast.objects.filter(valid_from__gt=begin).values_list(
        "valid_from", flat=True
    )
    assert len(set(moments)) > 4
    for moment in [begin, *sorted(set(moments)), timezone.now()]:
        for each in (project, alone):
            check_lines(each, pmo, moment)
    for each in Project.objects.all():
        check_lines(each, pmo)


def test_records_that_change_places_are_shown_as_they_are(demo, project, pmo, drain, read, at):
    """The figure stays, so that nothing is stored anew; its lines are those of now all the same."""
    line = BudgetLine.objects.get(project=project)
    stored = ProjectForecast.objects.get(project=project, valid_to=None)
    BudgetLine.objects.filter(pk=line.pk).update(approved=line.approved - 500)
    factories.budget(project, 500, code="Fit-out")
    drain()
    assert ProjectForecast.objects.get(project=project, valid_to=None) == stored
    found = read(pmo, f"{at}rollup/approved_budget/").json()
    assert {each["source"]["code"]: each["value"] for each in found["lines"]} == {
        "approved": "96000.00", "CR02": "1450.00", "Fit-out": "500.00",
    }  # fmt: skip
    then = read(pmo, f"{at}rollup/approved_budget/", as_of=stored.valid_from.isoformat()).json()
    assert len(then["lines"]) == 2


def test_a_figure_is_explained_by_the_records_that_make_it(demo, read, cam02_manager, at):
    found = read(cam02_manager, f"{at}rollup/{COST}/").json()
    assert (found["value"], found["aggregate"], found["currency"]) == ("104200.00", "sum", "GBP")
    assert found["project"]["code"] == "CAM-02"
    costs = [line for line in found["lines"] if line["source"]["type"] == "costactual"]
    assert [line["inputs"]["posted_on"] for line in costs] == ["2026-03-31", "2026-10-31"]
    (mine,) = [line for line in found["lines"] if line["source"]["type"] == "project"]
    assert mine["value"] == "64300.00"
    assert mine["inputs"] == {
        "actual_cost": "39900", "estimate_to_complete": "64300", "basis": "bottom_up",
    }  # fmt: skip
    beneath = costs[0]["source"]["url"].split("/api/v1/")[1]
    assert read(cam02_manager, beneath).json()["amount"] == costs[0]["value"]


def test_a_finish_names_what_drives_it(demo, read, pmo, at):
    found = read(pmo, f"{at}rollup/finish_propagated/").json()
    own, driver = found["lines"]
    assert (own["value"], own["inputs"]["driver"]) == (found["value"], "D06")
    assert (driver["source"]["code"], driver["included"]) == ("D06", False)
    assert driver["reason"] == "drives_the_finish"


def test_health_is_explained_by_what_drives_its_findings(demo, read, pmo, at):
    found = read(pmo, f"{at}rollup/health/").json()
    colours = {line["source"]["code"]: line["value"] for line in found["lines"]}
    assert found["value"] == "red"
    assert colours == {"CAM-02": "amber", "D06": "red", "CP10": "amber"}
    assert found["dimensions"]["cost"] == "amber"


@pytest.mark.parametrize("name", DERIVED)
def test_a_derived_figure_says_its_formula_and_its_inputs(demo, read, pmo, at, name):
    found = read(pmo, f"{at}rollup/{name}/").json()
    assert found["formula"]
    assert found["lines"] == []
    for each in found["inputs"]:
        beneath = read(pmo, each["url"].split("/api/v1/")[1]).json()
        assert beneath["value"] == each["value"]


def test_all_figures_agree_with_the_forecast_and_with_the_lines_of_the_programme(
    demo, read, pmo, at, cam
):
    figures = read(pmo, f"{at}rollup/").json()
    assert (figures["state"], figures["as_of"]) == ("fresh", "2026-10-31")
    assert figures["metrics"].keys() == OF_PROJECTS.keys()
    value = {name: each["value"] for name, each in figures["metrics"].items()}
    forecast = read(pmo, f"{at}forecast/").json()
    for key, name in (
        ("ev", "earned_value"), ("pv", "planned_value"), ("cpi", "cost_performance_index"),
        ("spi", "schedule_performance_index"), ("propagated_finish", "finish_propagated"),
        ("slip_days", "slip_days"), ("hidden_delay_days", "hidden_delay_days"),
    ):  # fmt: skip
        assert forecast[key] == value[name], name
    assert (value["start_declared"], value["start_propagated"]) == (
        demo.project("CAM-02").actual_start.isoformat(),
    ) * 2
    for name in (each for each in LINED if each in BY_NAME):
        lines = read(pmo, f"{cam}rollup/{name}/").json()["lines"]
        mine = [line for line in lines if line["source"]["code"] == "CAM-02"]
        if mine and BY_NAME[name].unit != "count":
            assert mine[0]["value"] == value[name], name


def test_what_is_unchanged_is_not_sent_again(demo, read, api, pmo, at):
    tag = read(pmo, f"{at}rollup/").headers["ETag"]
    assert api(pmo).get(f"{at}rollup/", **{"If-None-Match": tag}).status_code == 304


def test_lines_of_an_engine_that_is_gone_are_not_made_up(demo, read, pmo, project, at, drain):
    RollupBasis.objects.update(engine_version=3)
    ProjectForecast.objects.filter(project=project).update(
        figures={**ProjectForecast.objects.get(project=project).figures, "ac": "1"}
    )
    found = read(pmo, f"{at}rollup/actual_cost/").json()
    assert (found["value"], found["lines"]) == ("1.00", [])
    assert found["lines_reason"] == "older_engine"
    since = timezone.now().isoformat()
    post(project, 10)
    drain()
    found = read(pmo, f"{at}bridge/", metric="actual_cost", from_=since).json()
    assert (found["difference"], found["parts"]) == ("39909.00", [])
    assert found["reason"] == "older_engine"


def test_an_explanation_is_a_table_too(demo, read, pmo, at):
    answer = read(pmo, f"{at}rollup/{COST}/", format="csv").content.decode("utf-8-sig")
    *lines, total = csv.DictReader(io.StringIO(answer))
    assert sum(Decimal(each["counted"]) for each in lines) == Decimal(total["counted"]) == 104200
    book = read(pmo, f"{at}rollup/{COST}/", format="xlsx")
    assert book.content[:2] == b"PK"


# Over time


def test_a_series_says_what_the_figures_said_at_each_moment(demo, read, pmo, project, at, drain):
    change(demo, drain, percent_complete=51, forecast_finish=date(2028, 6, 30))
    change(demo, drain, estimate_to_complete=64000)
    for name in OF_PROJECTS:
        points = read(pmo, f"{at}series/", metric=name).json()["points"]
        for each in points:
            then = read(pmo, f"{at}rollup/{name}/", as_of=each["at"]).json()
            assert (then["value"], then.get("reason")) == (each["value"], each["reason"])
        now = read(pmo, f"{at}rollup/{name}/").json()
        assert points[-1]["value"] == now["value"]
    points = read(pmo, f"{at}series/", metric=COST).json()["points"]
    assert [each["value"] for each in points] == ["104200.00", "103900.00"]
    earlier = read(pmo, f"{at}series/", metric=COST, as_of=points[0]["at"]).json()
    assert earlier["points"] == points[:1]


def test_before_it_was_computed_a_project_had_no_figure(demo, read, pmo, at):
    found = read(pmo, f"{at}rollup/{COST}/", as_of="2020-01-01").json()
    assert (found["value"], found["reason"], found["lines"]) == (None, "not_computed_then", [])
    assert read(pmo, f"{at}rollup/", as_of="2020-01-01").json()["metrics"] == {}
    assert read(pmo, f"{at}series/", metric=COST, as_of="2020-01-01").json()["points"] == []
    found = read(pmo, f"{at}bridge/", metric=COST, from_="2020-01-01").json()
    assert (found["difference"], found["reason"]) == (None, "not_computed_then")


# What moved them


def test_each_record_that_was_edited_is_a_part_with_who_and_why(
    api, read, cam02_manager, pmo, project, now, drain
):
    since, at = now(), f"projects/{project.pk}/"
    said = {"estimate_to_complete": "64550.00", "percent_complete": "30", "reason": "Rework."}
    assert api(cam02_manager).patch(at, said).status_code == 200
    drain()
    cost = {"project": project.pk, "amount": "33.20", "posted_on": "2026-10-30"}
    assert api(pmo).post("cost-actuals/", cost).status_code == 201
    drain()
    found = check_bridge(read(pmo, f"{at}bridge/", metric=COST, from_=since).json())
    assert told(found) == [
        ("CAM-02", "250.00", "value_edited"), ("", "33.20", "record_added"),
    ]  # fmt: skip
    estimate, posted = found["parts"]
    assert (estimate["by"]["id"], estimate["reason"]) == (cam02_manager.pk, "Rework.")
    assert (posted["by"]["id"], posted["words"]) == (pmo.pk, "cost posted")
    found = check_bridge(
        read(pmo, f"{at}bridge/", metric="cost_performance_index", from_=since).json()
    )
    assert [(part["through"], part["by"]["id"]) for part in found["parts"]] == [
        ("earned_value", cam02_manager.pk), ("actual_cost", pmo.pk),
    ]  # fmt: skip


@pytest.mark.parametrize("where", ["in a programme", "alone"])
def test_parts_of_every_bridge_sum_to_the_difference(
    demo, read, pmo, project, alone, where, now, drain
):
    mine = project if where == "in a programme" else alone
    since = now()
    factories.milestone(mine, forecast_on=date(2031, 1, 1))
    factories.baseline(mine, number=7, budget_at_completion=Decimal("98765.43"))
    drain()
    post(mine, Decimal("33.27"))
    mine.refresh_from_db()
    mine.forecast_finish = date(2031, 3, 31)
    mine.percent_complete = Decimal("41.19")
    mine.save()
    drain()
    BudgetLine.objects.filter(project=mine).update(approved=96000)
    post(mine, Decimal("-33.27"), kind="reversal")
    drain()
    type(demo.portfolio).objects.update(status_date=date(2026, 12, 31))
    drain()
    moved = 0
    for name in OF_PROJECTS:
        found = read(pmo, f"projects/{mine.pk}/bridge/", metric=name, from_=since).json()
        moved += bool(check_bridge(found)["parts"])
    assert moved > 8


def test_a_new_baseline_takes_the_place_of_the_last(demo, read, pmo, project, at, now, drain):
    since = now()
    factories.baseline(project, number=9, budget_at_completion=110000)
    drain()
    found = check_bridge(
        read(pmo, f"{at}bridge/", metric="budget_at_completion", from_=since).json()
    )
    (part,) = found["parts"]
    assert (part["source"]["type"], part["source"]["code"]) == ("baseline", "9")
    assert (part["before"], part["after"], part["amount"]) == ("96500.00", "110000.00", "13500.00")


def test_a_finish_that_moved_with_another_names_the_root_and_the_way(
    demo, api, read, cam02_manager, pmo, now, drain
):
    since, frame = now(), Milestone.objects.get(code="M04")
    answer = api(cam02_manager).patch(f"milestones/{frame.pk}/", {"forecast_on": "2027-09-28"})
    assert answer.status_code == 200
    drain()
    late = f"projects/{demo.project('CAM-06').pk}/"
    found = check_bridge(
        read(pmo, f"{late}bridge/", metric="finish_propagated", from_=since).json()
    )
    (part,) = found["parts"]
    assert (part["cause"], part["root"]["code"]) == ("date_moved", "M04")
    assert [each["code"] for each in part["path"]] == ["M04", "D22", "CAM-06"]
    assert part["by"]["id"] == cam02_manager.pk


def test_what_nobody_did_is_told_as_time(demo, read, pmo, at, alone, now, drain):
    since = now()
    type(demo.portfolio).objects.update(status_date=date(2026, 12, 31))
    drain()
    for path in (at, f"projects/{alone.pk}/"):
        asked = {"metric": "planned_value", "from_": since}
        found = check_bridge(read(pmo, f"{path}bridge/", **asked).json())
        assert [part["cause"] for part in found["parts"]] == ["time_passed"]


def test_what_stays_as_it_is_counts_in_the_bridge_of_a_maximum(nothing, drain, now, read):
    project = factories.project(declared_rag="green", declared_on=date(2026, 10, 20))
    factories.baseline(project)
    pmo = factories.user("olive")
    factories.role(pmo, "pmo", portfolio=project.programme.portfolio)

    def moved(make):
        """The ends and the parts of the bridge of health over a change."""
        since = now()
        make()
        drain()
        path = f"projects/{project.pk}/bridge/"
        found = check_bridge(read(pmo, path, metric="health", from_=since).json())
        ends = [found[end]["value"] for end in ("before", "after")]
        return ends, [(source, amount) for source, amount, _ in told(found)]

    def raised(severity, code):
        factories.issue(project, severity=severity, code=code, due_on=date(2026, 10, 1))

    factories.issue(project, severity="low")
    drain()
    # All that is green stays so; an issue is amber, the first record to be.
    assert moved(lambda: raised("high", "I1")) == (["green", "amber"], [("I1", 1)])
    assert moved(lambda: raised("critical", "I2")) == (["amber", "red"], [("I2", 1)])
    # It stays red by the issue, whatever else becomes red.
    assert moved(
        lambda: factories.risk(
            project, residual_probability=Decimal("0.5"), residual_cost_max=Decimal(900)
        )
    ) == (["red", "red"], [])


def test_a_ratio_of_a_huge_and_a_tiny_amount_is_a_figure(nothing, drain, read):
    """All digits of an index are more than 28, to which decimals are rounded by default."""
    project = factories.project(percent_complete=99)
    begins, ends = date(2026, 10, 30), date(2199, 12, 30)
    budget, tiny = Decimal("999999999999.99"), Decimal("0.01")
    points = ((begins, 0), (ends, tiny), (ends + timedelta(days=1), budget))
    factories.baseline(
        project, starts_on=begins, finishes_on=ends + timedelta(days=1),
        budget_at_completion=budget,
        planned_value_profile=[[str(day), str(value)] for day, value in points],
    )  # fmt: skip
    post(project, Decimal("0.01"), on=begins)
    reader = factories.user()
    factories.role(reader, "viewer", programme=project.programme)
    drain()
    earned = budget * 99 / 100
    planned = tiny / (ends - begins).days  # of one day
    for path in (f"programmes/{project.programme_id}/rollup/", f"projects/{project.pk}/rollup/"):
        found = read(reader, path).json()["metrics"]
        spi, cpi = (found[f"{name}_performance_index"]["value"] for name in ("schedule", "cost"))
        assert spi == pytest.approx(float(earned / planned), rel=1e-9), path
        assert cpi == pytest.approx(float(earned / tiny), rel=1e-9), path
        assert found["earned_value"]["value"] == "989999999999.99", path


@pytest.mark.parametrize(
    ("begins", "ends", "planned"),
    [
        (date(2026, 4, 1), date(2027, 3, 31), "585.16"),  # 213 of 364 days
        (date(2026, 10, 31), date(2026, 10, 31), "1000.00"),
        (date(2026, 11, 1), date(2026, 11, 1), "0.00"),
    ],
)
def test_a_plan_that_is_spent_evenly_is_so_in_the_project_too(
    nothing, drain, read, begins, ends, planned
):
    project = factories.project()
    factories.baseline(project, starts_on=begins, finishes_on=ends, planned_value_profile=[])
    reader = factories.user()
    factories.role(reader, "viewer", programme=project.programme)
    drain()
    path = f"projects/{project.pk}/"
    assert read(reader, f"{path}rollup/").json()["metrics"]["planned_value"]["value"] == planned
    assert read(reader, path).json()["planned_value"] == planned
    [listed] = read(reader, "projects/", fields="planned_value").json()["results"]
    assert listed == {"planned_value": planned}


@pytest.mark.parametrize(
    ("points", "planned"),
    [
        ([["2027-03-31", "1000"]], "585.16"),  # 213 of 364 days
        ([["2026-11-30", "600"], ["2027-03-31", "1000"]], "525.93"),  # 213 of 243 days of 600
        ([["2026-09-30", "400"], ["2027-03-31", "1000"]], "502.20"),  # 31 of 182 days of 600 more
        ([["2026-04-01", "100"], ["2027-03-31", "1000"]], "626.65"),  # begun at once with 100
    ],
)
def test_the_first_period_of_a_plan_begins_with_the_plan(nothing, drain, read, points, planned):
    """A profile says what is planned up to the end of each period."""
    project = factories.project(percent_complete=10)
    factories.baseline(
        project, starts_on=date(2026, 4, 1), finishes_on=date(2027, 3, 31),
        planned_value_profile=points,
    )  # fmt: skip
    reader = factories.user()
    factories.role(reader, "viewer", programme=project.programme)
    drain()
    for path in (f"programmes/{project.programme_id}/rollup/", f"projects/{project.pk}/rollup/"):
        found = read(reader, path).json()["metrics"]
        assert found["planned_value"]["value"] == planned
        spi = pytest.approx(100 / float(planned), rel=1e-4)
        assert found["schedule_performance_index"]["value"] == spi
    assert read(reader, f"projects/{project.pk}/").json()["planned_value"] == planned


def test_a_bridge_is_a_table_too(demo, read, pmo, at, now, drain):
    since = now()
    change(demo, drain, estimate_to_complete=64000)
    answer = read(pmo, f"{at}bridge/", metric=COST, from_=since, format="csv")
    *parts, total = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert [each["amount"] for each in parts] == [total["amount"]] == ["-300.00"]


# Who may ask, and for what


PATHS = (
    "rollup/",
    f"rollup/{COST}/",
    f"series/?metric={COST}",
    f"bridge/?metric={COST}&from=2026-01-01",
)


def test_whoever_sees_the_project_sees_its_figures_and_a_stranger_none(
    demo, read, viewer, stranger, at, alone
):
    for path in PATHS:
        assert read(viewer, f"{at}{path}").status_code == 200, path
        assert read(stranger, f"{at}{path}").status_code == 404, path
        assert read(viewer, f"projects/{alone.pk}/{path}").status_code == 404, path


def test_a_giver_out_of_sight_is_not_named(demo, read, cam02_manager, at, drain):
    late = {"name": "Secret", "forecast_finish": date(2033, 1, 1)}
    elsewhere = factories.project(programme=None, portfolio=demo.portfolio, **late)
    factories.dependency(elsewhere, demo.project("CAM-02"), code="X9", kind="FF")
    drain()
    found = read(cam02_manager, f"{at}rollup/finish_propagated/")
    assert "X9" in found.content.decode()
    assert "Secret" not in found.content.decode()


def test_what_cannot_be_answered_is_refused_by_name(demo, read, pmo, at):
    assert errors_of(read(pmo, f"{at}series/")) == {"/metric": "required"}
    assert errors_of(read(pmo, f"{at}series/", metric="risk_p80")) == {"/metric": "invalid_choice"}
    assert errors_of(read(pmo, f"{at}bridge/", metric=COST)) == {"/from": "required"}
    both = {"metric": COST, "from_": "2026-02-01", "to": "2026-01-01"}
    assert errors_of(read(pmo, f"{at}bridge/", **both)) == {"/from": "not_before"}
    assert errors_of(read(pmo, f"{at}rollup/", at="x")).keys() == {"/at"}
    assert errors_of(read(pmo, f"{at}rollup/{COST}/", as_of="2999-01-01")) == {"/as_of": "future"}
    for name in ("risk_mean", "nonsense"):
        assert read(pmo, f"{at}rollup/{name}/").status_code == 404


def test_a_portfolio_leads_to_the_explanation_of_its_project(demo, read, pmo, alone):
    whole = f"portfolios/{demo.portfolio.pk}/"
    for name in (COST, "finish_propagated", "total_approved"):
        lines = read(pmo, f"{whole}rollup/{name}/").json()["lines"]
        (mine,) = [line for line in lines if line["source"]["code"] == alone.code]
        beneath = read(pmo, mine["explanation"].split("/api/v1/")[1]).json()
        assert beneath["value"] == mine["value"]
    lines = read(pmo, f"{whole}rollup/risk_mean/").json()["lines"]
    (mine,) = [line for line in lines if line["source"]["code"] == alone.code]
    assert (mine["reason"], mine["explanation"]) == ("not_of_projects", None)


def test_a_computation_that_waits_is_told(demo, read, pmo, alone, at):
    assert read(pmo, f"projects/{alone.pk}/rollup/").json()["state"] == "fresh"
    for each in (alone, demo.project("CAM-02")):
        each.percent_complete += timedelta(1).days
        each.save()
        state = read(pmo, f"projects/{each.pk}/rollup/").json()["state"]
        assert state == "recomputing"
