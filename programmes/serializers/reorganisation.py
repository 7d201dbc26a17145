"""Forms for splitting and merging programmes, and their answer."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from benefits.models import Benefit
from pmhub.models import Person
from pmhub.serializers import Choice, InputSerializer, Related, Text
from pmhub.serializers.fields import Amount, Flag
from pmhub.serializers.verbs import reason_field
from programmes.models import Outcome, Programme, ProgrammeLine
from programmes.models.closure_triggers import ENDED
from programmes.services.reorganisation import Fate
from projects.models import LIVE, Issue, Project, Risk


def own_rows(rows: QuerySet, programme: Programme, user: Any) -> QuerySet:
    """Return those of the rows that belong to the programme itself."""
    return rows.filter(programme=programme)


def live_projects(rows: QuerySet, programme: Programme, user: Any) -> QuerySet:
    """Return those of the rows that are its live projects."""
    return own_rows(rows, programme, user).filter(status__in=LIVE)


def other_programmes(rows: QuerySet, programme: Programme, user: Any) -> QuerySet:
    """Return those of the rows that are other live programmes of the portfolio."""
    there = rows.filter(portfolio=programme.portfolio_id, archived_at__isnull=True)
    return there.exclude(pk=programme.pk).exclude(stage__in=ENDED)


def _chosen(model: Any, among: Any = own_rows) -> Related:
    return Related(queryset=model.objects.all(), many=True, required=False, among=among)


class SplitSerializer(InputSerializer):
    """Which records of a programme go to a new one, and the new programme's code and name."""

    code = Text(max_length=20)
    name = Text(max_length=200)
    projects = _chosen(Project, live_projects)
    benefits = _chosen(Benefit)
    outcomes = _chosen(Outcome)
    risks = _chosen(Risk)
    issues = _chosen(Issue)
    lines = _chosen(ProgrammeLine)
    contingency_budget = Amount(
        min_value=0,
        required=False,
        allow_null=True,
        help_text="Of what remains to this programme",
    )
    programme_manager = Related(
        queryset=Person.objects.all(),
        required=False,
        allow_null=True,
        help_text="Left empty, who manages this programme",
    )
    reason = reason_field(needed=True)


class ProgrammeMergerSerializer(InputSerializer):
    """Which programme becomes a part of this one, and why."""

    other = Related(queryset=Programme.objects.all(), among=other_programmes)
    rename = Flag(
        default=False, help_text="Where both have a code, that of the other gets its name behind it"
    )
    reason = reason_field(needed=True)


class AlongSerializer(serializers.Serializer):
    """Records of one kind, what happens to them and why; the first of them are named."""

    kind = serializers.CharField()
    fate = Choice(choices=[str(member) for member in Fate])
    count = serializers.IntegerField()
    says = serializers.CharField()
    names = serializers.ListField(child=serializers.CharField())


class ReorganisedSerializer(serializers.Serializer):
    """The programme that was split or merged, the other one, and what happened to what belonged to
    them."""

    id = serializers.IntegerField()
    other = serializers.IntegerField(help_text="The new programme, or the one that was merged in")
    url = serializers.URLField()
    html_url = serializers.URLField()
    along = AlongSerializer(many=True)
