"""Forms whose changes add records to a scenario, or move money between two lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from rest_framework import serializers

from benefits.models import Benefit, BenefitCategory, BenefitKind, BenefitLevel, ProfileKind
from pmhub import formats
from pmhub.models import Code
from pmhub.serializers import Choice, Day, Number, Text
from pmhub.serializers.fields import Amount
from pmhub.text import next_code
from programmes.models import Method, ScenarioChange
from programmes.serializers.whatif.change_forms import (
    COMPOSED,
    LONGEST_TITLE,
    SHARE,
    ChangeInput,
    programme_record_field,
)
from projects.models import LIVE, BudgetLine, Project, Risk

LONGEST_NAME = 200
AT_HOME = {"foreign_currency": ""}  # the lines whose amounts do not follow from others
IN_MONEY = (BenefitCategory.CASHABLE, BenefitCategory.NON_CASHABLE, BenefitCategory.ECONOMIC)


def added(title: str, path: str, body: dict[str, Any]) -> ScenarioChange:
    """Return a change that adds a record; values of its body may be other such changes, in the
    place of the records that they add."""
    return ScenarioChange(title=title[:LONGEST_TITLE], method=Method.POST, path=path, body=body)


class AddingInput(ChangeInput):
    """Base of forms that add records to the programme."""

    def code(self, model: Any, resource: str, first: str) -> str:
        """Return the next free code of the portfolio, after those that the scenario itself adds."""
        scenario = self.context["record"]
        held = scenario.changes.filter(path=f"{resource}/", method=Method.POST)
        mine = [str(body.get("code", "")) for body in held.values_list("body", flat=True)]
        room = model._meta.get_field("code").max_length
        begins = (
            next_code(code for code in mine if code.startswith(first) and len(code) < room)
            or f"{first}01"
        )
        return Code.free(model, begins, scenario.programme.portfolio_id)


class NewProjectChange(AddingInput):
    """A project that is not there yet."""

    title = "Add a project"
    says = "With its dates and what it costs; its approved budget is what it is to cost."

    name = Text(max_length=LONGEST_NAME)
    forecast_start = Day(label="Starts on")
    forecast_finish = Day(label="Finishes on")
    cost = Amount(min_value=0)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a start after the finish."""
        if attrs["forecast_finish"] < attrs["forecast_start"]:
            raise serializers.ValidationError(
                {"forecast_finish": "This is before the start: give that day or a later one."}
            )
        return attrs

    def compose(
        self, *, name: str, forecast_start: date, forecast_finish: date, cost: Decimal
    ) -> Iterator[ScenarioChange]:
        """Yield the project, and its budget."""
        programme = self.context["record"].programme
        code = self.code(Project, "projects", f"{programme.code}-")
        days = f"{formats.day(forecast_start)} to {formats.day(forecast_finish)}"
        made = added(f"Add {code} {name}, {days}", "projects/", {
            "programme": programme.pk, "code": code, "name": name,
            "forecast_start": forecast_start.isoformat(),
            "forecast_finish": forecast_finish.isoformat(),
            "estimate_to_complete": str(cost),
        })  # fmt: skip
        yield made
        if cost:
            yield added(f"{code}: {formats.grouped(cost)} approved", "budget-lines/", {
                "project": made, "code": "B01", "baseline": str(cost), "approved": str(cost),
                "forecast": str(cost),
            })  # fmt: skip


class NewBenefitChange(AddingInput):
    """A benefit in money that is not there yet."""

    title = "Add a benefit"
    says = "In money, spread evenly over its time; from a project, or from none."

    name = Text(max_length=LONGEST_NAME, label="Title")
    category = Choice(choices=[(member.value, member.label) for member in IN_MONEY])
    value = Amount(min_value=0, label="Worth in all")
    first_day = Day(label="From")
    last_day = Day(label="Until")
    project = programme_record_field(
        Project, where={"status__in": LIVE}, required=False, allow_null=True
    )
    weight = Number(
        **SHARE, required=False, allow_null=True, label="Its share", help_text="Of 1; 1 is all"
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a first day after the last, and a share without a project."""
        if attrs["last_day"] < attrs["first_day"]:
            text = "This is before the first day: give that day or a later one."
            raise serializers.ValidationError({"last_day": text})
        if attrs.get("weight") == 0:
            raise serializers.ValidationError({"weight": "Enter a share above 0."})
        return attrs

    def compose(
        self,
        *,
        name: str,
        category: str,
        value: Decimal,
        first_day: date,
        last_day: date,
        project: Project | None = None,
        weight: Decimal | None = None,
    ) -> Iterator[ScenarioChange]:
        """Yield the benefit, what is planned and forecast of it, and the contribution of a
        project."""
        programme = self.context["record"].programme
        code = self.code(Benefit, "benefits", "B")
        made = added(f"Add {code} {name}", "benefits/", {
            "programme": programme.pk, "code": code, "title": name, "category": category,
            "unit": programme.portfolio.currency, "kind": BenefitKind.FLOW,
            "level": BenefitLevel.END, "monetised": True,
        })  # fmt: skip
        yield made
        period = {"period_start": first_day.isoformat(), "period_end": last_day.isoformat()}
        for kind in (ProfileKind.BASELINE, ProfileKind.FORECAST):
            title = f"{code}: {kind.label.lower()} of {formats.grouped(value)}"
            body = {"benefit": made, "version_kind": kind, **period, "value": str(value)}
            yield added(title, "profile-entries/", body)
        if project:
            share = Decimal(1) if weight is None else weight
            title = f"{project} contributes {formats.percent(share)} of {code}"
            given = {"benefit": made, "project": project.pk, "weight": str(share)}
            yield added(title, "contributions/", given)


class NewRiskChange(AddingInput):
    """A threat that is not there yet."""

    title = "Add a risk"
    says = "To a project, or to the programme itself: how likely it is, and what it costs."

    name = Text(max_length=LONGEST_NAME, label="Title")
    project = programme_record_field(
        Project, where={"status__in": LIVE}, required=False, allow_null=True
    )
    residual_probability = Number(**SHARE, label="Chance", help_text="From 0 to 1")
    cost_min = Amount(min_value=0, label="Cost, least")
    cost_most_likely = Amount(min_value=0, label="Cost, most likely")
    cost_max = Amount(min_value=0, label="Cost, most")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse costs that are not in the order least, most likely, most."""
        _rising(attrs, "cost_min", "cost_most_likely", "cost_max")
        return attrs

    def compose(
        self, *, name: str, residual_probability: Decimal, project: Project | None = None,
        **costs: Decimal,
    ) -> Iterator[ScenarioChange]:  # fmt: skip
        """Yield the risk."""
        home = {"project": project.pk} if project else {"programme": self.home.programme}
        code = self.code(Risk, "risks", "R")
        chance, cost = formats.percent(residual_probability), costs["cost_most_likely"]
        title = f"Add {code} {name}: {chance}, most likely {formats.grouped(cost)}"
        yield added(title, "risks/", {
            **home, "code": code, "title": name, "kind": "threat", "status": "open",
            "residual_probability": str(residual_probability),
            **{f"residual_{name}": str(value) for name, value in costs.items()},
        })  # fmt: skip


def _rising(attrs: dict[str, Any], *names: str) -> None:
    for less, more in pairwise(names):
        if attrs[more] < attrs[less]:
            raise serializers.ValidationError({more: "Enter no less than the one before it."})


class MoneyChange(ChangeInput):
    """Money that goes from one budget line to another."""

    title = "Move money"
    says = (
        "From what is approved of one budget line to another: in all, as much as before. Both are"
        " in the currency of the portfolio."
    )

    from_line = programme_record_field(BudgetLine, where=AT_HOME)
    to_line = programme_record_field(BudgetLine, where=AT_HOME)
    amount = Amount(min_value=Decimal("0.01"))

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse more than the line has, and the same line as target."""
        if attrs["from_line"] == attrs["to_line"]:
            raise serializers.ValidationError({"to_line": "Choose another budget line."})
        if attrs["amount"] > (attrs["from_line"].approved or 0):
            text = f"Only {formats.grouped(attrs['from_line'].approved or Decimal(0))} is approved."
            raise serializers.ValidationError({"amount": text})
        return attrs

    def compose(
        self, *, from_line: BudgetLine, to_line: BudgetLine, amount: Decimal
    ) -> Iterable[ScenarioChange]:
        """Yield less for one line, and more for the other."""
        for line, by in ((from_line, -amount), (to_line, amount)):
            approved = (line.approved or Decimal(0)) + by
            word = "given up" if by < 0 else "more"
            yield ScenarioChange(
                title=f"{line}: {formats.grouped(amount)} {word}"[:LONGEST_TITLE],
                method=Method.PATCH,
                path=f"budget-lines/{line.pk}/",
                body={"approved": str(approved)},
                seen_version=line.version,
            )


SCENARIO_FORMS: dict[str, type[ChangeInput]] = {
    **COMPOSED,
    "new-projects": NewProjectChange,
    "new-benefits": NewBenefitChange,
    "new-risks": NewRiskChange,
    "money": MoneyChange,
}
