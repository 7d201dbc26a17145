"""Custom fields: what a portfolio wants to know of its records beside what all have."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub.database import custom
from pmhub.database.collation import InOrder
from pmhub.database.constraints import between, choices, once, rule
from pmhub.database.triggers import frozen, versioned
from pmhub.lifecycle import Lifecycle, anybody, move
from pmhub.models import Record
from programmes.models.portfolio import Portfolio

MOST_POSITIONS = 1000
NAMED = r"^[a-z]([a-z0-9]|_[a-z0-9])*$"


class Entity(models.TextChoices):
    """The kinds of records that may have custom fields."""

    PROGRAMME = "programme", _("Programme")
    PROJECT = "project", _("Project")
    MILESTONE = "milestone", _("Milestone")
    RISK = "risk", _("Risk")
    ISSUE = "issue", _("Issue")
    BENEFIT = "benefit", _("Benefit")


class FieldType(models.TextChoices):
    """What values a field holds."""

    TEXT = "text", _("Text")
    NUMBER = "number", _("Number")
    MONEY = "money", _("Money")
    DATE = "date", _("Date")
    CHOICE = "choice", _("Choice")
    PERSON = "person", _("Person")
    BOOL = "bool", _("Yes or no")


class FieldState(models.TextChoices):
    """Whether new values may be filled in."""

    IN_USE = "in_use", _("In use")
    RETIRED = "retired", _("Retired")


F = FieldState
CUSTOM_FIELD = Lifecycle(
    "state",
    initial=anybody(F.IN_USE),
    moves=(
        move("retirement", "Retire it", "retired", F.RETIRED, [F.IN_USE],
             says="Forms do not ask for it any more. What records hold stays.",
             undo=("return",)),
        move("return", "Use it again", "in use again", F.IN_USE, [F.RETIRED],
             undo=("retirement",)),
    ),
)  # fmt: skip


class CustomField(Record):
    """A field that a portfolio has given to its records of a kind. A record holds its value by the
    name of the field, in the column `custom`."""

    portfolio = models.ForeignKey(Portfolio, models.PROTECT, related_name="custom_fields")
    entity = models.CharField(max_length=20, choices=Entity)
    name = models.CharField(
        max_length=40,
        help_text=_("By which REST, filters and files know it: small letters, digits and single _"),
    )
    label = models.CharField(max_length=80, help_text=_("What pages call it"))
    type = models.CharField(max_length=10, choices=FieldType, default=FieldType.TEXT)
    choices = models.TextField(blank=True, help_text=_("Of a choice, one a line"))
    required_from = models.DateField(
        null=True, blank=True, help_text=_("From this day on a new record has to have it")
    )
    position = models.PositiveSmallIntegerField(
        default=0, help_text=_("Its place among the others: smaller numbers come first")
    )
    state = models.CharField(max_length=10, choices=FieldState, default=FieldState.IN_USE)

    sought = False  # not in the search: it is listed by portfolio
    visible_through = ("portfolio",)
    visible_below = {f"portfolio__{path}": kind for path, kind in Portfolio.visible_below.items()}
    lifecycles = (CUSTOM_FIELD,)
    refuses = {
        "custom_used": ("type", custom.USED),
        "custom_held": ("", custom.HOLDS),
        "custom_place": ("entity", "A field stays where it is: make another there."),
    }

    class Meta:
        verbose_name = "custom field"
        ordering = ["position", InOrder("label"), "pk"]
        triggers = [
            versioned(),
            CUSTOM_FIELD.trigger("custom field"),
            frozen("custom_place", "TRUE", "portfolio_id", "entity"),
            *custom.settled(),
        ]
        constraints = [
            choices("customfield", "entity", Entity),
            choices("customfield", "type", FieldType),
            choices("customfield", "state", FieldState),
            between("customfield", "position", 0, MOST_POSITIONS),
            once(
                "customfield_name", "name", "portfolio", "entity",
                message="There is a field of this name for such records here.",
            ),
            once(
                "customfield_label", "label", "portfolio", "entity",
                message="There is a field of this label for such records here.",
            ),
            rule(
                "customfield_named", "name", Q(name__regex=NAMED),
                "Begin with a small letter; then small letters, digits and single _ within.",
            ),
            rule(
                "customfield_choices", "choices",
                Q(type=FieldType.CHOICE, choices__regex=r"\S")
                | (~Q(type=FieldType.CHOICE) & Q(choices="")),
                "A choice has at least one value to choose; no other field has any.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.label

    @property
    def values(self) -> list[str]:
        """Return the choices of a field of type choice."""
        lines = (line.strip() for line in self.choices.splitlines())
        return list(dict.fromkeys(line for line in lines if line))
