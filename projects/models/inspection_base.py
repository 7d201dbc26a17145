"""What inspections and plans of inspections share: the subject, what waits for it, and the
independence of the inspector."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.access.posts import CURRENT
from pmhub.access.separation_of_duties import BESIDE, LEADS_PROJECT, decided_by_another
from pmhub.database.belonging import belongs
from pmhub.database.constraints import choices, code_once, rule
from pmhub.models import Record
from programmes.models.closure_triggers import while_project_lasts
from projects.models.library import IN_FORCE, UNPUBLISHED, AssetVersion
from projects.models.project import Project
from projects.models.schedule import OTHER_MILESTONE, Milestone
from projects.stages import ProjectStage

OF_PROJECT = "Who inspects a project is not of it, and does not lead its programme."
EXECUTIVE = "SELECT executive_id FROM projects_project WHERE id = {}"
ROLES = (
    "SELECT r.person_id FROM pmhub_roleassignment r WHERE r.project_id = {}"  # noqa: S608  # our own names
    f" AND r.role LIKE 'project%%' AND {CURRENT.format('r')}"
)
ABOVE = (
    "SELECT unnest(ARRAY[a.programme_manager_id, a.sro_id]) FROM projects_project p"
    " JOIN programmes_programme a ON a.id = p.programme_id WHERE p.id = {}"
)
ROLES_ABOVE = (
    "SELECT r.person_id FROM pmhub_roleassignment r JOIN projects_project p"  # noqa: S608  # as above
    " ON p.programme_id = r.programme_id WHERE p.id = {}"
    f" AND r.role IN ('programme_manager', 'sro') AND {CURRENT.format('r')}"
)
NOT_INDEPENDENT = (LEADS_PROJECT, EXECUTIVE, ROLES, ABOVE, ROLES_ABOVE)
LED_BY = (
    "project__project_manager", "project__executive", "project__programme__programme_manager",
    "project__programme__sro",
)  # fmt: skip


def looked_at(names: str) -> tuple[Any, ...]:
    """Return the fields of an inspected record: project, code, title, version of a standard, and
    the stage or milestone that waits for it. The relations are reversed by the name `names`."""
    return (
        models.ForeignKey(Project, models.PROTECT, related_name=names),
        models.CharField(max_length=20),
        models.CharField(max_length=200, help_text=_("What is looked at")),
        models.ForeignKey(
            AssetVersion, models.PROTECT, null=True, blank=True, related_name=names,
            help_text=_("The version of a standard that it is compared with"),
        ),
        models.CharField(
            max_length=30, choices=ProjectStage, blank=True,
            help_text=_("The stage that is not entered before it has passed"),
        ),
        models.ForeignKey(
            Milestone, models.PROTECT, null=True, blank=True, related_name=names,
            help_text=_("The milestone that is not reached before it has passed"),
        ),
    )  # fmt: skip


# SQL: the version of a standard that a row names, if it is in force or was named by it before.
NAMED_BEFORE = IN_FORCE.replace(
    "v.state = 'published'", "(v.state = 'published' OR v.id = OLD.asset_version_id)"
)


def open_where_they_lead(*drawn: str) -> pgtrigger.Trigger:
    """Clear the inspector of a record that moves to a project which they lead, or that is drawn for
    one (`drawn`, SQL) from a plan that named them before they led it. By its name it runs before
    `decided_by_another`."""
    parts = " UNION ".join(part.format("NEW.project_id") for part in NOT_INDEPENDENT)
    goes = (
        "TG_OP = 'UPDATE' AND OLD.project_id <> NEW.project_id"
        " AND OLD.inspector_id = NEW.inspector_id"
    )
    return pgtrigger.Trigger(
        name="apart_or_open",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("project_id"),
        condition=pgtrigger.Condition("NEW.inspector_id IS NOT NULL"),
        func=f"IF ({' OR '.join([goes, *drawn])}) AND (NEW.inspector_id IN ({parts})"
        f" OR {BESIDE.format('NEW.inspector_id', parts)}) THEN"
        " NEW.inspector_id := NULL; END IF; RETURN NEW;",
    )


def looked_at_triggers(
    model: str, goes_on: str, *drawn: str, held: str = ""
) -> list[pgtrigger.Trigger]:
    """Return the triggers of a model of inspected records. A record goes on (`goes_on`, SQL) only
    while its project does. Its inspector must be independent of the project: when a user names one,
    when the record is `drawn` from a plan, and again when it is `held` (both SQL). The standard and
    the milestone that it names must belong to its project."""
    return [
        while_project_lasts(goes_on, "state"),
        open_where_they_lead(*drawn),
        decided_by_another(
            "inspector_id",
            *(part.format("NEW.project_id") for part in NOT_INDEPENDENT),
            text=OF_PROJECT,
            again=held,
            reads=("state",) if held else (),
        ),
        belongs(model, "asset_version", NAMED_BEFORE, UNPUBLISHED, same=["project_id"]),
        belongs(
            model,
            "milestone",
            "FROM projects_milestone WHERE id = NEW.milestone_id AND project_id = NEW.project_id",
            OTHER_MILESTONE,
            same=["project_id"],
        ),
    ]


def looked_at_constraints(model: str) -> list[models.BaseConstraint]:
    """Return the constraints of a model of inspected records."""
    return [
        code_once(model, "project"),
        choices(model, "hold_point", ProjectStage, blank=True),
        rule(
            f"{model}_one_point",
            "milestone",
            Q(hold_point="") | Q(milestone__isnull=True),
            "It holds a stage or a milestone, not both.",
        ),
    ]


class InspectedRecord(Record):
    """A record with the fields of `looked_at`, and its inspector."""

    code: Any  # one of the fields of `looked_at`
    title: Any

    visible_through = ("project",)
    joins = {"asset_version": Join.SEE, "inspector": Join.SEE, "milestone": Join.SEE}
    parties = LED_BY

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.code} {self.title}"
