"""The routes of the site."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("api/", include("pmhub.api.routes")),
    path("admin/", admin.site.urls),
]
