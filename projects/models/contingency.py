"""Contingency of a programme, given to its projects and given back."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub.access.setters import is_limited
from pmhub.database.codes import OF_PROGRAMME
from pmhub.database.constraints import numbers, rule
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import Kind, Mark, refusal, source
from pmhub.models import Record
from programmes.models import Programme
from programmes.models.closed_year import GOES_ALONG, kept_closed
from projects.models.project import Project

OTHER_PROGRAMME = "This project belongs to another programme."


def covered() -> pgtrigger.Trigger:
    """Refuse to give more contingency than the programme has, however many give some at once."""
    return pgtrigger.Trigger(
        name="covered",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Update,
        timing=pgtrigger.Deferred,
        # The lock makes two transactions that each give the last of it see one another.
        func="PERFORM 1 FROM programmes_programme WHERE id = NEW.programme_id FOR NO KEY UPDATE;"
        " IF (SELECT sum(amount) FROM projects_contingencymovement"
        " WHERE programme_id = NEW.programme_id)"
        " > (SELECT contingency_budget FROM programmes_programme WHERE id = NEW.programme_id) THEN"
        " RAISE EXCEPTION 'No more contingency can be given than the programme has.'"
        " USING ERRCODE = 'check_violation', CONSTRAINT = 'contingency_covered'; END IF;"
        " RETURN NULL;",
    )


def of_its_programme() -> pgtrigger.Trigger:
    """Refuse to give contingency to a project of another programme. Only the programme on the day
    of the movement counts, since the project may move later; where projects are merged, what one
    was given goes along, whoever gave it."""
    along = f"TG_OP = 'UPDATE' AND NEW.programme_id = OLD.programme_id AND {GOES_ALONG}"
    moved = "(NEW.programme_id, NEW.project_id) IS DISTINCT FROM (OLD.programme_id, OLD.project_id)"
    mine = "id = NEW.project_id AND programme_id = NEW.programme_id"
    return pgtrigger.Trigger(
        name="of_its_programme",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("programme_id", "project_id"),
        func=f"IF (TG_OP = 'INSERT' OR {moved}) AND ({along}) IS NOT TRUE"
        f" AND NOT EXISTS (SELECT FROM projects_project WHERE {mine}) THEN"
        f" {refusal('contingency_programme', 'project', OTHER_PROGRAMME)} END IF; RETURN NEW;",
    )


class ContingencyMovement(Record):
    """Contingency of a programme given to a project, or (negative) given back. It moves money and
    never creates it: what is left is the contingency budget less the sum of movements. Figures
    count it from the day on which it moved."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="contingency_movements")
    project = models.ForeignKey(Project, models.PROTECT, related_name="contingency_movements")
    amount = models.DecimalField(
        max_digits=14,
        decimal_places=2,
        help_text=_("To the project; negative gives back"),
    )
    moved_on = models.DateField()
    reference = models.CharField(max_length=40, blank=True)
    reason = models.TextField(blank=True)

    unread = ("reference", "reason")
    visible_through = ("programme", "project")
    happened = ("moved_on",)
    true_from = "moved_on"
    written_through = ("programme",)
    stays = (
        RetentionRule(
            "moved_stays",
            Q(amount__isnull=False),
            "A movement of contingency is not deleted: give the money back by another.",
        ),
    )
    refuses = {
        "contingency_covered": ("amount", "No more contingency can be given than remains."),
        "contingency_programme": ("project", OTHER_PROGRAMME),
    }

    class Meta:
        ordering = ["-moved_on", "-id"]
        triggers = [
            *source(Mark(Kind.PROGRAMME, "programme_id"), Mark(Kind.PROJECT, "project_id")),
            covered(),
            of_its_programme(),
            *kept_closed(
                "moved_on", "programme_id", "project_id", "amount", "moved_on",
                day="{row}.moved_on", home=OF_PROGRAMME.format("{row}.programme_id"),
            ),
        ]  # fmt: skip
        constraints = [
            *numbers("contingencymovement", "amount"),
            rule(
                "contingencymovement_moves",
                "amount",
                ~Q(amount=0),
                "Enter an amount other than 0.",
            ),
        ]

    def judges_own(self, user: Any) -> bool:
        """Return whether the user manages the project, and so does not give it more money."""
        return is_limited(user, self, "project__project_manager")

    def __str__(self) -> str:
        return f"{self.project.code}: {self.amount}"
