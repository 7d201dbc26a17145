"""A programme with two projects, and all the people who may be asked something there."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from pmhub.models import Person, User
from pmhub.queries.waiting import BY_NAME, Finding, waiting
from programmes.models import Programme
from projects.models import Project
from tests import factories

POSTS = ("manager", "sro", "leader", "giver")


class Office:
    """A programme with two projects. Its people, by what they are: `manager` of the programme,
    `sro`, `leader` of the project, `giver` who leads the other one, `owner` of what is found,
    `assurer`, `finance`, `sponsor`, `reader`, `pmo`, and a `stranger`."""

    programme: Programme
    project: Project
    other: Project

    def __init__(self) -> None:
        names = (*POSTS, "owner", "assurer", "finance", "sponsor", "reader", "pmo", "stranger")
        self.people: dict[str, User] = {name: factories.user(name) for name in names}
        self.programme = factories.programme(
            programme_manager=self.person("manager"), sro=self.person("sro")
        )
        self.project, self.other = (
            factories.project(programme=self.programme, project_manager=self.person(name))
            for name in ("leader", "giver")
        )
        for name, role in (
            ("owner", "viewer"),
            ("assurer", "assurer"),
            ("finance", "finance"),
            ("reader", "viewer"),
        ):
            factories.role(self.people[name], role, programme=self.programme)
        factories.role(self.people["sponsor"], "sponsor", portfolio=self.programme.portfolio)
        factories.role(self.people["pmo"], "pmo")

    def person(self, name: str) -> Person:
        """Return one of the people as they are in the directory."""
        found: Person = self.people[name].person
        return found


@pytest.fixture
def office(nothing: None) -> Office:
    """The programme with its people."""
    return Office()


@pytest.fixture
def found() -> Callable[..., list[Finding]]:
    """`found(user, "rule", …)`: what waits for a user by these rules, read anew."""

    def ask(user: User, *names: str, rules: Iterable[Any] = ()) -> list[Finding]:
        fresh = User.objects.get(pk=user.pk)
        return waiting(fresh, [*(BY_NAME[name] for name in names), *rules])

    return ask
