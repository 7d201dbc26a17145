"""Business cases: why a programme, or a project that stands alone, is worth its money."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub import access
from pmhub.access import Join
from pmhub.access.grants import grants_of, holding
from pmhub.access.separation_of_duties import (
    LEADS_PROGRAMME,
    LEADS_PROJECT,
    WROTE,
    WROTE_LAST,
    decided_by_another,
    last_writer,
    written_last,
)
from pmhub.access.setters import Setter
from pmhub.database.belonging import belongs
from pmhub.database.codes import OF_PROGRAMME, OF_PROJECT
from pmhub.database.constraints import between, choices, code_once, dated, numbers, one_of, rule
from pmhub.database.currencies import converted_along, keeps_its_money
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import Kind, Mark, frozen, refusal, source, unchanged
from pmhub.models import Person, Record
from pmhub.permissions import CASE_READERS
from programmes.models.board import Board
from programmes.models.case.states import CASE, KNOWN, CaseState
from programmes.models.closure_triggers import while_programme_lasts, while_project_lasts
from programmes.models.decision_triggers import Act, DecisionCause
from programmes.models.justification import (
    PASSED,
    CaseKind,
    goes_further,
    told_on_programme,
)
from programmes.models.portfolio import DiscountSchedule
from programmes.models.programme import Programme

PLACES = ("programme", "project")
OF_PLACE = (
    f"coalesce({OF_PROGRAMME.format('{row}.programme_id')},"
    f" {OF_PROJECT.format('{row}.project_id')})"
)
FIRST_YEAR, LAST_YEAR = 1990, 2200
WAITS = "{row}.state IN ('draft', 'submitted')"
FEW = "A case compares at least two options, one of which does nothing or the minimum."
UNCHOSEN = "Say which of its options is preferred."
OTHERS = "The preferred option is one of the case's own."
OF_PROGRAMME = "A project of a programme is justified by the case of its programme."
UNWRITTEN = "Write this before the case is submitted."
ELSEWHERE = "A case goes on from another of the same programme or project."
UNRATED = (
    "No budget rate says what every flow and cost in another currency comes to: enter it, or give"
    " those in the currency of the portfolio."
)
HELD = "A case that was submitted is changed no more: write another version."
STAYS = "A case that was submitted is never deleted: another version follows."
TEXTS = ("strategic", "economic", "commercial", "financial", "management")
# What submitting works out; taken back, a case is a draft without it.
WORKED_OUT = (
    "discount_schedule", "discount_rate", "npsv", "benefits_present_value", "costs_present_value",
)  # fmt: skip
# What a case says; the moment it is submitted fixes it.
SAID = (
    "programme_id", "project_id", "code", "kind", "number", *TEXTS, "base_year", "price_base",
    "preferred_option_id", "reason", *WORKED_OUT,
)  # fmt: skip


class BusinessCases(access.ScopedQuerySet):
    """Business cases: those that are not approved are only for people who write them or decide
    about them."""

    def visible_to(self, user: Any) -> BusinessCases:
        """Return the approved and superseded cases of what the user may see; and all cases of
        places where the user writes them, sits on the board, or is of the PMO, the sponsors or
        finance."""
        rows = super().visible_to(user)
        reading = holding(grants_of(user), CASE_READERS)
        if reading.everywhere:
            return rows
        told = Q(state__in=KNOWN)
        for name in PLACES:
            model: Any = BusinessCase._meta.get_field(name).related_model
            mine = model._base_manager.filter(access.visibility(model, reading))
            told |= Q(**{f"{name}__in": mine.values("pk")})
        return rows.filter(told | self._on_board(user))

    @staticmethod
    def _on_board(user: Any) -> Q:
        boards = Board._base_manager.filter(
            archived_at__isnull=True, members__user=getattr(user, "pk", None) or 0
        )
        above = boards.values("portfolio")
        return (
            Q(programme__in=boards.values("programme"))
            | Q(programme__portfolio__in=above)
            | Q(project__portfolio__in=above)
        )


def weighs_options() -> pgtrigger.Trigger:
    """Refuse to submit a case with fewer than two options or none that does nothing or the minimum,
    with an amount that no rate converts, without a preferred option, or with an empty text."""
    written = "".join(
        f" IF NEW.{name} = '' THEN {refusal('case_unwritten', name, UNWRITTEN)} END IF;"
        for name in TEXTS
    )
    mine = "FROM programmes_caseoption o WHERE o.case_id = NEW.id"
    least = f"{mine} AND o.kind IN ('do_nothing', 'do_minimum')"
    unrated = (
        f"SELECT {mine} AND (o.risk_cost IS NULL OR EXISTS (SELECT FROM programmes_caseflow f"  # noqa: S608  # our own names
        " WHERE f.option_id = o.id AND f.amount IS NULL))"
    )
    return pgtrigger.Trigger(
        name="weighs_options",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("state"),
        condition=pgtrigger.Condition("NEW.state <> 'draft'"),
        func=f"{unchanged('state')}"
        f"IF (SELECT count(*) {mine}) < 2 OR NOT EXISTS (SELECT {least}) THEN"  # our own names
        f" {refusal('case_options', 'state', FEW)} END IF;"
        f" IF EXISTS ({unrated}) THEN {refusal('case_unrated', 'state', UNRATED)} END IF;"
        " IF NEW.preferred_option_id IS NULL THEN"
        f" {refusal('case_preferred', 'preferred_option', UNCHOSEN)} END IF;"
        # One that was submitted before is judged, and gives way, as it is.
        f" IF TG_OP = 'INSERT' OR OLD.state = 'draft' THEN{written} END IF; RETURN NEW;",
    )


@dataclass(frozen=True, slots=True)
class CaseCreators(Setter):
    """Whoever may write the case, while it is new; nobody afterwards."""

    def allows(self, user: Any, row: Any) -> bool:
        """Return whether the case is not stored yet."""
        return row.pk is None


BEGINNER = CaseCreators("whoever begins it, and stays as it is", right="")


class BusinessCase(Record):
    """A version of the five cases (strategic, economic, commercial, financial, management) of a
    programme or of a project that stands alone. It compares options in real terms, in prices of
    `price_base`; present values are of `base_year`. Submitted, it stays with what its options come
    to: net present value (`npsv`), present values of benefits and of costs of the preferred one,
    by the discounting of that moment. One of a kind is approved at a time; of several that are
    approved the one of the furthest stage is in force. It may have begun as a copy of another of
    its place: of an earlier version, or of the stage before."""

    programme = models.ForeignKey(
        Programme, models.PROTECT, null=True, blank=True, related_name="business_cases"
    )
    project = models.ForeignKey(
        "projects.Project", models.PROTECT, null=True, blank=True, related_name="business_cases"
    )
    code = models.CharField(max_length=20)
    kind = models.CharField(max_length=5, choices=CaseKind)
    number = models.PositiveSmallIntegerField(default=1, help_text=_("The version of its kind"))
    strategic = models.TextField(blank=True, help_text=_("Why change is needed"))
    economic = models.TextField(blank=True, help_text=_("Why this option"))
    commercial = models.TextField(blank=True, help_text=_("How it is bought"))
    financial = models.TextField(blank=True, help_text=_("How it is paid for"))
    management = models.TextField(blank=True, help_text=_("How it is delivered"))
    base_year = models.PositiveSmallIntegerField(
        help_text=_("The fiscal year, by the year it starts in, that is undiscounted")
    )
    price_base = models.PositiveSmallIntegerField(
        help_text=_("The fiscal year, by the year it starts in, in whose prices amounts are")
    )
    preferred_option = models.ForeignKey(
        "CaseOption", models.RESTRICT, null=True, blank=True, related_name="+"
    )
    reason = models.TextField(
        blank=True,
        help_text=_("Why it is preferred, where another has more value or a higher ratio"),
    )
    begun_from = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="continuations",
        help_text=_("The case whose texts, options and flows were copied into it"),
    )
    state = models.CharField(max_length=12, choices=CaseState, default=CaseState.DRAFT)
    rejection_reason = models.TextField(
        blank=True, help_text=_("What another version is to say otherwise")
    )
    discount_schedule = models.CharField(
        max_length=20, choices=DiscountSchedule, blank=True, editable=False
    )
    discount_rate = models.DecimalField(
        max_digits=6, decimal_places=4, null=True, blank=True, editable=False
    )
    npsv = models.DecimalField(max_digits=14, decimal_places=2, null=True, editable=False)
    benefits_present_value = models.DecimalField(
        max_digits=14, decimal_places=2, null=True, editable=False
    )
    costs_present_value = models.DecimalField(
        max_digits=14, decimal_places=2, null=True, editable=False
    )
    written_by = last_writer()
    approved_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    approved_on = models.DateField(null=True, blank=True)

    objects = BusinessCases.as_manager()  # type: ignore[misc]  # one queryset for another
    unread = (
        "code", "number", *TEXTS, "price_base", "preferred_option", "reason", "begun_from",
        "rejection_reason", "written_by", "approved_by", "approved_on",
    )  # fmt: skip
    visible_through = PLACES
    joins = {"preferred_option": Join.SEE, "begun_from": Join.SEE, "approved_by": Join.SET}
    set_by = {"begun_from": BEGINNER}
    lifecycles = (CASE,)
    edited_in = (CaseState.DRAFT,)
    happened = ("approved_on",)
    parties = (
        "created_by__person", "written_by", "programme__programme_manager",
        "project__project_manager",
    )  # fmt: skip
    stays = (
        RetentionRule(
            "submitted_case",
            ~Q(state="draft"),
            STAYS,
        ),
    )
    refuses = {
        "case_holds": ("", HELD),
        "approved_case_holds": ("", "Who approved a case, and when, is never changed."),
        "case_options": ("state", FEW),
        "case_unrated": ("state", UNRATED),
        "case_preferred": ("preferred_option", UNCHOSEN),
        "case_passed": ("kind", PASSED),
        "case_unwritten": ("", UNWRITTEN),
        "businesscase_begun_from": ("begun_from", ELSEWHERE),
        "businesscase_preferred_option": ("preferred_option", OTHERS),
        "businesscase_project": ("project", OF_PROGRAMME),
    }

    class Meta:
        ordering = ["-approved_on", "-id"]
        triggers = [
            *source(Mark(Kind.PROGRAMME, "programme_id"), Mark(Kind.PROJECT, "project_id")),
            CASE.trigger("business case"),
            while_programme_lasts(WAITS, "state", step="state"),
            while_project_lasts(WAITS, "state", step="state"),
            weighs_options(),
            # Taken back, it follows the rates again.
            converted_along("case", "state", "programme_id", "project_id", "base_year"),
            keeps_its_money(OF_PLACE, *(f"{name}_id" for name in PLACES)),
            goes_further(),
            written_last(
                *TEXTS, "base_year", "price_base", "preferred_option_id", "reason", by_parts=True
            ),
            decided_by_another(
                "approved_by_id",
                WROTE,
                WROTE_LAST,
                LEADS_PROGRAMME.format("NEW.programme_id"),
                LEADS_PROJECT.format("NEW.project_id"),
            ),
            told_on_programme(),
            belongs(
                "businesscase",
                "preferred_option",
                "FROM programmes_caseoption o"
                " WHERE o.id = NEW.preferred_option_id AND o.case_id = NEW.id",
                OTHERS,
            ),
            belongs(
                "businesscase",
                "project",
                "FROM projects_project p WHERE p.id = NEW.project_id AND p.programme_id IS NULL",
                OF_PROGRAMME,
            ),
            belongs(
                "businesscase",
                "begun_from",
                "FROM programmes_businesscase c WHERE c.id = NEW.begun_from_id"
                " AND c.programme_id IS NOT DISTINCT FROM NEW.programme_id"
                " AND c.project_id IS NOT DISTINCT FROM NEW.project_id",
                ELSEWHERE,
            ),
            frozen("case_holds", "OLD.state <> 'draft' AND NEW.state <> 'draft'", *SAID),
            frozen(
                "approved_case_holds",
                "OLD.state IN ('approved', 'superseded')",
                "approved_by_id",
                "approved_on",
            ),
            Act(
                "case",
                pgtrigger.UpdateOf("state"),
                "OLD.state = 'submitted' AND NEW.state = 'approved'",
                DecisionCause.CASE,
                programme="NEW.programme_id",
                project="NEW.project_id",
                title="'Business case ' || NEW.code",
                outcome="'Approved: ' || (SELECT o.code || ' ' || o.title"
                " FROM programmes_caseoption o WHERE o.id = NEW.preferred_option_id)",
                rationale="NEW.reason",
                person="NEW.approved_by_id",
                day="NEW.approved_on",
            ).trigger(),
        ]
        constraints = [
            one_of("businesscase", *PLACES),
            code_once("businesscase", *PLACES),
            choices("businesscase", "kind", CaseKind),
            choices("businesscase", "state", CaseState),
            rule(
                "businesscase_discount_schedule_choice",
                "discount_schedule",
                Q(discount_schedule__in=["", *DiscountSchedule.values]),
                "Choose how is discounted.",
            ),
            rule(
                "businesscase_rejection_reason",
                "rejection_reason",
                Q(rejection_reason="") | Q(state=CaseState.REJECTED),
                "Only a case that is rejected says why it is.",
            ),
            between("businesscase", "base_year", FIRST_YEAR, LAST_YEAR),
            between("businesscase", "price_base", FIRST_YEAR, LAST_YEAR),
            between("businesscase", "discount_rate", 0, 1),
            *numbers("businesscase", "npsv", "benefits_present_value", "costs_present_value"),
            dated(
                "businesscase",
                "approved_on",
                "state",
                *KNOWN,
                message="Only what was approved has the day of it: approve it first.",
            ),
            rule(
                "businesscase_approved",
                "approved_on",
                ~Q(state__in=[*KNOWN]) | Q(approved_on__isnull=False),
                "What is approved has the day of it.",
            ),
            rule(
                "businesscase_valued",
                "npsv",
                Q(state=CaseState.DRAFT)
                | Q(
                    npsv__isnull=False,
                    benefits_present_value__isnull=False,
                    costs_present_value__isnull=False,
                ),
                "What is submitted says what its preferred option comes to.",
            ),
            models.UniqueConstraint(
                fields=[*PLACES, "kind", "number"],
                nulls_distinct=False,
                name="businesscase_once",
                violation_error_message="This version is there already.",
            ),
            models.UniqueConstraint(
                fields=[*PLACES, "kind"],
                condition=Q(state=CaseState.APPROVED),
                nulls_distinct=False,
                name="businesscase_one_approved",
                violation_error_message="Another case of this kind is approved.",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def place(self) -> Any:
        """Return the programme or project that it justifies."""
        return self.programme or self.project

    @property
    def owner_portfolio(self) -> Any:
        """The portfolio of what it justifies."""
        return self.programme.portfolio if self.programme else self.place.owner_portfolio

    @property
    def is_draft(self) -> bool:
        """Return whether it is still a draft."""
        return self.state == CaseState.DRAFT
