"""Pages for links in mails, which work without signing in for whoever has the link."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import View

from pmhub.accounts import digest_mails
from pmhub.models import User
from pmhub.one_time_links import LinkSpent


# Mail programs post there for their users, as RFC 8058 says, without cookie and token: knowing the
# link proves to whom it was sent.
@method_decorator(csrf_exempt, name="dispatch")
@method_decorator(never_cache, name="dispatch")
class StopDigest(View):
    """Ends a user's digests: a GET shows a page that asks, its form does it."""

    def get(self, request: HttpRequest, secret: str) -> HttpResponse:
        """Ask for confirmation, since programs follow the links in mails by themselves."""
        return self._answer(request, digest_mails.reader_of, secret)

    def post(self, request: HttpRequest, secret: str) -> HttpResponse:
        """End the digests; doing so again changes nothing."""
        return self._answer(request, digest_mails.stop, secret, done=True)

    def _answer(
        self, request: HttpRequest, does: Callable[[str], User], secret: str, **context: Any
    ) -> HttpResponse:
        try:
            owner = does(secret)
        except LinkSpent:
            return render(request, "registration/spent.html", status=410)
        return render(request, "registration/stop_digest.html", {"owner": owner, **context})
