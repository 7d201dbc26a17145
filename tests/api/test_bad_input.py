"""Bad input: a 4xx that points at the field, and nothing stored, never a 500."""

import json
from typing import Any

import pytest

from benefits.models import Benefit, BenefitMeasurement
from pmhub.models import User
from projects.models import CostActual, Dependency, Milestone, Project, Risk
from tests import factories
from tests.api.conftest import errors_of

LONG = "x" * 20_001


P, R, C, M, B, V, D = (
    "projects", "risks", "cost-actuals", "milestones", "benefits", "measurements", "dependencies",
)  # fmt: skip

BAD: list[tuple[str, dict[str, Any], str]] = [
    # Numbers
    (P, {"percent_complete": "NaN"}, "/percent_complete"),
    (P, {"percent_complete": "Infinity"}, "/percent_complete"),
    (P, {"percent_complete": "1_000"}, "/percent_complete"),
    (P, {"percent_complete": "٣"}, "/percent_complete"),
    (P, {"percent_complete": "12,5"}, "/percent_complete"),
    (P, {"percent_complete": "1e1"}, "/percent_complete"),
    (P, {"percent_complete": "+5"}, "/percent_complete"),
    (P, {"percent_complete": ""}, "/percent_complete"),
    (P, {"percent_complete": True}, "/percent_complete"),
    (P, {"percent_complete": None}, "/percent_complete"),
    (P, {"percent_complete": [5]}, "/percent_complete"),
    (P, {"percent_complete": {"value": 5}}, "/percent_complete"),
    (P, {"percent_complete": "12.3456"}, "/percent_complete"),
    (P, {"percent_complete": "100.001"}, "/percent_complete"),
    (P, {"percent_complete": -1}, "/percent_complete"),
    (P, {"percent_complete": 10**30}, "/percent_complete"),
    (P, {"estimate_to_complete": "9999999999999.99"}, "/estimate_to_complete"),
    (P, {"estimate_to_complete": "-0.01"}, "/estimate_to_complete"),
    (P, {"complexity": "1.0"}, "/complexity"),
    (P, {"complexity": 2.5}, "/complexity"),
    (P, {"complexity": True}, "/complexity"),
    (P, {"complexity": "٣"}, "/complexity"),
    (P, {"complexity": 6}, "/complexity"),
    (P, {"complexity": 10**20}, "/complexity"),
    (C, {"amount": "NaN"}, "/amount"),
    (C, {"amount": "-Infinity"}, "/amount"),
    (C, {"amount": "0x10"}, "/amount"),
    (C, {"amount": "10", "kind": "reversal"}, "/amount"),
    (R, {"residual_probability": "1"}, "/residual_probability"),
    (R, {"residual_probability": "0"}, "/residual_probability"),
    (R, {"residual_probability": "1.5"}, "/residual_probability"),
    (R, {"residual_cost_min": 5, "residual_cost_most_likely": 1}, "/residual_cost_most_likely"),
    (R, {"residual_cost_most_likely": 5, "residual_cost_max": 1}, "/residual_cost_max"),
    (R, {"residual_days_min": -1}, "/residual_days_min"),
    (R, {"residual_days_min": "1.0"}, "/residual_days_min"),
    (B, {"confidence": "1.01"}, "/confidence"),
    (B, {"polarity": 0}, "/polarity"),
    # Truth
    (P, {"regulated": 1}, "/regulated"),
    (P, {"regulated": "yes"}, "/regulated"),
    (P, {"regulated": None}, "/regulated"),
    (P, {"regulated": [True]}, "/regulated"),
    # Text
    (P, {"name": ""}, "/name"),
    (P, {"name": "   "}, "/name"),
    (P, {"name": None}, "/name"),
    (P, {"name": 5}, "/name"),
    (P, {"name": ["a"]}, "/name"),
    (P, {"name": "x" * 201}, "/name"),
    (P, {"name": "a\x00b"}, "/name"),
    (P, {"name": "\ud800"}, "/name"),
    (P, {"name": "\u200b"}, "/name"),
    (P, {"name": "Bridge\u202egnp.exe"}, "/name"),
    (P, {"name": "two\nlines"}, "/name"),
    (P, {"objective": LONG}, "/objective"),
    (P, {"objective": "\x07"}, "/objective"),
    (P, {"code": "x" * 21}, "/code"),
    (P, {"code": "TAKEN"}, "/code"),
    # Dates
    (P, {"forecast_finish": "0001-01-01"}, "/forecast_finish"),
    (P, {"forecast_finish": "1899-12-31"}, "/forecast_finish"),
    (P, {"forecast_finish": "2201-01-01"}, "/forecast_finish"),
    (P, {"forecast_finish": "9999-12-31"}, "/forecast_finish"),
    (P, {"forecast_finish": "2026-02-30"}, "/forecast_finish"),
    (P, {"forecast_finish": "31/10/2026"}, "/forecast_finish"),
    (P, {"forecast_finish": "2026-10-31T00:00:00Z"}, "/forecast_finish"),
    (P, {"forecast_finish": "２０２６-10-31"}, "/forecast_finish"),
    (P, {"forecast_finish": 20261031}, "/forecast_finish"),
    (P, {"forecast_finish": "tomorrow"}, "/forecast_finish"),
    (P, {"forecast_start": "2027-01-01", "forecast_finish": "2026-01-01"}, "/forecast_finish"),
    (P, {"actual_finish": "2026-10-01"}, "/actual_finish"),
    (P, {"status": "closed"}, "/actual_finish"),
    (P, {"actual_start": "2199-01-01"}, "/actual_start"),
    (M, {"actual_on": "2199-01-01"}, "/actual_on"),
    (M, {"state": "achieved"}, "/actual_on"),
    (V, {"period_start": "2026-04-01", "period_end": "2026-03-31"}, "/period_end"),
    (V, {"measured_on": "2199-01-01"}, "/measured_on"),
    # Choices
    (P, {"stage": "finished"}, "/stage"),
    (P, {"stage": True}, "/stage"),
    (P, {"stage": {"a": 1}}, "/stage"),
    (P, {"stage": None}, "/stage"),
    (B, {"category": "dis_benefit"}, "/category"),
    (B, {"kind": "stock", "monetised": True}, "/monetised"),
    # Other records
    (P, {"programme": 999_999}, "/programme"),
    (P, {"programme": 10**17}, "/programme"),
    (P, {"programme": "CAM"}, "/programme"),
    (P, {"programme": True}, "/programme"),
    (P, {"programme": 1.0}, "/programme"),
    (P, {"programme": {"id": 1}}, "/programme"),
    (P, {"programme": None}, "/programme"),
    (B, {"objectives": 5}, "/objectives"),
    (B, {"objectives": [999_999]}, "/objectives"),
    (D, {"receiver": "SELF"}, "/receiver"),
    (D, {"giver": None}, "/giver"),
    (D, {"external_giver": "Somebody"}, "/giver"),
    (D, {"lag_days": 3651}, "/lag_days"),
    # Names
    (P, {"colour": "red"}, "/colour"),
    (P, {"id": 5}, "/id"),
    (P, {"version": 5}, "/version"),
    (P, {"actual_cost": "5"}, "/actual_cost"),
    (P, {"created_by": 1}, "/created_by"),
    (P, {"created_at": "2026-10-31T00:00:00Z"}, "/created_at"),
    (R, {"scope": "project"}, "/scope"),
    (V, {"status": "verified"}, "/status"),
    (V, {"verified_by": 1}, "/verified_by"),
    (V, {"submitted_by": 1}, "/submitted_by"),
]  # fmt: skip


@pytest.fixture
def bodies(office: User) -> dict[str, dict[str, Any]]:
    """A body for each resource that would be accepted."""
    project, other = factories.project(code="TAKEN"), factories.project()
    benefit = factories.benefit(programme=project.programme)
    return {
        P: {"code": "N1", "name": "New", "programme": project.programme_id},
        R: {"code": "N1", "title": "New", "project": project.pk},
        C: {"project": project.pk, "posted_on": "2026-10-01", "amount": "10.00"},
        M: {"code": "N1", "title": "New", "project": project.pk},
        B: {
            "code": "N1", "title": "New", "programme": project.programme_id, "unit": "GBP k",
            "category": "cashable",
        },
        V: {
            "benefit": benefit.pk, "period_start": "2025-04-01", "period_end": "2026-03-31",
            "value": "5",
        },
        D: {"code": "N1", "deliverable": "New", "giver": other.pk, "receiver": project.pk},
    }  # fmt: skip


MODELS: dict[str, Any] = {
    P: Project, R: Risk, C: CostActual, M: Milestone, B: Benefit, V: BenefitMeasurement,
    D: Dependency,
}  # fmt: skip


@pytest.mark.parametrize("resource", MODELS)
def test_what_the_cases_spoil_is_accepted_unspoilt(
    resource: str, office: User, bodies: Any, api: Any
) -> None:
    assert api(office).post(f"{resource}/", bodies[resource]).status_code == 201


@pytest.mark.parametrize(
    ("resource", "spoilt", "pointer"), BAD, ids=[f"{n}-{r}{p}" for n, (r, _, p) in enumerate(BAD)]
)
def test_bad_input_is_pointed_at_and_not_stored(
    resource: str, spoilt: dict[str, Any], pointer: str, office: User, bodies: Any, api: Any
) -> None:
    body = bodies[resource] | spoilt
    if body.get("receiver") == "SELF":
        body["receiver"] = body["giver"]
    before = MODELS[resource].objects.count()
    answer = api(office).raw("POST", f"{resource}/", json.dumps(body).encode())
    assert answer.status_code == 400
    assert pointer in errors_of(answer)
    assert MODELS[resource].objects.count() == before


@pytest.mark.parametrize(
    ("resource", "spoilt", "pointer"),
    [case for case in BAD if case[0] == P and not {"programme", "status"} & case[1].keys()],
    ids=str,
)
def test_bad_input_leaves_a_record_as_it_was(
    resource: str, spoilt: dict[str, Any], pointer: str, office: User, api: Any
) -> None:
    taken = factories.project(code="TAKEN")
    project = factories.project(
        programme=taken.programme,
        actual_start=None,
        forecast_start="2026-01-01",
        objective="As it was",
    )
    before = api(office).get(f"projects/{project.pk}/").json()
    body = json.dumps({"objective": "Changed", **spoilt}).encode()
    answer = api(office).raw("PATCH", f"projects/{project.pk}/", body, **{"If-Match": '"v1"'})
    assert answer.status_code == 400
    assert pointer in errors_of(answer)
    assert api(office).get(f"projects/{project.pk}/").json() == before


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "parse_error"),
        (b"code=A", 400, "parse_error"),
        (b"\xff\xfe{}", 400, "parse_error"),
        (b'{"name": "\xc3"}', 400, "parse_error"),
        (b'{"percent_complete": NaN}', 400, "invalid"),
        (b'{"percent_complete": -Infinity}', 400, "invalid"),
        (b'{"percent_complete": ' + b"9" * 5000 + b"}", 400, "parse_error"),
        (b'{"percent_complete": 1e400}', 400, "invalid"),
        (b'{"percent_complete": ' + b"9" * 400 + b"}", 400, "invalid"),
        (b'{"name": "A", "name": "B"}', 400, "invalid"),
        (b'{"a": {"name": 1, "name": 2}}', 400, "invalid"),
        (b'{"na\\u0000me": "A"}', 400, "invalid"),
        (b'{"na\\ud800me": "A"}', 400, "invalid"),
        (b'{"name": ' + b"[" * 25 + b"]" * 25 + b"}", 400, "too_deep"),
        (b'{"name": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400, "too_deep"),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, 400, "too_deep"),
        (b'{"name": "' + b"x" * 1_000_000 + b'"}', 413, "too_large"),
        (b"[]", 400, "invalid"),
        (b'"text"', 400, "invalid"),
        (b"null", 400, "invalid"),
        (b"5", 400, "invalid"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_bad_body_is_refused(body: bytes, status: int, code: str, office: User, api: Any) -> None:
    project = factories.project()
    for method, path in (("POST", "projects/"), ("PATCH", f"projects/{project.pk}/")):
        answer = api(office).raw(method, path, body, **{"If-Match": "*"})
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        errors_of(answer)
    assert Project.objects.count() == 1
    assert Project.objects.get().version == 1


@pytest.mark.parametrize(
    ("profile", "accepted"),
    [
        ([["2026-01-31", "10"], ["2026-02-28", 20]], True),
        ([], True),
        ({}, False),
        ([["2026-01-31"]], False),
        ([["2026-01-31", "ten"]], False),
        ([["2026-01-31", True]], False),
        ([["2026-01-31", "NaN"]], False),
        ([["0001-01-31", "1"]], False),
        ([["2026-02-28", "10"], ["2026-01-31", "20"]], False),
        ([["2026-01-31", "20"], ["2026-02-28", "10"]], False),
        ([["2026-01-31", "1"]] * 601, False),
        ("\x00", False),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_profile_is_days_and_rising_amounts(
    profile: Any, accepted: bool, office: User, api: Any
) -> None:
    project = factories.project()
    body = {
        "project": project.pk,
        "starts_on": "2026-01-01",
        "finishes_on": "2026-12-31",
        "budget_at_completion": "20",
        "planned_value_profile": profile,
    }
    answer = api(office).post("baselines/", body)
    assert answer.status_code == (201 if accepted else 400)
    assert project.baselines.count() == int(accepted)
    if not accepted:
        assert all(place.startswith("/planned_value_profile") for place in errors_of(answer))


@pytest.mark.parametrize(
    "thresholds",
    [[], "x", {"a": "x"}, {"a": True}, {"a": [1]}, {"a": None}, {"a b": 1}, {"a" * 61: 1}],
    ids=str,
)
def test_thresholds_are_names_and_numbers(thresholds: Any, office: User, api: Any) -> None:
    portfolio = factories.portfolio()
    answer = api(office).patch(f"portfolios/{portfolio.pk}/", {"rag_thresholds": thresholds})
    assert answer.status_code == 400
    assert list(errors_of(answer)) == ["/rag_thresholds"]


OF_NOTHING: dict[str, dict[str, Any]] = {
    "assurance-reviews": {"code": "A1", "kind": "peer", "state": "held", "held_on": "2026-10-01"},
    "cost-actuals": {"posted_on": "2026-10-01", "amount": "5", "source": "s", "source_ref": "1"},
    "status-reports": {"period_end": "2026-09-30", "kind": "highlight"},
}  # fmt: skip


@pytest.mark.parametrize("collection", OF_NOTHING)
def test_a_day_of_something_that_belongs_nowhere_is_refused(
    collection: str, office: User, api: Any
) -> None:
    answer = api(office).post(f"{collection}/", OF_NOTHING[collection])
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
