"""Driving dependencies form no cycle, however many are written at once and by however many."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projects.models import Dependency, Project
from tests import factories

Links = list[tuple[int, int]]


def row(giver: Project, receiver: Project, **fields: Any) -> Dependency:
    """A dependency that is not stored yet."""
    code = f"{giver.code}-{receiver.code}"
    return Dependency(giver=giver, receiver=receiver, code=code, deliverable="Keys", **fields)


def circular(links: Links) -> bool:
    """Whether links between numbers form a circle: taking away those that nothing gives to, again
    and again, leaves something."""
    left = set(links)
    while left:
        taken = {link for link in left if link[0] not in {receiver for _, receiver in left}}
        if not taken:
            return True
        left -= taken
    return False


numbers = st.integers(0, 5)
some_links = st.lists(
    st.tuples(numbers, numbers).filter(lambda link: link[0] != link[1]), unique=True
)


@pytest.mark.django_db
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some_links, some_links)
def test_a_statement_is_refused_just_when_a_circle_would_be(
    nothing: None, there: Links, more: Links
) -> None:
    with transaction.atomic():
        check(there, more)
        transaction.set_rollback(True)


def check(there: Links, more: Links) -> None:
    """Add links to those that are there, in one statement; then make them driving in one."""
    projects = [factories.project() for _ in range(6)]
    there = [link for at, link in enumerate(there) if not circular(there[: at + 1])]
    more = [link for link in more if link not in there]
    for one, other in there:
        row(projects[one], projects[other]).save()
    refused = circular(there + more)
    rows = [row(projects[one], projects[other]) for one, other in more]
    assert refuses(lambda: Dependency.objects.bulk_create(rows)) == refused
    these = Dependency.objects.filter(code__in=[each.code for each in rows])
    these.delete()
    Dependency.objects.bulk_create(
        row(projects[one], projects[other], drives_schedule=False) for one, other in more
    )
    assert refuses(lambda: these.update(drives_schedule=True)) == refused


def refuses(write: Callable[[], Any]) -> bool:
    """Whether the database refuses it as a circle."""
    try:
        with transaction.atomic():
            write()
    except IntegrityError as error:
        return "form a cycle" in str(error)
    return False


@pytest.mark.django_db(transaction=True)
def test_of_two_that_each_add_half_a_circle_one_is_refused(nothing: None) -> None:
    a, b = factories.project(), factories.project()
    outcome: list[str] = []

    def other_half() -> None:
        try:
            row(b, a).save()
            outcome.append("stored")
        except IntegrityError:
            outcome.append("refused")
        finally:
            connection.close()

    with transaction.atomic():
        row(a, b).save()
        thread = threading.Thread(target=other_half)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()  # it waits to see what becomes of the first half
    thread.join(10)
    assert outcome == ["refused"]
    assert Dependency.objects.count() == 1


def test_thousands_in_chains_are_checked_in_one_walk(nothing: None) -> None:
    """Seconds for a walk of a chain each: the bound on a statement would end it."""
    home = factories.programme()
    made = Project.objects.bulk_create(
        Project(code=f"K{number}", name="Link", programme=home) for number in range(2000)
    )
    Dependency.objects.bulk_create(
        [row(made[at], made[at + 1]) for at in range(1999) if at % 50 != 49], batch_size=2000
    )
    end = row(made[49], made[0])
    with pytest.raises(IntegrityError), transaction.atomic():
        end.save()
