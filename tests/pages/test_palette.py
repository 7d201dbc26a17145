"""What the palette and the page of the search offer, and to whom."""

import pytest
from django.urls import URLResolver, get_resolver

from pmhub import page_help
from pmhub.models import User
from tests import factories

pytestmark = pytest.mark.django_db
PALETTE = {"X-Region": "palette"}


@pytest.fixture
def offered(client_of, words):
    """`offered(user, text, at)`: the words of the palette."""

    def offers(user, text="", at="/"):
        answer = client_of(user).get("/search/", {"q": text, "at": at}, headers=PALETTE)
        assert answer.status_code == 200
        return words(answer)

    return offers


def test_records_are_offered_by_their_words(offered, demo, cam_manager, stranger):
    assert "Campus Renewal Programme" in offered(cam_manager, "campus ren")
    assert "Campus Renewal Programme" not in offered(stranger, "campus ren")


def test_actions_are_those_that_one_may_take_there(offered, demo, cam02_manager, viewer):
    at = f"/projects/{demo.project('CAM-02').pk}/money/"
    assert "New risk in CAM-02" in offered(cam02_manager, at=at)
    assert "Edit CAM-02" in offered(cam02_manager, at=at)
    assert "New risk" not in offered(viewer, at=at)
    assert "Edit CAM-02" not in offered(viewer, at=at)


def test_the_verbs_of_a_record_are_offered_on_its_page(offered, demo, cam02_manager, viewer):
    risk = factories.risk(demo.project("CAM-02"), code="CAM-02-X")
    at = f"/risks/{risk.pk}/"
    assert "Close CAM-02-X" in offered(cam02_manager, "close", at)
    assert "Close CAM-02-X" not in offered(viewer, "close", at)


def test_what_is_out_of_sight_offers_nothing_at_its_address(offered, demo, stranger):
    at = f"/projects/{demo.project('CAM-02').pk}/"
    assert "CAM-02" not in offered(stranger, at=at)
    assert "CAM-02" not in offered(stranger, at="/projects/999999/")
    offered(stranger, at="/nothing/999999999999999999999/")


def test_pages_are_offered_by_their_words(offered, demo, viewer, pmo):
    assert "Dependencies" in offered(viewer, "depend")
    assert "PMO administration" not in offered(viewer, "administration")
    assert "PMO administration" in offered(pmo, "administration")


def test_what_was_looked_at_last_comes_first(client_of, demo, viewer, words):
    client = client_of(viewer)
    for code in ("CAM-02", "CAM-03"):
        client.get(f"/projects/{demo.project(code).pk}/")
    shown = words(client.get("/search/", {"q": "", "at": "/"}, headers=PALETTE))
    assert shown.index("Recent") < shown.index("CAM-03") < shown.index("CAM-02")
    assert "CAM-02" in words(client.get("/search/"))


def test_what_was_looked_at_is_not_told_to_the_next_at_this_browser(client_of, demo, viewer):
    client = client_of(viewer)
    project = demo.project("CAM-02")
    client.get(f"/projects/{project.pk}/")
    cookie = client.cookies["pmhub-recent"].value
    assert cookie == f"project-{project.pk}"
    other = client_of(User.objects.get(username="stranger"))
    other.cookies["pmhub-recent"] = cookie
    page = other.get("/search/", {"q": "", "at": "/"}, headers=PALETTE).content.decode()
    assert "CAM-02" not in page


@pytest.mark.parametrize(
    "cookie", ["x", "user-1", "project-" + "9" * 30, "project-1.project-x", "'"]
)
def test_a_cookie_that_somebody_wrote_themself_breaks_nothing(client_of, viewer, cookie):
    client = client_of(viewer)
    client.cookies["pmhub-recent"] = cookie
    assert client.get("/search/").status_code == 200


def test_a_page_of_nothing_says_why_in_words(client_of, viewer, words):
    client = client_of(viewer)
    assert "Everything that has a code or a name" in words(client.get("/search/"))
    assert "Nothing that you may see is called" in words(client.get("/search/?q=zzzzzzz"))
    alike = words(client.get("/search/?q=campuss renewel"))
    assert "This is spelt like them" in alike
    assert "Campus Renewal" in alike


def test_a_scenario_has_an_address(client_of, demo, cam_manager, stranger):
    scenario = demo.programme("CAM").scenarios.create(name="Later", created_by=cam_manager)
    address = f"/scenarios/{scenario.pk}/"
    there = f"/programmes/{scenario.programme_id}/what-if/"
    answer = client_of(cam_manager).get(address)
    assert answer.headers["Location"] == f"{there}?scenario={scenario.pk}#scenario-{scenario.pk}"
    assert client_of(stranger).get(address).status_code == 404


def test_help_and_glossary_say_what_there_is(client_of, viewer, words):
    client = client_of(viewer)
    page = words(client.get("/help/"))
    assert "Ctrl K" in page
    assert "Dependencies" in page
    glossary = words(client.get("/glossary/"))
    assert "senior responsible owner: answers for a programme" in glossary
    assert "*" not in glossary


def test_what_is_called_new_is_found_by_the_words_of_others(offered, nothing):
    project = factories.project()
    user = factories.user()
    factories.role(user, "pmo", programme=project.programme)
    for text in ("add risk", "create risk", "new risk"):
        assert "New risk" in offered(user, text)
    assert "Inbox" in offered(user, "inbox")
    assert "Your preferences" in offered(user, "theme")
    assert "New risk" not in offered(factories.user(), "add risk")


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("/", "what moved in what is yours"),
        ("/inbox/", "What you open counts as read"),
        ("/risks/", "Enter or F2 edits a cell"),
        ("/risks/7/", "The star follows it"),
        ("/programmes/7/benefits/", "the map from outputs to objectives"),
    ],
)
def test_the_help_begins_with_the_page_that_is_open(client_of, words, nothing, at, said):
    page = words(client_of(factories.user()).get("/help/", {"at": at}))
    assert "This page" in page
    assert said in page


@pytest.mark.parametrize("at", ["", "/nowhere/", "http://evil.example/", "\x00"])
def test_the_help_of_no_page_says_what_it_says_everywhere(client_of, words, nothing, at):
    page = words(client_of(factories.user()).get("/help/", {"at": at}))
    assert "This page" not in page
    assert "To find something" in page


def test_every_page_that_the_help_knows_is_one():
    names = {pattern.name for pattern in _patterns(get_resolver().url_patterns)}
    assert set(page_help.PAGES) - names == set()


def _patterns(patterns):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern.url_patterns)
        else:
            yield pattern
