"""How mature the team of a project is: a project shows what was assessed last."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.access.separation_of_duties import LEADS_PROJECT
from pmhub.access.setters import is_limited
from pmhub.database.constraints import between
from pmhub.database.retention import ASSESSED
from pmhub.database.triggers import frozen, refusal, versioned
from pmhub.models import Person, Record
from programmes.models.competence import STAYS
from projects.models.project import Project

LOWEST, HIGHEST = 1, 5
OWN = "Who manages a project does not assess its team."


def assessed_by_another() -> pgtrigger.Trigger:
    """Refuse that the manager of a project assesses its team."""
    leads = LEADS_PROJECT.format("NEW.project_id")
    return pgtrigger.Trigger(
        name="assessed_by_another",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("assessor_id"),
        func=f"IF NEW.assessor_id IN ({leads}) OR EXISTS (SELECT FROM pmhub_person who"
        f" WHERE who.user_id = NEW.created_by_id AND who.id IN ({leads})) THEN"
        f" {refusal('team_assessed_by_another', 'project', OWN)} END IF; RETURN NEW;",
    )


def shown_on_project() -> pgtrigger.Trigger:
    """Store the last assessment of a team on its project. The lock makes two assessments at once
    see one another."""
    row = "coalesce(NEW.project_id, OLD.project_id)"
    level = (
        f"(SELECT m.level FROM projects_teammaturity m WHERE m.project_id = {row}"  # noqa: S608
        " ORDER BY m.assessed_on DESC, m.id DESC LIMIT 1)"
    )
    return pgtrigger.Trigger(
        name="shown_on_project",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Delete,
        func=f"PERFORM FROM projects_project WHERE id = {row} FOR NO KEY UPDATE;"  # noqa: S608
        f" UPDATE projects_project p SET team_maturity = {level} WHERE p.id = {row}"
        f" AND p.team_maturity IS DISTINCT FROM {level}; RETURN NULL;",
    )


class TeamMaturity(Record):
    """How well the team of a project works by its processes, as assessed on a day, from 1 (ad hoc)
    to 5 (it improves them). It is never changed: another follows, and the last counts in how
    closely the project is watched."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="team_maturities")
    level = models.PositiveSmallIntegerField(
        help_text=_("From 1, every time anew, to 5, by processes that the team improves")
    )
    assessed_on = models.DateField(help_text=_("Left empty, the status date"))
    assessor = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    evidence = models.TextField(blank=True, help_text=_("What it rests on"))

    visible_through = ("project",)
    joins = {"assessor": Join.SET}
    happened = ("assessed_on",)
    edited_in = ()
    undeletable = ASSESSED
    refuses = {
        "team_assessed_by_another": ("project", OWN),
        "team_assessed": ("", STAYS),
    }

    class Meta:
        verbose_name_plural = "team maturities"
        ordering = ["-assessed_on", "-id"]
        triggers = [
            versioned(),
            assessed_by_another(),
            shown_on_project(),
            frozen(
                "team_assessed", "TRUE", "project_id", "level", "assessed_on", "assessor_id",
                "evidence",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["project", "-assessed_on", "-id"], name="teammaturity_project")
        ]
        constraints = [between("teammaturity", "level", LOWEST, HIGHEST)]

    def __str__(self) -> str:
        return f"Level {self.level} on {self.assessed_on}"

    def judges_own(self, user: Any) -> bool:
        """Return whether the user would assess their own team."""
        return is_limited(user, self, "project__project_manager")
