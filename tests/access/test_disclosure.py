"""Whom to call: what a party to a dependency is told of a project that it may not see."""

import re
from typing import Any

import pytest

from pmhub.demo.removal import erase
from projects.disclosure import told
from projects.models import Dependency
from tests import factories
from tests.api.conftest import Api


class Crossing:
    """A project gives to one of another programme; each manager sees their own."""

    def __init__(self) -> None:
        self.giving, self.receiving = factories.user("giving"), factories.user("receiving")
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
        """What the portfolio of the giver tells."""
        portfolio = self.giver.owner_portfolio
        portfolio.dependency_disclosure = value
        portfolio.save()


@pytest.fixture
def crossing(nothing: None) -> Crossing:
    """See above."""
    return Crossing()


@pytest.fixture
def api(api_of: Any) -> Any:
    """`api(user)`: a client for that user."""
    return lambda user: Api(api_of(user))


@pytest.mark.parametrize("status", ["agreed", "delivered", "accepted", "rejected"])
def test_what_was_agreed_names_whom_to_call(status: str) -> None:
    end = told("contact", status, visible=False, contact="Dilys", title="A Sale")
    assert (end.contact, end.title, end.words) == (
        "Dilys", None, "A project you may not open: ask Dilys",
    )  # fmt: skip
    wide = told("title", status, visible=False, contact="Dilys", title="A Sale")
    assert (wide.contact, wide.title, wide.words) == ("Dilys", "A Sale", "A Sale: ask Dilys")
    closed = told("none", status, visible=False, contact="Dilys", title="A Sale")
    assert (closed.contact, closed.title) == (None, None)


@pytest.mark.parametrize("status", ["identified", "proposed", "withdrawn"])
def test_before_that_there_is_one_is_all_that_is_told(status: str) -> None:
    end = told("title", status, visible=False, contact="Dilys", title="A Sale")
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
