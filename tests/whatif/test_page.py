"""The what-if page: what it says to readers and to who may write."""

from typing import Any

import pytest

from pmhub.models import User
from projects.models import Project
from tests import factories

LIVE = {"HX-Request": "true"}
LATER = {"forecast_finish": "2031-12-31"}


@pytest.fixture
def address(demo: Any) -> str:
    """The page of Campus Renewal."""
    return f"/programmes/{demo.programme('CAM').pk}/what-if/"


def test_without_a_scenario_it_says_what_one_is(
    client_of: Any, viewer: User, cam_manager: User, address: str, words: Any
) -> None:
    read, write = (words(client_of(who).get(address)) for who in (viewer, cam_manager))
    for page in (read, write):
        assert "A scenario is a named list of changes to this programme" in page
    assert "Who may change this programme can make one" in read
    assert "Make the scenario" not in read
    assert "Make the scenario" in write


def test_scenarios_stand_side_by_side(
    demo: Any, client_of: Any, cam_manager: User, viewer: User, address: str, words: Any, draft: Any
) -> None:
    tried = draft(cam_manager, demo.programme("CAM"), "Tried")
    project = demo.project("CAM-02")
    tried.add("PATCH", f"projects/{project.pk}/", LATER, title="CAM-02 in 2031")
    assert tried.try_it().status_code == 200
    draft(cam_manager, demo.programme("CAM"), "Not yet")
    page = words(client_of(viewer).get(address))
    assert "Tried Up to date" in page
    assert "Not yet Not tried" in page
    assert "Declared finish 30 Mar 2029 31 Dec 2031 +1,006 d worse not tried" in page
    assert "CAM-02 in 2031" in page
    assert "Adopt" not in page
    assert "Try again" not in page
    assert "Adopt change 1 of Tried" in words(client_of(cam_manager).get(address))


def test_a_stale_change_says_who_moved_it(
    demo: Any, client_of: Any, cam_manager: User, cam02_manager: User, address: str, words: Any,
    draft: Any, api: Any,
) -> None:  # fmt: skip
    scenario = draft(cam_manager, demo.programme("CAM"))
    project = demo.project("CAM-02")
    change = scenario.add("PATCH", f"projects/{project.pk}/", LATER)
    scenario.try_it()
    api(cam02_manager).patch(f"projects/{project.pk}/", {"percent_complete": "41"})
    client = client_of(cam_manager)
    page = words(client.get(address))
    assert "Out of date" in page
    assert "The figures of CAM moved since it was tried" in page
    by = cam02_manager.person.name
    assert f"Written against an earlier state: changed since by {by} on" in page
    assert "(percent complete)" in page
    assert "Keep it all the same" in page
    scenario.client.post(f"scenario-changes/{change['id']}/renewal/")
    assert scenario.adopt(change["id"]).status_code == 200
    page = words(client.get(address))
    assert "Adopted" in page
    assert "by Daniel Roe" in page


def test_an_unchanged_region_costs_a_304_and_each_write_ends_that(
    demo: Any, client_of: Any, viewer: User, cam_manager: User, address: str, draft: Any
) -> None:
    client = client_of(viewer)
    etags = [client.get(address, headers=LIVE).headers["ETag"]]

    def moved() -> bool:
        answer = client.get(address, headers=LIVE | {"If-None-Match": etags[-1]})
        etags.append(answer.headers["ETag"])
        return bool(answer.status_code == 200)

    assert not moved()
    scenario = draft(cam_manager, demo.programme("CAM"))
    assert moved()
    change = scenario.add("PATCH", f"projects/{demo.project('CAM-02').pk}/", LATER)
    assert moved()
    scenario.try_it()
    assert moved()
    scenario.client.delete(f"scenario-changes/{change['id']}/")
    assert moved()
    scenario.client.delete(scenario.path)
    assert moved()
    assert not moved()


def test_whom_it_exists_for(
    client_of: Any, viewer: User, stranger: User, ssv_manager: User, cam02_manager: User,
    address: str,
) -> None:  # fmt: skip
    people = (viewer, stranger, ssv_manager, cam02_manager)
    assert [client_of(who).get(address).status_code for who in people] == [200, 404, 404, 404]


def test_more_changes_take_no_more_queries(
    demo: Any, client_of: Any, pmo: User, address: str, draft: Any, queries_of: Any
) -> None:
    scenario = draft(pmo, demo.programme("CAM"))
    client, counts = client_of(pmo), set()
    for code in ("CAM-02", "CAM-03", "CAM-04"):
        scenario.add("PATCH", f"projects/{demo.project(code).pk}/", LATER)
        scenario.try_it()
        counts.add(queries_of(client, address))
    assert len(counts) == 1


def test_the_forms_offer_what_is_the_programmes(
    demo: Any, client_of: Any, cam_manager: User, address: str, draft: Any
) -> None:
    draft(cam_manager, demo.programme("CAM"))
    other = factories.project(code="ELSEWHERE")
    factories.role(cam_manager, "viewer", project=other)
    page = client_of(cam_manager).get(address).content.decode()
    own = Project.objects.filter(programme__code="CAM", status="active")
    assert all(f">{each}</option>" in page for each in own)
    assert f">{other}</option>" not in page
    assert page.count('id="delays-project"') + page.count('id="id_delays-project"') == 1
