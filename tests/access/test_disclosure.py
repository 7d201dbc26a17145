"""Whom to call: what a party to a dependency is told of a project that it may not see."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from pmhub.demo.removal import erase
from pmhub.models import User, Visit
from pmhub.queries.follows import followed_records
from pmhub.queries.recent_changes import recent_changes
from projects.disclosure import disclosed
from projects.models import Dependency
from tests import factories
from tests.api.conftest import Api, errors_of


class Crossing:
    """A project gives to one of another programme; each manager sees their own."""

    def __init__(self) -> None:
        self.giving, self.receiving = factories.user("giving"), factories.user("receiving")
        # A name that is no part of another's.
        self.giving.person.name = "Gwilym Gives"
        self.giving.person.save()
        self.giver = factories.project(
            code="SECRET-1", name="Sale of the north site", project_manager=self.giving.person
        )
        self.receiver = factories.project(
            code="OPEN-1", programme=factories.programme(), project_manager=self.receiving.person
        )
        self.contact = factories.person(name="Dilys Contact")
        self.owe("agreed")

    def owe(self, status: str) -> None:
        """The one dependency between them, which has come as far as this."""
        erase(Dependency.objects.all())
        self.link = factories.dependency(
            self.giver, self.receiver, code="D77", deliverable="Vacant land", status=status,
            forecast_on="2027-01-01", need_by="2026-12-01", giver_owner=self.contact,
        )  # fmt: skip

    def policy(self, value: str) -> None:
        """Set what the portfolio of the giver tells the other side."""
        portfolio = self.giver.owner_portfolio
        portfolio.dependency_disclosure = value
        portfolio.save()


@pytest.fixture
def crossing(nothing: None) -> Crossing:
    """The two projects with their managers."""
    return Crossing()


@pytest.fixture
def api(api_of: Any) -> Any:
    """`api(user)`: a client for that user."""
    return lambda user: Api(api_of(user))


@pytest.mark.parametrize("status", ["agreed", "delivered", "accepted", "rejected"])
def test_what_was_agreed_names_whom_to_call(status: str) -> None:
    end = disclosed("contact", status, visible=False, contact="Dilys", title="A Sale")
    assert (end.contact, end.title, end.words) == (
        "Dilys", None, "A project you may not open: ask Dilys",
    )  # fmt: skip
    wide = disclosed("title", status, visible=False, contact="Dilys", title="A Sale")
    assert (wide.contact, wide.title, wide.words) == ("Dilys", "A Sale", "A Sale: ask Dilys")
    closed = disclosed("none", status, visible=False, contact="Dilys", title="A Sale")
    assert (closed.contact, closed.title) == (None, None)


@pytest.mark.parametrize("status", ["identified", "proposed", "withdrawn"])
def test_before_that_there_is_one_is_all_that_is_told(status: str) -> None:
    end = disclosed("title", status, visible=False, contact="Dilys", title="A Sale")
    assert (end.contact, end.title, end.words) == (None, None, "A project you may not open")


def test_a_party_is_told_whom_to_call(crossing: Crossing, api: Any) -> None:
    path = f"dependencies/{crossing.link.pk}/"
    row = api(crossing.receiving).get(path).json()
    assert (row["giver"], row["giver_hidden"], row["giver_title"]) == (None, True, None)
    assert (row["giver_contact"], row["deliverable"]) == ("Dilys Contact", "Vacant land")
    assert row["receiver_contact"] == crossing.receiving.person.name
    assert row["receiver_title"] == f"OPEN-1 {crossing.receiver.name}"
    other = api(crossing.giving).get(path).json()
    assert (other["receiver"], other["receiver_title"]) == (None, None)
    assert other["receiver_contact"] == crossing.receiving.person.name  # its manager
    listed = api(crossing.receiving).get("dependencies/").json()["results"]
    assert [each["giver_contact"] for each in listed] == ["Dilys Contact"]


@pytest.mark.parametrize(
    ("policy", "status", "contact", "title"),
    [
        ("contact", "agreed", "Dilys Contact", None),
        ("title", "agreed", "Dilys Contact", "SECRET-1 Sale of the north site"),
        ("none", "agreed", None, None),
        ("contact", "proposed", None, None),
        ("title", "proposed", None, None),
    ],
)
def test_the_portfolio_of_the_project_widens_or_closes_it(
    policy: str, status: str, contact: str | None, title: str | None, crossing: Crossing,
    api: Any, client_of: Any,
) -> None:  # fmt: skip
    crossing.policy(policy)
    crossing.owe(status)
    client = api(crossing.receiving)
    row = client.get(f"dependencies/{crossing.link.pk}/").json()
    assert (row["giver_contact"], row["giver_title"]) == (contact, title)
    page = client_of(crossing.receiving).get(f"/projects/{crossing.receiver.pk}/").content.decode()
    page = re.sub("<form.*?</form>", "", page, flags=re.DOTALL)  # which offer all of the directory
    assert ("Dilys Contact" in page) == (contact is not None)
    assert ("Sale of the north site" in page) == (title is not None)
    factories.role(crossing.receiving, "viewer", programme=crossing.receiver.programme)
    drawn = client.get(f"programmes/{crossing.receiver.programme_id}/roadmap/").json()
    (link,) = drawn["dependencies"]
    assert (link["giver_contact"], link["giver_label"], link["giver"]) == (contact, title, None)
    everything = client.get(f"dependencies/{crossing.link.pk}/?expand=giver").content.decode()
    assert ("SECRET-1" in everything) == (title is not None)


def test_a_preview_names_whom_to_ask_at_the_other_end(crossing: Crossing, api: Any) -> None:
    later = {"forecast_finish": "2031-12-31"}
    path = f"projects/{crossing.giver.pk}/?preview=1"
    people = api(crossing.giving).patch(path, later).json()["people"]
    named = {each["name"]: each["roles"] for each in people}
    roles = named[crossing.receiving.person.name]
    assert [(each["role"], each["dependency"]) for each in roles] == [("receiver", "D77")]
    assert all(each["source"]["hidden"] for each in roles)
    assert all(each["source"]["code"] is None for each in roles)
    portfolio = crossing.receiver.owner_portfolio
    portfolio.dependency_disclosure = "none"
    portfolio.save()
    people = api(crossing.giving).patch(path, later).json()["people"]
    assert crossing.receiving.person.name not in {each["name"] for each in people}


def test_who_sees_both_ends_reads_both_names(crossing: Crossing, api: Any) -> None:
    office = factories.user("office")
    factories.role(office, "pmo")
    row = api(office).get(f"dependencies/{crossing.link.pk}/").json()
    assert (row["giver"], row["giver_contact"]) == (crossing.giver.pk, "Dilys Contact")
    assert row["giver_title"] == "SECRET-1 Sale of the north site"


def test_the_pmo_says_what_a_portfolio_tells(crossing: Crossing, api: Any) -> None:
    office = factories.user("office")
    factories.role(office, "pmo")
    path = f"portfolios/{crossing.giver.owner_portfolio.pk}/"
    assert api(office).get(path).json()["dependency_disclosure"] == "contact"
    assert api(office).patch(path, {"dependency_disclosure": "none"}).status_code == 200
    assert api(office).patch(path, {"dependency_disclosure": "all"}).status_code == 400
    change = api(office).get(f"{path}history/").json()["results"][0]["changes"]
    assert [each["field"] for each in change] == ["dependency_disclosure"]


def test_who_acts_for_the_side_out_of_sight_is_named_by_no_history(
    crossing: Crossing, api: Any, client_of: Any
) -> None:
    crossing.owe("proposed")
    link, office = crossing.link, factories.user("office")
    factories.role(office, "pmo")
    giving, receiving = api(crossing.giving), api(crossing.receiving)
    body = {"dependency": link.pk, "kind": "offer", "forecast_on": "2027-02-01"}
    message = giving.post("dependency-messages/", body).json()["id"]
    assert (
        giving.patch(f"dependencies/{link.pk}/", {"forecast_on": "2027-02-02"}).status_code == 200
    )
    assert (
        api(office).patch(f"dependencies/{link.pk}/", {"need_by": "2026-12-02"}).status_code == 200
    )
    name = crossing.giving.person.name
    for path in (f"dependencies/{link.pk}/", f"dependency-messages/{message}/"):
        told = [receiving.get(f"{path}history/").json(), giving.get(f"{path}history/").json()]
        assert [name in str(each) for each in told] == [False, True]
        page = client_of(crossing.receiving).get(f"/{path}history/")
        assert (page.status_code, name in page.content.decode()) == (200, False)
    assert office.person.name in str(
        receiving.get(f"dependencies/{link.pk}/history/").json()["results"][0]
    )
    giving.patch(f"dependencies/{link.pk}/", {"forecast_on": "2027-02-03"})
    stale = [
        api(each).patch(f"dependencies/{link.pk}/", {"lag_days": 1}, version=1).json()["detail"]
        for each in (crossing.receiving, crossing.giving)
    ]
    assert [name in each for each in stale] == [False, True]


def test_who_acts_for_the_side_out_of_sight_is_named_by_no_list_of_news(
    crossing: Crossing, api: Any, client_of: Any
) -> None:
    link, now = crossing.link, timezone.now() - timedelta(hours=1)
    office = factories.user("office")
    factories.role(office, "pmo")
    giving, receiving = api(crossing.giving), api(crossing.receiving)
    for reader in (crossing.receiving, office):
        body = {"record_type": "dependency", "record_id": link.pk}
        assert api(reader).post("follows/", body).status_code == 201
        Visit.objects.create(user=reader, begun_at=timezone.now(), before=now)
    changed = giving.patch(f"dependencies/{link.pk}/", {"forecast_on": "2027-02-02"})
    assert changed.status_code == 200
    name = crossing.giving.person.name
    for page in ("/follows/", "/"):
        read = [client_of(each).get(page).content.decode() for each in (crossing.receiving, office)]
        assert all("D77" in each for each in read), page
        assert [name in each for each in read] == [False, True]
    receiving.patch(f"dependencies/{link.pk}/", {"lag_days": 2})
    told = {each.changed_by for each in followed_records(crossing.receiving)}
    assert told == {crossing.receiving.person.name}  # of oneself one knows
    factories.role(crossing.giving, "viewer", project=crossing.giver)

    def news() -> list[Any]:
        reader = User.objects.get(pk=crossing.giving.pk)  # with the roles of now
        rows = [each for one in recent_changes(reader, now) for each in one.written]
        return [each.by for each in rows if each.code == "D77"]

    assert news() == [None]
    factories.role(crossing.giving, "viewer", project=crossing.receiver)
    who = {"id": crossing.receiving.pk, "name": crossing.receiving.person.name}
    assert news() == [who, who]  # at either end


def test_who_acts_for_the_side_out_of_sight_is_named_by_no_scenario(
    crossing: Crossing, api: Any
) -> None:
    link, programme = crossing.link, crossing.receiver.programme
    assert programme
    leader, office = factories.user("leader"), factories.user("office")
    factories.role(leader, "programme_manager", programme=programme)
    factories.role(office, "pmo")
    scenario = api(leader).post("scenarios/", {"programme": programme.pk, "name": "Later"}).json()
    change = api(leader).post(
        "scenario-changes/",
        {"scenario": scenario["id"], "method": "PATCH", "path": f"dependencies/{link.pk}/",
         "body": {"lag_days": 3}},
    ).json()  # fmt: skip
    assert api(leader).post(f"scenarios/{scenario['id']}/sharing/").status_code == 200
    giving = api(crossing.giving)
    moved = giving.patch(f"dependencies/{link.pk}/", {"forecast_on": "2027-02-02"})
    assert moved.status_code == 200
    read = [
        api(each).get(f"scenario-changes/{change['id']}/").json()["since"]
        for each in (leader, office)
    ]
    assert [each["by"] for each in read] == [
        None, {"id": crossing.giving.pk, "name": crossing.giving.person.name},
    ]  # fmt: skip
    assert all("forecast_on" in each["fields_changed"] for each in read)


def test_activity_by_somebody_tells_nothing_of_who_is_not_named(
    crossing: Crossing, api: Any, client_of: Any
) -> None:
    crossing.owe("proposed")
    link, mate = crossing.link, factories.user("mate")
    factories.role(mate, "project_manager", project=crossing.receiver)
    giving, receiving = api(crossing.giving), api(crossing.receiving)
    offer = {"dependency": link.pk, "kind": "offer", "forecast_on": "2027-02-01"}
    assert giving.post("dependency-messages/", offer).status_code == 201
    giving.patch(f"dependencies/{link.pk}/", {"forecast_on": "2027-02-02"})
    assert api(mate).patch(f"dependencies/{link.pk}/", {"lag_days": 1}).status_code == 200
    path = f"activity/?record_type=dependency&record_id={link.pk}"

    def read(client: Any, query: str) -> set[str]:
        answer = client.get(f"{path}&{query}")
        assert answer.status_code == 200
        return {each["kind"] for each in answer.json()["results"]}

    theirs = f"by={crossing.giving.pk}"
    assert read(giving, theirs) == {"dependency", "dependencymessage"}
    assert read(receiving, theirs) == set()
    assert read(receiving, "by=999999999") == set()
    assert read(receiving, f"by={mate.pk}") == {"dependency"}  # of the same side
    every = receiving.get(path).json()["results"]
    assert {(each["by"] or {}).get("id") for each in every if each["action"] == "changed"} == {
        None, mate.pk,
    }  # fmt: skip
    page = f"/dependencies/{link.pk}/activity/"
    name = crossing.giving.person.name
    read_by = [client_of(each).get(page) for each in (crossing.receiving, crossing.giving)]
    assert [name in each.content.decode() for each in read_by] == [False, True]
    asked = client_of(crossing.receiving).get(f"{page}?by={crossing.giving.person.pk}")
    assert asked.context["person"] is None  # as for a person who is not there


def test_nobody_of_the_side_out_of_sight_is_offered_to_be_mentioned(
    crossing: Crossing, api: Any
) -> None:
    crossing.policy("none")
    link, mate, office = crossing.link, factories.user("mate"), factories.user("office")
    factories.role(mate, "viewer", project=crossing.receiver)
    factories.role(office, "pmo")
    at = {"record_type": "dependency", "record_id": link.pk}
    path = f"comments/mentionable/?record_type=dependency&record_id={link.pk}"
    giver, people = crossing.giving.person, (crossing.receiving, mate, office)

    def offered(client: Any) -> set[int]:
        return {each["id"] for each in client.get(path).json()["results"]}

    receiving = api(crossing.receiving)
    ours = {each.person.pk for each in people}
    assert offered(receiving) == ours
    assert offered(api(office)) == ours | {giver.pk}
    refused = receiving.post("comments/", at | {"text": f"@{giver.code}"})
    stranger = factories.user("stranger").person
    without_access = receiving.post("comments/", at | {"text": f"@{stranger.code}"})
    assert [errors_of(each) for each in (refused, without_access)] == [{"/text": "cannot_see"}] * 2
    crossing.policy("contact")  # whom one is told to call one may mention
    Dependency.objects.filter(pk=link.pk).update(giver_owner=None)
    assert offered(receiving) == ours | {giver.pk}
    for reader, person in ((receiving, giver), (receiving, mate.person), (api(office), giver)):
        said = reader.post("comments/", at | {"text": f"@{person.code}"})
        assert (said.status_code, said.json()["mentions"]) == (201, [person.pk])
