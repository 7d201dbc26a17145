"""Stakeholders, where they stand, and what is said to them."""

from typing import Any

import pytest
from django.db import DatabaseError, transaction

from pmhub.models import User
from programmes.models import Programme
from projects.models import Communication, Stakeholder, StakeholderAssessment
from tests import factories
from tests.api.conftest import errors_of

DAY = "2026-10-01"


@pytest.fixture
def manager(nothing: None) -> User:
    """Who leads a programme."""
    return factories.user("manager")


@pytest.fixture
def programme(manager: User) -> Programme:
    """That programme."""
    return factories.programme(programme_manager=manager.person)


@pytest.fixture
def reader(programme: Programme) -> User:
    """Who only reads it."""
    user = factories.user("reader")
    factories.role(user, "viewer", programme=programme)
    return user


@pytest.fixture
def neighbours(programme: Programme, manager: User, api: Any) -> str:
    """`stakeholders/12/`: people who live next to the site."""
    body = {"programme": programme.pk, "code": "S01", "name": "Residents of the hill"}
    made = api(manager).post("stakeholders/", body)
    assert made.status_code == 201, made.json()
    return f"stakeholders/{made.json()['id']}/"


def assess(client: Any, neighbours: str, **said: Any) -> Any:
    """Say where they stand."""
    stakeholder = int(neighbours.split("/")[1])
    body = {"stakeholder": stakeholder, "influence": 4, "interest": 5, "stance": "neutral"} | said
    return client.post("stakeholder-assessments/", body)


def test_where_they_stand_is_their_last_assessment_and_its_trend_is_against_the_one_before(
    neighbours: str, manager: User, api: Any
) -> None:
    client = api(manager)
    names = ("stance", "influence", "interest", "assessed_on", "trend")

    def stands() -> list[Any]:
        row = client.get(neighbours).json()
        return [row[name] for name in names]

    assert stands() == [None] * 5
    assert assess(client, neighbours, on="2026-09-01").status_code == 201
    assert stands() == ["neutral", 4, 5, "2026-09-01", "first"]
    assess(client, neighbours, on="2026-10-01", stance="opponent", influence=5)
    assert stands() == ["opponent", 5, 5, "2026-10-01", "down"]
    assess(client, neighbours, on="2026-10-20", stance="opponent")
    assert stands()[4] == "same"
    # One of a day before is written down late: the last one stays the last.
    assess(client, neighbours, on="2026-08-01", stance="champion")
    assert stands()[::4] == ["opponent", "same"]
    assess(client, neighbours, on="2026-10-21", stance="critic")
    assert stands()[::4] == ["critic", "up"]
    assert client.get("stakeholders/?stance=critic").json()["count"] == 1
    assert client.get("stakeholders/?stance=opponent").json()["count"] == 0


def test_an_assessment_is_never_changed(neighbours: str, manager: User, api: Any) -> None:
    made = assess(api(manager), neighbours, on=DAY).json()
    assert made["by"] == manager.person.pk
    answer = api(manager).patch(f"stakeholder-assessments/{made['id']}/", {"stance": "champion"})
    assert answer.status_code == 409
    with pytest.raises(DatabaseError, match="assessment"), transaction.atomic():
        StakeholderAssessment.objects.update(stance="champion")


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"influence": 6}, "/influence"),
        ({"interest": 0}, "/interest"),
        ({"stance": "angry"}, "/stance"),
        ({"on": "2199-01-01"}, "/on"),
    ],
)
def test_what_no_assessment_can_say_is_refused_at_its_field(
    neighbours: str, manager: User, api: Any, said: dict[str, Any], field: str
) -> None:
    answer = assess(api(manager), neighbours, **said)
    assert (answer.status_code, list(errors_of(answer))) == (400, [field])
    assert not StakeholderAssessment.objects.exists()


def test_who_only_reads_a_programme_learns_nothing_of_its_stakeholders(
    programme: Programme, neighbours: str, manager: User, reader: User, client_of: Any, api: Any
) -> None:
    assess(api(manager), neighbours, on=DAY, note="Petition")
    stakeholder = Stakeholder.objects.get()
    said = factories.communication(programme, title="Night works")
    said.audience.add(stakeholder)
    paths = [neighbours, f"communications/{said.pk}/", f"{neighbours}history/"]
    for path in paths:
        assert api(manager).get(path).status_code == 200
        assert api(reader).get(path).status_code == 404
    for name in ("stakeholders", "stakeholder-assessments", "communications"):
        assert api(manager).get(f"{name}/").json()["count"] == 1
        assert api(reader).get(f"{name}/").json()["count"] == 0
    assert api(reader).get("search/?q=Residents").json()["results"] == []
    for address in ("stakeholders", "communications"):
        page = client_of(reader).get(f"/programmes/{programme.pk}/{address}/")
        assert page.status_code == 200
        assert b"Residents" not in page.content
        assert b"Night works" not in page.content


def test_what_was_deleted_is_not_read_by_who_could_not_read_it(
    neighbours: str, manager: User, office: User, api: Any
) -> None:
    everywhere = factories.user("everywhere")
    factories.role(everywhere, "viewer")
    row = api(manager).get(neighbours).json()
    api(manager).delete(neighbours, version=row["version"])
    assert not Stakeholder.objects.exists()
    assert api(office).get(f"{neighbours}history/").status_code == 200
    assert api(everywhere).get(f"{neighbours}history/").status_code == 404
    told = f"activity/?record_type=programme&record_id={row['programme']}"
    assert "Residents" in api(office).get(told).content.decode()
    assert "Residents" not in api(everywhere).get(told).content.decode()


def test_a_draft_of_a_case_that_was_deleted_is_not_read_by_who_could_not_read_it(
    programme: Programme, office: User, api: Any
) -> None:
    everywhere = factories.user("everywhere")
    factories.role(everywhere, "viewer")
    draft = factories.business_case(programme, state="draft")
    path = f"business-cases/{draft.pk}/"
    assert api(everywhere).get(path).status_code == 404
    api(office).delete(path, version=draft.version)
    assert api(office).get(f"{path}history/").status_code == 200
    assert api(everywhere).get(f"{path}history/").status_code == 404


# What is said to them


def test_it_is_said_heard_and_when_it_is_repeated_planned_again(
    programme: Programme, neighbours: str, manager: User, api: Any
) -> None:
    client, who = api(manager), int(neighbours.split("/")[1])
    body = {
        "programme": programme.pk, "code": "C01", "title": "Site news", "planned_on": "2026-09-01",
        "audience": [who], "repeats_every": 14, "channel": "letter",
    }  # fmt: skip
    made = client.post("communications/", body).json()
    path = f"communications/{made['id']}/"
    early = client.verb(f"{path}evaluation/", {"heard": "heard"})
    assert early.status_code == 409
    sent = client.verb(f"{path}sending/", {"sent_on": "2026-09-20"})
    assert (sent.status_code, sent.json()["state"]) == (200, "sent")
    following = Communication.objects.exclude(pk=made["id"]).get()
    # The days of 1 and 15 September are over: it is said again on the next.
    assert (str(following.planned_on), following.code) == ("2026-09-29", "C02")
    assert [each.pk for each in following.audience.all()] == [who]
    assert client.patch(path, {"title": "Other news"}).status_code == 409
    assert client.delete(path).status_code == 409
    with pytest.raises(DatabaseError), transaction.atomic():
        Communication.objects.filter(pk=made["id"]).update(title="Other news")
    asked = client.verb(f"{path}evaluation/", {"heard": "not_asked"})
    assert (asked.status_code, list(errors_of(asked))) == (400, ["/heard"])
    done = client.verb(f"{path}evaluation/", {"heard": "partly", "feedback": "Too late"})
    assert (done.json()["state"], done.json()["heard"]) == ("evaluated", "partly")


def test_whom_it_does_not_concern_is_no_audience(
    programme: Programme, manager: User, office: User, api: Any
) -> None:
    project = factories.project(programme=programme)
    own = [factories.stakeholder(programme), factories.stakeholder(project)]
    strange = factories.stakeholder(factories.programme(portfolio=programme.portfolio))
    body: dict[str, Any] = {"code": "C01", "title": "Site news", "planned_on": DAY}
    told = {"project": project.pk, "audience": [each.pk for each in own]}
    assert api(office).post("communications/", body | told).status_code == 201
    body |= {"code": "C02", "audience": [strange.pk]}
    for place in ({"programme": programme.pk}, {"project": project.pk}):
        refused = api(office).post("communications/", body | place)
        assert (refused.status_code, list(errors_of(refused))) == (409, ["/audience"])
        unseen = api(manager).post("communications/", body | place)
        assert (unseen.status_code, list(errors_of(unseen))) == (400, ["/audience"])
    portfolio = {"portfolio": programme.portfolio_id}
    assert api(office).post("communications/", body | portfolio).status_code == 201
    with pytest.raises(DatabaseError, match="what this is about"), transaction.atomic():
        Communication.objects.get(project=project).audience.add(strange)


def test_the_map_shows_who_can_stop_it_and_the_page_how_they_stood(
    programme: Programme, neighbours: str, manager: User, client_of: Any, api: Any
) -> None:
    client = client_of(manager)
    listed = f"/programmes/{programme.pk}/stakeholders/"
    assert "Influence up, interest across" not in client.get(listed).content.decode()
    assess(api(manager), neighbours, on=DAY, stance="critic", note="Petition of 214 names")
    page = client.get(listed).content.decode()
    assert "Influence up, interest across" in page
    assert "Residents of the hill: Critic" in page
    assert "Petition of 214 names" in client.get(f"/{neighbours}").content.decode()
