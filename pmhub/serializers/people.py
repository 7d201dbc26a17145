"""People and the roles they hold."""

from __future__ import annotations

from typing import Any

from pmhub.access import allow_giving, roots
from pmhub.models import Person, RoleAssignment
from pmhub.serializers.fields import Choice, NoCode, Related, Text
from pmhub.serializers.records import HEAD, RECORD, Asked, RecordSerializer

LONGEST_REASON = 2000


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

    def allow_roles(self, before: Any, after: Any, many: Any) -> None:
        """Who may give the role in its scope assigns it, there and where it was before."""
        if before is not None:
            allow_giving(self.user, before, before.role, field="role")
        allow_giving(self.user, after, after.role, to=[after.person_id], field="role")


class AppointmentSerializer(Asked):
    """Who holds a post: `person`, or nobody. Where several hold it, `replaces` is who steps down,
    and without it `person` is added to them. `reason` stays in the history."""

    role = Choice(choices=[])
    person = Related(queryset=Person.objects.all(), allow_null=True)
    replaces = Related(queryset=Person.objects.all(), allow_null=True, default=None)
    reason = Text(max_length=LONGEST_REASON, allow_blank=True, default="")

    def get_fields(self) -> dict[str, Any]:
        """With the posts of the record asked about as choices; for the schema, those there are."""
        every = {role for model in roots() for role in model.posts}
        return super().get_fields() | {"role": Choice(sorted(self.context.get("posts", every)))}
