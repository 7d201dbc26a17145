"""What is said about records, what is followed and what happened, in a browser; each walk counts
what the person does."""

import pytest
from playwright.sync_api import expect

from pmhub.models import Comment, Follow
from tests.api.conftest import Api
from tests.pages.browser.conftest import ON_BOTH, Person

pytestmark = pytest.mark.django_db(transaction=True)


@ON_BOTH
def test_a_viewer_comments_on_a_risk_and_mentions_its_owner(visit, demo, viewer, defects):
    """Three actions: the text, the name that is offered, the button."""
    risk = demo.risk("R01")
    person, page = Person(), visit(viewer).new_page()
    page.goto(f"/risks/{risk.pk}/")
    text = page.get_by_label("Add a comment")
    person.fill(text, "Is the **crane** booked? ")
    text.press("End")
    text.press_sequentially("@aisha")
    person.click(page.get_by_role("option", name="Aisha Rahman"))
    expect(text).to_have_value("Is the **crane** booked? @PE18 ")
    person.click(page.get_by_role("button", name="Comment", exact=True))
    said = page.locator("#comments article")
    expect(said).to_contain_text("Is the crane booked? @Aisha Rahman")
    assert list(Comment.objects.get().mentions.values_list("name", flat=True)) == ["Aisha Rahman"]
    assert person.actions == 3
    assert defects(page) == []


def test_people_are_offered_to_the_keyboard_and_the_form_keeps_its_lines(visit, demo, viewer):
    page = visit(viewer).new_page()
    page.goto(f"/risks/{demo.risk('R01').pk}/")
    text = page.get_by_label("Add a comment")
    expect(page.locator("pm-mention:defined").first).to_be_attached()
    text.press_sequentially("Dear @a")
    options = page.get_by_role("listbox", name="People who see this").get_by_role("option")
    expect(options.first).to_have_attribute("aria-selected", "true")
    text.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    text.press("Escape")
    expect(options).to_have_count(0)
    text.press("Enter")
    text.press_sequentially("two lines")
    expect(text).to_have_value("Dear @a\ntwo lines")


def test_ones_own_comment_is_changed_and_deleted_on_the_page(visit, demo, viewer):
    """Three actions to change it, one to delete it."""
    page = visit(viewer).new_page()
    page.goto(f"/projects/{demo.project('CAM-02').pk}/")
    page.get_by_label("Add a comment").fill("Frist")
    page.get_by_role("button", name="Comment", exact=True).click()
    own = page.locator("#comments article")
    expect(own).to_contain_text("Frist")
    person = Person()
    person.click(own.locator("summary"))
    person.fill(own.get_by_role("textbox"), "First")
    person.click(own.get_by_role("button", name="Save"))
    expect(own.locator(".prose")).to_have_text("First")
    assert person.actions == 3
    own.get_by_role("button", name="Delete").click()
    expect(own).to_have_count(0)
    assert not Comment.objects.exists()


@ON_BOTH
def test_a_project_is_followed_by_its_star_and_found_again(visit, demo, viewer):
    """Three actions: the star, the menu, the list."""
    project = demo.project("CAM-02")
    person, page = Person(), visit(viewer).new_page()
    page.goto(f"/projects/{project.pk}/")
    person.click(page.get_by_role("button", name="Follow", exact=True))
    expect(page.get_by_role("button", name="Following")).to_have_attribute("aria-pressed", "true")
    person.click(page.locator(".usermenu > summary"))
    person.click(page.get_by_role("link", name="What you follow"))
    expect(page.get_by_role("main").get_by_role("link", name="CAM-02")).to_be_visible()
    assert Follow.objects.filter(created_by=viewer).count() == 1
    assert person.actions == 3
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("You follow nothing yet.")).to_be_visible()


@ON_BOTH
def test_the_activity_of_a_programme_tells_who_changed_a_date(
    visit, demo, viewer, cam02_manager, api_of, defects, width
):
    """Three actions from the page of the programme: the menu, the kind, the button."""
    milestone = demo.project("CAM-02").milestones.order_by("pk").first()
    moved = Api(api_of(cam02_manager)).patch(
        f"milestones/{milestone.pk}/", {"forecast_on": "2031-05-14"}
    )
    assert moved.status_code == 200
    person, page = Person(), visit(viewer).new_page()
    page.goto(f"/programmes/{demo.programme('CAM').pk}/")
    person.click(page.locator("#comments").get_by_role("link", name="Activity"))
    person.choose(page.get_by_label("What", exact=True), "Milestones")
    person.click(page.get_by_role("button", name="Show", exact=True))
    first = page.get_by_role("table").get_by_role("row").nth(1)
    expect(first).to_contain_text(cam02_manager.person.name)
    expect(first).to_contain_text("14 May 2031")
    assert person.actions == 3
    assert defects(page, width) == []


def test_a_page_comes_dark_and_in_other_dates_for_who_chose_that(visit, viewer, defects):
    page = visit(viewer, theme="light").new_page()
    page.goto("/account/preferences/")
    page.get_by_label("Dark").check()
    page.get_by_label("Comfortable").check()
    page.get_by_label("2029-05-05").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    html = page.locator("html")
    expect(html).to_have_attribute("data-bs-theme", "dark")
    expect(html).to_have_attribute("data-density", "comfortable")
    page.goto("/milestones/")
    expect(html).to_have_attribute("lang", "en-ca")
    expect(page.get_by_role("main").get_by_text("2026-").first).to_be_visible()
    page.goto("/account/preferences/")
    assert defects(page) == []
