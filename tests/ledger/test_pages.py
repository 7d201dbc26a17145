"""Pages of the past, and what moved a figure as pages tell it."""

import re
from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from pmhub.demo.removal import erase
from pmhub.views import regions
from programmes import queries
from programmes.queries.bridges import recent
from projects.models import CostActual, Risk
from tests import factories
from tests.pages.conftest import queries_of, words

__all__ = ["queries_of", "words"]


@pytest.fixture
def address(demo):
    return f"/programmes/{demo.programme('CAM').pk}/"


@pytest.fixture
def moment():
    return urlencode({"as_of": timezone.now().isoformat()})


def dearer(demo, drain, by=250):
    """CAM-02 made dearer."""
    project = demo.project("CAM-02")
    project.estimate_to_complete += by
    project.save()
    drain()


def test_a_programme_as_it_was_says_so_and_leads_back(
    client_of, viewer, address, moment, demo, drain, words
):
    dearer(demo, drain)
    client = client_of(viewer)
    assert "286,060" in words(client.get(address))
    answer = client.get(f"{address}?{moment}")
    page = words(answer)
    assert "As it was known at" in page
    assert "285,810" in page
    assert "286,060" not in page
    html = answer.content.decode()
    assert '<a href="?">Back to now</a>' in html
    assert f'{address}explain/total_forecast/?{moment}"' in html
    assert re.search(f'<pm-tracks programme="{demo.programme("CAM").pk}"[^>]* as-of="', html)
    assert "CAM-06 Sports and Wellbeing Centre R Red declared green, figures red" in page


def test_the_portfolio_as_it_was(client_of, pmo, moment, demo, drain, words):
    dearer(demo, drain)
    client = client_of(pmo)
    assert "286,060" in words(client.get("/portfolio/"))
    page = words(client.get(f"/portfolio/?{moment}"))
    assert "As it was known at" in page
    assert "285,810" in page
    before = words(client.get("/portfolio/?as_of=2020-01-01"))
    assert "285,810" not in before


def test_an_explanation_as_it_was(client_of, viewer, address, moment, demo, drain, words):
    dearer(demo, drain)
    page = words(client_of(viewer).get(f"{address}explain/estimate_at_completion/?{moment}"))
    assert "As it was known at" in page
    assert "104,200" in page
    assert "104,450" not in page


@pytest.mark.parametrize("path", ["", "explain/health/"])
@pytest.mark.parametrize("text", ["2999-01-01", "nonsense"])
def test_no_moment_of_the_past_is_refused(client_of, viewer, address, path, text, words):
    answer = client_of(viewer).get(f"{address}{path}?as_of={text}")
    assert answer.status_code == 400
    assert "See it as it is now" in words(answer)


def test_before_the_first_computation_a_page_says_so(client_of, viewer, address, words):
    page = words(client_of(viewer).get(f"{address}?as_of=2020-01-01"))
    assert "Nothing had been computed then" in page


def test_a_stranger_finds_no_page_of_the_past(client_of, viewer, stranger, address, moment):
    found = [client_of(who).get(f"{address}?{moment}").status_code for who in (viewer, stranger)]
    assert found == [200, 404]


def test_a_project_that_left_is_in_the_past_of_who_sees_it_still(
    client_of, viewer, pmo, address, moment, demo, drain, words
):
    project = demo.project("CAM-03")
    project.programme, project.tranche = demo.programme("NZE"), None
    project.save()
    drain()
    past, why = f"{address}?{moment}", f"{address}explain/approved_budget/"
    for who, seen in ((viewer, False), (pmo, True)):
        client = client_of(who)
        assert ("Library and Learning Commons" in words(client.get(past))) is seen
        page = words(client.get(why))
        assert ("Library and Learning Commons" in page) is seen
        assert ("A project that you may not open" in page) is not seen
        assert "project left" in page


def tables(answer):
    """What the tables and lists of a page hold, a text each."""
    found = re.findall(r"<(tbody|dl)\b(.*?)</\1>", answer.content.decode(), re.DOTALL)
    return [" ".join(re.sub(r"<[^>]*>", " ", f"<{text}").split()) for _, text in found]


@pytest.mark.parametrize("page", ["", "risk/"])
def test_a_page_of_the_past_is_the_page_of_then(client_of, cam_manager, address, demo, drain, page):
    client = client_of(cam_manager)
    before, moment = tables(client.get(address + page)), timezone.now().isoformat()
    programme = demo.programme("CAM")
    programme.projects.filter(code="CAM-02").update(name="Another", percent_complete=77)
    erase(Risk.objects.filter(project__programme=programme))
    dearer(demo, drain)
    assert tables(client.get(address + page)) != before
    assert tables(client.get(f"{address}{page}?{urlencode({'as_of': moment})}")) == before


def test_the_bridge_adds_up_on_the_page(client_of, viewer, address, demo, drain, words):
    dearer(demo, drain)
    page = words(client_of(viewer).get(f"{address}explain/estimate_at_completion/?since=week"))
    assert "CAM-02 Engineering and Materials Building 104,200 104,450 +250 value edited" in page
    assert "In all 285,810 286,060 +250" in page
    assert "Before 285,810" in page
    assert "After 286,060" in page
    assert "Lines as CSV" in page
    assert "Movements as XLSX" in page


def test_a_ratio_says_through_which_input(client_of, viewer, address, demo, drain, words):
    demo.programme("CAM").projects.filter(code="CAM-02").update(percent_complete=60)
    drain()
    page = words(client_of(viewer).get(f"{address}explain/cost_performance_index/"))
    assert "through Earned value" in page


@pytest.mark.parametrize("since", ["week", "month", "2020-01-01"])
def test_a_period_can_be_chosen(client_of, viewer, address, since):
    assert client_of(viewer).get(f"{address}explain/health/?since={since}").status_code == 200


@pytest.mark.parametrize("since", ["2999-01-01", "long ago"])
def test_a_wrong_period_is_told_beside_the_usual_one(client_of, viewer, address, since, words):
    answer = client_of(viewer).get(f"{address}explain/health/?since={since}")
    assert answer.status_code == 200
    assert "notice-amber" in answer.content.decode()


def test_the_files_of_a_figure_can_be_read(client_of, viewer, address, demo, drain):
    dearer(demo, drain)
    client = client_of(viewer)
    context = client.get(f"{address}explain/estimate_at_completion/").context["bridge"]
    assert len(context["files"]) == 4
    for _, file in context["files"]:
        assert client.get(file).status_code == 200


def test_the_overview_tells_what_moved(client_of, viewer, address, demo, drain, words):
    client = client_of(viewer)
    assert "None of the main figures has moved." in words(client.get(address))
    dearer(demo, drain)
    page = words(client.get(address))
    assert "Forecast cost of projects 285,810 286,060 +250 CAM-02 +250 value edited" in page


def test_what_moved_is_told_alike_where_it_is_read_on_and_where_it_is_read_anew(
    client_of, viewer, address, demo, drain, words
):
    client = client_of(viewer)
    for by in (250, -40, 30):
        dearer(demo, drain, by)
        Risk.objects.filter(project=demo.project("CAM-02")).update(
            residual_probability=Decimal(abs(by)) / 1000
        )
        project = demo.project("CAM-03")
        project.forecast_finish += timedelta(days=by)
        project.save()
        drain()
        read_on = moved_of(client.get(address), words)
    assert "CAM-02 +240 value edited" in read_on
    recent.cache.clear()
    regions.clear()
    assert moved_of(client.get(address), words) == read_on


def test_causes_are_told_alike_where_they_are_read_on_and_where_they_are_read_anew(
    demo, drain, pmo
):
    programme, figures = demo.programme("CAM"), (
        "actual_cost", "dependencies_late", "estimate_at_completion",
    )  # fmt: skip
    giver, receiver = (demo.project(code) for code in ("CAM-02", "CAM-03"))

    def told():
        standing = queries.freshness_of(programme.pk)
        found = recent.recent_bridge(programme, figures, standing, pmo)[1]
        return {
            name: [(part.source.code, part.cause, part.amount) for part in bridge.parts]
            for name, bridge in found.items()
        }

    def added():
        agreed = {"need_by": date(2040, 1, 1), "status": "agreed", "drives_schedule": False}
        factories.dependency(giver, receiver, code="D99", **agreed)

    def day_turns():
        demo.portfolio.status_date = date(2026, 11, 30)
        demo.portfolio.save()

    def late():
        giver.refresh_from_db()
        giver.forecast_finish = date(2041, 1, 1)
        giver.save()
        # Of a month that was not over as the period began.
        CostActual.objects.create(project=receiver, posted_on=date(2026, 10, 30), amount=70)

    recent.cache.clear()
    for write in (added, day_turns, late):
        write()
        dearer(demo, drain)  # so that there is something to read each time
        read_on = told()
    assert ("CAM-03", "value_edited", Decimal(70)) in read_on["actual_cost"]
    assert "D99" in {code for code, *_ in read_on["dependencies_late"]}
    recent.cache.clear()
    assert told() == read_on


def moved_of(page, words):
    """Return the words of the overview about what moved."""
    return words(page).partition("What moved")[2].partition("Projects")[0]


def test_more_movements_take_no_more_queries(client_of, nothing, drain, queries_of):
    reader = factories.user()
    programme = factories.programme()
    factories.role(reader, "viewer", programme=programme)
    client, counts = client_of(reader), set()
    client.get(f"/programmes/{programme.pk}/")  # what stays from now on is read once
    # Of a single project, what is read of all is what is read of the one that moved: once.
    for number in (2, 3):
        for _ in range(number):
            factories.baseline(factories.project(programme=programme))
        drain()
        for project in programme.projects.all():
            project.estimate_to_complete = 100 + number
            project.forecast_finish += timedelta(number)
            project.save()
        drain()
        moment = urlencode({"as_of": timezone.now().isoformat()})
        counts.add((
            queries_of(client, f"/programmes/{programme.pk}/"),
            queries_of(client, f"/programmes/{programme.pk}/?{moment}"),
            queries_of(client, f"/programmes/{programme.pk}/explain/finish_propagated/"),
        ))  # fmt: skip
    assert len(counts) == 1
