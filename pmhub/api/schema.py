"""The OpenAPI schema: what drf-spectacular cannot see of problems, headers and chosen fields."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from pmhub.api.effects import HEADER, LONGEST_KEY, PREVIEW, UNSAFE, Effects, previews
from pmhub.api.history import ChangeSerializer
from pmhub.api.problems import CONTENT_TYPE
from pmhub.api.records import RecordViewSet
from pmhub.constraints import joint

TOGETHER = "Values that do not go together are refused with:"
CONDITIONAL = ("update", "partial_update", "destroy")


class ErrorSerializer(serializers.Serializer):
    """One error: where (a JSON pointer, or a query parameter), its code, and a sentence."""

    pointer = serializers.CharField()
    parameter = serializers.CharField(required=False)
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemSerializer(serializers.Serializer):
    """RFC 9457. With 412, `current` is the record as it is stored now."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField()
    code = serializers.CharField()
    request_id = serializers.CharField()
    errors = ErrorSerializer(many=True)  # type: ignore[assignment]  # a member of the RFC's, not DRF's
    current = serializers.DictField(required=False)


class Schema(AutoSchema):
    """One operation, with the problem, the headers and the parameters that all share."""

    def get_operation_id(self) -> str:
        """As usual, but an action is named by its method: two may share a path's stem."""
        action = getattr(self.view, "action", None)
        if action in (None, "list", "retrieve", "create", *CONDITIONAL):
            return super().get_operation_id()
        collection = getattr(self.view, "basename", "").replace("-", "_")
        return f"{collection}_{action}"

    def get_response_serializers(self) -> Any:
        """The history is the same of every resource."""
        if self._is_history():
            return ChangeSerializer(many=True)
        return super().get_response_serializers()

    def get_filter_backends(self) -> list[Any]:
        """A history is paged, not filtered."""
        return [] if self._is_history() else super().get_filter_backends()

    def _is_history(self) -> bool:
        view = self.view
        return isinstance(view, RecordViewSet) and view.action == "history"

    def get_override_parameters(self) -> list[Any]:
        """`fields`, `omit` and `expand`; the conditional headers."""
        view, action = self.view, getattr(self.view, "action", None)
        parameters = []
        if isinstance(view, Effects) and self.method == "POST":
            says = f"Up to {LONGEST_KEY} characters of yours: the request is done once, and for a"
            says += " day answered again with what was answered first"
            parameters.append(_header(HEADER, required=False, says=says))
        if self._may_preview():
            says = "1: save nothing, answer what it would make and move"
            parameters.append(OpenApiParameter(PREVIEW, enum=["1"], description=says))
        if not isinstance(view, RecordViewSet):
            return parameters
        if view.detail:
            parameters.append(OpenApiParameter("id", OpenApiTypes.INT, OpenApiParameter.PATH))
        if action in ("list", "retrieve"):
            parameters += _choosing(view)
        if action in CONDITIONAL:
            parameters.append(_header("If-Match", required=True, says='The ETag, such as "v7"'))
        if self.method == "GET":
            says = "An ETag: answers 304 when it is still right"
            parameters.append(_header("If-None-Match", required=False, says=says))
        return parameters

    def _may_preview(self) -> bool:
        view = self.view
        may = isinstance(view, Effects) and view.previewable
        return may and str(self.method).lower() in UNSAFE

    def _add_preview(self, responses: dict[str, Any], direction: Any) -> None:
        """Beside what the write answers: 200 with a preview."""
        preview = self._get_response_for_code(previews().PreviewSerializer, "200", None, direction)
        if "200" in responses:
            for kind, media in preview["content"].items():
                record = responses["200"]["content"][kind]["schema"]
                media["schema"] = {"oneOf": [record, media["schema"]]}
        responses["200"] = preview

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> dict[str, Any]:
        """Of a record that is sent, also what must hold of its values together."""
        schema: dict[str, Any] = super()._map_basic_serializer(serializer, direction)
        if direction == "request" and isinstance(serializer, serializers.ModelSerializer):
            refusals = [f"- {each}" for each in joint(serializer.Meta.model)]
            if refusals:
                lines = [schema.get("description", ""), "", TOGETHER, "", *refusals]
                schema["description"] = "\n".join(lines).strip()
        return schema

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        responses: dict[str, Any] = super()._get_response_bodies(direction)
        if self._may_preview():
            self._add_preview(responses, direction)
        responses["default"] = self._get_response_for_code(
            ProblemSerializer, "default", [CONTENT_TYPE], direction
        )
        return responses


def _choosing(view: RecordViewSet) -> list[OpenApiParameter]:
    says = "Names of fields, commas between: "
    found = [
        OpenApiParameter("fields", OpenApiTypes.STR, description=f"{says}only these"),
        OpenApiParameter("omit", OpenApiTypes.STR, description=f"{says}all but these"),
    ]
    if view.expandable:
        names = f"Put records in the place of ids: {', '.join(view.expandable)}"
        found.append(OpenApiParameter("expand", OpenApiTypes.STR, description=names))
    return found


def _header(name: str, *, required: bool, says: str) -> OpenApiParameter:
    return OpenApiParameter(
        name, OpenApiTypes.STR, OpenApiParameter.HEADER, required=required, description=says
    )


class SessionScheme(OpenApiAuthenticationExtension):
    """The session of a browser, under one name wherever the contract is written."""

    target_class = "rest_framework.authentication.SessionAuthentication"
    name = "cookieAuth"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """A cookie; over https its name begins with __Host-."""
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}


class BearerScheme(OpenApiAuthenticationExtension):
    """A token as a bearer."""

    target_class = "pmhub.api.authentication.BearerToken"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """HTTP bearer."""
        return {"type": "http", "scheme": "bearer", "description": "A token: pmh_…"}


class BasicScheme(OpenApiAuthenticationExtension):
    """A token as the password of Basic."""

    target_class = "pmhub.api.authentication.BasicToken"
    name = "tokenAsPassword"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """HTTP basic."""
        says = "The user's name, and a token as the password"
        return {"type": "http", "scheme": "basic", "description": says}
