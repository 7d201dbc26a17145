"""Ids and names of another portfolio's records are told nobody who does not see them."""

from collections.abc import Iterator
from typing import Any

import pytest
from rest_framework import serializers

from pmhub.access import ScopedQuerySet
from pmhub.api.routes import RESOURCES
from pmhub.models import User
from programmes.models import Portfolio, Programme
from projects.models import Project
from tests import factories

SECRET = "Elsewhere unheard of"


def references(view: Any) -> Iterator[tuple[str, Any]]:
    """The members of a resource that refer to records with rights of their own: the name, and the
    model."""
    own = view.serializer_class.Meta.model
    members = {field.name: field for field in own._meta.get_fields()}
    for name, declared in view.serializer_class().fields.items():
        relates = isinstance(declared, serializers.RelatedField | serializers.ManyRelatedField)
        model = getattr(members.get(declared.source), "related_model", None) if relates else None
        if model and isinstance(model._default_manager.all(), ScopedQuerySet):
            yield name, model


def out_of_sight(model: Any, values: Any, user: User) -> set[int]:
    """Those of the ids in these values that a user does not see."""
    ids = {id for value in values for id in (value if isinstance(value, list) else [value]) if id}
    seen = model._default_manager.visible_to(user).filter(pk__in=ids)
    return ids - set(seen.values_list("pk", flat=True))


@pytest.fixture
def reader(demo: Any) -> User:
    """Who reads one portfolio, beside another one that has to do with it wherever it may."""
    there = factories.portfolio(name=SECRET)
    unit = factories.organisation_unit(there, name=SECRET)
    programme = factories.programme(portfolio=there, name=SECRET)
    giver, receiver = (factories.project(programme=programme, name=SECRET) for _ in range(2))
    here: Any = Project.objects.get(code="CAM-02")
    factories.dependency(giver, here)
    factories.dependency(here, receiver)
    here.project_manager.organisation_unit = unit
    here.project_manager.mentor = factories.person(organisation_unit=unit)
    here.project_manager.save()
    user = factories.user("narrow")
    portfolio = Programme.objects.get(code="CAM").portfolio
    factories.role(user, "viewer", portfolio=portfolio)
    return User.objects.get(pk=user.pk)


def test_no_id_and_no_name_of_another_portfolio_is_told(reader: User, api_of: Any) -> None:
    client = api_of(reader)
    assert not Portfolio.objects.visible_to(reader).filter(name=SECRET).exists()
    told = []
    for name, view in RESOURCES.items():
        answer = client.get(f"/api/v1/{name}/?page_size=500")
        assert SECRET not in answer.content.decode(), name
        rows = answer.json()["results"]
        for member, model in references(view):
            if hidden := out_of_sight(model, [row[member] for row in rows], reader):
                told.append((name, member, sorted(hidden)))
    assert told == []


def test_a_unit_out_of_sight_is_told_by_no_person(reader: User, api_of: Any) -> None:
    person: Any = Project.objects.get(code="CAM-02").project_manager
    unit = person.organisation_unit_id
    client = api_of(reader)
    assert client.get(f"/api/v1/people/{person.pk}/").json()["organisation_unit"] is None
    assert client.get(f"/api/v1/people/?organisation_unit={unit}").status_code == 400
    history = client.get(f"/api/v1/people/{person.pk}/history/").json()["results"]
    assert not [change for event in history for change in event["changes"]
                if change["field"] == "organisation_unit"]  # fmt: skip
    office = User.objects.get(username="pmo")
    assert api_of(office).get(f"/api/v1/people/{person.pk}/").json()["organisation_unit"] == unit
