"""`POST /{collection}/{id}/{verb}/`: the verbs of a resource, each with a form of its own.

`pmhub.lifecycle` declares the moves of a record, and `pmhub.serializers.verbs` what the verbs ask
for and do.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.access import ONLY_SEEN, Withheld, may_join
from pmhub.api.effects import effect
from pmhub.api.refusals import settle, storing
from pmhub.serializers.verbs import Verb, verbs_of


class VerbActions:
    """Gives a view of records an address for each verb of its resource. With `seen`, every verb
    needs If-Match with the version of the record; else the header may be left out."""

    seen: ClassVar[bool] = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Add an action for each verb, unless the view declares one itself."""
        super().__init_subclass__(**kwargs)
        resource = vars(cls).get("serializer_class")
        for verb in verbs_of(resource).values() if resource else ():
            name = verb.noun.replace("-", "_")
            if not hasattr(cls, name):
                setattr(cls, name, _address(verb, name, resource, required=cls.seen))

    @classmethod
    def verbs(cls: Any) -> dict[str, Verb]:
        """Return the verbs of the resource, by their nouns."""
        return verbs_of(cls.serializer_class)

    def allow_verb(self, record: Any, noun: str, asked: Mapping[str, Any]) -> None:
        """Raise PermissionDenied where the values `asked` need a further right; by default they
        need none."""

    def turn(self: Any, pk: str, verb: Verb) -> int:
        """Do a verb to a record, as the user, in the version that If-Match names; return the
        record's id."""
        request, record = self.request, self.held(pk)
        check_may_do(request.user, record, verb)
        if self.seen or "If-Match" in request.headers:
            self.match(record)
        context = {**self.get_serializer_context(), "record": record}
        asked = verb.form(data=request.data, context=context)
        asked.is_valid(raise_exception=True)
        allow_joins(request.user, record, asked)
        self.allow_verb(record, verb.noun, asked.validated_data)
        with storing(record, asked.fields):
            verb.do(record, asked.validated_data, by=request.user)
            settle()
        id: int = record.pk
        return id

    def do(self: Any, pk: str, verb: Verb) -> Response:
        """Do a verb to a record and answer the record."""
        row = self.committed(lambda: self.stored_row(self.turn(pk, verb)))
        return Response(row, headers={"ETag": f'"{self.etag(row)}"'})


def check_may_do(user: Any, record: Any, verb: Verb) -> None:
    """Raise PermissionDenied unless the user may do a verb to a record."""
    if not verb.by.allows(user, record):
        raise PermissionDenied(f"{verb.does}: that is for {verb.by.words}.")


def allow_joins(user: Any, record: Any, asked: Any) -> None:
    """Raise Withheld where the form of a verb names a record that the user may see but not join
    with this one."""
    relations = {field.name for field in record._meta.concrete_fields if field.is_relation}
    for name in relations & asked.fields.keys():
        other = asked.validated_data.get(asked.fields[name].source)
        if other is None:
            continue
        joined = copy.copy(record)
        setattr(joined, name, other)
        if not may_join(user, joined, name):
            raise Withheld(name, ONLY_SEEN)


def _address(verb: Verb, name: str, resource: Any, *, required: bool) -> Any:
    """Return the method of a view that answers for one verb."""

    @effect
    def method(self: Any, request: Request, pk: str) -> Response:
        self.refuse_parameters()
        answer: Response = self.do(pk, verb)
        return answer

    method.verb = verb
    method.__name__, method.__doc__ = name, verb.says or f"{verb.does}."
    seen = OpenApiParameter(
        "If-Match",
        OpenApiTypes.STR,
        OpenApiParameter.HEADER,
        required=required,
        description='The ETag, such as "v7"',
    )
    # `extend_schema` is applied after `action`, which would replace the schema.
    acting = action(detail=True, methods=["post"], url_path=verb.noun)(method)
    return extend_schema(request=verb.form, responses=resource, parameters=[seen])(acting)
