"""Pages for errors: the page does not exist, is not for this user, or failed."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from pmhub.lockout import LockedOut
from pmhub.views.content import private
from pmhub.views.refusals import NotAllowed


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Return the page for a malformed request; it needs neither the database nor the user."""
    return render(request, "malformed.html", {"tree": None}, status=400)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Return the page that says that nothing is here, or nothing for this user."""
    return render(request, "404.html", status=404)


def not_allowed(request: HttpRequest, refused: HttpResponseBase) -> HttpResponse:
    """Return a page for an address that takes no GET, opened in a browser; it keeps the header
    Allow of the refused response."""
    response = render(request, "405.html", {"tree": None}, status=405)
    response["Allow"] = refused["Allow"]
    return response


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Return the page that says that the user may not do this: what, why not, whom to ask and where
    to go on, as far as the exception says it."""
    refused = exception if isinstance(exception, NotAllowed) else None
    return render(request, "403.html", {"refused": refused}, status=403)


def factor_needed(request: HttpRequest) -> HttpResponse:
    """Redirect to the page on which the user has to set up a second factor first."""
    return redirect("mfa_index")


def locked_out_page(request: HttpRequest, held: LockedOut) -> HttpResponse:
    """Return the page that says how long to wait after too many failed attempts."""
    response = render(request, "429.html", {"held": held}, status=429)
    response["Retry-After"] = str(held.wait)
    return private(response)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Return the page for a form without a valid CSRF token: it was open too long, or came from
    another site."""
    return render(request, "403.html", {"csrf": True}, status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Return the page for an internal error, with the id of the request; it needs no database."""
    request_id = getattr(request, "request_id", "")
    return render(request, "500.html", {"request_id": request_id, "tree": None}, status=500)


def too_many(request: HttpRequest) -> HttpResponse:
    """Return the page for too many requests of a user; it needs no database."""
    return render(request, "limit.html", {"tree": None}, status=429)


def unavailable(request: HttpRequest) -> HttpResponse:
    """Return the page that says that the database is busy or away; it needs no database."""
    return render(request, "503.html", {"tree": None}, status=503)
