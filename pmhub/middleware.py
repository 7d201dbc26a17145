"""Middleware: request ids, the author and path of changes for the history, answers while the
database is away, hints to the workers, and more."""

import logging
import re
import sys
import time
import uuid
from collections.abc import Callable
from typing import Any

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import Error
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.urls import is_valid_path
from knox.settings import CONSTANTS
from pghistory.middleware import HistoryMiddleware

from pmhub import hints, identity, lockout, logs, rate_limits
from pmhub.api import problems
from pmhub.audit.acts import record
from pmhub.audit.requester import attributed_to
from pmhub.database import replica
from pmhub.database.history import WritePath
from pmhub.database.outage import is_away
from pmhub.identity import SessionStore
from pmhub.models import Act, Token
from pmhub.views import error_pages

log = logging.getLogger("pmhub.requests")

TEXTS = re.compile(r"^text/|\b(json|openapi|xml|yaml)\b")
OF_PAGES = ["GET", "HEAD", "OPTIONS", "POST"]
OF_REST = [*OF_PAGES, "PUT", "PATCH", "DELETE"]
DENIED = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"
SUPERVISED = {"/livez", "/readyz"}  # supervisors may ask as often as they like
PRIVATE = "private, no-store"
SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}
Next = Callable[[HttpRequest], HttpResponse]

unavailable = problems.page_or_problem(error_pages.unavailable, problems.unavailable)
bad_request = problems.page_or_problem(error_pages.bad_request, problems.malformed)
not_found = problems.page_or_problem(error_pages.not_found, problems.not_found)
server_error = problems.page_or_problem(error_pages.server_error, problems.server_error)
factor_needed = problems.page_or_problem(error_pages.factor_needed, problems.factor_needed)
WITHOUT_FACTOR = ("/account/", "/accounts/", "/livez", "/readyz", "/static/")


def broken(request: HttpRequest) -> HttpResponse:
    """Return the answer to an error that no view handled: ours to mend, unless the database went
    away."""
    return unavailable(request) if is_away(sys.exception()) else server_error(request)


def too_many(request: HttpRequest, wait: int) -> HttpResponse:
    """Return the answer to too many requests, with the seconds to wait."""
    answering = problems.page_or_problem(error_pages.too_many, lambda: problems.too_many(wait))
    answer: HttpResponse = answering(request)
    answer._has_been_logged = True  # type: ignore[attr-defined]  # the rate limit logs it, once
    return answer


class RequestId:
    """Gives each request an id, which appears in the response, in problems and in the log."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given, began = uuid.uuid4().hex, time.monotonic()
        request.request_id = given  # type: ignore[attr-defined]  # no attribute of Django's
        with logs.log_context(request=given):
            response = self.get_response(request)
            response["X-Request-Id"] = given
            _log_response(request, response, time.monotonic() - began)
        return response


def _log_response(request: HttpRequest, response: HttpResponse, took: float) -> None:
    """Log the response. The log has the route in place of the address, which may contain a secret
    or a name."""
    route = getattr(request.resolver_match, "route", "") or "none"
    fields = {
        "method": str(request.method)[:20],
        "route": f"/{route.lstrip('^/')}",
        "status": response.status_code,
        "milliseconds": round(took * 1000),
        "user": getattr(vars(request).get("_cached_user"), "pk", None),
    }
    log.info("%(method)s %(route)s %(status)s", fields, extra={"said": fields})


class ContentPolicy(CSPMiddleware):
    """Sets the Content-Security-Policy header, which says what a page may load. It is made once, as
    it is the same for all responses but those with a nonce."""

    def __init__(self, get_response: Next) -> None:
        super().__init__(get_response)
        self.same = build_policy()

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> Any:
        """Set the header, unless the response has it already."""
        if settings.DEBUG or hasattr(request, "_csp_nonce"):
            return super().process_response(request, response)
        response.setdefault(HEADER, self.same)
        return response


class Bounds:
    """Refuses methods that none of our views takes, and REST without TLS; denies pages browser
    features that none needs; keeps responses out of caches unless they allow it."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = _refused(request) or self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed) and not is_rest(request):
            response = error_pages.not_allowed(request, response)
        response.setdefault("Permissions-Policy", DENIED)
        response.setdefault("Cache-Control", PRIVATE)
        return response


def _refused(request: HttpRequest) -> HttpResponse | None:
    # The admin pages treat unknown methods like GET.
    methods = OF_REST if is_rest(request) else OF_PAGES
    if request.method not in methods:
        return HttpResponseNotAllowed(methods)
    # If it were redirected to https, a program would never notice that it sends its token in the
    # clear.
    if settings.SECURE_SSL_REDIRECT and not request.is_secure() and is_rest(request):
        return problems.answer(request, problems.unencrypted())
    return None


def is_rest(request: HttpRequest) -> bool:
    """Return whether a request is for REST, by a program or a script, and not for a page."""
    return request.path.startswith("/api/")


class Sessions(SessionMiddleware):
    """Tells sessions from where they are used, and whether by a person."""

    def process_request(self, request: HttpRequest) -> None:
        """Tell the session, which is read only when used."""
        super().process_request(request)
        session: Any = request.session
        session.whence = lockout.whence(request)
        session.by_itself = "HX-Request" in request.headers


class AuditContext:
    """Tells the database who makes the request, for the audit register, notes which files are
    handed out, and asks for new rows to be sealed soon. It is outside the session middleware, as
    sessions are stored after the view."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with attributed_to(request):
            response = self.get_response(request)
            given_out = response.get("Content-Disposition", "").startswith("attachment")
            if given_out and response.status_code == 200:
                record(Act.EXPORTED, details=_file(request, response))
        if given_out or may_have_written(request):
            hints.sealer()
        return response


def _file(request: HttpRequest, response: HttpResponse) -> dict[str, Any]:
    """Return what the register says of a file that was handed out: its address, parameters and
    type, but not search words, which may be a name."""
    parameters = {name: text for name, text in request.GET.items() if name not in ("search", "q")}
    kind = response.get("Content-Type", "").partition(";")[0]
    return {"path": request.path, "parameters": parameters, "type": kind}


class Compression(GZipMiddleware):
    """Compresses text. The length of a response does not reveal secrets in it: Django adds a random
    number of bytes to each, and CSRF tokens are masked anew each time."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> Any:
        """Compress the response and keep its ETag, which names the version of a record, for
        `If-Match`."""
        if not TEXTS.search(response.get("Content-Type", "")):
            return response
        etag = response.get("ETag")
        answer = super().process_response(request, response)
        if etag is not None:
            answer["ETag"] = etag
        return answer


class RateLimits:
    """Answers 429 to whoever makes too many requests, before doing any work for them."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response
        rate_limits.check()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path in SUPERVISED:
            return self.get_response(request)
        origin, computing = lockout.whence(request).get("origin", ""), 0.0
        who = rate_limits.asker(request, origin)
        wait = rate_limits.wait(who)
        if wait and not (who == (("address", origin),) and _is_authenticated(request)):
            response = too_many(request, wait)
        else:
            began = time.thread_time()
            response = self.get_response(request)
            who, computing = (
                rate_limits.asker_after(request, origin),
                time.thread_time() - began,
            )
        refused, units = response.status_code == 401, getattr(request, "units", 1)
        for name, value in rate_limits.charge(
            who, computing=computing, refused=refused, units=units
        ).items():
            response[name] = value
        return response


def _is_authenticated(request: HttpRequest) -> bool:
    """Return whether the request has the session or token of a user, so that others at the same
    address do not lock them out. True while the database cannot say, as the view will check it."""
    keyword, _, key = request.headers.get("Authorization", "").partition(" ")
    try:
        if keyword.lower() == "bearer":
            return bool(Token.objects.filter(token_key=key[: CONSTANTS.TOKEN_KEY_LENGTH]).exists())
        session = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        return bool(session and SessionStore().exists(session))
    except (Error, ValueError):
        return True


class History(HistoryMiddleware):
    """Records in the history who makes a request that may write, and on which path.

    Our pages write through REST with the session of the user who has signed in; other systems send
    a token, whose user is known, and recorded, only when the view authenticates it.
    """

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Find the user of the request, which reads the database if it has a session."""
        try:
            return super().__call__(request)
        except Error as error:
            if is_away(error):
                return unavailable(request)
            raise

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        """Return the context of every change that the request makes."""
        return {
            "via": _path(request).value,
            "user": request.user.pk,
            "request": request.request_id,  # type: ignore[attr-defined]  # set by RequestId, above
        }


def _path(request: HttpRequest) -> WritePath:
    if request.path.startswith("/admin/"):
        return WritePath.ADMIN
    if is_rest(request) and not request.user.is_authenticated:
        return WritePath.REST
    return WritePath.PAGE


class SecondFactor:
    """Leads users who hold a role that requires a second factor, and have none, to the page that
    sets one up; until then they see nothing else."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *args: Any) -> HttpResponse | None:
        """Redirect before any view, except those that set up a second factor."""
        try:
            lacks = not request.path.startswith(WITHOUT_FACTOR) and identity.lacks_factor(
                request.user
            )
        except Error as error:
            if is_away(error):
                return unavailable(request)
            raise
        return factor_needed(request) if lacks else None


class DatabaseOutage:
    """Answers for views that find the database busy or away, with DEBUG as without."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Return 503 with the time to try again."""
        return unavailable(request) if is_away(error) else None


class Lockout:
    """Answers a user who failed too often with the time to wait."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Return 429 with the time to wait."""
        if not isinstance(error, lockout.LockedOut):
            return None
        return error_pages.locked_out_page(request, error)


class NotFound:
    """Answers with our own page if there is nothing at an address; Django's page with DEBUG would
    show every route."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.DEBUG and not is_valid_path(request.path_info):
            return not_found(request)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Return 404, as without DEBUG."""
        return not_found(request, error) if isinstance(error, Http404) else None


class WorkerHints:
    """Sends the workers a hint after each request that may have written, previews excepted."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if may_have_written(request):
            hints.workers()
        return response


class Replica:
    """Lets requests that only read use the replica, and notes who has written. It is installed only
    if there is a replica."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in SAFE and not request.path.startswith("/admin/"):
            with replica.reading(request):
                return self.get_response(request)
        response = self.get_response(request)
        if may_have_written(request):
            replica.note_write(request.user)
        return response


def may_have_written(request: HttpRequest) -> bool:
    """Return whether the request may have changed anything; a preview has not."""
    return request.method not in SAFE and not getattr(request, "previewing", False)
