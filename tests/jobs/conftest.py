"""What the tests of jobs share: tables too long to be waited for, and work that takes a while."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pmhub.api import table_jobs
from pmhub.models import Job, User
from pmhub.tasks import run_job
from tests.jobs.slow import asking


@pytest.fixture
def long_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every table has more rows than one waits for."""
    monkeypatch.setattr(table_jobs, "MOST_ROWS", 0)


@pytest.fixture
def lines(demo: Any) -> str:
    """The address of the lines of a figure, as a file."""
    return f"/api/v1/programmes/{demo.programme('CAM').pk}/rollup/actual_cost/?format=csv"


@pytest.fixture
def asked(long_tables: None, lines: str, api_of: Any) -> Callable[[User], str]:
    """`asked(user)`: the address of the job that makes these lines for them."""

    def ask(user: User) -> str:
        answer = api_of(user).get(lines)
        assert answer.status_code == 202, answer.content
        address: str = answer.headers["Location"]
        return address

    return ask


@pytest.fixture
def worked_off() -> Callable[[], None]:
    """Do what a worker does with a hint."""
    return run_job


@pytest.fixture
def slow() -> Iterator[Callable[..., Job]]:
    """`slow(user, steps=3, pause=0)`: a job of so many steps, with a pause after each."""
    with asking() as ask:
        yield ask
