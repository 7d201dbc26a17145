"""Records that may have custom fields."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Value
from django.db.models.signals import class_prepared
from django.dispatch import receiver
from django.utils.translation import gettext_lazy as _

from pmhub.database import custom


class Customised(models.Model):
    """A record with custom fields, which the PMO of its portfolio defines for such records:
    `custom` holds their values by name, without those that are not set. `pmhub/database/custom.py`
    lists the kinds of records again, for SQL."""

    custom = models.JSONField(
        default=dict,
        db_default=Value({}, models.JSONField()),
        blank=True,
        help_text=_("Values of custom fields, by name"),
    )

    class Meta:
        abstract = True


@receiver(class_prepared)
def _guard(sender: type[models.Model], **kwargs: Any) -> None:
    """Add the trigger that refuses invalid values of custom fields."""
    if issubclass(sender, Customised):
        pgtrigger.register(custom.fits(str(sender._meta.model_name)))(sender)
