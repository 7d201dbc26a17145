"""What tests of digests share: people who are told something, and the mails that arrive."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
import time_machine

from pmhub.accounts import digests
from pmhub.models import Digest, Topic, User
from projects.models import Project
from tests import factories
from tests.access.conftest import Post
from tests.factories import AS_OF

# After all that the database's own clock says of what a test makes.
MONDAY = datetime(2040, 1, 2, 8, tzinfo=UTC)
LONG_AGO = dict.fromkeys(Topic.values, "2020-01-01T00:00:00+00:00")
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
YESTERDAY = AS_OF - DAY


@pytest.fixture
def site(settings: Any) -> str:
    """Where the installation is found."""
    settings.SITE_URL = "https://pmhub.example.org"
    return "https://pmhub.example.org"


@pytest.fixture
def project(nothing: None) -> Project:
    """A project in which something is to be done."""
    return factories.project()


@pytest.fixture
def owner(project: Project) -> User:
    """Somebody who sees the project, has an address, and was told of nothing yet."""
    return reader_of(project, "owner")


def reader_of(project: Project, name: str, role: str = "viewer") -> User:
    """Somebody who sees a project, and whose digests have come for a while."""
    user = factories.user(name, email=f"{name}@example.org")
    factories.role(user, role, programme=project.programme)
    before = MONDAY - 3 * DAY
    Digest.objects.create(user=user, due_at=before, begun_at=before, told_at=LONG_AGO)
    return user


@pytest.fixture
def morning(post: Post, site: str) -> Callable[..., list[EmailMessage]]:
    """`morning(moment)`: the digests that arrive when worker and beat are there then."""

    def at(moment: datetime) -> list[EmailMessage]:
        with time_machine.travel(moment, tick=False):
            digests.send_due()
        arrived, post.whole = post.whole, []
        return arrived

    return at


def plain(mail: EmailMessage) -> str:
    """The text of a mail."""
    part = mail.get_body(("plain",))
    assert part
    return str(part.get_content()).replace("\r\n", "\n")


def html(mail: EmailMessage) -> str:
    """What a mail says as HTML."""
    part = mail.get_body(("html",))
    assert part
    return str(part.get_content())


def stop_link(mail: EmailMessage) -> str:
    """The path by which the reader of a mail ends digests."""
    link = re.fullmatch(r"<https://pmhub\.example\.org(/\S+)>", mail["List-Unsubscribe"].strip())
    assert link
    return link[1]
