"""Why an event has its float, and a dependency, milestone or project its drag."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from programmes.queries.float_and_drag import KINDS, drag_of, float_of
from programmes.queries.sensitivity import float_and_drag_of
from projects.models import Dependency, Milestone


@pytest.fixture
def programme(demo, simulate):
    simulate()
    return demo.programme("CAM")


@pytest.fixture
def address(programme):
    return f"/programmes/{programme.pk}/tracks"


def test_each_drag_is_the_finish_less_the_finish_with_it_at_its_baseline(programme):
    found = float_and_drag_of(programme)
    for kind in KINDS:
        for id, days in getattr(found, kind).items():
            supposed = drag_of(programme, kind, id)
            assert supposed.finish == found.finish
            assert supposed.days == days, (kind, id)


def test_a_drag_is_explained_by_dates_alone(programme):
    milestone = next(iter(float_and_drag_of(programme).milestones))
    with CaptureQueriesContext(connection) as asked:
        assert drag_of(programme, "milestones", milestone)
    read = " ".join(query["sql"] for query in asked)
    assert "projects_milestone" in read
    for table in ("projects_risk", "projects_costactual", "benefits_benefit"):
        assert table not in read, table


def test_one_day_beyond_its_float_an_event_moves_the_finish_by_one(programme):
    found = float_and_drag_of(programme)
    ending = [(place, days) for place, days in found.floats.items() if days is not None]
    assert ending
    for place, days in ending:
        assert float_of(programme, *place, days).days == -1, place


def test_the_page_gives_both_finishes_and_both_chains(client_of, viewer, demo, address, words):
    page = words(client_of(viewer).get(f"{address}/drag/projects/{demo.project('CAM-06').pk}/"))
    assert "Drag of CAM-06 Sports and Wellbeing Centre" in page
    assert "As computed 27 Apr 2029 With it at its baseline 30 Mar 2029 Earlier by, days 28" in page
    assert "CAM-06 finish 27 Apr 2029 D22" in page
    assert "The chain that would make it then" in page


def test_the_tracks_lead_to_both(client_of, viewer, demo, address):
    page = client_of(viewer).get(f"{address}/").content.decode()
    project, link = demo.project("CAM-06").pk, Dependency.objects.get(code="D22").pk
    assert f'href="{address}/float/{project}/finish/"' in page
    assert f'href="{address}/drag/dependencies/{link}/"' in page


def test_a_reached_event_has_none_and_says_so(client_of, viewer, programme, address, words):
    reached = Milestone.objects.filter(project__programme=programme, state="achieved").first()
    page = words(client_of(viewer).get(f"{address}/drag/milestones/{reached.pk}/"))
    assert "It has come already" in page
    page = client_of(viewer).get(f"{address}/float/{reached.project_id}/{reached.pk}/")
    assert "It has happened" in words(page)


def test_it_is_told_as_it_was_known(client_of, viewer, demo, address, drain, words):
    before, project = timezone.now().isoformat(), demo.project("CAM-06")
    project.forecast_finish = project.forecast_finish.replace(year=2031)
    project.save()
    drain()
    page = client_of(viewer).get(f"{address}/drag/projects/{project.pk}/", {"as_of": before})
    assert "27 Apr 2029" in words(page)
    assert "As it was known at" in words(page)


def test_what_is_not_of_the_programme_or_out_of_sight_is_not_found(
    client_of, viewer, stranger, demo, address
):
    mine, other = demo.project("CAM-06").pk, demo.project("SSV-01").pk
    asked = {
        (viewer, f"drag/projects/{mine}/"): 200,
        (stranger, f"drag/projects/{mine}/"): 404,
        (viewer, f"drag/projects/{other}/"): 404,
        (viewer, "drag/risks/1/"): 404,
        (viewer, f"float/{mine}/finish/"): 200,
        (viewer, f"float/{mine}/nonsense/"): 404,
        (viewer, f"float/{other}/finish/"): 404,
        (stranger, f"float/{mine}/finish/"): 404,
    }
    for (who, path), status in asked.items():
        assert client_of(who).get(f"{address}/{path}").status_code == status, path
