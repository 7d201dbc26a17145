"""The votes on a change request: one of each who decides it, on each assessment."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q

from pmhub.access import Join
from pmhub.access.separation_of_duties import LEADS_PROGRAMME, LEADS_PROJECT
from pmhub.database.constraints import choices
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import frozen, listed, refusal, versioned
from pmhub.models import Person, Record
from projects.models.change.request import LED, ChangeRequest
from projects.models.change.states import ChangeChoice
from projects.models.voting import deputy, stands_in

STRANGER = (
    "Only who decides the change, or their deputy, votes, while it is assessed; who raised it never"
    " does, nor who"
    " leads what is changed by more than they may decide."
)


def by_approver() -> pgtrigger.Trigger:
    """Refuse a vote by somebody who is no approver or has a part in the change, and one on anything
    but the present assessment."""
    cast = (
        "FROM projects_changevote v WHERE v.change_id = NEW.change_id"
        " AND v.assessment = NEW.assessment"
    )
    among = "SELECT person_id FROM projects_changerequest_approvers WHERE changerequest_id = c.id"
    raised = (
        "SELECT p.id FROM pmhub_person p"
        " WHERE p.user_id = c.created_by_id OR p.id = c.written_by_id"
    )
    leads = " UNION ".join(
        f"SELECT lead FROM ({leading.format(f'c.{place}_id')}) leads(lead)"  # noqa: S608  # our own names
        f" WHERE c.level NOT IN ({listed(levels)})"
        for (place, _, levels), leading in zip(LED, (LEADS_PROJECT, LEADS_PROGRAMME), strict=True)
    )
    return pgtrigger.Trigger(
        name="by_approver",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        func="IF NOT EXISTS (SELECT FROM projects_changerequest c"  # our own names
        " WHERE c.id = NEW.change_id AND c.state = 'impact_assessed'"
        f" AND c.assessment = NEW.assessment AND NEW.person_id IN ({among})"
        f" AND NEW.person_id NOT IN ({raised} UNION {leads})"
        f" AND {stands_in(among, f'{raised} UNION {leads}', cast)}) THEN"
        f" {refusal('change_vote_of_approver', 'person', STRANGER)} END IF; RETURN NEW;",
    )


class ChangeVote(Record):
    """A vote of one of those who decide a change, with the reason. It is never changed; on another
    assessment of the impact they vote anew."""

    change = models.ForeignKey(ChangeRequest, models.PROTECT, related_name="votes")
    assessment = models.PositiveSmallIntegerField(default=1)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    deputy = deputy()
    choice = models.CharField(max_length=10, choices=ChangeChoice)
    comment = models.TextField(blank=True)
    on = models.DateField()

    visible_through = ("change",)
    joins = dict.fromkeys(("person", "deputy"), Join.SET)
    edited_in = ()
    happened = ("on",)
    stays = (
        RetentionRule(
            "cast_on_change", Q(choice__in=ChangeChoice.values), "A vote that was cast stays."
        ),
    )
    refuses = {
        "change_vote_of_approver": ("person", STRANGER),
        "change_vote_holds": ("", "A vote that was cast is never changed."),
    }

    class Meta:
        ordering = ["change", "id"]
        triggers = [
            versioned(),
            by_approver(),
            frozen(
                "change_vote_holds", "TRUE", "change_id", "assessment", "person_id", "deputy_id",
                "choice", "comment", "on",
            ),
        ]  # fmt: skip
        constraints = [
            choices("changevote", "choice", ChangeChoice),
            models.UniqueConstraint(
                fields=["change", "assessment", "deputy"],
                name="changevote_deputy_once",
                violation_error_message="This deputy has voted already.",
            ),
            models.UniqueConstraint(
                fields=["change", "assessment", "person"],
                name="changevote_once",
                violation_error_message="This person has voted already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_choice_display()}"
