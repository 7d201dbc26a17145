"""What tests of pages share."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from pmhub.views import contents, panels, read_regions, regions
from programmes.views.portfolio import listed
from projects.views.project import scenarios

LIVE = {"HX-Request": "true"}


def page(client: Client, address: str) -> str:
    """The page at an address."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def places(demo: Any) -> dict[str, Any]:
    """Pages on which what stands at a record is shown, each with its record."""
    project, programme = demo.project("CAM-02"), demo.programme("CAM")
    risk = project.risks.first()
    return {
        f"/projects/{project.pk}/": project,
        f"/programmes/{programme.pk}/": programme,
        f"/portfolios/{demo.portfolio.pk}/": demo.portfolio,
        f"/risks/{risk.pk}/": risk,
    }


@pytest.fixture
def queries_of() -> Callable[[Client, str], int]:
    """`queries_of(client, address)`: how many queries drawing the page takes, read once before."""

    def count(client: Client, address: str) -> int:
        forget()  # so that all that is kept within these is of now
        client.get(address)
        forget()
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    return count


def forget() -> None:
    """Forget what is kept of whole parts of pages, and keep what these are made of."""
    for kept in (regions, read_regions, panels, contents, listed, scenarios):
        kept.clear()


@pytest.fixture
def words() -> Callable[..., str]:
    """`words(response)`: what a reader sees, in one line."""

    def text(response) -> str:
        page = re.sub(r"<(script|style)\b.*?</\1>", "", response.content.decode(), flags=re.DOTALL)
        return " ".join(re.sub(r"<[^>]+>", " ", page).split())

    return text


@pytest.fixture
def cells() -> Callable[..., dict[str, str]]:
    """`cells(response, "/projects/5/")`: what the widest row headed so says, by column."""

    def by_column(response, address: str) -> dict[str, str]:
        heading = rf'<th scope="row"[^>]*>\s*<a href="{address}"(.*?)</tr>'
        rows = re.findall(heading, response.content.decode(), re.DOTALL)
        row = max(rows, key=lambda row: row.count("data-label"))
        found = re.findall(r'<td[^>]*data-label="([^"]+)"[^>]*>(.*?)</td>', row, re.DOTALL)
        return {name: " ".join(re.sub(r"<[^>]+>", " ", cell).split()) for name, cell in found}

    return by_column
