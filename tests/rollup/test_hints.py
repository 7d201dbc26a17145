"""When a hint to the workers is given: as early as anybody asked for it, and once."""

import time
from typing import Any

import pytest

from pmhub import wake

SOON, LATER = 0.05, 60.0  # seconds


class Publisher:
    """Notes when it was asked to send."""

    def __init__(self) -> None:
        self.sent: list[float] = []

    def send_task(self, name: str, **given: Any) -> None:
        """Note the moment."""
        self.sent.append(time.monotonic())


@pytest.fixture
def bell() -> wake.Bell:
    bell = wake.Bell()
    bell.__dict__["_publisher"] = Publisher()
    return bell


def sent(bell: wake.Bell) -> list[float]:
    """Wait for the hint that is due next; when each was given."""
    assert bell._waiting is not None
    bell._waiting.join(5)
    moments: list[float] = bell.__dict__["_publisher"].sent
    return moments


def test_a_hint_for_later_is_given_then(bell: wake.Bell) -> None:
    began = time.monotonic()
    bell.ring(SOON)
    (given,) = sent(bell)
    assert given >= began + SOON


def test_a_hint_for_now_waits_for_none_that_was_for_later(bell: wake.Bell) -> None:
    bell.ring(LATER)
    bell.ring()
    assert len(sent(bell)) == 1
    assert bell._waiting is None


def test_a_hint_for_later_puts_off_none_that_is_for_now(bell: wake.Bell) -> None:
    bell.ring(SOON)
    bell.ring(LATER)
    assert len(sent(bell)) == 1
    assert bell._waiting is None
