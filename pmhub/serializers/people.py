"""People and the roles they hold."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from rest_framework import serializers

from pmhub.access.giving import allow_giving
from pmhub.access.grants import roots
from pmhub.accounts.erasure import erase
from pmhub.merger import merge_people
from pmhub.models import Person, RoleAssignment, User
from pmhub.serializers.fields import Choice, NoCode, Related, Text
from pmhub.serializers.inputs import InputSerializer
from pmhub.serializers.records import HEAD, RECORD, RecordSerializer
from pmhub.serializers.verbs import VerbDefinition, reason_field
from pmhub.services import check_in_use
from programmes.queries.organisation_units import own_units

LONGEST_REASON = 2000


class ErasureSerializer(InputSerializer):
    """Why a person is erased."""

    reason = reason_field(needed=True)


class MergerSerializer(InputSerializer):
    """The other entry for the same person, and the reason to believe that it is the same."""

    duplicate = Related(queryset=Person.objects.all(), label="The other entry")
    reason = reason_field(needed=True)


class HeldSerializer(serializers.Serializer):
    """All that is held about a person."""

    person = serializers.DictField()
    history = serializers.ListField(child=serializers.DictField())
    account = serializers.DictField(allow_null=True)
    roles = serializers.ListField(child=serializers.DictField())
    records = serializers.ListField(child=serializers.DictField())
    comments = serializers.ListField(child=serializers.DictField())
    follows = serializers.ListField(child=serializers.DictField())
    acts = serializers.ListField(child=serializers.DictField())


class PersonSerializer(RecordSerializer):
    """A person; the admin pages set whether they sign in, and with which account. Roles of a person
    without an account give nobody a right."""

    has_account = serializers.BooleanField(read_only=True)

    class Meta(RecordSerializer.Meta):
        model = Person
        fields = [
            *HEAD, "name", "email", "organisation", "unit", "organisation_unit", "title",
            "competence", "certifications", "mentor", "has_account", "archived_at", *RECORD,
        ]  # fmt: skip
        extra_kwargs: ClassVar[dict[str, Any]] = {"organisation_unit": {"among": own_units}}
        expressions: ClassVar[dict[str, Any]] = {
            "has_account": ExpressionWrapper(Q(user__isnull=False), BooleanField())
        }
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "merger": VerbDefinition(
                merge_people,
                MergerSerializer,
                does="Take in another entry of the same person",
                done="merged",
                says="All that names the other entry names this one from then on, and the other is"
                " archived. What was verified, voted or decided under it stays as it was signed. It"
                " cannot be undone: the history says what named whom, and why.",
                when=lambda person: person.archived_at is None,
            ),
            "erasure": VerbDefinition(
                erase,
                ErasureSerializer,
                does="Erase",
                done="erased",
                says="Take their name, addresses and account out of the database, for good,"
                " wherever they are written; what they did stays, of a person without a name."
                " Refused while they answer for something: hand that over first.",
            ),
        }


def anybody_else(rows: QuerySet[Person], person: Person, user: Any) -> QuerySet[Person]:
    """Return the people other than this person."""
    return rows.exclude(pk=person.pk)


class HandedToSerializer(InputSerializer):
    """The person who takes over another's work, and why."""

    to = Related(queryset=Person.objects.all(), among=anybody_else)
    reason = Text(max_length=LONGEST_REASON, required=False, allow_blank=True, default="")


class HandedSerializer(serializers.Serializer):
    """A record that names another person now, and the field that names them; for a role, the
    assignment that ended."""

    type = serializers.CharField()
    id = serializers.IntegerField()
    code = serializers.CharField(allow_null=True)
    title = serializers.CharField()
    field = serializers.CharField()
    url = serializers.URLField()


class HandedOverSerializer(serializers.Serializer):
    """The records that passed from one person to another."""

    person = serializers.IntegerField()
    to = serializers.IntegerField()
    handed = HandedSerializer(many=True)


class InvitationSerializer(serializers.Serializer):
    """An invitation: `sent` by mail, or else the `link` to hand to the person."""

    person = serializers.IntegerField()
    sent = serializers.BooleanField()
    link = serializers.URLField(allow_null=True)


class TyingSerializer(InputSerializer):
    """Who signs in as whom: a person and an account that belongs to nobody; or a person alone, who
    gets a new account (`username`, or else their e-mail address) and an invitation; or an account
    alone, whose user is entered into the directory."""

    person = Related(queryset=Person.objects.all(), required=False, allow_null=True)
    account = serializers.SlugRelatedField(
        "username", queryset=User.objects.all(), required=False, allow_null=True
    )
    username = Text(max_length=150, required=False, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a request that names neither a person nor an account."""
        if not (attrs.get("person") or attrs.get("account")):
            raise serializers.ValidationError({"person": "Name a person, an account, or both."})
        return attrs


class TiedSerializer(serializers.Serializer):
    """The person and the account; for a new account also the invitation: `sent` by mail, or the
    `link`."""

    person = serializers.IntegerField()
    html_url = serializers.URLField()
    account = serializers.CharField()
    sent = serializers.BooleanField()
    link = serializers.URLField(allow_null=True)


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

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a role for an archived person."""
        person = attrs.get("person")
        if person is not None and (self.instance is None or person != self.instance.person):
            check_in_use("person", person)
        return attrs

    def allow_roles(self, before: Any, after: Any, many: Any) -> None:
        """Raise Withheld unless the user may give the role, in its place and in the former one."""
        if before is not None:
            allow_giving(self.user, before, before.role, field="role")
        longer = before is None or _is_more(before, after)
        allow_giving(
            self.user, after, after.role, to=[after.person_id], field="role", longer=longer,
            until=after.ends_on or date.max,
        )  # fmt: skip


def _is_more(before: Any, after: Any) -> bool:
    """Return whether a role is another one or somebody else's than before, or is held on a day on
    which it was not."""
    if (before.person_id, before.role) != (after.person_id, after.role):
        return True
    begins = before.starts_on is not None and (
        after.starts_on is None or after.starts_on < before.starts_on
    )
    ends = before.ends_on is not None and (after.ends_on is None or after.ends_on > before.ends_on)
    return begins or ends


class AppointmentSerializer(InputSerializer):
    """The person who gets a post; null leaves it vacant. Where several people hold the post,
    `replaces` is who steps down; without it `person` joins them. `reason` is stored in the
    history."""

    role = Choice(choices=[])
    person = Related(queryset=Person.objects.all(), allow_null=True)
    replaces = Related(queryset=Person.objects.all(), allow_null=True, default=None)
    reason = Text(max_length=LONGEST_REASON, allow_blank=True, default="")

    def get_fields(self) -> dict[str, Any]:
        """Add the posts of the record as choices; for the schema, the posts of all kinds of
        records."""
        every = {role for model in roots() for role in model.posts}
        return super().get_fields() | {"role": Choice(sorted(self.context.get("posts", every)))}
