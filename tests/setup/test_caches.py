"""Each test begins with empty caches, and what it caches stays until it ends."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from pmhub import caching
from pmhub.caching import BoundedCache

kept = BoundedCache(1)


@pytest.mark.parametrize("test", ["one", "another"])
def test_nothing_is_kept_from_test_to_test(test: str) -> None:
    assert kept.get("name") is None
    kept.put("name", test, 1)


def test_no_quarter_of_an_hour_ends_within_a_test() -> None:
    begun, quarters = datetime.now(UTC), set()
    for minute in range(15):
        with time_machine.travel(begun + timedelta(minutes=minute), tick=False):
            quarters.add(caching.quarter())
    assert len(quarters) == 1
    with time_machine.travel(begun + timedelta(minutes=15), tick=False):
        assert caching.quarter() == quarters.pop() + 1
