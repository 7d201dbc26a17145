"""What people can do, how mature teams are, and how closely projects are watched for it."""

from typing import Any

import pytest
from django.db import DatabaseError, transaction

from pmhub.accounts.erasure import erase
from pmhub.database.history import events_of
from pmhub.models import Person, User
from programmes.models import CompetenceRecord, Programme
from projects.models import Project, TeamMaturity
from tests import factories
from tests.api.conftest import errors_of

DAY = "2026-10-01"


@pytest.fixture
def leader(office: User) -> User:
    """Who leads a programme."""
    return factories.user("leader")


@pytest.fixture
def programme(leader: User) -> Programme:
    """That programme."""
    return factories.programme(programme_manager=leader.person)


@pytest.fixture
def trainee(office: User) -> User:
    """Who manages a project, and is new to it."""
    return factories.user("trainee")


@pytest.fixture
def project(programme: Programme, trainee: User) -> Project:
    """That project."""
    return factories.project(programme=programme, project_manager=trainee.person, complexity=3)


def assess(client: Any, user: User, level: str, **said: Any) -> Any:
    """Say what somebody can do."""
    body = {"person": user.person.pk, "level": level, "evidence": "Two projects"} | said
    return client.post("competence-records/", body)


def shown(user: User) -> str:
    """The competence that somebody shows."""
    return Person.objects.get(pk=user.person.pk).competence


def level(client: Any, project: Project) -> Any:
    """How closely a project is watched."""
    return client.get(f"projects/{project.pk}/forecast/").json()["oversight_level"]


# What people can do


def test_a_person_shows_what_was_assessed_last_of_leading_change(
    office: User, trainee: User, api: Any
) -> None:
    client = api(office)
    made = assess(client, trainee, "practitioner", assessed_on="2026-09-01")
    assert (made.status_code, made.json()["assessor"]) == (201, office.person.pk), made.json()
    assert shown(trainee) == "practitioner"
    # One of a day before, written down late, and one of a discipline move nothing.
    assess(client, trainee, "expert", assessed_on="2026-08-01")
    assess(client, trainee, "expert", discipline=factories.discipline().pk)
    assert shown(trainee) == "practitioner"
    assess(client, trainee, "senior", assessed_on=DAY)
    assert shown(trainee) == "senior"


def test_what_is_written_on_a_person_is_an_assessment_too(
    office: User, trainee: User, api: Any
) -> None:
    path = f"people/{trainee.person.pk}/"
    assert api(office).patch(path, {"competence": "senior"}).status_code == 200
    record = CompetenceRecord.objects.get()
    assert (record.level, record.assessor) == ("senior", office.person)
    assert api(office).patch(path, {"competence": "senior", "title": "Lead"}).status_code == 200
    assert CompetenceRecord.objects.count() == 1
    refused = api(office).patch(path, {"competence": ""})
    assert (refused.status_code, list(errors_of(refused))) == (409, ["/competence"])


def test_nobody_assesses_themself(office: User, api: Any) -> None:
    assert assess(api(office), office, "expert").status_code == 403
    own = api(office).patch(f"people/{office.person.pk}/", {"competence": "expert"})
    assert (own.status_code, list(errors_of(own))) == (409, ["/competence"])
    with pytest.raises(DatabaseError, match="themself"), transaction.atomic():
        factories.competence(office.person, assessor=office.person)
    assert shown(office) == ""


def test_an_assessment_is_never_changed(office: User, trainee: User, api: Any) -> None:
    made = assess(api(office), trainee, "senior").json()
    path = f"competence-records/{made['id']}/"
    assert api(office).patch(path, {"level": "expert"}).status_code == 409
    with pytest.raises(DatabaseError), transaction.atomic():
        CompetenceRecord.objects.update(level="expert")


def test_nobody_deletes_an_assessment_and_it_goes_with_what_it_is_of(
    office: User, project: Project, api: Any, client_of: Any
) -> None:
    made = TeamMaturity.objects.create(project=project, level=2, assessed_on=DAY, evidence="Seen")
    path = f"team-maturities/{made.pk}/"
    answer = api(office).delete(path)
    assert (answer.status_code, answer.json()["detail"]) == (
        409, "An assessment is never deleted: write another.",
    )  # fmt: skip
    office.is_staff = True
    office.save()
    client, page = client_of(office), "/admin/projects/teammaturity/"
    assert client.post(f"{page}{made.pk}/delete/", {"post": "yes"}).status_code == 403
    ticked = {"action": "delete_selected", "_selected_action": [made.pk], "post": "yes"}
    client.post(page, ticked)
    assert TeamMaturity.objects.filter(pk=made.pk).exists()
    assert api(office).delete(f"projects/{project.pk}/").status_code == 204


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"level": "wizard"}, "/level"),
        ({"assessed_on": "2199-01-01"}, "/assessed_on"),
        ({"assessed_on": DAY, "next_on": "2026-09-01"}, "/next_on"),
        ({"evidence": ""}, "/evidence"),
        ({"discipline": 0}, "/discipline"),
    ],
)
def test_what_no_assessment_can_say_is_refused_at_its_field(
    office: User, trainee: User, api: Any, said: dict[str, Any], field: str
) -> None:
    answer = assess(api(office), trainee, **{"level": "senior"} | said)
    assert list(errors_of(answer)) == [field]
    assert not CompetenceRecord.objects.exists()


def test_it_is_read_by_themself_the_pmo_and_who_leads_above_them(
    office: User, leader: User, trainee: User, project: Project, api: Any, client_of: Any
) -> None:
    reader = factories.user("reader")
    factories.role(reader, "viewer", programme=project.programme)
    record = factories.competence(trainee.person, evidence="Canary")
    for user, seen in ((office, 1), (leader, 1), (trainee, 1), (reader, 0)):
        assert api(user).get("competence-records/").json()["count"] == seen
        page = client_of(user).get(f"/people/{trainee.person.pk}/").content.decode()
        listed = client_of(user).get("/competence-records/").content.decode()
        row = f'data-id="{record.pk}"'
        assert ("Senior" in page, row in listed) == (bool(seen), bool(seen)), user
        one = client_of(user).get(f"/competence-records/{record.pk}/")
        assert one.status_code == (200 if seen else 404)
    for user in (leader, trainee, reader):
        assert assess(api(user), trainee, "expert").status_code in (403, 404)


def test_it_goes_with_its_history_when_somebody_is_erased(office: User) -> None:
    person = factories.person(name="Ada Byron", competence="senior")
    factories.competence(person, evidence="Canary", assessed_on="2026-11-01")
    erase(person, by=office)
    assert not CompetenceRecord.objects.exists()
    assert not events_of(CompetenceRecord).objects.exists()
    assert Person.objects.get(pk=person.pk).competence == ""


# How mature teams are


def test_a_team_is_watched_by_what_was_assessed_last(
    office: User, trainee: User, project: Project, api: Any
) -> None:
    client = api(office)
    assess(client, trainee, "practitioner")
    assert level(client, project) == "standard"
    for maturity, watched in ((1, "enhanced"), (3, "standard"), (4, "light")):
        body = {"project": project.pk, "level": maturity, "evidence": "Seen at work"}
        made = client.post("team-maturities/", body)
        assert (made.status_code, made.json()["assessor"]) == (201, office.person.pk)
        assert level(client, project) == watched


def test_a_mature_team_is_watched_less_by_as_much_as_the_rules_say(
    office: User, trainee: User, project: Project, api: Any
) -> None:
    factories.competence(trainee.person, level="practitioner")
    factories.maturity(project, level=5)
    body = {"portfolio": project.owner_portfolio.pk, "kind": "ladder", "values": {"mature": 0},
            "valid_from": DAY, "reason": "Not yet"}  # fmt: skip
    assert api(office).post("rule-sets/", body).status_code == 201
    assert level(api(office), project) == "standard"


def test_who_manages_a_project_does_not_assess_its_team(
    office: User, leader: User, trainee: User, project: Project, api: Any
) -> None:
    body = {"project": project.pk, "level": 5, "evidence": "We are good"}
    assert api(trainee).post("team-maturities/", body).status_code == 403
    with pytest.raises(DatabaseError, match="manages"), transaction.atomic():
        factories.maturity(project, assessor=trainee.person)
    assert api(leader).post("team-maturities/", body).status_code == 201
    # Nobody but an assessment says it.
    path = f"team-maturities/{TeamMaturity.objects.get().pk}/"
    assert api(leader).patch(path, {"level": 1}).status_code == 409
