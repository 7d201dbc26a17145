"""The pages of one programme: for whom they exist, and that each leads to the others."""

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
