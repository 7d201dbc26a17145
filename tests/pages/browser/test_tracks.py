"""Working at the tracks: zooming, dragging a milestone or typing its day, and on a phone."""

import re

import pytest
from playwright.sync_api import expect

from projects.models import Milestone
from tests.pages.browser.conftest import ON_BOTH, Person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def address(demo):
    return f"/programmes/{demo.programme('CAM').pk}/tracks/"


def test_a_milestone_is_dragged_and_what_would_move_is_seen_before_saving(
    visit, cam_manager, address, defects
):
    page = visit(cam_manager).new_page()
    page.goto(address)
    stop = page.locator("pm-tracks a.movable[aria-label^='M04 ']")
    stop.hover()
    box = stop.bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.down()
    page.mouse.move(middle[0] + 40, middle[1], steps=4)
    expect(page.locator("pm-tracks .moving text")).to_be_visible()
    page.mouse.up()
    panel = page.get_by_role("dialog")
    expect(panel.get_by_role("region", name="Preview")).to_contain_text("CAM-06")
    assert str(Milestone.objects.get(code="M04").forecast_on) == "2027-05-28"
    assert defects(page) == []
    panel.get_by_label("Forecast for").fill("2027-06-30")
    panel.get_by_role("button", name="Save").click()
    expect(page.locator(".toasts")).to_contain_text("Milestone saved")
    assert str(Milestone.objects.get(code="M04").forecast_on) == "2027-06-30"


def test_nothing_below_the_tracks_moves_when_they_come(visit, viewer, demo):
    page, held = visit(viewer).new_page(), []

    def hold(route):
        held.append(route)

    page.route("**/roadmap/", hold)
    with page.expect_request("**/roadmap/"):
        page.goto(f"/programmes/{demo.programme('CAM').pk}/")
    below = page.locator("#tracks-table > summary")
    before = below.bounding_box()
    for route in held:
        route.continue_()
    expect(page.locator("pm-tracks svg")).to_be_visible()
    assert below.bounding_box() == before


def test_by_keyboard_one_goes_along_a_track_and_opens_a_station(visit, viewer, address):
    page = visit(viewer).new_page()
    page.goto(f"{address}?zoom=quarters&group=tranche&names=full")
    name = page.locator("pm-tracks .names a", has_text="CAM-02")
    expect(name).to_contain_text("CAM-02 Engineering and Materials Building")
    name.focus()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    panel = page.get_by_role("dialog")
    expect(panel.get_by_role("heading", level=1)).to_have_text("M04 Frame complete, crane released")
    expect(panel.locator("#station-form")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator("pm-tracks a.stop[aria-label^='M04 ']")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator("pm-tracks .names a", has_text="CAM-03")).to_be_focused()


@ON_BOTH
def test_a_manager_finds_the_critical_chain_and_sees_what_a_later_day_would_move(
    visit, cam_manager, address, defects, width
):
    """Four actions: the chain, its milestone, the day, the button."""
    manager, page = Person(), visit(cam_manager).new_page()
    page.goto(address)
    manager.choose(page.get_by_label("Show", exact=True), "The critical chain")
    expect(page.get_by_role("table").get_by_role("link", name="M05 Watertight")).to_be_visible()
    expect(page.get_by_role("table").get_by_role("link", name="M18 Block A site")).to_have_count(0)
    expect(page).to_have_url(re.compile(r"[?&]critical=1"))
    expect(page.locator("pm-tracks")).to_be_visible(visible=width == 1280)
    manager.click(page.get_by_role("table").get_by_role("link", name="M05 Watertight"))
    panel = page.get_by_role("dialog")
    manager.fill(panel.get_by_label("Forecast for"), "2027-10-01")
    manager.click(panel.get_by_role("button", name="Show what would move"))
    expect(panel.get_by_role("region", name="Preview")).to_be_visible()
    assert manager.actions == 4
    assert defects(page, width) == []


def test_on_paper_all_tracks_fit_on_one_sheet(visit, viewer, address):
    page = visit(viewer).new_page()
    page.goto(f"{address}?zoom=weeks")
    picture = page.locator("pm-tracks svg")
    expect(picture).to_be_visible()
    assert float(picture.get_attribute("width")) > 3_000
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert float(picture.get_attribute("width")) == 1440
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert float(picture.get_attribute("width")) > 3_000
