"""When digests are sent, and what becomes of one that no server takes."""

import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from pmhub import environment
from pmhub.accounts import digests
from pmhub.models import (
    Digest,
    User,
)
from projects.models import Project
from tests import factories
from tests.access.conftest import Post
from tests.access.digests import DAY, MINUTE, MONDAY, morning, owner, project, reader_of, site
from tests.factories import AS_OF

__all__ = ["morning", "owner", "project", "site"]

pytestmark = pytest.mark.django_db


def test_it_comes_at_eight_of_its_reader_once_a_day_and_late_where_nobody_was_there(
    owner: User, project: Project, morning: Any
) -> None:
    zone = {"time_zone": "Australia/Sydney"}
    User.objects.update(**zone)
    for _ in range(2):
        factories.action(project, owner=owner.person, due_on=AS_OF)
    monday_there = MONDAY - timedelta(hours=11)
    assert morning(monday_there - MINUTE) == []
    assert len(morning(monday_there)) == 1
    factories.action(project, owner=owner.person, due_on=AS_OF)
    assert morning(monday_there + timedelta(hours=10)) == []
    assert len(morning(monday_there + 3 * DAY + timedelta(hours=6))) == 1
    User.objects.update(time_zone="")  # of the portfolio: London
    factories.action(project, owner=owner.person, due_on=AS_OF)
    assert morning(monday_there + 4 * DAY) == []
    assert len(morning(MONDAY + 4 * DAY)) == 1


def test_a_mail_that_no_server_took_is_tried_again_on_that_day(
    owner: User, project: Project, morning: Any, settings: Any
) -> None:
    factories.action(project, owner=owner.person, due_on=AS_OF)
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 9
    assert morning(MONDAY) == []
    settings.EMAIL_PORT = port
    assert morning(MONDAY + MINUTE - timedelta(seconds=1)) == []
    assert len(morning(MONDAY + MINUTE)) == 1
    assert morning(MONDAY + 2 * MINUTE) == []


def test_a_mail_that_the_server_refuses_holds_nobody_up(
    owner: User, project: Project, morning: Any, post: Post
) -> None:
    factories.action(project, owner=owner.person, due_on=AS_OF)
    post.answer = "451 Later"
    assert morning(MONDAY) == []
    assert morning(MONDAY + 2 * MINUTE) == []
    assert Digest.objects.get().due_at == MONDAY + 4 * MINUTE
    assert morning(MONDAY + timedelta(hours=15, minutes=59)) == []
    assert Digest.objects.get().due_at == MONDAY + DAY
    post.answer = "250 OK"
    assert len(morning(MONDAY + DAY)) == 1


def test_one_that_cannot_be_written_holds_nobody_up(
    owner: User, project: Project, morning: Any, monkeypatch: Any
) -> None:
    other, written = reader_of(project, "other"), digests.contents
    for user in (owner, other):
        factories.action(project, owner=user.person, due_on=AS_OF)

    def contents(user: User, *args: Any, **options: Any) -> Any:
        if user.pk == owner.pk:
            raise ValueError
        return written(user, *args, **options)

    monkeypatch.setattr(digests, "contents", contents)
    assert [mail["To"] for mail in morning(MONDAY)] == ["other@example.org"]


class Broken:
    """A mail server that takes a mail and is gone before it says so."""

    def __init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        """Speak with one client."""
        client, _ = self.server.accept()
        with client, client.makefile("rwb", buffering=0) as lines:
            lines.write(b"220 here\r\n")
            for line in map(bytes.upper, lines):
                if line.startswith(b"EHLO"):
                    lines.write(b"250 here\r\n")
                elif line.startswith(b"DATA"):
                    lines.write(b"354 go on\r\n")
                elif line == b".\r\n":
                    return
                elif line.startswith((b"MAIL", b"RCPT")):
                    lines.write(b"250 OK\r\n")


@pytest.fixture
def broken() -> Iterator[Broken]:
    """A mail server that breaks, running."""
    server = Broken()
    yield server
    server.server.close()


def test_a_mail_that_may_have_arrived_is_not_sent_twice_and_what_it_said_comes_next_day(
    owner: User, project: Project, morning: Any, settings: Any, broken: Broken
) -> None:
    factories.action(project, owner=owner.person, due_on=AS_OF)
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, broken.port
    assert morning(MONDAY) == []
    settings.EMAIL_PORT = port
    assert morning(MONDAY + timedelta(hours=4)) == []
    assert len(morning(MONDAY + DAY)) == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_sends_it(owner: User, project: Project, morning: Any) -> None:
    other = reader_of(project, "other")
    for user in (owner, other):
        factories.action(project, owner=user.person, due_on=AS_OF)
    with transaction.atomic():  # as a worker that has begun the first and not said so
        Digest.objects.filter(user=owner).select_for_update().get()
        arrived: list[EmailMessage] = []
        worker = threading.Thread(target=lambda: arrived.extend(in_thread(morning)))
        worker.start()
        worker.join()
    assert [mail["To"] for mail in arrived] == ["other@example.org"]
    assert [mail["To"] for mail in morning(MONDAY)] == ["owner@example.org"]


def in_thread(morning: Callable[..., list[EmailMessage]]) -> list[EmailMessage]:
    """Send the digests as a worker with a connection of its own does."""
    try:
        return morning(MONDAY)
    finally:
        connection.close()


def test_it_takes_as_many_queries_for_much_as_for_little(
    owner: User, project: Project, morning: Any
) -> None:
    def queries(day: int, actions: int) -> int:
        for _ in range(actions):
            factories.action(project, owner=owner.person, due_on=AS_OF)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert len(morning(MONDAY + day * DAY)) == 1
        return len(asked)

    queries(0, 1)
    assert queries(1, 1) == queries(2, 5)


@pytest.mark.parametrize(
    ("said", "hosts", "site"),
    [
        ("", ["*", ".example.org", "other.org"], "https://example.org"),
        ("http://pmhub.here:8000/", ["example.org"], "http://pmhub.here:8000"),
        ("pmhub.here", [], None),
    ],
)
def test_links_lead_to_the_address_that_is_set_or_the_first_host(
    monkeypatch: pytest.MonkeyPatch, said: str, hosts: list[str], site: str | None
) -> None:
    monkeypatch.setenv("SITE_URL", said)
    if site is None:
        with pytest.raises(ImproperlyConfigured):
            environment.site(hosts)
    else:
        assert environment.site(hosts) == site
