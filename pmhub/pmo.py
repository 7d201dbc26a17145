"""The admin site, and who enters it. Apart from the pages: those register on it as they load."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from pmhub.access import grants_of
from pmhub.permissions import Role


class PmoSite(admin.AdminSite):
    """Admin pages for PMO staff over all of it."""

    site_header = "pmhub: PMO administration"
    site_title = "pmhub"
    index_title = "PMO administration"

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff who hold the PMO role on the whole organisation, and superusers."""
        return is_pmo_staff(request)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Lead to the one page where people sign in. Who has signed in and may not enter is
        answered as if nothing were here."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise Http404
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Lead to the page where everybody changes theirs."""
        return redirect("account-password")


def is_pmo_staff(request: HttpRequest) -> bool:
    """Return whether the admin pages are for this user. Found once a request: they ask for every
    model and right, of which they list all."""
    user: Any = request.user
    asked, found = vars(request).get("pmo_staff", (None, False))
    if asked is not user:
        found = user.is_active and user.is_staff and Role.PMO in grants_of(user).everywhere
        vars(request)["pmo_staff"] = (user, found)
    return bool(found)
