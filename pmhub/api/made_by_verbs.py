"""Resources whose records come of something else that is done: nobody makes one by hand."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.api.records import RecordViewSet


class MadeByVerbs(RecordViewSet):
    """One such resource: it is read, and its records are moved on by their verbs."""

    http_method_names = ["get", "head", "post"]
    in_bulk = False

    @extend_schema(exclude=True)
    def create(self, request: Request) -> Response:
        """None is made by hand."""
        raise MethodNotAllowed("POST")
