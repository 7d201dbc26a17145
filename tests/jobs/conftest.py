"""What the tests of jobs share: tables so long that they become jobs, and jobs that take a
while."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pmhub.api import table_jobs
from pmhub.models import Job, User
from pmhub.tasks import run_job
from tests.jobs.slow import asking


@pytest.fixture
def long_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every table longer than what is answered at once."""
    monkeypatch.setattr(table_jobs, "MOST_ROWS", 0)


@pytest.fixture
def lines(demo: Any) -> str:
    """The address of the lines of a figure, as a file."""
    return f"/api/v1/programmes/{demo.programme('CAM').pk}/rollup/actual_cost/?format=csv"


@pytest.fixture
def asked(long_tables: None, lines: str, api_of: Any) -> Callable[[User], str]:
    """`asked(user)`: the address of the job that makes the file of these lines for the user."""

    def ask(user: User) -> str:
        answer = api_of(user).get(lines)
        assert answer.status_code == 202, answer.content
        address: str = answer.headers["Location"]
        return address

    return ask


@pytest.fixture
def worked_off() -> Callable[[], None]:
    """Return the function with which a worker runs a job."""
    return run_job


@pytest.fixture
def slow() -> Iterator[Callable[..., Job]]:
    """`slow(user, steps=3, pause=0)`: a job with so many steps and a pause after each."""
    with asking() as ask:
        yield ask
