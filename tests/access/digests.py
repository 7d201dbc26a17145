"""What tests of digests share: people who receive digests, and the mails that arrive."""

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
    """The address of the installation, as the settings give it."""
    settings.SITE_URL = "https://pmhub.example.org"
    return "https://pmhub.example.org"


@pytest.fixture
def project(nothing: None) -> Project:
    """A project."""
    return factories.project()


@pytest.fixture
def owner(project: Project) -> User:
    """A user who sees the project, has a mail address, and was told nothing yet."""
    return reader_of(project, "owner")


def reader_of(project: Project, name: str, role: str = "viewer") -> User:
    """Return a user who sees a project and has received digests for some days."""
    user = factories.user(name, email=f"{name}@example.org")
    factories.role(user, role, programme=project.programme)
    before = MONDAY - 3 * DAY
    Digest.objects.create(user=user, due_at=before, begun_at=before, told_at=LONG_AGO)
    return user


@pytest.fixture
def morning(post: Post, site: str) -> Callable[..., list[EmailMessage]]:
    """`morning(moment)`: the digests that arrive when worker and beat run at this moment."""

    def at(moment: datetime) -> list[EmailMessage]:
        with time_machine.travel(moment, tick=False):
            digests.send_due()
        arrived, post.whole = post.whole, []
        return arrived

    return at


def plain(mail: EmailMessage) -> str:
    """Return the text of a mail."""
    part = mail.get_body(("plain",))
    assert part
    return str(part.get_content()).replace("\r\n", "\n")


def html(mail: EmailMessage) -> str:
    """Return the HTML of a mail."""
    part = mail.get_body(("html",))
    assert part
    return str(part.get_content())


def stop_link(mail: EmailMessage) -> str:
    """Return the path by which the reader of a mail stops digests."""
    link = re.fullmatch(r"<https://pmhub\.example\.org(/\S+)>", mail["List-Unsubscribe"].strip())
    assert link
    return link[1]
