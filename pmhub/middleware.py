"""Middleware: a request id for every answer, and a wake-up call for the workers."""

import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from pmhub import wake

SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}
Next = Callable[[HttpRequest], HttpResponse]


class RequestId:
    """Gives each request an id: in the answer, in problems and in the log."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.request_id = uuid.uuid4().hex  # type: ignore[attr-defined]  # ours alone
        response = self.get_response(request)
        response["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
        return response


class Wake:
    """After a request that may have written, hints to a worker that there may be work."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method not in SAFE:
            wake.workers()
        return response
