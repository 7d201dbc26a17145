"""The request for lessons and standards that fit a place, and its answer."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from pmhub.formats import percent
from pmhub.serializers import Choice, InputSerializer, Related, Text
from programmes.models import Portfolio, Programme
from projects.models import Gate, Issue, Project, Risk, UseAnswer
from projects.relevance import WEIGHTS, Fit
from projects.stages import ProjectStage

MOST_TYPED = 2000
CALLED = {
    "words": "Words in common",
    "wording": "Alike in wording",
    "category": "Same category",
    "stage": "Same stage",
    "discipline": "Same discipline",
    "approach": "Same approach",
}


def fit_in_words(fit: Fit) -> str:
    """Return why a lesson or a standard fits, in words: its score and the parts that the score
    consists of."""
    parts = [
        CALLED[name].lower() if value == 1 else f"{CALLED[name].lower()} {percent(value)}"
        for name, value in fit.parts.items()
        if value and name in WEIGHTS
    ]
    return f"Fits by {percent(fit.score)}: {', '.join(parts)}."


class RelevantSerializer(InputSerializer):
    """The place for which lessons are asked for: an existing risk, issue, gate or project, or a
    project, a programme or a portfolio where somebody types `text`. `stage` and `category` are
    those of the record or the project unless they are given."""

    ONE: ClassVar = ("risk", "issue", "gate", "project", "programme", "portfolio")

    risk = Related(queryset=Risk.objects.all(), required=False)
    issue = Related(queryset=Issue.objects.all(), required=False)
    gate = Related(queryset=Gate.objects.all(), required=False)
    project = Related(queryset=Project.objects.all(), required=False)
    programme = Related(queryset=Programme.objects.all(), required=False)
    portfolio = Related(queryset=Portfolio.objects.all(), required=False)
    text = Text(max_length=MOST_TYPED, required=False, allow_blank=True)
    stage = Choice(choices=ProjectStage.choices, required=False)
    category = Text(max_length=40, required=False, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check that exactly one place is given."""
        if sum(name in attrs for name in self.ONE) != 1:
            text = f"Give exactly one: {', '.join(self.ONE)}."
            raise serializers.ValidationError({"project": text})
        return attrs


class PartsSerializer(serializers.Serializer):
    """The parts of a score, each from 0 to 1."""


for _name, _weight in WEIGHTS.items():
    PartsSerializer._declared_fields[_name] = serializers.FloatField(help_text=f"Weighs {_weight}")


class FittingSerializer(serializers.Serializer):
    """A lesson or a standard that fits: `score` is the sum of its `parts` by their weights."""

    type = serializers.ChoiceField(["lessons", "process-assets"])
    id = serializers.IntegerField()
    code = serializers.CharField()
    title = serializers.CharField()
    says = serializers.CharField(help_text="What to do: of a standard, what it is for")
    url = serializers.URLField()
    html_url = serializers.URLField()
    score = serializers.FloatField()
    parts = PartsSerializer()
    why = serializers.CharField(help_text="The score and its parts in words")
    mandatory = serializers.BooleanField(allow_null=True, help_text="Of a standard")
    answer = serializers.ChoiceField(
        UseAnswer.choices, allow_null=True, help_text="What was answered to a lesson there"
    )


class RelevantAnswer(serializers.Serializer):
    """The best matches, the best one first: at most three lessons and three standards."""

    results = FittingSerializer(many=True)
