"""Resources whose records are made by verbs of other records: nobody makes one directly."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.api.records import RecordViewSet


class MadeByVerbs(RecordViewSet):
    """A resource whose records are read, and changed by their verbs only."""

    http_method_names = ["get", "head", "post"]
    in_bulk = False

    @extend_schema(exclude=True)
    def create(self, request: Request) -> Response:
        """Refuse: no record is made directly."""
        raise MethodNotAllowed("POST")
