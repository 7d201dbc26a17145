"""Ranges, swings and the risk matrix: for the schema alone."""

from __future__ import annotations

from rest_framework import serializers

ACCEPTED = "Whether the simulated mean lies within four standard errors of the analytic one"
THEN = "With as_of: the moment that was asked for; with on: when that day ends"
P_NONE = "Chance that nothing is to be paid"
BASIS = "independent, as the figures `risk_p80` and others are, or shared_causes"


class AnsweredSerializer(serializers.Serializer):
    """The first members of every answer."""

    as_of = serializers.DateField()
    known_at = serializers.DateTimeField(required=False, help_text=THEN)
    currency = serializers.CharField()
    scale = serializers.IntegerField(help_text="How many currency units one of an amount is")


class ExactSerializer(serializers.Serializer):
    """The distribution of independent risks, as in the stored figures; null before the first
    computation."""

    mean = serializers.CharField(allow_null=True)
    sd = serializers.CharField(allow_null=True)
    p50 = serializers.CharField(allow_null=True)
    p80 = serializers.CharField(allow_null=True)
    p90 = serializers.CharField(allow_null=True)
    p_no_cost = serializers.FloatField(help_text=P_NONE)


class PointSerializer(serializers.Serializer):
    """A point of a cumulative distribution."""

    value = serializers.CharField()
    share = serializers.FloatField(help_text="Share of the draws at or below the value")


class SimulatedSerializer(serializers.Serializer):
    """An uncertain total, simulated."""

    draws = serializers.IntegerField()
    mean = serializers.CharField()
    sd = serializers.CharField()
    standard_error = serializers.CharField()
    analytic_mean = serializers.CharField()
    accepted = serializers.BooleanField(help_text=ACCEPTED)
    reason = serializers.CharField(allow_null=True)
    p10 = serializers.CharField()
    p50 = serializers.CharField()
    p80 = serializers.CharField()
    p90 = serializers.CharField()


class CauseSerializer(serializers.Serializer):
    """A cause that several risks share."""

    cause = serializers.CharField()
    risks = serializers.IntegerField()


class RiskDistributionSerializer(AnsweredSerializer):
    """The exposure: independent and exact, and simulated with shared causes."""

    loading = serializers.FloatField(help_text="0: independent; 1: risks of a cause move as one")
    basis = serializers.CharField(help_text=BASIS)
    causes = CauseSerializer(many=True)
    exact = ExactSerializer()
    simulated = SimulatedSerializer()
    p_no_cost = serializers.FloatField(help_text=P_NONE)
    curve = PointSerializer(many=True)


class SwingSerializer(serializers.Serializer):
    """The effect of one risk, or of the risks of one project or of the programme itself, on the
    total."""

    code = serializers.CharField(allow_null=True)
    title = serializers.CharField(allow_null=True)
    url = serializers.URLField(allow_null=True)
    risks = serializers.IntegerField()
    expected_value = serializers.CharField()
    p10 = serializers.CharField(help_text="Of its own contribution")
    p90 = serializers.CharField(help_text="Of its own contribution")
    swing = serializers.CharField(help_text="P90 less P10")
    share = serializers.FloatField(help_text="Of the variance of the total")
    p80_without = serializers.CharField(help_text="P80 of the total without it")
    p80_effect = serializers.CharField(help_text="P80 of the total less that")


class TornadoSerializer(AnsweredSerializer):
    """What makes the exposure uncertain, the largest effect first."""

    loading = serializers.FloatField()
    basis = serializers.CharField(help_text=BASIS)
    p80 = serializers.CharField()
    risks = SwingSerializer(many=True)
    rest_of_risks = SwingSerializer(allow_null=True)
    projects = SwingSerializer(many=True)
    rest_of_projects = SwingSerializer(allow_null=True)


class FinishSerializer(serializers.Serializer):
    """When something finishes."""

    baseline = serializers.DateField(allow_null=True)
    declared = serializers.DateField(allow_null=True)
    propagated = serializers.DateField(allow_null=True)
    p10 = serializers.DateField()
    p50 = serializers.DateField()
    p80 = serializers.DateField()
    p90 = serializers.DateField()
    meets_baseline = serializers.FloatField(allow_null=True)
    meets_declared = serializers.FloatField(allow_null=True)


class ProjectFinishSerializer(FinishSerializer):
    """When a project finishes, and how often it is the last to finish."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    url = serializers.URLField()
    sets_finish = serializers.FloatField(
        help_text="Share of the draws in which it sets the programme's finish: its criticality"
    )


class FinishRangeSerializer(serializers.Serializer):
    """The finish of a programme and of its projects, with the delays of risks passed on by
    dependencies."""

    as_of = serializers.DateField()
    known_at = serializers.DateTimeField(required=False, help_text=THEN)
    draws = serializers.IntegerField(allow_null=True)
    loading = serializers.FloatField()
    accepted = serializers.BooleanField(allow_null=True, help_text=ACCEPTED)
    reason = serializers.CharField(allow_null=True)
    unplaced = serializers.ListField(
        child=serializers.CharField(),
        help_text="Codes of threats in days that delay no project in particular, left out",
    )
    programme = FinishSerializer(allow_null=True)
    total = serializers.IntegerField(help_text="Projects with dates; the last 100 are listed")
    projects = ProjectFinishSerializer(many=True)


class BenefitRangeSerializer(AnsweredSerializer):
    """The outturn of benefits: what is realised is certain, the rest depends on the confidence."""

    realised = serializers.CharField(allow_null=True)
    forecast_outturn = serializers.CharField(allow_null=True)
    confidence_weighted = serializers.CharField(allow_null=True)
    simulated = SimulatedSerializer()
    curve = PointSerializer(many=True)


class OpenCostSerializer(serializers.Serializer):
    """A project, or a line of the programme, that gives bounds for its cost."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    url = serializers.URLField()
    low = serializers.CharField(help_text="Spent, and the least that is still to be spent")
    likely = serializers.CharField(help_text="Its estimate at completion")
    high = serializers.CharField(help_text="Spent, and the most that is still to be spent")
    share = serializers.FloatField(help_text="Of the variance of the total")


class CostRangeSerializer(AnsweredSerializer):
    """The cost of the programme, of its projects and its own lines: what is spent is certain, the
    rest is within the given bounds."""

    approved_budget = serializers.CharField(allow_null=True, help_text="Of its projects")
    total_approved = serializers.CharField(
        allow_null=True, help_text="With its own lines, and what remains of its contingency"
    )
    actual_cost = serializers.CharField(allow_null=True, help_text="Of its projects")
    estimate_at_completion = serializers.CharField(allow_null=True, help_text="Of its projects")
    total_forecast = serializers.CharField(
        allow_null=True, help_text="With its own lines, which is what is simulated"
    )
    reason = serializers.CharField(
        allow_null=True, help_text="no_bounds: nobody says any, so that nothing is simulated"
    )
    simulated = SimulatedSerializer(allow_null=True)
    curve = PointSerializer(many=True)
    total = serializers.IntegerField(
        help_text="Projects and lines that say bounds; the widest 25 are listed"
    )
    projects = OpenCostSerializer(many=True)
    lines = OpenCostSerializer(many=True, help_text="Of the programme itself")


class CellSerializer(serializers.Serializer):
    """One of the 25 cells."""

    probability = serializers.IntegerField(help_text="Band, 1 to 5")
    impact = serializers.IntegerField(help_text="Band, 1 to 5")
    score = serializers.IntegerField()
    severity = serializers.CharField(help_text="low, moderate, high, severe")
    risks = serializers.IntegerField()


class MatrixSerializer(serializers.Serializer):
    """Risks of one kind in one view."""

    kind = serializers.CharField(help_text="threat, opportunity")
    view = serializers.CharField(help_text="inherent, residual")
    unrated = serializers.IntegerField(help_text="Without an estimate in this view")
    cells = CellSerializer(many=True)


class RiskMatrixSerializer(serializers.Serializer):
    """How many of the counted risks lie in each cell."""

    as_of = serializers.DateField()
    known_at = serializers.DateTimeField(required=False, help_text=THEN)
    probability_bounds = serializers.ListField(
        child=serializers.FloatField(), help_text="Upper bounds, inclusive, of bands 1 to 4"
    )
    impact_bounds = serializers.ListField(
        child=serializers.FloatField(),
        help_text="The same in per cent of approved budget, of baseline duration, of the target",
    )
    matrices = MatrixSerializer(many=True)
