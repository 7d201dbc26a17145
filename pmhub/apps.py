"""App configuration."""

from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin import apps as admin_apps
from django.contrib.staticfiles import apps as static_apps
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.autoreload import BaseReloader, autoreload_started, file_changed

from pmhub import caching
from pmhub.database import past, trigger_registry


class PmhubConfig(AppConfig):
    """People, roles, access and the base classes of every app."""

    name = "pmhub"
    verbose_name = "People and access"
    default = True

    def import_models(self) -> None:
        """Our models have many triggers: what keeps them is there before the first."""
        trigger_registry.install()
        super().import_models()

    def ready(self) -> None:
        """The views of the past make way for migrations, and show what these made."""
        import_module("pmhub.accounts.provider").mapping(
            settings.OIDC_ROLES
        )  # readable, or no start
        pre_migrate.connect(past.forget, sender=self)
        post_migrate.connect(past.remember, sender=self)
        autoreload_started.connect(_follow_the_build)
        file_changed.connect(_draw_again)


def _follow_the_build(sender: BaseReloader, **kwargs: Any) -> None:
    """Follow, with a server that follows edits, the names of what was built: they are read once."""
    sender.watch_dir(settings.BASE_DIR / "static" / "dist" / ".vite", "manifest.json")


def _draw_again(sender: Any, **kwargs: Any) -> None:
    """Forget, with a server that follows edits, what templates drew before."""
    caching.forget()


class PmhubAdminConfig(admin_apps.SimpleAdminConfig):
    """The admin pages of PMO staff, loaded with the addresses: workers do without."""

    default = False
    default_site = "pmhub.admin_site.PmoSite"


class PmhubStaticConfig(static_apps.StaticFilesConfig):
    """Static files, without those that no page of ours asks for."""

    ignore_patterns = [
        *static_apps.StaticFilesConfig.ignore_patterns,
        "*.map",
        "redoc",
        "rest_framework",
    ]
