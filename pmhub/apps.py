"""App configuration."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.db.models.signals import post_migrate, pre_migrate

from pmhub import past


class PmhubConfig(AppConfig):
    """People, roles, access and the base classes of every app."""

    name = "pmhub"
    verbose_name = "People and access"
    default = True

    def ready(self) -> None:
        """The views of the past make way for migrations, and show what these made."""
        pre_migrate.connect(past.forget, sender=self)
        post_migrate.connect(past.remember, sender=self)


class PmhubAdminConfig(admin_apps.AdminConfig):
    """The admin pages of PMO staff."""

    default = False
    default_site = "pmhub.pmo.PmoSite"
