"""Texts of custom fields are found: by everything's search, the palette, and lists."""

from typing import Any

import pytest
from django.utils import timezone

from pmhub.models import User
from programmes.models import CustomField
from projects.models import Project
from tests import factories

Fields = dict[str, CustomField]


@pytest.fixture
def said(project: Project, fields: Fields) -> Project:
    """A project that says something in custom fields of most types."""
    Project.objects.filter(pk=project.pk).update(
        custom={"a_text": "Élan Valley", "a_number": "8812", "a_choice": "High"}
    )
    return project


def _found(reader: Any, words: str) -> Any:
    answer = reader.get(f"search/?q={words}")
    assert answer.status_code == 200, answer.json()
    return answer.json()["results"]


def test_a_text_is_found_and_says_in_which_field(said: Project, lead: User, api: Any) -> None:
    told = {"field": "custom.a_text", "label": "A text", "text": "Élan Valley"}
    (hit,) = _found(api(lead), "elan valley")
    assert (hit["type"], hit["id"], hit["said_in"]) == ("project", said.pk, told)
    # Words of the name and of a field together; and of the name alone.
    (both,) = _found(api(lead), f"{said.code} elan")
    assert both["said_in"] == told
    assert [hit["said_in"] for hit in _found(api(lead), said.code)] == [None]
    Project.objects.filter(pk=said.pk).update(custom={"a_text": "Wexmoor"})
    assert _found(api(lead), "elan valley") == []


def test_numbers_and_days_are_not_words(said: Project, lead: User, api: Any) -> None:
    assert _found(api(lead), "8812") == []


def test_who_does_not_see_the_record_finds_nothing(
    said: Project, elsewhere: User, api: Any, client_of: Any
) -> None:
    assert _found(api(elsewhere), "elan valley") == []
    assert api(elsewhere).get("projects/?search=elan").json()["count"] == 0
    assert "Valley" not in client_of(elsewhere).get("/search/?q=elan").content.decode()


def test_pages_say_the_field(said: Project, lead: User, client_of: Any) -> None:
    client = client_of(lead)
    page = client.get("/search/?q=elan").content.decode()
    palette = client.get("/search/?q=elan", headers={"Pm-Region": "palette"}).content.decode()
    for shown in (page, palette):
        assert "A text: Élan Valley" in shown


def test_lists_are_searched_in_them_now_and_then(
    said: Project, lead: User, api: Any, client_of: Any
) -> None:
    programme: Any = said.programme
    programme.programme_manager = lead.person
    programme.save()
    other = factories.project(programme=said.programme, code="OTHER", name="Valley")
    for words, ids in (("elan", [said.pk]), ("valley", [said.pk, other.pk]), ("a_text", [])):
        rows = api(lead).get(f"projects/?search={words}&ordering=id").json()["results"]
        assert [row["id"] for row in rows] == ids, words
    page = client_of(lead).get("/projects/?search=elan", headers={"HX-Request": "true"})
    assert said.code in page.content.decode()
    assert "OTHER" not in page.content.decode()
    before = timezone.now().isoformat()
    Project.objects.filter(pk=said.pk).update(custom={"a_text": "Moved"})
    for asked, hits in (({}, 0), ({"as_of": before}, 1)):
        page = client_of(lead).get("/projects/", {"search": "elan", **asked})
        assert page.context["count"] == hits, asked


def test_the_admin_is_searched_in_them(said: Project, pmo: User, client_of: Any) -> None:
    pmo.is_staff = True
    pmo.save(update_fields=["is_staff"])
    factories.project(programme=said.programme, code="OTHER", name="Valley")
    for words, codes in (
        ("elan", {said.code}),
        ("valley", {said.code, "OTHER"}),
        ("a_text", set()),
    ):
        page = client_of(pmo).get("/admin/projects/project/", {"q": words})
        assert {row.code for row in page.context["cl"].result_list} == codes, words


def test_a_hit_costs_no_query(said: Project, lead: User, client_of: Any, queries_of: Any) -> None:
    client = client_of(lead)
    one = queries_of(client, "/search/?q=elan")
    for number in range(5):
        factories.project(
            programme=said.programme, code=f"E{number}", custom={"a_text": "Elan works"}
        )
    assert queries_of(client, "/search/?q=elan") == one
