"""App configuration."""

from django.apps import AppConfig


class BenefitsConfig(AppConfig):
    """Benefits."""

    name = "benefits"
    verbose_name = "Benefits"
