"""The tokens of the user, and the user: `/tokens/` and `/me/`."""

from __future__ import annotations

from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub import scopes
from pmhub.access.grants import grants_of
from pmhub.accounts import tokens
from pmhub.api import resources
from pmhub.api.authentication import scopes_of
from pmhub.api.effects import Effects, effect
from pmhub.api.filtering import check_parameters
from pmhub.api.parameters import check_known
from pmhub.api.resources import API
from pmhub.api.revalidation import revalidated
from pmhub.api.table_files import FORMAT, wants_table
from pmhub.api.table_lists import TableList
from pmhub.models import Cadence, DateOrder, Density, Person, Theme, Token, User
from pmhub.serializers import Moment, Text
from pmhub.serializers.inputs import StrictModelSerializer
from pmhub.serializers.preferences import PreferencesSerializer

NO_SCOPE = "This is no scope: read, write, * or one of a resource, such as projects:read."


class Scopes(serializers.ListField):
    """A list of scopes, stored as words; an empty text stands for all scopes."""

    child = Text(max_length=100)

    def to_internal_value(self, data: Any) -> list[str]:
        """Refuse, at its index, a word that is no scope or names an unknown resource."""
        words = super().to_internal_value(data)
        existing = {scopes.ALL, *resources.basenames()}
        wrong: Any = {
            index: [serializers.ErrorDetail(NO_SCOPE, code="invalid_choice")]
            for index, word in enumerate(words)
            if not scopes.FORM.fullmatch(word) or scopes.parts(word)[0][0] not in existing
        }
        if wrong:
            raise serializers.ValidationError(wrong)
        return words

    def to_representation(self, data: Any) -> list[str]:
        """Return the scopes in a fixed order."""
        words = data.split() if isinstance(data, str) else data
        return scopes.ordered(words or scopes.VERBS)


class TokenSerializer(StrictModelSerializer):
    """A token; `token` is its key, shown once, in the answer that makes it."""

    id = serializers.CharField(source="token_key", read_only=True)
    url = serializers.SerializerMethodField()
    html_url = serializers.SerializerMethodField()
    name = Text(max_length=100)
    scopes = Scopes(required=False, allow_empty=False, max_length=200)
    expires_at = Moment(source="expiry", required=False)
    created_at = serializers.DateTimeField(source="created", read_only=True)
    token = serializers.CharField(read_only=True, required=False)

    class Meta:
        model = Token
        fields = (
            "id",
            "url",
            "html_url",
            "name",
            "scopes",
            "expires_at",
            "created_at",
            "last_used_at",
            "token",
        )
        read_only_fields = ("last_used_at",)
        shown_once = ("token",)

    def get_url(self, token: Token) -> str:
        """Return the address of the token."""
        address: str = self.context["request"].build_absolute_uri(
            f"/{API}tokens/{token.token_key}/"
        )
        return address

    def get_html_url(self, token: Token) -> str:
        """Return the address of the page that lists the tokens of its user."""
        address: str = self.context["request"].build_absolute_uri(reverse("account-tokens"))
        return address

    def validate_expires_at(self, value: Any) -> Any:
        """Refuse an end that is in the past or more than a year away."""
        try:
            tokens.check_end(value)
        except ValidationError as error:
            raise serializers.ValidationError(error.messages) from None
        return value


class TokenViewSet(
    Effects,
    mixins.CreateModelMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.DestroyModelMixin,
    TableList,
):
    """The user's own tokens: make one, list them, revoke one. Nobody sees the tokens of others."""

    serializer_class = TokenSerializer
    metadata_class = None
    lookup_value_regex = "[0-9A-Za-z_]{1,25}"
    filter_backends = ()
    secrets = ("token",)
    dangerous = ("create",)

    def get_queryset(self) -> QuerySet[Token]:
        """Return the user's own tokens, the newest first."""
        return Token.objects.filter(user=self.request.user).order_by("-created", "digest")

    def get_object(self) -> Token:
        """Return the token whose key begins with the id of the address; raises Http404."""
        token = self.get_queryset().filter(token_key=self.kwargs["pk"]).first()
        if token is None:
            raise Http404
        return token

    def read(self, queryset: QuerySet[Token], start: int, stop: int) -> list[Token]:
        """The rows of a window."""
        return list(queryset[start:stop])

    @extend_schema(parameters=[FORMAT])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """A page of the tokens, or a file of them all."""
        check_parameters(request, {"page", "page_size", "format"})
        if wants_table(request):
            return self.table(self.get_queryset())
        return super().list(request, *args, **kwargs)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One token, without its key."""
        check_known(request, set())
        return super().retrieve(request, *args, **kwargs)

    @effect
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Revoke a token."""
        check_known(request, set())
        return super().destroy(request, *args, **kwargs)

    @effect
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make a token: the only answer that holds its key."""
        check_known(request, set())
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        wanted = serializer.validated_data
        maker = request.auth if isinstance(request.auth, Token) else None
        token, key = tokens.make(
            cast(User, request.user),
            name=wanted["name"],
            wanted=wanted.get("scopes") or (),
            ends_at=wanted.get("expiry"),
            by=maker,
        )
        data = {**self.get_serializer(token).data, "token": key}
        return Response(data, 201, headers={"Location": data["url"], "Cache-Control": "no-store"})


class PersonReference(serializers.Serializer):
    """A person, in short."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    url = serializers.URLField()


class RoleReference(serializers.Serializer):
    """A role and the record on which it is held; without an id, the whole organisation."""

    role = serializers.CharField()
    on = serializers.CharField()
    id = serializers.IntegerField(allow_null=True)


class MeSerializer(serializers.Serializer):
    """The user who asks, with their roles and preferences, and the scopes of this sign-in."""

    id = serializers.IntegerField()
    username = serializers.CharField()
    name = serializers.CharField()
    url = serializers.URLField()
    person = PersonReference(allow_null=True)
    roles = RoleReference(many=True)
    scopes = serializers.ListField(child=serializers.CharField())
    theme = serializers.ChoiceField(Theme.choices)
    density = serializers.ChoiceField(Density.choices)
    date_order = serializers.ChoiceField(DateOrder.choices)
    shortcuts = serializers.BooleanField()
    digest_waiting = serializers.ChoiceField(Cadence.choices)
    digest_mentions = serializers.ChoiceField(Cadence.choices)
    digest_followed = serializers.ChoiceField(Cadence.choices)
    time_zone = serializers.CharField()


class Me(Effects):
    """The user who asks: what they may do, how pages look to them, and which mails they get."""

    metadata_class = None

    @extend_schema(responses=MeSerializer, operation_id="me_retrieve")
    @revalidated
    def get(self, request: Request) -> Any:
        """The user, their person, their roles, what this way of signing in may do, and their
        preferences."""
        check_known(request, set())
        return self._as_row(request)

    @extend_schema(
        request=PreferencesSerializer(partial=True),
        responses=MeSerializer,
        operation_id="me_partial_update",
    )
    @effect
    def patch(self, request: Request) -> Response:
        """Change one's own preferences."""
        check_known(request, set())
        asked = PreferencesSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        for name, value in asked.validated_data.items():
            setattr(request.user, name, value)
        cast(User, request.user).save(update_fields=[*asked.validated_data])
        return Response(self._as_row(request))

    def _as_row(self, request: Request) -> dict[str, Any]:
        user: Any = request.user
        token: Any = request.auth
        base = request.build_absolute_uri("/")
        person: Any = Person.objects.filter(user=user.pk).values("id", "code", "name").first()
        if person is not None:
            person["url"] = f"{base}{API}people/{person['id']}/"
        return {
            "id": user.pk,
            "username": user.get_username(),
            "name": user.called,
            "url": f"{base}{API}me/",
            "person": person,
            "roles": [
                {"role": role, "on": kind, "id": pk or None}
                for (kind, pk), roles in sorted(grants_of(user).roles.items())
                for role in sorted(roles)
            ],
            "scopes": scopes.ordered(scopes_of(token) if token else scopes.VERBS),
            **{name: getattr(user, name) for name in User.PREFERENCES},
        }
