"""Loading of what the web processes share: it is loaded, and used once, before they are forked.

Python counts the references to each object, and computes much only at first use. A process that is
forked before that has to write all of it into memory of its own.
"""

import logging
from collections.abc import Callable, Iterator
from typing import Any
from wsgiref.util import setup_testing_defaults

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.sessions.backends.base import SessionBase
from django.core.handlers.wsgi import WSGIRequest
from django.db import connections
from django.http import HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.urls import resolve
from django.utils.module_loading import import_string

from pmhub import garbage_collection

log = logging.getLogger(__name__)

SIGN_IN = "/accounts/login/"
# Without Home, which would note a visit.
PAGES = (
    "/programmes/", "/projects/", "/risks/", "/benefits/", "/milestones/", "/issues/", "/actions/",
    "/decisions/", "/calendar/", "/people/", "/search/?q=risk", "/follows/", "/account/", "/help/",
)  # fmt: skip
LISTS = ("/api/v1/projects/?page_size=50", "/api/v1/risks/", "/api/v1/benefits/")
RECORDS = (
    ("programmes.Portfolio", "/portfolios/{}/"),
    ("programmes.Programme", "/programmes/{}/"),
    ("programmes.Programme", "/programmes/{}/risk/"),
    ("programmes.Programme", "/programmes/{}/benefits/"),
    ("programmes.Programme", "/programmes/{}/tracks/"),
    ("programmes.Programme", "/programmes/{}/risks/"),
    ("programmes.Programme", "/api/v1/programmes/{}/rollup/"),
    ("projects.Project", "/projects/{}/"),
    ("projects.Project", "/projects/{}/risks/"),
    ("projects.Project", "/api/v1/projects/{}/"),
    ("projects.Risk", "/risks/{}/"),
    ("projects.Milestone", "/milestones/{}/"),
    ("benefits.Benefit", "/benefits/{}/"),
)


def warm_up(application: Callable[..., Any]) -> None:
    """Render some pages and discard them. If the database is away, the server starts all the same:
    requests then report it, and the processes share less memory."""
    try:
        application(environ(SIGN_IN), lambda *_: None).close()
        for request in requests():
            look_at(request)
    except Exception as error:  # noqa: BLE001  # whoever asks for the page is shown the error
        log.warning("Web processes share less memory than they might: %s", error)
    connections.close_all()  # children must not share connections
    garbage_collection.freeze()


def requests() -> Iterator[WSGIRequest]:
    """Yield requests for some pages and lists, as of a user who sees much; nothing is written about
    that user. None if nobody uses the installation yet."""
    people = get_user_model().objects.filter(is_active=True)
    reader = people.order_by("-is_superuser", "-is_staff", "pk").first()
    if not reader:
        return
    for address in (*PAGES, *LISTS, *records()):
        request = WSGIRequest(environ(address))
        request.user, request.session = reader, session()
        yield request


def records() -> Iterator[str]:
    """Yield the addresses of the first record of each kind."""
    for model, address in RECORDS:
        rows = apps.get_model(model)._default_manager.order_by("pk")
        if first := rows.values_list("pk", flat=True).first():
            yield address.format(first)


def session() -> SessionBase:
    """Return an empty session that is not stored."""
    stored: type[SessionBase] = import_string(f"{settings.SESSION_ENGINE}.SessionStore")
    return stored()


def environ(address: str) -> dict[str, Any]:
    """Return the WSGI environment of a GET for an address."""
    path, _, query = address.partition("?")
    host = settings.ALLOWED_HOSTS[0].lstrip(".*") or "localhost"
    given = {"PATH_INFO": path, "QUERY_STRING": query, "HTTP_HOST": host}
    setup_testing_defaults(given)
    return given


def look_at(request: WSGIRequest) -> HttpResponseBase:
    """Return the rendered response of the view at an address."""
    view = resolve(request.path_info)
    response: HttpResponseBase = view.func(request, *view.args, **view.kwargs)
    if isinstance(response, SimpleTemplateResponse):
        response.render()
    return response
