"""Attachments of records: a file, or a link to something elsewhere."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.database.collation import searched
from pmhub.database.constraints import rule
from pmhub.database.triggers import refusal, versioned
from pmhub.models.at_records import AtRecord

LARGEST_FILE = 25 * 1024 * 1024  # bytes
KEPT = (
    "record_type", "record_id", "link", "file_name", "media_type", "size", "sha256", "stored_as",
    "version_of_id",
)  # fmt: skip
# Scheme, host, perhaps a port, and the rest; a user name, which could pass for a host, is refused.
ADDRESS = (
    r"^https?://([^][:space:]/?#@:\\[]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?([/?#][^[:space:]]*)?$"
)
REPLACED = "An attachment is never replaced: add the next version of it."


class FrozenAttachment(pgtrigger.Protect):
    """Refuses any change to the content of an attachment; erasing a person's name is exempt."""

    def get_func(self, model: Any) -> str:
        """Return SQL that refuses."""
        return refusal("attachment_kept", "file", REPLACED)


def content_stays() -> pgtrigger.Trigger:
    """Return the trigger that refuses to change the content of an attachment."""
    changes = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in KEPT)
    return FrozenAttachment(
        name="kept",
        operation=pgtrigger.UpdateOf(*KEPT),
        condition=pgtrigger.Condition(changes),
    )


def of_one_record() -> pgtrigger.Trigger:
    """Return the trigger that refuses a new version of an attachment of another record."""
    return pgtrigger.Trigger(
        name="of_one_record",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        condition=pgtrigger.Condition("NEW.version_of_id IS NOT NULL"),
        func="IF NOT EXISTS (SELECT FROM pmhub_attachment a WHERE a.id = NEW.version_of_id"
        " AND a.record_type = NEW.record_type AND a.record_id = NEW.record_id) THEN"
        f" {refusal('attachment_version', 'version_of', 'This is attached to another record.')}"
        " END IF; RETURN NEW;",
    )


class Attachment(AtRecord):
    """A file or a link added to a record. Whoever sees the record sees it; whoever may write the
    record adds and removes it."""

    title = models.CharField(max_length=200)
    link = models.CharField(max_length=500, blank=True)
    file_name = models.CharField(max_length=150, blank=True, editable=False)
    media_type = models.CharField(max_length=100, blank=True, editable=False)
    size = models.PositiveIntegerField(null=True, editable=False)
    sha256 = models.CharField(max_length=64, blank=True, editable=False)
    stored_as = models.CharField(max_length=80, blank=True, editable=False)
    version_of = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="next_versions",
        help_text=_("What it comes in the place of, which stays"),
    )

    joins = {"version_of": Join.SEE}
    sought = False  # not searched: access depends on records of every kind
    gone_for_good = True  # its file is deleted too
    refuses = {
        "attachment_kept": ("file", REPLACED),
        "attachment_version": ("version_of", "This is attached to another record."),
    }

    class Meta:
        ordering = ["-id"]
        triggers = [versioned(), content_stays(), of_one_record()]
        constraints = [
            rule(
                "attachment_file_or_link",
                "link",
                Q(link="", size__isnull=False) & ~Q(file_name="") & ~Q(sha256="") & ~Q(stored_as="")
                | Q(size__isnull=True, file_name="", sha256="", stored_as="", media_type="")
                & ~Q(link=""),
                "Give either a file or a link.",
            ),
            rule(
                "attachment_link_address",
                "link",
                Q(link="") | Q(link__regex=ADDRESS),
                "Give an address that begins with https:// or http:// and names a host.",
            ),
            rule(
                "attachment_size_range",
                "file",
                Q(size__isnull=True) | Q(size__gte=1, size__lte=LARGEST_FILE),
                "A file holds something, and at most 25 MB.",
            ),
            models.UniqueConstraint(
                fields=["version_of"],
                name="attachment_next_once",
                violation_error_message="There is a next version of this already: follow that.",
            ),
        ]
        indexes = [
            searched("attachment", "title", "file_name", "link"),
            models.Index(fields=["record_type", "record_id"], name="attachment_of_record"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def host(self) -> str:
        """The host to which the link leads; empty for a file."""
        try:
            return urlsplit(self.link).hostname or ""
        except ValueError:  # looks like an IPv6 address but is none
            return ""
