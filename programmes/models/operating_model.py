"""How a programme is to operate: at its end, and at the end of each tranche."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.database.belonging import belongs
from pmhub.database.constraints import choices, rule
from pmhub.database.triggers import versioned
from pmhub.lifecycle import Lifecycle, anybody, move
from pmhub.models import Record
from programmes.models.programme import Programme, Tranche


class OperatingModelProgress(models.TextChoices):
    """Whether the organisation works as described."""

    DESCRIBED = "described", _("Described")
    REACHED = "reached", _("Reached")


Op = OperatingModelProgress
OPERATING_MODEL = Lifecycle(
    "state",
    initial=anybody(Op.DESCRIBED),
    moves=(
        move("attainment", "Record that it is reached", "reached", Op.REACHED, [Op.DESCRIBED],
             asks=("reached_on", "evidence"),
             says="The gate at the end of its tranche waits for this."),
        move("reopening", "Record that it does not last", "opened again", Op.DESCRIBED,
             [Op.REACHED], clears=("reached_on",), reason=True),
    ),
)  # fmt: skip


OTHER_TRANCHE = "This tranche is another programme's."


class Dimension(models.TextChoices):
    """The dimensions of an organisation that change (POTI)."""

    PROCESSES = "processes", _("Processes")
    ORGANISATION = "organisation", _("Organisation")
    TECHNOLOGY = "technology", _("Technology")
    INFORMATION = "information", _("Information")


class OperatingModelState(Record):
    """How the organisation works in one dimension now, and how it will work at the end of a tranche
    or, without a tranche, of the programme. A tranche can end once all of its states are
    reached."""

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="operating_model_states")
    tranche = models.ForeignKey(
        Tranche,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="operating_model_states",
        help_text=_("At whose end; left empty, at the end of the programme"),
    )
    dimension = models.CharField(max_length=15, choices=Dimension)
    current = models.TextField(blank=True, help_text=_("How it is now"))
    future = models.TextField(help_text=_("How it will be"))
    state = models.CharField(
        max_length=10, choices=OperatingModelProgress, default=OperatingModelProgress.DESCRIBED
    )
    reached_on = models.DateField(null=True, blank=True)
    evidence = models.TextField(blank=True, help_text=_("What shows that it is reached"))

    visible_through = ("programme",)
    joins = {"tranche": Join.WRITE}
    lifecycles = (OPERATING_MODEL,)
    happened = ("reached_on",)
    refuses = {"operatingmodelstate_tranche": ("tranche", OTHER_TRANCHE)}

    class Meta:
        ordering = ["programme", "tranche__sequence", "id"]
        triggers = [
            versioned(),
            OPERATING_MODEL.trigger("operating model state"),
            belongs(
                "operatingmodelstate",
                "tranche",
                "FROM programmes_tranche"
                " WHERE id = NEW.tranche_id AND programme_id = NEW.programme_id",
                OTHER_TRANCHE,
            ),
        ]
        constraints = [
            choices("operatingmodelstate", "dimension", Dimension),
            choices("operatingmodelstate", "state", OperatingModelProgress),
            models.UniqueConstraint(
                fields=["programme", "tranche", "dimension"],
                nulls_distinct=False,
                name="operatingmodelstate_once",
                violation_error_message="This dimension is described already.",
            ),
            rule(
                "operatingmodelstate_reached",
                "reached_on",
                Q(state="reached", reached_on__isnull=False) & ~Q(evidence="")
                | Q(state="described", reached_on__isnull=True),
                "What is reached has the day of it and what shows it, and nothing else has a day.",
            ),
        ]

    def __str__(self) -> str:
        place = self.tranche.code if self.tranche else self.programme.code
        return f"{self.get_dimension_display()} of {place}"
