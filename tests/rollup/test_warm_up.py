"""A worker computes a programme before it forks, and starts whatever comes of that."""

from typing import Any

import pytest
from django.db import OperationalError

from programmes import tasks


@pytest.mark.parametrize("error", [OperationalError("Away"), ZeroDivisionError("A rule")])
def test_a_worker_whose_first_figures_fail_shares_no_connection(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def fail() -> None:
        raise error

    monkeypatch.setattr(tasks, "compute_one", fail)
    monkeypatch.setattr(tasks, "connection", Closing(done))
    monkeypatch.setattr(tasks.garbage_collection, "freeze", lambda: done.append("frozen"))
    tasks.warm_up()
    assert done == ["closed", "frozen"]


class Closing:
    """A connection that notes that it is closed."""

    def __init__(self, done: list[str]) -> None:
        self.done = done

    def __getattr__(self, name: str) -> Any:
        return {"close": lambda: self.done.append("closed")}[name]
