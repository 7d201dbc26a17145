"""App configuration."""

from django.apps import AppConfig


class ProgrammesConfig(AppConfig):
    """Programmes and the ledger."""

    name = "programmes"
    verbose_name = "Programmes and the ledger"
