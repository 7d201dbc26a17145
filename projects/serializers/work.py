"""Work packages and iterations of projects."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.serializers import HEAD, RECORD, NoCode, Number, Reason, RecordSerializer
from pmhub.serializers.inputs import InputSerializer
from pmhub.serializers.verbs import VerbDefinition, reason_field
from projects.models import Iteration, WorkPackage
from projects.models.states import DOER
from projects.services import (
    check_less,
    close_iteration,
    mark_progress,
    next_iteration,
    next_package_code,
)


class ProgressSerializer(InputSerializer):
    """How much of a work package is done, in per cent. A reason is needed where it is less than
    before."""

    percent = Number(max_digits=6, decimal_places=3, min_value=0, max_value=100)
    reason = reason_field()


class WorkPackageSerializer(RecordSerializer):
    """A piece of the work of a project. Where the project's `percent_method` says so, its progress
    is computed from its work packages."""

    reason = Reason(help_text="Why less is done than before")

    class Meta(RecordSerializer.Meta):
        model = WorkPackage
        fields = [
            *HEAD, "project", "output", "title", "owner", "starts_on", "finishes_on", "weight",
            "percent", "reason", *RECORD,
        ]  # fmt: skip
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "progress": VerbDefinition(
                mark_progress,
                ProgressSerializer,
                does="Say how much is done",
                done="marked",
                says="Whoever answers for it says so, without other rights on the project.",
                by=DOER,
                undo=("progress",),
            ),
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse less progress than before without a reason."""
        percent = attrs.get("percent")
        if self.instance is not None and percent is not None and percent >= 0:
            check_less(self.instance, percent, attrs.get("reason", ""))
        return attrs

    @classmethod
    def begins(cls, row: WorkPackage, user: Any) -> dict[str, Any]:
        """Return the next free code for a record of this kind."""
        return {"code": next_package_code(row)} if row.project_id else {}


class IterationSerializer(RecordSerializer):
    """A period in which a team does what it has planned for it. Once closed, it is no longer
    changed."""

    code = NoCode()

    class Meta(RecordSerializer.Meta):
        model = Iteration
        fields = [
            *HEAD, "project", "number", "goal", "starts_on", "ends_on", "points_planned",
            "points_carried", "points_done", "state", "released_on", *RECORD,
        ]  # fmt: skip
        derived = ("code",)
        verbs: ClassVar[dict[str, VerbDefinition]] = {"closing": VerbDefinition(close_iteration)}

    @classmethod
    def begins(cls, row: Iteration, user: Any) -> dict[str, Any]:
        """Return the number after the last one, and the points that earlier iterations left
        undone."""
        return next_iteration(row.project) if row.project_id else {}
