"""A preview is what then happens: after any write by REST, the figures that the engine comes to
are those that the preview of that write named, and no others moved."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benefits.models import BenefitProfileEntry
from programmes.api.figure_json import figure_value
from programmes.models import MetricValue
from programmes.rollup import worker
from programmes.rollup.metrics import BY_NAME
from projects.models import Dependency, Milestone, Project, ProjectForecast, Risk
from tests.closing import asked
from tests.rollup.test_convergence import pick


def slip(number: int, days: int, amount: int) -> Any:
    """Move the finish of a project."""
    project = pick(Project, number)
    start = project.forecast_start or date(2027, 1, 1)
    body = {
        "forecast_finish": str(start + timedelta(abs(days))),
        "estimate_to_complete": str(amount),
    }
    return "patch", f"projects/{project.pk}/", body


def move(number: int, days: int, amount: int) -> Any:
    """Move a project to the programme of another."""
    project, other = pick(Project, number), pick(Project, amount)
    body = {
        "programme": other.programme_id,
        "portfolio": None if other.programme_id else other.portfolio_id,
        "tranche": None,
    }
    return "patch", f"projects/{project.pk}/", body


def spend(number: int, days: int, amount: int) -> Any:
    """Post a cost."""
    project = pick(Project, number)
    body = {"project": project.pk, "posted_on": "2026-10-01", "amount": str(amount)}
    return "post", "cost-actuals/", body


def link(number: int, days: int, amount: int) -> Any:
    """Move what somebody waits for."""
    found = pick(Dependency, number)
    on = date(2027, 6, 1) + timedelta(days)
    return "patch", f"dependencies/{found.pk}/", {"forecast_on": str(on)}


def expect(number: int, days: int, amount: int) -> Any:
    """Change a forecast of a benefit."""
    entry = pick(BenefitProfileEntry, number, version_kind="forecast")
    return "patch", f"profile-entries/{entry.pk}/", {"value": str(amount)}


def forget(number: int, days: int, amount: int) -> Any:
    """Delete a record."""
    kind, name = [(Risk, "risks"), (Milestone, "milestones"), (Dependency, "dependencies")][
        amount % 3
    ]
    return "delete", f"{name}/{pick(kind, number).pk}/", None


def settle(number: int, days: int, amount: int) -> Any:
    """End or hold a project."""
    project = pick(Project, number)
    path, status = f"projects/{project.pk}/", ["active", "on_hold", "terminated"][amount % 3]
    if status == "terminated":
        body = asked(project, terminated_on="2026-10-31", reason="No funding")
        return "verb", f"{path}termination/", body
    verb = {"active": "resumption", "on_hold": "hold"}[status]
    return "verb", f"{path}{verb}/", {"reason": "Waiting for a decision"}


def rule(number: int, days: int, amount: int) -> Any:
    """Change a rule of the portfolio: all of it moves."""
    portfolio = pick(Project, 0).owner_portfolio
    return "patch", f"portfolios/{portfolio.pk}/", {"discount_rate": f"0.0{1 + amount % 8}"}


WRITES = st.sampled_from([slip, move, spend, link, expect, forget, settle, rule])
STEPS = st.lists(
    st.tuples(WRITES, st.integers(0, 10_000), st.integers(-400, 400), st.integers(1, 5_000)),
    min_size=1,
    max_size=3,
)


@pytest.mark.django_db
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_a_preview_is_what_then_happens(demo: Any, pmo: Any, api: Any, steps: Any) -> None:
    client = api(pmo)
    with transaction.atomic():
        for kind, *numbers in steps:
            check(client, *kind(*numbers))
        transaction.set_rollback(True)


def check(client: Any, method: str, path: str, body: Any) -> None:
    """Preview the write, do it, and compare."""
    before, were = values(), positions()
    arguments = (path, body) if body is not None else (path,)
    previewed = (f"{path}?preview=1", *arguments[1:])
    foreseen = getattr(client, method)(*previewed)
    assert (values(), positions()) == (before, were)
    real = getattr(client, method)(*arguments)
    assert foreseen.status_code == (200 if real.status_code < 300 else real.status_code)
    worker.drain()
    if real.status_code >= 300:
        return
    after, are = values(), positions()
    data = foreseen.json()
    moved = {
        (programme["id"], each["name"]): (each["from"], each["to"])
        for programme in data["programmes"]
        for each in programme["metrics"]
    }
    assert moved == {
        key: (before.get(key), after.get(key))
        for key in before.keys() | after.keys()
        if before.get(key) != after.get(key)
    }
    nothing = (None, None)
    assert {
        each["id"]: (
            (each["finish"]["from"], each["health"]["from"]),
            (each["finish"]["to"], each["health"]["to"]),
        )
        for each in data["projects"]
    } == {
        id: (were.get(id, nothing), are.get(id, nothing))
        for id in were.keys() | are.keys()
        if were.get(id) != are.get(id)
    }


def values() -> dict[tuple[int, str], Any]:
    """Every figure, as REST shows it."""
    found = {}
    for value in MetricValue.objects.filter(valid_to=None):
        said = figure_value(value.value, BY_NAME[value.metric].unit)
        found[value.programme_id, value.metric] = (
            said if said is None or isinstance(said, int | float) else str(said)
        )
    return found


def positions() -> dict[int, tuple[Any, Any]]:
    """Finish and health of every project."""
    return {
        each.project_id: (
            each.finishes_on and each.finishes_on.isoformat(),
            each.health.get("effective"),
        )
        for each in ProjectForecast.objects.filter(valid_to=None)
    }
