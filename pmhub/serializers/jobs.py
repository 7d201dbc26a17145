"""Jobs, in REST."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from pmhub.jobs.kinds import page_of
from pmhub.models import Job, JobState


class JobSerializer(serializers.ModelSerializer):
    """A job: `progress` counts up to `total` once that is known; `result_url` is the address of its
    file once the job is done."""

    url = serializers.SerializerMethodField()
    html_url = serializers.SerializerMethodField()
    result_url = serializers.SerializerMethodField()

    class Meta:
        model = Job
        fields = (
            "id",
            "url",
            "html_url",
            "kind",
            "title",
            "state",
            "progress",
            "total",
            "message",
            "result_url",
            "file_name",
            "size",
            "created_at",
            "started_at",
            "finished_at",
            "expires_at",
        )
        read_only_fields = fields

    def get_url(self, job: Job) -> str:
        """Return the address of the job."""
        return self._address("jobs-detail", job.pk)

    def get_html_url(self, job: Job) -> str:
        """Return the address of the page that shows the job's result, or else of the job on the
        page of jobs."""
        if page := page_of(job.kind):
            return self._address(page, job.pk)
        return f"{self._address('jobs')}#job-{job.pk}"

    def get_result_url(self, job: Job) -> str | None:
        """Return the address of the job's file; None before the job is done."""
        return self._address("jobs-result", job.pk) if job.state == JobState.DONE else None

    def _address(self, name: str, *args: Any) -> str:
        address: str = self.context["request"].build_absolute_uri(reverse(name, args=args))
        return address
