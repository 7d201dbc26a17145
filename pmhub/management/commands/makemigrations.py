"""`manage.py makemigrations`, as Django's, writing triggers as one operation."""

from typing import Any

from django.core.management.commands import makemigrations

from pmhub.database.operations import gathered


class Command(makemigrations.Command):
    """Writes migrations that run quickly."""

    def write_migration_files(self, changes: dict[str, list[Any]], *args: Any) -> None:
        """Write them, the triggers of each gathered."""
        for migrations in changes.values():
            for migration in migrations:
                migration.operations = gathered(migration.operations)
        super().write_migration_files(changes, *args)
