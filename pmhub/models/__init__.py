"""People, their roles and tokens, and the base of every record."""

from __future__ import annotations

from typing import Any, ClassVar

import pgtrigger
from django.apps import apps
from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Cast, Coalesce, Now, Random
from django.db.models.signals import class_prepared
from django.dispatch import receiver
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pmhub import access, history, touches, validators
from pmhub.collation import Folded, InOrder, searched
from pmhub.constraints import choices, code_once, ordered, rule
from pmhub.happened import Happened
from pmhub.lifecycle import Lifecycle
from pmhub.models.accounts import Attempt, Door, Mail, Outcome, Session, SignInRule, Token
from pmhub.retention import Stay
from pmhub.triggers import stamped, written

__all__ = [
    "Attempt",
    "Door",
    "Mail",
    "Outcome",
    "Session",
    "SignInRule",
    "Token",
]  # besides those that stand here

TAKEN = "This code is taken in this portfolio."


class User(AbstractUser):  # type: ignore[django-manager-missing]  # of tokens: Knox names none
    """Someone who signs in. What they may see and do follows from their person's roles."""

    # For those who read from a replica: it may not have yet what they wrote.
    wrote_at = models.DateTimeField(null=True, editable=False)
    is_service = models.BooleanField(
        _("service account"),
        default=False,
        help_text=_("A program: it gets in by tokens alone, and has no password and no session."),
    )

    _grants: Any = None
    # Of the user of a session: whether they have a second factor, and the roles that ask for one.
    _has_factor = False
    _asked: Any = ()

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(is_service=False) | Q(password__startswith=UNUSABLE_PASSWORD_PREFIX),
                name="user_service_has_no_password",
                violation_error_message=_("A service account has no password."),
            )
        ]

    def clean(self) -> None:
        """Take the password of what becomes a service account."""
        super().clean()
        if self.is_service and self.has_usable_password():
            self.set_unusable_password()


class Record(access.Visible, models.Model):
    """What every record carries: who made and changed it, when, and which version it is.

    `version` and `updated_at` are raised by a trigger, so they hold for pages, admin, bulk
    updates and plain SQL alike.
    """

    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
    )
    updated_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
    )

    # What a person answers for here, as long as the condition holds: fields that name a person.
    # The others say who did something, which stays.
    answered_for: ClassVar[dict[str, Q]] = {}

    objects = access.ScopedQuerySet.as_manager()

    lifecycles: ClassVar[tuple[Lifecycle, ...]] = ()
    unread: ClassVar[tuple[str, ...]] = ()  # fields of a source of figures that no figure reads
    happened: ClassVar[tuple[str, ...]] = ()  # days on which something was, never still to come
    planned_in: ClassVar[dict[str, tuple[str, ...]]] = {}  # states in which such a day is a plan
    stays: ClassVar[tuple[Stay, ...]] = ()  # when it is not deleted
    # What triggers of this table refuse: field ("" where it is none's) and sentence, by the name
    # of the constraint that they raise, or else their own.
    refuses: ClassVar[dict[str, tuple[str, str]]] = {}
    # Triggers on the tables of a record's lists, by field; those of its own are in its Meta.
    list_triggers: ClassVar[dict[str, list[pgtrigger.Trigger]]] = {}

    class Meta:
        abstract = True


@receiver(class_prepared)
def _keep_and_guard(sender: type[models.Model], **kwargs: Any) -> None:
    """Every record has a history, notes what is touched, and has rules of what its fields hold."""
    if issubclass(sender, Record):
        history.keep(sender)
        pgtrigger.register(*touches.triggers(sender))(sender)
        validators.guard(sender)
        if columns := validators.texts(sender):
            pgtrigger.register(written(columns))(sender)
        if sender.happened:
            state = sender.lifecycles[0].field if sender.lifecycles else ""
            pgtrigger.register(Happened(sender.happened, state, sender.planned_in))(sender)
        for stay in sender.stays:
            pgtrigger.register(stay.trigger())(sender)
        for field in sender._meta.local_many_to_many:
            _protect(sender, field)


def _protect(model: type[models.Model], field: Any) -> None:
    """What is in a list of a record is not deleted while it is there."""

    def protect(_: Any, table: Any) -> None:
        end = table._meta.get_field(field.m2m_reverse_field_name())
        end.remote_field.on_delete = models.PROTECT

    app, name = model._meta.app_label, model.__name__
    made = [(app, name.lower()), (app, f"{name}_{field.name}".lower())]
    model._meta.apps.lazy_model_operation(protect, *made)


class Archivable(models.Model):
    """A record that is put away once it has ended: out of the lists, and in every figure."""

    archived_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True

    def against_archiving(self) -> str:
        """Return why it cannot be put away yet, in a sentence; empty when it can."""
        return ""


class Code(models.Model):
    """A code in use in a portfolio: one row for each record of the kinds whose codes are unique
    there, costs by their reference, kept by triggers (`pmhub/codes.py`). It names the record by its
    kind and id."""

    kind = models.CharField(max_length=20)
    object_id = models.BigIntegerField()
    portfolio_id = models.BigIntegerField()
    key = models.TextField(help_text=_("The code as it is compared"))

    refuses = {
        "code_once": ("code", "A code of these is taken in that portfolio."),
        "cost_once": ("source_ref", "A reference of these is taken in that portfolio."),
    }

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "object_id"], name="code_record"),
            models.UniqueConstraint(
                fields=["portfolio_id", "kind", "key"],
                name="code_once",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.UniqueConstraint(
                fields=["portfolio_id", "key"], condition=Q(kind="cost"), name="cost_once"
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Touch(models.Model):
    """An object that a statement touched (`pmhub/touches.py`): a row for each, never updated."""

    topic = models.TextField()
    object_id = models.BigIntegerField()
    mark = models.BigIntegerField(
        db_default=Cast(Random() * touches.SIZE, models.BigIntegerField())
    )

    class Meta:
        verbose_name_plural = "touches"
        indexes = [
            models.Index(fields=["topic", "object_id"], include=["mark"], name="touch_topic")
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.object_id}"


class Coded(Record):
    """A record whose code is unique over its portfolio. The table of codes holds that; this says
    so in a sentence, which tells nothing of the record that has the code."""

    code: Any  # declared by each kind, at its place among the fields
    code_from: ClassVar[tuple[str, ...]] = ()  # what leads to its portfolio, if not what shows it

    class Meta:
        abstract = True

    @classmethod
    def taken(cls, code: str, portfolio_id: int, *, but: int | None = None) -> bool:
        """Return whether a record of the kind, another than `but`, has this code there."""
        used = Code.objects.filter(kind=cls._meta.model_name, portfolio_id=portfolio_id)
        return used.filter(key=Folded(Value(code))).exclude(object_id=but or 0).exists()

    def validate_unique(self, exclude: Any = None) -> None:
        """Raise ValidationError on `code` when another record of the portfolio has it."""
        super().validate_unique(exclude=exclude)
        home = portfolio_of(self)
        if "code" in (exclude or ()) or home is None:
            return
        if self.taken(self.code, home, but=self.pk):
            raise ValidationError({"code": ValidationError(TAKEN, code="unique")})


def portfolio_of(row: Any) -> int | None:
    """The id of the portfolio that a record belongs to; None while its parents are not given."""
    if row.grant_kind == "portfolio":
        return row.pk
    for name in getattr(row, "code_from", ()) or row.visible_through:
        if getattr(row, f"{name}_id") is not None:
            return portfolio_of(getattr(row, name))
    return None


class Competence(models.TextChoices):
    """How experienced a person is in leading change."""

    FOUNDATION = "foundation", _("Foundation")
    PRACTITIONER = "practitioner", _("Practitioner")
    SENIOR = "senior", _("Senior")
    EXPERT = "expert", _("Expert")


class People(access.ScopedQuerySet):
    """People are the directory of the organisation: whoever holds a role may read it."""

    def visible_to(self, user: Any) -> People:
        """All people for anyone with a role, none for a stranger."""
        return self if access.grants_of(user).roles else self.none()


class Person(Archivable, Record):
    """Someone with a part in a programme or project; need not sign in."""

    code = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    email = models.EmailField(blank=True)
    organisation = models.CharField(max_length=200, blank=True)
    unit = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=200, blank=True)
    competence = models.CharField(max_length=20, choices=Competence, blank=True)
    certifications = models.TextField(blank=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="person",
    )

    objects = People.as_manager()  # type: ignore[misc]  # one queryset in the place of another
    joins = {"user": access.Join.SET}  # in the admin pages alone: it gives all their roles
    joined = access.Join.SEE

    class Meta:
        ordering = [InOrder("name")]
        verbose_name_plural = "people"
        triggers = [stamped()]
        indexes = [searched("person", "code", "name", "email", "unit", "title")]
        constraints = [code_once("person")]

    def __str__(self) -> str:
        return self.name

    def against_archiving(self) -> str:
        """A person who answers for something, or holds a role, is not put away."""
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
    PROGRAMME_MANAGER = "programme_manager", _("Programme manager")
    BCM = "bcm", _("Business change manager")
    PROJECT_MANAGER = "project_manager", _("Project manager")
    PROJECT_EXECUTIVE = "project_executive", _("Project executive")
    BENEFIT_OWNER = "benefit_owner", _("Benefit owner")
    RISK_OWNER = "risk_owner", _("Risk owner")
    PMO = "pmo", _("PMO")
    ASSURER = "assurer", _("Assurer")
    VIEWER = "viewer", _("Viewer")


class RoleAssignments(access.ScopedQuerySet):
    """Role assignments, with the question `access` asks of them."""

    def held_by(self, user: Any, *, on: Any) -> models.QuerySet:
        """(kind of object, id or 0 for the organisation, role) of the user's current roles."""
        kind = Case(
            When(portfolio__isnull=False, then=Value("portfolio")),
            When(programme__isnull=False, then=Value("programme")),
            When(project__isnull=False, then=Value("project")),
            default=Value(access.ORGANISATION),
            output_field=models.TextField(),
        )
        return (
            self.filter(person__user=user)
            .filter(Q(starts_on__isnull=True) | Q(starts_on__lte=on))
            .filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on))
            .order_by()
            .values_list(
                kind,
                Coalesce(F("portfolio_id"), F("programme_id"), F("project_id"), Value(0)),
                Cast("role", models.TextField()),
            )
        )


class RoleAssignment(Record):
    """A role held by a person on a portfolio, a programme, a project or, with none named, on the
    whole organisation; inherited downwards."""

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
        ordering = [InOrder("person__name"), "role"]
        triggers = [stamped()]
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


for _other in (User, Token):
    validators.guard(_other)


class StoredAnswer(models.Model):
    """What a POST with an Idempotency-Key answered: written with its effect or not at all, and
    answered again to whoever repeats it."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    route = models.CharField(max_length=200)
    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))
    body = models.BinaryField(default=b"", db_default=b"")
    created_at = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key", "route"], name="storedanswer_once"),
        ]

    def __str__(self) -> str:
        return f"{self.route} {self.key}"
