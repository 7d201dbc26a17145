"""When a hint to the workers is given: as early as anybody asked for it, and once."""

import threading
import time
from typing import Any

import pytest

from pmhub import hints

SOON, LATER = 0.05, 60.0  # seconds


class Publisher:
    """Notes when it was asked to send."""

    def __init__(self) -> None:
        self.sent: list[float] = []
        self.asked = threading.Event()

    def send_task(self, name: str, **given: Any) -> None:
        """Note the moment."""
        self.sent.append(time.monotonic())
        self.asked.set()


@pytest.fixture
def hint() -> hints.Hint:
    hint = hints.Hint()
    hint.__dict__["_publisher"] = Publisher()
    return hint


def sent(hint: hints.Hint) -> list[float]:
    """Wait for the hint that is due next; when each was given."""
    publisher: Publisher = hint.__dict__["_publisher"]
    assert publisher.asked.wait(60)
    return publisher.sent


def test_a_hint_for_later_is_given_then(hint: hints.Hint) -> None:
    began = time.monotonic()
    hint.send(SOON)
    (given,) = sent(hint)
    assert given >= began + SOON


def test_a_hint_for_now_waits_for_none_that_was_for_later(hint: hints.Hint) -> None:
    hint.send(LATER)
    hint.send()
    assert len(sent(hint)) == 1
    assert hint._waiting is None


def test_a_hint_for_later_puts_off_none_that_is_for_now(hint: hints.Hint) -> None:
    hint.send(SOON)
    hint.send(LATER)
    assert len(sent(hint)) == 1
    assert hint._waiting is None
