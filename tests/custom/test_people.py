"""A person who is named in a custom field stays, is told of it, and is merged with it."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from pmhub.models import Person, User
from pmhub.queries import personal_data_of
from programmes.models import CustomField
from projects.models import Project
from tests import factories

Fields = dict[str, CustomField]


def test_who_is_named_is_neither_lost_nor_forgotten(
    project: Project, fields: Fields, lead: User, pmo: User, api: Any
) -> None:
    kept, other = factories.person(), factories.person()
    answer = api(lead).patch(f"projects/{project.pk}/", {"custom": {"a_person": other.pk}})
    assert answer.status_code == 200, answer.json()
    with pytest.raises(IntegrityError, match="custom field"), transaction.atomic():
        Person.objects.filter(pk=other.pk).delete()
    assert api(pmo).delete(f"people/{other.pk}/").status_code in (405, 409)
    told = personal_data_of(other, to=pmo)["records"]
    assert [(each["type"], each["id"], each["field"]) for each in told] == [
        ("project", project.pk, "custom.a_person")
    ]
    body = {"duplicate": other.pk, "reason": "The same person"}
    answer = api(pmo).verb(f"people/{kept.pk}/merger/", body)
    assert answer.status_code == 200, answer.json()
    project.refresh_from_db()
    assert project.custom == {"a_person": kept.pk}
    # Archived, nobody is named anew; what is named is told by name.
    names = [field["from_label"] for each in
             api(lead).get(f"projects/{project.pk}/history/").json()["results"]
             for field in each["changes"] if field["field"] == "custom.a_person"]  # fmt: skip
    assert other.name in names


@pytest.mark.parametrize("name", ["in", "isnull", "regex", "contains", "has_key"])
def test_a_field_that_is_called_like_a_lookup_names_people_too(
    name: str, project: Project, lead: User, pmo: User, api: Any
) -> None:
    home = project.owner_portfolio
    factories.custom_field(home, name=name, type="person")
    factories.custom_field(home, name="since", type="text")
    kept, other, bystander = (factories.person() for _ in range(3))
    elsewhere = factories.project(programme=project.programme, code="PELSE")
    for row, named in ((project, other), (elsewhere, bystander)):
        Project.objects.filter(pk=row.pk).update(custom={name: named.pk, "since": "May"})
    told = personal_data_of(other, to=pmo)["records"]
    assert [(each["id"], each["field"]) for each in told] == [(project.pk, f"custom.{name}")]
    body = {"duplicate": other.pk, "reason": "The same person"}
    answer = api(pmo).verb(f"people/{kept.pk}/merger/", body)
    assert answer.status_code == 200, answer.json()
    project.refresh_from_db()
    elsewhere.refresh_from_db()
    assert project.custom == {name: kept.pk, "since": "May"}
    assert elsewhere.custom == {name: bystander.pk, "since": "May"}
