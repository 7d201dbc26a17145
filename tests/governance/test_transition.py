"""Who has to work in another way for an outcome, and when it starts and counts as embedded."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from pmhub.models import User
from programmes.models import ImpactedGroup, Outcome
from tests import factories
from tests.api.conftest import Api, errors_of

DAY = "2026-10-01"


@pytest.fixture
def api(api_of: Any) -> Any:
    """`api(user)`: a client for that user."""
    return lambda user: Api(api_of(user))


@pytest.fixture
def outcome(nothing: Any) -> Outcome:
    """An outcome whose capability is ready, with a business change manager who signs in."""
    programme, leader = factories.programme(), factories.user("ruth")
    factories.role(leader, "bcm", programme=programme)
    return programme.outcomes.create(
        code="O1",
        title="One way",
        state="capability_ready",
        bcm=leader.person,
        capability_ready_on="2026-09-01",
    )


@pytest.fixture
def ruth(outcome: Outcome) -> Any:
    """The business change manager."""
    return User.objects.get(person=outcome.bcm)


@pytest.fixture
def head(outcome: Outcome) -> Any:
    """Who leads the people in daily business, and only reads the programme."""
    user = factories.user("head")
    factories.role(user, "viewer", programme=outcome.programme)
    return user


def path_of(row: Any) -> str:
    """Return where a row is over REST."""
    name = "outcomes" if isinstance(row, Outcome) else "impacted-groups"
    return f"{name}/{row.pk}/"


def test_a_transition_starts_where_everybody_is_ready_or_somebody_says_why(outcome, ruth, api):
    group, go = factories.impacted_group(outcome), f"{path_of(outcome)}transition/"
    body = {"transition_start": DAY}
    assert errors_of(api(ruth).verb(go, body)) == {"/go_reason": "outcome_ready"}
    factories.adoption(group, readiness=2)
    assert errors_of(api(ruth).verb(go, body)) == {"/go_reason": "outcome_ready"}
    said = api(ruth).verb(go, body | {"go_reason": "Term begins"})
    assert (said.status_code, said.json()["go_reason"]) == (200, "Term begins")

    back = api(ruth).verb(f"{path_of(outcome)}postponement/", {"reason": "Nobody came"})
    assert (back.json()["state"], back.json()["go_reason"]) == ("capability_ready", "")
    factories.adoption(group, readiness=3, on="2026-10-02")
    assert api(ruth).verb(go, body).status_code == 200


def test_an_outcome_is_embedded_once_each_group_works_so_and_its_head_accepts(
    outcome, ruth, head, api
):
    Outcome.objects.filter(pk=outcome.pk).update(state="in_transition", transition_start=DAY)
    group = factories.impacted_group(outcome, owner=head.person, adoption_target_pct=80)
    path, body = f"{path_of(outcome)}embedding/", {"embedded_on": DAY}
    accept = f"{path_of(group)}acceptance/"
    factories.adoption(group, adoption_pct=79)
    assert api(ruth).verb(accept, {"accepted_on": DAY}).status_code == 403
    assert api(head).verb(accept, {"accepted_on": DAY}).status_code == 200
    assert errors_of(api(ruth).verb(path, body)) == {"/embedding_decision": "outcome_adopted"}
    factories.adoption(group, adoption_pct=80, on="2026-10-02")
    assert api(ruth).verb(path, body).status_code == 200

    late = {"outcome": outcome.pk, "code": "G9", "name": "Guests"}
    assert errors_of(api(ruth).post("impacted-groups/", late)).keys() == {"/outcome"}
    again = api(ruth).verb(f"{path_of(outcome)}relapse/", {"reason": "Half went back"})
    assert again.json()["state"] == "in_transition"
    assert api(ruth).post("impacted-groups/", late).status_code == 201


def test_a_decision_of_the_programme_embeds_what_is_behind_and_no_other_does(outcome, ruth, api):
    Outcome.objects.filter(pk=outcome.pk).update(state="in_transition", transition_start=DAY)
    factories.impacted_group(outcome)
    made = {"state": "made", "outcome": "Go on", "decided_on": DAY}
    decided = factories.decision(outcome.programme, **made)
    open_one = factories.decision(outcome.programme)
    elsewhere = factories.decision(
        factories.programme(portfolio=outcome.programme.portfolio), **made
    )
    path = f"{path_of(outcome)}embedding/"
    for wrong in (open_one, elsewhere):
        body = {"embedded_on": DAY, "embedding_decision": wrong.pk}
        assert errors_of(api(ruth).verb(path, body)).keys() == {"/embedding_decision"}
    body = {"embedded_on": DAY, "embedding_decision": decided.pk}
    assert api(ruth).verb(path, body).json()["embedding_decision"] == decided.pk


def test_plain_sql_embeds_and_starts_nothing_either(outcome):
    factories.impacted_group(outcome)
    rows = Outcome.objects.filter(pk=outcome.pk)
    with pytest.raises(IntegrityError, match="Not every group is ready"), transaction.atomic():
        rows.update(state="in_transition", transition_start=DAY)
    rows.update(state="in_transition", transition_start=DAY, go_reason="Term begins")
    with pytest.raises(IntegrityError, match="Not every group works"), transaction.atomic():
        rows.update(state="embedded", embedded_on=DAY)


def test_a_group_tells_its_last_assessment_and_an_assessment_stays(outcome, ruth, api):
    group = (
        api(ruth)
        .post(
            "impacted-groups/", {"outcome": outcome.pk, "code": "G1", "name": "Porters", "size": 12}
        )
        .json()
    )
    for on, adoption in (("2026-10-02", 25), ("2026-10-01", 90)):
        body = {"impacted_group": group["id"], "on": on, "readiness": 4, "adoption_pct": adoption}
        said = api(ruth).post("adoption-assessments/", body)
        assert said.status_code == 201
    told = api(ruth).get(f"impacted-groups/{group['id']}/").json()
    assert (told["readiness"], told["adoption_pct"], told["assessed_on"]) == (4, 25, "2026-10-02")
    kept = f"adoption-assessments/{said.json()['id']}/"
    assert api(ruth).patch(kept, {"adoption_pct": 100}).status_code in (400, 409)
    assert api(ruth).delete(kept).status_code == 409
    for field, value in (("readiness", 6), ("readiness", 0), ("adoption_pct", 101)):
        wrong = {"impacted_group": group["id"], "readiness": 3, "adoption_pct": 50} | {field: value}
        assert errors_of(api(ruth).post("adoption-assessments/", wrong)).keys() == {f"/{field}"}


def test_the_page_of_an_outcome_counts_who_is_ready_and_how_many_people_work_so(
    outcome, ruth, client_of
):
    one, two = (factories.impacted_group(outcome, size=size) for size in (10, 30))
    factories.adoption(one, readiness=5, adoption_pct=100)
    address = f"/outcomes/{outcome.pk}/"
    page = client_of(ruth).get(address).content.decode()
    assert "1 ready" in page
    assert "people work in the new way" not in page
    factories.adoption(two, readiness=2, adoption_pct=50)
    page = client_of(ruth).get(address).content.decode()
    assert "25 of 40 people work in the new way" in page


def test_who_reads_the_programme_reads_its_groups_and_a_stranger_does_not(outcome, head, api):
    group = factories.impacted_group(outcome)
    assert api(head).get(path_of(group)).status_code == 200
    assert api(head).patch(path_of(group), {"name": "Others"}).status_code == 403
    assert api(factories.user()).get(path_of(group)).status_code == 404
    assert ImpactedGroup.objects.get().name == "Technicians"


def test_what_was_accepted_is_changed_once_the_acceptance_is_taken_back(outcome, ruth, head, api):
    group = factories.impacted_group(outcome, owner=head.person)
    ImpactedGroup.objects.filter(pk=group.pk).update(state="accepted", accepted_on=DAY)
    for change in ({"owner": ruth.person.pk}, {"change": "Less"}, {"adoption_target_pct": 50}):
        answer = api(ruth).patch(path_of(group), change)
        assert (answer.status_code, "Take the acceptance back first" in answer.text) == (409, True)
    assert api(ruth).patch(path_of(group), {"size": 7}).status_code == 200


def test_who_lags_behind_is_not_deleted_to_have_an_outcome_embedded(outcome, ruth, api):
    lagging, unasked = factories.impacted_group(outcome), factories.impacted_group(outcome)
    lagging.assessments.create(on=DAY, readiness=3, adoption_pct=10)
    for path in (f"impacted-groups/{lagging.pk}/", f"outcomes/{outcome.pk}/"):
        assert api(ruth).delete(path).status_code in (403, 409)
    assert lagging.assessments.exists()
    assert api(ruth).delete(f"impacted-groups/{unasked.pk}/").status_code == 204


def test_who_leads_the_change_writes_what_is_done_about_it_and_about_nothing_else(
    outcome, ruth, api, client_of
):
    project = factories.project(programme=outcome.programme)
    risk, group = factories.risk(project), factories.impacted_group(outcome)
    theirs = factories.action(risk)
    for about in ({"outcome": outcome.pk}, {"impacted_group": group.pk}):
        ((name, id),) = about.items()
        assert client_of(ruth).get(f"/actions/new/?{name}={id}").status_code == 200
        made = api(ruth).post("actions/", {"title": "Ask them", **about})
        assert made.status_code == 201
    own = f"actions/{made.json()['id']}/"
    assert api(ruth).patch(own, {"title": "Ask all"}).status_code == 200
    assert client_of(ruth).get(f"/{own}edit/").status_code == 200
    for about in (
        {"risk": risk.pk}, {"project": project.pk}, {"programme": outcome.programme.pk},
    ):  # fmt: skip
        assert api(ruth).post("actions/", {"title": "Ask them", **about}).status_code == 403
    assert api(ruth).patch(f"actions/{theirs.pk}/", {"title": "Nothing"}).status_code == 403
    assert client_of(ruth).get(f"/actions/{theirs.pk}/edit/").status_code == 403
    assert api(ruth).delete(f"actions/{theirs.pk}/").status_code == 403
    moved = api(ruth).patch(own, {"impacted_group": None, "risk": risk.pk})
    assert moved.status_code == 403
    leader = factories.user("lena")
    factories.role(leader, "programme_manager", programme=outcome.programme)
    for path in (own, f"actions/{theirs.pk}/"):
        assert api(leader).patch(path, {"title": "Ask everybody"}).status_code == 200


@pytest.fixture
def rota(outcome, ruth, api):
    """An overdue action of the outcome: write the new rota."""
    body = {"outcome": outcome.pk, "title": "Write the new rota", "due_on": "2026-09-01"}
    return api(ruth).post("actions/", body).json()


@pytest.fixture
def technicians(outcome, head):
    """A group of people who have to work in another way, led by the head."""
    return factories.impacted_group(outcome, owner=head.person)


@pytest.fixture
def training(technicians, ruth, api):
    """An action of that group: train the technicians."""
    body = {"impacted_group": technicians.pk, "title": "Train them", "due_on": "2026-12-01"}
    return api(ruth).post("actions/", body).json()


def test_actions_of_a_transition_are_listed_by_what_they_are_for(
    outcome, technicians, rota, training, ruth, api
):
    assert (rota["source"], training["source"]) == ("outcome", "impacted_group")
    homes = {f"outcome={outcome.pk}": 2, f"impacted_group={technicians.pk}": 1,
             f"programme={outcome.programme_id}": 2}  # fmt: skip
    for home, count in homes.items():
        assert api(ruth).get(f"actions/?{home}").json()["count"] == count, home
    late = api(ruth).get("actions/?overdue=true").json()["results"]
    assert [action["title"] for action in late] == ["Write the new rota"]


def test_who_reads_the_programme_reads_its_actions_and_adds_none(
    outcome, technicians, training, ruth, head, api
):
    path, stranger = f"actions/{training['id']}/", factories.user("stranger")
    assert api(head).get(path).status_code == 200
    assert api(stranger).get(path).status_code == 404
    body = {"title": "Ask them", "impacted_group": technicians.pk}
    assert api(head).post("actions/", body).status_code == 403
    assert errors_of(api(stranger).post("actions/", body)).keys() == {"/impacted_group"}
    both = body | {"outcome": outcome.pk}
    assert api(ruth).post("actions/", both).status_code == 400  # it is of one of them


def test_the_page_of_an_outcome_counts_the_actions_that_are_done(
    outcome, rota, training, ruth, api, client_of
):
    api(ruth).verb(f"actions/{training['id']}/completion/", {"done_on": DAY})
    page = client_of(ruth).get(f"/outcomes/{outcome.pk}/").content.decode()
    assert "1 of 2 actions done" in page
    assert "Write the new rota" in page


def test_an_outcome_is_embedded_once_its_actions_are_settled(
    outcome, technicians, rota, training, ruth, head, api
):
    api(ruth).verb(f"actions/{training['id']}/completion/", {"done_on": DAY})
    factories.adoption(technicians, adoption_pct=100)
    api(head).verb(f"{path_of(technicians)}acceptance/", {"accepted_on": DAY})
    Outcome.objects.update(state="in_transition", transition_start=DAY)
    embedding = f"{path_of(outcome)}embedding/"
    refused = api(ruth).verb(embedding, {"embedded_on": DAY})
    assert (refused.status_code, errors_of(refused)) == (409, {"/actions": "open_actions"})
    embedded = api(ruth).verb(embedding, {"embedded_on": DAY, "actions": "cancel"})
    assert (embedded.status_code, embedded.json()["state"]) == (200, "embedded")
    actions = api(ruth).get(f"actions/?outcome={outcome.pk}&ordering=id").json()["results"]
    assert [action["state"] for action in actions] == ["cancelled", "done"]
