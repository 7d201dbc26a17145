"""Checks of outputs: what is looked at before an output is accepted, and what came of it."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.access.separation_of_duties import LEADS_PROJECT
from pmhub.access.setters import Setter
from pmhub.database.collation import InOrder, searched
from pmhub.database.constraints import choices, code_once, dated, rule
from pmhub.database.triggers import frozen, refusal, versioned
from pmhub.lifecycle import Lifecycle, anybody, move
from pmhub.models import Person, Record
from projects.models.output import Output

KEPT = "A check of an output is never deleted: have it waived."
ACCEPTED = "The output is accepted: its checks stay passed or waived."
CHECKED = "What was checked is changed no more: check it anew."
NOT_ITS_MANAGER = "Who manages the project waives no check of its outputs."
MANAGER = LEADS_PROJECT.format(
    "(SELECT o.project_id FROM projects_output o WHERE o.id = NEW.output_id)"
)


class QualityResult(models.TextChoices):
    """What a check came to."""

    OPEN = "open", _("Not checked yet")
    PASS = "pass", _("Passed")
    FAIL = "fail", _("Failed")
    WAIVED = "waived", _("Waived")


R = QualityResult
SETTLED = (R.PASS, R.WAIVED)
WAIVER = Setter(
    "the programme manager or the PMO, who do not manage the project", right="limit", apart=True
)
QUALITY = Lifecycle(
    "result",
    initial=anybody(R.OPEN),
    moves=(
        move("passing", "Record that it passed", "passed", R.PASS, [R.OPEN, R.FAIL],
             asks=("checked_on",), may_ask=("defects",), undo=("reopening",)),
        move("failure", "Record that it failed", "failed", R.FAIL, [R.OPEN],
             asks=("checked_on", "defects"), undo=("reopening",)),
        move("waiver", "Waive it", "waived", R.WAIVED, [R.OPEN, R.FAIL],
             asks=("checked_on", "waiver_reason"), by=WAIVER,
             says="The output may be accepted without it. The project manager waives nothing.",
             undo=("reopening",)),
        move("reopening", "Check it anew", "to be checked anew", R.OPEN,
             [R.PASS, R.FAIL, R.WAIVED], reason=True,
             clears=("checked_on", "checked_by", "defects", "waiver_reason")),
    ),
    kept=("checked_on", "defects", "waiver_reason"),
)  # fmt: skip


def settled_of_accepted() -> pgtrigger.Trigger:
    """Refuse an open or failed check of an output that is accepted. The lock makes the acceptance
    of an output and a new check see one another."""
    return pgtrigger.Trigger(
        name="settled_of_accepted",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("result", "output_id"),
        condition=pgtrigger.Condition("NEW.result IN ('open', 'fail')"),
        func="PERFORM FROM projects_output WHERE id = NEW.output_id FOR NO KEY UPDATE;"
        " IF EXISTS (SELECT FROM projects_output WHERE id = NEW.output_id AND state = 'accepted')"
        f" THEN {refusal('quality_of_accepted', 'output', ACCEPTED)} END IF; RETURN NEW;",
    )


def waived_by_another() -> pgtrigger.Trigger:
    """Refuse a waiver without a person, and one by the manager of the project."""
    return pgtrigger.Trigger(
        name="waived_by_another",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("result", "checked_by_id"),
        condition=pgtrigger.Condition("NEW.result = 'waived'"),
        func=f"IF NEW.checked_by_id IS NULL OR NEW.checked_by_id IN ({MANAGER}) THEN"
        f" {refusal('quality_waived', 'result', NOT_ITS_MANAGER)} END IF; RETURN NEW;",
    )


class QualityRecord(Record):
    """Something that is looked at before an output is accepted, and what that came to: passed,
    failed, or waived by name. One that is neither passed nor waived holds the acceptance."""

    output = models.ForeignKey(Output, models.CASCADE, related_name="quality_records")
    code = models.CharField(max_length=20)
    title = models.CharField(max_length=300, help_text=_("What is checked"))
    result = models.CharField(max_length=6, choices=QualityResult, default=QualityResult.OPEN)
    defects = models.PositiveIntegerField(null=True, blank=True, help_text=_("How many were found"))
    checked_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    checked_on = models.DateField(null=True, blank=True)
    waiver_reason = models.TextField(blank=True, help_text=_("Why the output is accepted without"))

    visible_through = ("output",)
    joins = {"checked_by": Join.SET}
    lifecycles = (QUALITY,)
    edited_in = (QualityResult.OPEN,)
    happened = ("checked_on",)
    parties = ("output__project__project_manager",)
    undeletable = KEPT
    refuses = {
        "quality_checked": ("", CHECKED),
        "quality_output": ("output", "A check stays with its output."),
    }
    first_code = "QC01"

    class Meta:
        verbose_name = "check"
        ordering = ["output", InOrder("code")]
        triggers = [
            versioned(),
            QUALITY.trigger("check"),
            settled_of_accepted(),
            waived_by_another(),
            frozen("quality_checked", "OLD.result <> 'open'", "code", "title"),
            frozen("quality_output", "TRUE", "output_id"),
        ]
        indexes = [searched("qualityrecord", "code", "title")]
        constraints = [
            code_once("qualityrecord", "output"),
            choices("qualityrecord", "result", QualityResult),
            dated(
                "qualityrecord",
                "checked_on",
                "result",
                *(result for result in QualityResult if result != QualityResult.OPEN),
                message="Only what was checked or waived has the day of it.",
            ),
            rule(
                "qualityrecord_checked",
                "checked_on",
                Q(result="open") | Q(checked_on__isnull=False),
                "What was checked or waived has the day of it.",
            ),
            rule(
                "qualityrecord_waiver_reason",
                "waiver_reason",
                Q(result="waived") & ~Q(waiver_reason="")
                | ~Q(result="waived") & Q(waiver_reason=""),
                "What is waived says why, and nothing else does.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def project(self) -> Any:
        """The project whose output is checked."""
        return self.output.project
