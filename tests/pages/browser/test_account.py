"""The pages of one's account, in a browser: passkeys by a virtual authenticator, and every page in
both themes, wide and narrow."""

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse
from playwright.sync_api import Page, expect

from pmhub import one_time_links
from pmhub.accounts import digest_mails
from pmhub.models import User
from tests.pages.browser.looks import unfold

pytestmark = pytest.mark.django_db(transaction=True)
FACTOR = "/account/second-factor/"
PASSWORD = "wexmoor-demo"
PAGES = [
    "/account/",
    "/account/preferences/",
    "/account/mail/",
    "/account/password/",
    "/account/sessions/",
    "/account/tokens/",
    "/account/webhooks/",
    "/jobs/",
    FACTOR,
    f"{FACTOR}totp/activate/",
    f"{FACTOR}webauthn/add/",
    f"{FACTOR}recovery-codes/",
    f"{FACTOR}webauthn/",
]
OUTSIDE = ["/accounts/login/", "/account/forgotten/"]


def test_pages_of_the_account(visit, demo, viewer, defects, settings):
    settings.EMAIL_URL = "smtp://127.0.0.1"
    inside = visit(viewer).new_page()
    for address in PAGES:
        inside.goto(address)
        unfold(inside)
        assert (address, defects(inside)) == (address, [])
    outside = visit().new_page()
    stop = reverse("stop-digest", args=[one_time_links.issue(digest_mails.STOP, viewer)])
    for address in [*OUTSIDE, stop]:
        outside.goto(address)
        assert (address, defects(outside)) == (address, [])


@pytest.fixture
def site(live_server, demo) -> str:
    """The site under a name, which passkeys need."""
    return live_server.url.replace("127.0.0.1", "localhost")


@pytest.fixture
def page(visit, viewer: User) -> Page:
    """A browser whose device keeps passkeys."""
    page = visit().new_page()
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return page


def sign_in(page: Page) -> None:
    """Sign in by name and password."""
    page.goto("/accounts/login/")
    form = page.url
    page.get_by_label("User name").fill("viewer")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: url != form)  # to leave before would give the sign-in up


def test_a_passkey_is_added_and_signs_in_alone_and_after_the_password(page, viewer):
    sign_in(page)
    page.goto(f"{FACTOR}webauthn/add/")
    page.get_by_label("Name", exact=True).fill("My laptop")
    expect(page.get_by_label("Sign in by it alone")).to_be_checked()
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    assert Authenticator.objects.get(type="webauthn").data["name"] == "My laptop"

    page.locator(".usermenu > summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Home")

    page.locator(".usermenu > summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Use a passkey")).to_be_visible()
    sign_in(page)
    expect(page.get_by_role("heading", name="Second factor")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Home")

    page.goto(f"{FACTOR}webauthn/")
    page.get_by_role("link", name="Remove My laptop").click()
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_text("None yet.")).to_be_visible()
