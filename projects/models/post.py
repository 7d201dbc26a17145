"""Posts: whom a project, a programme or a portfolio needs, from when to when, and who that is."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.database.codes import OF_PLACE
from pmhub.database.constraints import choices, numbers, one_of, ordered, rule
from pmhub.database.triggers import versioned
from pmhub.models import Competence, Person, Record, RoleChoice
from programmes.models import Discipline, Portfolio, Programme
from programmes.models.closure_triggers import (
    LASTING,
    LIVE_PROJECTS,
    while_programme_lasts,
    while_project_lasts,
)
from programmes.models.discipline import of_portfolio
from projects.models.project import Project

PLACES = ("project", "programme", "portfolio")


class Post(Record):
    """Somebody whom a project, a programme or a portfolio needs for a time. While nobody holds it,
    it is vacant. It gives no right: roles and the posts that a record names do."""

    project = models.ForeignKey(
        Project, models.PROTECT, null=True, blank=True, related_name="wanted_posts"
    )
    programme = models.ForeignKey(
        Programme, models.PROTECT, null=True, blank=True, related_name="wanted_posts"
    )
    portfolio = models.ForeignKey(
        Portfolio, models.PROTECT, null=True, blank=True, related_name="wanted_posts"
    )
    title = models.CharField(max_length=200, help_text=_("Such as Site manager"))
    role = models.CharField(
        max_length=20, choices=RoleChoice, blank=True, help_text=_("The role that goes with it")
    )
    wanted_from = models.DateField()
    wanted_to = models.DateField(null=True, blank=True)
    fte = models.DecimalField(
        _("full-time equivalents"), max_digits=5, decimal_places=2, default=Decimal(1)
    )
    holder = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="posts_held"
    )
    competence_needed = models.CharField(max_length=20, choices=Competence, blank=True)
    discipline = models.ForeignKey(
        Discipline, models.PROTECT, null=True, blank=True, related_name="wanted_posts",
        help_text=_("In which that competence is needed; left empty, in leading change"),
    )  # fmt: skip
    qualification_needed = models.CharField(
        max_length=200, blank=True, help_text=_("The title of a qualification")
    )

    still_to_act = ("holder",)
    visible_through = PLACES
    added_while = {"programme": LASTING, "project": LIVE_PROJECTS}
    joins = {"holder": Join.SEE}

    class Meta:
        ordering = ["wanted_from", "id"]
        triggers = [
            versioned(),
            *of_portfolio("post", OF_PLACE),
            while_project_lasts("TRUE", text="This project has ended: nobody is wanted for it."),
            while_programme_lasts(
                "TRUE", text="This programme has ended: nobody is wanted for it."
            ),
        ]
        constraints = [
            one_of("post", *PLACES),
            choices("post", "role", RoleChoice, blank=True),
            choices("post", "competence_needed", Competence, blank=True),
            ordered("post", "wanted_from", "wanted_to"),
            *numbers("post", "fte", low=0),
            rule(
                "post_discipline",
                "competence_needed",
                models.Q(discipline__isnull=True) | ~models.Q(competence_needed=""),
                "Say how much competence is needed in the discipline.",
            ),
        ]

    def __str__(self) -> str:
        return self.title
