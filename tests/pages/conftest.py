"""What tests of pages share."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from pmhub.views import contents, regions
from programmes.views.portfolio import listed
from projects.views.project import scenarios

LIVE = {"HX-Request": "true"}


def page(client: Client, address: str) -> str:
    """Return the HTML of the page at an address."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def places(demo: Any) -> dict[str, Any]:
    """Return pages that show what is about a record, each address with its record."""
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
    """`queries_of(client, address)`: the number of queries that drawing the page takes, with caches
    filled by an earlier request."""

    def count(client: Client, address: str) -> int:
        forget()  # so that all that is kept within these is of now
        client.get(address)
        forget()
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    return count


def forget() -> None:
    """Clear the caches of whole parts of pages; caches of what these are made of stay."""
    for kept in (regions, contents, listed, scenarios):
        kept.clear()


@pytest.fixture
def words() -> Callable[..., str]:
    """`words(response)`: the text of a page, in one line."""

    def text(response) -> str:
        page = re.sub(r"<(script|style)\b.*?</\1>", "", response.content.decode(), flags=re.DOTALL)
        return " ".join(re.sub(r"<[^>]+>", " ", page).split())

    return text


@pytest.fixture
def cells() -> Callable[..., dict[str, str]]:
    """`cells(response, "/projects/5/")`: the cells of the widest row with this link as its heading,
    by column."""

    def by_column(response, address: str) -> dict[str, str]:
        heading = rf'<th scope="row"[^>]*>\s*<a href="{address}"(.*?)</tr>'
        rows = re.findall(heading, response.content.decode(), re.DOTALL)
        row = max(rows, key=lambda row: row.count("data-label"))
        found = re.findall(r'<td[^>]*data-label="([^"]+)"[^>]*>(.*?)</td>', row, re.DOTALL)
        return {name: " ".join(re.sub(r"<[^>]+>", " ", cell).split()) for name, cell in found}

    return by_column
