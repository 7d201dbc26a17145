"""Driving dependencies form no cycle, however many are written at once and by however many."""

import threading
from collections.abc import Callable
from typing import Any

import pgtrigger
import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from programmes.models import Portfolio
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
        return "wait for themselves" in str(error)
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
    thread.join(60)
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


# Circles of events


@pytest.fixture
def mutual(nothing: None) -> Any:
    """Two projects that wait for each other: A's first milestone, B's, A's second."""
    home = factories.programme()
    a, b = (factories.project(programme=home, code=code) for code in "AB")
    one, two = (factories.milestone(a, code=f"A{n}", baseline_on=f"2027-0{n}-01") for n in (1, 2))
    other = factories.milestone(b, code="B1", baseline_on="2027-01-15")
    there = factories.dependency(a, b, giver_milestone=one, receiver_milestone=other)
    factories.dependency(b, a, giver_milestone=other, receiver_milestone=two)
    return a, b, one, two, other, there


def wrong(write: Callable[[], Any]) -> str:
    """The path that a write is refused with."""
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        write()
    return str(error.value).split(": ")[1].split("\n")[0]


def test_two_projects_may_wait_for_each_other(mutual: Any) -> None:
    assert Dependency.objects.count() == 2


def test_a_planned_order_that_makes_an_event_wait_for_itself_is_refused(mutual: Any) -> None:
    a, _, one, two, *_ = mutual
    path = wrong(lambda: type(one).objects.filter(pk=two.pk).update(baseline_on="2026-12-01"))
    assert sorted(path.split(" → ")) == ["A A1", "A A2", "B B1", "B B1"]
    wrong(
        lambda: (
            type(one).objects.filter(pk=one.pk).update(baseline_on=None, forecast_on="2027-03-01")
        )
    )
    type(one).objects.filter(pk=two.pk).update(baseline_on="2027-01-01")  # in no order
    assert a.milestones.count() == 2


def test_a_baseline_that_makes_an_event_wait_for_itself_is_refused(mutual: Any) -> None:
    a, *_ = mutual
    dates = {"starts_on": "2027-01-10", "finishes_on": "2027-12-31"}
    factories.baseline(a, **dates)  # the first milestone comes before the start, and does not wait
    a.dependencies_in.update(receiver_milestone=None, kind="FS")
    path = wrong(lambda: factories.baseline(a, starts_on="2026-04-01", finishes_on="2027-12-31"))
    assert sorted(path.split(" → ")) == ["A A1", "A start", "B B1", "B B1"]
    factories.baseline(a, starts_on="2026-04-01", finishes_on="2027-12-31", approved_on=None)


def test_a_promise_counts_as_given_after_every_event_of_its_giver(mutual: Any) -> None:
    *_, there = mutual
    path = wrong(
        lambda: Dependency.objects.filter(pk=there.pk).update(
            giver_milestone=None, forecast_on="2026-12-01"
        )
    )
    assert f"A promise {there.code}" in path
    Dependency.objects.filter(pk=there.pk).update(
        giver_milestone=None, forecast_on="2026-12-01", drives_schedule=False
    )


def test_what_is_accepted_or_will_not_come_closes_no_circle(mutual: Any) -> None:
    a, _, one, two, *_ = mutual
    moves = "projects.Dependency:status_moves"  # ignored, as it could be put before
    with pgtrigger.ignore(moves):
        a.dependencies_in.update(status="accepted")
    type(one).objects.filter(pk=two.pk).update(baseline_on="2026-12-01")
    with pgtrigger.ignore(moves):
        path = wrong(lambda: a.dependencies_in.update(status="agreed"))
    assert path.startswith(("A A", "B B"))
    type(one).objects.filter(pk=one.pk).update(state="cancelled")
    with pgtrigger.ignore(moves):
        a.dependencies_in.update(status="agreed")


def test_moving_a_milestone_to_another_place_in_a_long_chain_is_checked_in_one_walk(
    nothing: None,
) -> None:
    home = factories.programme()
    made = Project.objects.bulk_create(
        Project(code=f"K{number}", name="Link", programme=home) for number in range(2000)
    )
    Dependency.objects.bulk_create(
        [row(made[at], made[at + 1]) for at in range(1999)], batch_size=2000
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        row(made[1999], made[0]).save()


EARLY, LATE = "2026-04-01", "2027-01-10"  # starts with which A's first milestone waits, or not


@pytest.mark.parametrize("starts", [(EARLY, LATE), (LATE, EARLY)], ids=["now", "later"])
def test_the_order_holds_on_the_status_date_and_from_each_later_baseline_on(
    starts: tuple[str, str], mutual: Any
) -> None:
    a, *_ = mutual
    Portfolio.objects.update(status_date="2024-01-31")
    for approved_on, start in zip(("2024-01-01", "2024-02-10"), starts, strict=True):
        factories.baseline(a, approved_on=approved_on, starts_on=start, finishes_on="2027-12-31")
    path = wrong(lambda: a.dependencies_in.update(receiver_milestone=None, kind="FS"))
    assert sorted(path.split(" → ")) == ["A A1", "A start", "B B1", "B B1"]


def test_the_order_of_a_baseline_that_was_replaced_holds_nothing_up(mutual: Any) -> None:
    a, *_ = mutual
    Portfolio.objects.update(status_date="2024-01-31")
    for approved_on, start in (("2024-01-01", EARLY), ("2024-01-31", LATE)):
        factories.baseline(a, approved_on=approved_on, starts_on=start, finishes_on="2027-12-31")
    a.dependencies_in.update(receiver_milestone=None, kind="FS")
