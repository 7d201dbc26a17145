"""Declaring the computed dates of a project, all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import QuerySet

from pmhub.database.collation import InOrder
from pmhub.models import User
from pmhub.services import lock, refuse_state, save
from programmes.rollup.projects import propagated
from programmes.rollup.reading import read
from projects.models import Dependency, Milestone, Project
from projects.queries.dependencies import OWED, link_of
from projects.schedule import FINISH, START, EventName, Timeline, dependency_figures
from projects.services.schedule import record_milestone_forecast


@dataclass(frozen=True, slots=True)
class ComputedDay:
    """The declared and the computed day of an event."""

    declared: date | None
    computed: date | None

    @property
    def differs(self) -> bool:
        """Return whether the two days differ."""
        return self.declared != self.computed


@dataclass(frozen=True, slots=True)
class ComputedDates:
    """The computed dates of a project that differ from the declared ones and are not reached yet:
    of its start and finish (None where reached or without a day), of its milestones, and of days
    that it has promised to others without a milestone."""

    start: ComputedDay | None
    finish: ComputedDay | None
    milestones: Sequence[tuple[Milestone, ComputedDay]]
    promises: Sequence[tuple[Dependency, ComputedDay]]


def computed_dates(project: Project) -> ComputedDates:
    """Return the computed dates that a project can declare, from what everybody declares now; none
    where it is not computed."""
    home = project.programme_id
    facts = read([home]) if home else read(standalone_ids=[project.pk])
    timeline = propagated(facts).get(project.pk)
    if timeline is None:
        return ComputedDates(None, None, (), ())
    milestones = project.milestones.in_bulk()
    return ComputedDates(
        start=_computed(timeline, START),
        finish=_computed(timeline, FINISH),
        milestones=[
            (milestone, day)
            for milestone in sorted(milestones.values(), key=lambda row: row.code)
            if (day := _computed(timeline, milestone.pk))
        ],
        promises=[(promise, _promised(promise, timeline)) for promise in _promises(project)],
    )


def _computed(timeline: Timeline, name: EventName) -> ComputedDay | None:
    event = timeline.events.get(name)
    if event is None or event.reached:
        return None
    return ComputedDay(timeline.declared_day(name), timeline.day(name))


def _promises(project: Project) -> QuerySet[Dependency]:
    """Return the dependencies that the project still owes and has promised for a day instead of a
    milestone."""
    return (
        project.dependencies_out.filter(
            giver_milestone__isnull=True, forecast_on__isnull=False, status__in=OWED
        )
        .select_related("receiver__programme__portfolio", "receiver__portfolio")
        .order_by(InOrder("code"), "pk")
    )


def _promised(dependency: Dependency, timeline: Timeline) -> ComputedDay:
    as_of = dependency.receiver.owner_portfolio.as_of
    figures = dependency_figures(link_of(dependency), timeline, None, as_of)
    return ComputedDay(dependency.forecast_on, figures.effective_forecast)


@transaction.atomic
def adopt_computed_dates(project: Project, *, by: User | None) -> Project:
    """Declare the computed dates of a project, and of what it has promised; nothing else changes.

    All are declared together: with the finish alone, an earlier event would still push it; with the
    earlier event alone, its push on the finish would be lost.
    """
    lock(project)
    if not project.live:
        refuse_state("status", "A project that has ended keeps its dates.")
    computed = computed_dates(project)
    if computed.start:
        project.forecast_start = computed.start.computed
    if computed.finish:
        project.forecast_finish = computed.finish.computed
    save(project, "forecast_start", "forecast_finish", by=by)
    for milestone, day in computed.milestones:
        if milestone.forecast_on != day.computed:
            record_milestone_forecast(milestone, forecast_on=day.computed, by=by)
    for dependency, day in computed.promises:
        if day.differs and day.computed:
            dependency.forecast_on = day.computed
            save(dependency, "forecast_on", by=by)
    return project
