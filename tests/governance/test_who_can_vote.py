"""Who decides a gate and cannot vote is named, and the PMO names another in their place."""

from html import unescape
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from pmhub.models import Person, User
from programmes.models import Board
from projects.models import Gate
from tests import factories
from tests.api.conftest import errors_of


class Two:
    """A board of two, both of whom decide: Ada, who signs in, and Bert, who has no account."""

    def __init__(self, office: User) -> None:
        self.office = office
        self.home = factories.programme()
        self.manager, self.ada, self.carl = map(factories.user, ("manager", "ada", "carl"))
        Person.objects.filter(pk=self.manager.person.pk).update(competence="senior")
        self.bert = factories.person(name="Bert Blind")
        for user in (self.ada, self.carl):
            factories.role(user, "viewer", programme=self.home)
        with transaction.atomic():
            row = Board.objects.create(
                programme=self.home, name="Board", kind="programme_board", quorum=2
            )
            row.members.set([self.ada.person, self.bert])
        self.project = factories.project(
            programme=self.home, complexity=5, project_manager=self.manager.person
        )
        self.gate = factories.gate(self.project)
        self.path = f"gates/{self.gate.pk}/"


@pytest.fixture
def two(office: User) -> Two:
    """The board, and the gate that it decides."""
    return Two(office)


@pytest.fixture
def opened(two: Two, api: Any) -> Two:
    """The same, with the gate open."""
    answer = api(two.manager).verb(f"{two.path}opening/", {})
    assert (answer.status_code, answer.json()["unable"]) == (200, [two.bert.pk]), answer.json()
    return two


def page_of(two: Two, user: User, client_of: Any) -> str:
    """The page of the gate in words."""
    return " ".join(unescape(client_of(user).get(f"/{two.path}").content.decode()).split())


def test_the_page_warns_before_and_after_it_is_opened(two: Two, api: Any, client_of: Any) -> None:
    before = page_of(two, two.manager, client_of)
    assert "It cannot be decided:" in before
    assert "Bert Blind" in before
    assert "has no account" in before
    api(two.manager).verb(f"{two.path}opening/", {})
    assert "has no account" in page_of(two, two.manager, client_of)
    assert 'href="#replacement-form"' in page_of(two, two.office, client_of)
    assert "replacement-form" not in page_of(two, two.manager, client_of)


def test_who_is_away_is_named(two: Two, client_of: Any) -> None:
    assert "is away until" not in page_of(two, two.manager, client_of)
    factories.delegation(two.ada, two.carl, "viewer", programme=two.home)
    assert f"{two.ada.person.name} is away until" in page_of(two, two.manager, client_of)


def test_the_page_of_a_board_names_who_of_it_cannot_decide(two: Two, client_of: Any) -> None:
    board = two.home.boards.get()
    page = unescape(client_of(two.ada).get(f"/boards/{board.pk}/").content.decode())
    assert "Bert Blind has no account. It takes 2 to decide, and" in " ".join(page.split())
    assert "only 1 can" in page
    with transaction.atomic():
        board.members.set([two.ada.person, two.carl.person])
    page = client_of(two.ada).get(f"/boards/{board.pk}/").content.decode()
    assert "Not all can decide" not in page


def test_who_does_not_see_the_gate_is_named_too(two: Two, client_of: Any) -> None:
    dora = factories.user("dora")
    with transaction.atomic():
        two.home.boards.get().members.set([two.ada.person, dora.person])
    assert "holds no role by which they see it" in page_of(two, two.manager, client_of)
    factories.role(dora, "viewer", programme=two.home)
    assert "cannot be decided" not in page_of(two, two.manager, client_of)


def test_the_pmo_names_another_with_a_reason_that_is_kept(opened: Two, api: Any) -> None:
    body = {
        "absent": opened.bert.pk, "person": opened.carl.person.pk, "reason": "He left",
    }  # fmt: skip
    assert api(opened.manager).verb(f"{opened.path}replacement/", body).status_code == 403
    unsaid = api(opened.office).verb(f"{opened.path}replacement/", {**body, "reason": ""})
    assert (unsaid.status_code, [*errors_of(unsaid)]) == (400, ["/reason"])
    answer = api(opened.office).verb(f"{opened.path}replacement/", body)
    assert answer.status_code == 200, answer.json()
    assert answer.json()["unable"] == []
    assert {*answer.json()["approvers"]} == {opened.ada.person.pk, opened.carl.person.pk}
    (last, *_) = api(opened.office).get(f"{opened.path}history/").json()["results"]
    assert (last["reason"], [each["field"] for each in last["changes"]]) == (
        "He left", ["approvers"],
    )  # fmt: skip
    for user in (opened.ada, opened.carl):
        voted = api(user).verb(f"{opened.path}vote/", {"choice": "proceed"})
        assert voted.status_code == 200
    assert voted.json()["state"] == "decided"


def test_nobody_who_cannot_vote_either_is_named(opened: Two, api: Any) -> None:
    stranger = factories.user("stranger")
    for person, absent, pointer in (
        (factories.person(), opened.bert, "/person"),
        (stranger.person, opened.bert, "/person"),
        (opened.manager.person, opened.bert, "/person"),
        (opened.ada.person, opened.bert, "/person"),
        (opened.carl.person, opened.carl.person, "/absent"),
    ):
        body = {"absent": absent.pk, "person": person.pk, "reason": "Away"}
        answer = api(opened.office).verb(f"{opened.path}replacement/", body)
        assert (answer.status_code, [*errors_of(answer)]) == (400, [pointer]), answer.json()


def test_a_vote_that_is_cast_stays_with_who_cast_it(opened: Two, api: Any) -> None:
    assert api(opened.ada).verb(f"{opened.path}vote/", {"choice": "proceed"}).status_code == 200
    body = {"absent": opened.ada.person.pk, "person": opened.carl.person.pk, "reason": "Away"}
    answer = api(opened.office).verb(f"{opened.path}replacement/", body)
    assert (answer.status_code, [*errors_of(answer)]) == (400, ["/absent"])
    gate = Gate.objects.get(pk=opened.gate.pk)
    for change in (lambda: gate.approvers.add(opened.carl.person), gate.approvers.clear):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()  # nobody says why


def test_nobody_is_named_in_the_place_of_who_can_vote(opened: Two, api: Any) -> None:
    body = {
        "absent": opened.ada.person.pk, "person": opened.carl.person.pk, "reason": "Rather him",
    }  # fmt: skip
    answer = api(opened.office).verb(f"{opened.path}replacement/", body)
    assert (answer.status_code, [*errors_of(answer)]) == (400, ["/absent"]), answer.json()
    factories.delegation(opened.ada, opened.carl, "viewer", programme=opened.home)
    assert api(opened.office).verb(f"{opened.path}replacement/", body).status_code == 200


def test_nobody_names_themself_nor_who_decides_what_they_lead(opened: Two, api: Any) -> None:
    for user in (opened.office, opened.manager):
        factories.role(user, "pmo", programme=opened.home)
    body = {"absent": opened.bert.pk, "reason": "He left"}
    own = body | {"person": opened.office.person.pk}
    led = body | {"person": opened.carl.person.pk}
    for user, said in ((opened.office, own), (opened.manager, led)):
        answer = api(user).verb(f"{opened.path}replacement/", said)
        assert (answer.status_code, [*errors_of(answer)]) == (403, ["/person"]), answer.json()
    assert api(opened.office).verb(f"{opened.path}replacement/", led).status_code == 200
