"""The admin site of PMO staff."""

from django.contrib import admin


class PmoSite(admin.AdminSite):
    """Admin pages for PMO staff over all of it."""

    site_header = "pmhub: PMO"
    site_title = "pmhub"
    index_title = "PMO"
