"""How people become more able: trainings, and qualifications that expire."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Cast, Now
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.database.constraints import ordered, rule
from pmhub.database.triggers import versioned
from pmhub.models import Person, Record
from programmes.models.competence import PersonRecords
from programmes.models.discipline import Discipline


class Training(Record):
    """A training of somebody, planned or taken, with its result."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="trainings")
    title = models.CharField(max_length=200)
    discipline = models.ForeignKey(
        Discipline, models.PROTECT, null=True, blank=True, related_name="trainings"
    )
    planned_on = models.DateField(null=True, blank=True)
    taken_on = models.DateField(null=True, blank=True)
    result = models.TextField(blank=True, help_text=_("What came of it"))

    objects = PersonRecords.as_manager()  # type: ignore[misc]  # one queryset in the place of another
    told_of = "person"
    joins = {"person": Join.SEE}
    happened = ("taken_on",)

    class Meta:
        ordering = [models.F("taken_on").desc(nulls_first=True), "planned_on", "id"]
        triggers = [versioned()]
        constraints = [
            rule(
                "training_planned_on",
                "planned_on",
                Q(planned_on__isnull=False) | Q(taken_on__isnull=False),
                "Say when it is planned, or when it was taken.",
            ),
            rule(
                "training_result",
                "result",
                Q(result="") | Q(taken_on__isnull=False),
                "Say when it was taken.",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Qualification(Record):
    """What a body outside attests to somebody, such as a licence, until it expires. One that is
    renewed is another of the same title."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="qualifications")
    title = models.CharField(max_length=200)
    discipline = models.ForeignKey(
        Discipline, models.PROTECT, null=True, blank=True, related_name="qualifications"
    )
    body = models.CharField(max_length=200, blank=True, help_text=_("Who attests it"))
    reference = models.CharField(max_length=100, blank=True, help_text=_("Its number there"))
    obtained_on = models.DateField()
    expires_on = models.DateField(
        null=True, blank=True, help_text=_("Its last day; left empty, it never ends")
    )

    objects = PersonRecords.as_manager()  # type: ignore[misc]  # one queryset in the place of another
    told_of = "person"
    joins = {"person": Join.SEE}
    happened = ("obtained_on",)

    class Meta:
        ordering = [models.F("expires_on").asc(nulls_last=True), "id"]
        triggers = [versioned()]
        indexes = [
            models.Index(fields=["person", "title", "expires_on"], name="qualification_person")
        ]
        constraints = [ordered("qualification", "obtained_on", "expires_on")]

    def __str__(self) -> str:
        return self.title


def is_expired() -> models.Case:
    """Return the SQL condition that the last day of a qualification was before today."""
    today = Cast(Now(), models.DateField())
    return models.Case(
        models.When(expires_on__lt=today, then=models.Value(True)), default=models.Value(False)
    )
