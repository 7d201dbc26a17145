"""Lines of programmes, as REST reads and writes them."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from pmhub.database.priced import PROGRAMME_LINES
from pmhub.serializers import HEAD, RECORD, Currency, RecordSerializer
from programmes.models import ProgrammeLine
from programmes.models.programme_line import TO_COMPLETE
from programmes.serializers.foreign import ForeignAmountSerializer
from projects.services.budgets import store_within_envelopes


class ProgrammeLineSerializer(ForeignAmountSerializer):
    """A budget line of the programme itself. One in another currency gives `foreign_currency` and
    the foreign amounts; the others, which are in the portfolio's currency, follow by the budget
    rate of the first day of its year. While there is none, what is approved is 0."""

    priced = PROGRAMME_LINES

    currency = Currency()

    class Meta(RecordSerializer.Meta):
        model = ProgrammeLine
        fields = [
            *HEAD, "programme", "kind", "treatment", "fiscal_year", "currency",
            "approved_budget", *TO_COMPLETE, "foreign_currency", "foreign_approved_budget",
            *(f"foreign_{name}" for name in TO_COMPLETE), "exchange_rate", *RECORD,
        ]  # fmt: skip
        expressions: ClassVar[dict[str, Any]] = {"currency": "programme__portfolio__currency"}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse bounds that do not contain what is still to be spent, in its currency."""
        super().validate(attrs)
        of = "foreign_" if self.after(attrs, "foreign_currency") else ""
        self.check_bounds(attrs, *(f"{of}{name}" for name in TO_COMPLETE))
        return attrs

    def store(self, row: ProgrammeLine, changed: list[str] | None) -> ProgrammeLine:
        """Store the line; refuse one above an envelope."""
        return store_within_envelopes(row, changed, partial(super().store, row, changed))
