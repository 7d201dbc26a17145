"""The benefits page of a programme: what it says, who may read it, and how it looks."""

import pytest
from playwright.sync_api import expect

from programmes.models import Outcome
from tests import factories
from tests.pages.browser.looks import unfold

LIVE = {"HX-Request": "true"}


@pytest.fixture
def address(demo):
    return f"/programmes/{demo.programme('CAM').pk}/benefits/"


def test_it_says_what_leads_to_what_and_where_the_way_is_missing(client_of, viewer, address, words):
    page = words(client_of(viewer).get(address))
    assert "3 gaps among 25 records" in page  # as many as its panel lists
    panel = client_of(viewer).get(address).content.decode().partition("map-gaps")[2]
    listed = panel.partition("Same measure")[0].partition("Weights over 1")[0]
    assert listed.partition("</section>")[0].count("<li>") == 3
    assert "O06 Public art along the spine Planned · CAM-05 Leads to no benefit" in page
    assert "From O01, O02, O08. To B01, B16." in page
    assert "SO5 Safe, compliant and inclusive estate Active No benefit serves it" in page


def test_the_register_says_where_each_benefit_stands(client_of, viewer, address, words):
    page = words(client_of(viewer).get(address))
    assert (
        "B03 Lower space running cost Cashable, end Dr Farah Siddiqui Realising 60 48 80%" in page
    )
    assert "Realising 72 71.9 7% 90% of the way planned by now % satisfied" in page  # of a level
    assert "Realising −350 −410 117% of the loss planned £k" in page
    assert "Counted in money −290 −362" in page  # as the figures of the programme


def test_the_live_region_follows_the_map(client_of, viewer, address, demo):
    client = client_of(viewer)
    tag = client.get(address, headers=LIVE).headers["ETag"]
    headers = {**LIVE, "If-None-Match": tag}
    assert client.get(address, headers=headers).status_code == 304
    Outcome.objects.create(programme=demo.programme("CAM"), code="X0", title="New")
    assert client.get(address, headers=headers).status_code == 200


def test_more_records_take_no_more_queries(nothing, client_of, queries_of):
    programme = factories.programme()
    reader = factories.user()
    factories.role(reader, "viewer", programme=programme)

    def counted(number):
        for _ in range(number):
            factories.output(factories.project(programme=programme))
            factories.benefit(programme=programme)
        return queries_of(client_of(reader), f"/programmes/{programme.pk}/benefits/")

    assert counted(1) == counted(3)


# In a browser


@pytest.mark.django_db(transaction=True)
def test_it_is_accessible_in_both_themes_wide_and_narrow(visit, viewer, address, defects):
    page = visit(viewer).new_page()
    page.goto(address)
    lines = page.locator("pm-map > svg path")
    expect(lines).to_have_count(28)
    unfold(page)
    assert defects(page) == []
    page.reload()  # narrow from the beginning
    page.get_by_role("button", name="What leads to what").click()
    expect(page.get_by_text("To B01, B16.").first).to_be_visible()
    expect(lines).to_have_count(0)


@pytest.mark.django_db(transaction=True)
def test_the_way_of_a_record_is_traced_by_keyboard(visit, viewer, address):
    page = visit(viewer).new_page()
    page.goto(address)
    expect(page.locator("pm-map > svg path")).to_have_count(28)  # the element has loaded
    record = page.get_by_role("button", name="OC5 Research groups share equipment")
    record.focus()
    # O02 and O08 lead to it, it leads to B05, and that serves SO2.
    expect(page.locator("pm-map path.on")).to_have_count(4)
    expect(page.locator("pm-map li:not(.dim)")).to_have_count(5)
    page.keyboard.press("Enter")
    expect(record).to_have_attribute("aria-pressed", "true")
    record.blur()
    expect(page.locator("pm-map li:not(.dim)")).to_have_count(5)  # it is pinned
    record.focus()
    page.keyboard.press("Escape")
    record.blur()
    expect(page.locator("pm-map li.dim")).to_have_count(0)


@pytest.mark.django_db(transaction=True)
def test_a_programme_without_a_map_says_what_one_is(visit, nothing, violations):
    programme = factories.programme()
    reader = factories.user()
    factories.role(reader, "viewer", programme=programme)
    page = visit(reader, 360, "dark").new_page()
    page.goto(f"/programmes/{programme.pk}/benefits/")
    expect(page.get_by_text("Nothing is on the map yet.")).to_be_visible()
    expect(page.get_by_text("No benefit is entered yet.")).to_be_visible()
    assert violations(page) == []
    # What is open can be folded, and opened again, on a page of few sections too.
    register = page.get_by_role("button", name="Register", exact=True)
    register.click()
    expect(page.get_by_text("No benefit is entered yet.")).to_be_hidden()
    register.click()
    expect(page.get_by_text("No benefit is entered yet.")).to_be_visible()
