"""Saved views: a list as somebody wants to see it, kept, shared, and opened with."""

import pytest

from pmhub.models import SavedView, User

pytestmark = pytest.mark.django_db

OPEN = "status=open&column=code&column=title&ordering=-code"


def saved(api, name, query=OPEN, **given):
    """Save a view of the risks, and return what was answered."""
    data = {"collection": "risks", "name": name, "query": query, **given}
    return api.post("/api/v1/saved-views/", data, format="json")


@pytest.fixture
def rest(demo, api_of):
    """`rest(name)`: REST for one of the demo's people."""
    return lambda name: api_of(User.objects.get(username=name))


@pytest.fixture
def pages(demo, client_of):
    """`pages(name)`: the pages for one of the demo's people."""
    return lambda name: client_of(User.objects.get(username=name))


@pytest.fixture
def cam(demo):
    """The programme CAM."""
    return demo.programme("CAM")


def test_what_somebody_saves_they_find_in_the_menu_of_the_list(rest, pages):
    answer = saved(rest("cam.manager"), "Open ones").json()
    assert answer["html_url"].endswith(f"/risks/?{OPEN}")
    page = pages("cam.manager").get("/risks/").content.decode()
    assert f'href="/risks/?{OPEN.replace("&", "&amp;")}"' in page
    assert "Open ones" not in pages("pmo").get("/risks/").content.decode()


def test_a_view_that_is_shared_is_seen_by_who_sees_the_programme(rest, pages, cam):
    saved(rest("cam.manager"), "Ours", programme=cam.pk)
    for name, sees in {
        "viewer": True,
        "pmo": True,
        "ssv.manager": False,
        "stranger": False,
    }.items():
        found = rest(name).get("/api/v1/saved-views/").json()["count"]
        assert found == sees, name
        assert ("Ours" in pages(name).get("/risks/").content.decode()) == sees, name


def test_a_shared_view_is_changed_by_its_author_alone(rest, cam):
    view = saved(rest("cam.manager"), "Ours", programme=cam.pk).json()
    address = f"/api/v1/saved-views/{view['id']}/"
    for name, status in {"pmo": 403, "viewer": 403, "ssv.manager": 404, "cam.manager": 200}.items():
        answer = rest(name).patch(
            address, {"name": "Mine now"}, format="json", headers={"If-Match": '"v1"'}
        )
        assert answer.status_code == status, name
    assert rest("viewer").delete(address, headers={"If-Match": '"v2"'}).status_code == 403
    assert rest("cam.manager").delete(address, headers={"If-Match": '"v2"'}).status_code == 204


def test_the_list_opens_with_the_default_of_who_asks(rest, pages):
    saved(rest("cam.manager"), "Open ones", is_default=True)
    opened = pages("cam.manager").get("/risks/")
    assert (opened.status_code, opened["Location"]) == (302, f"/risks/?{OPEN}")
    assert pages("cam.manager").get("/risks/?view=table").status_code == 200
    assert pages("cam.manager").get("/issues/").status_code == 200
    assert pages("pmo").get("/risks/").status_code == 200


def test_there_is_one_default_of_a_list(rest):
    saved(rest("cam.manager"), "First", is_default=True)
    saved(rest("cam.manager"), "Second", "status=closed", is_default=True)
    assert list(SavedView.objects.filter(is_default=True).values_list("name", flat=True)) == [
        "Second"
    ]


def test_a_view_that_its_list_would_refuse_is_not_saved(rest):
    client = rest("cam.manager")
    for query in ("colour=red", "status=red", "ordering=colour", "group=colour", "column=colour"):
        answer = saved(client, "Broken", query)
        errors = [error["pointer"] for error in answer.json()["errors"]]
        assert (query, answer.status_code, errors) == (query, 400, ["/query"])
    view = saved(client, "Whole").json()
    headers = {"If-Match": "*"}
    moved = client.patch(view["url"], {"collection": "issues"}, format="json", headers=headers)
    assert moved.status_code == 400  # an issue has no status


def test_the_default_that_fits_the_list_no_more_says_so_and_leads_on(rest, pages):
    saved(rest("cam.manager"), "Broken", is_default=True)
    SavedView.objects.filter(name="Broken").update(query="colour=red")
    page = pages("cam.manager").get("/risks/", follow=True)
    assert page.status_code == 400
    assert "/risks/?view=table" in page.content.decode()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"collection": "unicorns"}, "collection"),
        ({"collection": None}, "collection"),
        ({"query": "x" * 2001}, "query"),
        ({"query": "a\x00b"}, "query"),
        ({"name": ""}, "name"),
        ({"is_default": "maybe"}, "is_default"),
        ({"programme": 10**12}, "programme"),
    ],
)
def test_what_is_no_view_is_refused_by_field(rest, given, field):
    answer = saved(rest("cam.manager"), **{"name": "A view", **given})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == f"/{field}"


def test_a_name_is_taken_once_by_one_author(rest):
    assert saved(rest("cam.manager"), "Ours").status_code == 201
    assert saved(rest("cam.manager"), "OURS").status_code == 400
    assert saved(rest("pmo"), "Ours").status_code == 201


def test_it_is_shared_with_one_place(rest, cam):
    both = {"programme": cam.pk, "portfolio": cam.portfolio_id}
    assert saved(rest("cam.manager"), "Ours", **both).json()["errors"][0]["pointer"] == (
        "/programme"
    )


def test_nobody_shares_with_what_they_do_not_see(demo, rest):
    other = demo.programme("SSV")
    answer = saved(rest("viewer"), "Theirs", programme=other.pk)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/programme"


def test_who_has_no_role_saves_none(rest):
    assert saved(rest("stranger"), "Mine").status_code == 403


def test_a_view_of_a_programmes_list_keeps_the_programme(pages, cam):
    page = pages("cam.manager").get(f"/programmes/{cam.pk}/risks/?status=open&page=1")
    assert f'value="programme={cam.pk}&amp;status=open"' in page.content.decode()


def test_no_list_is_asked_for_more_things_than_it_could_answer(rest):
    answer = saved(rest("cam.manager"), "All", "&".join(["column=code"] * 166))
    assert answer.status_code == 201
    answer = saved(rest("cam.manager"), "More", "&" * 1999)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/query")
