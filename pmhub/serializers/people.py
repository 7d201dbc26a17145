"""People and the roles they hold."""

from __future__ import annotations

from pmhub.models import Person, RoleAssignment
from pmhub.serializers.fields import NoCode
from pmhub.serializers.records import HEAD, RECORD, RecordSerializer


class PersonSerializer(RecordSerializer):
    """A person; whether they sign in, and as whom, is set in the admin pages."""

    class Meta(RecordSerializer.Meta):
        model = Person
        fields = [
            *HEAD, "name", "email", "organisation", "unit", "title", "competence",
            "certifications", *RECORD,
        ]  # fmt: skip


class RoleAssignmentSerializer(RecordSerializer):
    """A role held by a person on a portfolio, a programme, a project or the organisation."""

    code = NoCode()

    class Meta(RecordSerializer.Meta):
        model = RoleAssignment
        fields = [
            *HEAD, "person", "role", "portfolio", "programme", "project", "starts_on", "ends_on",
            *RECORD,
        ]  # fmt: skip
        derived = ("code",)
