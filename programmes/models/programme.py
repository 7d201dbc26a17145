"""The programme and its tranches."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.database.belonging import belongs
from pmhub.database.codes import coded
from pmhub.database.collation import InOrder, searched
from pmhub.database.constraints import (
    choices,
    code_once,
    dated,
    numbers,
    ordered,
    rule,
)
from pmhub.database.currencies import converted_along, keeps_its_money
from pmhub.database.past import ON, came
from pmhub.database.triggers import Kind, Mark, source, versioned
from pmhub.models import Archivable, Coded, Customised, Person, Record
from programmes.models.closure_triggers import (
    ENDED,
    LASTING,
    bcms_stay,
    ends_last,
    gains_no_contingency,
    posts_stay,
    while_programme_lasts,
)
from programmes.models.confidence import DECLARERS, REFUSES, declared_on_programme
from programmes.models.envelope_guards import programme_moves_within_envelopes
from programmes.models.funding import FUNDERS, funded_by_another, holds_what_is_drawn
from programmes.models.justification import FROM_CASE, SHOWN, said_by_case
from programmes.models.lapse_triggers import ends_with_programme, gates_fall_with_tranche
from programmes.models.portfolio import (
    Portfolio,
    StrategicObjective,
    objectives_last,
    own_objectives,
)
from programmes.models.post_triggers import bcm_held, bcm_named, posts_held
from programmes.models.stage_triggers import (
    ELSEWHERE,
    PROGRAMME_BY_GATE,
    TRANCHE_BY_GATE,
    boundary_by_gate,
    stage_by_gate,
)
from programmes.models.states import PROGRAMME, TRANCHE, ProgrammeStage, TrancheState


class BusinessCaseStage(models.TextChoices):
    """How far the business case has been approved."""

    NONE = "none", _("None")
    SOC = "SOC", _("Strategic outline case")
    OBC = "OBC", _("Outline business case")
    FBC = "FBC", _("Full business case")
    PBC = "PBC", _("Programme business case")


class GovernanceType(models.TextChoices):
    """How the programme board steers the projects."""

    DIRECTIVE = "directive", _("Directive")
    CONTROLLING = "controlling", _("Controlling")
    COORDINATING = "coordinating", _("Coordinating")
    PARTNERSHIP = "partnership", _("Partnership")


class Rating(models.TextChoices):
    """A judgement of people: a declared status or a delivery confidence."""

    GREEN = "green", _("Green")
    AMBER = "amber", _("Amber")
    RED = "red", _("Red")


class Programme(Archivable, Customised, Coded):
    """Related projects that together deliver a strategic outcome."""

    portfolio = models.ForeignKey(Portfolio, models.PROTECT, related_name="programmes")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    vision = models.TextField(blank=True)
    target_operating_model = models.TextField(blank=True)
    stage = models.CharField(max_length=20, choices=ProgrammeStage, default=ProgrammeStage.IDENTIFY)
    governance_type = models.CharField(
        max_length=20, choices=GovernanceType, default=GovernanceType.DIRECTIVE
    )
    governance = models.CharField(max_length=200, blank=True)
    business_case_stage = models.CharField(
        max_length=5, choices=BusinessCaseStage, default=BusinessCaseStage.NONE
    )
    business_case_approved_on = models.DateField(null=True, blank=True)
    business_case_ref = models.CharField(max_length=200, blank=True)
    funding_approach = models.TextField(blank=True)
    starts_on = models.DateField(null=True, blank=True)
    planned_end_on = models.DateField(null=True, blank=True)
    actual_end_on = models.DateField(null=True, blank=True)
    sro = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="programmes_as_sro"
    )
    programme_manager = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="programmes_managed"
    )
    bcms = models.ManyToManyField(Person, blank=True, related_name="programmes_as_bcm")
    objectives = models.ManyToManyField(StrategicObjective, blank=True, related_name="programmes")
    contingency_budget = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    dca = models.CharField(max_length=10, choices=Rating, blank=True)
    dca_on = models.DateField(null=True, blank=True)
    dca_basis = models.TextField(blank=True)
    template = models.ForeignKey(
        "projects.Template",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="programmes",
        help_text=_("That it was begun from"),
    )
    template_version = models.PositiveIntegerField(null=True, editable=False)
    split_from = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="split_off",
        help_text=_("The programme of which it was a part"),
    )
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="merged",
        help_text=_("The programme that it became a part of"),
    )

    grant_kind = "programme"
    unread = (
        "name", "vision", "target_operating_model", "governance_type", "governance",
        "business_case_stage", "business_case_approved_on", "business_case_ref",
        "funding_approach", "starts_on", "actual_end_on", "sro", "programme_manager", "dca_on",
        "dca_basis", "template", "template_version", "split_from", "merged_into",
    )  # fmt: skip
    visible_through = ("portfolio",)
    lifecycles = (PROGRAMME,)
    happened = ("actual_end_on", "business_case_approved_on", "dca_on")
    true_columns = {
        "actual_end_on": came("actual_end_on"),
        "stage": f"CASE WHEN t.actual_end_on <= {ON} THEN t.stage ELSE p.stage END",
    }
    answered_for = dict.fromkeys(
        ("sro", "programme_manager", "bcms"), ~Q(stage__in=["closed", "terminated"])
    )
    joins = dict.fromkeys(("template", "split_from", "merged_into"), Join.SET)
    rules = ("contingency_budget",)
    set_by = (
        dict.fromkeys(("dca", "dca_on", "dca_basis"), DECLARERS)
        | dict.fromkeys(SHOWN, FROM_CASE)
        | {"contingency_budget": FUNDERS}
    )
    refuses = {
        **REFUSES,
        "said_by_case": ("", "This comes from the approved business case."),
        "stage_by_gate": ("stage", PROGRAMME_BY_GATE),
        "resumed_elsewhere": ("stage", ELSEWHERE),
    }
    posts = {"sro": "sro", "programme_manager": "programme_manager", "bcm": "bcms"}
    list_triggers = {
        "bcms": [bcm_held(), bcms_stay()],
        "objectives": [
            own_objectives(
                "joined",
                pgtrigger.Insert | pgtrigger.Update,
                "served.programme = NEW.programme_id",
            ),
            objectives_last(),
        ],
    }

    class Meta:
        ordering = [InOrder("code"), "id"]
        triggers = [
            PROGRAMME.trigger("programme"),
            belongs(
                "programme",
                "template",
                "FROM projects_template"
                " WHERE id = NEW.template_id AND portfolio_id = NEW.portfolio_id",
                "This template is another portfolio's.",
            ),
            ends_last(),
            gains_no_contingency(),
            funded_by_another(),
            holds_what_is_drawn(),
            ends_with_programme(),
            stage_by_gate(),
            posts_held(),
            posts_stay("stage", LASTING, "sro", "programme_manager"),
            bcm_named(),
            *declared_on_programme(),
            said_by_case(),
            *source(Mark(Kind.PROGRAMME, "id")),
            *coded("programme"),
            converted_along("programme", "portfolio_id"),
            keeps_its_money("{row}.portfolio_id", "portfolio_id"),
            programme_moves_within_envelopes(),
            own_objectives(
                "moved",
                pgtrigger.UpdateOf("portfolio_id"),
                "served.programme = NEW.id",
                "OLD.portfolio_id <> NEW.portfolio_id",
            ),
        ]
        indexes = [searched("programme", "code", "name", "vision")]
        constraints = [
            choices("programme", "stage", ProgrammeStage),
            choices("programme", "governance_type", GovernanceType),
            choices("programme", "business_case_stage", BusinessCaseStage),
            rule(
                "programme_dca_choice",
                "dca",
                Q(dca__in=["", *Rating.values]),
                "Choose green, amber or red.",
            ),
            rule(
                "programme_dca_on_given",
                "dca_on",
                Q(dca_on__isnull=True) | ~Q(dca=""),
                "This is the day on which the confidence was assessed: say what it is.",
            ),
            ordered("programme", "starts_on", "planned_end_on"),
            ordered("programme", "starts_on", "actual_end_on"),
            dated(
                "programme",
                "actual_end_on",
                "stage",
                ProgrammeStage.CLOSED,
                ProgrammeStage.TERMINATED,
                message="A programme has ended once it is closed: close it first.",
            ),
            *numbers("programme", "contingency_budget", low=0),
            rule(
                "programme_merged",
                "merged_into",
                Q(merged_into__isnull=True)
                | Q(stage=ProgrammeStage.TERMINATED) & ~Q(merged_into=F("id")),
                "A programme that became a part of another has ended.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def has_ended(self) -> bool:
        """Return whether it is closed or terminated."""
        return self.stage in ENDED

    @property
    def terminated(self) -> bool:
        """Return whether it was stopped before it was finished."""
        return self.stage == ProgrammeStage.TERMINATED

    def against_archiving(self) -> str:
        """Return what to do before it can be archived, empty for nothing: it has to be closed or
        terminated, and its projects archived."""
        if not self.has_ended:
            return "Close or terminate the programme first."
        rows = self.projects.filter(archived_at__isnull=True)
        return "Archive its projects first." if rows.exists() else ""


class Tranche(Record):
    """A step of the programme that ends in a landing point: an operating state one can stay in."""

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="tranches")
    code = models.CharField(max_length=20)
    sequence = models.PositiveSmallIntegerField(default=1)
    name = models.CharField(max_length=200)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    landing_point = models.TextField(blank=True)
    state = models.CharField(max_length=20, choices=TrancheState, default=TrancheState.PLANNED)

    visible_through = ("programme",)
    lifecycles = (TRANCHE,)
    over_in = (TrancheState.CANCELLED,)
    refuses = {"boundary_by_gate": ("state", TRANCHE_BY_GATE)}
    first_code = "T1"

    class Meta:
        ordering = ["programme", "sequence", "id"]
        triggers = [
            versioned(),
            TRANCHE.trigger("tranche"),
            boundary_by_gate(),
            while_programme_lasts("{row}.state NOT IN ('ended', 'cancelled')", "state"),
            gates_fall_with_tranche(),
        ]
        constraints = [
            code_once("tranche", "programme"),
            choices("tranche", "state", TrancheState),
            ordered("tranche", "starts_on", "ends_on"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"
