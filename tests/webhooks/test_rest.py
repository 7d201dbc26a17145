"""Webhooks over REST: one's own, with a secret that is shown once; the PMO sees all and pauses."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from pmhub.models import Token, User, Webhook
from tests import factories
from tests.api.conftest import errors_of
from tests.webhooks.conftest import Receiver


@pytest.fixture
def lead(db: None) -> User:
    user = factories.user("lead")
    factories.role(user, "project_manager", project=factories.project())
    return user


@pytest.fixture
def hook(lead: User, api: Any, receiver: Receiver) -> dict[str, Any]:
    """A webhook of the lead."""
    given = {"name": "Ledger", "address": receiver.address, "topics": ["risks", "issues"]}
    answer = api(lead).post("webhooks/", given)
    assert answer.status_code == 201, answer.json()
    assert answer.headers["Cache-Control"] == "no-store"
    return dict(answer.json())


def patch(api: Any, user: User, hook: Any, body: Any) -> Any:
    return api(user).client.patch(f"/api/v1/webhooks/{hook['id']}/", body, format="json")


def test_the_secret_is_shown_once_and_lies_nowhere(
    lead: User, hook: dict[str, Any], api: Any
) -> None:
    assert hook["secret"].startswith("whsec_")
    assert (hook["topics"], hook["state"]) == (["issues", "risks"], "active")
    shown = {name: value for name, value in hook.items() if name != "secret"}
    assert api(lead).get("webhooks/").json()["results"] == [shown]
    assert api(lead).get(f"webhooks/{hook['id']}/").json() == shown
    assert hook["secret"].removeprefix("whsec_") not in Webhook.objects.get().secret


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"name": None}, "/name"),
        ({"name": "x" * 101}, "/name"),
        ({"address": 5}, "/address"),
        ({"address": "x" * 501}, "/address"),
        ({"topics": "risks"}, "/topics"),
        ({"topics": ["unicorns"]}, "/topics"),
        ({"topics": [5]}, "/topics/0"),
        ({"state": "broken"}, "/state"),
        ({"secret": "whsec_mine"}, "/secret"),
        ({"owner": 1}, "/owner"),
    ],
)
def test_what_is_wrong_is_named(
    wrong: Any, pointer: str, lead: User, hook: dict[str, Any], receiver: Receiver, api: Any
) -> None:
    answer = api(lead).post("webhooks/", {"name": "B", "address": receiver.address, **wrong})
    assert (answer.status_code, list(errors_of(answer))) == (400, [pointer])
    answer = patch(api, lead, hook, wrong)
    assert (answer.status_code, list(errors_of(answer))) == (400, [pointer])
    assert Webhook.objects.count() == 1


def test_its_owner_changes_pauses_and_deletes_it(
    lead: User, hook: dict[str, Any], api: Any
) -> None:
    answer = patch(api, lead, hook, {"state": "paused", "topics": [], "name": "Other"})
    assert answer.status_code == 200, answer.json()
    row = answer.json()
    assert (row["state"], row["topics"], row["name"]) == ("paused", [], "Other")
    answer = patch(api, lead, hook, {"address": "https://10.0.0.1/"})
    assert list(errors_of(answer)) == ["/address"]
    assert api(lead).client.delete(f"/api/v1/webhooks/{hook['id']}/").status_code == 204


def test_nobody_sees_anothers(hook: dict[str, Any], api: Any) -> None:
    other = factories.user("other")
    factories.role(other, "viewer")
    assert api(other).get("webhooks/").json()["count"] == 0
    path = f"webhooks/{hook['id']}/"
    for address in (path, f"{path}deliveries/"):
        assert api(other).get(address).status_code == 404
    assert patch(api, other, hook, {"state": "paused"}).status_code == 404
    assert api(other).client.delete(f"/api/v1/{path}").status_code == 404
    for verb in ("ping/", "deliveries/1/resend/"):
        assert api(other).post(f"{path}{verb}", {}).status_code == 404


def test_the_pmo_sees_and_pauses_all_and_says_not_where_they_lead(
    hook: dict[str, Any], office: User, api: Any
) -> None:
    (row,) = api(office).get("webhooks/").json()["results"]
    assert (row["id"], "secret" in row) == (hook["id"], False)
    assert patch(api, office, hook, {"name": "Mine"}).status_code == 403
    assert patch(api, office, hook, {"state": "paused"}).json()["state"] == "paused"


def test_a_token_that_reads_only_some_makes_none(
    lead: User, receiver: Receiver, hook: dict[str, Any]
) -> None:
    _, key = Token.objects.create(user=lead, name="t", scopes="risks:read webhooks:write")
    client = APIClient(HTTP_AUTHORIZATION=f"Bearer {key}")
    given = {"name": "B", "address": receiver.address}
    assert client.post("/api/v1/webhooks/", given, format="json").status_code == 403
    _, key = Token.objects.create(user=lead, name="t", scopes="read webhooks:write")
    client = APIClient(HTTP_AUTHORIZATION=f"Bearer {key}")
    assert client.post("/api/v1/webhooks/", given, format="json").status_code == 201


def test_nobody_has_more_than_twenty(
    lead: User, receiver: Receiver, hook: dict[str, Any], api: Any
) -> None:
    row = Webhook.objects.get()
    for _ in range(19):
        row.pk = None
        row.save(force_insert=True)
    answer = api(lead).post("webhooks/", {"name": "B", "address": receiver.address})
    assert (answer.status_code, list(errors_of(answer))) == (400, ["/name"])
    assert Webhook.objects.count() == 20
