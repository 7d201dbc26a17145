"""What web processes do once, before they are made, so that they share what it took."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pmhub.models import Session, User
from pmhub.server import warm_up
from pmhub.wsgi import application


def test_pages_and_lists_answer_who_sees_them_and_write_nothing(demo: Any):
    with CaptureQueriesContext(connection) as asked:
        answers = {request.path: warm_up.look_at(request) for request in warm_up.requests()}

    assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(
        answers, 200
    )
    assert len(answers) == len(warm_up.PAGES) + len(warm_up.LISTS) + len(warm_up.RECORDS)
    assert not [
        query["sql"] for query in asked if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))
    ]
    assert not Session.objects.exists()


@pytest.mark.django_db
def test_an_installation_that_nobody_uses_yet_asks_for_no_page():
    assert not User.objects.exists()
    assert not [*warm_up.requests()]


@pytest.mark.django_db
def test_a_page_that_fails_keeps_nobody_from_serving(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def broken() -> Any:
        raise ValueError("a page that fails")

    monkeypatch.setattr(warm_up, "requests", broken)
    monkeypatch.setattr(warm_up.connections, "close_all", lambda: None)  # the test's own
    monkeypatch.setattr(warm_up.garbage_collection, "freeze", lambda: None)

    warm_up.warm_up(application)

    assert "a page that fails" in caplog.text
