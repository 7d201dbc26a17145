"""What roles reach, read once where a request only reads: the same rows as asked of the database
each time."""

import functools
import operator
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Q

from pmhub.access import inherited, reach
from pmhub.access.grants import grants_of
from pmhub.access.scoped_rows import ScopedRows
from pmhub.database.one_moment import of_one_moment
from pmhub.models import User
from projects.models import Project
from tests import factories

NONE = Q(pk__in=[])


def models() -> list[Any]:
    return [model for model in apps.get_models() if hasattr(model._default_manager, "visible_to")]


@pytest.fixture(autouse=True)
def nothing_read() -> None:
    """Clear what other tests have cached, with another bound."""
    reach._cache.clear()


@pytest.fixture
def readers(demo: Any) -> list[User]:
    """Who holds roles on the most kinds of objects, who does on parts of two programmes, and who
    does on a whole portfolio."""
    users = User.objects.filter(person__isnull=False, is_superuser=False).order_by("pk")
    most = max(users, key=lambda user: len({kind for kind, _ in grants_of(user).roles}))
    part = factories.user("part")
    factories.role(part, "viewer", programme=demo.programme("CAM"))
    factories.role(part, "project_manager", project=demo.project("CAM-02"))
    whole = factories.user("whole")
    factories.role(whole, "viewer", portfolio=demo.portfolio)
    return [most, part, whole]


def seen(user: User) -> dict[Any, set[int]]:
    return {
        model: {*model._default_manager.visible_to(user).values_list("pk", flat=True)}
        for model in models()
    }


def test_who_only_reads_sees_the_rows_that_others_see(readers: list[User]) -> None:
    for user in readers:
        rows = seen(user)
        with of_one_moment():
            assert seen(user) == rows, user


def test_what_is_reached_in_too_many_ways_is_asked_for_each_time(
    readers: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    user = readers[-1]
    rows = seen(user)
    monkeypatch.setattr(reach, "MOST", 3)
    with of_one_moment():
        assert seen(user) == rows


def test_a_statement_asks_each_time_for_what_is_too_much(
    readers: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compiled while a request only reads, it holds nothing of what stands for the roles."""
    user, rows = readers[-1], ScopedRows(Project.objects.visible_to)
    seen = {*Project.objects.visible_to(user)}
    monkeypatch.setattr(reach, "MOST", 3)
    with of_one_moment():
        assert len(seen) > 3
        assert {*rows(user)} == seen


def test_what_is_out_of_reach_is_all_the_rest(readers: list[User]) -> None:
    """A row without such a parent is out of reach there, and not neither in nor out."""
    for user in readers:
        for model in (model for model in models() if getattr(model, "visible_through", ())):
            with of_one_moment():
                within = functools.reduce(operator.or_, inherited(model, grants_of(user)), NONE)
                rows = model._base_manager
                numbers = rows.filter(within).count(), rows.exclude(within).count()
            assert sum(numbers) == rows.count(), (user, model)


def test_a_project_that_comes_or_goes_is_in_reach_or_out_at_once(demo: Any, client_of: Any) -> None:
    user = factories.user("leads")
    factories.role(user, "viewer", programme=demo.programme("CAM"))
    pages, project = client_of(user), demo.project("CAM-02")
    risk = project.risks.first()

    def shown() -> list[bool]:
        return [
            name in pages.get(at).content.decode()
            for at, name in (("/projects/", project.name), ("/risks/", risk.title))
            for _ in "12"
        ]

    assert shown() == [True] * 4
    Project.objects.filter(pk=project.pk).update(programme=None, portfolio=demo.portfolio)
    assert shown() == [False] * 4
    Project.objects.filter(pk=project.pk).update(programme=demo.programme("CAM"), portfolio=None)
    assert shown() == [True] * 4
