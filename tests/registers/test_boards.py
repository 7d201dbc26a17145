"""A list as a board: what stands in its cells, and where they lead."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from pmhub.models import User
from projects.models import Dependency
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


@pytest.mark.parametrize("view", ["board", "lanes"])
def test_a_list_without_a_board_says_so(nothing: None, client_of: Any, view: str) -> None:
    office = factories.user()
    factories.role(office, "pmo")
    assert client_of(office).get(f"/risks/?view={view}").status_code == 400


# Lanes: a column for each state, with the records as cards


def lanes(client: Client, address: str) -> dict[str, Any]:
    """The lanes at an address, by their words."""
    answer = client.get(address)
    assert answer.status_code == 200
    return {lane.words: lane for lane in answer.context["lanes"]}


def test_each_record_stands_in_the_lane_of_its_state(demo: Any, pmo: User, client_of: Any) -> None:
    found = lanes(client_of(pmo), "/dependencies/?view=lanes")
    assert list(found) == [
        "Identified", "Proposed", "Agreed", "Delivered", "Accepted", "Rejected", "Withdrawn",
    ]  # fmt: skip
    states = dict(Dependency.objects.values_list("pk", "status"))
    shown = {card.id: words for words, lane in found.items() for card in lane.cards}
    assert {id: words.lower() for id, words in shown.items()}.items() <= states.items()
    assert len(shown) + sum(lane.more for lane in found.values()) == len(states)
    page = board(client_of(pmo), f"/dependencies/{found['Agreed'].address}")
    assert re.search(rf"1 to {found['Agreed'].count} of {found['Agreed'].count}\s", page)


def test_a_lane_shows_its_first_and_leads_to_all(nothing: None, client_of: Any) -> None:
    office, project = factories.user(), factories.project()
    factories.role(office, "pmo")
    for day in range(1, 26):
        project.actions.create(title=f"Step {day:02}", due_on=f"2026-11-{day:02}")
    project.actions.create(title="Done early", state="done", done_on="2026-10-01")
    client = client_of(office)
    found = lanes(client, f"/projects/{project.pk}/actions/?view=lanes&ordering=-due_on")
    todo = found["Open"]
    assert [todo.count, todo.more, len(todo.cards)] == [25, 5, 20]
    assert todo.cards[0].cells[0].text == "Step 25"
    assert found["Done"].cards[0].cells[0].text == "Done early"
    assert "1 to 25 of 25" in board(client, f"/projects/{project.pk}/actions/{todo.address}")
    narrowed = lanes(client, f"/projects/{project.pk}/actions/?view=lanes&state=done")
    assert {words: lane.count for words, lane in narrowed.items() if lane.count} == {"Done": 1}


def test_a_lane_tells_no_more_of_what_is_out_of_sight(nothing: None, client_of: Any) -> None:
    manager = factories.user()
    own = factories.project(project_manager=manager.person)
    hidden = factories.project(code="SECRET", name="Secret")
    factories.dependency(hidden, own, status="identified")
    page = board(client_of(manager), "/dependencies/?view=lanes")
    assert "SECRET" not in page
    assert "Secret" not in page
