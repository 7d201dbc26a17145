"""A form of the admin pages is saved once, however often it is sent."""

import pytest

from projects.models import CostActual
from tests.admin.forms import entries
from tests.admin.test_entering import address

ADD = address(CostActual, "add")


@pytest.fixture
def form(client_of, pmo, demo):
    """`form(amount)`: what a new form of a cost sends, and the client that sends it."""
    client = client_of(pmo)

    def opened(amount):
        page = client.get(ADD)
        given = {
            "project": str(demo.project("CAM-02").pk),
            "posted_on": "2026-10-30",
            "amount": amount,
            "one_time_key": page.context["one_time_key"],
        }
        return client, entries(page, **given)

    return opened


def posted(amount):
    return CostActual.objects.filter(amount=amount).count()


def test_a_cost_that_is_sent_twice_is_posted_once(form):
    client, body = form("77.77")
    first, second = client.post(ADD, body), client.post(ADD, body)
    assert (first.status_code, second.status_code, second.url) == (302, 302, first.url)
    assert posted("77.77") == 1
    page = client.get(second.url)
    assert "This form is saved already." in [str(each) for each in page.context["messages"]]


def test_two_forms_with_the_same_entries_are_two_costs(form):
    for _ in range(2):
        client, body = form("88.88")
        assert client.post(ADD, body).status_code == 302
    assert posted("88.88") == 2


def test_a_form_that_was_refused_is_saved_once_it_is_right(form):
    client, body = form("none")
    assert client.post(ADD, body).status_code == 200
    right = body | {"amount": "66.66"}
    for _ in range(2):
        assert client.post(ADD, right).status_code == 302
    assert posted("66.66") == 1
    page = client.post(ADD, body)
    assert (page.status_code, page.context["one_time_key"]) == (200, body["one_time_key"])
