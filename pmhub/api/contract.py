"""`/api/v1/schema/`: the contract, as in `schema.yml`, which tests compare with the code. Each
process reads the file once and sends it from memory from then on."""

from __future__ import annotations

import gzip
import hashlib
import threading
from functools import cache
from typing import Any, NamedTuple

import yaml
from django.conf import settings
from django.http import HttpResponse
from django.utils.cache import get_conditional_response, patch_vary_headers
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SCHEMA_KWARGS, SpectacularAPIView
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from pmhub.api.contract_parts import contract
from pmhub.api.json_rendering import dumps
from pmhub.api.parameters import check_known

FRESH = "public, max-age=300"  # the same for everybody; it takes no account to read it
one_at_a_time = threading.Lock()


class ContractFile(NamedTuple):
    """The contract in one format, with and without compression, and its ETag."""

    text: bytes
    compressed: bytes
    etag: str


class Contract(SpectacularAPIView):
    """The contract as OpenAPI, in YAML or JSON."""

    @extend_schema(**SCHEMA_KWARGS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """The whole contract, or the part for one collection; 304 for a client that has it."""
        check_known(request, {"format", "collection"})
        renderer: Any = request.accepted_renderer
        collection = request.query_params.get("collection")
        if collection is None:
            with one_at_a_time:
                written = _written(renderer.format)
        elif collection in contract().paths:
            written = _formatted(contract().of(collection).encode(), renderer.format)
        else:
            raise ValidationError({"collection": ["There is no such collection."]})
        small = "gzip" in request.headers.get("Accept-Encoding", "")
        body = written.compressed if small else written.text
        answer = HttpResponse(body, content_type=renderer.media_type)
        answer["Cache-Control"], answer["ETag"] = FRESH, written.etag
        answer["Content-Disposition"] = f'inline; filename="pmhub.{renderer.format}"'
        if small:
            answer["Content-Encoding"] = "gzip"
        patch_vary_headers(answer, ["Accept", "Accept-Encoding"])
        etag = written.etag
        return get_conditional_response(request._request, etag=etag, response=answer) or answer


@cache
def _written(form: str) -> ContractFile:
    return _formatted((settings.BASE_DIR / "schema.yml").read_bytes(), form)


def _formatted(text: bytes, form: str) -> ContractFile:
    if form == "json":
        text = dumps(yaml.load(text, yaml.CSafeLoader))
    etag = f'"{hashlib.blake2b(text, digest_size=8).hexdigest()}"'
    return ContractFile(text, gzip.compress(text, mtime=0), etag)
