"""The demo under a real worker: a hint is enough, and the figures follow."""

import time
from datetime import date

import pytest

from pmhub import hints
from programmes.models import RollupRequest
from projects.models import CostActual
from projects.services import post_cost

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("time_around", [1, 2])
def test_a_cost_reaches_the_programme_through_a_worker(
    demo, pmo, celery_worker_running, time_around
):
    cost = post_cost(demo.project("CAM-02"), amount=1000, posted_on=date(2026, 10, 30), by=pmo)
    hints.workers()
    deadline = time.monotonic() + 60
    while _actual_cost(demo) != 76085 + 1000:
        assert time.monotonic() < deadline, list(RollupRequest.objects.values())
        time.sleep(0.02)
    assert CostActual.objects.filter(pk=cost.pk).exists()


def _actual_cost(demo):
    values = demo.programme("CAM").metric_values
    return values.get(metric="actual_cost", valid_to=None).value
