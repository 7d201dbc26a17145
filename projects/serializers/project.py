"""Projects, their baselines and outputs."""

from __future__ import annotations

import copy
from datetime import date
from decimal import Decimal
from itertools import pairwise
from operator import attrgetter
from typing import Any, ClassVar

from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from pmhub.models import home_portfolio
from pmhub.serializers import (
    DECIMAL,
    HEAD,
    RECORD,
    Choice,
    Currency,
    Day,
    InputSerializer,
    Money,
    NoCode,
    Number,
    Reason,
    RecordSerializer,
    Related,
    WholeNumber,
    first_column,
)
from pmhub.serializers.coins import check_same_money
from pmhub.serializers.fields import WHOLE, Amount
from pmhub.serializers.verbs import VerbDefinition, reason_field
from pmhub.services import refuse_state
from programmes.models import Programme
from programmes.models.programme_line import TO_COMPLETE
from programmes.serializers.competence import own_disciplines
from projects.models import Baseline, ForecastBasis, Output, Project
from projects.models.project_triggers import OTHER_TRANCHE
from projects.models.states import PLANNERS
from projects.queries.gates import has_free_way
from projects.serializers.actions import about_actions, about_lessons
from projects.serializers.hand_over import handing_over
from projects.services import (
    adopt_computed_dates,
    approve_plan,
    check_plan,
    check_progress,
    close_project,
    move_project,
    move_stage,
    reopen_project,
    terminate_project,
)
from projects.services.gates import ways_alone
from projects.services.outputs import descope_output, descoped_now
from projects.services.schedule import reached_after_start

CURRENCY = first_column("programme__portfolio__currency", "portfolio__currency")
PARENT_CURRENCY = first_column(
    "project__programme__portfolio__currency", "project__portfolio__currency"
)
LONGEST_PROFILE, MOST_ACKNOWLEDGED = 600, 500


class RiskAnswers(serializers.DictField):
    """What becomes of each open risk, by its id."""

    child = Choice(choices=("close", "transfer"))

    def to_internal_value(self, data: Any) -> dict[int, str]:
        """Return the answers with the ids as numbers."""
        answers = super().to_internal_value(data)
        if strange := next((key for key in answers if not WHOLE.fullmatch(key)), None):
            raise serializers.ValidationError({strange[:50]: "Give the id of a risk."})
        return {int(key): answer for key, answer in answers.items()}


class EndingInput(InputSerializer):
    """What every end of a project asks about open risks, dependencies and actions."""

    risks = RiskAnswers(
        required=False,
        help_text="Of each open risk, by its id, what becomes of it: close, or transfer (to the"
        " programme)",
    )
    acknowledged_dependencies = serializers.ListField(
        child=WholeNumber(min_value=1),
        required=False,
        max_length=MOST_ACKNOWLEDGED,
        help_text="What others wait for and will not get, each by its id",
    )
    actions = about_actions()


class TerminationSerializer(EndingInput):
    """Why and when a project stops before it has delivered."""

    terminated_on = Day()
    reason = reason_field(needed=True)
    estimate_to_complete = Amount(
        min_value=0,
        default=Decimal(0),
        help_text="What winding down will still cost",
    )


class ClosureSerializer(EndingInput):
    """On which day a project that has delivered was finished."""

    finished_on = Day()
    lessons = about_lessons()
    reason = reason_field()


class ComputedSerializer(serializers.Serializer):
    """A declared day beside the computed one."""

    declared = serializers.DateField(allow_null=True)
    computed = serializers.DateField(allow_null=True)


class ComputedRowSerializer(ComputedSerializer):
    """The day of a milestone, or of a dependency that the project gives."""

    id = serializers.IntegerField()
    code = serializers.CharField()


class ComputedDatesSerializer(serializers.Serializer):
    """The computed dates that adopting would declare: those of events that are not reached yet
    (null for a start or finish that is reached or has no day), and of promises to others without a
    milestone."""

    start = ComputedSerializer(allow_null=True)
    finish = ComputedSerializer(allow_null=True)
    milestones = ComputedRowSerializer(many=True)
    promises = ComputedRowSerializer(many=True)


ALONE = "None: it stands alone under the PMO"


def elsewhere(rows: QuerySet[Programme], project: Project, user: Any) -> QuerySet[Programme]:
    """Return the other programmes of the project's portfolio."""
    return rows.filter(portfolio=project.owner_portfolio).exclude(projects=project)


class MoveSerializer(InputSerializer):
    """The programme to which a project goes, and why; null lets the project stand alone under the
    PMO."""

    to_programme = Related(
        queryset=Programme.objects.all(),
        allow_null=True,
        among=elsewhere,
        style={"none": ALONE},
    )
    reason = reason_field(needed=True)


class ApprovedPlanSerializer(InputSerializer):
    """The days and the amount of an approved plan, and why it replaces the last one. The value is
    planned evenly; a plan with another profile is a baseline: POST to baselines/."""

    approved_on = Day()
    starts_on = Day()
    finishes_on = Day()
    budget_at_completion = Amount(min_value=0)
    reason = reason_field()


class ProjectSerializer(RecordSerializer):
    """A project. Its baseline, budget and cost to date come from finer records: write those."""

    currency = Currency()
    baseline_start = serializers.DateField(read_only=True, allow_null=True)
    baseline_finish = serializers.DateField(read_only=True, allow_null=True)
    budget_at_completion = Money(allow_null=True)
    approved_budget = Money()
    planned_value = Money(allow_null=True)
    actual_cost = Money()
    reason = Reason(help_text="Why less is complete than before")

    class Meta(RecordSerializer.Meta):
        model = Project
        fields = [
            *HEAD, "name", "programme", "portfolio", "tranche", "objective", "stage", "status",
            "project_manager", "successor", "executive", "complexity", "regulated", "critical",
            "health_weight", "discipline", "delivery_approach", "baseline_start", "baseline_finish",
            "forecast_start", "forecast_finish", "actual_start", "actual_finish",
            "percent_complete", "percent_method", "currency", "budget_at_completion",
            "approved_budget", "planned_value", "actual_cost", "forecast_basis",
            *TO_COMPLETE, "declared_rag", "declared_on", "reason",
            "terminated_on", "ended_reason", "template", "template_version", "split_from",
            "merged_into", "custom", "archived_at", *RECORD,
        ]  # fmt: skip
        extra_kwargs: ClassVar[dict[str, Any]] = {"discipline": {"among": own_disciplines}}
        # Read as the text of the profile it is computed from.
        expressions: ClassVar[dict[str, Any]] = {
            "currency": CURRENCY,
            "planned_value": Cast("planned_value_profile", TextField()),
        }
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "closure": VerbDefinition(close_project, ClosureSerializer),
            "termination": VerbDefinition(terminate_project, TerminationSerializer),
            "reopening": VerbDefinition(reopen_project),
            "stage": VerbDefinition(move_stage, when=has_free_way, to=ways_alone),
            "computed-dates": VerbDefinition(
                adopt_computed_dates,
                does="Declare the computed dates",
                done="declared as computed",
                says="The forecasts of the start, of every milestone still to come, of the finish"
                " and of what was promised to others become what is computed, all at once. Nothing"
                " else moves; declaring one of them alone can make others look earlier than they"
                " are.",
                when=attrgetter("live"),
            ),
            "move": VerbDefinition(
                move_project,
                MoveSerializer,
                does="Move the project",
                done="moved",
                says="To another programme of the portfolio, or out of its programme: then it"
                " stands alone under the PMO. Contingency it drew stays with the programme that"
                " gave it.",
            ),
            "baseline": VerbDefinition(
                approve_plan,
                ApprovedPlanSerializer,
                does="Approve another baseline",
                done="measured against another plan",
                says="From now on the project is measured against this plan, its value planned"
                " evenly; earlier ones stay on record.",
                by=PLANNERS,
                when=attrgetter("live"),
            ),
            **handing_over(),
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check the tranche, the progress, the programme, the forecast and the start of the
        project; date a new declaration of health by the status date."""
        tranche = self.after(attrs, "tranche")
        programme = self.after(attrs, "programme")
        if tranche is not None and (programme is None or tranche.programme_id != programme.pk):
            raise serializers.ValidationError({"tranche": OTHER_TRANCHE})
        self._check_percent(attrs)
        self._check_place(programme)
        self._check_basis(attrs)
        self.check_bounds(attrs, *TO_COMPLETE)
        if self.instance is not None and attrs.get("actual_start", "") is None:
            self._check_unbegun(self.instance)
        portfolio = programme.portfolio if programme else self.after(attrs, "portfolio")
        check_same_money("portfolio", home_portfolio(self.instance), portfolio)
        if portfolio and attrs.get("declared_rag") and not attrs.get("declared_on"):
            attrs["declared_on"] = portfolio.as_of  # a new declaration is of this day
        if attrs.get("declared_rag") == "":
            attrs.setdefault("declared_on", None)
        return attrs

    def _check_place(self, programme: Programme | None) -> None:
        """Refuse another programme for a project that has ended, and a programme of another
        portfolio."""
        before = self.instance
        if before is None or programme is None or programme == before.programme:
            return
        if not before.live:
            refuse_state("programme", "A project that has ended stays where it is.")
        if programme.portfolio_id != before.owner_portfolio.pk:
            text = "Choose a programme of the same portfolio."
            raise serializers.ValidationError({"programme": text})

    def _check_basis(self, attrs: dict[str, Any]) -> None:
        """Refuse a forecast in total of a project that forecasts by budget line."""
        if self.after(attrs, "forecast_basis") != ForecastBasis.BY_LINE:
            return
        text = "This project forecasts by budget line: write the forecasts of its lines."
        before = self.instance or Project()
        old = {name: getattr(before, name) for name in TO_COMPLETE}
        if changed := [name for name, value in old.items() if attrs.get(name, value) != value]:
            raise serializers.ValidationError(dict.fromkeys(changed, text))

    def _check_unbegun(self, project: Project) -> None:
        """Refuse to remove the start of a project that has reached a milestone after its start."""
        if reached := ", ".join(reached_after_start(project).values_list("code", flat=True)):
            text = f"It has started, as it has reached {reached}."
            raise serializers.ValidationError({"actual_start": text})

    def _check_percent(self, attrs: dict[str, Any]) -> None:
        """Refuse 100 % of a project that is not complete, and less progress than before without a
        reason."""
        before, after = self.instance, attrs.get("percent_complete")
        if after is None or not 0 <= after <= 100:  # the model refuses it
            return
        there = copy.copy(before) or Project()
        there.percent_complete = after
        there.actual_finish = self.after(attrs, "actual_finish")
        if (before or Project()).percent_complete != after:
            check_progress(before or Project(), there, reason=attrs.get("reason", ""))


AMOUNT = Number(max_digits=14, decimal_places=2)


@extend_schema_field(
    {
        "type": "array",
        "maxItems": LONGEST_PROFILE,
        "items": {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2},
        "example": [["2026-10-31", "41200.00"]],
    }
)
class Profile(serializers.JSONField):
    """Cumulative planned value: pairs of day and amount, with later days and never lower
    amounts."""

    default_error_messages = {
        "pairs": 'Give a list of pairs such as ["2026-10-31", "41200.00"].',
        "long": f"Give at most {LONGEST_PROFILE} points.",
        "order": "Days go forward and amounts never fall.",
    }

    def to_internal_value(self, data: Any) -> Any:
        """Return the pairs, each checked as a day and an amount."""
        if not isinstance(data, list):
            self.fail("pairs")
        if len(data) > LONGEST_PROFILE:
            self.fail("long")
        points = [self._point(pair) for pair in data]
        for (day, value), (later, higher) in pairwise(points):
            if later <= day or higher < value:
                self.fail("order")
        return [[day.isoformat(), str(value)] for day, value in points]

    def _point(self, pair: Any) -> tuple[date, Decimal]:
        if not isinstance(pair, list) or len(pair) != 2 or isinstance(pair[1], bool):
            self.fail("pairs")
        if not DECIMAL.fullmatch(str(pair[1])):
            self.fail("pairs")
        return Day().run_validation(pair[0]), AMOUNT.run_validation(pair[1])


class BaselineSerializer(RecordSerializer):
    """A plan. Once approved it is never changed: the next one has a higher number."""

    code = NoCode()
    currency = Currency()
    planned_value_profile = Profile(required=False)

    class Meta(RecordSerializer.Meta):
        model = Baseline
        fields = [
            *HEAD, "project", "number", "approved_on", "starts_on", "finishes_on", "currency",
            "budget_at_completion", "planned_value_profile", "reason", *RECORD,
        ]  # fmt: skip
        expressions: ClassVar[dict[str, Any]] = {"currency": PARENT_CURRENCY}
        derived = ("code",)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check a plan that is not approved yet; the database refuses changes of an approved
        one."""
        if self.instance is None or self.instance.approved_on is None:
            check_plan(self.proposed(attrs))
        return attrs


class OutputSerializer(RecordSerializer):
    """What a project delivers."""

    class Meta(RecordSerializer.Meta):
        model = Output
        fields = [
            *HEAD, "project", "title", "acceptance_criteria", "planned_on", "forecast_on",
            "accepted_on", "accepted_by", "state", *RECORD,
        ]  # fmt: skip
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "descoping": VerbDefinition(descope_output, to=descoped_now)
        }
