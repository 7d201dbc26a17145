"""Tolerances: set by who stands above, the most specific counts, exactly at it is no exception."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, transaction

from pmhub.database.history import WritePath, through
from pmhub.models import User
from programmes.health import (
    Driver,
    Finding,
    Rag,
    Tolerance,
    apply_tolerance,
    cost_finding,
    in_force,
)
from programmes.models import ExceptionReport
from programmes.models import Tolerance as Kept
from programmes.models.tolerance import ToleranceKind, unit_of
from programmes.rollup.verify import differences
from programmes.services import raise_exceptions
from projects.models import Output, Project
from tests import factories
from tests.api.conftest import errors_of

# The rule


def limit(value: str, kind: str = "cost_pct", side: str = "over", place: str = "project") -> Any:
    """A tolerance as the engine knows it."""
    return Tolerance(1, kind, Decimal(value), side, place)


@pytest.mark.parametrize(
    ("eac", "value", "side", "colour", "rule"),
    [
        ("104", "8", "over", "green", ""),
        ("108", "8", "over", "amber", "within_tolerance"),
        ("108.01", "8", "over", "red", "beyond_tolerance"),
        ("103", "2", "over", "red", "beyond_tolerance"),
        ("115", "20", "over", "amber", "within_tolerance"),
        ("90", "5", "over", "green", ""),
        ("90", "10", "both", "green", ""),
        ("89.99", "10", "both", "red", "beyond_tolerance"),
        ("115", "10", "under", "amber", "within_tolerance"),
    ],
)
def test_exactly_at_it_is_no_exception_and_within_it_nothing_is_red(
    eac: str, value: str, side: str, colour: str, rule: str
) -> None:
    finding = cost_finding(Decimal(eac), Decimal(100))
    found = apply_tolerance(finding, "cost_pct", {"cost_pct": limit(value, side=side)})
    assert (found.rag, found.rule) == (colour, rule)
    assert [*found.drivers] == ([Driver("tolerance", 1, "project tolerance")] if rule else [])


def test_the_most_specific_counts() -> None:
    project, programme = limit("3"), limit("9", place="programme")
    time = limit("40", "time_days", place="portfolio")
    assert in_force([project], [programme], [time]) == {"cost_pct": project, "time_days": time}
    assert in_force([], [programme], [time])["cost_pct"] == programme


def test_what_is_not_known_breaks_none() -> None:
    grey = Finding("cost", Rag.GREY, known=False)
    assert apply_tolerance(grey, "cost_pct", {"cost_pct": limit("0")}) is grey


# Who sets it


@pytest.mark.parametrize(
    ("who", "of_project", "of_programme", "of_portfolio"),
    [
        ("pmo", 201, 201, 201),
        ("sponsor", 403, 201, 201),
        ("sro", 201, 201, 403),
        ("cam_manager", 201, 403, 403),
        ("cam02_manager", 403, 400, 403),  # the programme is out of sight
        ("viewer", 403, 403, 403),
    ],
)
def test_who_stands_above_sets_it(
    who: str,
    of_project: int,
    of_programme: int,
    of_portfolio: int,
    demo: Any,
    api: Any,
    request: pytest.FixtureRequest,
) -> None:
    user, body = request.getfixturevalue(who), {"kind": "cost_pct", "value": "9"}
    places = {
        "project": (demo.project("CAM-02").pk, of_project),
        "programme": (demo.programme("CAM").pk, of_programme),
        "portfolio": (demo.portfolio.pk, of_portfolio),
    }
    for place, (id, status) in places.items():
        answer = api(user).post("tolerances/", body | {place: id})
        assert answer.status_code == status, (place, answer.json())


def test_who_leads_sets_none_by_another_role_either(demo: Any, cam_manager: User, api: Any) -> None:
    own = demo.project("CAM-02")
    Project.objects.filter(pk=own.pk).update(project_manager=cam_manager.person)
    body = {"project": own.pk, "kind": "cost_pct", "value": "9"}
    factories.tolerance(own).delete()  # nobody says who it is
    assert api(cam_manager).post("tolerances/", body).status_code == 403
    with (
        pytest.raises(IntegrityError),
        transaction.atomic(),
        through(WritePath.SQL, by=cam_manager),
    ):
        factories.tolerance(own)


def test_the_manager_of_a_programme_neither_changes_nor_deletes_its_own(
    demo: Any, cam_manager: User, sro: User, api: Any
) -> None:
    row = factories.tolerance(demo.programme("CAM"))
    path = f"tolerances/{row.pk}/"
    assert api(cam_manager).patch(path, {"value": "50"}).status_code == 403
    assert api(cam_manager).delete(path).status_code == 403
    changed = api(sro).patch(path, {"value": "5"})
    assert (changed.status_code, changed.json()["by"]) == (200, sro.person.pk)
    assert api(sro).delete(path).status_code == 204


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"kind": "time_days", "side": "both"}, "/side"),
        ({"kind": "benefit_pct", "side": "over"}, "/side"),
        ({"kind": "cost_pct", "value": "-1"}, "/value"),
        ({"kind": "cost_pct", "value": "NaN"}, "/value"),
        ({"kind": "speed"}, "/kind"),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused(
    fields: Any, place: str, demo: Any, pmo: User, api: Any
) -> None:
    body = {"programme": demo.programme("CAM").pk, "value": "5"} | fields
    refused = api(pmo).post("tolerances/", body)
    assert (refused.status_code, list(errors_of(refused))) == (400, [place])
    with pytest.raises((DatabaseError, ValidationError)), transaction.atomic():
        factories.tolerance(demo.programme("CAM"), **fields)


def test_there_is_one_of_a_kind_at_a_place(demo: Any, pmo: User, api: Any) -> None:
    programme = demo.programme("CAM")
    body = {"programme": programme.pk, "kind": "cost_pct", "value": "5"}
    assert api(pmo).post("tolerances/", body).status_code == 201
    again = api(pmo).post("tolerances/", body)
    assert again.status_code == 400
    assert "There is one of this kind here" in again.content.decode()
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.tolerance(programme)
    benefit = {"project": demo.project("CAM-02").pk, "kind": "benefit_pct", "side": "under"}
    assert list(errors_of(api(pmo).post("tolerances/", benefit | {"value": "5"}))) == ["/kind"]


# What it does


@pytest.fixture
def over(nothing: None, drain: Any) -> Any:
    """A project that comes to 12 % more than is approved, red by the usual thresholds."""
    project = factories.project(estimate_to_complete=112)
    factories.budget(project, 100)
    factories.baseline(project)
    drain()
    return project


def reasons(api: Any, user: User, project: Project) -> tuple[str, list[str]]:
    """The health of a project and the reasons that speak of cost."""
    path = f"projects/{project.pk}/rollup/"
    found = api(user).get(path).json()["metrics"]["health"]
    return found["dimensions"]["cost"], [each for each in found["reasons"] if "cost" in each]


def test_the_explanation_names_which_tolerance_counts(
    over: Project, office: User, api: Any, drain: Any
) -> None:
    assert reasons(api, office, over)[0] == "red"
    home = over.programme
    assert home is not None
    factories.tolerance(home.portfolio, value=15)
    drain()
    assert reasons(api, office, over) == (
        "amber",
        ["cost amber: forecast +12.0% of approved budget, within the portfolio tolerance of 15%"],
    )
    factories.tolerance(home, value=11)
    drain()
    assert reasons(api, office, over) == (
        "red",
        ["cost red: forecast +12.0% of approved budget, beyond the programme tolerance of 11%"],
    )
    own = factories.tolerance(over, value=12)
    drain()
    assert reasons(api, office, over) == (
        "amber",
        ["cost amber: forecast +12.0% of approved budget, within the project tolerance of 12%"],
    )
    Kept.objects.filter(pk=own.pk).update(value="11.99")
    drain()
    assert reasons(api, office, over)[0] == "red"
    assert differences() == []
    own.delete()
    Kept.objects.filter(programme=home).delete()
    drain()
    assert reasons(api, office, over)[0] == "amber"
    assert differences() == []


def test_a_preview_of_one_says_what_then_happens(
    over: Project, office: User, api: Any, drain: Any
) -> None:
    body = {"programme": over.programme_id, "kind": "cost_pct", "value": "15"}
    tried = api(office).post("tolerances/?preview=1", body).json()
    told = {each["code"]: each["health"]["to"] for each in tried["projects"]}
    assert not Kept.objects.filter(programme=over.programme).exists()
    assert api(office).post("tolerances/", body).status_code == 201
    drain()
    path = f"projects/{over.pk}/rollup/"
    health = api(office).get(path).json()["metrics"]["health"]["value"]
    assert told == {over.code: health}


def test_benefits_of_a_programme_may_stray_so_far(
    demo: Any, pmo: User, api: Any, drain: Any
) -> None:
    programme = demo.programme("SSV")
    path = f"programmes/{programme.pk}/rollup/"
    before = api(pmo).get(path).json()["metrics"]
    below = 1 - before["benefits_attainment"]["value"]
    assert below > 0
    factories.tolerance(programme, kind="benefit_pct", side="under", value=0)
    drain()
    found = api(pmo).get(path).json()["metrics"]["health"]
    assert any("beyond the programme tolerance of 0%" in each for each in found["reasons"])
    Kept.objects.filter(programme=programme).update(value=100)
    drain()
    found = api(pmo).get(path).json()["metrics"]["health"]
    assert any("within the programme tolerance of 100%" in each for each in found["reasons"])
    assert differences() == []


# Of a stage, and of risk, scope and quality


def test_that_of_the_stage_a_project_is_in_counts_first(
    over: Project, office: User, api: Any, drain: Any
) -> None:
    factories.tolerance(over, value=15)
    factories.tolerance(over, value=5, stage="deliver")
    drain()
    assert reasons(api, office, over)[0] == "amber"
    Kept.objects.filter(stage="deliver").update(stage=over.stage)
    drain()
    assert reasons(api, office, over) == (
        "red",
        ["cost red: forecast +12.0% of approved budget, beyond the stage tolerance of 5%"],
    )
    assert differences() == []


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"programme": "home", "kind": "cost_pct", "stage": "deliver"}, "/stage"),
        ({"kind": "cost_pct", "stage": "party"}, "/stage"),
        ({"kind": "risk", "side": "under"}, "/side"),
        ({"kind": "scope", "side": "both"}, "/side"),
        ({"kind": "quality", "value": "100001"}, "/value"),
    ],
    ids=str,
)
def test_stages_are_a_projects_and_the_new_kinds_stray_one_way(
    fields: Any, place: str, over: Project, office: User, api: Any
) -> None:
    body = {"project": over.pk, "value": "5"} | fields
    if body.get("programme"):
        body |= {"programme": over.programme_id}
        del body["project"]
    refused = api(office).post("tolerances/", body)
    assert (refused.status_code, list(errors_of(refused))) == (400, [place])


# A threat that is as likely as not, of which 150 is to be expected.
EVEN = {"residual_probability": "0.5", "residual_cost_min": 300, "residual_cost_max": 300,
        "residual_cost_most_likely": 300}  # fmt: skip


def found(api: Any, user: User, project: Project) -> dict[str, Any]:
    """The health of a project."""
    path = f"projects/{project.pk}/rollup/"
    health: dict[str, Any] = api(user).get(path).json()["metrics"]["health"]
    return health


def test_risks_may_be_expected_to_cost_so_much(
    nothing: None, office: User, api: Any, drain: Any
) -> None:
    project = factories.project()
    factories.budget(project, 10_000)
    factories.risk(project, **EVEN)
    own = factories.tolerance(project, kind="risk", value=150)
    drain()
    assert found(api, office, project)["dimensions"]["risk"] == "green"  # exactly at it
    Kept.objects.filter(pk=own.pk).update(value="149.99")
    drain()
    health = found(api, office, project)
    assert health["dimensions"]["risk"] == "red"
    said = "risk red: risks are expected to cost 150, beyond the project tolerance of 149.99"
    assert said in health["reasons"]
    assert raise_exceptions() == 1
    assert ExceptionReport.objects.get().kind == "risk"
    assert differences() == []


def test_a_part_of_the_outputs_may_be_descoped_or_late_to_be_accepted(
    nothing: None, office: User, api: Any, drain: Any
) -> None:
    project = factories.project()
    day = project.owner_portfolio.as_of
    for number, state in enumerate(("planned", "delivered", "accepted", "in_progress")):
        factories.output(
            project, code=f"O{number}", state=state, planned_on=day - timedelta(days=1),
            accepted_on=day if state == "accepted" else None,
        )  # fmt: skip
    factories.tolerance(project, kind="quality", value=75)
    factories.tolerance(project, kind="scope", value=25)
    drain()
    assert {"scope", "quality"}.isdisjoint(found(api, office, project)["dimensions"])
    factories.descope(*Output.objects.filter(project=project, code__in=["O0", "O3"]))
    drain()
    health = found(api, office, project)
    assert health["dimensions"]["scope"] == "red"
    said = "scope red: 50% of outputs descoped, beyond the project tolerance of 25%"
    assert said in health["reasons"]
    Kept.objects.filter(kind="quality").update(value=49)
    drain()
    said = "quality red: 50% of outputs due are not accepted, beyond the project tolerance of 49%"
    assert said in found(api, office, project)["reasons"]
    assert differences() == []


def test_the_risk_of_a_case_is_held_to_its_programmes_tolerance_alone(
    nothing: None, office: User, drain: Any
) -> None:
    home = factories.programme()
    project = factories.project(programme=home)
    factories.budget(project, 10_000)
    factories.business_case(home, state="approved")
    factories.risk(project, **EVEN)
    factories.tolerance(home.portfolio, kind="risk", value=100)
    drain()
    assert raise_exceptions() == 1
    assert ExceptionReport.objects.get().project == project
    factories.tolerance(home, kind="risk", value=120)
    drain()
    raise_exceptions()
    of_case = ExceptionReport.objects.get(case__isnull=False)
    assert (of_case.kind, of_case.now, of_case.approved) == ("risk", 150, 120)


def test_going_on_beyond_the_tolerance_of_a_stage_sets_that_one_anew(
    over: Project, office: User, api: Any, drain: Any
) -> None:
    factories.tolerance(over, value=5, stage=over.stage)
    drain()
    raise_exceptions()
    report = ExceptionReport.objects.get()
    body = {"decision": "continue", "tolerance_value": "12", "reason": "Agreed"}
    path = f"exceptions/{report.pk}/"
    answer = api(office).post(f"{path}decision/", body)
    assert answer.status_code == 200, answer.json()
    assert [*Kept.objects.values_list("stage", "value")] == [(over.stage, 12)]


@pytest.mark.django_db
def test_every_kind_is_measured_in_something() -> None:
    portfolio = factories.programme().portfolio
    units = {kind: unit_of(kind, portfolio) for kind in ToleranceKind}
    assert units[ToleranceKind.RISK] == units[ToleranceKind.NPSV]
    assert all(units.values())
