"""The page of tracks, and of a station: what they say, to whom, and that they stay bounded."""

from urllib.parse import urlencode

import pytest
from django.utils import timezone

from projects.models import Milestone, Project
from tests import factories
from tests.api.conftest import office

__all__ = ["office"]


@pytest.fixture
def address(demo):
    return f"/programmes/{demo.programme('CAM').pk}/tracks/"


@pytest.fixture
def station(demo, address):
    milestone = Milestone.objects.get(code="M04", project=demo.project("CAM-02"))
    return f"{address}{milestone.pk}/"


def test_it_says_when_the_programme_finishes_and_what_makes_it(client_of, viewer, address, words):
    page = words(client_of(viewer).get(address))
    assert "Finishes on 27 Apr 2029 , delays carried through, +28 d against the baseline" in page
    assert "CAM-06 finish 27 Apr 2029 0 D22 28" in page
    assert "CAM-02 M04 28 May 2027 0 its own declared day –" in page
    assert "D01 Utilities diverted clear of Engineering plot CAM-01 CAM-02" in page
    assert "2 Jun 2025 28 May 2025 – – Done" in page  # accepted: it stands as done
    assert "M05 Watertight CAM-02 30 Jul 2027 24 Sep 2027 24 Sep 2027 56 427 0" in page


def test_choices_narrow_the_table_too(client_of, viewer, address):
    client = client_of(viewer)
    events = client.get(f"{address}?critical=1").context["events"]
    assert {each["code"] for each in events} == {"CAM-02", "CAM-06"}
    html = client.get(f"{address}?tranche=CAM-T1&zoom=weeks&group=health").content.decode()
    assert 'query="rows=all&amp;tranche=CAM-T1&amp;baseline=current"' in html
    assert ('zoom="weeks"' in html, 'group="health"' in html) == (True, True)
    assert 'zoom=""' in client.get(f"{address}?zoom=decades").content.decode()


def test_the_table_sorts_by_float_and_what_has_none_comes_last(client_of, viewer, address):
    events = client_of(viewer).get(f"{address}?sort=-float_days").context["events"]
    known = [each["float_days"] for each in events if each["float_days"] is not None]
    assert known == sorted(known, reverse=True)
    assert [each["float_days"] for each in events][: len(known)] == known


def test_no_track_like_that_leads_back_to_all(client_of, viewer, address, words):
    assert "No track is like that." in words(client_of(viewer).get(f"{address}?tranche=none"))


def test_an_empty_programme_says_what_would_be_here(client_of, nothing, drain, simulate, words):
    programme = factories.programme()
    drain()
    simulate()
    reader = factories.user()
    factories.role(reader, "viewer", programme=programme)
    page = words(client_of(reader).get(f"/programmes/{programme.pk}/tracks/"))
    assert "No project has a finish yet, so the programme has none." in page
    assert "A project's track appears here when it has a start and a finish." in page


def test_a_station_is_moved_by_who_may_and_seen_by_others(
    client_of, viewer, cam_manager, station, words
):
    for user, moves in ((viewer, False), (cam_manager, True)):
        answer = client_of(user).get(station, HTTP_X_REGION="panel")
        assert "Float none: a day later here is a day later for the programme" in words(answer)
        assert "Drag 28 days of the programme's finish, 27 Apr 2029" in words(answer)
        assert ('id="station-form"' in answer.content.decode()) is moves
    dragged = client_of(cam_manager).get(f"{station}?on=2027-08-01").content.decode()
    assert 'data-typed="2027-08-01"' in dragged
    odd = client_of(cam_manager).get(f"{station}?on=soon")
    assert (odd.status_code, "data-typed" in odd.content.decode()) == (200, False)


def test_a_station_of_another_programme_or_for_a_stranger_is_not_there(
    client_of, demo, stranger, viewer, address, station
):
    other = Milestone.objects.exclude(project__programme__code="CAM").first()
    assert client_of(viewer).get(f"{address}{other.pk}/").status_code == 404
    assert client_of(stranger).get(station).status_code == 404
    assert client_of(stranger).get(address).status_code == 404


def test_tracks_are_movable_where_one_may_write(client_of, viewer, cam_manager, address, demo):
    mine = " ".join(
        str(pk)
        for pk in Project.objects.filter(programme__code="CAM")
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    for user, ids in ((viewer, ""), (cam_manager, mine)):
        assert f'writable="{ids}"' in client_of(user).get(address).content.decode()


def test_of_the_past_it_says_what_was_and_moves_nothing(
    client_of, cam_manager, address, drain, simulate, words
):
    moment = urlencode({"as_of": timezone.now().isoformat()})
    Milestone.objects.filter(code="M04", project__code="CAM-02").update(forecast_on="2027-03-31")
    drain()
    simulate()
    client = client_of(cam_manager)
    then = client.get(f"{address}?{moment}")
    assert "CAM-06 finish 27 Apr 2029 0 D22 28" in words(then)
    assert 'writable=""' in then.content.decode()
    assert "Finishes on 27 Apr 2029" not in words(client.get(address))


def test_sixty_projects_take_as_many_queries_as_three(
    client_of, office, nothing, drain, simulate, queries_of, words
):
    programme = factories.programme()
    client, address = client_of(office), f"/programmes/{programme.pk}/tracks/"
    counted = []
    for total in (3, 60):
        for _ in range(total - programme.projects.count()):
            factories.milestone(factories.project(programme=programme))
        drain()
        simulate()
        counted.append(queries_of(client, address))
        assert f"{total} of {total} projects" in words(client.get(address))
    assert counted[0] == counted[1]
