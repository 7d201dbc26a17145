"""Verbs as actions of the admin pages: each asks what it asks over REST, and is kept with why."""

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME

from pmhub.queries import events
from projects.models import ComplianceItem, Milestone
from tests.admin.test_entering import address


def tick(client, row, noun, **entries):
    """Choose an action for a record, with what its form was filled in with."""
    sent = {"action": noun, ACTION_CHECKBOX_NAME: [row.pk], **entries}
    return client.post(address(type(row), "changelist"), sent)


@pytest.fixture
def client(client_of, pmo):
    """The admin pages, for the PMO."""
    return client_of(pmo)


def test_a_verb_asks_before_it_is_done(client, demo):
    milestone = demo.milestone("M04")
    page = tick(client, milestone, "achievement").content.decode()
    assert 'name="actual_on"' in page
    assert "M04" in page
    milestone.refresh_from_db()
    assert milestone.state == "planned"
    late = tick(client, milestone, "achievement", confirmed="1", actual_on="2199-01-01")
    assert late.status_code == 302
    wrong = tick(client, milestone, "achievement", confirmed="1", actual_on="soon")
    assert "errornote" in wrong.content.decode()
    milestone.refresh_from_db()
    assert milestone.state == "planned"
    entries = {"actual_on": "2026-10-30", "reason": "Signed off on site"}
    assert tick(client, milestone, "achievement", confirmed="1", **entries).status_code == 302
    milestone.refresh_from_db()
    assert (milestone.state, str(milestone.actual_on)) == ("achieved", "2026-10-30")
    newest = events(Milestone, milestone.pk).first()
    assert newest.pgh_context["reason"] == "Signed off on site"


def test_a_state_is_no_field_of_the_form(client, demo):
    item = ComplianceItem.objects.first()
    page = client.get(address(ComplianceItem, "change", item.pk))
    fields = page.context["adminform"].form.fields
    assert "state" not in fields
    assert "title" in fields


def test_what_a_verb_refuses_is_a_message(client, demo):
    milestone = demo.milestone("M03")  # achieved
    done = tick(client, milestone, "cancellation", confirmed="1", reason="Late")
    page = client.get(done["Location"]).content.decode()
    assert "A milestone is cancelled when it is planned; this one is achieved." in page
