"""Contingency and costs."""

from datetime import date
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Sum

from programmes.services import draw_contingency
from projects.models import CostActual
from projects.services import post_cost
from tests.services.refusal import refused

DAY = date(2026, 10, 30)


def draw(demo, amount, *, code="CAM-02", by):
    return draw_contingency(
        demo.programme("CAM"), to=demo.project(code), amount=Decimal(amount), on=DAY, by=by
    )


# Contingency


def test_contingency_is_moved_and_never_made(demo, pmo):
    draw(demo, 600, by=pmo)
    draw(demo, -100, by=pmo)
    programme = demo.programme("CAM")
    moved = programme.contingency_movements.aggregate(sum=Sum("amount"))["sum"]
    assert moved == 2100 + 600 - 100
    assert programme.contingency_budget == 21700


def test_no_more_is_drawn_than_remains(demo, pmo):
    with refused("amount", "Only £19,600,000 of the contingency remains."):
        draw(demo, "19600.01", by=pmo)
    assert draw(demo, 19600, by=pmo).created_by == pmo


def test_no_more_is_given_back_than_was_drawn(demo, pmo):
    with refused("amount", "The project was given only £1,450,000."):
        draw(demo, "-1450.01", by=pmo)
    draw(demo, -1450, by=pmo)


def test_contingency_stays_in_its_programme(demo, pmo):
    with refused("project", "Choose a project of the programme CAM."):
        draw(demo, 1, code="NZE-01", by=pmo)


def test_a_project_that_has_ended_is_given_no_money(demo, pmo):
    with refused("project", "A project that has ended is given no money."):
        draw(demo, 1, code="CAM-01", by=pmo)


def test_a_project_that_has_ended_keeps_what_it_drew(demo, pmo):
    with refused("project", "A project that has ended keeps what it drew."):
        draw(demo, -1, code="CAM-01", by=pmo)


def test_nothing_is_no_movement(demo, pmo):
    with refused("amount", "Enter an amount other than 0."):
        draw(demo, 0, by=pmo)


def at_once(work):
    """Do the work twice at the same moment; answers what came of it, errors included."""
    start, outcomes = Barrier(2), []

    def run():
        start.wait()
        try:
            outcomes.append(work())
        except ValidationError as error:
            outcomes.append(error.message_dict)
        finally:
            connection.close()

    threads = [Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


@pytest.mark.django_db(transaction=True)
def test_two_at_once_cannot_both_draw_the_last_of_it(demo, pmo):
    outcomes = at_once(lambda: draw(demo, 19600, by=pmo))
    assert {"amount": ["Only £0 of the contingency remains."]} in outcomes
    assert demo.programme("CAM").contingency_movements.filter(amount=19600).count() == 1


# Costs


def test_a_cost_is_posted_to_a_project_or_to_a_line_of_the_programme(demo, pmo):
    project, line = demo.project("CAM-02"), demo.line("CAM-programme_office")
    assert post_cost(project, amount=Decimal(10), posted_on=DAY, by=pmo).project == project
    assert post_cost(line, amount=Decimal(10), posted_on=DAY, by=pmo).programme_line == line


def test_the_same_posting_again_is_the_same_posting(demo, pmo):
    posting = {"amount": Decimal(10), "posted_on": DAY, "source": "erp", "source_ref": "77"}
    first = post_cost(demo.project("CAM-02"), **posting, by=pmo)
    assert post_cost(demo.project("CAM-02"), **posting, by=pmo) == first
    assert CostActual.objects.filter(source="erp").count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_posting_twice_at_once_is_one_posting(demo, pmo):
    project = demo.project("CAM-02")
    posting = {"amount": Decimal(10), "posted_on": DAY, "source": "erp", "source_ref": "77"}
    first, second = at_once(lambda: post_cost(project, **posting, by=pmo).pk)
    assert first == second


def test_a_reference_is_not_posted_with_other_figures(demo, pmo):
    posting = {"posted_on": DAY, "source": "erp", "source_ref": "77"}
    post_cost(demo.project("CAM-02"), amount=Decimal(10), **posting, by=pmo)
    with refused("source_ref", "This reference was posted with other figures."):
        post_cost(demo.project("CAM-02"), amount=Decimal(11), **posting, by=pmo)


def test_a_reversal_is_negative(demo, pmo):
    project = demo.project("CAM-02")
    with refused("amount", "Enter an amount below 0: a reversal takes a cost back."):
        post_cost(project, amount=Decimal(10), posted_on=DAY, kind="reversal", by=pmo)
    post_cost(project, amount=Decimal(-10), posted_on=DAY, kind="reversal", by=pmo)


def test_a_cost_is_not_posted_in_the_future(demo, pmo):
    with refused("posted_on", "This day is still to come."):
        post_cost(demo.project("CAM-02"), amount=Decimal(1), posted_on=date(2200, 1, 1), by=pmo)
