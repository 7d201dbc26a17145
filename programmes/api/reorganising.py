"""`POST /programmes/{id}/split/` and `…/merger/`: programmes that are split and merged, with what
happens to what belongs to them; with a preview, only told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from django.core.exceptions import PermissionDenied
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.access import allow_giving
from pmhub.api.archiving import SEEN
from pmhub.api.effects import effect
from pmhub.api.reading import Row
from pmhub.api.records import API, RecordViewSet
from pmhub.api.storing import settle, storing
from pmhub.serializers import allow
from programmes.models import Programme
from programmes.models.states import STEERERS
from programmes.serializers.reorganising import (
    ProgrammeMergerSerializer,
    ReorganisedSerializer,
    SplitSerializer,
)
from programmes.services.reorganising import (
    Part,
    Reorganised,
    gained,
    merge_programmes,
    split_programme,
)


class Reorganising(RecordViewSet):
    """Gives programmes the addresses at which they are split and merged."""

    @extend_schema(request=SplitSerializer, responses=ReorganisedSerializer, parameters=[SEEN])
    @action(detail=True, methods=["post"], url_path="split")
    @effect
    def split(self, request: Request, pk: str) -> Response:
        """Begin another programme with what is chosen of this one: together they come to what this
        one came to. What counts one another is not parted."""
        return self._answered(pk, SplitSerializer, _split, self._may_split)

    @extend_schema(
        request=ProgrammeMergerSerializer, responses=ReorganisedSerializer, parameters=[SEEN]
    )
    @action(detail=True, methods=["post"], url_path="merger")
    @effect
    def merger(self, request: Request, pk: str) -> Response:
        """Have all that goes on of another programme belong to this one; the other ends, and leads
        on. What it decided and published stays with it."""
        return self._answered(pk, ProgrammeMergerSerializer, merge_programmes, self._may_merge)

    def _answered(self, pk: str, form: Any, service: Any, check: Any) -> Response:
        self.refuse_parameters()
        return Response(self.committed(lambda: self._reorganise(pk, form, service, check)))

    def _reorganise(self, pk: str, form: Any, service: Any, check: Any) -> Row:
        programme, user = self.get_object(), self.request.user
        if "If-Match" in self.request.headers:
            self.match(programme)
        _steers(user, programme)
        asked = form(
            data=self.request.data,
            context={**self.get_serializer_context(), "record": programme},
        )
        asked.is_valid(raise_exception=True)
        check(programme, asked.validated_data)
        with storing(programme, asked.fields):
            done: Reorganised = service(programme, **asked.validated_data, by=user)
            settle()
        return self._told(done)

    def _may_split(self, programme: Programme, asked: Mapping[str, Any]) -> None:
        """Whoever splits may begin programmes there, and say who manages this one."""
        user: Any = self.request.user
        allow(user, Programme(portfolio=programme.portfolio))
        if manager := asked.get("programme_manager"):
            allow_giving(
                user, programme, "programme_manager", to=[manager.pk], field="programme_manager"
            )

    def _may_merge(self, programme: Programme, asked: Mapping[str, Any]) -> None:
        """Whoever merges steers both, and may give all that comes of it: the roles of each on what
        was the other's."""
        user: Any = self.request.user
        other = asked["other"]
        _steers(user, other)
        for one, to, posts in ((programme, other, programme.posts), (other, programme, ["bcm"])):
            people = defaultdict(set)
            for held in gained(one, to, posts):
                people[held.role].add(held.person)
            for role, those in people.items():
                allow_giving(user, to, role, to=those, field="other")

    def _told(self, done: Reorganised) -> Row:
        base = self.request.build_absolute_uri("/")
        page = {"id": done.other.pk}
        return {
            "id": done.programme.pk,
            "other": done.other.pk,
            "url": f"{base}{API}programmes/{done.other.pk}/",
            "html_url": f"{base}{self.page_of(page)}",
            "along": [{**asdict(each), "fate": str(each.fate)} for each in done.along],
        }


def _split(programme: Programme, *, by: Any, **asked: Any) -> Reorganised:
    """Split a programme, with what is chosen of it in one."""
    chosen = {each.name: asked.pop(each.name, ()) for each in fields(Part)}
    return split_programme(programme, part=Part(**chosen), by=by, **asked)


def _steers(user: Any, programme: Programme) -> None:
    """Raise PermissionDenied unless the user steers a programme."""
    if not STEERERS.allows(user, programme):
        raise PermissionDenied(f"{programme.code} is split and merged by {STEERERS.words}.")
