"""The routes of the site."""

from django.contrib import admin
from django.urls import include, path

from pmhub.api import health

urlpatterns = [
    path("api/", include("pmhub.api.routes")),
    path("livez", health.livez),
    path("readyz", health.readyz),
    path("admin/", admin.site.urls),
]
