"""Words that are longer than their room: they break, and nothing lies over something else."""

import pytest
from playwright.sync_api import Page, expect

from benefits.models import Benefit
from programmes.models import Programme
from projects.models import Risk
from tests.pages.browser.looks import overflow, unfold

pytestmark = pytest.mark.django_db(transaction=True)
LONG = "Donaudampfschifffahrtsgesellschaft" * 3 + "skapitänsmützen"
BEYOND = """
    () => [...document.querySelectorAll("main :is(th, td, dd, h1, h2, .figure-box)")]
        .filter((each) => each.checkVisibility() && each.clientWidth > 12)
        .filter((each) => each.scrollWidth > each.clientWidth + 1)
        .map((each) => each.textContent.trim().slice(0, 60))
"""


def widths(page: Page) -> list[tuple[int, int, list[str]]]:
    """Return, for a wide and a narrow window, by how much the page is wider, and what leaves its
    place."""
    found = []
    for width in (1400, 360):
        page.set_viewport_size({"width": width, "height": 900})
        unfold(page)
        found.append((width, overflow(page), page.evaluate(BEYOND)))
    return found


def test_a_word_of_120_letters_breaks_in_titles_lists_and_records(visit, demo, pmo):
    programme, risk = demo.programme("CAM"), Risk.objects.get(code="R01")
    benefit = Benefit.objects.get(code="B01")
    Programme.objects.filter(pk=programme.pk).update(name=LONG)
    Risk.objects.filter(pk=risk.pk).update(title=LONG)
    Benefit.objects.filter(pk=benefit.pk).update(title=LONG)
    page = visit(pmo).new_page()
    for address in (
        f"/programmes/{programme.pk}/money/",
        f"/risks/{risk.pk}/",
        f"/programmes/{programme.pk}/risks/?view=table",
        f"/benefits/{benefit.pk}/",
    ):
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_contain_text(LONG)
        assert (address, widths(page)) == (address, [(1400, 0, []), (360, 0, [])])


@pytest.mark.parametrize("width", [360], indirect=True)
def test_what_a_day_brings_stands_in_its_own_place_on_a_phone(visit, demo, cam_manager):
    page = visit(cam_manager).new_page()
    page.goto("/calendar/?month=2026-10&view=list")
    expect(page.get_by_text("Permit or inspection due").first).to_be_visible()
    assert page.evaluate(BEYOND) == []


@pytest.mark.parametrize("width", [360], indirect=True)
def test_an_inbox_on_a_phone_shows_what_it_is_about_whole(visit, demo, cam_manager):
    page = visit(cam_manager).new_page()
    page.goto("/inbox/")
    expect(page.locator(".inbox .what").first).to_be_visible()
    for part in (".what", ".said", ".who"):
        cut = page.locator(f".inbox {part}").evaluate_all(
            "all => all.filter(({scrollWidth, clientWidth}) => scrollWidth > clientWidth).length"
        )
        assert (part, cut) == (part, 0)


def test_what_is_opened_counts_as_read_where_the_fragment_is_no_text_too(visit, demo, cam_manager):
    page = visit(cam_manager).new_page()
    page.goto("/inbox/#%")
    with page.expect_request("**/api/v1/inbox/reading/"):
        page.locator("[data-notice]").first.click()


@pytest.mark.parametrize("width", [360], indirect=True)
def test_the_index_of_all_registers_is_short_on_a_phone(visit, demo, pmo):
    page = visit(pmo).new_page()
    page.goto("/pmo/")
    row = page.get_by_role("row", name="Tolerances").first
    expect(row).to_be_visible()
    assert row.bounding_box()["height"] < 48
    expect(page.get_by_text("A tolerance says how far").first).to_be_hidden()


def test_a_list_of_nothing_offers_no_filters_and_one_that_is_narrowed_does(visit, demo, pmo):
    page = visit(pmo).new_page()
    page.goto("/health-overrides/")
    expect(page.get_by_text("An override sets a colour")).to_be_visible()
    expect(page.get_by_role("search", name="Filter Health overrides")).to_be_hidden()
    page.goto("/risks/?search=nothing-is-called-so&view=table")
    expect(page.get_by_text("Nothing fits these filters.")).to_be_visible()
    expect(page.get_by_role("search", name="Filter Risks")).to_be_visible()


COVERED = """
    () => {
        const at = document.activeElement;
        const { left, top, width, height } = at.getBoundingClientRect();
        const seen = document.elementFromPoint(left + width / 2, top + height / 2);
        if (seen && (at.contains(seen) || seen.contains(at))) return "";
        return seen?.closest("label")?.control === at ? "" : at.name || at.textContent.trim();
    }
"""


@pytest.mark.parametrize("width", [360], indirect=True)
def test_what_the_keyboard_comes_to_is_below_no_bar_of_a_phone(visit, demo, cam_manager):
    page = visit(cam_manager).new_page()
    for address in ("update/", ""):
        page.goto(f"/projects/{demo.project('CAM-02').pk}/{address}")
        page.set_viewport_size({"width": 360, "height": 640})
        covered = []
        for _ in range(40):
            page.keyboard.press("Tab")
            covered.append(page.evaluate(COVERED))
        assert (address, [*filter(None, covered)]) == (address, [])


@pytest.mark.parametrize("width", [360], indirect=True)
def test_filters_of_a_list_lie_behind_one_button_on_a_phone(visit, demo, cam02_manager):
    page = visit(cam02_manager).new_page()
    page.goto("/risks/?view=table&status=open&kind=threat")
    button = page.get_by_role("button", name="Filters: 2 set")
    expect(button).to_have_attribute("aria-expanded", "false")
    expect(page.locator("#filter-status")).to_be_hidden()
    expect(page.get_by_label("Search", exact=True)).to_be_visible()
    assert page.get_by_role("row").nth(1).bounding_box()["y"] < 420
    button.click()
    expect(page.locator("#filter-status")).to_be_visible()
    page.locator("#filter-response").select_option("transfer")
    expect(page.get_by_role("button", name="Filters: 3 set")).to_be_visible()
    expect(page.locator("#filter-status")).to_be_visible()


def test_filters_stand_open_where_there_is_room(visit, demo, cam02_manager):
    page = visit(cam02_manager).new_page()
    page.goto("/risks/?view=table&status=open")
    expect(page.locator("#filter-status")).to_be_visible()
    expect(page.get_by_role("button", name="Filters: 1 set")).to_be_hidden()


@pytest.mark.parametrize("width", [360], indirect=True)
def test_a_row_of_a_list_takes_little_of_a_phone(visit, demo, pmo):
    page = visit(pmo).new_page()
    page.goto("/benefits/?view=table")
    row = page.get_by_role("row", name="B01")
    expect(row).to_be_visible()
    assert row.bounding_box()["height"] < 120
    title = row.get_by_text("Increased tuition income")
    beside = row.get_by_role("link", name="B01")
    assert abs(title.bounding_box()["y"] - beside.bounding_box()["y"]) < 12
    assert page.locator("td.unset").first.is_hidden()
    page.goto("/benefits/?view=table&column=title&column=target_value&column=updated_at")
    expect(page.locator("tbody td[data-label='Target value']").first).to_be_attached()


@pytest.mark.parametrize("width", [360], indirect=True)
def test_a_long_list_shows_its_first_rows_on_a_phone_until_all_are_asked_for(visit, demo, pmo):
    page = visit(pmo).new_page()
    page.goto("/risks/?view=table")
    rows = page.locator("table.cards > tbody > tr")
    expect(rows).to_have_count(40)
    expect(rows.nth(29)).to_be_visible()
    expect(rows.nth(30)).to_be_hidden()
    page.get_by_role("button", name="Show all 40").click()
    expect(rows.nth(39)).to_be_visible()
    expect(rows.nth(30).get_by_role("link").first).to_be_focused()


def test_totals_of_a_list_say_of_what_they_are_on_a_phone(visit, demo, cam02_manager):
    page = visit(cam02_manager).new_page()
    page.goto("/budget-lines/?view=table")
    total = page.get_by_role("row", name="All 2").locator("td[data-label='Approved']")
    expect(total).to_have_text("109,100")
