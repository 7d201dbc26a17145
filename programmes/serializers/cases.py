"""Business cases, their options and the flows of these."""

from __future__ import annotations

import copy
from typing import Any, ClassVar

from rest_framework import serializers

from pmhub.database.priced import CASE_FLOWS, CASE_OPTIONS
from pmhub.serializers import (
    HEAD,
    RECORD,
    Currency,
    Day,
    Money,
    NoCode,
    RecordSerializer,
    first_column,
)
from pmhub.serializers.verbs import VerbDefinition
from programmes.models import BusinessCase, CaseFlow, CaseOption, CaseState
from programmes.models.case.case import ELSEWHERE, OF_PROGRAMME, OTHERS, TEXTS
from programmes.models.case.flow import ORDER
from programmes.models.justification import STAGES, CaseKind, next_stage
from programmes.queries.cases import why_passed
from programmes.serializers.foreign import ForeignAmountSerializer
from programmes.services import (
    approve_case,
    copy_options,
    next_number,
    reject_case,
    submit_case,
)

# What a case that goes on from another says as that does.
CARRIED = (*TEXTS, "reason", "base_year", "price_base")
OF_CASE = ("programme__portfolio__currency", "project__portfolio__currency")
OF_OPTION = tuple(f"case__{path}" for path in OF_CASE)
OF_FLOW = tuple(f"option__{path}" for path in OF_OPTION)


def of_case(options: Any, case: BusinessCase, user: Any) -> Any:
    """Return the options of the business case."""
    return options.filter(case=case.pk)


def of_place(cases: Any, case: BusinessCase, user: Any) -> Any:
    """Return the other cases of the programme or project of a case."""
    same = cases.filter(programme=case.programme_id, project=case.project_id)
    return same.exclude(pk=case.pk) if case.place else same.none()


def money(**options: Any) -> Money:
    """Return a read-only field of an amount that is worked out, null where it is not known."""
    return Money(allow_null=True, **options)


class BusinessCaseSerializer(RecordSerializer):
    """A version of the business case of a programme, or of a project that stands alone. Submitted,
    it stays, with what its options come to. `npsv` is that of the preferred option as it was
    submitted; `npsv_now` and `npsv_change` are what the figures of the programme come to now, and
    since `last_true_on` that is less than what was approved. One that is `begun_from` another of
    its programme or project begins with the texts, options and flows of that."""

    currency = Currency()
    npsv = money()
    benefits_present_value = money()
    costs_present_value = money()
    highest_npsv = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="The option of the highest net present value"
    )
    highest_bcr = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="The option of the highest benefit-cost ratio"
    )
    npsv_now = money(help_text="Net present value as things stand")
    npsv_change = money(help_text="That less what was approved")
    npsv_change_reason = serializers.CharField(
        read_only=True, allow_null=True, help_text="Why it is not known, if it is not"
    )
    last_true_on = serializers.DateField(read_only=True, allow_null=True)
    days_since_true = serializers.IntegerField(read_only=True, allow_null=True)

    class Meta(RecordSerializer.Meta):
        model = BusinessCase
        fields = [
            *HEAD, "programme", "project", "kind", "number", "begun_from", "state", *TEXTS,
            "base_year", "price_base", "preferred_option", "reason", "currency", "npsv",
            "benefits_present_value", "costs_present_value", "highest_npsv", "highest_bcr",
            "npsv_now", "npsv_change", "npsv_change_reason", "last_true_on", "days_since_true",
            "approved_by", "approved_on", "rejection_reason", *RECORD,
        ]  # fmt: skip
        read_only_fields = ("number", "approved_by", "approved_on", "rejection_reason")
        extra_kwargs: ClassVar[dict[str, Any]] = {
            "preferred_option": {"among": of_case},
            "begun_from": {"among": of_place},
            **{name: {"required": False} for name in ("code", "base_year", "price_base")},
        }
        expressions: ClassVar[dict[str, Any]] = {"currency": first_column(*OF_CASE)}
        derived = (
            "highest_npsv", "highest_bcr", "npsv_now", "npsv_change", "npsv_change_reason",
            "last_true_on", "days_since_true",
        )  # fmt: skip
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "submission": VerbDefinition(submit_case),
            "approval": VerbDefinition(
                approve_case, more={"approved_on": Day(required=False, allow_null=True)}
            ),
            "rejection": VerbDefinition(reject_case),
        }

    @classmethod
    def begins(cls, row: BusinessCase, user: Any) -> dict[str, Any]:
        """Return the base year, the price base and the next stage of a new case; for one that is
        begun from another, the values of that."""
        if row.begun_from is not None:
            return {name: getattr(row.begun_from, name) for name in CARRIED}
        if row.place is None:
            return {}
        year = _base_year(row)
        return {"base_year": year, "price_base": year, "kind": _next_kind(row)}

    @classmethod
    def offers(cls, row: BusinessCase) -> dict[str, list[str]]:
        """Return the kinds that a case may still have."""
        if row.place is None or not row.is_draft:
            return {}
        kinds = [kind for kind in CaseKind if not why_passed(_as(row, kind))]
        return {"kind": [str(kind) for kind in kinds]}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Number a new version, and fill it with the portfolio's base year or the values of the
        case from which it is begun; refuse an option of another case, and a stage that is
        passed."""
        row = self.proposed(attrs)
        if row.project is not None and row.project.programme_id is not None:
            raise serializers.ValidationError({"project": OF_PROGRAMME})
        if row.preferred_option is not None and row.preferred_option.case_id != row.pk:
            raise serializers.ValidationError({"preferred_option": OTHERS})
        if self.instance is None and row.place is not None:
            self._begin(row, attrs)
        elif self.alters(attrs, "kind", *row.visible_through) and (reason := why_passed(row)):
            raise serializers.ValidationError({"kind": reason})
        return attrs

    def _begin(self, row: BusinessCase, attrs: dict[str, Any]) -> None:
        """Set the values of a new case that were not given."""
        before = row.begun_from
        if before is not None and before.place != row.place:
            raise serializers.ValidationError({"begun_from": ELSEWHERE})
        if reason := why_passed(row):
            raise serializers.ValidationError({"kind": reason})
        attrs["number"] = row.number = next_number(row)
        attrs.setdefault("code", f"{row.place.code[:12]}-{row.kind}{row.number}")
        if before is not None:
            attrs.update({n: getattr(before, n) for n in CARRIED if attrs.get(n) in (None, "")})
        attrs.setdefault("base_year", _base_year(row))
        attrs.setdefault("price_base", attrs["base_year"])

    def store(self, row: Any, changed: list[str] | None) -> Any:
        """Store the case; copy the options of the case from which a new one is begun."""
        row = super().store(row, changed)
        if changed is None and row.begun_from is not None:
            copy_options(row, by=self.user)
        return row


def _next_kind(row: BusinessCase) -> CaseKind:
    """Return the next stage for a new case of its programme or project: after the furthest that is
    approved, here or elsewhere as the programme says."""
    stages = [stage for stage in STAGES if not why_passed(_as(row, stage))]
    first = stages[0]
    approved = BusinessCase._base_manager.filter(
        programme=row.programme_id, project=row.project_id, kind=first, state=CaseState.APPROVED
    )
    return (approved.exists() and next_stage(first)) or first


def _as(row: BusinessCase, kind: CaseKind) -> BusinessCase:
    """Return a case as if it were of a kind."""
    same = copy.copy(row)
    same.kind = kind
    return same


def _base_year(row: BusinessCase) -> int:
    """Return the base year for discounting in the portfolio of a new case."""
    return row.owner_portfolio.discount_base_year


class CaseOptionSerializer(ForeignAmountSerializer):
    """An option of a business case, with what it comes to in present value: `rank` is its place
    by net present value. Optimism bias is taken into account, and not on top of priced risks. One
    whose risks are managed in another currency gives `foreign_currency` and `foreign_risk_cost`;
    `risk_cost` follows by the budget rate of the first day of the base year of its case, until that
    is submitted. While there is none, it is null, and nobody knows what the option comes to."""

    priced = CASE_OPTIONS
    currency = Currency()
    benefits_present_value = money()
    costs_present_value = money()
    npsv = money(help_text="Net present social value")
    bcr = serializers.DecimalField(
        max_digits=None, decimal_places=None, read_only=True, allow_null=True,
        help_text="Benefit-cost ratio, to four decimals or as many as keep it in its band; null"
        " where nothing is spent",
    )  # fmt: skip
    value_for_money = serializers.CharField(read_only=True, allow_null=True)
    payback_year = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="The fiscal year by which it has paid back"
    )
    optimism_bias = serializers.DecimalField(
        max_digits=5, decimal_places=4, read_only=True, help_text="The share that raises costs"
    )
    rank = serializers.IntegerField(read_only=True, allow_null=True)
    flows_without_rate = serializers.IntegerField(
        read_only=True,
        help_text="Flows, and the cost of managing risks, of which no exchange rate says what they"
        " come to: while there are some, nobody knows what the option does",
    )

    class Meta(RecordSerializer.Meta):
        model = CaseOption
        fields = [
            *HEAD, "case", "title", "kind", "description", "bias_category", "mitigation",
            "currency", "risk_cost", "foreign_currency", "foreign_risk_cost", "exchange_rate",
            "strategic_fit", "affordability", "achievability",
            "supplier_capacity", "benefits_present_value", "costs_present_value", "npsv", "bcr",
            "value_for_money", "payback_year", "optimism_bias", "rank", "flows_without_rate",
            *RECORD,
        ]  # fmt: skip
        expressions: ClassVar[dict[str, Any]] = {"currency": first_column(*OF_OPTION)}
        derived = (
            "benefits_present_value", "costs_present_value", "npsv", "bcr", "value_for_money",
            "payback_year", "optimism_bias", "rank", "flows_without_rate",
        )  # fmt: skip


class CaseFlowSerializer(ForeignAmountSerializer):
    """What an option costs or brings in a fiscal year, in real terms and before optimism bias. One
    in another currency gives `foreign_currency` and the foreign amounts; the others, which are in
    the portfolio's currency, follow by the budget rate of the first day of its year, until the case
    is submitted. While there is none, `amount` is null, and nobody knows what its option comes
    to."""

    priced = CASE_FLOWS
    asked = ("amount",)
    code = NoCode()
    currency = Currency()

    class Meta(RecordSerializer.Meta):
        model = CaseFlow
        fields = [
            *HEAD, "option", "fiscal_year", "kind", "treatment", "category", "currency", "amount",
            "low", "high", "foreign_currency", "foreign_amount", "foreign_low", "foreign_high",
            "exchange_rate", *RECORD,
        ]  # fmt: skip
        expressions: ClassVar[dict[str, Any]] = {"currency": first_column(*OF_FLOW)}
        derived = ("code",)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse bounds that do not contain the amount, in its currency."""
        super().validate(attrs)
        of = "foreign_" if self.after(attrs, "foreign_currency") else ""
        amount = self.after(attrs, f"{of}amount")
        for name, sign in ((f"{of}low", -1), (f"{of}high", 1)):
            bound = self.after(attrs, name)
            if bound is not None and amount is not None and sign * bound < sign * amount:
                raise serializers.ValidationError({name: ORDER})
        return attrs
