"""Organisation units: the parts of an organisation, each below another one or at the top."""

from __future__ import annotations

from collections.abc import Sequence

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.database.belonging import belongs, still_there
from pmhub.database.collation import InOrder, searched
from pmhub.database.constraints import code_once
from pmhub.database.locks import Lock
from pmhub.database.triggers import acyclic, frozen, versioned
from pmhub.models import Archivable, Person, Record
from programmes.models.portfolio import Portfolio

ELSEWHERE = "This unit is another portfolio's."
PUT_AWAY = "This unit is archived: choose another, or restore it first."
STAYS = "A unit stays in its portfolio."
NOT_BELOW_ITSELF = "A unit is neither below itself nor below one that is below it."
TABLE = "programmes_organisationunit"


class OrganisationUnit(Archivable, Record):
    """A part of an organisation, such as a department, to which people, resources, impacted groups
    and benefits belong. Units form a tree."""

    portfolio = models.ForeignKey(Portfolio, models.PROTECT, related_name="organisation_units")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children",
        help_text=_("The unit that it is a part of"),
    )  # fmt: skip
    head = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="units_headed",
        help_text=_("Who leads it in daily business"),
    )  # fmt: skip

    answered_for = {"head": Q(archived_at__isnull=True)}
    visible_through = ("portfolio",)
    visible_below = {f"portfolio__{path}": kind for path, kind in Portfolio.visible_below.items()}
    joined = Join.SEE
    refuses = {
        "unit_portfolio": ("portfolio", STAYS),
        "organisationunit_no_circle": ("parent", NOT_BELOW_ITSELF),
    }

    class Meta:
        ordering = [InOrder("code"), "id"]
        triggers = [
            versioned(),
            frozen("unit_portfolio", "TRUE", "portfolio_id"),
            belongs(
                "organisationunit",
                "parent",
                f"FROM {TABLE} WHERE id = NEW.parent_id AND portfolio_id = NEW.portfolio_id",
                ELSEWHERE,
            ),
            still_there(
                "organisationunit",
                "parent",
                f"FROM {TABLE} WHERE id = NEW.parent_id AND archived_at IS NOT NULL",
                PUT_AWAY,
            ),
            *acyclic(
                table=TABLE,
                lock=Lock.ORGANISATION_UNITS,
                edges="SELECT id, parent_id FROM {rows} WHERE parent_id IS NOT NULL",
                code=f"(SELECT u.code FROM {TABLE} u WHERE u.id = node)",  # noqa: S608  # our names
                constraint="organisationunit_no_circle",
                words="This would put a unit below itself",
            ),
        ]
        indexes = [searched("organisationunit", "code", "name")]
        constraints = [code_once("organisationunit", "portfolio")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def against_archiving(self) -> str:
        """Return what to do before it can be archived, empty for nothing: the units below it are
        archived first."""
        below = self.children.filter(archived_at=None)
        return "Archive the units below it first." if below.exists() else ""


def of_unit(model: str, home: str, *, same: Sequence[str] = ()) -> list[pgtrigger.Trigger]:
    """Return the triggers that refuse a row of `model` whose organisation unit belongs to another
    portfolio or is archived; `home` is SQL for the portfolio of the row NEW, which follows from the
    columns `same`."""
    named = f"FROM {TABLE} WHERE id = NEW.organisation_unit_id"
    return [
        belongs(
            model,
            "organisation_unit",
            f"{named} AND portfolio_id = {home}",
            ELSEWHERE,
            same=same,
        ),
        still_there(model, "organisation_unit", f"{named} AND archived_at IS NOT NULL", PUT_AWAY),
    ]
