"""Templates of projects and programmes, and their parts."""

from __future__ import annotations

from pmhub.serializers import HEAD, RECORD, NoCode, RecordSerializer
from projects.models import Template, TemplateEntry, TemplateMilestone, TemplateRole


class TemplateSerializer(RecordSerializer):
    """How projects or programmes of a kind begin. The version of a template also rises when one of
    its parts changes."""

    class Meta(RecordSerializer.Meta):
        model = Template
        fields = [
            *HEAD, "portfolio", "kind", "name", "about", "delivery_approach", "regulated",
            "duration_days", "state", *RECORD,
        ]  # fmt: skip


class TemplateMilestoneSerializer(RecordSerializer):
    """A milestone that projects from a template have from the start."""

    code = NoCode()

    class Meta(RecordSerializer.Meta):
        model = TemplateMilestone
        fields = [*HEAD, "template", "title", "kind", "anchor", "offset_days", "key", *RECORD]
        derived = ("code",)


class TemplateEntrySerializer(RecordSerializer):
    """An entry of a register that a project or programme from a template has from the start."""

    code = NoCode()

    class Meta(RecordSerializer.Meta):
        model = TemplateEntry
        fields = [
            *HEAD, "template", "register", "title", "about", "anchor", "offset_days", *RECORD,
        ]  # fmt: skip
        derived = ("code",)


class TemplateRoleSerializer(RecordSerializer):
    """A role that somebody has to take in a project or programme from a template."""

    code = NoCode()

    class Meta(RecordSerializer.Meta):
        model = TemplateRole
        fields = [*HEAD, "template", "role", "about", *RECORD]
        derived = ("code",)
