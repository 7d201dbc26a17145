"""A list as a board: what stands in its cells, and where they lead."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from pmhub.models import User
from tests import factories


def board(client: Client, address: str) -> str:
    """The board at an address."""
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def cells(page: str) -> list[tuple[int, dict[str, list[str]]]]:
    """The count of each cell that leads somewhere, and the filters that it leads to."""
    found = re.findall(r'<a class="board-cell" href="\?([^"]*)">(\d+) ', page)
    return [(int(count), parse_qs(urlsplit("?" + query.replace("&amp;", "&")).query))
            for query, count in found]  # fmt: skip


@pytest.mark.parametrize("address", ["/dependencies/", "/programmes/{}/dependencies/"])
def test_each_cell_leads_to_as_many_as_it_counts(
    address: str, demo: Any, pmo: User, client_of: Any
) -> None:
    place = address.format(demo.programme("CAM").pk)
    found = cells(board(client_of(pmo), f"{place}?view=board"))
    assert found
    for count, query in found[:6]:
        assert query.pop("view") == ["table"]
        names = "&".join(f"{name}={values[0]}" for name, values in query.items())
        page = board(client_of(pmo), f"{place}?view=table&{names}")
        assert re.search(rf"1 to {count} of {count}\s", page), (query, count)


def test_all_of_them_are_counted(demo: Any, pmo: User, client_of: Any) -> None:
    found = cells(board(client_of(pmo), "/dependencies/?view=board"))
    assert sum(count for count, _ in found) == 26


def test_a_cell_has_the_colour_of_the_worst(nothing: None, client_of: Any) -> None:
    office = factories.user()
    factories.role(office, "pmo")
    giver, receiver = factories.project(), factories.project()
    factories.dependency(giver, receiver, status="accepted")
    page = board(client_of(office), "/dependencies/?view=board")
    assert "rag-red" not in page
    factories.dependency(
        giver, receiver, deliverable="Power", status="agreed", need_by="2026-10-01",
        forecast_on="2027-10-01",
    )  # fmt: skip
    page = board(client_of(office), "/dependencies/?view=board")
    assert [count for count, _ in cells(page)] == [2]
    assert "rag-red" in page


def test_of_a_project_out_of_sight_it_tells_what_the_list_tells(
    nothing: None, client_of: Any
) -> None:
    manager = factories.user()
    own = factories.project(project_manager=manager.person)
    hidden = factories.project(code="SECRET", name="Secret")
    factories.dependency(hidden, own, status="identified")
    page = board(client_of(manager), "/dependencies/?view=board")
    assert "SECRET" not in page
    assert "Secret" not in page
    assert '<span class="board-cell">1 ' in page
    assert cells(page) == []


def test_a_list_without_a_board_says_so(nothing: None, client_of: Any) -> None:
    office = factories.user()
    factories.role(office, "pmo")
    assert client_of(office).get("/risks/?view=board").status_code == 400
