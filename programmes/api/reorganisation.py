"""`POST /programmes/{id}/split/` and `…/merger/`: programmes that are split and merged, with what
happens to what belongs to them; with a preview, only told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from typing import Any

from django.core.exceptions import PermissionDenied
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.access.giving import allow_giving
from pmhub.api.archiving import SEEN
from pmhub.api.effects import effect
from pmhub.api.records import RecordViewSet
from pmhub.api.refusals import settle, storing
from pmhub.api.representations import Row
from pmhub.api.resources import API
from pmhub.serializers import allow
from programmes.models import Programme
from programmes.models.states import STEERERS
from programmes.serializers.reorganisation import (
    ProgrammeMergerSerializer,
    ReorganisedSerializer,
    SplitSerializer,
)
from programmes.services.reorganisation import (
    Reorganisation,
    SplitPart,
    gained_roles,
    merge_programmes,
    split_programme,
)


class ReorganisationViewSet(RecordViewSet):
    """Base of view sets with verbs that move many records at once and say what they moved. `steers`
    raises PermissionDenied for users who may not split or merge a record."""

    @staticmethod
    def steers(user: Any, record: Any) -> None:
        """Raise PermissionDenied unless the user may split and merge the record."""
        raise NotImplementedError

    def reorganised(self, pk: str, form: Any, service: Any, check: Any) -> Response:
        """Validate the form, run the check, then the service, and return what happened to which
        records."""
        self.refuse_parameters()
        return Response(self.committed(lambda: self._reorganise(pk, form, service, check)))

    def _reorganise(self, pk: str, form: Any, service: Any, check: Any) -> Row:
        record, user = self.get_object(), self.request.user
        if "If-Match" in self.request.headers:
            self.match(record)
        self.steers(user, record)
        serializer = form(
            data=self.request.data,
            context={**self.get_serializer_context(), "record": record},
        )
        serializer.is_valid(raise_exception=True)
        check(record, serializer.validated_data)
        with storing(record, serializer.fields):
            done: Reorganisation = service(record, **serializer.validated_data, by=user)
            settle()
        return self._as_row(done)

    def allow_gains(self, record: Any, other: Any, joined: Iterable[str]) -> None:
        """Raise unless the user may merge two records: the user has to steer both, and to be
        allowed to give the roles that people gain on the other's records. `joined` are the posts of
        `other` that are held on the first record from then on."""
        user: Any = self.request.user
        self.steers(user, other)
        for one, to, posts in ((record, other, record.posts), (other, record, joined)):
            people = defaultdict(set)
            for held in gained_roles(one, to, posts):
                people[held.role, held.ends_on].add(held.person)
            for (role, until), those in people.items():
                allow_giving(user, to, role, to=those, field="other", until=until)

    def _as_row(self, done: Reorganisation) -> Row:
        base = self.request.build_absolute_uri("/")
        page = {"id": done.other.pk}
        return {
            "id": done.record.pk,
            "other": done.other.pk,
            "url": f"{base}{API}{self.basename}/{done.other.pk}/",
            "html_url": f"{base}{self.page_of(page)}",
            "along": [{**asdict(each), "fate": str(each.fate)} for each in done.along],
        }


class ProgrammeReorganisation(ReorganisationViewSet):
    """Adds splitting and merging to the view set of programmes."""

    @extend_schema(request=SplitSerializer, responses=ReorganisedSerializer, parameters=[SEEN])
    @action(detail=True, methods=["post"], url_path="split")
    @effect
    def split(self, request: Request, pk: str) -> Response:
        """Begin another programme with the chosen records of this one; the sums of both are those
        of this one before. Records that count one another are not separated."""
        return self.reorganised(pk, SplitSerializer, _split, self._may_split)

    @extend_schema(
        request=ProgrammeMergerSerializer, responses=ReorganisedSerializer, parameters=[SEEN]
    )
    @action(detail=True, methods=["post"], url_path="merger")
    @effect
    def merger(self, request: Request, pk: str) -> Response:
        """Move all that goes on of another programme to this one. The other ends, and its address
        leads to this one; its decisions and publications stay with it."""
        return self.reorganised(pk, ProgrammeMergerSerializer, merge_programmes, self._may_merge)

    @staticmethod
    def steers(user: Any, record: Any) -> None:
        """Raise PermissionDenied unless the user steers a programme."""
        if not STEERERS.allows(user, record):
            raise PermissionDenied(f"{record.code} is split and merged by {STEERERS.words}.")

    def _may_split(self, programme: Programme, data: Mapping[str, Any]) -> None:
        """Raise unless the user may begin programmes in the portfolio, and name the new programme's
        manager."""
        user: Any = self.request.user
        allow(user, Programme(portfolio=programme.portfolio))
        if manager := data.get("programme_manager"):
            allow_giving(
                user, programme, "programme_manager", to=[manager.pk], field="programme_manager"
            )

    def _may_merge(self, programme: Programme, data: Mapping[str, Any]) -> None:
        """Raise unless the user steers both programmes and may give the roles that people gain."""
        self.allow_gains(programme, data["other"], ["bcm"])


def _split(programme: Programme, *, by: Any, **asked: Any) -> Reorganisation:
    """Call the service with the chosen records as one `SplitPart`."""
    chosen = {field.name: asked.pop(field.name, ()) for field in fields(SplitPart)}
    return split_programme(programme, part=SplitPart(**chosen), by=by, **asked)
