"""The inbox of an account: which of its notices the user has read."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class NoticeKind(models.TextChoices):
    """What somebody is told."""

    ASKED = "asked", _("Asked of you")
    GIVEN = "given", _("Given to you")
    MENTION = "mention", _("Mentions")
    CHANGE = "change", _("Changes")
    COMMENT = "comment", _("Comments")
    JOB = "job", _("Jobs")


class Inbox(models.Model):
    """The ids of the notices that a user has read. The notices themselves are read from records."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="inbox"
    )
    read = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.user}: {len(self.read)} read"
