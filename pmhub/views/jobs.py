"""The user's jobs: how far each is, how to cancel it, and its result."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from pmhub.jobs import queue
from pmhub.jobs.kinds import page_of
from pmhub.models import Job, User
from pmhub.numerals import whole_number
from pmhub.page_addresses import address_of
from pmhub.queries.time_zones import zone_of
from pmhub.views import LivePage

SHOWN = 100  # jobs, the last ones


class Jobs(LivePage):
    """The user's own jobs, the latest first."""

    template_name = "jobs_page.html"
    region_template_name = "jobs.html"
    title = "Your jobs"

    def in_rest(self) -> tuple[str, str]:
        """Return the request to REST for the jobs."""
        return "jobs_list", "/api/v1/jobs/"

    def find(self) -> None:
        """Read the jobs."""
        rows = queue.shown_to(cast(User, self.request.user)).defer("scope", "parameters")
        self.jobs = list(rows[:SHOWN])

    def stamp(self) -> tuple[str, str]:
        """Return the progress of each job; while one waits or runs, the browser reads the region
        every second."""
        seen = [(job.pk, job.state, job.progress, job.total) for job in self.jobs]
        return repr(seen), "recomputing" if any(job.is_open for job in self.jobs) else "fresh"

    def region_context(self) -> dict[str, Any]:
        """Return the jobs, and whether any of them is still waiting or running."""
        going = any(job.is_open for job in self.jobs)
        rows = [(job, _page_of(job)) for job in self.jobs]
        zone = zone_of(self.request.user)
        return {**super().region_context(), "jobs": rows, "going": going, "zone": zone}

    def post(self, request: HttpRequest) -> HttpResponse:
        """Cancel the named job, or remove it with its file."""
        number = request.POST.get("end", "")
        rows = queue.shown_to(cast(User, request.user))
        queue.let_go(get_object_or_404(rows, pk=whole_number(number)))
        return redirect("jobs")


def _page_of(job: Job) -> str:
    """Return the address of the page that shows the result of a job; empty if no page does."""
    page = page_of(job.kind)
    return address_of(page, job.pk) if page else ""
