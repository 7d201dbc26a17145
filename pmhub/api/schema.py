"""The OpenAPI schema: what drf-spectacular cannot find out about problems, headers and selected
fields."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from pmhub.api.bulk_acts import ACTIONS, MOST
from pmhub.api.columns import CSV, XLSX
from pmhub.api.effects import PREVIEW, UNSAFE, Effects, previews
from pmhub.api.field_selection import FieldSelection
from pmhub.api.filtering import ARCHIVED, MOST_IDS
from pmhub.api.history import ChangeSerializer
from pmhub.api.idempotency import HEADER, LONGEST_KEY
from pmhub.api.imports import OPTIONS
from pmhub.api.problems import CONTENT_TYPE
from pmhub.database.constraints import joint
from pmhub.models import Archivable
from pmhub.table_formats import FORMATS

TOGETHER = "Values that do not go together are refused with:"
# The options of an imported file, and the member that its answer adds.
OF_FILES = {
    "match": "Of a file: a row without an id changes the record that has its code",
    "empty": "Of a file: an empty cell takes away what the record that its row changes has there",
}
CLEARED = {
    "type": "array",
    "description": "What the empty cells of a file take away",
    "items": {
        "type": "object",
        "required": ["row", "column", "was"],
        "properties": {"row": {"type": "integer"}, "column": {"type": "string"}, "was": {}},
    },
}
EMPTY = {"type": "string", "maxLength": 0}
CONDITIONAL = ("update", "partial_update", "destroy")
# The answer of a request that is left to a job: the job with its address.
LATER = {
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Job"}}},
    "description": "",
}


class ErrorSerializer(serializers.Serializer):
    """One error: its place (a JSON pointer, a query parameter, or the row and the column of a
    file), its code, and a sentence."""

    pointer = serializers.CharField()
    parameter = serializers.CharField(required=False)
    row = serializers.IntegerField(required=False)
    column = serializers.CharField(required=False)
    code = serializers.CharField()
    detail = serializers.CharField()


class SeeSerializer(serializers.Serializer):
    """A page on which something can be done about a problem."""

    text = serializers.CharField()
    page = serializers.CharField()


class ProblemSerializer(serializers.Serializer):
    """A problem as in RFC 9457. With 412, `current` is the record as it is stored now. For a bulk,
    `items` maps the index of each refused item to the members of its own problem: status, code,
    `current`."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField()
    code = serializers.CharField()
    request_id = serializers.CharField()
    errors = ErrorSerializer(many=True)  # type: ignore[assignment]  # a member of the RFC's, not DRF's
    current = serializers.DictField(required=False)
    items = serializers.DictField(child=serializers.DictField(), required=False)
    see = SeeSerializer(many=True, required=False)


class NamedSerializer(serializers.Serializer):
    """A record by its id, and the version of it that the client has seen."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()


class Schema(AutoSchema):
    """The schema of one operation, with the problem, headers and parameters that all operations
    share."""

    def get_operation_id(self) -> str:
        """Return the usual id, but for an action one with the name of its method: two actions may
        have paths that begin alike."""
        action = getattr(self.view, "action", None)
        if action in (None, "list", "retrieve", "create", *CONDITIONAL):
            return super().get_operation_id()
        collection = getattr(self.view, "basename", "").replace("-", "_")
        return f"{collection}_{action}"

    def get_response_serializers(self) -> Any:
        """Return the usual serializers; every resource has the same for its history."""
        if self._is_history():
            return ChangeSerializer(many=True)
        return super().get_response_serializers()

    def get_filter_backends(self) -> list[Any]:
        """Return no filters for a history or a bulk."""
        bulk = getattr(self.view, "action", None) in ACTIONS
        return [] if bulk or self._is_history() else super().get_filter_backends()

    def map_renderers(self, attribute: str) -> list[Any]:
        """Return the media types of an answer; for a list only JSON, as `_add_tables` adds its
        files."""
        values: list[Any] = super().map_renderers(attribute)
        return values[:1] if self._is_list() and attribute == "media_type" else values

    def _is_list(self) -> bool:
        view: Any = self.view
        return isinstance(view, FieldSelection) and getattr(view, "action", None) == "list"

    def _get_paginator(self) -> Any:
        """Return the paginator; that of a list also describes deletions and cursors."""
        view: Any = self.view
        return view.list_pages() if self._is_list() else super()._get_paginator()

    def _add_tables(self, responses: dict[str, Any]) -> None:
        """Add to a list the file of all that the filters find, and the job that makes a long
        file."""
        for renderer in self.view.get_renderers()[1:]:
            kind = {"format": "binary"} if renderer.charset is None else {}
            media = {"schema": {"type": "string", **kind}}
            responses["200"]["content"][renderer.media_type] = media
        responses["202"] = LATER

    def _get_request_body(self, direction: Any = "request") -> Any:
        """Return the usual body, or for a bulk the list of its items."""
        action = getattr(self.view, "action", None)
        if action not in ACTIONS:
            return super()._get_request_body(direction)
        items = {"type": "array", "minItems": 1, "maxItems": MOST, "items": self._item(action)}
        content: dict[str, Any] = {"application/json": {"schema": items}}
        if action == "bulk":
            content[CSV] = {"schema": {"type": "string"}}
            content[XLSX] = {"schema": {"type": "string", "format": "binary"}}
        return {"content": content, "required": True}

    def _item(self, action: str) -> dict[str, Any]:
        named: dict[str, Any] = self.resolve_serializer(NamedSerializer, "request").ref
        view: Any = self.view
        kind = view.serializer_class
        if action == "bulk_destroy":
            return named
        if action == "bulk_verb":
            return {"allOf": [named], "additionalProperties": {}}
        record = self.resolve_serializer(kind(partial=action == "bulk_update"), "request").ref
        return record if action == "bulk" else {"allOf": [named, record]}

    def _bulk_answers(self, action: str) -> dict[str, Any]:
        if action == "bulk_destroy":
            return {"204": {"description": "No response body"}}
        view: Any = self.view
        record = self.resolve_serializer(view.serializer_class(), "response").ref
        results = {"type": "array", "items": record}
        properties = {"results": results} | ({"cleared": CLEARED} if action == "bulk" else {})
        schema = {"type": "object", "required": ["results"], "properties": properties}
        code = "201" if action == "bulk" else "200"
        answer = {"content": {"application/json": {"schema": schema}}, "description": ""}
        return {code: answer} | ({"202": LATER} if action == "bulk" else {})

    def _is_history(self) -> bool:
        view = self.view
        return isinstance(view, FieldSelection) and getattr(view, "action", None) == "history"

    def get_override_parameters(self) -> list[Any]:
        """Return the parameters that several resources share (`fields`, `omit`, `expand`,
        `preview`) and the headers."""
        view, action = self.view, getattr(self.view, "action", None)
        parameters = []
        keyed = self.method == "POST" or action in getattr(view, "keyed", ())
        if isinstance(view, Effects) and keyed:
            says = f"Up to {LONGEST_KEY} characters of yours: the request is done once, and for a"
            says += " day answered again with what was answered first"
            parameters.append(_header(HEADER, required=False, says=says))
        if self._may_preview():
            says = "1: save nothing, answer what it would make and move"
            parameters.append(OpenApiParameter(PREVIEW, enum=["1"], description=says))
        if isinstance(view, FieldSelection):
            parameters += self._of_records(view, str(action))
        return parameters

    def _of_records(self, view: Any, action: str) -> list[OpenApiParameter]:
        parameters = []
        if view.detail:
            parameters.append(OpenApiParameter("id", OpenApiTypes.INT, OpenApiParameter.PATH))
        if action in ("list", "retrieve"):
            parameters += _choosing(view)
        if action == "list":
            parameters += _listing(view)
        if action == "bulk":
            parameters += [
                OpenApiParameter(name, enum=[chosen], description=OF_FILES[name])
                for name, chosen in OPTIONS.items()
            ]
        if action == "bulk_verb":
            verbs = [*view.bulk_verbs()]
            parameters.append(OpenApiParameter("verb", str, OpenApiParameter.PATH, enum=verbs))
        if action in CONDITIONAL:
            parameters.append(_header("If-Match", required=True, says='The ETag, such as "v7"'))
        if self._is_revalidated():
            says = "An ETag: answers 304 when it is still right"
            parameters.append(_header("If-None-Match", required=False, says=says))
        return parameters

    def _is_revalidated(self) -> bool:
        return isinstance(self.view, FieldSelection) and self.method == "GET"

    def _may_preview(self) -> bool:
        view = self.view
        may = isinstance(view, Effects) and view.previewable
        return may and str(self.method).lower() in UNSAFE

    def _add_preview(self, responses: dict[str, Any], direction: Any) -> None:
        """Add the preview to the answers of a write, with status 200."""
        preview = self._get_response_for_code(previews().PreviewSerializer, "200", None, direction)
        if "200" in responses:
            for kind, media in preview["content"].items():
                record = responses["200"]["content"][kind]["schema"]
                media["schema"] = {"oneOf": [record, media["schema"]]}
        responses["200"] = preview
        view: Any = self.view
        if view.foreseen_later and getattr(view, "action", None) == "create":
            responses["202"] = LATER

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> dict[str, Any]:
        """Return the usual schema. For a request, its description also lists the constraints on
        several fields together; for an answer, members that are shown once (`Meta.shown_once`) are
        not required."""
        schema: dict[str, Any] = super()._map_basic_serializer(serializer, direction)
        once = getattr(getattr(serializer, "Meta", None), "shown_once", ())
        if once and direction == "response":
            schema["required"] = [name for name in schema["required"] if name not in once]
        if direction == "request" and isinstance(serializer, serializers.ModelSerializer):
            refusals = [f"- {text}" for text in joint(serializer.Meta.model)]
            if refusals:
                lines = [schema.get("description", ""), "", TOGETHER, "", *refusals]
                schema["description"] = "\n".join(lines).strip()
        return schema

    def _insert_field_validators(self, field: Any, schema: dict[str, Any]) -> None:
        """Add the validators of a field. Where an empty text is allowed beside a format, `anyOf`
        replaces `oneOf`: for a client that does not check formats, an empty text matches both."""
        super()._insert_field_validators(field, schema)
        if EMPTY in schema.get("oneOf", ()):
            schema["anyOf"] = schema.pop("oneOf")

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        action = getattr(self.view, "action", None)
        responses: dict[str, Any] = (
            self._bulk_answers(action)
            if action in ACTIONS
            else super()._get_response_bodies(direction)
        )
        if self._is_list():
            view: Any = self.view
            self.resolve_serializer(view.list_pages.deleted_serializer, "response")
            self._add_tables(responses)
        if self._may_preview():
            self._add_preview(responses, direction)
        if self._is_revalidated():
            responses["304"] = {"description": "What was answered before is still right"}
        responses["default"] = self._get_response_for_code(
            ProblemSerializer, "default", [CONTENT_TYPE], direction
        )
        return responses


def _choosing(view: Any) -> list[OpenApiParameter]:
    says = "Names of fields, commas between: "
    parameters = [
        OpenApiParameter("fields", OpenApiTypes.STR, description=f"{says}only these"),
        OpenApiParameter("omit", OpenApiTypes.STR, description=f"{says}all but these"),
    ]
    if view.expandable:
        names = f"Put records in the place of ids: {', '.join(view.expandable)}"
        parameters.append(OpenApiParameter("expand", OpenApiTypes.STR, description=names))
    return parameters


def _listing(view: Any) -> list[OpenApiParameter]:
    """Return the parameters of every list, beside its own filters."""
    parameters = [
        OpenApiParameter(
            "format",
            enum=["json", *FORMATS],
            description=f"{', '.join(FORMATS)}: a file of all that the filter finds",
        ),
        OpenApiParameter(
            "ids",
            {"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": MOST_IDS},
            explode=False,
            description="These records alone, those that are archived too",
        ),
        OpenApiParameter(
            "updated_since", OpenApiTypes.DATETIME, description="Changed at this moment or later"
        ),
        OpenApiParameter(
            "include_deleted",
            enum=["1"],
            description="With `updated_since` or `cursor`: also what was deleted; filters narrow"
            " records alone",
        ),
        OpenApiParameter(
            "deleted_after",
            OpenApiTypes.STR,
            description="With `updated_since` and `include_deleted`: deletions after this place."
            " `next` says it, where a page has told some and there are more",
        ),
        OpenApiParameter(
            "cursor",
            OpenApiTypes.STR,
            description="All that has changed after this place, in that order; empty: from the"
            " beginning. The answer says the next one, the last page too",
        ),
    ]
    if issubclass(view.model, Archivable):
        says = "Those that are archived, or all; with `ids`, `cursor` or `include_deleted` all"
        parameters.append(
            OpenApiParameter("archived", enum=[*ARCHIVED], default="false", description=says)
        )
    return parameters


def _header(name: str, *, required: bool, says: str) -> OpenApiParameter:
    return OpenApiParameter(
        name, OpenApiTypes.STR, OpenApiParameter.HEADER, required=required, description=says
    )


class SessionScheme(OpenApiAuthenticationExtension):
    """The session of a browser, under one name wherever the contract is written."""

    target_class = "pmhub.api.authentication.BrowserSession"
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
