"""Every address: rows come from `visible_to`, and a stranger finds nothing behind any of them."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver
from rest_framework import serializers
from rest_framework.test import APIClient

from pmhub.access import ScopedQuerySet
from pmhub.api import routes
from pmhub.api.activity import ActivityViewSet
from pmhub.api.audit import AuditViewSet
from pmhub.api.calendar import CalendarViewSet
from pmhub.api.data_quality import DataQualityViewSet
from pmhub.api.deleted_records import DeletedViewSet
from pmhub.api.effects import UNSAFE
from pmhub.api.inbox import InboxViewSet
from pmhub.api.jobs import JobViewSet
from pmhub.api.records import RecordViewSet
from pmhub.api.routes import RESOURCES
from pmhub.api.tokens import TokenViewSet
from pmhub.api.waiting import WaitingViewSet
from pmhub.api.webhooks import WebhookViewSet
from pmhub.filters import VisibleFilter
from pmhub.models import User
from pmhub.serializers import Related
from projects.api.stages import StageViewSet

# Addresses that show no record: the user who asks, the schema and its page, and "no such address".
# The search has tests of its own of who finds what.
WITHOUT_ROWS = {
    "CollectionDocumentation", "Contract", "Documentation", "Me", "Search", "SpectacularAPIView",
    "UnknownAddress",
}  # fmt: skip
NAMES = sorted(RESOURCES)


def views(patterns: Any = routes.urlpatterns) -> Iterator[Any]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from views(pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            callback: Any = pattern.callback
            yield getattr(callback, "cls", None) or callback.view_class


def test_every_view_serves_visible_rows_or_none() -> None:
    unknown = {
        view.__name__
        for view in views()
        if not issubclass(
            view,
            RecordViewSet
            | TokenViewSet
            | JobViewSet
            | AuditViewSet
            | WaitingViewSet
            | InboxViewSet
            | CalendarViewSet
            | DataQualityViewSet
            | ActivityViewSet
            | DeletedViewSet
            | WebhookViewSet
            | StageViewSet,
        )
        and view.__name__ not in WITHOUT_ROWS
    }
    assert unknown == set()


def methods(patterns: Any = routes.urlpatterns) -> Iterator[tuple[str, str, Any]]:
    """The view, the HTTP method and the function that answers it, of every address."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from methods(pattern.url_patterns)
            continue
        view: Any = getattr(pattern.callback, "cls", None)
        for method, name in getattr(pattern.callback, "actions", {}).items():
            yield view.__name__, method, getattr(view, name)


def test_every_write_is_repeatable_and_every_preview_is_asked_for() -> None:
    writes = [each for each in methods() if each[1] in UNSAFE]
    assert len(writes) > 100
    without = {
        (view, function.__name__)
        for view, _, function in writes
        if not getattr(function, "has_effect", False)
    }
    # Nobody makes one: 405.
    assert without == {
        (f"{name}ViewSet", "create")
        for name in (
            "Acknowledgement",
            "ChangeVote",
            "Exception",
            "GateCondition",
            "GateVote",
            "Overlap",
            "Review",
        )
    }


def test_no_resource_brings_its_own_queryset() -> None:
    own = {
        view.__name__
        for view in RESOURCES.values()
        if view.queryset is not None
        or "get_queryset" in view.__dict__
        or "get_object" in vars(view)
    }
    assert own == set()


@pytest.mark.parametrize("name", NAMES)
def test_a_list_asks_the_model_who_may_see_it(
    name: str, monkeypatch: pytest.MonkeyPatch, pmo: User, api_of: Any
) -> None:
    asked: list[Any] = []
    model = RESOURCES[name].serializer_class.Meta.model
    real = model._default_manager._queryset_class.visible_to

    def visible_to(self: ScopedQuerySet, user: Any) -> Any:
        asked.append(self.model)
        return real(self, user)

    monkeypatch.setattr(model._default_manager._queryset_class, "visible_to", visible_to)
    assert api_of(pmo).get(f"/api/v1/{name}/").status_code == 200
    assert model in asked


@pytest.mark.parametrize("name", NAMES)
def test_every_related_id_is_looked_up_among_visible_rows(name: str) -> None:
    view = RESOURCES[name]
    for field in view.serializer_class().fields.values():
        related = getattr(field, "child_relation", field)
        if isinstance(related, serializers.RelatedField) and not field.read_only:
            assert isinstance(related, Related)
    for each in view.filterset_class.base_filters.values():  # type: ignore[attr-defined]
        if hasattr(each, "queryset"):
            assert isinstance(each, VisibleFilter)


@pytest.mark.parametrize("name", NAMES)
def test_a_stranger_finds_nothing(
    name: str, demo: Any, pmo: User, stranger: User, api_of: Any
) -> None:
    client: APIClient = api_of(stranger)
    assert client.get(f"/api/v1/{name}/").json()["count"] == 0
    known = api_of(pmo).get(f"/api/v1/{name}/").json()["results"]
    address = f"/api/v1/{name}/{known[0]['id'] if known else 1}/"
    assert client.get(address).status_code == 404
    for method in ("patch", "put", "delete"):
        if method in RESOURCES[name].http_method_names:
            answer = getattr(client, method)(address, {}, format="json", headers={"If-Match": "*"})
            assert answer.status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "programmes/{programme}/rollup/",
        "programmes/{programme}/rollup/risk_mean/",
        "programmes/{programme}/series/",
        "programmes/{programme}/roadmap/",
        "programmes/{programme}/risk-distribution/",
        "programmes/{programme}/tornado/",
        "programmes/{programme}/finish-range/",
        "programmes/{programme}/benefit-range/",
        "programmes/{programme}/cost-range/",
        "programmes/{programme}/benefits-evidence/",
        "programmes/{programme}/risk-matrix/",
        "projects/{project}/forecast/",
        "projects/{project}/rollup/",
        "projects/{project}/rollup/health/",
        "projects/{project}/series/?metric=health",
        "projects/{project}/bridge/?metric=health&from=2026-01-01",
        "benefits/{benefit}/realisation/",
        "resources/{resource}/load/",
    ],
)
def test_a_stranger_finds_no_figures(
    path: str, demo: Any, pmo: User, stranger: User, api_of: Any
) -> None:
    address = "/api/v1/" + path.format(
        programme=demo.programme("CAM").pk,
        project=demo.project("CAM-02").pk,
        benefit=demo.benefit("B03").pk,
        resource=demo.portfolio.resources.first().pk,
    )
    assert api_of(pmo).get(address).status_code == 200
    assert api_of(stranger).get(address).status_code == 404


@pytest.mark.parametrize("name", NAMES)
def test_nobody_is_asked_to_sign_in(name: str) -> None:
    answer = APIClient().get(f"/api/v1/{name}/")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
