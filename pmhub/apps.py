"""App configuration."""

from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin import apps as admin_apps
from django.contrib.staticfiles import apps as static_apps
from django.db.models.signals import class_prepared, post_migrate, pre_migrate
from django.utils.autoreload import BaseReloader, autoreload_started, file_changed

from pmhub import caching
from pmhub.database import past, trigger_registry
from pmhub.database.indexes import index_once


class PmhubConfig(AppConfig):
    """People, roles, access and the base classes of every app."""

    name = "pmhub"
    verbose_name = "People and access"
    default = True

    def import_models(self) -> None:
        """Install the registry of triggers before any model registers one, as our models have
        many, and decide about the indexes of their keys."""
        trigger_registry.install()
        class_prepared.connect(index_once)
        super().import_models()

    def ready(self) -> None:
        """Check the setting that maps groups to roles; connect the views of the past, which are
        dropped before migrations and made again afterwards."""
        import_module("pmhub.accounts.provider").mapping(
            settings.OIDC_ROLES
        )  # so that a file that cannot be read stops the start
        pre_migrate.connect(past.forget, sender=self)
        post_migrate.connect(past.remember, sender=self)
        autoreload_started.connect(_follow_the_build)
        file_changed.connect(_draw_again)


def _follow_the_build(sender: BaseReloader, **kwargs: Any) -> None:
    """Restart the development server when the front end was built again: it reads the names of the
    built files only once."""
    sender.watch_dir(settings.BASE_DIR / "static" / "dist" / ".vite", "manifest.json")


def _draw_again(sender: Any, **kwargs: Any) -> None:
    """Clear all caches when a file changes under the development server, such as a template."""
    caching.forget()


class PmhubAdminConfig(admin_apps.SimpleAdminConfig):
    """The admin pages of PMO staff. They are loaded with the routes, so that workers do not load
    them."""

    default = False
    default_site = "pmhub.admin_site.PmoSite"


class PmhubStaticConfig(static_apps.StaticFilesConfig):
    """Static files, without those that no page of ours uses."""

    ignore_patterns = [
        *static_apps.StaticFilesConfig.ignore_patterns,
        "*.map",
        "redoc",
        "rest_framework",
    ]
