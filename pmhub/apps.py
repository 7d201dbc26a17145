"""App configuration."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class PmhubConfig(AppConfig):
    """People, roles, access and the base classes of every app."""

    name = "pmhub"
    verbose_name = "People and access"
    default = True


class PmhubAdminConfig(admin_apps.AdminConfig):
    """The admin pages of PMO staff."""

    default = False
    default_site = "pmhub.pmo.PmoSite"
