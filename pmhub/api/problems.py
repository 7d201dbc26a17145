"""Errors as RFC 9457 problems, for everything under /api/."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

from allauth.core.exceptions import ReauthenticationRequired
from django.core import exceptions as core
from django.core.signals import got_request_exception
from django.db import DatabaseError, DataError, IntegrityError, InterfaceError
from django.db.models import ProtectedError, RestrictedError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from rest_framework import exceptions
from rest_framework.response import Response

from pmhub.access import Withheld
from pmhub.api.json_rendering import dumps
from pmhub.attachments import StoreUnavailable
from pmhub.attachments.virus_scanner import ScannerUnavailable
from pmhub.database.constraints import overlap_of
from pmhub.database.outage import is_away
from pmhub.database.refusals import declared_refusal
from pmhub.database.retention import STAYS
from pmhub.lifecycle import MOVES
from pmhub.lockout import LockedOut
from pmhub.services import Conflict

log = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
WHOLE = "non_field_errors"
RETRY_AFTER = "2"
SIGNED_OUT = "You are not signed in: sign in again, or send a token."


class Problem(exceptions.APIException):
    """A problem with a status and code of its own, and members beside the standard ones."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: list[dict[str, str]] | None = None,
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(detail, code)
        self.status_code, self.code, self.text = status, code, detail
        self.errors, self.headers, self.members = errors or [], dict(headers or {}), members


def pointer(*path: str | int) -> str:
    """Return a JSON pointer; a lone surrogate in a name becomes a question mark."""
    parts = (str(part).encode("utf-8", "replace").decode() for part in path)
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


def body_problem(place: str, code: str, detail: str) -> Problem:
    """Return a 400 problem about one place of the body."""
    error = {"pointer": place, "code": code, "detail": detail}
    return Problem(400, "invalid", detail, errors=[error])


def parameter_problem(name: str, code: str, detail: str) -> Problem:
    """Return a 400 problem about one query parameter."""
    error = {"pointer": pointer(name), "parameter": name, "code": code, "detail": detail}
    return Problem(400, "invalid_parameter", f"{name}: {detail}", errors=[error])


def handle(exc: Exception, context: Mapping[str, Any]) -> Response:
    """Answer any exception of a view with a problem."""
    request = context.get("request")
    problem = problem_of(exc, request)
    if problem.status_code >= 500:
        log.error("Request %s: %s", _request_id(request), exc, exc_info=exc)
        if problem.status_code == 500:
            # What Django itself does for an exception nobody caught; tests see it and fail.
            got_request_exception.send(sender=None, request=getattr(request, "_request", request))
    response = Response(body(problem, request), problem.status_code, headers=problem.headers)
    response.content_type = CONTENT_TYPE
    return response


def body(problem: Problem, request: Any) -> dict[str, Any]:
    """Return the members of a problem."""
    return {
        "type": f"urn:pmhub:problem:{problem.code}",
        "title": HTTPStatus(problem.status_code).phrase,
        "status": problem.status_code,
        "detail": problem.text,
        "instance": request.path if request is not None else "",
        "code": problem.code,
        "request_id": _request_id(request),
        "errors": problem.errors,
        **problem.members,
    }


def answer(request: HttpRequest, problem: Problem) -> HttpResponse:
    """Answer a problem outside the views of the REST layer."""
    return HttpResponse(
        dumps(body(problem, request)),
        status=problem.status_code,
        content_type=CONTENT_TYPE,
        headers=problem.headers,
    )


def page_or_problem(page: Callable[..., HttpResponse], problem: Callable[[], Problem]) -> Any:
    """Return a handler that answers with the problem below /api/, and with the page elsewhere."""

    def handler(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        refused = problem()
        if request.path.split("/")[1] == "api":
            return answer(request, refused)
        response = page(request, *args, **kwargs)
        for name, value in refused.headers.items():
            response[name] = value
        return response

    return handler


def not_found() -> Problem:
    """Return the problem for an object that does not exist or is out of sight."""
    return Problem(404, "not_found", "There is nothing here, or nothing you may see.")


def malformed() -> Problem:
    """Return the problem for a request that no view can understand, such as one to an unknown
    host."""
    return Problem(400, "bad_request", "The request is malformed.")


def unencrypted() -> Problem:
    """Return the problem for a request without TLS to a server that has TLS."""
    text = "Ask over https. A token that was sent without is to be revoked: others may know it."
    return Problem(403, "https_needed", text)


def factor_needed() -> Problem:
    """Return the problem for a user who must set up a second factor first."""
    text = "A second factor is asked of you: set one up at /account/second-factor/."
    return Problem(403, "second_factor_needed", text)


def confirmation_needed() -> Problem:
    """Return the problem for a dangerous request: the user must prove their identity at
    `confirm_at`."""
    place = reverse("account_reauthenticate")
    text = f"Show that it is you at {place}, then send this again."
    return Problem(403, "confirmation_needed", text, confirm_at=place)


def unavailable() -> Problem:
    """Return the problem for a database that is busy or away. A commit whose answer was lost may
    have succeeded, so the text does not say that nothing was saved."""
    text = "The database is busy or away. Try again: with an Idempotency-Key nothing is done twice."
    return Problem(503, "unavailable", text, headers={"Retry-After": RETRY_AFTER})


def scanner_unavailable() -> Problem:
    """Return the problem for an upload while the virus scanner does not answer."""
    text = "The virus scanner gives no answer just now. Nothing was attached: try again later."
    return Problem(503, "unscanned", text, headers={"Retry-After": "60"})


def store_unavailable() -> Problem:
    """Return the problem for an upload or download while the store of files is full or away."""
    text = (
        "The store of attached files is full or away just now. Nothing was attached: try again"
        " later, and tell who runs pmhub."
    )
    return Problem(503, "store_unavailable", text, headers={"Retry-After": "60"})


def too_many(wait: int) -> Problem:
    """Return the problem for a client that sends too many requests; `wait` is in seconds."""
    text = f"You ask for more than one may. Come again in {wait} seconds; nothing was done."
    return Problem(429, "too_many_requests", text, headers={"Retry-After": str(wait)})


def server_error() -> Problem:
    """Return the problem for a fault of the server."""
    return Problem(500, "server_error", "Something went wrong on the server; nothing was saved.")


def problem_of(exc: Exception, request: Any = None) -> Problem:
    """Return the problem for an exception."""
    if isinstance(exc, Problem):
        return exc
    if isinstance(exc, exceptions.APIException):
        return _of_framework(exc, request)
    if isinstance(exc, Conflict):
        return _of_conflict(exc)
    if isinstance(exc, core.ValidationError):
        return _of_validation(exc)
    if isinstance(exc, DatabaseError | InterfaceError):
        return _of_database(exc)
    return next((make(exc) for kind, make in PLAIN.items() if isinstance(exc, kind)), None) or (
        server_error()
    )


def _forbidden(exc: Exception) -> Problem:
    """Return the problem for a missing right; it names the field where only that is withheld."""
    code, text = "permission_denied", str(exc) or "You may not do this."
    if not isinstance(exc, Withheld):
        return Problem(403, code, text)
    error = {"pointer": pointer(exc.field), "code": code, "detail": text}
    return Problem(403, code, text, errors=[error])


def _locked_out(exc: Any) -> Problem:
    """Return the problem for a client that failed too often to sign in, with the seconds to
    wait."""
    return Problem(429, "throttled", str(exc), headers={"Retry-After": str(exc.wait)})


PLAIN: dict[Any, Callable[[Exception], Problem]] = {
    LockedOut: _locked_out,
    Http404: lambda _: not_found(),
    ReauthenticationRequired: lambda _: confirmation_needed(),
    ScannerUnavailable: lambda _: scanner_unavailable(),
    StoreUnavailable: lambda _: store_unavailable(),
    core.ObjectDoesNotExist: lambda _: not_found(),
    core.PermissionDenied: _forbidden,
    core.RequestDataTooBig: lambda _: Problem(413, "too_large", "The body is too large."),
    core.SuspiciousOperation: lambda _: malformed(),
}


def _of_framework(exc: exceptions.APIException, request: Any) -> Problem:
    if isinstance(exc, exceptions.ValidationError):
        errors = list(_errors(exc.detail))
        if exc.status_code == 404:
            return Problem(404, "not_found", errors[0]["detail"], errors=errors)
        return Problem(400, "invalid", "Some values were not accepted.", errors=errors)
    if isinstance(exc, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        headers = {"WWW-Authenticate": _challenge(request)}
        text = SIGNED_OUT if isinstance(exc, exceptions.NotAuthenticated) else str(exc.detail)
        return Problem(401, str(exc.get_codes()), text, headers=headers)
    if isinstance(exc, exceptions.NotFound):
        return (
            not_found()
            if str(exc.detail) == exc.default_detail
            else Problem(404, "not_found", str(exc.detail))
        )
    headers = {}
    if wait := getattr(exc, "wait", None):
        headers["Retry-After"] = str(int(wait))
    return Problem(exc.status_code, str(exc.get_codes()), str(exc.detail), headers=headers)


def _of_conflict(exc: Conflict) -> Problem:
    """Return the problem for a conflict: each fault with its place in the request. `detail` names a
    fault once, even if it is at several places."""
    errors = [
        {
            "pointer": pointer(*place.split("/")),
            "code": fault.code or exc.kind,
            "detail": " ".join(fault.messages),
        }
        for place, faults in exc.error_dict.items()
        for fault in faults
    ]
    message = " ".join(dict.fromkeys(exc.messages))
    return Problem(409, exc.kind, message, errors=errors, **exc.members)


def _of_validation(exc: core.ValidationError) -> Problem:
    """Return the problem for the faults that a verb found, by field."""
    if not hasattr(exc, "error_dict"):
        texts: dict[str, Any] = {WHOLE: exc.messages}
    else:
        texts = {
            WHOLE if name == core.NON_FIELD_ERRORS else name: messages
            for name, messages in exc.message_dict.items()
        }
    return _of_framework(exceptions.ValidationError(texts), None)


def _challenge(request: Any) -> str:
    """Return the challenge of a 401. Only programs are offered Basic: a browser would open a prompt
    for a password."""
    offers = ['Bearer realm="pmhub"']
    if request is not None and "Sec-Fetch-Site" not in request.headers:
        offers.append('Basic realm="pmhub", charset="UTF-8"')
    return ", ".join(offers)


def _errors(detail: Any, *path: str | int) -> Iterator[dict[str, str]]:
    """Yield the errors of nested validation messages, each with its pointer."""
    if isinstance(detail, Mapping):
        for name, below in detail.items():
            yield from _errors(below, *path, *([] if name == WHOLE else [name]))
    elif isinstance(detail, list | tuple):
        for index, below in enumerate(detail):
            deeper = isinstance(below, Mapping | list | tuple)
            yield from _errors(below, *path, *([index] if deeper else []))
    else:
        code = getattr(detail, "code", "invalid")
        yield {"pointer": pointer(*path), "code": code, "detail": str(detail)}


def _of_database(exc: Exception) -> Problem:
    if isinstance(exc, ProtectedError | RestrictedError):
        return _protected(exc)
    if is_away(exc):
        return unavailable()
    if isinstance(exc, DataError):
        return _out_of_range(exc)
    return _refusal(exc)


def _out_of_range(exc: DataError) -> Problem:
    """Return the problem for a value that cannot be stored, at its field if a trigger named it."""
    diagnosis: Any = getattr(exc.__cause__, "diag", None)
    if field := getattr(diagnosis, "column_name", None):
        return body_problem(pointer(field), "out_of_range", diagnosis.message_primary)
    return Problem(400, "invalid", "A value is out of the range that can be stored.")


def _protected(exc: ProtectedError | RestrictedError) -> Problem:
    rows: Any = exc.args[1]
    kinds = ", ".join(sorted({str(row._meta.verbose_name_plural) for row in rows}))
    return Problem(409, "in_use", f"Still in use by {kinds}: remove or move these first.")


def _refusal(exc: Exception) -> Problem:
    """Return the problem for the refusal of a constraint or trigger."""
    diagnosis: Any = getattr(exc.__cause__, "diag", None)
    name = getattr(diagnosis, "constraint_name", None) or ""
    if name in (MOVES, STAYS):
        return Problem(409, name, diagnosis.message_primary)
    if refusal := declared_refusal(diagnosis):
        error = {"pointer": pointer(refusal.field), "code": refusal.name, "detail": refusal.text}
        return Problem(409, refusal.name, refusal.text, errors=[error] if refusal.field else [])
    if met := overlap_of(diagnosis):
        error = {"pointer": pointer("period_start"), "code": "overlap", "detail": met}
        return Problem(409, "overlap", met, errors=[error])
    if isinstance(exc, IntegrityError):
        text = "Another record conflicts with this one, or one it names is gone."
        members: Any = {"constraint": name} if name else {}
        return Problem(409, "conflict", text, **members)
    return server_error()


def _request_id(request: Any) -> str:
    return getattr(request, "request_id", "")
