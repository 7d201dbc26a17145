"""What tests commit is taken back before the next one, in place where that can be told."""

import os
from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest
from django.db import DEFAULT_DB_ALIAS, connections

from programmes.models import Portfolio
from tests import databases, factories


@pytest.fixture
def copy(db: None, django_db_setup: databases.Databases) -> Iterator[databases.Copy]:
    """A copy of the empty database beside those of this process."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    here = connections[DEFAULT_DB_ALIAS]
    ours = databases.Copy(django_db_setup.empty.template, f"pmhub_test_{worker}_undone")
    ours.connection.settings_dict = {**ours.connection.settings_dict}  # not that of the others
    try:
        ours.enter()
        if ours.undoing is None:
            pytest.skip("the server does not tell what was written")
        yield ours
    finally:
        ours.connection.close()
        connections[DEFAULT_DB_ALIAS] = here
    with databases.server() as cursor:
        cursor.execute(f'DROP DATABASE "{ours.name}" WITH (FORCE)')


def session_of(copy: databases.Copy) -> Any:
    """The number of the session, which a new copy ends."""
    return copy.connection.connection.info.backend_pid


def test_what_was_committed_here_and_elsewhere_is_taken_back_without_a_copy(copy):
    session, first = session_of(copy), factories.portfolio()
    beside = psycopg2.connect(databases.dsn(copy.name))
    with beside, beside.cursor() as cursor:
        cursor.execute("UPDATE programmes_portfolio SET name = 'Theirs'")
    copy.is_fresh = False
    copy.enter()
    assert not Portfolio.objects.exists()
    assert factories.portfolio().pk == first.pk  # numbers begin again
    assert session_of(copy) == session


def test_where_the_log_is_gone_already_the_copy_is_made_anew(copy):
    made = created(copy)
    factories.portfolio()
    copy.undoing.begin = "0/100"  # before the first that is ever written
    copy.undoing.most = 2**63
    copy.is_fresh = False
    copy.enter()
    assert not Portfolio.objects.exists()
    assert created(copy) != made


def test_a_connection_that_was_closed_is_opened_again(copy):
    made = created(copy)
    factories.portfolio()
    copy.connection.close()
    copy.is_fresh = False
    copy.enter()
    assert not Portfolio.objects.exists()
    assert created(copy) == made


def created(copy: databases.Copy) -> int:
    """The number of the database, which is another's when it is copied anew."""
    with copy.connection.cursor() as cursor:
        cursor.execute("SELECT oid FROM pg_database WHERE datname = current_database()")
        return cursor.fetchone()[0]


def test_a_change_of_the_tables_takes_a_new_copy(copy):
    session = session_of(copy)
    with copy.connection.cursor() as cursor:
        cursor.execute("CREATE TABLE mine (id int)")
    copy.is_fresh = False
    copy.enter()
    with copy.connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('mine')")
        assert cursor.fetchone() == (None,)
    assert session_of(copy) != session


def test_a_table_that_was_emptied_is_as_before(copy):
    with copy.connection.cursor() as cursor:
        cursor.execute("TRUNCATE django_content_type CASCADE")
    copy.is_fresh = False
    copy.enter()
    with copy.connection.cursor() as cursor:
        cursor.execute("SELECT count(*) > 0 FROM django_content_type")
        assert cursor.fetchone() == (True,)
