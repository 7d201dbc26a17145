"""Other systems are told of changes: signed, again after a failure, and of nothing out of sight."""

import json
from datetime import timedelta
from typing import Any

import pytest
import standardwebhooks
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pmhub.models import RoleAssignment, User, Webhook, WebhookDelivery
from pmhub.webhooks import record_events
from projects.models import Project, Risk
from tests import factories
from tests.webhooks.conftest import Receiver, Tell


@pytest.fixture
def project(db: None) -> Project:
    return factories.project(name="Library")


@pytest.fixture
def lead(project: Project) -> User:
    """The manager of the project, who sees no other."""
    user = factories.user("lead")
    factories.role(user, "project_manager", project=project)
    return user


def make(api: Any, user: User, receiver: Receiver, **fields: Any) -> dict[str, Any]:
    given = {"name": "Ledger", "address": receiver.address, **fields}
    answer = api(user).post("webhooks/", given)
    assert answer.status_code == 201, answer.json()
    return dict(answer.json())


def told(receiver: Receiver) -> list[dict[str, Any]]:
    return [json.loads(body) for _, body in receiver.messages]


def later() -> None:
    """Let time pass for what waits."""
    WebhookDelivery.objects.update(due_at=timezone.now() - timedelta(seconds=1))


def test_a_change_is_told_and_its_signature_verifies(
    project: Project, lead: User, api: Any, receiver: Receiver, tell: Tell
) -> None:
    made = make(api, lead, receiver)
    risk = factories.risk(project, title="Only the ledger knows")
    tell()
    ((headers, body),) = receiver.messages
    message = standardwebhooks.Webhook(made["secret"]).verify(body, headers)
    assert message["type"] == "risks.created"
    assert message["data"] == {
        "collection": "risks",
        "id": risk.pk,
        "version": risk.version,
        "url": f"http://testserver/api/v1/risks/{risk.pk}/",
    }
    assert b"ledger" not in body
    tell()
    assert len(receiver.messages) == 1
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook("whsec_" + "A" * 43 + "=").verify(body, headers)


def test_changes_by_every_path_and_deletions_are_told(
    project: Project, lead: User, api: Any, receiver: Receiver, tell: Tell
) -> None:
    risk = factories.risk(project)
    make(api, lead, receiver)
    Risk.objects.filter(pk=risk.pk).update(title="Other")
    tell()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE projects_risk SET title = 'Another' WHERE id = %s", [risk.pk])
    tell()
    pk = risk.pk
    risk.delete()
    tell()
    assert [(each["type"], each["data"]["id"]) for each in told(receiver)] == [
        ("risks.updated", pk),
        ("risks.updated", pk),
        ("risks.deleted", pk),
    ]


def test_topics_choose_what_is_told(
    project: Project, lead: User, api: Any, receiver: Receiver, tell: Tell
) -> None:
    make(api, lead, receiver, topics=["milestones"])
    factories.risk(project)
    milestone = factories.milestone(project)
    tell()
    assert [(each["type"], each["data"]["id"]) for each in told(receiver)] == [
        ("milestones.created", milestone.pk)
    ]


def test_nothing_out_of_sight_is_told(
    project: Project, lead: User, api: Any, receiver: Receiver, tell: Tell
) -> None:
    make(api, lead, receiver)
    hidden = factories.risk(factories.project(name="Secret"))
    hidden.delete()
    tell()
    assert told(receiver) == []
    assert not WebhookDelivery.objects.exists()


def test_who_lost_their_role_is_told_nothing_more(
    project: Project, lead: User, api: Any, receiver: Receiver, tell: Tell
) -> None:
    make(api, lead, receiver)
    receiver.status = 500
    factories.risk(project)
    tell()
    assert len(receiver.messages) == 1
    receiver.status = 204
    RoleAssignment.objects.filter(person__user=lead).delete()
    later()
    factories.risk(project)
    tell()
    assert len(receiver.messages) == 1
    assert not WebhookDelivery.objects.exists()


def test_who_may_no_longer_sign_in_is_told_nothing(
    project: Project, lead: User, api: Any, receiver: Receiver, tell: Tell
) -> None:
    make(api, lead, receiver)
    User.objects.filter(pk=lead.pk).update(is_active=False)
    factories.risk(project)
    tell()
    assert told(receiver) == []


def test_what_is_rolled_back_is_told_to_nobody(
    project: Project, lead: User, api: Any, receiver: Receiver, tell: Tell
) -> None:
    make(api, lead, receiver)
    with transaction.atomic():
        factories.risk(project)
        transaction.set_rollback(True)
    tell()
    assert told(receiver) == []


@pytest.mark.parametrize("status", [500, 404, 302])
def test_what_is_not_taken_is_tried_again_and_seen_in_the_log(
    status: int, project: Project, lead: User, api: Any, receiver: Receiver, tell: Tell
) -> None:
    made = make(api, lead, receiver)
    receiver.status, receiver.leads_to = status, receiver.address.replace("/in", "/elsewhere")
    factories.risk(project)
    tell()
    (row,) = api(lead).get(f"webhooks/{made['id']}/deliveries/").json()["results"]
    assert (row["type"], row["state"], row["status"]) == ("risks.created", "waiting", status)
    assert len(receiver.messages) == 1  # no redirect is followed
    tell()
    assert len(receiver.messages) == 1  # not before it is due
    assert api(lead).get(f"webhooks/{made['id']}/").json()["failing_since"]
    receiver.status, receiver.leads_to = 200, ""
    later()
    tell()
    (row,) = api(lead).get(f"webhooks/{made['id']}/deliveries/").json()["results"]
    assert (row["state"], row["tries"], row["status"]) == ("delivered", 2, 200)
    first, second = (headers["webhook-id"] for headers, _ in receiver.messages)
    assert first == second == row["message"]
    assert api(lead).get(f"webhooks/{made['id']}/").json()["failing_since"] is None


def test_after_the_last_try_it_has_failed_and_is_sent_again_by_hand(
    project: Project, lead: User, api: Any, receiver: Receiver, tell: Tell
) -> None:
    made = make(api, lead, receiver)
    receiver.status = 503
    factories.risk(project)
    for _ in range(9):
        tell()
        later()
    assert len(receiver.messages) == 7
    log = f"webhooks/{made['id']}/deliveries/"
    (row,) = api(lead).get(log).json()["results"]
    assert (row["state"], row["tries"]) == ("failed", 7)
    receiver.status = 204
    answer = api(lead).post(f"{log}{row['id']}/resend/", {})
    assert (answer.status_code, answer.json()["state"]) == (200, "waiting")
    tell()
    assert api(lead).get(log).json()["results"][0]["state"] == "delivered"


def test_who_answers_gone_is_paused_until_it_goes_on(
    project: Project, lead: User, api: Any, receiver: Receiver, tell: Tell
) -> None:
    made = make(api, lead, receiver)
    receiver.status = 410
    factories.risk(project)
    tell()
    path = f"webhooks/{made['id']}/"
    assert api(lead).get(path).json()["state"] == "paused"
    missed = factories.risk(project)
    receiver.status = 204
    tell()
    answer = api(lead).client.patch(f"/api/v1/{path}", {"state": "active"}, format="json")
    assert answer.json()["state"] == "active"
    later()
    after = factories.risk(project)
    tell()
    ids = [each["data"]["id"] for each in told(receiver)[1:]]
    assert (missed.pk in ids, after.pk in ids) == (False, True)


def test_a_ping_tells_nothing(lead: User, api: Any, receiver: Receiver, tell: Tell) -> None:
    made = make(api, lead, receiver)
    answer = api(lead).post(f"webhooks/{made['id']}/ping/", {})
    assert answer.status_code == 201, answer.json()
    tell()
    ((headers, body),) = receiver.messages
    message = standardwebhooks.Webhook(made["secret"]).verify(body, headers)
    assert (message["type"], message["data"]) == ("ping", {})


def test_a_receiver_that_is_away_is_no_answer(
    project: Project, lead: User, api: Any, receiver: Receiver, tell: Tell
) -> None:
    made = make(api, lead, receiver)
    Webhook.objects.update(address="http://127.0.0.1:1/")
    factories.risk(project)
    tell()
    (row,) = api(lead).get(f"webhooks/{made['id']}/deliveries/").json()["results"]
    assert (row["status"], row["problem"]) == (None, "There was no answer.")


def test_one_that_fails_keeps_no_other_waiting(
    project: Project, lead: User, api: Any, receiver: Receiver, tell: Tell
) -> None:
    make(api, lead, receiver, name="Away")
    Webhook.objects.update(address="http://127.0.0.1:1/")
    make(api, lead, receiver)
    factories.risk(project)
    tell()
    assert len(receiver.messages) == 1


def test_the_number_of_queries_is_that_of_one_change(
    project: Project, lead: User, api: Any, receiver: Receiver
) -> None:
    make(api, lead, receiver)
    record_events.collect()
    factories.risk(project)
    record_events.collect()
    counts = []
    for number in (1, 5):
        for _ in range(number):
            factories.risk(project)
        with CaptureQueriesContext(connection) as queries:
            record_events.collect()
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_committed_late_is_told(api: Any, receiver: Receiver, tell: Tell) -> None:
    project = factories.project(name="Library")
    lead = factories.user("lead")
    factories.role(lead, "project_manager", project=project)
    make(api, lead, receiver)
    slow = connections.create_connection("default")
    try:
        with slow.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("UPDATE projects_project SET name = 'Slow' WHERE id = %s", [project.pk])
        other = factories.project(name="Quick", programme=project.programme)
        Project.objects.filter(pk=other.pk).update(name="Quicker")
        for _ in range(3):
            tell()
        assert project.pk not in [each["data"]["id"] for each in told(receiver)]
        with slow.cursor() as cursor:
            cursor.execute("COMMIT")
    finally:
        slow.close()
    tell()
    assert [each["type"] for each in told(receiver) if each["data"]["id"] == project.pk] == [
        "projects.updated"
    ]
