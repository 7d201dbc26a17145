"""Panels that are kept: drawn once for all who see the same, never older than what they show."""

from importlib import import_module

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pmhub import caching
from pmhub.registers.panels import panels
from projects.models import Output

benefits_map = import_module("programmes.queries.benefits_map")  # not its function of that name
pytestmark = pytest.mark.django_db


@pytest.fixture
def address(demo):
    """The benefits page of CAM, which has two panels that are kept."""
    return f"/programmes/{demo.programme('CAM').pk}/benefits/"


def queries_of(client, address):
    """Return how many queries a page makes."""
    with CaptureQueriesContext(
        connection,
    ) as made:
        assert client.get(address).status_code == 200
    return len(made)


def test_what_nobody_touched_is_not_read_again(cam_manager, client_of, address):
    client = client_of(cam_manager)
    caching.forget()  # what another test had read
    first = queries_of(client, address)
    queries_of(client, address)  # by then it is known from which tables it is read
    assert queries_of(client, address) < first - 15


def test_a_page_and_its_panels_read_the_map_once(
    demo, cam_manager, client_of, address, monkeypatch
):
    client, read, made = client_of(cam_manager), benefits_map._read, []
    monkeypatch.setattr(benefits_map, "_read", lambda *asked: made.append(asked) or read(*asked))
    for _ in range(3):
        client.get(address)
    made.clear()
    demo.programme("CAM").projects.update(objective="Fewer corridors")  # which no map shows
    client.get(address)
    assert made == []
    outputs = Output.objects.filter(project__programme=demo.programme("CAM"), state="planned")
    outputs.update(title="Fewer corridors")
    assert "Fewer corridors" in client.get(address).content.decode()
    assert len(made) == 1


def test_a_change_of_what_a_panel_shows_is_seen_at_once(
    demo, cam_manager, client_of, api_of, address
):
    client = client_of(cam_manager)
    for _ in range(3):
        client.get(address)
    made = api_of(cam_manager).post(
        "/api/v1/outcomes/",
        {"programme": demo.programme("CAM").pk, "code": "OC90", "title": "Quieter corridors"},
        format="json",
    )
    assert made.status_code == 201
    page = client.get(address).content.decode()
    assert "Quieter corridors" in page
    assert 'value="OC91"' in page


def test_a_change_above_the_record_is_seen_at_once(demo, benefit_owner, client_of, address):
    benefit = demo.benefit("B01")
    client = client_of(benefit_owner)
    for _ in range(3):
        assert "£k" in client.get(f"/benefits/{benefit.pk}/").content.decode()
    portfolio = demo.portfolio
    portfolio.money_unit = 1
    portfolio.save(update_fields=["money_unit"])
    assert "£k" not in client.get(f"/benefits/{benefit.pk}/").content.decode()


def test_each_reader_is_shown_what_they_may_see_and_do(cam_manager, viewer, client_of, address):
    assert "Add an outcome" in client_of(cam_manager).get(address).content.decode()
    assert "Add an outcome" not in client_of(viewer).get(address).content.decode()


def test_what_is_about_one_user_is_not_kept():
    assert not panels["benefit-due"].cached
