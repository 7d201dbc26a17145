"""Verbs as actions of the admin pages: each asks what it asks over REST, and is kept with why."""

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME

from pmhub.queries import events
from projects.models import ComplianceItem, CostActual, Milestone
from tests import factories
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


def test_an_action_asks_only_about_what_it_does_something_to(client, demo):
    planned, reached = demo.milestone("M04"), demo.milestone("M03")
    sent = {"action": "achievement", ACTION_CHECKBOX_NAME: [planned.pk, reached.pk]}
    page = client.post(address(Milestone, "changelist"), sent)
    assert (page.context["rows"], page.context["left"]) == ([planned], [reached])
    nothing = tick(client, reached, "achievement")
    told = client.get(nothing["Location"]).content.decode()
    assert "does nothing to what is ticked" in told


def test_a_posting_is_taken_back_once(client, demo):
    posted = CostActual.objects.filter(reverses__isnull=True, amount__gt=0).first()
    assert "reversal" in tick(client, posted, "reversal").content.decode()
    tick(client, posted, "reversal", confirmed="1", reason="Posted twice")
    again = tick(client, posted, "reversal")
    told = client.get(again["Location"]).content.decode()
    assert "“Take it back” does nothing to what is ticked" in told


def test_nothing_is_archived_or_taken_back_into_use_twice(client, demo):
    person = factories.person()
    told = client.get(tick(client, person, "restoration")["Location"]).content.decode()
    assert "“Take back into use” does nothing to what is ticked" in told
    assert "1 archived" in client.get(tick(client, person, "archive")["Location"]).content.decode()
    told = client.get(tick(client, person, "archive")["Location"]).content.decode()
    assert "“Archive” does nothing to what is ticked" in told


def test_an_issue_with_something_to_do_is_not_closed_unasked(client, demo):
    issue = factories.issue(demo.project("CAM-02"), state="resolved")
    action = factories.action(issue)
    tick(client, issue, "close")
    issue.refresh_from_db()
    assert issue.state == "resolved"
    type(action).objects.filter(pk=action.pk).update(state="done", done_on="2026-10-01")
    tick(client, issue, "close")
    issue.refresh_from_db()
    assert issue.state == "closed"


def test_a_draft_of_a_risk_is_opened_by_its_move(client, demo):
    draft = factories.risk(demo.project("CAM-02"), status="draft")
    tick(client, draft, "open")
    draft.refresh_from_db()
    assert draft.status == "open"
