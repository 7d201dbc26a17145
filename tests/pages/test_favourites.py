"""Favourites and the tree beside every page: whose they are, and what they tell."""

import pytest

from pmhub.models import Favourite, User
from pmhub.queries import tree
from tests import factories
from tests.api.conftest import errors_of

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/favourites/"


@pytest.fixture
def project(demo):
    """The project CAM-02."""
    return demo.project("CAM-02")


def keep(api, record, kind="project"):
    """Keep a record beside every page, and return what was answered."""
    return api.post(ADDRESS, {"record_type": kind, "record_id": record}, format="json")


def beside(client, path="/help/"):
    """The favourites that a page shows, once for each of its two places."""
    html = client.get(path).content.decode()
    return html.count('class="tree favourites"'), html


def test_a_favourite_stands_beside_every_page_until_it_is_taken_out(
    api_of, client_of, viewer, project
):
    client, api = client_of(viewer), api_of(viewer)
    assert beside(client)[0] == 0
    answer = keep(api, project.pk)
    assert answer.status_code == 201
    assert answer.json()["html_url"].endswith(f"/projects/{project.pk}/")
    for path in ("/help/", "/risks/", "/portfolio/", f"/projects/{project.pk}/"):
        count, html = beside(client, path)
        assert count == 2, path
        assert f"{project.code} {project.name}: project" in html, path
    version = {"If-Match": f'"v{answer.json()["version"]}"'}
    assert api.delete(f"{ADDRESS}{answer.json()['id']}/", headers=version).status_code == 204
    assert beside(client)[0] == 0


def test_a_page_offers_to_keep_what_it_is_about_and_once_kept_to_take_it_out(
    api_of, client_of, viewer, project
):
    client, path = client_of(viewer), f"/projects/{project.pk}/"
    assert "Keep this page here" in beside(client, path)[1]
    keep(api_of(viewer), project.pk)
    html = beside(client, path)[1]
    assert "Keep this page here" not in html
    assert "Take this page" in html


def test_favourites_are_their_owners_alone(api_of, client_of, viewer, pmo, project):
    made = keep(api_of(viewer), project.pk).json()
    assert api_of(viewer).get(ADDRESS).json()["count"] == 1
    assert api_of(pmo).get(ADDRESS).json()["count"] == 0
    assert api_of(pmo).get(f"{ADDRESS}{made['id']}/").status_code == 404
    assert beside(client_of(pmo))[0] == 0


def test_only_what_one_may_see_is_kept_and_once(api_of, viewer, demo, project):
    api = api_of(viewer)
    hidden = demo.project("NZE-01").pk
    for pk in (hidden, 999_999, 2**63 - 1):
        answer = keep(api, pk)
        assert answer.status_code == 404
        assert errors_of(answer) == {"/record_id": "does_not_exist"}
    assert errors_of(keep(api, project.pk, "user")) == {"/record_type": "invalid_choice"}
    assert keep(api, project.pk).status_code == 201
    assert errors_of(keep(api, project.pk)) == {"/record_id": "unique"}


def test_a_favourite_goes_out_of_sight_with_the_right_and_takes_its_new_name(client_of, nothing):
    project = factories.project(name="Merger")
    reader = factories.user()
    role = factories.role(reader, "viewer", project=project)
    factories.role(reader, "viewer", programme=factories.programme())
    Favourite.objects.create(record_type="project", record_id=project.pk, created_by=reader)
    assert "Merger" in beside(client_of(reader))[1]
    type(project).objects.filter(pk=project.pk).update(name="Acquisition")
    assert "Acquisition" in beside(client_of(reader))[1]
    role.delete()
    count, html = beside(client_of(User.objects.get(pk=reader.pk)))
    assert (count, "Acquisition" in html) == (0, False)


def test_the_tree_goes_down_to_projects_and_opens_where_one_is(client_of, viewer, demo, project):
    client, place = client_of(viewer), f"/programmes/{demo.programme('CAM').pk}/"
    elsewhere = client.get("/help/").content.decode()
    assert f'data-branch="{place}">' in elsewhere
    assert f'href="/projects/{project.pk}/"' in elsewhere
    here = client.get(f"/projects/{project.pk}/").content.decode()
    assert f'data-branch="{place}" open>' in here
    assert f'href="/projects/{demo.project("NZE-01").pk}/"' not in here


def test_the_tree_of_many_projects_lists_the_first_and_counts_the_rest(
    client_of, nothing, monkeypatch
):
    monkeypatch.setattr(tree, "BELOW", 2)
    monkeypatch.setattr(tree, "FEWEST", 2)
    programme = factories.programme()
    for number in range(5):
        factories.project(programme=programme, code=f"P{number}")
    reader = factories.user()
    factories.role(reader, "viewer", programme=programme)
    html = client_of(reader).get("/help/").content.decode()
    assert "and 3 more" in html
    assert f'href="/programmes/{programme.pk}/projects/"' in html
