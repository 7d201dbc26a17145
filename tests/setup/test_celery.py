"""How long worker and beat wait for Redis to come back."""

import pytest
from kombu.exceptions import OperationalError
from kombu.utils import functional

from pmhub.broker import LONGEST_PAUSE
from pmhub.celery import app


@pytest.mark.parametrize("connection", [app.connection_for_read, app.connection_for_write])
def test_the_pause_between_tries_does_not_grow_with_an_outage(connection, monkeypatch):
    pauses: list[float] = []
    monkeypatch.setattr(functional, "sleep", lambda seconds: None)
    with connection("redis://127.0.0.1:1/0") as broker, pytest.raises(OperationalError):
        broker.ensure_connection(lambda error, pause: pauses.append(pause), 40)
    assert pauses[:4] == [1, 2, 3, 3]
    assert max(pauses) == LONGEST_PAUSE
