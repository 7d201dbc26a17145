"""People and the roles they hold."""

from __future__ import annotations

from typing import Any, cast

from django.core.exceptions import PermissionDenied
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.access import can
from pmhub.access.giving import allow_giving
from pmhub.accounts import mails, person_links
from pmhub.api.archiving import SEEN, ArchivableViewSet
from pmhub.api.authentication import check_whole
from pmhub.api.effects import EVERY, effect
from pmhub.api.parameters import check_known
from pmhub.api.problems import Problem
from pmhub.api.records import RecordViewSet
from pmhub.api.refusals import settle
from pmhub.api.representations import Row
from pmhub.api.resources import API, basename_of
from pmhub.database.history import because
from pmhub.filters import PersonFilter, RoleAssignmentFilter
from pmhub.models import Person, RoleAssignment, User
from pmhub.queries import personal_data_of
from pmhub.serializers import allow
from pmhub.serializers.people import (
    HandedOverSerializer,
    HandedToSerializer,
    HeldSerializer,
    InvitationSerializer,
    PersonSerializer,
    RoleAssignmentSerializer,
    TiedSerializer,
    TyingSerializer,
)
from pmhub.services import HandedRecord, hand_over

UNKEPT = {"Cache-Control": "no-store"}
NO_ACCOUNT = "Nobody signs in as this person: give them an account on the admin pages first."


class PersonViewSet(ArchivableViewSet):
    """People."""

    serializer_class = PersonSerializer
    filterset_class = PersonFilter
    search_fields = ("code", "name", "email", "unit", "title")
    ordering_fields = ("id", "code", "name", "unit", "organisation", "updated_at")
    expandable = ("organisation_unit",)
    dangerous = ("hand_over", "invitation", "erasure", "merger", "accounts")
    alone = ("accounts",)
    seen = True
    secrets = ("link",)
    instead = "Hand their work over first. What they did stays theirs."

    @extend_schema(request=HandedToSerializer, responses=HandedOverSerializer, parameters=[SEEN])
    @action(detail=True, methods=["post"], url_path="hand-over")
    @effect
    def hand_over(self, request: Request, pk: str) -> Response:
        """Give a person's posts, open work and roles to another; with a preview, only list them."""
        check_known(request, set())
        return Response(self.committed(lambda: self._hand_over(pk)))

    @extend_schema(responses=HeldSerializer, filters=False)
    @action(detail=True, url_path="personal-data", filterset_class=None, pagination_class=None)
    def personal_data(self, request: Request, pk: str) -> Response:
        """All that is stored about a person, for the person and for the PMO of the organisation."""
        check_known(request, set())
        user = cast(User, request.user)
        own = Person.objects.filter(pk=pk, user=user).first()
        person = own or self.get_object()
        if own is None and not can(user, "write", person):
            raise PermissionDenied("This is for themself and the PMO.")
        return Response(personal_data_of(person, to=user), headers=UNKEPT)

    @extend_schema(request=None, responses=InvitationSerializer, parameters=[SEEN])
    @action(detail=True, methods=["post"], url_path="invitation")
    @effect
    def invitation(self, request: Request, pk: str) -> Response:
        """Invite the account of this person: a link to choose a password goes to its e-mail
        address. Where no mail is sent, the answer holds the link, once."""
        check_known(request, set())
        return Response(self.committed(lambda: self._invite(pk)), headers=UNKEPT)

    @extend_schema(request=TyingSerializer, responses=TiedSerializer)
    @action(detail=False, methods=["post"], url_path="accounts", filterset_class=None)
    @effect
    def accounts(self, request: Request) -> Response:
        """Tie an account to a person, give a person a new account and invite them, or enter the
        user of an account into the directory."""
        self.refuse_parameters()
        allow(request.user, Person())
        check_whole(request.auth)
        serializer = TyingSerializer(data=request.data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        data = serializer.validated_data
        return Response(self.committed(lambda: self._tie(**data)), headers=UNKEPT)

    def _tie(
        self, person: Person | None = None, account: User | None = None, username: str = ""
    ) -> Row:
        by, link = cast(User, self.request.user), None
        if person and account:
            person_links.link_account(person, account, by=by)
        elif person:
            account = person_links.give_account(person, username=username, by=by)
            link = self.request.build_absolute_uri(mails.invite(self.request, account))
        elif account:
            person = person_links.enter(account, by=by)
        assert person  # noqa: S101  # one of the two was given
        assert account  # noqa: S101
        settle()
        sent = link is not None and mails.reaches(account)
        return {
            "person": person.pk,
            "html_url": self.request.build_absolute_uri(f"/{self.page_of({'id': person.pk})}"),
            "account": account.username,
            "sent": sent,
            "link": None if sent else link,
        }

    def check_repeat(self, answer: Any) -> None:
        """Raise 403 unless the user who repeats the tying of an account may still write the
        directory."""
        if self.action != "accounts":
            super().check_repeat(answer)
            return
        allow(self.request.user, Person())

    def _invite(self, pk: str) -> Row:
        person = self.locked(pk)
        user = person.user
        check_whole(self.request.auth)
        if user is None or not user.is_active or user.is_service:
            raise Problem(409, "no_account", NO_ACCOUNT)
        if user.is_superuser and not self.request.user.is_superuser:
            raise PermissionDenied("Only a superuser invites a superuser.")
        if not mails.may_invite(user, by=cast(User, self.request.user)):
            raise PermissionDenied(mails.IN_USE)
        link = self.request.build_absolute_uri(mails.invite(self.request, user))
        sent = mails.reaches(user)
        return {"person": person.pk, "sent": sent, "link": None if sent else link}

    def _hand_over(self, pk: str) -> Row:
        person = self.locked(pk)
        serializer = HandedToSerializer(
            data=self.request.data, context=self.get_serializer_context()
        )
        serializer.is_valid(raise_exception=True)
        to, by = serializer.validated_data["to"], cast(User, self.request.user)
        with because(serializer.validated_data["reason"]):
            handed = hand_over(person, to=to, by=by)
        settle()
        base = self.request.build_absolute_uri("/")
        return {
            "person": person.pk,
            "to": to.pk,
            "handed": [_handed(item, base) for item in handed],
        }


def _handed(item: HandedRecord, base: str) -> Row:
    row = item.record
    return {
        "type": row._meta.model_name,
        "id": row.pk,
        "code": getattr(row, "code", None),
        "title": str(row),
        "field": item.field,
        "url": f"{base}{API}{basename_of(type(row))}/{row.pk}/",
    }


class RoleAssignmentViewSet(RecordViewSet):
    """Roles held by people."""

    serializer_class = RoleAssignmentSerializer
    dangerous = (EVERY,)
    filterset_class = RoleAssignmentFilter
    search_fields = ("person__name", "person__code")
    ordering_fields = ("id", "role", "starts_on", "ends_on", "updated_at")
    expandable = ("person", "portfolio", "programme", "project")

    def check_deletable(self, instance: RoleAssignment) -> None:
        """Raise Withheld unless the user may give the role."""
        allow_giving(self.request.user, instance, instance.role, field="role")
