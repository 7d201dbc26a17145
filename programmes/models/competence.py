"""What people can do, as somebody else assessed it."""

from __future__ import annotations

from typing import Any, Self

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from pmhub import access
from pmhub.access import Join
from pmhub.database.constraints import choices, rule
from pmhub.database.retention import ASSESSED
from pmhub.database.triggers import frozen, refusal, versioned
from pmhub.models import Competence, Person, Record
from pmhub.models.competence import OWN, latest
from pmhub.models.people import MANAGERS
from programmes.models.discipline import Discipline

STAYS = "An assessment is never changed: write another."


class PersonRecords(access.ScopedQuerySet):
    """Records of what people can do: for themselves, the PMO and those who lead above them."""

    def visible_to(self, user: Any) -> Self:
        """Return the records about people whose competence the user may see."""
        where = MANAGERS.rows(Person, user)
        if where is None:
            return self
        return self.filter(person__in=Person._base_manager.filter(where).order_by().values("pk"))


def assessed_by_another() -> pgtrigger.Trigger:
    """Refuse that people assess themselves."""
    return pgtrigger.Trigger(
        name="assessed_by_another",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("assessor_id"),
        func="IF NEW.person_id = NEW.assessor_id OR NEW.person_id IN"  # noqa: S608  # our own names
        " (SELECT id FROM pmhub_person WHERE user_id = NEW.created_by_id) THEN"
        f" {refusal('assessed_by_another', 'person', OWN)} END IF; RETURN NEW;",
    )


def shown_on_person() -> pgtrigger.Trigger:
    """Show on a person the competence that was assessed last. The lock lets two transactions that
    assess at once see one another."""
    row = "coalesce(NEW.person_id, OLD.person_id)"
    level = f"coalesce({latest('level', row)}, '')"
    return pgtrigger.Trigger(
        name="shown_on_person",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Delete,
        func=f"PERFORM FROM pmhub_person WHERE id = {row} FOR NO KEY UPDATE;"  # noqa: S608  # our own names
        f" UPDATE pmhub_person p SET competence = {level} WHERE p.id = {row}"
        f" AND p.competence <> {level}; RETURN NULL;",
    )


class CompetenceRecord(Record):
    """How experienced somebody is, in leading change or in a discipline, as assessed on a day. A
    record is never changed: another follows. The last one without a discipline is shown on the
    person, and decides about the oversight of their projects."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="competence_records")
    discipline = models.ForeignKey(
        Discipline, models.PROTECT, null=True, blank=True, related_name="competence_records",
        help_text=_("Left empty: in leading change"),
    )  # fmt: skip
    level = models.CharField(max_length=20, choices=Competence)
    assessed_on = models.DateField(help_text=_("Left empty, today"))
    assessor = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    evidence = models.TextField(blank=True, help_text=_("What it rests on"))
    next_on = models.DateField(null=True, blank=True, help_text=_("By when it is assessed again"))

    objects = PersonRecords.as_manager()  # type: ignore[misc]  # one queryset in the place of another
    told_of = "person"
    joins = {"assessor": Join.SET, "person": Join.SEE}
    happened = ("assessed_on",)
    edited_in = ()
    undeletable = ASSESSED
    refuses = {
        "assessed_by_another": ("person", OWN),
        "competence_assessed": ("", STAYS),
    }

    class Meta:
        ordering = ["-assessed_on", "-id"]
        triggers = [
            versioned(),
            assessed_by_another(),
            shown_on_person(),
            frozen(
                "competence_assessed", "TRUE", "person_id", "discipline_id", "level",
                "assessed_on", "assessor_id", "evidence", "next_on",
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["person", "-assessed_on", "-id"], name="competence_person")]
        constraints = [
            choices("competencerecord", "level", Competence),
            rule(
                "competencerecord_next_on",
                "next_on",
                models.Q(next_on__isnull=True) | models.Q(next_on__gt=models.F("assessed_on")),
                "Give a day after that of the assessment.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_level_display()} on {self.assessed_on}"

    def judges_own(self, user: Any) -> bool:
        """Return whether the user is the person who is assessed."""
        account = getattr(user, "pk", None)  # a reader in the place of many has none
        return None not in (account, self.person_id) and self.person.user_id == account
