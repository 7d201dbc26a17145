"""Why a part of a bridge moved: records that came and went, edits beside time and rules, and by
which path."""

from datetime import date, timedelta
from decimal import Decimal
from threading import Thread

import pgtrigger
import pytest
from django.db import connection

from benefits.models import Benefit
from benefits.services import approve_version, propose_version, write_profile
from pmhub.database.history import WritePath, through
from pmhub.demo.removal import erase
from pmhub.models import User
from programmes.models import ProgrammeLine, RollupBasis
from programmes.queries import sources as queries
from programmes.rollup import attribution, compute, writer
from projects import services
from projects.models import ContingencyMovement, CostActual, Dependency, Risk
from tests import factories
from tests.admin.forms import entries
from tests.admin.test_entering import address
from tests.ledger.conftest import change, told


@pytest.fixture
def moved(bridge, drain, now):
    """`moved(metric, write)`: source, cause and words of each part of what a write moves."""

    def of(metric, write, **options):
        since = now()
        write()
        drain()
        found = bridge(metric, since, **options)
        return [
            (part["source"] and part["source"]["code"], part["cause"], part["words"])
            for part in found["parts"]
        ]

    return of


@pytest.fixture
def risk(demo, drain):
    """An open risk of a project of CAM."""
    return factories.risk(demo.project("CAM-02"), code="R99")


# Records that come and go


def test_a_risk_that_is_raised_and_one_that_is_deleted(moved, risk):
    assert moved("risk_mean", lambda: None) == [("R99", "record_added", "risk raised")]
    assert moved("risk_mean", risk.delete) == [("R99", "record_removed", "risk deleted")]


@pytest.mark.parametrize(
    ("status", "stopped", "again"),
    [
        ("closed", "risk closed", "risk reopened"),
        ("escalated", "risk escalated to the programme", "risk returned to its project"),
        ("materialised", "risk has happened", "risk reopened"),
        ("rejected", "risk rejected", "risk reopened"),
    ],
)
def test_a_risk_that_no_longer_counts_says_what_became_of_it(moved, risk, status, stopped, again):
    def put(status):
        parent = None
        if status == "escalated":
            parent = Risk.objects.filter(programme=risk.project.programme, status="open").first()
        with pgtrigger.ignore("projects.Risk:status_moves"):  # as it could be put before
            Risk.objects.filter(pk=risk.pk).update(status=status, escalated_to=parent)

    assert moved("risk_open_count", lambda: None) == [("R99", "record_added", "risk raised")]
    assert moved("risk_mean", lambda: put(status)) == [("R99", "value_edited", stopped)]
    assert moved("risk_mean", lambda: put("open")) == [("R99", "value_edited", again)]


def test_a_risk_raised_and_then_edited_has_two_parts_that_add_up(demo, bridge, drain, now):
    since = now()
    risk = factories.risk(demo.programme("CAM"), code="R98", residual_cost_max=150)
    drain()
    risk.residual_probability = Decimal("0.5")
    risk.save()
    drain()
    parts = [
        part for part in bridge("risk_mean", since)["parts"] if part["source"]["code"] == "R98"
    ]
    ends = {part["cause"]: (part["before"], part["after"]) for part in parts}
    raised, edited = ends["record_added"], ends["value_edited"]
    assert raised[0] is None
    assert raised[1] == edited[0]
    assert Decimal(edited[1]) == 2 * Decimal(edited[0])


def test_an_escalated_risk_is_one_that_leaves_and_one_that_is_raised(risk, moved, drain, pmo):
    drain()
    assert moved("risk_open_count", lambda: services.escalate_risk(risk, by=pmo)) == [
        ("R99", "value_edited", "risk escalated to the programme"),
        ("R99-P", "record_added", "risk raised"),
    ]


def test_a_benefit_that_is_added_withdrawn_and_deleted(demo, moved):
    figure = "benefits_whole_life_planned"

    def added():
        benefit = factories.benefit(programme=demo.programme("CAM"), code="B99")
        factories.entry(benefit, 2027, 100)

    def withdrawn():
        Benefit.objects.filter(code="B99").update(status="withdrawn")

    def reinstated():
        with pgtrigger.ignore("benefits.Benefit:status_moves"):  # as it could be put before
            Benefit.objects.filter(code="B99").update(status="approved")

    assert moved(figure, added) == [("B99", "record_added", "benefit added")]
    assert moved(figure, withdrawn) == [("B99", "value_edited", "benefit withdrawn")]
    assert moved(figure, reinstated) == [("B99", "value_edited", "benefit reinstated")]
    assert moved(figure, lambda: erase(Benefit.objects.filter(code="B99"))) == [
        ("B99", "record_removed", "benefit deleted")
    ]


def test_a_profile_entered_later_is_an_edit_that_says_so(demo, moved):
    benefit = factories.benefit(programme=demo.programme("CAM"), code="B99")
    figure = "benefits_whole_life_planned"
    assert moved(figure, lambda: None) == []
    assert moved(figure, lambda: factories.entry(benefit, 2027, 100)) == [
        ("B99", "value_edited", "profile entered")
    ]


def test_a_budget_line_and_contingency(demo, moved):
    cam, project = demo.programme("CAM"), demo.project("CAM-02")

    def line():
        factories.line(programme=cam, code="L99", approved_budget=70)

    def draw():
        ContingencyMovement.objects.create(
            programme=cam, project=project, amount=5, moved_on=date(2026, 10, 1)
        )

    assert moved("programme_lines_budget", line) == [("L99", "record_added", "budget line added")]
    lines = ProgrammeLine.objects.filter(code="L99")
    assert moved("programme_lines_budget", lambda: lines.update(approved_budget=0)) == [
        ("L99", "value_edited", "value edited")
    ]
    assert [part[1:] for part in moved("contingency_remaining", draw)] == [
        ("record_added", "contingency released")
    ]


def test_a_dependency_that_is_new_and_one_that_became_late(demo, moved, drain):
    late = {"need_by": date(2027, 3, 1), "forecast_on": date(2027, 11, 1), "status": "agreed"}
    safe = {**late, "forecast_on": date(2026, 12, 1)}
    receiver = demo.project("CAM-03")
    factories.dependency("The council", receiver, code="D98", **safe, drives_schedule=False)
    drain()

    def new():
        factories.dependency("The council", receiver, code="D99", deliverable="Consent", **late)

    def forecast(of):
        Dependency.objects.filter(code="D98").update(forecast_on=of["forecast_on"])

    figure = "dependencies_late"
    assert moved(figure, new) == [("D99", "record_added", "dependency added")]
    became, no_longer = "dependency became late", "dependency no longer late"
    assert moved(figure, lambda: forecast(late)) == [("D98", "date_moved", became)]
    assert moved(figure, lambda: forecast(safe)) == [("D98", "date_moved", no_longer)]


# Edits beside time and rules


def day_turns(portfolio, days=31):
    portfolio.status_date += timedelta(days=days)
    portfolio.save()


def spend(project, amount, on):
    CostActual.objects.create(project=project, posted_on=on, amount=amount)


@pytest.mark.parametrize("edited_first", [True, False], ids=["edit first", "day first"])
def test_an_edit_worked_off_as_the_day_turns_is_told_from_it(
    demo, bridge, drain, now, edited_first
):
    project = demo.project("CAM-02")
    spend(project, 40, date(2026, 11, 15))  # counts from that day on
    drain()
    since = now()
    steps = [lambda: spend(project, 5, date(2026, 10, 30)), lambda: day_turns(demo.portfolio)]
    for step in steps if edited_first else reversed(steps):
        step()
    drain()
    found = bridge("actual_cost", since)
    assert told(found) == [("CAM-02", "40.00", "time_passed"), ("CAM-02", "5.00", "value_edited")]
    time, edit = found["parts"]
    assert edit["after"] == time["before"]
    assert Decimal(time["after"]) - Decimal(edit["before"]) == 45
    assert (time["by"], time["via"], edit["via"]) == (None, None, "sql")
    assert time["moments"] != edit["moments"]


def test_the_same_split_holds_when_the_day_turns_in_a_computation_of_its_own(
    demo, bridge, drain, now
):
    project = demo.project("CAM-02")
    spend(project, 40, date(2026, 11, 15))
    drain()
    since = now()
    day_turns(demo.portfolio)
    drain()
    spend(project, 5, date(2026, 10, 30))
    drain()
    assert told(bridge("actual_cost", since)) == [
        ("CAM-02", "40.00", "time_passed"),
        ("CAM-02", "5.00", "value_edited"),
    ]


@pytest.mark.parametrize("edited_first", [True, False], ids=["edit first", "rule first"])
def test_an_edit_worked_off_with_a_new_rule_is_told_from_it(
    demo, bridge, drain, now, edited_first, cam_manager, pmo
):
    since, portfolio = now(), demo.portfolio

    def edit():
        benefit = demo.benefit("B03")
        rows = benefit.profile_entries.filter(version_kind="approved").order_by("period_start")
        periods = [(each.period_start, each.period_end, each.value, None, None) for each in rows]
        start, end, value, *_ = periods.pop()
        periods.append((start, end, value + 100, None, None))
        version = write_profile(benefit, kind="approved", periods=periods, by=cam_manager)
        propose_version(version, by=cam_manager)
        approve_version(version, by=pmo)

    def rule():
        portfolio.discount_schedule = "none"
        portfolio.save()

    for step in (edit, rule) if edited_first else (rule, edit):
        step()
    drain()
    found = bridge("benefits_present_value", since)
    causes = {part["source"]["code"]: set() for part in found["parts"]}
    for part in found["parts"]:
        causes[part["source"]["code"]].add(part["cause"])
    assert causes.pop("B03") == {"value_edited", "rule_changed"}
    assert set().union(*causes.values()) == {"rule_changed"}
    edited = next(part for part in found["parts"] if part["cause"] == "value_edited")
    assert 0 < Decimal(edited["amount"]) < 100  # discounted, as it was before the rule


def test_edit_day_and_rule_at_once_are_three_causes(demo, bridge, drain, now):
    project, portfolio = demo.project("CAM-02"), demo.portfolio
    since = now()
    portfolio.discount_schedule = "none"
    day_turns(portfolio)
    change(demo, lambda: None, estimate_to_complete=64300 + 250)
    drain()
    found = bridge("costs_present_value", since)
    mine = [cause for code, _, cause in told(found) if code == project.code]
    assert sorted(mine) == ["rule_changed", "time_passed", "value_edited"]


def test_a_new_engine_leaves_no_old_one_to_split_by(demo, bridge, drain, now, monkeypatch):
    since = now()
    for module in (compute, writer, attribution):
        monkeypatch.setattr(module, "ENGINE_VERSION", 99)
    change(demo, drain, estimate_to_complete=64300 + 250)
    assert RollupBasis.objects.filter(engine_version=99).exists()
    assert told(bridge("estimate_at_completion", since)) == [("CAM-02", "250.00", "rule_changed")]


@pytest.mark.django_db(transaction=True)
def test_an_edit_between_the_two_readings_is_no_time(demo, bridge, drain, now, monkeypatch):
    """Another session commits after the batch was read under the old date."""
    since, project = now(), demo.project("CAM-02")
    real, readings = attribution.read, []

    def read(*args, **options):
        readings.append(options)
        if len(readings) == 2:
            elsewhere(project)
        return real(*args, **options)

    monkeypatch.setattr(attribution, "read", read)
    day_turns(demo.portfolio)
    drain()
    assert len(readings) > 2
    causes = {cause for code, _, cause in told(bridge("actual_cost", since)) if code == "CAM-02"}
    assert causes == {"value_edited"}


def elsewhere(project):
    """Post a cost in a session of its own."""

    def write():
        spend(project, 5, date(2026, 10, 30))
        connection.close()

    thread = Thread(target=write)
    thread.start()
    thread.join()


# Who, and by which path


def forget_the_context():
    """The context ends with its transaction; a test is one transaction from end to end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pghistory.context_metadata', '', true)")


@pytest.fixture
def rescore(api_of, client_of, pmo, risk):
    """`rescore(path)`: give the risk another probability by this path."""

    def over_rest(*, token):
        body = {"residual_probability": "0.5"}
        answer = api_of(pmo, token=token).patch(
            f"/api/v1/risks/{risk.pk}/", body, format="json", headers={"If-Match": "*"}
        )
        assert answer.status_code == 200

    def in_the_admin():
        form_at, browser = address(Risk, "change", risk.pk), client_of(pmo)
        form = entries(browser.get(form_at), residual_probability="0.5")
        assert browser.post(form_at, form).status_code == 302

    def by_import():
        with through(WritePath.IMPORT, by=pmo):
            risk.residual_probability = Decimal("0.5")
            risk.save()

    def by_sql():
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE projects_risk SET residual_probability = 0.5 WHERE id = %s", [risk.pk]
            )

    paths = {
        "page": lambda: over_rest(token=False),
        "rest": lambda: over_rest(token=True),
        "admin": in_the_admin,
        "import": by_import,
        "sql": by_sql,
    }
    return lambda path: paths[path]()


@pytest.mark.parametrize("path", ["page", "rest", "admin", "import", "sql"])
def test_every_path_is_told(bridge, drain, now, pmo, rescore, path):
    drain()
    forget_the_context()
    since = now()
    rescore(path)
    drain()
    (part,) = bridge("risk_mean", since)["parts"]
    who = None if path == "sql" else pmo.pk
    assert (part["via"], part["by"] and part["by"]["id"]) == (path, who)
    assert (part["source"]["code"], part["cause"]) == ("R99", "value_edited")


def test_a_deleted_record_says_who_deleted_it(demo, bridge, drain, now, api, pmo, risk):
    drain()
    since = now()
    assert api(pmo).delete(f"risks/{risk.pk}/").status_code == 204
    drain()
    (part,) = bridge("risk_mean", since)["parts"]
    assert (part["cause"], part["by"]["id"], part["via"]) == ("record_removed", pmo.pk, "page")
    source = part["source"]
    assert (source["code"], source["title"], source["url"]) == ("R99", "Risk", None)


def test_a_deleted_record_has_no_name_for_whom_its_home_is_out_of_sight(demo, drain, now, risk):
    drain()
    id = risk.pk
    risk.delete()
    names = {
        user: queries.sources([("risk", id)], User.objects.get(username=user))["risk", id].code
        for user in ("viewer", "stranger")
    }
    assert names == {"viewer": "R99", "stranger": ""}


def test_a_move_says_who_moved_the_project_of_its_records_too(demo, bridge, drain, now, api, pmo):
    since, project = now(), demo.project("CAM-02")
    body = {"programme": demo.programme("NZE").pk, "tranche": None}
    assert api(pmo).patch(f"projects/{project.pk}/", body).status_code == 200
    drain()
    for metric in ("approved_budget", "risk_open_count"):
        parts = bridge(metric, since, user=pmo)["parts"]
        assert parts
        for part in parts:
            assert (part["cause"], part["words"]) == ("project_left", "project left")
            assert (part["by"]["id"], part["via"]) == (pmo.pk, "page")
