"""What the tests of signing in share: a user with a password, quick hashing, a real mail server."""

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.test import Client

from pmhub.accounts import mails
from pmhub.models import User
from tests import ports

PASSWORD = "a long walk by the sea"
LOGIN = "/accounts/login/"


@pytest.fixture
def quick(settings: Any) -> None:
    """Hash passwords by a quick algorithm: the usual one is slow by design."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def ada(quick: None, nothing: None) -> User:
    """A user with a password and a mail address."""
    return User.objects.create_user("ada", "ada@example.org", PASSWORD)


def signed_in(name: str = "ada", password: str = PASSWORD, browser: str = "") -> Client:
    """Return a client in which a user has signed in with their password."""
    client = Client(headers={"User-Agent": browser})
    answer = client.post(LOGIN, {"username": name, "password": password})
    assert (answer.status_code, answer.headers.get("Location")) == (302, "/")
    return client


class Post:
    """A mail server that keeps the mails it receives."""

    def __init__(self) -> None:
        self.arrived: list[tuple[str, str, str]] = []
        self.whole: list[EmailMessage] = []
        self.answer = "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  # the protocol's
        """Keep a mail: to whom, its subject and text; the whole of it too."""
        if not self.answer.startswith("250"):
            return self.answer
        self.whole.append(message_from_bytes(envelope.content, policy=policy.default))
        head, _, text = envelope.content.decode().replace("\r\n", "\n").partition("\n\n")
        subject = re.search(r"^Subject: (.*)$", head, re.MULTILINE)
        assert subject
        self.arrived.append((envelope.rcpt_tos[0], subject[1], text))
        return "250 OK"

    def collect(self) -> list[tuple[str, str, str]]:
        """Send the mails that are due; return (to, subject, text) of those that arrived since the
        last time."""
        mails.send_due()
        arrived, self.arrived = self.arrived, []
        return arrived

    def link(self, within: str = "") -> str:
        """Return the path of the link in the one mail that arrives; the mail must say that it works
        `within` this time."""
        ((_, _, text),) = self.collect()
        assert f"within {within}" in text
        found = re.search(r"http://testserver(/\S+)", text)
        assert found
        return found[1]


@pytest.fixture
def post(settings: Any) -> Iterator[Post]:
    """A mail server on this machine, to which the settings lead."""
    sink = Post()
    port = ports.free()
    server = Controller(sink, hostname="127.0.0.1", port=port, ready_timeout=60)
    server.start()
    settings.EMAIL_URL = "smtp://127.0.0.1"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = port
    yield sink
    server.stop()
