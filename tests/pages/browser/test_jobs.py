"""A job in a browser: its progress comes by itself, and a button ends it."""

import pytest
from playwright.sync_api import expect

from pmhub.models import Job
from tests.jobs.slow import asking

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def slow():
    with asking() as ask:
        yield ask


def test_progress_comes_by_itself_and_a_button_cancels(visit, demo, viewer, slow):
    job = slow(viewer, name="of a viewer")
    page = visit(viewer).new_page()
    page.goto("/jobs/")
    row = page.locator(f"#job-{job.pk}")
    expect(row).to_contain_text("Begins when it is its turn")
    Job.objects.update(state="running", place=1, held_until=job.created_at, progress=3, total=8)
    expect(row).to_contain_text("3 of 8")
    expect(page.locator("#announcer")).to_contain_text("A slow file of a viewer is now Running")
    row.get_by_role("button", name="Cancel").click()
    expect(row).to_contain_text("Cancelled")
    row.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Nothing here yet.")).to_be_visible()
