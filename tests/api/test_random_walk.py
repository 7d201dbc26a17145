"""Whoever does whatever, in whatever order: no error of the server, no trace of what is refused, no
figure that differs from a recompute, nothing told of what is out of sight.

`WALK_SEED=7 WALK_STEPS=2000 ./test -- tests/api/test_random_walk.py` walks another way, and longer.
"""

import os
from typing import Any

import pytest

from tests.walk import Walk

SEED, STEPS = int(os.environ.get("WALK_SEED", "1")), int(os.environ.get("WALK_STEPS", "12"))
SETTLED = 50  # steps, after which figures are compared


@pytest.mark.django_db
def test_a_random_walk_breaks_no_law(demo: Any, api: Any) -> None:
    walk = Walk(SEED, api)
    for number in range(1, STEPS + 1):
        walk.step()
        if number % SETTLED == 0:
            walk.settle()
    walk.settle()
    assert walk.broken == []
    assert {status for status in walk.statuses if status < 400}
