"""People, the users with which they sign in, and the roles they hold."""

from __future__ import annotations

import functools
import operator
from typing import Any, Self

from django.apps import apps
from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pmhub import access, permissions
from pmhub.access import restricted_fields
from pmhub.access.grants import ORGANISATION, Grants, grants_of, roots
from pmhub.audit import triggers as audit
from pmhub.database.active_people import in_use
from pmhub.database.belonging import still_there
from pmhub.database.collation import InOrder, searched
from pmhub.database.constraints import choices, code_once, once, ordered, rule
from pmhub.database.custom import NAMES, custom_person_in_use
from pmhub.database.role_givers import account_stays, role_stays, tie_stays
from pmhub.database.time_zones import zone_known
from pmhub.database.triggers import versioned
from pmhub.models.competence import OWN, STAYS, Competence, assessed_on_person
from pmhub.models.digests import Cadence, DigestChoices, Topic
from pmhub.models.preferences import ENGLISH, DateOrder, Density, Theme
from pmhub.models.records import Archivable, Record


class User(DigestChoices, AbstractUser):  # type: ignore[django-manager-missing]  # Knox names no manager of tokens
    """An account that signs in. What it may see and do follows from the roles of its person."""

    # Reads of those who wrote a moment ago go to the primary: a replica may not have it yet.
    wrote_at = models.DateTimeField(null=True, editable=False)
    is_service = models.BooleanField(
        _("service account"),
        default=False,
        help_text=_("A program: it gets in by tokens alone, and has no password and no session."),
    )
    theme = models.CharField(_("theme"), max_length=10, choices=Theme, default=Theme.SYSTEM)
    density = models.CharField(
        _("density of tables"), max_length=15, choices=Density, default=Density.COMPACT
    )
    date_order = models.CharField(
        _("dates"), max_length=15, choices=DateOrder, default=DateOrder.DAY_FIRST
    )
    shortcuts = models.BooleanField(
        _("keyboard shortcuts"),
        default=True,
        help_text=_("Single keys do things wherever nothing is being typed."),
    )

    LOOKS = ("theme", "density", "date_order", "shortcuts")
    PREFERENCES = (*LOOKS, *DigestChoices.DIGEST)

    _grants: Any = None
    # Set on the user of a session: whether they have a second factor, and which roles require one.
    _has_factor = False
    _asked: Any = ()

    class Meta(AbstractUser.Meta):
        triggers = [*audit.ACCOUNT, zone_known(""), account_stays()]
        constraints = [
            once("user_name", "username", message="Another user signs in by this name."),
            choices("user", "theme", Theme),
            choices("user", "density", Density),
            choices("user", "date_order", DateOrder),
            *(choices("user", topic, Cadence) for topic in Topic.values),
            models.CheckConstraint(
                condition=Q(is_service=False) | Q(password__startswith=UNUSABLE_PASSWORD_PREFIX),
                name="user_service_has_no_password",
                violation_error_message=_("A service account has no password."),
            ),
        ]

    @property
    def language(self) -> str:
        """The variant of English for the user's pages, which decides how dates are written."""
        return ENGLISH[DateOrder(self.date_order)]

    @property
    def called(self) -> str:
        """The name of the user: their own, that of their person, or else the one with which they
        sign in."""
        person = getattr(self, "person", None)
        return self.get_full_name() or (person.name if person else "") or self.get_username()

    def clean(self) -> None:
        """Remove the password of an account that becomes a service account."""
        super().clean()
        if self.is_service and self.has_usable_password():
            self.set_unusable_password()


def _near(model: Any, grants: Grants) -> Q:
    """Return the condition that a role is held on the row, above it or below it."""
    above = (Q(pk__in=rows) for rows in access.upwards(model, grants))
    return functools.reduce(operator.or_, above, restricted_fields.on_or_above(model, grants))


def _held(where: restricted_fields.Where, grants: Grants, *, at_all: bool) -> Q:
    """Return the condition that a person holds a role or a post on rows that fulfil `where`; with
    `at_all`, also a role on the whole organisation."""
    if not grants.roles:
        return restricted_fields.NONE
    roles = RoleAssignment.objects.current(grants.day)
    everywhere = dict.fromkeys(("portfolio", "programme", "project"), None)
    holders = [roles.filter(**everywhere).values("person")] if at_all else []
    for root in roots():
        rows = root._base_manager.filter(where(root, grants))
        holders += [rows.values(post) for post in root.posts.values()]
        if root.grant_kind in everywhere:
            held = roles.filter(**{f"{root.grant_kind}__in": rows.values("pk")})
            holders.append(held.values("person"))
    return functools.reduce(operator.or_, (Q(pk__in=ids) for ids in holders))


def _same_place(model: Any, grants: Grants) -> Q:
    return _held(_near, grants, at_all=True)


def _led(model: Any, grants: Grants) -> Q:
    return _held(restricted_fields.on_or_above, grants, at_all=bool(grants.everywhere))


# Whoever works in the same place sees the addresses.
COLLEAGUES = restricted_fields.Audience(
    "themself, the PMO and whoever works where they hold a role",
    frozenset(permissions.Role),
    _same_place,
    own="user",
)
MANAGERS = restricted_fields.Audience(
    "themself, the PMO, and the SRO and programme manager of where they hold a role",
    permissions.SEES_COMPETENCE,
    _led,
    own="user",
)


class People(access.ScopedQuerySet):
    """The directory of people, which everybody with a role may read."""

    def visible_to(self, user: Any) -> Self:
        """Return all people for a user with any role, none for a stranger."""
        return self if grants_of(user).roles else self.none()

    def who_sign_in(self) -> Self:
        """Return the people with an open account who are not archived."""
        return self.filter(user__is_active=True, archived_at=None)

    def with_a_part_in(self, frame: Any) -> Self:
        """Return the people who hold a role or a post on a portfolio, on anything inside it, or on
        the whole organisation, and who therefore see the portfolio."""
        roles = RoleAssignment.objects.current(timezone.localdate())
        everywhere = dict.fromkeys(RoleAssignment.visible_through, None)
        parts = Q(pk__in=roles.filter(**everywhere).values("person"))
        here = type(frame)._base_manager.filter(pk=frame.pk)
        ways = {"pk": frame.grant_kind, **frame.visible_below}
        for root in roots():
            for path in (path for path, kind in ways.items() if kind == root.grant_kind):
                rows = root._base_manager.filter(pk__in=here.values(path))
                for post in (*root.posts.values(), *root.seen_by):
                    parts |= Q(pk__in=rows.values(post))
                if root.grant_kind in everywhere:
                    held = roles.filter(**{f"{root.grant_kind}__in": here.values(path)})
                    parts |= Q(pk__in=held.values("person"))
        return self.filter(parts)


class Person(Archivable, Record):
    """Somebody with a part in a programme or project, with or without an account."""

    code = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    email = models.EmailField(blank=True)
    organisation = models.CharField(max_length=200, blank=True)
    unit = models.CharField(max_length=200, blank=True)
    organisation_unit = models.ForeignKey(
        "programmes.OrganisationUnit", models.PROTECT, null=True, blank=True,
        related_name="people", help_text=_("The unit of a portfolio's tree that they work in"),
    )  # fmt: skip
    title = models.CharField(max_length=200, blank=True)
    competence = models.CharField(max_length=20, choices=Competence, blank=True)
    certifications = models.TextField(blank=True)
    mentor = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="mentored",
        help_text=_("Who helps them to learn it"),
    )  # fmt: skip
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="person",
    )

    objects = People.as_manager()  # type: ignore[misc]  # another queryset class
    first_code = "PE1"
    # Set only in the admin pages, for it gives the account all roles of the person.
    joins = {"user": access.Join.SET}
    joined = access.Join.SEE
    refuses = {
        "competence_stays": ("competence", STAYS),
        "competence_own": ("competence", OWN),
        "custom_named": ("", NAMES),
    }
    still_to_act = ("mentor",)
    shown_to = {
        "email": COLLEAGUES,
        "competence": MANAGERS,
        "certifications": MANAGERS,
        "organisation_unit": restricted_fields.readers_of_relation(
            "organisation_unit", "whoever sees its portfolio"
        ),
    }

    class Meta:
        ordering = [InOrder("name"), "id"]
        verbose_name_plural = "people"
        triggers = [
            versioned(),
            *audit.TIES,
            *assessed_on_person(),
            custom_person_in_use(),
            tie_stays(),
            still_there(
                "person",
                "organisation_unit",
                "FROM programmes_organisationunit"
                " WHERE id = NEW.organisation_unit_id AND archived_at IS NOT NULL",
                "This unit is archived: choose another, or restore it first.",
            ),
        ]
        indexes = [searched("person", "code", "name", "email", "unit", "title")]
        constraints = [
            code_once("person"),
            rule(
                "person_mentor",
                "mentor",
                Q(mentor__isnull=True) | ~Q(mentor=F("pk")),
                "Somebody else is their mentor.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def against_archiving(self) -> str:
        """Return why the person cannot be archived: they answer for something, or hold a role;
        empty if they can."""
        today = timezone.localdate()
        current = self.roles.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today))
        answers = any(
            model._base_manager.filter(condition, **{field: self}).exists()
            for model in apps.get_models()
            for field, condition in getattr(model, "answered_for", {}).items()
        )
        return "Hand their work and roles over first." if answers or current.exists() else ""


class RoleChoice(models.TextChoices):
    """The roles of `permissions.Role`, with their names."""

    SPONSOR = "sponsor", _("Sponsor")
    SRO = "sro", _("Senior responsible owner")
    PORTFOLIO_MANAGER = "portfolio_manager", _("Portfolio manager")
    BOARD_MEMBER = "board_member", _("Board member")
    PROGRAMME_MANAGER = "programme_manager", _("Programme manager")
    BCM = "bcm", _("Business change manager")
    PROJECT_MANAGER = "project_manager", _("Project manager")
    PROJECT_EXECUTIVE = "project_executive", _("Project executive")
    COORDINATOR = "coordinator", _("Coordinator")
    TEAM_MEMBER = "team_member", _("Team member")
    BENEFIT_OWNER = "benefit_owner", _("Benefit owner")
    BENEFIT_REPORTER = "benefit_reporter", _("Benefit reporter")
    RISK_OWNER = "risk_owner", _("Risk owner")
    PMO = "pmo", _("PMO")
    ASSURER = "assurer", _("Assurer")
    RESOURCE_OWNER = "resource_owner", _("Resource owner")
    FINANCE = "finance", _("Finance")
    VIEWER = "viewer", _("Viewer")


def kind_of_place() -> Case:
    """Return an expression for the kind of object that a row names: portfolio, programme, project
    or organisation."""
    return Case(
        When(portfolio__isnull=False, then=Value("portfolio")),
        When(programme__isnull=False, then=Value("programme")),
        When(project__isnull=False, then=Value("project")),
        default=Value(ORGANISATION),
        output_field=models.TextField(),
    )


class RoleAssignments(access.ScopedQuerySet):
    """Role assignments, with the queries that `access` needs."""

    def current(self, on: Any) -> Self:
        """Return the assignments in force on a day."""
        return self.lasting(on).filter(Q(starts_on__isnull=True) | Q(starts_on__lte=on))

    def lasting(self, on: Any) -> Self:
        """Return the assignments in force on a day or later."""
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on))

    def held_by(self, user: Any, *, on: Any) -> models.QuerySet:
        """Return (kind of object, id or 0 for the organisation, role, 0) for the user's roles on a
        day."""
        return self.filter(person__user=user).by_place(on)

    def by_place(self, on: Any) -> models.QuerySet:
        """Return (kind of object, id or 0 for the organisation, role, 0) for the assignments in
        force on a day."""
        return (
            self.current(on)
            .order_by()
            .values_list(
                kind_of_place(),
                Coalesce(F("portfolio_id"), F("programme_id"), F("project_id"), Value(0)),
                Cast("role", models.TextField()),
                Value(0, output_field=models.BigIntegerField()),
            )
        )


class RoleAssignment(Record):
    """A role that a person holds on a portfolio, a programme, a project or, if none is named, on
    the whole organisation; everything below inherits it."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="roles")
    role = models.CharField(max_length=20, choices=RoleChoice)
    portfolio = models.ForeignKey(
        "programmes.Portfolio",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="roles",
    )
    programme = models.ForeignKey(
        "programmes.Programme",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="roles",
    )
    project = models.ForeignKey(
        "projects.Project", models.CASCADE, null=True, blank=True, related_name="roles"
    )
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)

    objects = RoleAssignments.as_manager()  # type: ignore[misc]  # as above
    visible_through = ("portfolio", "programme", "project")

    class Meta:
        ordering = [InOrder("person__name"), "role", "id"]
        triggers = [versioned(), *audit.ROLE, in_use(["person"]), role_stays()]
        constraints = [
            choices("role", "role", RoleChoice),
            ordered("role", "starts_on", "ends_on"),
            rule(
                "role_one_scope",
                "programme",
                Q(portfolio__isnull=True, programme__isnull=True)
                | Q(portfolio__isnull=True, project__isnull=True)
                | Q(programme__isnull=True, project__isnull=True),
                "Name a portfolio, a programme or a project, or none for the whole organisation.",
            ),
            models.UniqueConstraint(
                fields=["person", "role", "portfolio", "programme", "project"],
                condition=Q(ends_on__isnull=True),
                nulls_distinct=False,
                name="role_held_once",
                violation_error_message="This person holds this role here already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()}: {self.person}"
