"""What is asked of who merges projects."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from pmhub.serializers import Asked, Related
from pmhub.serializers.fields import Flag
from pmhub.serializers.verbs import why
from projects.models import LIVE, Project


def beside(rows: QuerySet, project: Project, user: Any) -> QuerySet:
    """The other projects of the same programme, or that stand alone too, that go on."""
    there = rows.filter(programme=project.programme_id, portfolio=project.portfolio_id)
    return there.filter(status__in=LIVE).exclude(pk=project.pk)


class ProjectMergerSerializer(Asked):
    """Which project becomes a part of this one, and why."""

    other = Related(queryset=Project.objects.all(), among=beside)
    rename = Flag(
        default=False, help_text="Where both have a code, that of the other gets its name behind it"
    )
    reason = why(needed=True)
