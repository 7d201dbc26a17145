"""Other systems are told which figures changed; a webhook can be narrowed to a programme."""

import json
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pmhub.models import User, Webhook, WebhookDelivery
from pmhub.webhooks import figure_events
from pmhub.webhooks.record_events import collect
from programmes.models import MetricValue, Programme
from programmes.rollup.verify import rebuild
from programmes.rollup.worker import drain
from programmes.services.reorganisation.dispositions import follow_on
from projects.models import Project
from tests import factories
from tests.webhooks.conftest import Receiver, Tell
from tests.webhooks.test_record_events import later, make, told


@pytest.fixture
def project(db: None) -> Project:
    """A project of a programme whose figures are computed."""
    made = factories.project(name="Library", estimate_to_complete=Decimal(100))
    drain()
    return made


@pytest.fixture
def owner(project: Project) -> User:
    """A user who reads the programme, and no other."""
    user = factories.user("reads")
    factories.role(user, "viewer", programme=project.programme)
    return user


def spend(project: Any, more: int) -> None:
    """Raise what is still to be spent, and work it off."""
    project.estimate_to_complete += Decimal(more)
    project.save()
    drain()


def test_figures_that_change_are_told_once_with_from_and_to(
    project: Project, owner: User, api: Any, receiver: Receiver, tell: Tell
) -> None:
    make(api, owner, receiver, topics=["rollup"])
    spend(project, 25)
    tell()
    tell()
    (message,) = told(receiver)
    assert message["type"] == "rollup.changed"
    data = message["data"]
    place = f"http://testserver/api/v1/programmes/{project.programme_id}/rollup/"
    assert (data["level"], data["id"], data["url"]) == ("programme", project.programme_id, place)
    moved = {row["metric"]: (row["from"], row["to"]) for row in data["metrics"]}
    assert moved["estimate_at_completion"] == ("100", "125")
    assert "projects_live" not in moved  # what stayed
    rollup = api(owner).get(f"programmes/{project.programme_id}/rollup/").json()
    assert Decimal(rollup["metrics"]["estimate_at_completion"]["value"]) == 125
    (row,) = api(owner).get(f"webhooks/{_hook(api, owner)}/deliveries/").json()["results"]
    assert (row["type"], row["record_id"]) == ("rollup.changed", project.programme_id)


def test_a_recompute_that_is_told_twice_is_told_alike(
    project: Project, owner: User, api: Any, receiver: Receiver, tell: Tell
) -> None:
    make(api, owner, receiver, topics=["rollup"])
    spend(project, 25)
    collect()
    first = WebhookDelivery.objects.get()
    assert first.event
    WebhookDelivery.objects.create(  # as where its values were read in two goes
        webhook=first.webhook, kind=first.kind, action=first.action, event=first.event - 1,
        record_id=first.record_id, happened_at=first.happened_at,
    )  # fmt: skip
    tell()
    one, other = (message["data"]["metrics"] for message in told(receiver))
    assert one == other != []


def test_figures_of_three_programmes_take_as_many_queries_as_of_one(
    project: Project, owner: User, api: Any, receiver: Receiver
) -> None:
    others = [factories.project(programme=factories.programme()) for _ in range(2)]
    for other in others:
        factories.role(owner, "viewer", programme=other.programme)
    drain()
    make(api, owner, receiver, topics=["rollup"])
    counts = []
    for some in ([project], [project], [project, *others]):
        for one in some:
            one.estimate_to_complete = (one.estimate_to_complete or Decimal(0)) + 5
            one.save()
        drain()
        with CaptureQueriesContext(connection) as asked:
            collect()
        counts.append(len(asked))
    assert WebhookDelivery.objects.count() == 5
    assert counts[1] == counts[2]


def test_what_moved_is_found_by_its_moment(project: Project) -> None:
    spend(project, 25)
    value = MetricValue.objects.get(metric="estimate_at_completion", valid_to=None)
    _closed_values(value, 2000)
    row = WebhookDelivery(pk=1, record_id=value.programme_id, happened_at=value.valid_from)
    with CaptureQueriesContext(connection) as asked:
        assert "estimate_at_completion" in {
            move["metric"] for move in figure_events.moves_of([row])[1]
        }
    for moment, query in zip(("valid_to", "valid_from"), asked.captured_queries, strict=True):
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (COSTS OFF) {query['sql']}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert re.search(rf"Index Cond: .*programme_id.* AND \({moment} = ", plan), plan


def _closed_values(value: MetricValue, count: int) -> None:
    """Store values of the past beside this one, as many years leave them, each of its own hour."""
    MetricValue.objects.bulk_create(
        MetricValue(
            programme_id=value.programme_id,
            metric=value.metric,
            amount=hours,
            valid_from=value.valid_from - timedelta(hours=hours + 1),
            valid_to=value.valid_from - timedelta(hours=hours),
        )
        for hours in range(1, count)
    )
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {MetricValue._meta.db_table}")


def _hook(api: Any, user: User) -> int:
    return int(api(user).get("webhooks/").json()["results"][0]["id"])


def test_what_is_tried_or_recomputed_to_the_same_is_not_told(
    project: Project, owner: User, api: Any, receiver: Receiver, tell: Tell
) -> None:
    lead = factories.user("lead")
    factories.role(lead, "programme_manager", programme=project.programme)
    make(api, owner, receiver, topics=["rollup"])
    path = f"projects/{project.pk}/?preview=1"
    assert api(lead).patch(path, {"estimate_to_complete": "900"}).status_code == 200
    rebuild()
    tell()
    assert told(receiver) == []


def test_figures_out_of_sight_are_told_nobody(
    project: Project, owner: User, api: Any, receiver: Receiver, tell: Tell
) -> None:
    make(api, owner, receiver, topics=["rollup"])
    spend(factories.project(name="Secret", estimate_to_complete=Decimal(5)), 3)
    tell()
    assert told(receiver) == []
    # Nor what was seen when it changed, once it is not.
    receiver.status = 500
    spend(project, 5)
    tell()
    owner.person.roles.all().delete()
    receiver.status = 204
    later()
    tell()
    assert len(receiver.messages) == 1
    assert not WebhookDelivery.objects.exists()


def test_one_of_a_programme_tells_of_that_alone(
    project: Project, owner: User, api: Any, receiver: Receiver, tell: Tell
) -> None:
    other = factories.project(name="Theatre", estimate_to_complete=Decimal(1))
    factories.role(owner, "viewer", programme=other.programme)
    drain()
    made = make(api, owner, receiver, programme=project.programme_id)
    assert made["programme"] == project.programme_id
    mine, gone = factories.risk(project), factories.risk(project)
    factories.risk(other).delete()
    gone_id = gone.pk
    gone.delete()
    spend(other, 4)
    spend(project, 4)
    tell()
    of_risks = {
        (each["type"], each["data"]["id"])
        for each in told(receiver)
        if each["type"].startswith("risks.")
    }
    assert of_risks >= {("risks.created", mine.pk), ("risks.deleted", gone_id)}
    assert {pk for _, pk in of_risks} == {mine.pk, gone_id}
    assert {each["data"]["id"] for each in told(receiver) if each["type"] == "rollup.changed"} == {
        project.programme_id
    }
    assert not [body for _, body in receiver.messages if "theatre" in json.dumps(str(body))]


def test_a_programme_out_of_sight_is_none(
    project: Project, owner: User, api: Any, receiver: Receiver
) -> None:
    hidden = factories.programme()
    given = {"name": "Ledger", "address": receiver.address, "programme": hidden.pk}
    answer = api(owner).post("webhooks/", given)
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/programme"]


def test_the_page_offers_programmes_that_one_sees(
    project: Project, owner: User, receiver: Receiver, client_of: Any
) -> None:
    hidden = factories.programme(name="Unseen")
    client = client_of(owner)
    page = client.get("/account/webhooks/").content.decode()
    assert f'<option value="{project.programme_id}">' in page
    assert "Figures of programmes" in page
    assert hidden.name not in page


@pytest.mark.parametrize("why", ["role_lost", "merged"])
def test_a_programme_that_its_owner_does_not_see_any_more_has_no_name(
    why: str, project: Project, owner: User, office: User, api: Any, receiver: Receiver,
    client_of: Any,
) -> None:  # fmt: skip
    programme: Any = project.programme
    make(api, owner, receiver, programme=programme.pk)
    hook = Webhook.objects.get()
    pages = ["/account/webhooks/", f"/account/webhooks/{hook.pk}/"]
    address = f"webhooks/{hook.pk}/"
    for page in pages:
        assert f"within {programme.code}" in words_of(client_of(owner), page)
    assert api(owner).get(address).json()["programme"] == programme.pk
    if why == "merged":
        programme = factories.programme(portfolio=programme.portfolio)
        follow_on(project.programme, programme)
    owner.person.roles.all().delete()
    Programme.objects.filter(pk=programme.pk).update(code="HUSH")
    for page in pages:
        text = words_of(client_of(owner), page)
        assert "HUSH" not in text
        assert "within a programme that you do not see" in text
    (listed,) = api(owner).get("webhooks/").json()["results"]
    assert listed == api(owner).get(address).json()
    assert "programme" not in listed
    paused = api(owner).client.patch(f"/api/v1/{address}", {"state": "paused"}, format="json")
    assert (paused.status_code, paused.json()["state"]) == (200, "paused")
    assert "programme" not in paused.json()
    # Who sees the programme is told which it is; so is its owner, once they see it.
    assert api(office).get(address).json()["programme"] == programme.pk
    factories.role(owner, "viewer", programme=programme)
    assert "within HUSH" in words_of(client_of(owner), pages[0])
    changed = api(owner).client.patch(f"/api/v1/{address}", {"programme": None}, format="json")
    assert (changed.status_code, changed.json()["programme"]) == (200, None)


def words_of(client: Any, page: str) -> str:
    """Return the text of a page, in one line."""
    return " ".join(re.sub(r"<[^>]+>", "", client.get(page).content.decode()).split())
