"""A statement of plain SQL that changes nothing passes, whatever is decided, frozen or ended:
whoever writes many rows at once may name what is there already."""

from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from pmhub.database.deferred_checks import check_deferred
from pmhub.models import AuditEntry

APPS = {"pmhub", "programmes", "projects", "benefits"}
ONLY_ADDED_TO = {AuditEntry}


def tables() -> list[Any]:
    """The models that have a table of their own, those of lists among them."""
    models = apps.get_models(include_auto_created=True)
    own = (model for model in models if model._meta.app_label in APPS and model._meta.managed)
    return [model for model in own if model not in ONLY_ADDED_TO]


def write_again(model: Any) -> None:
    """Write all rows of a table as they are."""
    written = [field for field in model._meta.concrete_fields if not field.generated]
    columns = [connection.ops.quote_name(field.column) for field in written]
    same = ", ".join(f"{column} = {column}" for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {model._meta.db_table} SET {same}")  # noqa: S608  # our own names
    check_deferred()


@pytest.mark.django_db
def test_an_update_that_changes_nothing_passes(demo: Any) -> None:
    refused = {}
    for model in tables():
        try:
            with transaction.atomic():
                write_again(model)
        except DatabaseError as error:
            refused[model.__name__] = str(error)
    assert refused == {}
