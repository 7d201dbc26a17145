"""The page of a project as it was known at a moment."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def moved(demo, drain):
    """CAM-02, whose finish was declared later and whose milestone was renamed, and the moment
    before."""
    project = demo.project("CAM-02")
    before = timezone.now()
    project.forecast_finish = project.forecast_finish.replace(year=2031)
    project.percent_complete = 77
    project.save()
    project.milestones.filter(code="M03").update(title="Renamed")
    drain()
    return project, before


def contents(page):
    """Return the HTML of a page from its main part on, without the navigation, which leads to the
    present."""
    return page.content.decode().split("<main")[1]


def test_it_shows_what_was_known_then(client_of, cam02_manager, moved, words):
    project, before = moved
    address = f"/projects/{project.pk}/"
    now = words(client_of(cam02_manager).get(address))
    then = words(client_of(cam02_manager).get(address, {"as_of": before.isoformat()}))
    assert "Declared 25 Feb 2031" in now
    assert "4 Mar 2028 +78 d Declared 25 Feb 2028 Baseline 17 Dec 2027" in then
    assert "38% EV , earned 36,670" in then
    assert "M03 Foundations complete" in then
    assert "Renamed" not in then
    assert "As it was known at" in then
    assert "Back to now" in then


def test_nothing_is_written_in_the_past(client_of, cam02_manager, moved):
    project, before = moved
    page = client_of(cam02_manager).get(f"/projects/{project.pk}/", {"as_of": before.isoformat()})
    assert "<rest-form" not in contents(page)


def test_other_records_are_opened_at_the_same_moment(client_of, viewer, moved, demo):
    project, before = moved
    for address in (f"/projects/{project.pk}/", f"/programmes/{project.programme_id}/"):
        html = contents(client_of(viewer).get(address, {"as_of": before.isoformat()}))
        other = demo.project("CAM-01").pk
        assert f'href="/projects/{other}/?as_of=' in html
        assert f'href="/projects/{other}/"' not in html


@pytest.mark.parametrize("text", ["2999-01-01", "yesterday", "0001-01-01"])
def test_what_is_no_moment_of_it_is_said(client_of, viewer, demo, text):
    address = f"/projects/{demo.project('CAM-02').pk}/"
    assert client_of(viewer).get(address, {"as_of": text}).status_code == 400


def test_a_project_that_was_not_there_has_no_page_of_then(client_of, nothing, words):
    reader = factories.user(is_superuser=True)
    project = factories.project()
    before = timezone.now() - timedelta(days=1)
    page = client_of(reader).get(f"/projects/{project.pk}/", {"as_of": before.isoformat()})
    assert page.status_code == 400
    assert "The project was not there yet" in words(page)


def test_what_was_true_before_anything_was_written_down_has_a_page_of_then(client_of, nothing):
    reader = factories.user(is_superuser=True)
    role = factories.role(reader, "pmo")
    today = timezone.localdate()
    home = factories.programme(portfolio=factories.portfolio(status_date=today))
    tranche = home.tranches.create(code="T1", name="First")
    project = factories.project(programme=home, tranche=tranche)
    cost = project.cost_actuals.create(posted_on=today - timedelta(days=10), amount=1)
    on = {"on": (today - timedelta(days=5)).isoformat()}
    for address, status in (
        (f"/cost-actuals/{cost.pk}/", 200),
        (f"/projects/{project.pk}/money/", 200),
        (f"/projects/{project.pk}/explain/actual_cost/", 200),
        (f"/role-assignments/{role.pk}/", 400),
    ):
        assert client_of(reader).get(address, on).status_code == status
