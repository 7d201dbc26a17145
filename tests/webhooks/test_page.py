"""The pages of one's own webhooks: made, tried, paused and deleted, and what was sent to each."""

import re
from typing import Any

import pytest

from pmhub.models import User, Webhook
from tests import factories
from tests.webhooks.conftest import Receiver, Tell

HOOKS = "/account/webhooks/"


@pytest.fixture
def pages(lead: User, client_of: Any) -> Any:
    return client_of(lead)


@pytest.fixture
def lead(db: None) -> User:
    return factories.user("lead")


def test_one_makes_a_webhook_tries_it_and_sees_what_was_sent(
    pages: Any, receiver: Receiver, tell: Tell
) -> None:
    assert "Make a webhook" in pages.get(HOOKS).content.decode()
    given = {"name": "Ledger", "address": receiver.address, "topics": ["risks"]}
    made = pages.post(HOOKS, given)
    assert "no-store" in made.headers["Cache-Control"]
    key = re.search(r"whsec_[^<]+", made.content.decode())
    assert key
    assert key[0] not in pages.get(HOOKS).content.decode()
    own = f"{HOOKS}{Webhook.objects.get().pk}/"
    assert "Nothing yet" in pages.get(own).content.decode()
    receiver.status = 500
    assert pages.post(own, {"ping": ""}).headers["Location"] == own
    tell()
    text = pages.get(own).content.decode()
    assert ("500" in text, "failing since" in text) == (True, True)
    number = Webhook.objects.get().deliveries.get().pk
    receiver.status = 204
    pages.post(own, {"resend": number})
    tell()
    assert "Delivered" in pages.get(own).content.decode()


def test_one_pauses_it_lets_it_go_on_and_deletes_it(pages: Any, receiver: Receiver) -> None:
    pages.post(HOOKS, {"name": "Ledger", "address": receiver.address})
    own = f"{HOOKS}{Webhook.objects.get().pk}/"
    pages.post(own, {"pause": ""})
    assert "Let it go on" in pages.get(own).content.decode()
    pages.post(own, {"go_on": ""})
    assert "Pause" in pages.get(own).content.decode()
    assert pages.post(own, {"delete": ""}).headers["Location"] == HOOKS
    assert not Webhook.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "required"),
        ({"address": "https://10.0.0.1/"}, "public addresses"),
        ({"topics": ["unicorns"]}, "valid choice"),
    ],
)
def test_what_is_wrong_is_said(wrong: Any, said: str, pages: Any, receiver: Receiver) -> None:
    answer = pages.post(HOOKS, {"name": "Ledger", "address": receiver.address, **wrong})
    assert said in answer.content.decode()
    assert not Webhook.objects.exists()


def test_anothers_is_not_there(pages: Any, receiver: Receiver, client_of: Any) -> None:
    pages.post(HOOKS, {"name": "Ledger", "address": receiver.address})
    own = f"{HOOKS}{Webhook.objects.get().pk}/"
    other = client_of(factories.user("other"))
    assert "Ledger" not in other.get(HOOKS).content.decode()
    assert other.get(own).status_code == 404
    assert other.post(own, {"delete": ""}).status_code == 404
    assert other.post(own, {"resend": "x"}).status_code == 404
