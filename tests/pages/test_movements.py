"""What moved over a time that one chooses, at a portfolio, a programme and a project."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pmhub.models import Visit
from programmes.models import StatusReport
from projects.models import Project
from tests import factories

NAME = "estimate_at_completion"


@pytest.fixture
def moved(demo, drain):
    """CAM-02 is to cost 250 more; the moment before."""
    before, project = timezone.now(), demo.project("CAM-02")
    project.estimate_to_complete += 250
    project.save()
    drain()
    return before


@pytest.fixture
def pages(demo):
    return {
        "portfolio": f"/portfolios/{demo.portfolio.pk}/",
        "programme": f"/programmes/{demo.programme('CAM').pk}/",
        "project": f"/projects/{demo.project('CAM-02').pk}/",
    }


LEVELS = ("portfolio", "programme", "project")


@pytest.mark.parametrize("level", LEVELS)
def test_a_page_tells_by_how_much_a_figure_moved_and_leads_to_why(
    client_of, pmo, pages, moved, level, words
):
    answer = client_of(pmo).get(pages[level])
    assert "+250" in words(answer)
    (row,) = [row for row in answer.context["moved"]["figures"] if f"/{NAME}/" in row["address"]]
    assert row["change"] == "+250"
    explained = client_of(pmo).get(row["address"])
    assert explained.context["bridge"]["difference"] in ("+250", "+250.00")


@pytest.mark.parametrize("level", LEVELS)
def test_two_days_before_it_moved_tell_of_no_movement(client_of, pmo, pages, moved, level, words):
    days = {"since": "2020-01-01", "until": "2020-02-01"}
    page = client_of(pmo).get(pages[level], days)
    assert "+250" not in words(page)
    assert "None of the main figures has moved." in words(page)


def test_since_the_last_visit_is_told_of_each_reader_apart(
    client_of, pmo, cam_manager, pages, moved, words
):
    now = timezone.now()
    for user, before in ((pmo, moved), (cam_manager, now)):
        Visit.objects.create(user=user, begun_at=now, before=before)
    asked = {"since": "visit"}
    assert "+250" in words(client_of(pmo).get(pages["programme"], asked))
    assert "+250" not in words(client_of(cam_manager).get(pages["programme"], asked))
    Visit.objects.filter(user=cam_manager).update(before=moved)
    assert "+250" in words(client_of(cam_manager).get(pages["programme"], asked))


def test_who_was_never_here_is_told_so(client_of, viewer, pages, moved, words):
    page = words(client_of(viewer).get(pages["programme"], {"since": "visit"}))
    assert "You have not been here before; here are the last 30 days." in page
    assert "+250" in page


def test_since_the_last_report_begins_when_that_was_published(
    client_of, viewer, demo, pages, moved, words
):
    asked = {"since": "report"}
    page = words(client_of(viewer).get(pages["programme"], asked))
    assert "No report has been published yet; here are the last 30 days." in page
    StatusReport.objects.create(
        programme=demo.programme("CAM"),
        period_end="2026-10-31",
        author=demo.person("PE18"),
        approved_by=demo.programme("CAM").sro,
        achieved="Said",
        state="published",
        published_at=timezone.now(),
    )
    page = words(client_of(viewer).get(pages["programme"], asked))
    assert "None of the main figures has moved." in page


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"since": "2999-01-01"}, "That is in the future: nothing is known of it yet"),
        ({"since": "soon"}, "Give a date, or a moment with its offset"),
        ({"since": "2026-02-01", "until": "2026-01-01"}, "has to come before the last"),
        ({"until": "never"}, "Give a date"),
    ],
)
def test_what_is_no_time_is_said_on_the_page(client_of, viewer, pages, asked, said, words):
    for level in ("programme", "project"):
        assert said in words(client_of(viewer).get(pages[level], asked))


def test_the_time_chosen_goes_along_to_the_explanation(client_of, viewer, pages, moved):
    day = (timezone.now() - timedelta(days=2)).date().isoformat()
    page = client_of(viewer).get(pages["programme"], {"since": day})
    assert all(f"?since={day}" in row["address"] for row in page.context["moved"]["figures"])


def test_who_sees_a_part_of_a_portfolio_is_told_no_figure_of_the_whole(
    client_of, viewer, pages, moved
):
    page = client_of(viewer).get(pages["portfolio"])
    assert page.status_code in (200, 404)
    assert b"What moved" not in page.content


def test_how_a_portfolio_stood_is_read_once(client_of, pmo, demo, pages, moved, drain, words):
    client = client_of(pmo)
    client.get(pages["portfolio"])
    Project.objects.filter(code="CAM-02").update(
        estimate_to_complete=F("estimate_to_complete") + 70
    )
    drain()
    with CaptureQueriesContext(connection) as asked:
        page = client.get(pages["portfolio"])
    assert "+320" in words(page)
    assert [
        each for each in asked.captured_queries if "set_config('pmhub.as_of'" in each["sql"]
    ] == []


def test_what_has_left_a_portfolio_for_where_one_does_not_see_it_is_not_named(
    client_of, demo, pages, moved, drain, words
):
    sponsor = factories.user("sponsor of one")
    factories.role(sponsor, "sponsor", portfolio=demo.portfolio)
    alone = factories.project(programme=None, portfolio=demo.portfolio, name="Boathouse")
    factories.baseline(alone, budget_at_completion=100)
    drain()
    client = client_of(sponsor)
    assert "Boathouse" in words(client.get(pages["portfolio"]))
    Project.objects.filter(pk=alone.pk).update(portfolio=factories.portfolio())
    drain()
    assert "Boathouse" not in words(client.get(pages["portfolio"]))
