"""What a change request was approved for is what it comes to: its previewed impact, the difference
that its implementation makes in the ledger and the entries of the bridge are the same numbers."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benefits.models import BenefitProfileEntry
from programmes.models import MetricValue, valid
from programmes.rollup import worker
from projects.models import Project
from projects.services import implement_change
from tests.change_requests import approved, office, patch, raised

OF = {
    "cost": "total_forecast",
    "benefit": "benefits_forecast_outturn",
    "funding": "total_approved",
}
AMOUNTS = st.integers(0, 400)
DAYS = st.integers(-40, 40)


def change_of(project: Project, more: int, days: int, benefit: int) -> Any:
    """A change of cost, finish and benefit, paid by new money as far as it costs more."""
    later = project.forecast_finish + timedelta(days)  # type: ignore[operator]  # the demo forecasts all
    before = project.estimate_to_complete or Decimal(0)
    writes = [patch("projects", project, estimate_to_complete=before + more, forecast_finish=later)]
    line = project.budget_lines.order_by("pk")[0]
    if more:
        writes.append(patch("budget-lines", line, approved=line.approved + more))
    entry = BenefitProfileEntry.objects.filter(
        benefit__programme=project.programme, version_kind="forecast"
    ).first()
    if entry is not None and benefit:
        writes.append(patch("profile-entries", entry, value=entry.value - benefit))
    return raised(project, *writes, funding="new_money" if more else "none", kind="mixed")


def figures(programme: Any) -> dict[str, Decimal]:
    """Return the figures of a programme in the ledger."""
    worker.drain()
    rows = MetricValue.objects.filter(valid(), programme=programme, metric__in=OF.values())
    return {each.metric: each.amount or Decimal(0) for each in rows}


@pytest.mark.django_db
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(more=AMOUNTS, days=DAYS, benefit=AMOUNTS, rebaseline=st.booleans())
def test_impact_effect_and_bridge_are_the_same_numbers(
    demo: Any, api_of: Any, more: int, days: int, benefit: int, rebaseline: bool
) -> None:
    with transaction.atomic():
        project = demo.project("CAM-03")
        change = change_of(project, more, days, benefit)
        type(change).objects.filter(pk=change.pk).update(rebaseline=rebaseline)
        approved(change)
        before, since = figures(project.programme), timezone.now()
        implement_change(change, by=office())
        after = figures(project.programme)
        said = {
            "cost": change.previewed_cost,
            "benefit": change.previewed_benefit,
            "funding": change.previewed_funding,
        }
        client = api_of(office())
        for name, metric in OF.items():
            assert after[metric] - before[metric] == said[name], name
            address = f"/api/v1/programmes/{project.programme.pk}/bridge/"
            found = client.get(address, {"metric": metric, "from": since.isoformat()}).json()
            parts = sum(Decimal(str(part["amount"])) for part in found["parts"])
            assert parts == said[name], (name, found["parts"])
        assert project.baselines.count() == 1 + rebaseline
        transaction.set_rollback(True)
