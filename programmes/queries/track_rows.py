"""What is read of the tracks of a programme: its projects, their milestones, dependencies and
baselines, and its tranches."""

from __future__ import annotations

from django.db.models import F, Q

from pmhub.access.scoped_rows import ScopedRows
from pmhub.database.cached_reads import CachedReads
from pmhub.database.collation import InOrder
from pmhub.database.statements import ID, IDS, OTHER_IDS, Rows
from programmes.models import MetricValue, Tranche, valid
from projects.models import (
    Baseline,
    Dependency,
    DependencyStatus,
    Milestone,
    Project,
    ProjectForecast,
)
from projects.queries.dependencies import status_date
from projects.schedule.links import COLUMNS

# What is read of a project, and of a dependency with the projects at its ends.
TRACK_COLUMNS = (
    "code", "name", "status", "stage", "programme", "tranche", "percent_complete", "actual_start",
    "actual_finish", "forecast_start", "forecast_finish", "terminated_on",
)  # fmt: skip
LINK_COLUMNS = (
    *COLUMNS, "deliverable", "external_giver",
    *(f"{end}__{name}" for end in ("giver", "receiver") for name in ("code", "name")),
)  # fmt: skip
DRAWN, MOST = 25, 250  # tracks: beside other things, and on a page of their own
FINISHES = ("finish_propagated", "finish_baseline")


SIZE = 4_000_000  # bytes that a process keeps of dependencies and tranches
tracks_read = CachedReads(SIZE)


def _computed(most: int) -> Rows[int]:
    """Return the query of the projects that finish last."""
    return Rows(
        lambda: (
            ProjectForecast.objects.filter(computed_under=ID, valid_to__isnull=True)
            .order_by(F("finishes_on").desc(nulls_last=True))
            .values_list("project_id", flat=True)[:most]
        )
    )


def _others(most: int) -> Rows[int]:
    """Return the query of the projects that are not computed yet."""
    return Rows(
        lambda: (
            Project.objects.filter(programme_id=ID)
            .exclude(pk__in=[IDS])
            .order_by(InOrder("code"))
            .values_list("pk", flat=True)[:most]
        )
    )


COMPUTED = {most: _computed(most) for most in (DRAWN, MOST)}
OTHERS = {most: _others(most) for most in (DRAWN, MOST)}
PROJECTS = ScopedRows(
    lambda reader: (
        Project.objects.visible_to(reader).filter(pk__in=[IDS]).only(*TRACK_COLUMNS).order_by()
    )
)
MILESTONES = Rows(
    lambda: (
        Milestone.objects.filter(project_id__in=[IDS])
        .exclude(state="cancelled")
        .exclude(state="planned", project_id__in=[OTHER_IDS])
    )
)
# Those that meet one of the projects, and others.
DEPENDENCIES = Rows(
    lambda: (
        Dependency.objects.filter(
            (Q(receiver_id__in=[IDS]) | Q(giver_id__in=[IDS]))
            & ~Q(status=DependencyStatus.WITHDRAWN)
            | Q(pk__in=[OTHER_IDS])
        )
        .select_related("giver", "receiver")
        .only(*LINK_COLUMNS)
        .annotate(_as_of=status_date("receiver__"))
    )
)
TRANCHES = Rows(
    lambda: Tranche.objects.filter(programme_id=ID).values(
        "id", "code", "name", start=F("starts_on"), end=F("ends_on")
    )
)
# Approved ones, of each project the current one first.
BASELINES = Rows(
    lambda: (
        Baseline.objects.filter(project_id__in=[IDS], approved_on__isnull=False)
        .order_by("project_id", "-number")
        .values_list("project_id", "starts_on", "finishes_on")
    )
)
DAYS = Rows(
    lambda: MetricValue.objects.filter(valid(), programme_id=ID, metric__in=FINISHES).values_list(
        "metric", "day"
    )
)
