"""What the tests of jobs share: somebody whose table is too long to be waited for."""

from collections.abc import Callable
from typing import Any

import pytest

from pmhub.api import exports
from pmhub.models import User
from pmhub.tasks import run_job

Ask = Callable[..., Any]


@pytest.fixture
def long_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every table has more rows than one waits for."""
    monkeypatch.setattr(exports, "MOST_ROWS", 0)


@pytest.fixture
def lines(demo: Any) -> str:
    """The address of the lines of a figure, as a file."""
    return f"/api/v1/programmes/{demo.programme('CAM').pk}/rollup/actual_cost/?format=csv"


@pytest.fixture
def asked(long_tables: None, lines: str, api_of: Any) -> Ask:
    """`asked(user)`: the job that somebody has asked for, as REST tells it."""

    def ask(user: User, more: str = "") -> Any:
        client = api_of(user)
        answer = client.get(f"{lines}{more}")
        assert answer.status_code == 202, answer.content
        return client.get(answer.headers["Location"]).json()

    return ask


@pytest.fixture
def worked_off() -> Callable[[], None]:
    """Do what a worker does with a hint."""
    return run_job
