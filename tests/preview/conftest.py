"""What the tests of previews share: a client of REST, and the content of the database."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from rest_framework.test import APIClient

from pmhub.models import User
from tests import factories
from tests.api.conftest import Api
from tests.wexmoor import APPS


@pytest.fixture
def api(api_of: Callable[..., APIClient]) -> Callable[[User], Api]:
    """`api(user)`: a client for that user."""
    return lambda user: Api(api_of(user))


@pytest.fixture
def office(nothing: None) -> User:
    """A member of the PMO, in an empty database."""
    user = factories.user("office")
    factories.role(user, "pmo")
    return user


def everything() -> dict[str, Any]:
    """Return a hash of all rows of each of our tables: equal before and after where nothing was
    left."""
    tables = sorted(
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in APPS and not model._meta.proxy
    )
    found = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(
                f'SELECT count(*), md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{table}" t'  # noqa: S608, E501  # our own names
            )
            found[table] = cursor.fetchone()
    return found
