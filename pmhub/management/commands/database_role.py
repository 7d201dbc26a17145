"""`manage.py database_role`: a role of PostgreSQL that reads and writes, and changes no table."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from psycopg2 import sql

from pmhub.audit.register_sql import GRANTED

VARIABLE = "PRODUCT_PASSWORD_FILE"
EXISTS = "SELECT 1 FROM pg_roles WHERE rolname = %s"
# What the role may do with tables that are there, and with those that migrations will make.
GRANTS = """
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {role};
ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO {role};
ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role};
ALTER DEFAULT PRIVILEGES GRANT USAGE, SELECT ON SEQUENCES TO {role};
"""
SCHEMA_GRANTS = """
GRANT USAGE ON SCHEMA {schema} TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role};
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role};
"""
MIGRATIONS = "REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}"
SCHEMAS = "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> %s"


class Command(BaseCommand):
    """Make the role or bring its rights up to date, as the owner of the tables."""

    help = (
        "Make a database role for web, worker and beat: it reads and writes rows and can change no"
        f" table. Its password is in the file that {VARIABLE} names. Run it as the owner."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the argument for the name of the role."""
        parser.add_argument("--name", default="pmhub_product", help="of the role (pmhub_product)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the role and grant its rights, all or nothing."""
        name, password = options["name"], _password()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(EXISTS, [name])
            role = sql.Identifier(name)
            if cursor.fetchone() is None:
                cursor.execute(sql.SQL("CREATE ROLE {}").format(role))
            secret = sql.SQL("ALTER ROLE {} WITH LOGIN PASSWORD {}")
            cursor.execute(secret.format(role, sql.Literal(password)))
            database = sql.Identifier(connection.settings_dict["NAME"])
            cursor.execute(sql.SQL(GRANTS).format(role=role, database=database))
            cursor.execute(SCHEMAS, ["information_schema"])
            for (schema,) in cursor.fetchall():
                one = sql.Identifier(schema)
                cursor.execute(sql.SQL(SCHEMA_GRANTS).format(role=role, schema=one))
            cursor.execute(sql.SQL(MIGRATIONS).format(role=role))
            cursor.execute(sql.SQL(GRANTED).format(role=role))
        self.stdout.write(f"{name} reads and writes, and changes no table.")


def _password() -> str:
    try:
        password = Path(os.environ[VARIABLE]).read_text().strip()
    except (KeyError, OSError):
        raise CommandError(f"{VARIABLE} names no file that can be read.") from None
    if len(password) < 16:
        raise CommandError("The password of the role has 16 characters or more.")
    return password
