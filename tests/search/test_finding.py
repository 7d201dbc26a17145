"""Who finds what, by which words, and what it tells them."""

import pytest
from django.db import connection

from pmhub.caching import forget
from pmhub.models import User
from pmhub.queries import search
from projects.models import Project
from projects.services import move_project
from tests import factories
from tests.api.conftest import errors_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def find(api_of):
    """`find(user, words)`: the codes, or else the titles, of what REST finds, in its order."""

    def found(user, words, **asked):
        answer = api_of(user).get("/api/v1/search/", {"q": words, **asked})
        assert answer.status_code == 200, answer.content
        return [hit["code"] or hit["title"] for hit in answer.json()["results"]]

    return found


@pytest.fixture
def library(nothing):
    """A programme with a project, whose risks have words of their own."""
    programme = factories.programme(code="LIB", name="Library of the future")
    project = factories.project(programme=programme, code="LIB-01", name="Reading rooms")
    for code, title in {
        "LIB-R1": "Café contract delayed",
        "LIB-R2": "Supplier insolvent",
        "LIB-R10": "Shelves arrive late",
    }.items():
        factories.risk(project, code=code, title=title)
    return programme


@pytest.fixture
def reader(library):
    """A user who may read the programme and nothing else."""
    user = factories.user()
    factories.role(user, "viewer", programme=library)
    return user


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("LIB-R1", ["LIB-R1", "LIB-R10"]),
        ("lib-r10", ["LIB-R10"]),
        ("cafe", ["LIB-R1"]),
        ("CAFÉ delay", ["LIB-R1"]),
        ("delays contracts", ["LIB-R1"]),
        ("ven", ["LIB-R2"]),
        ("late shel", ["LIB-R10"]),
        ("library", ["LIB"]),
        ("suplier insolvnt", ["LIB-R2"]),
        ("100 % nothing", []),
        ("_", []),
    ],
)
def test_words_find_what_is_called_so(find, reader, words, first):
    assert find(reader, words)[: len(first) or None] == first


def test_an_answer_says_what_a_record_is_and_where(api_of, reader, library):
    answer = api_of(reader).get("/api/v1/search/", {"q": "LIB-01"}).json()
    pk = Project.objects.get(code="LIB-01").pk
    assert answer["results"] == [
        {
            "type": "project", "id": pk, "code": "LIB-01", "title": "Reading rooms",
            "archived": False,
            "url": f"http://testserver/api/v1/projects/{pk}/",
            "html_url": f"http://testserver/projects/{pk}/", "said_in": None,
        }
    ]  # fmt: skip
    assert (answer["count"], answer["kinds"], answer["alike"]) == (1, {"project": 1}, False)


def test_everybody_finds_what_they_may_see_and_nothing_else(demo, api_of):
    for user in User.objects.filter(is_active=True):
        seen = {
            (kind, pk)
            for kind, model in search.kinds().items()
            for pk in model._default_manager.visible_to(user).values_list("pk", flat=True)
        }
        rows = search.entries(user, archived=True).values_list("kind", "object_id")
        assert set(rows) == seen, user


@pytest.mark.parametrize("name", ["stranger", "viewer", "cam.manager", "pmo", "benefit.owner"])
def test_who_sees_few_records_and_who_sees_many_find_by_the_same_rule(demo, monkeypatch, name):
    user = User.objects.get(username=name)
    seen = {}
    for most in (0, 1_000_000):
        monkeypatch.setattr(search, "FEW", most)
        forget()
        seen[most] = {*search.entries(user, archived=True).values_list("kind", "object_id")}
    assert seen[0] == seen[1_000_000]
    assert bool(seen[0]) == (name != "stranger")


def test_nothing_tells_of_what_is_out_of_sight(find, api_of, library, reader):
    other = factories.project(code="SEC-1", name="Reading of secrets")
    factories.risk(other, code="SEC-R1", title="Supplier insolvent too")
    office = factories.user()
    factories.role(office, "pmo")
    asked = {"q": "supplier insolvent"}
    mine, all_ = (api_of(user).get("/api/v1/search/", asked).json() for user in (reader, office))
    assert (mine["count"], mine["kinds"]) == (1, {"risk": 1})
    assert (all_["count"], all_["kinds"]) == (2, {"risk": 2})
    assert find(reader, "SEC-R1") == find(reader, "SEC-R999") == []
    assert find(factories.user(), "supplier") == []


def test_a_role_a_move_and_an_archive_count_at_once(find, reader, library):
    project = Project.objects.get(code="LIB-01")
    office = factories.user()
    factories.role(office, "pmo")
    elsewhere = factories.programme(portfolio=library.portfolio)
    move_project(project, to_programme=elsewhere, reason="Reorganised", by=office)
    assert find(reader, "LIB-R1") == []
    reader._grants = None
    factories.role(reader, "viewer", project=project)
    assert find(User.objects.get(pk=reader.pk), "LIB-R1") == ["LIB-R1", "LIB-R10"]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE projects_project SET archived_at = now(), status = 'terminated',"
            " terminated_on = '2026-10-01', ended_reason = 'Over' WHERE id = %s",
            [project.pk],
        )
    reader = User.objects.get(pk=reader.pk)
    assert find(reader, "reading rooms") == []
    assert find(reader, "reading rooms", archived="all") == ["LIB-01"]
    project.risks.filter(code="LIB-R10").delete()
    assert find(reader, "LIB-R1") == ["LIB-R1"]


def test_one_kind_is_chosen_and_all_are_counted(api_of, reader):
    asked = {"q": "lib", "kind": "risk,project", "page_size": 2}
    answer = api_of(reader).get("/api/v1/search/", asked).json()
    assert answer["kinds"] == {"risk": 3, "programme": 1, "project": 1}
    assert answer["count"] == 4
    assert [hit["type"] for hit in answer["results"]] == ["project", "risk"]
    rest = api_of(reader).get(answer["next"]).json()
    assert [hit["code"] for hit in rest["results"]] == ["LIB-R10", "LIB-R1"]


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ({}, "q"),
        ({"q": "  "}, "q"),
        ({"q": "a" * 201}, "q"),
        ({"q": "a b c d e f g h i"}, "q"),
        ({"q": "a\0"}, "q"),
        ({"q": "a", "kind": "user"}, "kind"),
        ({"q": "a", "archived": "true"}, "archived"),
        ({"q": "a", "page_size": "0"}, "page_size"),
        ({"q": "a", "as_of": "2026-01-01"}, "as_of"),
    ],
)
def test_what_cannot_be_looked_for_is_refused_by_name(api_of, reader, asked, name):
    answer = api_of(reader).get("/api/v1/search/", asked)
    assert answer.status_code == 400
    assert [error["parameter"] for error in answer.json()["errors"]] == [name]


@pytest.mark.parametrize(
    "words", ["'", '"', "\\", "%", "&", "!", ":*", "(", "<->", "🙂", "' OR 1=1 --", "the", "and or"]
)
def test_no_words_break_it(find, reader, client_of, words):
    find(reader, words)
    assert client_of(reader).get("/search/", {"q": words}).status_code == 200


def test_who_may_not_sign_in_is_asked_to(client, api_of):
    assert client.get("/search/?q=a").status_code == 302
    assert client.get("/api/v1/search/?q=a").status_code == 401


def test_how_many_are_found_costs_no_more_queries(
    api_of, reader, library, django_assert_num_queries
):
    api = api_of(reader)
    api.get("/api/v1/search/?q=shelves")
    with django_assert_num_queries(5):
        api.get("/api/v1/search/?q=shelves")
    project = Project.objects.get(code="LIB-01")
    for number in range(30):
        factories.risk(project, title=f"Shelves {number}")
    api.get("/api/v1/search/?q=shelves")
    with django_assert_num_queries(5):
        api.get("/api/v1/search/?q=shelves")


def test_an_error_names_the_field(api_of, reader):
    assert errors_of(api_of(reader).get("/api/v1/search/?q=")) == {"/q": "required"}
