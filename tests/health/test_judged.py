"""What counts as green, and what is not known."""

from datetime import date
from decimal import Decimal

import pytest

from programmes.models import MetricValue
from projects.models import ProjectForecast
from tests import factories

pytestmark = pytest.mark.django_db
NO_BENEFITS = "benefits grey: planned net not positive or nothing planned yet"


def test_a_programme_with_nothing_to_judge_is_grey_and_says_so(programme, health_of):
    health = health_of(programme)
    assert (health["value"], health["reason"]) == ("grey", "nothing_to_judge")
    assert health["reasons"] == [NO_BENEFITS, "health grey: nothing to judge yet"]
    assert [each["rule"] for each in health["findings"]] == [
        "nothing_planned_yet",
        "nothing_to_judge",
    ]


def test_it_is_green_nowhere(programme, shown):
    factories.programme(portfolio=programme.portfolio, code="PH", name="Quay")
    portfolio = shown("/portfolio/")
    assert "2 programmes 2 not known" in portfolio
    assert "Green Harbour" not in portfolio
    assert "Not known Harbour" in portfolio


def test_a_project_counts_with_what_the_figures_say_though_nobody_declared(
    programme, late_project, health_of, read
):
    project = health_of(late_project)
    assert (project["derived"], project["effective"], project["declared"]) == ("red", "red", None)
    assert (project["stale"], project["differs"]) == (True, False)
    assert project["reasons"] == [
        "schedule red: 331 days late against baseline",
        "stale: never reported",
    ]
    health = health_of(programme)
    assert (health["value"], health["dimensions"]["schedule"]) == ("red", "red")
    assert health["reasons"] == [NO_BENEFITS, "projects red: P1", "stale: P1"]
    assert read(f"programmes/{programme.pk}/rollup/projects_stale/")["value"] == 1


def test_a_kind_word_changes_no_colour_and_raises_the_flag(programme, late_project, health_of):
    late_project.declared_rag, late_project.declared_on = "green", factories.AS_OF
    late_project.save()
    project = health_of(late_project)
    assert (project["effective"], project["declared"], project["differs"]) == ("red", "green", True)
    assert health_of(programme)["value"] == "red"


def test_a_finding_names_its_rule_what_it_judged_and_what_drives_it(
    programme, late_project, health_of
):
    assert health_of(late_project)["findings"][0] == {
        "dimension": "schedule",
        "colour": "red",
        "rule": "late_against_baseline",
        "values": {"value": "331", "green": "9.1", "amber": "36.4", "hidden_delay_days": 0},
        "driver": None,
        "drivers": [],
    }
    driver = {"type": "project", "id": late_project.pk, "code": "P1"}
    projects = health_of(programme)["findings"][1]
    assert (projects["rule"], projects["driver"], projects["drivers"]) == (
        "worst_projects",
        driver,
        [driver],
    )


def test_lines_of_health_say_the_same(programme, late_project, read, health_of):
    found = read(f"programmes/{programme.pk}/rollup/health/")
    lines = {line["source"]["type"]: line for line in found["lines"]}
    assert lines["programme"]["value"] == "grey"
    assert (lines["project"]["value"], lines["project"]["included"]) == ("red", True)
    assert lines["project"]["inputs"]["reasons"] == health_of(late_project)["reasons"]
    assert lines["project"]["inputs"]["findings"] == health_of(late_project)["findings"]


def test_a_live_project_of_which_nothing_is_known_is_grey(programme, health_of):
    project = factories.project(programme=programme)
    assert (health_of(project)["effective"], health_of(programme)["value"]) == ("grey", "grey")


def test_a_bound_is_judged_by_the_exact_value(programme, health_of):
    programme.contingency_budget = Decimal("79999999999.99")
    programme.save()
    cost = Decimal("100000000000.00")
    factories.risk(
        programme, residual_probability=Decimal("0.95"), residual_cost_min=cost,
        residual_cost_most_likely=cost, residual_cost_max=cost,
    )  # fmt: skip
    health = health_of(programme)
    assert (health["value"], health["dimensions"]["risk"]) == ("red", "red")
    assert "funding cover red: 0.7999999999999" in health["reasons"]


@pytest.mark.parametrize(
    ("estimate", "reason"),
    [
        ("1050.40", "cost amber: forecast +5.04% of approved budget"),
        ("1100.40", "cost red: forecast +10.04% of approved budget"),
        ("1064.50", "cost amber: forecast +6.5% of approved budget"),
    ],
)
def test_a_reason_shows_as_many_digits_as_decide(programme, health_of, estimate, reason):
    project = factories.project(programme=programme, estimate_to_complete=Decimal(estimate))
    factories.budget(project, 1000)
    assert reason in health_of(project)["reasons"]


def test_reasons_stored_as_sentences_are_told_as_they_are(
    programme, late_project, read, drain, shown
):
    said = ["schedule amber: 62 days late against baseline", "projects red: P1"]
    address = f"programmes/{programme.pk}/rollup/"
    drain()
    forecasts = ProjectForecast.objects.filter(project=late_project)
    forecasts.update(health={"effective": "red", "derived": "red", "reasons": said})
    MetricValue.objects.filter(programme=programme, metric="health").update(
        detail={"dimensions": {}, "reasons": said}
    )
    health = read(address)["metrics"]["health"]
    assert (health["reasons"], "findings" in health) == (said, False)
    assert read(f"projects/{late_project.pk}/forecast/")["health"]["reasons"] == said
    for place in (f"/programmes/{programme.pk}/", f"/projects/{late_project.pk}/"):
        assert " ".join(said) in shown(place)
    assert "; ".join(said) in shown("/portfolio/")


def test_what_drives_a_finding_is_a_link_for_who_may_open_it(
    programme, late_project, client_of, reader, drain
):
    drain()
    html = client_of(reader).get(f"/programmes/{programme.pk}/").content.decode()
    assert f'Projects</a>: <a href="/projects/{late_project.pk}/">P1</a>' in html


def test_what_people_write_is_no_markup_in_a_reason(programme, client_of, reader, drain):
    project = factories.project(programme=programme, code="<b>P</b>")
    factories.issue(project, code="<i>1</i>", severity="critical", due_on=date(2026, 10, 1))
    drain()
    for address in (f"/programmes/{programme.pk}/", f"/projects/{project.pk}/"):
        html = client_of(reader).get(address).content.decode()
        assert "<b>P" not in html
        assert "<i>1" not in html
