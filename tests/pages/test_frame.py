"""Signing in, the first page, navigation, and pages that say no."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.utils import timezone

from pmhub.demo.users import PASSWORD
from pmhub.models import User
from pmhub.queries import tree
from pmhub.views.error_pages import server_error, too_many, unavailable
from programmes.models import Programme
from projects.models import Project

LIVE = {"HX-Request": "true"}


def test_who_has_not_signed_in_is_brought_back_after(client, demo):
    address = f"/programmes/{demo.programme('CAM').pk}/"
    asked = client.get(f"{address}?sort=cpi&rows=all")
    back = f"{address}%3Fsort%3Dcpi%26rows%3Dall"
    assert asked.headers["Location"] == f"/accounts/login/?next={back}"

    answer = client.post(
        "/accounts/login/",
        {"username": "viewer", "password": PASSWORD, "next": address},
    )
    assert (answer.status_code, answer.headers["Location"]) == (302, address)


def test_a_region_of_who_is_signed_out_is_told_401_and_no_page(client, demo):
    address = f"/programmes/{demo.programme('CAM').pk}/"
    assert client.get(address, headers=LIVE).status_code == 401


def test_a_wrong_password_is_said_and_the_name_kept(client, demo, words):
    answer = client.post("/accounts/login/", {"username": "viewer", "password": "no"})
    assert "do not belong together" in words(answer)
    assert 'value="viewer"' in answer.content.decode()


def test_signing_in_never_leads_elsewhere(client, demo):
    answer = client.post(
        "/accounts/login/",
        {"username": "pmo", "password": PASSWORD, "next": "//elsewhere.example/"},
    )
    assert answer.headers["Location"] == "/"


def test_signing_out_asks_to_sign_in_again(client_of, viewer):
    client = client_of(viewer)
    assert client.post("/accounts/logout/").headers["Location"] == "/accounts/login/"
    assert client.get("/portfolio/").status_code == 302


@pytest.mark.parametrize("path", ["/", "/risks/", "/pmo/", "/account/"])
def test_reports_and_the_pmo_are_found_from_every_page(client_of, viewer, stranger, demo, path):
    for reader in (viewer, stranger):
        page = client_of(reader).get(path, follow=True).content.decode()
        beside = page[page.index('<nav class="sidenav"') : page.index("<main")]
        for address in ("/", "/portfolio/", "/status-reports/", "/calendar/", "/pmo/"):
            assert f'<a href="{address}"' in beside, address
        assert 'href="/pmo/#registers"' in beside
        assert client_of(reader).get("/status-reports/").status_code == 200


def test_the_first_page_is_home(client_of, pmo, words):
    answer = client_of(pmo).get("/")
    assert answer.status_code == 200
    assert "What waits for you" in words(answer)


def test_who_sees_no_portfolio_is_led_to_where_one_begins(client_of, stranger):
    assert client_of(stranger).get("/").headers["Location"] == "/portfolio/"


def test_navigation_lists_what_one_may_see_and_nothing_else(client_of, viewer, demo):
    page = client_of(viewer).get("/portfolio/").content.decode()
    assert "Campus Renewal Programme" in page
    assert "Net Zero Estate Programme" not in page


@pytest.mark.parametrize("listed", [1, 40])
def test_navigation_lists_the_first_and_counts_the_rest(demo, monkeypatch, listed):
    monkeypatch.setattr(tree, "LISTED", listed)
    home = demo.portfolio.pk
    for user in User.objects.all():
        programmes = list(Programme.objects.visible_to(user).values_list("code", flat=True))
        alone = [
            project.code
            for project in Project.objects.visible_to(user).filter(archived_at=None)
            if project.programme is None or project.programme.code not in programmes
        ]
        found = {each["id"]: each for each in tree.tree(user)}
        assert found.keys() == ({home} if programmes or alone else set())
        if found:
            assert [each["code"] for each in found[home]["programmes"]] == programmes[:listed]
            assert [each["code"] for each in found[home]["projects"]] == alone[:listed]
            assert found[home]["more"] == len(programmes[listed:]) + len(alone[listed:])


def test_a_page_that_is_not_there_says_so_in_words(client_of, stranger, words):
    answer = client_of(stranger).get("/no/such/page/")
    assert answer.status_code == 404
    assert "There is nothing here for you" in words(answer)


def test_only_staff_are_shown_the_way_to_administration(client_of, pmo, viewer):
    assert "PMO administration" in client_of(pmo).get("/portfolio/").content.decode()
    assert "PMO administration" not in client_of(viewer).get("/portfolio/").content.decode()


def test_a_form_without_its_token_is_refused_in_words(demo, words):
    answer = Client(enforce_csrf_checks=True).post("/accounts/login/", {"username": "viewer"})
    assert answer.status_code == 403
    assert "This form was open for too long" in words(answer)


def test_a_broken_page_names_the_request_and_needs_no_database(rf, words):
    request = rf.get("/")
    request.request_id = "abc123"
    request.user = AnonymousUser()
    answer = server_error(request)
    assert answer.status_code == 500
    assert "the request id abc123" in words(answer)


@pytest.mark.parametrize("page", [server_error, too_many, unavailable])
def test_pages_that_need_no_database_have_the_look_of_the_others(rf, page):
    request = rf.get("/")
    request.user = AnonymousUser()
    assert 'href="/static/pmhub/plain.css"' in page(request).content.decode()


def test_a_form_of_too_many_fields_is_refused_in_words_and_over_rest_as_a_problem(client, words):
    answer = client.post("/accounts/login/", {f"field{number}": "" for number in range(3000)})
    assert answer.status_code == 400
    assert "That was not understood" in words(answer)
    answer = client.get("/api/v1/me/", HTTP_HOST="none.of.ours.example")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


def test_what_is_no_page_says_so_in_words_and_what_may_be_asked(client_of, viewer, words):
    answer = client_of(viewer).get("/accounts/logout/")
    assert (answer.status_code, answer["Allow"]) == (405, "POST, OPTIONS")
    assert "There is no page at this address" in words(answer)


def test_a_spent_link_leads_on_whoever_follows_it(client, client_of, viewer, words):
    assert "Sign in" in words(client.get("/accounts/first/spent/"))
    inside = client_of(viewer).get("/accounts/first/spent/")
    assert (inside.status_code, "Go to your first page" in words(inside)) == (410, True)


@pytest.mark.parametrize("address", ["/portfolio/", "/accounts/login/"])
def test_pages_have_no_inline_script_and_leave_nothing_behind(client, client_of, pmo, address):
    answer = (client_of(pmo) if address == "/portfolio/" else client).get(address)
    page = answer.content.decode()
    assert "<script>" not in page
    assert " onclick=" not in page
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("path", ["/nowhere/", "/programmes/999999999/", "/projects/1/nothing"])
def test_what_is_not_there_shows_no_routes(debug, path, demo, client_of, viewer, settings):
    settings.DEBUG = debug
    answer = client_of(viewer).get(path, follow=True)
    page = answer.content.decode()
    assert answer.status_code == 404
    assert "The address may be mistyped" in page
    assert "URLconf" not in page
    assert "readyz" not in page


@pytest.mark.parametrize("debug", [True, False])
def test_an_address_without_its_slash_leads_to_the_page(debug, demo, client_of, viewer, settings):
    settings.DEBUG = debug
    address = f"/programmes/{demo.programme('CAM').pk}"
    assert client_of(viewer).get(address).status_code == 301


@pytest.mark.parametrize("clock", ["as_of", "on"])
def test_a_page_that_has_no_past_says_so(client_of, pmo, demo, words, clock):
    portfolio = demo.programme("CAM").portfolio_id
    for path in (
        f"/portfolios/{portfolio}/prioritisation/",
        f"/projects/{demo.project('CAM-02').pk}/update/",
        "/pmo/data-quality/",
        "/resources/load/",
    ):
        told = words(client_of(pmo).get(path, {clock: "2026-01-31"}))
        assert "This page shows the present: it has no past." in told, path
        assert "it has no past" not in words(client_of(pmo).get(path)), path


def test_a_page_of_the_past_does_not(client_of, pmo, demo, words):
    home, project = demo.programme("CAM"), demo.project("CAM-02").pk
    programme = f"/programmes/{home.pk}/"
    tabs = ("", "benefits/", "risk/", "tracks/", "money/", "governance/", "dependencies/")
    day = str(timezone.localdate())
    for path in (
        "/risks/", f"/portfolios/{home.portfolio_id}/", f"/projects/{project}/",
        f"/projects/{project}/money/", f"/projects/{project}/explain/estimate_at_completion/",
        *(programme + tab for tab in tabs), f"{programme}explain/risk_p80/",
    ):  # fmt: skip
        for clock in ("on", "as_of"):
            answer = client_of(pmo).get(path, {clock: day})
            assert answer.status_code == 200, path
            assert "it has no past" not in words(answer), (path, clock)


@pytest.mark.parametrize("day", ["1999-01-01", "garbage", "2199-01-01"])
def test_what_is_no_moment_of_the_past_is_not_taken_for_the_present(
    client_of, pmo, demo, words, day
):
    for path in (f"/projects/{demo.project('CAM-02').pk}/", "/risks/", "/risks/999999/"):
        answer = client_of(pmo).get(path, {"as_of": day})
        assert "it has no past" not in words(answer), path


def test_every_page_says_what_is_missing_without_scripts(client_of, viewer, demo):
    for path in ("/", "/risks/", f"/programmes/{demo.programme('CAM').pk}/edit/"):
        page = client_of(viewer).get(path).content.decode()
        without = page[page.index("<noscript>") : page.index("</noscript>")]
        assert "Scripts are switched off" in without
