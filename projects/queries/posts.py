"""Posts, with the competence of their holders."""

from __future__ import annotations

from typing import Any

from django.db.models import (
    Case,
    CharField,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from programmes.models import CompetenceRecord
from projects.oversight import COMPETENCES


def with_competence(posts: QuerySet[Any]) -> QuerySet[Any]:
    """Add the last assessed competence of each post's holder in the field that the post asks for
    (`held`, empty where there is none), and whether it is below what the post asks for
    (`short`)."""
    # Without a discipline, the post asks for competence in leading change.
    leading = Case(When(discipline__isnull=True, then=F("holder")))
    rows = posts.annotate(leading=leading)
    same = Q(discipline=OuterRef("discipline")) | Q(
        discipline__isnull=True, person=OuterRef("leading")
    )
    records = CompetenceRecord._base_manager.filter(same, person=OuterRef("holder"))
    last = records.order_by("-assessed_on", "-id").values("level")[:1]
    rows = rows.annotate(held=Coalesce(Subquery(last), Value(""), output_field=CharField()))
    rows = rows.annotate(has=_ranked("held"), asked=_ranked("competence_needed"))
    lacks = Q(holder__isnull=False, has__lt=F("asked"))
    return rows.annotate(short=Case(When(lacks, then=Value(True)), default=Value(False)))


def _ranked(name: str) -> Case:
    """Return an expression for a level of competence as a number, from 1 on; 0 for none."""
    whens = (When(**{name: level}, then=Value(n)) for n, level in enumerate(COMPETENCES, 1))
    return Case(*whens, default=Value(0), output_field=IntegerField())
