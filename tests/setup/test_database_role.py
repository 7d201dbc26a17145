"""Web and workers with a role that reads and writes rows and changes no table."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from psycopg2.errors import InsufficientPrivilege

from pmhub.embedded.folder import CHECKOUT
from pmhub.models import Token, User
from programmes.models import RollupRequest
from tests.setup.installed import address, installed
from tests.wexmoor import Demo

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
# A role is the whole server's, which the processes of a run share.
ROLE = f"pmhub_product_of_{os.environ.get('PYTEST_XDIST_WORKER', 'tests')}"
PASSWORD = "only-for-tests-0123456789"


@pytest.fixture
def product(demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of the database for the role of the product."""
    file = tmp_path / "product_password"
    file.write_text(f"{PASSWORD}\n")
    monkeypatch.setenv("PRODUCT_PASSWORD_FILE", str(file))
    for _ in "ab":  # a second time changes nothing
        call_command("database_role", name=ROLE, verbosity=0)
    yield address(ROLE, PASSWORD)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP OWNED BY {ROLE}; DROP ROLE {ROLE}")


def test_the_product_works_as_a_role_that_reads_and_writes(
    product: str, demo: Demo, pmo: User, tmp_path: Path
) -> None:
    browser = Client()
    browser.force_login(pmo)
    (session,) = (each for each in browser.cookies.values() if "session" in each.key)
    project = demo.project("CAM-02")
    _, key = Token.objects.create(user=pmo, name="tests")
    with installed(tmp_path, database=product, WEB_PROCESSES="1") as port:

        def ask(method: str, path: str, body: Any = None, **headers: str) -> Any:
            client = HTTPConnection("127.0.0.1", port, timeout=60)
            kind = {"Content-Type": "application/json", "X-Forwarded-Proto": "https"}
            client.request(method, path, json.dumps(body) if body else None, kind | headers)
            answer = client.getresponse()
            answer.read()
            return answer.status

        seen = {"Cookie": f"__Host-sessionid={session.value}"}
        for path in ("/portfolio/", f"/programmes/{project.programme_id}/", "/admin/"):
            assert ask("GET", path, **seen) == 200
        assert ask("GET", f"/api/v1/projects/{project.pk}/?as_of=2026-01-01", **seen) in (200, 400)
        bearer = {"Authorization": f"Bearer {key}", "If-Match": "*"}
        path = f"/api/v1/projects/{project.pk}/"
        assert ask("PATCH", path, {"estimate_to_complete": "123.00"}, **bearer) == 200
    assert RollupRequest.objects.exists()
    done = subprocess.run(
        [sys.executable, "manage.py", "rollups", "drain", "--once"],
        cwd=CHECKOUT,
        env=os.environ | {"DATABASE_URL": product, "SECRET_KEY": settings.SECRET_KEY},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert not RollupRequest.objects.exists()


BEYOND = [
    "CREATE TABLE mine (id int)",
    "CREATE SCHEMA mine",
    "ALTER TABLE projects_project ADD COLUMN mine int",
    "ALTER TABLE projects_project DISABLE TRIGGER ALL",
    "DROP TABLE projects_project",
    "DROP VIEW past.projects_project",
    "TRUNCATE projects_project CASCADE",
    "DELETE FROM django_migrations",
    "SET session_replication_role = replica",
    "CREATE ROLE mine",
    "COPY projects_project TO PROGRAM 'cat'",
]


def is_allowed(session: Any, statement: str) -> bool:
    """Whether a session may do this, which is undone."""
    with session.cursor() as cursor:
        try:
            cursor.execute(statement)
        except InsufficientPrivilege:
            return False
        finally:
            session.rollback()
    return True


def test_the_role_changes_no_table(product: str) -> None:
    with psycopg2.connect(product) as ours:
        assert [statement for statement in BEYOND if is_allowed(ours, statement)] == []


def test_tables_of_later_migrations_are_granted_too(product: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA later; CREATE TABLE later.mine (id serial)")
    with psycopg2.connect(product) as ours, ours.cursor() as cursor:
        cursor.execute("INSERT INTO later.mine DEFAULT VALUES RETURNING id")
        assert cursor.fetchone() == (1,)


def test_a_role_without_a_good_password_is_not_made(
    nothing: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PRODUCT_PASSWORD_FILE", raising=False)
    with pytest.raises(CommandError, match="PRODUCT_PASSWORD_FILE"):
        call_command("database_role", name=ROLE)
    file = tmp_path / "short"
    file.write_text("short\n")
    monkeypatch.setenv("PRODUCT_PASSWORD_FILE", str(file))
    with pytest.raises(CommandError, match="16"):
        call_command("database_role", name=ROLE)
