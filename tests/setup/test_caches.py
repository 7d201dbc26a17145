"""A test that counts queries begins with empty caches, and what any test caches stays until it
ends."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pmhub import caching
from pmhub.database.cached_reads import CachedReads
from pmhub.models import Person

kept = CachedReads(1000)


@pytest.mark.parametrize("test", ["one", "another"])
def test_what_an_earlier_test_read_is_read_again(test: str, nothing: None) -> None:
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            kept("people", (), Person.objects.count, lambda _: 1)
        counts.append(sum("pmhub_person" in each["sql"] for each in asked))
    assert counts == [1, 0]


def test_no_quarter_of_an_hour_ends_within_a_test() -> None:
    begun, quarters = datetime.now(UTC), set()
    for minute in range(15):
        with time_machine.travel(begun + timedelta(minutes=minute), tick=False):
            quarters.add(caching.quarter())
    assert len(quarters) == 1
    with time_machine.travel(begun + timedelta(minutes=15), tick=False):
        assert caching.quarter() == quarters.pop() + 1


def test_a_quarter_of_another_day_ends_by_its_own_clock() -> None:
    quarters = []
    for minute in (0, 14, 15):
        with time_machine.travel(datetime(2040, 1, 1, 20, minute, tzinfo=UTC), tick=False):
            quarters.append(caching.quarter())
    assert quarters[0] == quarters[1] == quarters[2] - 1
