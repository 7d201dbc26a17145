"""Files and links that are attached to records."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from pmhub import attachments
from pmhub.attachments.virus_scanner import harmful
from pmhub.models import Attachment
from pmhub.models.attachments import KEPT, REPLACED
from pmhub.serializers.at_records import AtRecordSerializer
from pmhub.serializers.records import HEAD, RECORD

TITLE = Attachment._meta.get_field("title").max_length or 0


class AttachmentSerializer(AtRecordSerializer):
    """A file or a link at a record. A file is sent as multipart/form-data and never replaced: a new
    version names the old one in `version_of`."""

    file = serializers.FileField(write_only=True, required=False, max_length=1000)
    superseded_by = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="The version that has come in its place"
    )
    content_url = serializers.URLField(read_only=True, allow_null=True)

    class Meta(AtRecordSerializer.Meta):
        model = Attachment
        fields = [
            *HEAD, "record_type", "record_id", "title", "file", "link", "file_name", "media_type",
            "size", "sha256", "content_url", "version_of", "superseded_by", *RECORD,
        ]  # fmt: skip
        expressions: ClassVar[dict[str, Any]] = {"superseded_by": "next_versions__id"}
        derived = ("code", "content_url")
        read_only_fields = ("file_name", "media_type", "size", "sha256")
        extra_kwargs: ClassVar[dict[str, Any]] = {
            "title": {"required": False, "help_text": "Left out: the name of the file, or the link"}
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check that either a file or a link is given, at a record in sight; of a stored
        attachment, neither can be changed."""
        if self.instance is not None:
            self._check_kept(attrs)
            return attrs
        self.record(attrs)
        self._check_version(attrs)
        upload = attrs.get("file")
        if bool(upload) == bool(attrs.get("link")):
            place = "link" if upload else "file"
            raise serializers.ValidationError({place: "Give either a file or a link."})
        if upload:
            self._check_harmless(upload)
            attrs |= {
                "file_name": upload.name,
                "size": upload.size,
                "sha256": upload.sha256,
                "media_type": upload.media_type,
            }
        if not attrs.get("title"):
            attrs["title"] = str(attrs.get("file_name") or attrs["link"])[:TITLE]
        return attrs

    def _check_kept(self, attrs: dict[str, Any]) -> None:
        for name, value in attrs.items():
            column = "version_of_id" if name == "version_of" else name
            if name == "file" or (column in KEPT and value != getattr(self.instance, name)):
                raise serializers.ValidationError({name: REPLACED})

    def _check_harmless(self, upload: Any) -> None:
        if name := harmful(upload.content):
            text = f"The virus scanner knows this file as harmful: {name}."
            raise serializers.ValidationError({"file": text}, "harmful")

    def _check_version(self, attrs: dict[str, Any]) -> None:
        before = attrs.get("version_of")
        at = (attrs["record_type"], attrs["record_id"])
        if before and (before.record_type, before.record_id) != at:
            raise serializers.ValidationError({"version_of": "This is attached to another record."})

    def create(self, validated_data: dict[str, Any]) -> Any:
        """Create the row; `store` keeps the file."""
        self._upload = validated_data.pop("file", None)
        return super().create(validated_data)

    def proposed(self, attrs: Any) -> Any:
        """Return the row as it will be once this is saved, with the place of its file."""
        row = super().proposed({name: value for name, value in attrs.items() if name != "file"})
        if upload := attrs.get("file"):
            row.stored_as = upload.sha256
        return row

    def store(self, row: Any, changed: list[str] | None) -> Any:
        """Store the file and then the row."""
        if changed is None and self._upload:
            row.stored_as = attachments.keep(self._upload)
        return super().store(row, changed)
