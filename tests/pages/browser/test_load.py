"""What people do about shared resources, in a browser; each walk counts what the person does."""

import pytest
from playwright.sync_api import expect

from pmhub.models import Person as Known
from pmhub.models import User
from projects.models import Allocation
from tests.pages.browser.conftest import ON_BOTH, Person
from tests.pages.browser.looks import open_sections

pytestmark = pytest.mark.django_db(transaction=True)
OWNER, MANAGER = "PE22", "PE21"  # of the tower crane, and of the project that asks for it


@pytest.fixture
def user_of(demo):
    """`user_of("PE22")`: a way to sign in for somebody of the demo."""

    def made(code):
        user = User.objects.create(username=code)
        Known.objects.filter(code=code).update(user=user)
        return User.objects.get(pk=user.pk)

    return made


@ON_BOTH
def test_an_owner_offers_other_days_and_the_project_takes_them(visit, demo, user_of):
    """Six actions of the owner, three of the project's manager."""
    owner, page = Person(), visit(user_of(OWNER)).new_page()
    page.goto("/resources/load/")
    asked = page.get_by_role("region", name="Asked for, and not answered")
    crane = asked.get_by_role("row").filter(has_text="RS02")
    owner.click(crane.get_by_role("link", name="Answer"))
    owner.click(page.locator("summary", has_text="Decline it"))
    form = page.get_by_role("form", name="Decline it")
    owner.fill(form.get_by_label("Reason"), "Another building has the crane until the summer")
    owner.fill(form.get_by_label("Offered from"), "2028-07-03")
    owner.fill(form.get_by_label("Offered until"), "2028-10-27")
    owner.click(form.get_by_role("button", name="Decline it"))
    expect(page.locator(".page-title .tag")).to_have_text("Declined")
    assert owner.actions == 6
    expect(page.locator("summary", has_text="Ask again")).to_have_count(0)

    manager, other = Person(), visit(user_of(MANAGER)).new_page()
    other.goto(f"/projects/{demo.project('CAM-06').pk}/")
    open_sections(other)
    booked = other.get_by_role("region", name="People and resources")
    row = booked.get_by_role("row").filter(has_text="Declined")
    manager.click(row.get_by_role("link"))
    expect(other.locator("main")).to_contain_text("Another building has the crane")
    manager.click(other.locator("summary", has_text="Ask again"))
    again = other.get_by_role("form", name="Ask again")
    manager.click(again.get_by_role("button", name="Ask again"))
    expect(other.locator(".page-title .tag")).to_have_text("Requested")
    assert manager.actions == 3
    allocation = Allocation.objects.get(firmness="requested", project__code="CAM-06")
    days = allocation.starts_on.isoformat(), allocation.ends_on.isoformat()
    assert days == ("2028-07-03", "2028-10-27")

    page.goto("/resources/load/")
    expect(crane).to_contain_text("3 Jul 2028")


@ON_BOTH
def test_an_owner_says_when_there_is_less_of_a_resource(visit, demo, user_of):
    """Seven actions, from the heat map to the heat map."""
    owner, page = Person(), visit(user_of(OWNER)).new_page()
    page.goto("/resources/load/?from=2026-12")
    load = page.get_by_role("region", name="Booked against capacity")
    owner.click(load.get_by_role("link", name="RS02"))
    owner.click(page.get_by_role("link", name="New period of capacity"))
    owner.fill(page.get_by_label("From"), "2026-12-01")
    owner.fill(page.get_by_label("Until"), "2026-12-31")
    owner.fill(page.get_by_role("textbox", name="Capacity"), "0")
    owner.fill(page.get_by_label("Reason"), "The crane is inspected")
    owner.click(page.get_by_role("button", name="Save", exact=True))
    expect(page.locator("main")).to_contain_text("The crane is inspected")
    assert owner.actions == 7
    page.goto("/resources/load/?from=2026-12")
    expect(load.get_by_role("row").filter(has_text="RS02")).to_contain_text("1/0")


def test_the_load_of_resources(visit, demo, pmo, defects):
    page = visit(pmo).new_page()
    page.goto("/resources/load/?from=2027-03")
    expect(page.locator(".heat-over").first).to_be_visible()
    assert defects(page) == []
