"""After any writes, the parts of every bridge sum to the difference exactly, and the figures as of
a moment are those that were read then."""

from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings

from pmhub.models import User
from programmes.models import Programme
from programmes.queries import bridges, rollup
from programmes.rollup import worker
from programmes.rollup.bridge import difference
from programmes.rollup.metrics import METRICS
from programmes.rollup.spans import Period
from tests.rollup.test_convergence import STEPS, unless_refused

NAMES = [metric.name for metric in METRICS]


def read():
    """What each programme says of each figure now."""
    return {
        programme.pk: {
            name: (reading.value, reading.reason, reading.included, reading.excluded)
            for name, reading in rollup(programme).metrics.items()
        }
        for programme in Programme.objects.all()
    }


def read_at(moment):
    """What each programme said of each figure then."""
    return {
        programme.pk: {
            name: (reading.value, reading.reason, reading.included, reading.excluded)
            for name, reading in rollup(programme, at=moment).metrics.items()
        }
        for programme in Programme.objects.all()
    }


@pytest.mark.django_db
@settings(
    max_examples=10,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS)
def test_parts_sum_to_the_difference_and_the_past_stays_as_it_was(demo, steps):
    reader = User.objects.get(username="pmo")
    with transaction.atomic():
        known = [(timezone.now(), read())]
        for write, number, days, amount, chance, drain in steps:
            unless_refused(write, number, days, amount, chance)
            if drain:
                worker.drain(batch=3)
                known.append((timezone.now(), read()))
        worker.drain()
        known.append((timezone.now(), read()))
        for moment, figures in known:
            assert read_at(moment) == figures
        begin, then = known[0]
        for end, now in (known[-1], known[len(known) // 2]):
            for programme in Programme.objects.all():
                found = bridges(programme, NAMES, Period(begin, end), reader)
                for name, bridge in found.items():
                    whole = difference(then[programme.pk][name][0], now[programme.pk][name][0])
                    assert bridge.difference == whole, name
                    total = sum((part.amount for part in bridge.parts), Decimal(0))
                    assert total == (whole or 0), (programme.code, name)
        transaction.set_rollback(True)
