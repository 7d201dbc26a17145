"""The audit register: important acts, each in a row that is sealed and never changed."""

from __future__ import annotations

import functools
import operator
from typing import Any, ClassVar, Self

import pgtrigger
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import models
from django.db.models import Q
from django.db.models.functions import Cast, Now
from django.utils.translation import gettext_lazy as _

from pmhub import access
from pmhub.access.grants import grants_of, holding
from pmhub.audit import triggers
from pmhub.permissions import AUDITORS


class Act(models.TextChoices):
    """What was done."""

    ADMITTED = "admitted", _("Let in")
    REFUSED = "refused", _("Not let in")
    HELD = "held", _("Locked out")
    RESET_ASKED = "reset_asked", _("New password asked for")
    SESSION_BEGUN = "session_begun", _("Session begun")
    SESSION_ENDED = "session_ended", _("Session ended")
    PASSWORD_CHANGED = "password_changed", _("Password changed")
    FACTOR_ADDED = "factor_added", _("Second factor added")
    FACTOR_REMOVED = "factor_removed", _("Second factor removed")
    ACCOUNT_MADE = "account_made", _("Account made")
    ACCOUNT_CHANGED = "account_changed", _("Account changed")
    ADDRESS_CHANGED = "address_changed", _("Address of mail changed")
    ACCOUNT_ENDED = "account_ended", _("Account deleted")
    ACCOUNT_TIED = "account_tied", _("Account tied to a person")
    ROLE_GIVEN = "role_given", _("Role given")
    ROLE_CHANGED = "role_changed", _("Role changed")
    ROLE_TAKEN = "role_taken", _("Role taken")
    APPOINTED = "appointed", _("Post filled or left")
    TOKEN_MADE = "token_made", _("Token made")
    TOKEN_ENDED = "token_ended", _("Token revoked")
    TOKEN_REFUSED = "token_refused", _("Expired token refused")
    EXPORTED = "exported", _("File handed out")
    RULES_CHANGED = "rules_changed", _("Rules changed")
    MOVED = "moved", _("State changed")
    ARCHIVED = "archived", _("Archived or restored")
    DONE = "done", _("Verb done")


class AuditEntries(models.QuerySet):
    """Rows of the register, which can be narrowed to those that a user may read."""

    def visible_to(self, user: Any) -> Self:
        """Return all rows for the PMO and assurers of the whole organisation; for those of a part
        of it, the acts on records of that part; none for others."""
        grants = holding(grants_of(user), AUDITORS)
        if grants.everywhere:
            return self
        if not grants.roles:
            return self.none()
        return self.filter(functools.reduce(operator.or_, _in_scope(grants), Q(pk__in=[])))


def _in_scope(grants: Any) -> list[Q]:
    """Return, for each kind of record, the condition that the record is where the roles are
    held."""
    parts = []
    for model in apps.get_models():
        if not issubclass(model, access.Visible):
            continue
        if conditions := access.inherited(model, grants):
            rows = model._base_manager.filter(functools.reduce(operator.or_, conditions))
            ids = rows.order_by().values_list(Cast("pk", models.TextField()))
            parts.append(Q(object_type=model._meta.model_name, object_id__in=ids))
    return parts


class AuditEntry(models.Model):
    """An act. It names people and accounts by their ids, so that erasing a name breaks no seal.

    The database fills in the moment and who asked, and refuses every change except that a row is
    sealed once. `place` is its number in the chain, in the order of sealing.
    """

    at = models.DateTimeField(db_default=Now())
    act = models.TextField(choices=Act)
    actor = models.BigIntegerField(null=True, help_text=_("The id of the account"))
    acting_for = models.TextField(db_default="", help_text=_("On whose behalf"))
    via = models.TextField(db_default="", help_text=_("page, rest, admin, import or sql"))
    session = models.TextField(db_default="", help_text=_("A digest of the session's key"))
    token = models.TextField(db_default="", help_text=_("The id of the token"))
    address = models.GenericIPAddressField(null=True, help_text=_("Of the client"))
    request = models.TextField(db_default="", help_text=_("The id of the request"))
    object_type = models.TextField(db_default="")
    object_id = models.TextField(db_default="")
    reason = models.TextField(db_default="")
    details = models.JSONField(db_default=models.Value({}, models.JSONField()))
    place = models.BigIntegerField(null=True, unique=True)
    seal = models.TextField(null=True)  # noqa: DJ001  # NULL until the row is sealed
    sealed_at = models.DateTimeField(null=True)

    objects = AuditEntries.as_manager()

    class Meta:
        ordering: ClassVar[Any] = ["-id"]
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["id"], condition=Q(place=None), name="audit_unsealed"),
            models.Index(fields=["at"], name="audit_at"),
            models.Index(fields=["act", "id"], name="audit_act"),
            models.Index(fields=["actor", "id"], name="audit_actor"),
            models.Index(fields=["object_type", "object_id", "id"], name="audit_object"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.act}"


class AuditHead(models.Model):
    """The end of the chain: how many rows are sealed, and the last seal. There is one row; whoever
    seals locks it, so that only one worker seals at a time. `mark` is made with the installation's
    key."""

    place = models.BigIntegerField()
    seal = models.TextField()
    mark = models.TextField()

    def __str__(self) -> str:
        return f"{self.place} {self.seal}"


class Factor(Authenticator):
    """allauth's second factors, with triggers that note when one is added or removed."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers: ClassVar[list[pgtrigger.Trigger]] = triggers.FACTOR
