"""The kinds of business cases, their order, and what a programme shows of its own case.

Triggers keep what a programme shows equal to its approved case of the furthest stage.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Case, IntegerField, Value, When
from django.utils.translation import gettext_lazy as _

from pmhub.access.setters import Setter
from pmhub.database.triggers import listed, refusal, unchanged


class CaseKind(models.TextChoices):
    """How far a business case has been worked out."""

    SOC = "SOC", _("Strategic outline case")
    OBC = "OBC", _("Outline business case")
    FBC = "FBC", _("Full business case")
    PBC = "PBC", _("Programme business case")


# In their order: an earlier stage cannot follow on a later one.
STAGES = (CaseKind.SOC, CaseKind.OBC, CaseKind.FBC)
# Of several that are approved the last of these is in force: a programme business case is of the
# whole programme, however far its stages have come.
FURTHEST = (*STAGES, CaseKind.PBC)
REACH = Case(
    *(When(kind=kind, then=Value(place)) for place, kind in enumerate(FURTHEST)),
    output_field=IntegerField(),
)
CASES, PROGRAMMES = "programmes_businesscase", "programmes_programme"
PASSED = "A later stage is approved already: write its next version."
TYPED = "The programme says that a later stage is approved: write that stage, or correct it there."
COMES = "This comes from the approved business case %."
# What a programme says of its case, with the column of the case that it comes from.
SHOWN = {
    "business_case_stage": "kind",
    "business_case_approved_on": "approved_on",
    "business_case_ref": "code",
}


def reach(column: str, kinds: Sequence[CaseKind] = FURTHEST) -> str:
    """Return SQL for the place of a kind (SQL) among these kinds; null where it is none of them."""
    return f"array_position(ARRAY[{listed(kinds)}], {column}::text)"


def later_stages(kind: str) -> Sequence[CaseKind]:
    """Return the stages after this kind; none for a kind that is no stage."""
    return STAGES[STAGES.index(CaseKind(kind)) + 1 :] if kind in STAGES else ()


def next_stage(kind: str) -> CaseKind | None:
    """Return the stage after this kind; None after the last one, and for a kind that is no
    stage."""
    return next(iter(later_stages(kind)), None)


def goes_further() -> pgtrigger.Trigger:
    """Refuse to submit or approve a case when a later stage is approved already."""
    later = f"{reach('{}', STAGES)} > {reach('NEW.kind', STAGES)}"
    same = " AND ".join(
        f"c.{place} IS NOT DISTINCT FROM NEW.{place}" for place in ("programme_id", "project_id")
    )
    return pgtrigger.Trigger(
        name="goes_further",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("state"),
        condition=pgtrigger.Condition("NEW.state IN ('submitted', 'approved')"),
        func=f"{unchanged('state')}"  # noqa: S608  # our own names
        f"IF EXISTS (SELECT FROM {CASES} c WHERE c.state = 'approved' AND {same}"
        f" AND {later.format('c.kind')}) THEN {refusal('case_passed', 'kind', PASSED)} END IF;"
        f" IF EXISTS (SELECT FROM {PROGRAMMES} p WHERE p.id = NEW.programme_id"
        f" AND {later.format('p.business_case_stage')}) THEN"
        f" {refusal('case_passed', 'kind', TYPED)} END IF; RETURN NEW;",
    )


def _in_force(programme: str) -> str:
    """Return SQL that follows on SELECT and its columns: the approved case of a programme (SQL)
    with the furthest stage."""
    return (
        f"FROM {CASES} c WHERE c.programme_id = {programme} AND c.state = 'approved'"
        f" ORDER BY {reach('c.kind')} DESC LIMIT 1"
    )


def told_on_programme() -> pgtrigger.Trigger:
    """When a case is approved, show the kind, day and code of the furthest approved case on its
    programme."""
    assignments = ", ".join(f"{name} = held.{column}" for name, column in SHOWN.items())
    columns = ", ".join(f"c.{column}" for column in SHOWN.values())
    return pgtrigger.Trigger(
        name="told_on_programme",
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf("state"),
        condition=pgtrigger.Condition(
            "NEW.state = 'approved' AND OLD.state <> 'approved' AND NEW.programme_id IS NOT NULL"
        ),
        func=f"UPDATE {PROGRAMMES} SET {assignments}, updated_by_id = NEW.updated_by_id"  # noqa: S608  # our own names
        f" FROM (SELECT {columns} {_in_force('NEW.programme_id')}) held"
        " WHERE id = NEW.programme_id; RETURN NULL;",
    )


def said_by_case() -> pgtrigger.Trigger:
    """Refuse to show on a programme other values than those of its approved case."""
    compared = "".join(
        f" IF NEW.{name} IS DISTINCT FROM OLD.{name} AND NEW.{name} IS DISTINCT FROM held.{column}"
        f" THEN {refusal('said_by_case', name, COMES, 'held.code')} END IF;"
        for name, column in SHOWN.items()
    )
    return pgtrigger.Trigger(
        name="said_by_case",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf(*SHOWN),
        declare=[("held", "record")],
        func=f"SELECT * INTO held {_in_force('NEW.id')};"  # our own names
        f" IF NOT FOUND THEN RETURN NEW; END IF;{compared} RETURN NEW;",
    )


@dataclass(frozen=True, slots=True)
class WithoutOwnCase(Setter):
    """Whoever may write the programme, unless its case is approved here: then nobody sets what the
    case says."""

    def allows(self, user: Any, row: Any) -> bool:
        """Return whether no case of the programme is approved here."""
        return row.pk is None or not row.business_cases.filter(state="approved").exists()


FROM_CASE = WithoutOwnCase("its approved business case", right="")
