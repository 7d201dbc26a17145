"""Webhooks: `/webhooks/`, the messages to them, and test messages."""

from __future__ import annotations

from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.access.grants import grants_of
from pmhub.api.authentication import token_reaches
from pmhub.api.effects import Effects, effect
from pmhub.api.filtering import check_parameters
from pmhub.api.parameters import check_known
from pmhub.api.table_files import FORMAT, wants_table
from pmhub.api.table_lists import TableList
from pmhub.models import User, Webhook
from pmhub.permissions import Role
from pmhub.scopes import ALL
from pmhub.serializers.webhooks import DeliverySerializer, WebhookSerializer
from pmhub.webhooks import registration

NARROW = "This takes a token that may read everything: a webhook tells of all that its owner sees."


class WebhookViewSet(
    Effects,
    mixins.CreateModelMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.DestroyModelMixin,
    TableList,
):
    """The user's own webhooks, which tell another system about changes; the PMO sees all webhooks,
    and pauses or deletes them. A message names the record that changed, and tells no more than the
    owner of the webhook sees at that moment."""

    serializer_class = WebhookSerializer
    metadata_class = None
    lookup_value_regex = "[0-9]{1,18}"
    filter_backends = ()
    secrets = ("secret",)
    dangerous = ("create", "partial_update")

    def get_queryset(self) -> QuerySet[Webhook]:
        """Return the user's own webhooks; for the PMO, all of them."""
        user: Any = self.request.user
        hooks = registration.webhooks_for(user)
        return hooks if Role.PMO in grants_of(user).everywhere else hooks.filter(owner=user)

    def read(self, queryset: QuerySet, start: int, stop: int) -> list[Any]:
        """The rows of a window."""
        return list(queryset[start:stop])

    @extend_schema(parameters=[FORMAT])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """A page of the webhooks, or a file of them all."""
        check_parameters(request, {"page", "page_size", "format"})
        if wants_table(request):
            return self.table(self.get_queryset())
        return super().list(request, *args, **kwargs)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One webhook."""
        check_known(request, set())
        return super().retrieve(request, *args, **kwargs)

    @effect
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Delete a webhook: it is told nothing more."""
        check_known(request, set())
        return super().destroy(request, *args, **kwargs)

    @effect
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make a webhook: the only answer that holds its secret."""
        given = self._given(request)
        hook, key = registration.make(
            cast(User, request.user), base=request.build_absolute_uri("/"), **given
        )
        made = self.get_queryset().get(pk=hook.pk)
        data = {**self.get_serializer(made).data, "secret": key}
        return Response(data, 201, headers={"Location": data["url"], "Cache-Control": "no-store"})

    @effect
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change a webhook, pause it or let it go on. The PMO may pause the webhooks of others, and
        change nothing else of them."""
        hook = self.get_object()
        given = self._given(request, partial=True)
        if hook.owner_id != request.user.pk and set(given) - {"state"}:
            raise PermissionDenied("Only the owner of a webhook says what it is told, and where.")
        registration.change(hook, **given)
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(request=None, responses={201: DeliverySerializer})
    @effect
    @action(detail=True, methods=["post"])
    def ping(self, request: Request, pk: str) -> Response:
        """Send a test message, which reports no change."""
        check_known(request, set())
        return Response(DeliverySerializer(registration.ping(self.get_object())).data, 201)

    @extend_schema(responses=DeliverySerializer(many=True))
    @action(detail=True)
    def deliveries(self, request: Request, pk: str) -> Response:
        """A page of the messages of the last thirty days, the latest first."""
        check_parameters(request, {"page", "page_size"})
        rows = self.get_object().deliveries.order_by("-id")
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(DeliverySerializer(page, many=True).data)

    @extend_schema(request=None, responses=DeliverySerializer)
    @effect
    @action(detail=True, methods=["post"], url_path="deliveries/(?P<delivery>[0-9]{1,18})/resend")
    def resend(self, request: Request, pk: str, delivery: str) -> Response:
        """Send a message again, with the same id."""
        check_known(request, set())
        row = self.get_object().deliveries.filter(pk=delivery).first()
        if row is None:
            raise Http404
        return Response(DeliverySerializer(registration.resend(row)).data)

    def _given(self, request: Request, *, partial: bool = False) -> dict[str, Any]:
        check_known(request, set())
        if not token_reaches(request.auth, ALL):
            raise PermissionDenied(NARROW)
        serializer = self.get_serializer(data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)
