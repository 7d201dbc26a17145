"""The admin site, and who enters it. Apart from the pages: those register on it as they load."""

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
    """Admin pages for PMO staff over all of it."""

    site_header = "pmhub: PMO administration"
    site_title = "pmhub"
    index_title = "PMO administration"
    enable_nav_sidebar = False  # lists and forms need the room at 1280 px

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff who hold the PMO role on the whole organisation, and superusers."""
        return is_pmo_staff(request)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Lead to the one page where people sign in. Who has signed in and may not enter is
        answered as if nothing were here."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise Http404
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The pages by task, in the order of the tasks; those of one app where one is named. Every
        page of the site asks for all of them and only the index lists them: until then, none is
        looked for."""
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
        """Lead to the page where everybody changes theirs."""
        return redirect("account-password")


def _group(name: str, pages: list[Any]) -> dict[str, Any]:
    """Some pages under a name, as the templates of the index have an app."""
    label = slugify(name)
    address = f"{reverse('admin:index')}#{label}"
    return {"name": name, "app_label": label, "app_url": address, "models": pages}


def is_pmo_staff(request: HttpRequest) -> bool:
    """Return whether the admin pages are for this user. Found once a request: they ask for every
    model and right, of which they list all."""
    user: Any = request.user
    asked, staff = vars(request).get("pmo_staff", (None, False))
    if asked is not user:
        staff = user.is_active and user.is_staff and Role.PMO in grants_of(user).everywhere
        vars(request)["pmo_staff"] = (user, staff)
    return bool(staff)
