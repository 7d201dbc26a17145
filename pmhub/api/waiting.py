"""`GET /waiting/`, and `/requests/`: the matters that wait for the user."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request

from pmhub.api.filtering import check_parameters
from pmhub.api.problems import parameter_problem
from pmhub.api.revalidation import answered
from pmhub.api.table_files import FORMAT, TABLES, Table, table_answer, wants_table
from pmhub.numerals import whole_number
from pmhub.queries.waiting import BY_NAME, RULES, URGENCIES, Finding, waiting
from pmhub.queries.waiting.askers import NEVER, UNKNOWN, Submission, asked_of

CHOICES: Mapping[str, tuple[str, ...]] = {"rule": tuple(BY_NAME), "urgency": URGENCIES}
ORDERINGS = ("since", "-since")
PARAMETERS = ("page", "page_size", "format", "programme", "asked_by", "ordering")
COLUMNS = (
    "key", "rule", "urgency", "due_on", "as_of", "type", "id", "code", "title", "place",
    "programme", "since", "asked_by", "does", "does_url",
)  # fmt: skip


class WaitingPlaceSerializer(serializers.Serializer):
    """The project that a record belongs to, or else the programme."""

    type = serializers.ChoiceField(["projects", "programmes"])
    id = serializers.IntegerField()
    code = serializers.CharField()
    title = serializers.CharField()


class AskedBySerializer(serializers.Serializer):
    """A person by name."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()


class WaitingSerializer(serializers.Serializer):
    """A matter that waits for the user: the record `type` and `id`, found by a `rule` whose `who`
    says whom it asks. Its `key` stays the same as long as it waits. `urgency` follows from `due_on`
    and `as_of`, the status date of the portfolio: overdue, soon (within a week), undated or later.
    `since` is when the record came into the state in which it waits, and `asked_by` the person who
    brought it there, where that is known and may be shown; both are null where only its date makes
    it wait. `does` says what settles the matter, and `does_url` is the page for that."""

    key = serializers.CharField()
    rule = serializers.ChoiceField(CHOICES["rule"])
    rule_title = serializers.CharField()
    who = serializers.CharField()
    urgency = serializers.ChoiceField(URGENCIES)
    due_on = serializers.DateField(allow_null=True)
    as_of = serializers.DateField()
    type = serializers.CharField()
    id = serializers.IntegerField()
    code = serializers.CharField(allow_blank=True)
    title = serializers.CharField(allow_blank=True)
    url = serializers.URLField()
    html_url = serializers.URLField()
    place = WaitingPlaceSerializer(allow_null=True)
    programme = serializers.IntegerField(allow_null=True)
    since = serializers.DateTimeField(allow_null=True)
    asked_by = AskedBySerializer(allow_null=True)
    does = serializers.CharField()
    does_url = serializers.URLField()


class WaitingViewSet(viewsets.GenericViewSet):
    """The matters that wait for the user, by the rules of the home page: the most urgent first, at
    most 500 of each rule."""

    serializer_class = WaitingSerializer
    metadata_class = None
    filter_backends = ()
    renderer_classes = TABLES
    asked: Mapping[Any, Submission] = {}  # by record, if the request filters or orders by it

    def read(self, findings: list[Finding], start: int, stop: int) -> list[dict[str, Any]]:
        """The rows of a window."""
        base, window = self.request.build_absolute_uri("/"), findings[start:stop]
        submissions = self.asked or asked_of(window, self.request.user)
        return [
            _as_row(finding, base) | _asked_by(submissions.get((finding.rule.model, finding.id)))
            for finding in window
        ]

    @extend_schema(
        parameters=[
            *(OpenApiParameter(name, enum=values) for name, values in CHOICES.items()),
            OpenApiParameter("programme", OpenApiTypes.INT),
            OpenApiParameter("asked_by", OpenApiTypes.INT, description="The id of a person"),
            OpenApiParameter("ordering", enum=ORDERINGS, description="Since when it waits"),
            FORMAT,
        ],
        filters=False,
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """A page of the matters, or a file of all."""
        check_parameters(request, {*PARAMETERS, *CHOICES})
        chosen = {name: _chosen(request, name) for name in CHOICES}
        programme, by = (_number(request, name) for name in ("programme", "asked_by"))
        ordering = request.query_params.get("ordering")
        if ordering not in (None, *ORDERINGS):
            raise parameter_problem(
                "ordering", "invalid", f"Order by one of: {', '.join(ORDERINGS)}."
            )
        rules = [BY_NAME[chosen["rule"]]] if chosen["rule"] else RULES
        findings = waiting(request.user, rules)
        if chosen["urgency"]:
            findings = [finding for finding in findings if finding.urgency == chosen["urgency"]]
        if programme is not None:
            findings = [finding for finding in findings if finding.programme == programme]
        if by is not None or ordering:
            self.asked = asked_of(findings, request.user)
            findings = _by_asker(findings, self.asked, by, ordering)
        if wants_table(request):
            rows = [_line(row) for row in self.read(findings, 0, len(findings))]
            return table_answer(request, Table("waiting", COLUMNS, rows))
        return answered(request, self.get_paginated_response(self.paginate_queryset(findings)).data)


def _by_asker(
    findings: list[Finding],
    submissions: Mapping[Any, Submission],
    by: int | None,
    ordering: str | None,
) -> list[Finding]:
    """Return the findings that the person with the id `by` asks for, or all of them, in the order
    of how long they have waited where `ordering` is given."""
    pairs = [(submissions.get((one.rule.model, one.id), UNKNOWN), one) for one in findings]
    if by is not None:
        pairs = [(its, one) for its, one in pairs if its.by and its.by.pk == by]
    if ordering:
        pairs.sort(key=lambda pair: pair[0].since or NEVER, reverse=ordering == "-since")
    return [one for _, one in pairs]


def _chosen(request: Request, name: str) -> str:
    """Return the value of a parameter that has fixed choices; empty where it is not given."""
    value: str = request.query_params.get(name, "")
    if value and value not in CHOICES[name]:
        raise parameter_problem(
            name, "invalid_choice", f"Choose one of: {', '.join(CHOICES[name])}."
        )
    return value


def _number(request: Request, name: str) -> int | None:
    """Return the id in a parameter; None where it is not given."""
    text = request.query_params.get(name, "")
    if not text:
        return None
    number = whole_number(text)
    if number is None:
        raise parameter_problem(name, "invalid", "Give the number that is its id.")
    return number


def _asked_by(submission: Submission | None) -> dict[str, Any]:
    """Return, as the answer holds them, since when a matter waits and who asks for it."""
    submission = submission or UNKNOWN
    by = submission.by and {
        "id": submission.by.pk,
        "code": submission.by.code,
        "name": submission.by.name,
    }
    return {"since": submission.since, "asked_by": by}


def _as_row(finding: Finding, base: str) -> dict[str, Any]:
    rule = finding.rule
    place = None
    if finding.place:
        place = dict(zip(("type", "id", "code", "title"), finding.place, strict=True))
    return {
        "key": finding.key,
        "rule": rule.name,
        "rule_title": rule.title,
        "who": rule.who,
        "urgency": finding.urgency,
        "due_on": finding.due,
        "as_of": finding.day,
        "type": rule.collection,
        "id": finding.id,
        "code": finding.code,
        "title": finding.called,
        "url": f"{base}api/v1/{rule.collection}/{finding.id}/",
        "html_url": f"{base.rstrip('/')}{finding.page}",
        "place": place,
        "programme": finding.programme,
        "does": rule.words,
        "does_url": f"{base.rstrip('/')}{finding.does}",
    }


def _line(row: dict[str, Any]) -> list[Any]:
    place, by = (row[name] and row[name]["code"] for name in ("place", "asked_by"))
    since = row["since"] and row["since"].isoformat()
    days = {name: row[name] and row[name].isoformat() for name in ("due_on", "as_of")}
    return [
        {**row, **days, "place": place, "asked_by": by, "since": since}[name] for name in COLUMNS
    ]
