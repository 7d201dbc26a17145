"""The pages of one programme: for whom they exist, and that each leads to the others."""

import re
from collections import Counter

import pytest

TABS = ("", "benefits/", "risk/", "what-if/", "reports/")


@pytest.fixture
def home(demo):
    return f"/programmes/{demo.programme('CAM').pk}/"


@pytest.mark.parametrize("tab", TABS)
def test_who_sees_the_programme_finds_it_and_others_do_not(
    client_of, viewer, stranger, ssv_manager, home, tab
):
    readers = (viewer, stranger, ssv_manager)
    found = [client_of(who).get(f"{home}{tab}").status_code for who in readers]
    assert found == [200, 404, 404]


@pytest.mark.parametrize("tab", TABS)
def test_each_leads_to_the_others(client_of, viewer, home, tab):
    page = client_of(viewer).get(f"{home}{tab}").content.decode()
    for other in TABS:
        assert f'href="{home}{other}"' in page


def test_no_two_elements_of_a_page_have_one_id(demo, client_of, pmo, home):
    project = demo.project("CAM-02")
    places = [
        *(f"{home}{tab}" for tab in (*TABS, "tracks/", "money/", "dependencies/", "governance/")),
        f"/projects/{project.pk}/", f"/projects/{project.pk}/money/",
        f"/portfolios/{project.owner_portfolio.pk}/", "/", "/pmo/",
    ]  # fmt: skip
    for place in places:
        page = client_of(pmo).get(place)
        assert page.status_code == 200, place
        ids = Counter(re.findall(r'\sid="([^"]+)"', page.content.decode()))
        assert [id for id, times in ids.items() if times > 1] == [], place
