"""What the PMO does about people, in a browser; each walk counts what the person does."""

import pytest
from playwright.sync_api import expect

from pmhub.accounts.person_links import people_without_account
from pmhub.models import User
from tests.pages.browser.conftest import ON_BOTH, Person

pytestmark = pytest.mark.django_db(transaction=True)


@ON_BOTH
def test_who_holds_a_role_without_an_account_is_given_one_and_the_link_to_it(visit, demo, pmo):
    """Three actions, from the directory."""
    somebody = people_without_account()[0]
    office, page = Person(), visit(pmo).new_page()
    page.goto("/people/")
    apart = page.get_by_role("region", name="Accounts and people apart")
    office.click(apart.get_by_role("link", name=somebody.name))
    office.click(page.locator("summary", has_text="Give an account and invite"))
    form = page.get_by_role("form", name="Give an account")
    office.click(form.get_by_role("button", name="Give it and invite"))
    told = page.locator("#give-account-form [data-shown]")
    expect(told).to_contain_text(f"{somebody} has an account.")
    expect(told).to_contain_text("/account/link/invitation/")
    assert User.objects.filter(person=somebody).exists()
    assert office.actions == 3


@ON_BOTH
def test_an_account_of_nobody_is_entered_into_the_directory(visit, demo, pmo):
    """One action."""
    stray = User.objects.create_user("ruth.new", email="ruth@example.org")
    office, page = Person(), visit(pmo).new_page()
    page.goto("/people/")
    office.click(page.get_by_role("button", name="Tie ruth.new"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("ruth.new")
    stray.refresh_from_db()
    assert stray.person.email == "ruth@example.org"
    assert office.actions == 1
