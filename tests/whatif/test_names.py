"""Scenarios of a programme have names of their own, whatever their case."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from pmhub.models import User
from programmes.models import Scenario
from tests import factories
from tests.api.conftest import errors_of


def test_a_name_is_taken_whatever_its_case(office: User, api: Any) -> None:
    programme, client = factories.programme(), api(office)
    body = {"programme": programme.pk, "name": "Close the library"}
    assert client.post("scenarios/", body).status_code == 201
    refused = client.post("scenarios/", body | {"name": "CLOSE the Library"})
    assert (refused.status_code, list(errors_of(refused))) == (400, ["/name"])
    other = {"programme": factories.programme().pk, "name": "CLOSE the Library"}
    assert client.post("scenarios/", other).status_code == 201


def test_plain_sql_is_refused_too(office: User) -> None:
    programme = factories.programme()
    Scenario.objects.create(programme=programme, name="Later", created_by=office)
    other = Scenario.objects.create(programme=programme, name="Sooner", created_by=office)
    with pytest.raises(IntegrityError), transaction.atomic():
        Scenario.objects.filter(pk=other.pk).update(name="LATER")


def test_a_draft_is_not_shared_under_a_name_that_is_shared(office: User, api: Any) -> None:
    programme, author = factories.programme(), factories.user("author")
    factories.role(author, "programme_manager", programme=programme)
    Scenario.objects.create(programme=programme, name="Later", state="shared", created_by=office)
    draft = Scenario.objects.create(programme=programme, name="LATER", created_by=author)
    answer = api(author).post(f"scenarios/{draft.pk}/sharing/")
    assert (answer.status_code, list(errors_of(answer))) == (400, ["/name"])
