"""Nobody gives themselves a role or a post beyond the day until which they may give it."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from pmhub.models import User
from programmes.models import Programme
from tests import factories
from tests.api.conftest import api, errors_of, office

__all__ = ["api", "office"]

TERM = date(2199, 6, 30)


class Place:
    """A programme with an SRO by a role that ends, and one of its projects."""

    def __init__(self) -> None:
        self.programme: Programme = factories.programme()
        self.manager = factories.user("manager")
        self.project = factories.project(
            programme=self.programme, project_manager=self.manager.person
        )
        self.sro = factories.user("sro")
        self.term = factories.role(self.sro, "sro", programme=self.programme, ends_on=TERM)

    def for_good(self) -> None:
        """The SRO holds the role without an end."""
        self.term.ends_on = None
        self.term.save()


@pytest.fixture
def place(office: User) -> Place:
    """The programme with its SRO."""
    return Place()


def by_post(place: Place, client: Any, who: User) -> Any:
    body = {"programme_manager": who.person.pk}
    return client.patch(f"programmes/{place.programme.pk}/", body)


def by_appointment(place: Place, client: Any, who: User) -> Any:
    body = {"role": "programme_manager", "person": who.person.pk}
    return client.verb(f"programmes/{place.programme.pk}/appointments/", body)


def by_assignment(place: Place, client: Any, who: User) -> Any:
    body = {"person": who.person.pk, "role": "programme_manager", "programme": place.programme.pk}
    return client.post("role-assignments/", body)


def by_bulk(place: Place, client: Any, who: User) -> Any:
    item = {"person": who.person.pk, "role": "project_manager", "project": place.project.pk}
    return client.post("role-assignments/bulk/", [item])


def by_new_record(place: Place, client: Any, who: User) -> Any:
    body = {"programme": place.programme.pk, "code": "P9", "name": "Own",
            "project_manager": who.person.pk}  # fmt: skip
    return client.post("projects/", body)


def by_succession(place: Place, client: Any, who: User) -> Any:
    body = {"successor": who.person.pk, "reason": "Leave"}
    return client.verb(f"projects/{place.project.pk}/succession/", body)


WAYS: list[Callable[[Place, Any, User], Any]] = [
    by_post, by_appointment, by_assignment, by_bulk, by_new_record, by_succession,
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_who_gives_for_a_term_gives_themself_nothing_that_lasts(
    way: Any, place: Place, api: Any
) -> None:
    refused = way(place, api(place.sro), place.sro)
    assert refused.status_code == 403, refused.content
    assert "for longer than they may give it" in refused.content.decode()


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_they_give_it_to_others(way: Any, place: Place, api: Any) -> None:
    done = way(place, api(place.sro), factories.user("other"))
    assert done.status_code in (200, 201), done.content


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_who_gives_without_an_end_gives_it_to_themself(way: Any, place: Place, api: Any) -> None:
    place.for_good()
    done = way(place, api(place.sro), place.sro)
    assert done.status_code in (200, 201), done.content


def test_a_role_until_the_same_day_is_given_and_not_lengthened(place: Place, api: Any) -> None:
    client = api(place.sro)
    body = {"person": place.sro.person.pk, "role": "programme_manager",
            "programme": place.programme.pk}  # fmt: skip
    after = TERM + timedelta(days=1)
    assert client.post("role-assignments/", body | {"ends_on": str(after)}).status_code == 403
    made = client.post("role-assignments/", body | {"ends_on": str(TERM)})
    assert made.status_code == 201, made.content
    path = f"role-assignments/{made.json()['id']}/"
    for day in (str(after), None):
        refused = client.patch(path, {"ends_on": day})
        assert (refused.status_code, [*errors_of(refused)]) == (403, ["/role"]), day
    assert client.patch(path, {"ends_on": str(TERM - timedelta(days=9))}).status_code == 200


def test_what_a_post_lets_one_give_lasts_as_the_post_does(place: Place, api: Any) -> None:
    lead = factories.user("lead")
    Programme.objects.filter(pk=place.programme.pk).update(sro=lead.person)
    assert by_assignment(place, api(lead), lead).status_code == 201
