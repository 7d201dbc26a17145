"""The benefits map: what leads to what, from outputs over outcomes to end benefits."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from benefits.models.benefit import Benefit
from pmhub.access import Join
from pmhub.database.constraints import one_of, rule
from pmhub.database.locks import Lock
from pmhub.database.triggers import acyclic, versioned
from pmhub.models import Record
from programmes.models import Outcome, Programme
from projects.models import Output

SOURCES = ("from_output", "from_outcome", "from_benefit")
TARGETS = ("to_outcome", "to_benefit")

# Links that can close a circle join two outcomes or two benefits; nodes of benefits are negative.
EDGES = (
    "SELECT from_outcome_id, to_outcome_id FROM {rows}"
    " WHERE from_outcome_id IS NOT NULL AND to_outcome_id IS NOT NULL"
    " UNION ALL SELECT -from_benefit_id, -to_benefit_id FROM {rows}"
    " WHERE from_benefit_id IS NOT NULL AND to_benefit_id IS NOT NULL"
)
CODE = (
    "CASE WHEN node > 0 THEN (SELECT code FROM programmes_outcome WHERE id = node)"
    " ELSE (SELECT code FROM benefits_benefit WHERE id = -node) END"
)


def fitting() -> list[pgtrigger.Trigger]:
    """Return the triggers that refuse a link with an end outside its programme, and one that leads
    from an end benefit."""
    func = """
        IF EXISTS (SELECT FROM new_rows l
            LEFT JOIN projects_output o ON o.id = l.from_output_id
            LEFT JOIN projects_project p ON p.id = o.project_id
            LEFT JOIN programmes_outcome c ON c.id = l.from_outcome_id
            LEFT JOIN benefits_benefit b ON b.id = l.from_benefit_id
            LEFT JOIN programmes_outcome d ON d.id = l.to_outcome_id
            LEFT JOIN benefits_benefit e ON e.id = l.to_benefit_id
            WHERE coalesce(p.programme_id, c.programme_id, b.programme_id)
                    IS DISTINCT FROM l.programme_id
                OR coalesce(d.programme_id, e.programme_id) IS DISTINCT FROM l.programme_id)
        THEN RAISE EXCEPTION 'Both ends of a link belong to its programme.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'benefitlink_one_programme';
        END IF;
        IF EXISTS (SELECT FROM new_rows l JOIN benefits_benefit b ON b.id = l.from_benefit_id
            WHERE b.level <> 'intermediate')
        THEN RAISE EXCEPTION 'An end benefit leads to no other.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'benefitlink_from_intermediate';
        END IF;
        RETURN NULL;
    """
    return [
        pgtrigger.Trigger(
            name=f"fitting_{name}",
            level=pgtrigger.Statement,
            operation=operation,
            when=pgtrigger.After,
            referencing=pgtrigger.Referencing(new="new_rows"),
            func=" ".join(func.split()),
        )
        for name, operation in (("insert", pgtrigger.Insert), ("update", pgtrigger.Update))
    ]


class BenefitLink(Record):
    """A link of the benefits map: its source makes its target possible. Links lead from outputs to
    outcomes, from outcomes to benefits, from intermediate benefits to end benefits, and never in a
    circle. A link moves no figure."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="benefit_links")
    from_output = models.ForeignKey(
        Output, models.PROTECT, null=True, blank=True, related_name="leads_to"
    )
    from_outcome = models.ForeignKey(
        Outcome, models.PROTECT, null=True, blank=True, related_name="leads_to"
    )
    from_benefit = models.ForeignKey(
        Benefit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="leads_to",
        help_text=_("An intermediate one"),
    )
    to_outcome = models.ForeignKey(
        Outcome, models.PROTECT, null=True, blank=True, related_name="led_to_by"
    )
    to_benefit = models.ForeignKey(
        Benefit, models.PROTECT, null=True, blank=True, related_name="led_to_by"
    )
    rationale = models.TextField(blank=True)

    visible_through = ("programme",)
    joins = dict.fromkeys((*SOURCES, *TARGETS), Join.SEE)  # they are the programme's own
    refuses = {
        "benefitlink_one_programme": ("programme", "Both ends of a link belong to its programme."),
        "benefitlink_from_intermediate": ("from_benefit", "An end benefit leads to no other."),
    }

    class Meta:
        ordering = ["programme", "id"]
        triggers = [
            versioned(),
            *fitting(),
            *acyclic(
                table="benefits_benefitlink",
                lock=Lock.BENEFITS_MAPS,
                edges=EDGES,
                code=CODE,
                constraint="benefitlink_no_cycle",
                words="This link would close a circle",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=[*SOURCES, *TARGETS],
                nulls_distinct=False,
                name="benefitlink_once",
                violation_error_message="These two are linked already.",
            ),
            one_of("benefitlink_source", *SOURCES),
            one_of("benefitlink_target", *TARGETS),
            rule(
                "benefitlink_direction",
                "to_outcome",
                Q(from_benefit__isnull=True) | Q(to_outcome__isnull=True),
                "A benefit leads to benefits, not back to an outcome.",
            ),
            rule(
                "benefitlink_outcome_itself",
                "to_outcome",
                Q(from_outcome__isnull=True)
                | Q(to_outcome__isnull=True)
                | ~Q(from_outcome=F("to_outcome")),
                "An outcome cannot lead to itself.",
            ),
            rule(
                "benefitlink_benefit_itself",
                "to_benefit",
                Q(from_benefit__isnull=True)
                | Q(to_benefit__isnull=True)
                | ~Q(from_benefit=F("to_benefit")),
                "A benefit cannot lead to itself.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} → {self.target}"

    @property
    def source(self) -> Output | Outcome | Benefit | None:
        """Return the record that the link leads from."""
        return self.from_output or self.from_outcome or self.from_benefit

    @property
    def target(self) -> Outcome | Benefit | None:
        """Return the record that the link leads to."""
        return self.to_outcome or self.to_benefit
