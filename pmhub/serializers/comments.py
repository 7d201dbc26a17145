"""Comments on records, and the records that users follow."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import F
from rest_framework import serializers

from pmhub import mentions
from pmhub.database.collation import Folded
from pmhub.models import Comment, Follow, Person
from pmhub.models.comments import STAYS
from pmhub.queries import readers
from pmhub.serializers.at_records import KINDS, AtRecordSerializer
from pmhub.serializers.fields import Choice, Text
from pmhub.serializers.inputs import InputSerializer
from pmhub.serializers.records import HEAD, RECORD


class CommentSerializer(AtRecordSerializer):
    """A comment on a record, in Markdown. `@PE18` mentions the person with that code, who must be
    able to see the record. `author` is the person who wrote it; null for an account without one."""

    author = serializers.IntegerField(read_only=True, allow_null=True)
    author_name = serializers.CharField(read_only=True, allow_null=True)

    class Meta(AtRecordSerializer.Meta):
        model = Comment
        fields = [
            *HEAD, "record_type", "record_id", "text", "mentions", "author", "author_name",
            *RECORD,
        ]  # fmt: skip
        expressions: ClassVar[dict[str, Any]] = {"author": F("created_by__person__id")}
        derived = ("code", "author_name")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check that the record is in sight, that the comment does not move to another, and that
        all who are mentioned see the record."""
        if self.instance is not None:
            for name in ("record_type", "record_id"):
                if attrs.get(name, getattr(self.instance, name)) != getattr(self.instance, name):
                    raise serializers.ValidationError({name: STAYS})
        record = self.instance.rights_from if self.instance else self.record(attrs)
        if "text" in attrs:
            attrs["mentions"] = self._mentioned(attrs["text"], record)
        return attrs

    def _mentioned(self, text: str, record: Any) -> list[Person]:
        """Return the people whom the text mentions; raises ValidationError for one who cannot see
        the record, unless the stored text mentions them already."""
        codes = mentions.codes_in(text)
        if len(codes) > mentions.MOST:
            raise serializers.ValidationError(
                {"text": f"At most {mentions.MOST} people are mentioned in one comment."}
            )
        if not codes:
            return []
        rows = Person.objects.annotate(folded=Folded("code")).filter(folded__in=codes)
        people: list[Person] = [*rows.select_related("user")]
        before = set(self.instance.mentions.all()) if self.instance else set()
        new = [person for person in people if person not in before]
        if without_access := readers.without_access(new, record, self.user):
            names = ", ".join(person.name for person in without_access)
            sentence = f"{names} cannot see this record, and so is not mentioned here."
            raise serializers.ValidationError({"text": sentence}, "cannot_see")
        return people


class FollowSerializer(AtRecordSerializer):
    """A record that the user follows. Nobody else sees that they do."""

    class Meta(AtRecordSerializer.Meta):
        model = Follow
        fields = [*HEAD, "record_type", "record_id", *RECORD]
        derived = ("code",)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check that the record is in sight."""
        self.record(attrs)
        return attrs


class MentionableSerializer(InputSerializer):
    """The record at which somebody will be mentioned, and words of their name or code."""

    record_type = Choice(choices=KINDS)
    record_id = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    search = Text(max_length=100, required=False, allow_blank=True, default="")


class MentionedSerializer(serializers.Serializer):
    """A person who may be mentioned, by `@` and the code."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    title = serializers.CharField()


class MentionableAnswer(serializers.Serializer):
    """The first people who may be mentioned."""

    results = MentionedSerializer(many=True)
