from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benefits.realisation import attainment
from pmhub import formats
from programmes.health import (
    PUBLISHED,
    SEVERITY,
    Driver,
    Health,
    ProgrammeEvidence,
    ProjectEvidence,
    Rag,
    Thresholds,
    assurance_finding,
    benefits_finding,
    compliance_finding,
    cost_finding,
    cover_finding,
    disbenefits_finding,
    issues_finding,
    programme_health,
    project_health,
    resources_finding,
    risk_finding,
    schedule_finding,
    worst,
)
from programmes.ratios import Ratio
from programmes.rule_kinds import KINDS
from programmes.wording import reason
from projects.capacity import monthly_load
from projects.risk import score
from projects.schedule import days_between
from tests.formulas.test_capacity import demo_bookings
from tests.formulas.test_propagation import IDS, demo_figures, demo_timelines
from tests.formulas.test_realisation import flow
from tests.formulas.worked import AS_OF, DEMO, by_id, day, worked

D = Decimal
NO_BENEFITS = "benefits grey: planned net not positive or nothing planned yet"
NOTHING = "health grey: nothing to judge yet"


def named(code, kind="record"):
    """A record that drives a finding; its id does not matter here."""
    return Driver(kind, 1, code)


def said(finding):
    return reason(finding.data)


def reasons(health):
    return [said(finding) for finding in health.findings]


@worked("RAG-P01")
def test_published_rule_set(example):
    bounds = example.inputs["thresholds"]
    assert (bounds["time_green_days"], bounds["time_amber_days"]) == (7, 30)
    assert (bounds["cost_amber_pct"], bounds["cost_red_pct"]) == (10, 20)
    shown: dict[str, list[Rag]] = {"time": [], "cost": []}
    for case in example.inputs["cases"]:
        found = {
            "time": schedule_finding(int(case["slip_days"]), 400, PUBLISHED).rag,
            "cost": cost_finding(100 + case["overrun_pct"], D(100), PUBLISHED).rag,
        }
        for name, colour in found.items():
            shown[name].append(colour)
    assert shown == {name: example.expected[name] for name in shown}


@pytest.mark.parametrize(("percent", "colour"), [(10, "amber"), (20, "red"), (D("9.9"), "green")])
def test_published_rule_puts_a_bound_into_the_worse_colour(percent, colour):
    assert cost_finding(100 + D(percent), D(100), PUBLISHED).rag == colour


# The demo portfolio


def demo_health(code):
    row = by_id("projects")[code]
    timeline = demo_timelines()[IDS[code]]
    driver = timeline.driver and named(f"D{timeline.driver:02}", "dependency")
    return project_health(
        ProjectEvidence(
            as_of=AS_OF,
            ended="closed" if row["stage"] == "closed" else "",
            slip_days=days_between(timeline.finish, day(row["baseline_finish"])),
            hidden_delay_days=timeline.hidden_delay_days,
            driver=driver,
            baseline_days=(day(row["baseline_finish"]) - day(row["baseline_start"])).days,
            eac=row["ac"] + row["etc"],
            approved=row["approved_budget"],
            top_risk=demo_top_risk(row),
            risks_recorded=any(risk["project"] == code for risk in DEMO["risks"]),
            dependencies=[
                (named(each["id"]), demo_figures(each["id"]).status)
                for each in DEMO["dependencies"]
                if each["receiver"] == code and each["state"] != "accepted"
            ],
            issues=demo_issues(level="project", project=code),
            overloads=demo_overloads(code),
            compliance=[
                (named(item["id"]), day(item["due"]) < AS_OF, item["blocking"] != "none")
                for item in DEMO["compliance"]
                if item["project"] == code
            ],
            declared=row["rag_reported"],
            declared_on=day(row["rag_reported_on"]),
        )
    )


def demo_top_risk(project):
    days = (day(project["baseline_finish"]) - day(project["baseline_start"])).days
    scores = [
        (
            score(
                risk["p_residual"],
                risk["cost_ml"],
                project["approved_budget"],
                int(risk["days_ml"]),
                days,
            ).value,
            risk["id"],
        )
        for risk in DEMO["risks"]
        if risk["project"] == project["id"]
        and risk["type"] == "threat"
        and risk["status"] == "open"
    ]
    value, code = max(scores, default=(None, None))
    return None if value is None else (named(code), value)


def demo_issues(**where):
    return [
        (named(issue["id"]), issue["severity"], day(issue["due"]) < AS_OF)
        for issue in DEMO["issues"]
        if all(issue[name] == value for name, value in where.items())
    ]


def demo_overloads(code):
    projects = list(IDS)
    return [
        (named(resource), month.month, month.over / month.capacity)
        for resource, row in by_id("resources").items()
        for month in monthly_load(
            row["capacity"], demo_bookings(resource, projects), date(2026, 11, 1), 3
        )
        if month.over and projects.index(code) in month.projects
    ]


@pytest.mark.parametrize("code", DEMO["expected"]["rag"])
def test_demo_projects(code):
    wanted = DEMO["expected"]["rag"][code]
    health = demo_health(code)
    if wanted["effective"] == "closed":
        assert health == Health(None, "green", "closed", stale=False)
        return
    overall = {
        "derived": health.derived,
        "effective": health.effective,
        "declared": health.declared,
        "stale": health.stale,
        "reasons": reasons(health),
    }
    known = {name: health.dimensions[name] for name in health.dimensions if name in wanted}
    assert {**overall, **known} == wanted
    assert health.differs == (wanted["declared"] != wanted["derived"])
    assert not {"benefits", "disbenefits"} & set(health.dimensions)


def demo_programme(code, **changes):
    rows = [r for r in DEMO["benefits"] if r["programme"] == code and r["kind"] == "flow"]
    end = [(row, flow(row, AS_OF)) for row in rows if row["level"] == "end"]
    measured = [figures for _, figures in end if figures.measured]
    sums = [
        sum((getattr(figures, name) for _, figures in end), D(0))
        for name in ("planned_measured", "actual_to_date")
    ]
    reached = attainment(*sums) if measured else Ratio(None, "never_measured")
    harm = [figures for row, figures in end if row["category"] == "dis_benefit"]
    projects = [r["id"] for r in DEMO["projects"] if r["programme"] == code]
    facts = {
        "attainment": (reached.value, reached.reason),
        "disbenefits_planned": -sum(figures.planned_to_date for figures in harm),
        "disbenefits_actual": -sum(figures.actual_to_date for figures in harm),
        "funding_cover": DEMO["expected"]["evm_programmes"][code]["funding_cover"],
        "issues": demo_issues(level="programme", programme=code),
        "projects": [
            (named(project), demo_health(project))
            for project in projects
            if by_id("projects")[project]["stage"] != "closed"
        ],
    }
    return programme_health(ProgrammeEvidence(**facts | changes))


@pytest.mark.parametrize("code", DEMO["expected"]["rag_programmes"])
def test_demo_programmes(code):
    wanted = DEMO["expected"]["rag_programmes"][code]
    health = demo_programme(code)
    assert (health.derived, health.effective) == (wanted["derived"], wanted["derived"])
    assert health.stale_projects == wanted["stale"]
    assert reasons(health) == wanted["reasons"]


def test_demo_campus_dimensions():
    assert demo_programme("CAM").dimensions == {
        "schedule": "red",
        "cost": "amber",
        "benefits": "grey",
        "disbenefits": "amber",
        "risk": "amber",
        "dependencies": "red",
        "issues": "green",
        "resources": "amber",
        "compliance": "amber",
        "assurance": "green",
    }


def test_a_report_of_two_months_ago_is_stale_and_the_figures_count():
    health = demo_health("HID-03")
    assert (health.derived, health.effective, health.stale) == ("red", "red", True)
    assert reasons(health) == [
        "risk amber: R35 scores 12",
        "resources red: RS05 over by 50% in 2027-01",
        "stale: no report since 2026-08-31",
    ]


# Single findings


def test_grey_counts_for_nothing():
    assert worst([Rag.GREY, Rag.GREEN]) == "green"
    assert worst([Rag.GREY, Rag.GREY]) == "grey"
    assert worst([]) == "grey"


@pytest.mark.parametrize(
    ("slip", "days", "colour"),
    [
        (7, 200, "green"),
        (8, 200, "amber"),
        (30, 200, "amber"),
        (31, 200, "red"),
        (25, 1000, "green"),
        (100, 1000, "amber"),
        (101, 1000, "red"),
        (-40, 200, "green"),
        (None, 200, "grey"),
        (4, None, "grey"),
    ],
)
def test_schedule(slip, days, colour):
    assert schedule_finding(slip, days).rag == colour


@pytest.mark.parametrize(
    ("eac", "approved", "colour"),
    [(105, 100, "green"), (110, 100, "amber"), (111, 100, "red"), (50, 0, "grey")],
)
def test_cost(eac, approved, colour):
    assert cost_finding(D(eac), D(approved)).rag == colour


@pytest.mark.parametrize(
    ("attained", "colour"), [("0.95", "green"), ("0.949", "amber"), ("0.8", "amber"), ("-1", "red")]
)
def test_benefits(attained, colour):
    assert benefits_finding(D(attained)).rag == colour


def test_benefits_undefined_are_grey_and_say_so():
    assert said(benefits_finding(None)) == NO_BENEFITS


@pytest.mark.parametrize(
    ("planned", "actual", "colour"),
    [(100, 105, "green"), (100, 120, "amber"), (100, 121, "red"), (0, 9, "grey")],
)
def test_disbenefits(planned, actual, colour):
    assert disbenefits_finding(D(planned), D(actual)).rag == colour


@pytest.mark.parametrize(
    ("top", "recorded", "colour"),
    [
        ((named("R1"), 9), True, "green"),
        ((named("R1"), 10), True, "amber"),
        ((named("R1"), 15), True, "red"),
        (None, True, "green"),
        (None, False, "grey"),
    ],
)
def test_risk(top, recorded, colour):
    assert risk_finding(top, recorded).rag == colour


@pytest.mark.parametrize(
    ("cover", "colour"),
    [(D(1), "green"), (D("0.8"), "amber"), (D("0.79"), "red"), (None, "grey")],
)
def test_funding_cover(cover, colour):
    assert cover_finding(cover).rag == colour


def test_issues_name_all_that_are_late_and_grave():
    issues = [
        (named("I1"), "high", True),
        (named("I2"), "critical", True),
        (named("I3"), "critical", False),
    ]
    assert said(issues_finding(issues)) == "issues red: I2, I1 overdue"
    assert issues_finding([(named("I1"), "medium", True)]).rag == "green"


def test_the_worst_month_speaks_and_of_equals_the_latest():
    months = [date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)]
    overloads = [(named("RS1"), month, D("0.25")) for month in months[:2]]
    overloads.append((named("RS2"), months[2], D("0.1")))
    assert said(resources_finding(overloads)) == "resources amber: RS1 over by 25% in 2026-12"
    worse = [*overloads, (named("RS3"), months[0], None)]
    assert said(resources_finding(worse)) == "resources red: RS3 booked without capacity in 2026-11"
    assert resources_finding([]).rag == "green"


def test_compliance_that_blocks_is_red():
    first, second = named("CP1"), named("CP2")
    assert compliance_finding([(first, True, False), (second, False, True)]).rag == "amber"
    late = compliance_finding([(first, True, False), (second, True, True)])
    assert said(late) == "compliance red: CP2, CP1 overdue"
    assert late.drivers == [second, first]


def test_assurance_counts_the_worst_priority():
    late = [
        (named(f"AR1.{number}"), *each)
        for number, each in enumerate(
            [("critical", True), ("essential", True), ("critical", False), ("recommended", True)], 1
        )
    ]
    assert said(assurance_finding(late)) == "assurance red: 1 critical recommendation overdue"
    assert assurance_finding(late).drivers == [named("AR1.1")]
    assert assurance_finding(late[1:]).rag == "amber"
    assert assurance_finding(late[2:]).rag == "green"


def test_thresholds_come_from_stored_data():
    stored = {"cost_green_pct": 2.5, "schedule_green_days": 3, "cost_bound_is_worse": True}
    thresholds = Thresholds.from_dict(stored)
    assert thresholds == Thresholds(
        cost_green_pct=D("2.5"), schedule_green_days=3, cost_bound_is_worse=True
    )
    with pytest.raises(ValueError, match="There is no rule speed"):
        Thresholds.from_dict({"speed": 1})


# Whole projects and programmes


def project(**changes):
    facts: dict[str, Any] = {
        "as_of": AS_OF,
        "declared": "green",
        "declared_on": AS_OF,
        "risks_recorded": True,
    }
    return project_health(ProjectEvidence(**facts | changes))


@pytest.mark.parametrize(("age", "stale"), [(45, False), (46, True)])
def test_a_report_goes_stale_after_forty_five_days(age, stale):
    health = project(declared_on=AS_OF - timedelta(days=age))
    assert (health.stale, health.effective) == (stale, "green")


def test_a_project_that_never_reported_is_stale():
    health = project(declared=None, declared_on=None)
    assert reasons(health) == ["stale: never reported"]
    assert not health.differs


def test_a_stale_project_is_named_and_counts_with_what_the_figures_say():
    late = {"slip_days": 99, "baseline_days": 100}
    stale = project(declared="green", declared_on=date(2026, 1, 1), **late)
    assert (stale.effective, stale.differs) == ("red", True)
    health = programme_health(
        ProgrammeEvidence(projects=[(named("P1"), stale), (named("P2"), project())])
    )
    assert (health.effective, health.stale, health.stale_projects) == ("red", True, ["P1"])
    assert health.dimensions["schedule"] == "red"
    assert reasons(health) == [NO_BENEFITS, "projects red: P1", "stale: P1"]


def test_neither_silence_nor_a_kind_word_changes_a_colour():
    late = {"slip_days": 331, "baseline_days": 400}
    silent = project(declared=None, declared_on=None, **late)
    kind = project(declared="green", **late)
    assert [each.effective for each in (silent, kind)] == ["red", "red"]
    assert [each.differs for each in (silent, kind)] == [False, True]
    for each in (silent, kind):
        assert programme_health(ProgrammeEvidence(projects=[(named("P1"), each)])).derived == "red"


def test_nothing_to_judge_is_grey_and_says_so():
    health = programme_health(ProgrammeEvidence())
    assert (health.derived, health.effective, health.differs) == ("grey", "grey", False)
    assert reasons(health) == [NO_BENEFITS, NOTHING]
    assert set(health.dimensions.values()) == {"green", "grey"}


def test_a_live_project_of_which_nothing_is_known_is_grey_and_makes_no_programme_green():
    unknown = project(risks_recorded=False)
    assert (unknown.derived, reasons(unknown)) == ("grey", [NOTHING])
    health = programme_health(ProgrammeEvidence(projects=[(named("P1"), unknown)]))
    assert (health.derived, reasons(health)) == ("grey", [NO_BENEFITS, NOTHING])


@pytest.mark.parametrize(
    "known",
    [
        {"slip_days": 0, "baseline_days": 10},
        {"eac": D(1), "approved": D(1)},
        {"risks_recorded": True},
        {"dependencies": [(named("D1"), "green")]},
        {"issues": [(named("I1"), "high", False)]},
        {"compliance": [(named("CP1"), False, True)]},
        {"assurance": [(named("AR1.1"), "critical", False)]},
    ],
)
def test_one_fact_is_enough_to_judge_a_project_by(known):
    assert project(**{"risks_recorded": False, **known}).derived == "green"


@pytest.mark.parametrize(
    "known",
    [
        {"attainment": (D(1), None)},
        {"disbenefits_planned": D(1)},
        {"funding_cover": D(2)},
        {"risks_recorded": True},
        {"issues": [(named("I1"), "high", False)]},
        {"projects": [(named("P1"), project())]},
    ],
)
def test_one_fact_is_enough_to_judge_a_programme_by(known):
    assert programme_health(ProgrammeEvidence(**known)).derived == "green"


def test_a_programme_answers_for_its_own_issues_and_assurance():
    health = programme_health(
        ProgrammeEvidence(
            issues=[(named("I6"), "high", True)], assurance=[(named("AR1.1"), "critical", True)]
        )
    )
    assert health.derived == "red"
    assert reasons(health)[1:] == [
        "issues amber: I6 overdue",
        "assurance red: 1 critical recommendation overdue",
    ]


# What is said of a value


@pytest.mark.parametrize(
    ("finding", "words"),
    [
        (cost_finding(D("1050.40"), D(1000)), "cost amber: forecast +5.04% of approved budget"),
        (cost_finding(D("1100.40"), D(1000)), "cost red: forecast +10.04% of approved budget"),
        (cost_finding(D("1099.60"), D(1000)), "cost amber: forecast +9.96% of approved budget"),
        (cost_finding(D("1064.50"), D(1000)), "cost amber: forecast +6.5% of approved budget"),
        (cost_finding(D("1062.50"), D(1000)), "cost amber: forecast +6.3% of approved budget"),
        (benefits_finding(D("0.9499")), "benefits amber: 0.9499 of plan"),
        (benefits_finding(D("0.7999")), "benefits red: 0.7999 of plan"),
        (benefits_finding(D("0.001")), "benefits red: 0.001 of plan"),
        (disbenefits_finding(D(1000), D(1201)), "dis-benefits red: 1.201 of plan"),
        (cover_finding(D("0.997")), "funding cover amber: 0.997"),
        (cover_finding(D("0.7996")), "funding cover red: 0.7996"),
        (
            resources_finding([(named("RS1"), date(2027, 1, 1), D("0.2504"))]),
            "resources red: RS1 over by 25.04% in 2027-01",
        ),
        (
            resources_finding([(named("RS1"), date(2027, 1, 1), D("0.004"))]),
            "resources amber: RS1 over by 0.4% in 2027-01",
        ),
        (schedule_finding(8, 200), "schedule amber: 8 days late against baseline"),
        (
            assurance_finding([(named(f"AR1.{n}"), "essential", True) for n in (1, 2)]),
            "assurance amber: 2 essential recommendations overdue",
        ),
    ],
)
def test_a_reason_shows_as_many_digits_as_decide(finding, words):
    assert said(finding) == words


def test_one_day_is_not_days():
    strict = Thresholds(schedule_green_days=0, schedule_green_pct=D(0))
    late = schedule_finding(1, 200, strict)
    assert said(late) == "schedule amber: 1 day late against baseline"


def test_a_finding_says_what_it_judged_by_what():
    assert cost_finding(D("1050.40"), D(1000)).data == {
        "dimension": "cost",
        "colour": "amber",
        "rule": "over_approved",
        "values": {"value": "5.04", "green": "5", "amber": "10"},
        "drivers": [],
    }
    driver = Driver("dependency", 22, "D22")
    assert schedule_finding(28, 400, hidden_delay_days=28, driver=driver).data == {
        "dimension": "schedule",
        "colour": "amber",
        "rule": "late_against_baseline",
        "values": {"value": "28", "green": "10", "amber": "40", "hidden_delay_days": 28},
        "drivers": [{"type": "dependency", "id": 22, "code": "D22"}],
    }


def test_many_drivers_are_counted_not_listed():
    late = issues_finding([(named(f"I{number}"), "high", True) for number in range(15)])
    assert len(late.data["drivers"]) == 12
    assert said(late).endswith("I10, I11 and 3 more overdue")


colours = st.sampled_from(list(Rag))


@given(st.lists(colours), st.lists(colours))
def test_worst_of_all_is_the_worst_of_the_worsts(one, other):
    assert worst([*one, *other]) == worst([worst(one), worst(other)])


@given(st.integers(-50, 500), st.integers(0, 100), st.integers(1, 2000))
def test_more_slip_is_never_a_better_colour(slip, more, days):
    now, later = schedule_finding(slip, days).rag, schedule_finding(slip + more, days).rag
    assert SEVERITY[now] <= SEVERITY[later]


@given(
    st.integers(-50, 500) | st.none(),
    st.integers(50, 150).map(D) | st.none(),
    st.integers(0, 25),
    st.booleans(),
)
def test_every_amber_or_red_dimension_has_its_reason(slip, eac, top, late):
    health = project(
        slip_days=slip,
        baseline_days=300,
        eac=eac,
        approved=D(100),
        top_risk=(named("R1"), top),
        issues=[(named("I1"), "critical", late)],
    )
    troubled = {name for name, colour in health.dimensions.items() if colour in ("amber", "red")}
    assert {finding.dimension for finding in health.findings} == troubled
    assert health.derived == worst(Rag(colour) for colour in health.dimensions.values())


@given(st.decimals("0.01", "3000", places=2), st.decimals("0.01", "2000", places=2))
def test_what_a_reason_says_of_cost_lies_where_its_colour_does(eac, approved):
    finding = cost_finding(eac, approved)
    if finding.rag in ("amber", "red"):
        shown = D(said(finding).split("+")[1].split("%")[0])
        assert cost_finding(100 + shown, D(100)).rag == finding.rag


def test_dis_benefits_are_spelt_one_way() -> None:
    assert formats.says("disbenefits") == "dis-benefits"
    labels = [entry.label for kind in KINDS.values() for entry in kind.entries().values()]
    assert "Dis-benefits green" in labels
    assert not [label for label in labels if "disbenefit" in label.lower()]
