"""Pages that say why there is no other: nothing is there, it is not for this person, it failed."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from pmhub.lockout import LockedOut
from pmhub.views.content import private


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The request makes no sense: says so and needs no database, nor to know whose it is."""
    return render(request, "malformed.html", {"tree": None}, status=400)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """There is no such page, or not for this person."""
    return render(request, "404.html", status=404)


def not_allowed(request: HttpRequest, refused: HttpResponseBase) -> HttpResponse:
    """The answer to who opens as a page what is none, in words; what may be asked stays said."""
    response = render(request, "405.html", {"tree": None}, status=405)
    response["Allow"] = refused["Allow"]
    return response


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The page exists and this person may not do that."""
    return render(request, "403.html", status=403)


def factor_needed(request: HttpRequest) -> HttpResponse:
    """Somebody has to set up a second factor first."""
    return redirect("mfa_index")


def locked_out_page(request: HttpRequest, held: LockedOut) -> HttpResponse:
    """Who failed too often comes again later."""
    response = render(request, "429.html", {"held": held}, status=429)
    response["Retry-After"] = str(held.wait)
    return private(response)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was open for too long, or came from elsewhere."""
    return render(request, "403.html", {"csrf": True}, status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Something broke: says so with the request's id and needs no database."""
    request_id = getattr(request, "request_id", "")
    return render(request, "500.html", {"request_id": request_id, "tree": None}, status=500)


def too_many(request: HttpRequest) -> HttpResponse:
    """Somebody asks for more than one may: asks for patience and needs no database."""
    return render(request, "limit.html", {"tree": None}, status=429)


def unavailable(request: HttpRequest) -> HttpResponse:
    """The database is busy or away: asks for patience and needs no database."""
    return render(request, "503.html", {"tree": None}, status=503)
