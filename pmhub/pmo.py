"""The admin site, and who enters it. Apart from the pages: those register on it as they load."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

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


def is_pmo_staff(request: HttpRequest) -> bool:
    """Whether the admin pages are for this user."""
    user: Any = request.user
    return user.is_active and user.is_staff and Role.PMO in grants_of(user).everywhere
