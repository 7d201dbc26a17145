"""A backup as docs/upgrades.md makes it, restored into an empty database."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import pytest
from django.db import connection

from pmhub.embedded import binaries
from pmhub.embedded.folder import CHECKOUT
from tests import databases
from tests.wexmoor import Demo

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
RESTORED = f"pmhub_restored_{os.environ.get('PYTEST_XDIST_WORKER', '')}"
THERE = """
SELECT 'triggers', count(*) FROM pg_trigger WHERE tgenabled = 'O'
UNION ALL SELECT 'constraints', count(*) FROM pg_constraint
UNION ALL SELECT 'indexes', count(*) FROM pg_index WHERE indisvalid
UNION ALL SELECT 'views', count(*) FROM pg_views WHERE schemaname IN ('past', 'true_then')
UNION ALL SELECT 'ledger', count(*) FROM programmes_ledgerline
UNION ALL SELECT 'history', count(*) FROM projects_projectevent
UNION ALL SELECT 'register', count(*) FROM pmhub_auditentry
"""


def run(*command: str | Path, **env: str) -> str:
    """Run a program to its end and return what it said."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=CHECKOUT,
        env=os.environ | env,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def found(name: str) -> dict[str, int]:
    """Return how much there is in a database."""
    with psycopg2.connect(databases.dsn(name)) as session, session.cursor() as cursor:
        cursor.execute(THERE)
        return dict(cursor.fetchall())


def test_a_backup_that_is_restored_gives_the_same_figures(demo: Demo, tmp_path: Path) -> None:
    name, dump = connection.settings_dict["NAME"], tmp_path / "pmhub.dump"
    there = databases.dsn(RESTORED)
    run(
        binaries.postgres("pg_dump"),
        *("--format=custom", f"--file={dump}", f"--dbname={databases.dsn(name)}"),
    )
    with databases.server() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{RESTORED}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{RESTORED}"')
        try:
            run(binaries.postgres("pg_restore"), "--exit-on-error", f"--dbname={there}", dump)
            assert found(RESTORED) == found(name)
            address = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{RESTORED}").geturl()
            said = run(sys.executable, "manage.py", "rollups", "verify", DATABASE_URL=address)
            assert said.strip() == "0 differences"
        finally:
            cursor.execute(f'DROP DATABASE "{RESTORED}" WITH (FORCE)')
