"""Each model that freezes something refuses a change in its own sentence, whatever another model
calls its trigger."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import InternalError, connection, transaction

from pmhub.database.refusals import declared_refusal
from pmhub.database.triggers import Frozen


def frozen() -> Iterator[tuple[Any, Frozen]]:
    """Each trigger that freezes, with its model."""
    for model in apps.get_models():
        for trigger in getattr(model._meta, "triggers", ()):
            if isinstance(trigger, Frozen):
                yield model, trigger


def refused_by(function: str) -> tuple[str, str, str]:
    """What is made of the refusal of a trigger function: its name, the field and the sentence."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE any_row (id integer)")
        cursor.execute(
            "CREATE TRIGGER asked BEFORE INSERT ON any_row"
            f" FOR EACH ROW EXECUTE FUNCTION {function}()"
        )
        with pytest.raises(InternalError) as refused, transaction.atomic():
            cursor.execute("INSERT INTO any_row VALUES (1)")
        cursor.execute("DROP TABLE any_row")
    told = declared_refusal(refused.value.__cause__.diag)  # type: ignore[union-attr]  # psycopg2's
    assert told
    return told.name, told.field, told.text


@pytest.mark.django_db
def test_what_is_frozen_is_refused_in_the_sentence_of_its_own_model() -> None:
    cases = list(frozen())
    names = [trigger.name for _, trigger in cases]
    assert len(names) > len(set(names))  # some models give the same name
    for model, trigger in cases:
        said = refused_by(trigger.get_pgid(model))
        assert said == (trigger.name, *model.refuses[trigger.name]), model
