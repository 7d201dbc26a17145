"""Change requests, the writes that they hold, and the votes on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import APIException

from pmhub.database.currencies import FOLLOWS
from pmhub.formats import grouped
from pmhub.serializers import (
    HEAD,
    RECORD,
    Choice,
    Currency,
    InputSerializer,
    NoCode,
    RecordSerializer,
    Text,
    WholeNumber,
    allow,
)
from pmhub.serializers.fields import LONGEST_REASON, Amount, first_column
from pmhub.serializers.verbs import VerbDefinition
from programmes.models import Level, Method, ScenarioChange
from programmes.queries.whatif.sentences import title_of
from programmes.queries.whatif.targets import WRITABLE, home_of
from programmes.serializers.whatif.change_forms import COMPOSED, ChangeInput, ProgrammeRecord
from programmes.serializers.whatif.writes import Body, check_write, present_version
from projects.changes import HeldWrite
from projects.models import BudgetLine, ChangeRequest, ChangeState, ChangeVote, Output
from projects.models.change.request import MOST_WRITES, NO_LIST
from projects.models.states import OutputState
from projects.serializers.requested_value import (
    NAMES,
    RequestedValue,
    Value,
    as_text,
    check_given,
    requested_value_of,
)
from projects.services import (
    approve_change,
    assess_change,
    defer_change,
    implement_change,
    next_change_code,
    reject_change,
    store_writes,
)
from projects.services.changes.execution import try_out

LEVELS = Level.choices
LONGEST_PATH, LONGEST_TITLE = 100, 200
FOREIGN_MONEY: dict[str, Any] = {"max_digits": 16, "decimal_places": 4}
AT_HOME = "This line is in the currency of the portfolio."
APPOINTED = "Who holds a post is said by an appointment, not by a change."


class WriteSerializer(InputSerializer):
    """A write that a change request holds. Without `seen_version` it is based on the present
    version of the record."""

    title = Text(max_length=LONGEST_TITLE, required=False)
    method = Choice(choices=Method.choices)
    path = Text(max_length=LONGEST_PATH)
    body = Body(required=False)
    seen_version = WholeNumber(required=False, allow_null=True, min_value=0)


@extend_schema_field(WriteSerializer(many=True))
class Writes(serializers.JSONField):
    """The writes that a change request holds, in the order in which they are made."""

    default_error_messages = {"list": NO_LIST}

    def to_internal_value(self, data: Any) -> list[dict[str, Any]]:
        """Return a list of at most `MOST_WRITES` writes, each checked for its form; whether the
        record takes a write is checked when the write is tried."""
        if not isinstance(data, list) or len(data) > MOST_WRITES:
            self.fail("list")
        serializer = WriteSerializer(data=data, many=True)
        serializer.is_valid(raise_exception=True)
        return [dict(write) for write in serializer.validated_data]


def stored_write(given: Mapping[str, Any], row: ChangeRequest, user: Any) -> HeldWrite:
    """Return a write as the change request stores it, with the version of its record. Raises
    ValidationError where the change request may not hold the write."""
    body, path, method = given.get("body") or {}, given["path"], given["method"]
    home, seen = home_of(row), given.get("seen_version")
    target = check_write(path, method, body, home, user)
    if set(WRITABLE[target.resource].model.posts.values()) & body.keys():
        raise serializers.ValidationError({"body": APPOINTED})
    if target.id is not None:
        now = present_version(target, seen, home, user)
        seen = now if seen is None else seen
    change = ScenarioChange(method=method, path=path, body=body)
    title = given.get("title") or title_of(change, user)[:LONGEST_TITLE]
    return HeldWrite(title, method, path, body, seen)


# Writes by small forms


class BudgetChange(ChangeInput):
    """A new approved amount for a budget line, in the currency of the line."""

    title = "Change what is approved"
    says = "New money, or money that another line gives up."

    budget_line = ProgrammeRecord(queryset=BudgetLine.objects.all())
    approved = Amount(min_value=0, required=False, allow_null=True)
    foreign_approved = Amount(
        of="budget_line", **FOREIGN_MONEY, min_value=0, required=False, allow_null=True,
        help_text="Of a line in another currency, in that; leave the other out",
    )  # fmt: skip

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check that there is an amount, and only in the currency of the line."""
        line: BudgetLine = attrs["budget_line"]
        field, other, refused = "approved", "foreign_approved", AT_HOME
        if line.foreign_currency:
            field, other, refused = other, field, FOLLOWS
        if attrs.get(other) is not None:
            raise serializers.ValidationError({other: refused})
        if attrs.get(field) is None:
            raise serializers.ValidationError({field: "Say how much is approved."}, "required")
        return {"budget_line": line, field: attrs[field]}

    def compose(self, *, budget_line: BudgetLine, **asked: Decimal) -> Iterator[ScenarioChange]:
        """Yield the write of the budget line."""
        [amount] = asked.values()
        amount_text = f"{grouped(amount)} {budget_line.foreign_currency}".strip()
        yield ScenarioChange(
            title=f"{budget_line}: {amount_text} approved"[:LONGEST_TITLE],
            method=Method.PATCH,
            path=f"budget-lines/{budget_line.pk}/",
            body={name: str(value) for name, value in asked.items()},
            seen_version=budget_line.version,
        )


class DescopingChange(ChangeInput):
    """An output that the project does not deliver any more."""

    title = "Take an output out of the scope"
    says = "It is not delivered; who counts on it is asked about their benefits at the end."

    output = ProgrammeRecord(
        queryset=Output.objects.all(),
        where={"state__in": [OutputState.PLANNED, OutputState.IN_PROGRESS, OutputState.DELIVERED]},
    )
    reason = Text(max_length=LONGEST_REASON)

    def compose(self, *, output: Output, reason: str) -> Iterator[ScenarioChange]:
        """Yield the descoping of the output."""
        yield ScenarioChange(
            title=f"Descope {output}"[:LONGEST_TITLE],
            method=Method.POST,
            path=f"outputs/{output.pk}/descoping/",
            body={"reason": reason},
            seen_version=output.version,
        )


FORMS: dict[str, type[ChangeInput]] = {
    **COMPOSED, "budgets": BudgetChange, "descopings": DescopingChange,
}  # fmt: skip


def composing(form: type[ChangeInput]) -> VerbDefinition:
    """Return the verb that adds the writes composed by a form to those of a change request."""

    def hold(change: ChangeRequest, *, reason: str = "", by: Any, **asked: Any) -> ChangeRequest:
        """Add the writes that the form composes."""
        composed: Any = form(context={"record": change})
        given = {**asked, "reason": reason} if "reason" in composed.fields else asked
        writes = [
            HeldWrite(write.title, write.method, write.path, write.body, write.seen_version)
            for write in composed.compose(**given)
        ]
        return store_writes(change, writes, by=by)

    return VerbDefinition(
        hold,
        form=form,
        does=form.title,
        done="given a write",
        says=f"{form.says} It is held, and made once the change is implemented.",
        states=(ChangeState.RAISED,),
    )


class ChangeRequestSerializer(RecordSerializer):
    """A change that somebody asks for, with the writes by which it would be made. The `previewed_`
    figures are the effect of the writes when they were last tried, at `previewed_at`. With
    `record`, `field` and `wanted` the request holds the write of that field, and the record checks
    the wanted value."""

    currency = Currency()
    wanted = Value(required=False, allow_blank=True, help_text="What it is to be")
    writes = Writes(required=False)
    level = Choice(choices=LEVELS, read_only=True, allow_blank=True)

    class Meta(RecordSerializer.Meta):
        model = ChangeRequest
        fields = [
            *HEAD, "project", "programme", "title", "reason", "kind", "state", "record", "field",
            "wanted", "writes", "currency", "cost_impact", "days_impact", "benefit_impact",
            "funding", "rebaseline", "previewed_at", "previewed_cost", "previewed_days",
            "previewed_benefit", "previewed_benefit_pct", "previewed_funding", "assessment",
            "level", "board", "approvers", "quorum", "decided_by", "decided_on", "decision",
            "implemented_on", *RECORD,
        ]  # fmt: skip
        read_only_fields = (
            "previewed_at", "previewed_cost", "previewed_days", "previewed_benefit",
            "previewed_benefit_pct", "previewed_funding", "assessment", "board", "approvers",
            "quorum", "decided_by", "decided_on", "decision", "implemented_on",
        )  # fmt: skip
        expressions: ClassVar[dict[str, Any]] = {
            "currency": first_column(
                "project__programme__portfolio__currency", "project__portfolio__currency",
                "programme__portfolio__currency",
            )
        }  # fmt: skip
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "assessment": VerbDefinition(assess_change),
            "approval": VerbDefinition(approve_change),
            "rejection": VerbDefinition(reject_change),
            "deferral": VerbDefinition(defer_change),
            "implementation": VerbDefinition(implement_change),
            **{noun: composing(form) for noun, form in FORMS.items()},
        }

    @classmethod
    def begins(cls, row: ChangeRequest, user: Any) -> dict[str, Any]:
        """Return the next code of the change requests of its project or programme."""
        return {"code": next_change_code(row.place)} if row.place else {}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check that the wanted value fits its field, and that all writes are of records in the
        programme or project of the change request, also where that is changed."""
        row = self.proposed(attrs)
        asks = not attrs.keys().isdisjoint(NAMES) and check_given(row)
        if asks:
            self._ask(row, attrs)
        if row.place is None or attrs.keys().isdisjoint({"writes", "project", "programme"}):
            return attrs
        given = attrs.get("writes", row.writes)
        try:
            attrs["writes"] = [stored_write(write, row, self.user).stored for write in given]
        except serializers.ValidationError as error:
            where = "record" if asks else "writes"
            raise serializers.ValidationError({where: _sentences(error)}) from error
        return attrs

    def _ask(self, row: ChangeRequest, attrs: dict[str, Any]) -> None:
        """Check the wanted value of the named field, and hold its write in the place of the one
        that was asked for before. A field that no change may write has no write: the wanted value
        is kept as text."""
        wanted = RequestedValue.of(row, self.user)
        value = wanted.judged(row.wanted, self.context)
        attrs["wanted"] = as_text(value)
        if "writes" in attrs:
            return
        if wanted.is_held and row.place is not None:
            allow(self.user, row)
            self._try(row, HeldWrite("", Method.PATCH, row.record, {row.field: value}))
        others = [write for write in row.writes if not self._already_in_change(write)]
        body = {row.field: value}
        own = [{"method": Method.PATCH, "path": row.record, "body": body}] if wanted.is_held else []
        attrs["writes"] = [*others, *own]

    def _try(self, row: ChangeRequest, write: HeldWrite) -> None:
        """Raise ValidationError where the record refuses the wanted value."""
        try:
            try_out(row, write, by=self.user)
        except APIException as error:
            details = [str(fault["detail"]) for fault in getattr(error, "errors", ())]
            raise serializers.ValidationError({"wanted": details or [str(error)]}) from error

    def _already_in_change(self, write: Mapping[str, Any]) -> bool:
        old = self.instance
        of = (Method.PATCH, old.record, [old.field]) if old else ()
        return (write["method"], write["path"], [*write["body"]]) == of

    @classmethod
    def typed_as(cls, row: ChangeRequest, user: Any) -> dict[str, Any]:
        """Return the fields `record`, `field` and `wanted` of the form, typed as the field that the
        change request names. Where it names none, they are None, and the form does not show
        them."""
        requested = requested_value_of(row, user)
        return requested.fields(user) if requested else dict.fromkeys(NAMES)


def _sentences(error: serializers.ValidationError) -> list[str]:
    errors = serializers.as_serializer_error(error)
    return [str(text) for texts in errors.values() for text in texts]


class ChangeVoteSerializer(RecordSerializer):
    """The vote of one of those who decide a change request. It is cast by the verbs of the change
    request."""

    code = NoCode()

    class Meta(RecordSerializer.Meta):
        model = ChangeVote
        fields = [
            *HEAD, "change", "assessment", "person", "deputy", "choice", "comment", "on", *RECORD,
        ]  # fmt: skip
        read_only_fields = ("change", "assessment", "person", "deputy", "choice", "comment", "on")
        derived = ("code",)
