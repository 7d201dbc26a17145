"""Money of projects."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from rest_framework import serializers

from pmhub.serializers import HEAD, RECORD, Currency, NoCode, RecordSerializer, first
from programmes.services import draw_contingency
from projects.models import BudgetLine, ContingencyMovement, CostActual
from projects.serializers.project import PARENT_CURRENCY
from projects.services.money import posted_once


class BudgetLineSerializer(RecordSerializer):
    """A part of a project's budget."""

    currency = Currency()

    class Meta(RecordSerializer.Meta):
        model = BudgetLine
        fields = [
            *HEAD, "project", "category", "treatment", "fiscal_year", "currency", "baseline",
            "approved", "forecast", *RECORD,
        ]  # fmt: skip
        expressions: ClassVar[dict[str, Any]] = {"currency": PARENT_CURRENCY}


class CostActualSerializer(RecordSerializer):
    """Money spent by a project or by a line of the programme."""

    code = NoCode()
    currency = Currency()

    class Meta(RecordSerializer.Meta):
        model = CostActual
        fields = [
            *HEAD, "project", "programme_line", "posted_on", "currency", "amount", "kind",
            "description", "source", "source_ref", *RECORD,
        ]  # fmt: skip
        expressions: ClassVar[dict[str, Any]] = {
            "currency": first(
                "project__programme__portfolio__currency",
                "project__portfolio__currency",
                "programme_line__programme__portfolio__currency",
            )
        }
        derived = ("code",)

    def store(self, row: CostActual, changed: list[str] | None) -> CostActual:
        """Save it, or answer the first posting where this repeats it."""
        save = partial(super().store, row, changed)
        stored: CostActual = posted_once(row, save) if changed is None else save()
        return stored


class ContingencyMovementSerializer(RecordSerializer):
    """Contingency given to a project, or (negative) given back."""

    code = NoCode()
    currency = Currency()

    class Meta(RecordSerializer.Meta):
        model = ContingencyMovement
        fields = [
            *HEAD, "programme", "project", "currency", "amount", "moved_on", "reference",
            "reason", *RECORD,
        ]  # fmt: skip
        expressions: ClassVar[dict[str, Any]] = {"currency": "programme__portfolio__currency"}
        derived = ("code",)

    def store(self, row: ContingencyMovement, changed: list[str] | None) -> ContingencyMovement:
        """Draw it, or change what was drawn."""
        if changed is not None:
            return super().store(row, changed)
        return draw_contingency(
            row.programme,
            to=row.project,
            amount=row.amount,
            on=row.moved_on,
            reference=row.reference,
            reason=row.reason,
            by=self.user,
        )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Contingency goes to a project of its own programme."""
        programme = self.after(attrs, "programme")
        project = self.after(attrs, "project")
        if programme and project and project.programme_id != programme.pk:
            raise serializers.ValidationError({"project": "This project is another programme's."})
        return attrs
