"""A write to this API within another request: the same user, rules and transaction."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.urls import resolve
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.api.authentication import check_scope
from pmhub.api.json_rendering import dumps
from pmhub.models import Token

LEFT_BEHIND = ("HTTP_IDEMPOTENCY_KEY", "HTTP_X_HTTP_METHOD_OVERRIDE")  # of the outer request


def sub_request(
    request: Request, method: str, address: str, body: Any = None, *, match: str = "*"
) -> Response:
    """Return the answer of the view at an address below /api/v1/. Raises what the view raises, and
    PermissionDenied where the request's token lacks the scope for that address."""
    inner = _inner(request, method, address, b"" if body is None else dumps(body), match)
    if isinstance(request.auth, Token):
        check_scope(request.auth, inner)  # the outer request was checked for its own address
    route = resolve(inner.path_info)
    answer: Response = route.func(inner, *route.args, **route.kwargs)
    return answer


def request_of(user: Any) -> Request:
    """Return a request of a user that no client sent: it serves as the outer request of writes."""
    host = next((name for name in settings.ALLOWED_HOSTS if name.strip("*.")), "localhost")
    environment = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/api/v1/",
        "SERVER_NAME": host.lstrip("."),
        "SERVER_PORT": "80",
        "wsgi.input": BytesIO(),
    }
    outer: Any = WSGIRequest(environment)
    outer.within, outer.request_id, outer.user, outer.session = True, "", user, {}
    outer._force_auth_user, outer._force_auth_token = user, None
    return Request(outer)


def item_request(request: Request, method: str, path: str, body: Any) -> Request:
    """Return a request for one item of another request; `body` is the item, which is parsed
    already."""
    inner = Request(_inner(request, method, path, b"", "*"))
    given: Any = inner
    given._full_data = given._data = body
    given.accepted_renderer = request.accepted_renderer
    return inner


def _inner(request: Request, method: str, address: str, data: bytes, match: str) -> WSGIRequest:
    path, _, query = address.partition("?")
    environment = {
        name: value for name, value in request.META.items() if name not in LEFT_BEHIND
    } | {
        "REQUEST_METHOD": method,
        "PATH_INFO": f"/api/v1/{path}",
        "QUERY_STRING": query,
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(data)),
        "HTTP_IF_MATCH": match,
        "wsgi.input": BytesIO(data),
    }
    inner: Any = WSGIRequest(environment)
    inner.within, inner.request_id = True, getattr(request, "request_id", "")
    inner.user, inner.session = request.user, getattr(request, "session", None)
    inner.confirmed = getattr(request, "confirmed", None)  # of the request of a job
    inner._force_auth_user, inner._force_auth_token = request.user, request.auth
    typed: WSGIRequest = inner
    return typed
