"""Milestones with their forecasts, and dependencies."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import IntegrityError

from pmhub.access import roles_on
from pmhub.api.records import RecordViewSet
from pmhub.api.representations import Row
from pmhub.models import User
from programmes.api.as_of import PastViewSet
from programmes.models import Portfolio
from projects import queries
from projects.api.event_cycles import circle
from projects.filters import (
    DependencyFilter,
    DependencyMessageFilter,
    MilestoneFilter,
    MilestoneForecastFilter,
)
from projects.models import SETTLED, Dependency, DependencyMessage, Project
from projects.queries import dependencies
from projects.serializers.schedule import (
    ENDS,
    DependencyMessageSerializer,
    DependencySerializer,
    MilestoneForecastSerializer,
    MilestoneSerializer,
    speaking_for,
)

FIGURES = (
    "effective_forecast", "lateness_days", "remaining_float_days", "promise_differs_days",
)  # fmt: skip


CIRCLE = (
    "It closes a circle: over other dependencies, its giver waits for its receiver. As it does not"
    " drive the schedule, it moves no date."
)


class MilestoneViewSet(RecordViewSet):
    """Milestones."""

    serializer_class = MilestoneSerializer
    filterset_class = MilestoneFilter
    search_fields = ("code", "title")
    ordering_fields = (
        "id", "code", "title", "baseline_on", "forecast_on", "actual_on", "updated_at",
    )  # fmt: skip
    expandable = ("project",)

    def explain(self, row: Any, error: IntegrityError) -> Exception | None:
        """Name the circle of events that the order of the milestones would close."""
        return circle(error, self.request.user, "baseline_on")


class MilestoneForecastViewSet(RecordViewSet):
    """Forecasts of milestones, by the day of the report: they are read and added, never changed."""

    serializer_class = MilestoneForecastSerializer
    filterset_class = MilestoneForecastFilter
    http_method_names = ["get", "head", "post"]
    ordering_fields = ("id", "reported_on", "forecast_on", "updated_at")
    expandable = ("milestone",)


def named_actors(dependency: int, actors: set[int], reader: Any) -> set[int]:
    """Return, of the users who did something with a dependency, those who hold a role on a project
    at its ends that the reader sees: its history does not tell who acts for a side out of sight."""
    row = Dependency.objects.select_related(*ENDS).filter(pk=dependency).first()
    ends = [end for end in (row.giver, row.receiver) if end is not None] if row else []
    ids = [end.pk for end in ends]
    seen = set(Project.objects.visible_to(reader).filter(pk__in=ids).values_list("pk", flat=True))
    if seen == {*ids}:
        return actors
    return {
        user.pk
        for user in User.objects.filter(pk__in=actors)
        if user == reader or any(roles_on(user, end) for end in ends if end.pk in seen)
    }


class DependencyViewSet(PastViewSet):
    """Dependencies between projects."""

    serializer_class = DependencySerializer
    filterset_class = DependencyFilter
    search_fields = ("code", "deliverable")
    ordering_fields = (
        "id", "code", "need_by", "agreed_on", "forecast_on", "delivered_on", "updated_at",
    )  # fmt: skip
    expandable = ("giver", "receiver", "giver_milestone", "receiver_milestone", "discipline")
    reads: ClassVar[dict[str, Any]] = {"_as_of": queries.status_date("receiver__")}
    changing_figures = True

    @staticmethod
    def portfolio_of(record: Dependency) -> Portfolio:
        """Return the portfolio of the receiver."""
        return record.receiver.owner_portfolio

    def finish(self, rows: list[Row]) -> None:
        """Add the computed figures and warnings of each dependency, and the contacts and titles of
        its ends as far as the reader may know them."""
        ends = {row[end] for row in rows for end in ENDS if row[end]}
        timelines = dependencies.stored_timelines(ends)
        for row in rows:
            figures = dependencies.dependency_figures_of(row, timelines)
            for name in FIGURES:
                row[name] = getattr(figures, name)
            row["status_derived"], row["status_reason"] = figures.status, figures.reason
        loose = [
            row["id"]
            for row in rows
            if not row["drives_schedule"] and row["giver"] and row["status"] not in SETTLED
        ]
        circular = dependencies.circular(loose)
        for row in rows:
            row["warnings"] = [CIRCLE] if row["id"] in circular else []
        ends_by_id = dependencies.ends_of([row["id"] for row in rows], self.request.user)
        for row in rows:
            for end in ENDS:
                party = ends_by_id.get((row["id"], end))
                row[f"{end}_contact"] = party and party.contact
                row[f"{end}_title"] = party and party.title

    def conceal(self, rows: list[Row]) -> None:
        """Of an end that the reader may not see, show only that there is one."""
        ends = {row[end] for row in rows for end in ENDS if row[end]}
        visible = set(
            Project.objects.visible_to(self.request.user)
            .filter(pk__in=ends)
            .values_list("pk", flat=True)
        )
        for row in rows:
            for end in ENDS:
                _hide(row, end, row[end] is not None and row[end] not in visible)

    def named(self, pk: Any, actors: set[int]) -> set[int]:
        """Return, of these users, those who act for a side that the reader sees."""
        return named_actors(pk, actors, self.request.user)

    def explain(self, row: Any, error: IntegrityError) -> Exception | None:
        """Name the circle of events that the dependency would close."""
        return circle(error, self.request.user, "receiver")

    def allow_verb(self, record: Dependency, noun: str, data: Any) -> None:
        """Raise where the user may not speak for the side; add the side to what the service is
        given."""
        if noun in ("offer", "note") or data.get("side"):
            data["side"] = speaking_for(self.request.user, record, data.get("side", ""))


class DependencyMessageViewSet(RecordViewSet):
    """Messages between the two sides of dependencies: they are read and added, never changed."""

    serializer_class = DependencyMessageSerializer
    filterset_class = DependencyMessageFilter
    http_method_names = ["get", "head", "post"]
    search_fields = ("text",)
    ordering_fields = ("id", "at", "need_by", "forecast_on", "updated_at")
    expandable = ("dependency",)
    # `author` and `by` are null for readers who may not see the author's project.
    changing_figures = True

    def conceal(self, rows: list[Row]) -> None:
        """Hide the author of a message from readers who may not see the project of the author's
        side."""
        ends = dependencies.ends_of({row["dependency"] for row in rows}, self.request.user)
        for row in rows:
            end = ends.get((row["dependency"], row["side"]))
            if end is not None and not end.visible:
                row["author"] = row["by"] = None

    def named(self, pk: Any, actors: set[int]) -> set[int]:
        """Return, of these users, those whom the message's dependency names to the reader."""
        message = DependencyMessage.objects.filter(pk=pk).first()
        return named_actors(message.dependency_id, actors, self.request.user) if message else set()


def _hide(row: Row, end: str, hidden: bool) -> None:
    row[f"{end}_hidden"] = hidden
    if hidden:
        row[end] = row[f"{end}_milestone"] = row[f"{end}_owner"] = None
