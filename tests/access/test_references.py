"""What a record refers to is told by its id as far as the reader sees it."""

from typing import Any

import pytest
from rest_framework import serializers

from pmhub.access import ScopedQuerySet
from pmhub.api.routes import RESOURCES
from pmhub.models import User
from tests import factories

# pytestmark

def test_probe(demo: Any, api_of: Any) -> None:
    from projects.models import Project
    user = factories.user("narrow")
    factories.role(user, "viewer", project=Project.objects.get(code="CAM-02"))
    client = api_of(User.objects.get(pk=user.pk))
    told = []
    for name, view in RESOURCES.items():
        fields = view.serializer_class().fields
        rows = client.get(f"/api/v1/{name}/?page_size=500&archived=all").json()
        rows = rows.get("results") or client.get(f"/api/v1/{name}/?page_size=500").json().get("results") or []
        for field, declared in fields.items():
            many = isinstance(declared, serializers.ManyRelatedField)
            if not many and not isinstance(declared, serializers.RelatedField):
                continue
            try:
                model = view.serializer_class.Meta.model._meta.get_field(declared.source).related_model
            except Exception:
                continue
            if model is None or not isinstance(model._default_manager.all(), ScopedQuerySet):
                continue
            ids = {i for row in rows for i in (row[field] if many else [row[field]]) if i}
            seen = set(model._default_manager.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True))
            if ids - seen:
                told.append((name, field, model.__name__, sorted(ids - seen)[:5]))
    print(*told, sep="\n")
    assert not told
