"""The admin site, and who may enter it. The admin pages register on it as they are loaded, so it is
a module of its own."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.text import slugify

from pmhub.access.grants import grants_of
from pmhub.permissions import Role
from pmhub.registers.groups import TASKS


class PmoSite(admin.AdminSite):
    """The admin pages for PMO staff, which cover the whole installation."""

    site_header = "pmhub: PMO administration"
    site_title = "pmhub"
    index_title = "PMO administration"
    enable_nav_sidebar = False  # lists and forms need the room at 1280 px

    def has_permission(self, request: HttpRequest) -> bool:
        """Return whether the user is staff and holds the role PMO on the whole organisation, as
        superusers do."""
        return is_pmo_staff(request)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Redirect to the sign-in page. For a user who has signed in and may not enter, raise
        Http404."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise Http404
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Return the pages by task, in the order of the tasks, or those of one app if one is named.
        Every page of the site asks for the list, and only the index shows it, so it is read only
        when used."""
        if app_label is not None:
            return super().get_app_list(request, app_label)
        listed: Any = SimpleLazyObject(lambda: self._by_task(request))
        return listed

    def _by_task(self, request: HttpRequest) -> list[Any]:
        apps: list[Any] = super().get_app_list(request)
        pages = {page["object_name"]: page for app in apps for page in app["models"]}
        tasks = [
            _group(name, [pages.pop(model) for model in names.split() if model in pages])
            for name, names in TASKS.items()
        ]
        for app in apps:
            app["models"] = [page for page in app["models"] if page["object_name"] in pages]
        return [group for group in (*tasks, *apps) if group["models"]]

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Redirect to the page on which every user changes their password."""
        return redirect("account-password")


def _group(name: str, pages: list[Any]) -> dict[str, Any]:
    """Return some pages under a name, in the form in which the index template takes an app."""
    label = slugify(name)
    address = f"{reverse('admin:index')}#{label}"
    return {"name": name, "app_label": label, "app_url": address, "models": pages}


def is_pmo_staff(request: HttpRequest) -> bool:
    """Return whether the user may enter the admin pages. The answer is kept for the request, as the
    site asks it for every model and permission."""
    user: Any = request.user
    cached_for, staff = vars(request).get("pmo_staff", (None, False))
    if cached_for is not user:
        staff = user.is_active and user.is_staff and Role.PMO in grants_of(user).everywhere
        vars(request)["pmo_staff"] = (user, staff)
    return bool(staff)
