"""Scenarios over REST: lists of writes that are tried together and adopted one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.access import can
from pmhub.api.effects import PREVIEW, effect, previewing
from pmhub.api.parameters import check_known
from pmhub.api.problems import Problem, body_problem, parameter_problem
from pmhub.api.records import RecordViewSet
from pmhub.api.representations import Row
from pmhub.api.resources import basename_of, view_of
from pmhub.api.revalidation import answered
from pmhub.api.subrequests import sub_request
from pmhub.serializers import allow
from programmes import queries, services
from programmes.api.previews import try_work
from programmes.api.whatif.comparison import compared, trial_shown, user_shown
from programmes.api.whatif.writing import added_by, body_of, refused_at, write_all
from programmes.filters import ScenarioChangeFilter, ScenarioFilter
from programmes.models import Scenario, ScenarioChange
from programmes.queries.whatif.comparison import tried_of
from programmes.queries.whatif.scenarios import changes_of, freshness, stored
from programmes.serializers.whatif.adding_forms import SCENARIO_FORMS
from programmes.serializers.whatif.scenarios import (
    AdoptionSerializer,
    ComparisonSerializer,
    CopySerializer,
    ScenarioChangeSerializer,
    ScenarioSerializer,
)

KINDS = "|".join(SCENARIO_FORMS)


class ScenarioPartViewSet(RecordViewSet):
    """Base of the view sets of scenarios and their changes, which a person sees on the what-if page
    of the programme."""

    def page_of(self, row: Row) -> str:
        """Return the what-if page."""
        return f"programmes/{row['_programme']}/what-if/"

    @property
    def user(self) -> Any:
        """Return the user of the request."""
        return self.request.user


class ScenarioViewSet(ScenarioPartViewSet):
    """Scenarios."""

    serializer_class = ScenarioSerializer
    filterset_class = ScenarioFilter
    search_fields = ("name", "description")
    ordering_fields = ("id", "name", "updated_at")
    expandable = ("programme",)
    reads: ClassVar[dict[str, Any]] = {
        "_programme": "programme_id", "_assumption": "benefit_assumption",
    }  # fmt: skip
    changing_figures = True
    repeatable = ("trial",)  # it changes nothing but what it itself stores

    def finish(self, rows: list[Row]) -> None:
        """Add the changes of each scenario, and whether its trial is still valid."""
        ids = [row["id"] for row in rows]
        scenarios = [Scenario(pk=row["id"], benefit_assumption=row["_assumption"]) for row in rows]
        trials = tried_of(scenarios, changes_of(ids), self.user)
        changes = changes_shown(self, ids)
        for row in rows:
            row["code"] = None
            row["trial"] = trial_shown(trials[row["id"]])
            row["changes"] = [change for change in changes if change["scenario"] == row["id"]]

    @extend_schema(
        methods=["GET"],
        operation_id="scenarios_trial_read",
        responses=ComparisonSerializer,
        filters=False,
    )
    @extend_schema(methods=["POST"], request=None, responses=ComparisonSerializer)
    @action(detail=True, methods=["get", "post"], url_path="trial", pagination_class=None)
    @effect
    def trial(self, request: Request, pk: str) -> Response:
        """GET: the effects of the changes when they were last tried. POST: try them now: make them
        one after another, as this user, read what moved, and undo it all."""
        check_known(request, set())
        scenario = self.get_object()
        if request.method == "POST":
            if previewing(request):
                raise parameter_problem(
                    PREVIEW, "unknown_parameter", "A trial changes nothing anyway."
                )
            allow(request.user, scenario)
            self._try(scenario)
        comparison = queries.comparison(scenario.programme, [scenario], self.user)
        return answered(request, compared(comparison, request.build_absolute_uri("/")))

    def _try(self, scenario: Scenario) -> None:
        changes = list(scenario.changes.order_by("position", "pk"))
        trial = try_work(
            self.request,
            lambda: self._write(changes),
            also=[scenario.programme_id],
            assumption=scenario.benefit_assumption,
        )
        self.committed(
            lambda: services.store_trial(
                scenario,
                changes,
                effects=stored(trial.effects, scenario.programme_id),
                generations=dict(trial.effects.generations),
                by=self.user,
            )
        )

    def _write(self, changes: Sequence[ScenarioChange]) -> None:
        still = [(n, change) for n, change in enumerate(changes) if change.adopted_at is None]
        write_all(self.request, still, place="changes")

    @extend_schema(request=AdoptionSerializer, responses=ScenarioSerializer)
    @action(detail=True, methods=["post"], url_path="adoption")
    @effect
    def adoption(self, request: Request, pk: str) -> Response:
        """Make changes for real, in their order: those named, or all that are not adopted. All are
        made or none; the problem names the change that is refused."""
        check_known(request, set())
        serializer = AdoptionSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)

        def work() -> Row:
            scenario = self.get_object()
            allow(self.user, scenario)
            self._adopt(scenario, serializer.validated_data.get("changes"))
            return self.row(scenario.pk)

        row = self.committed(work)
        return Response(row, headers={"ETag": f'"{self.etag(row)}"'})

    def _adopt(self, scenario: Scenario, chosen: Sequence[int] | None) -> None:
        changes = list(scenario.changes.select_for_update().order_by("position", "pk"))
        open_ones = {change.pk for change in changes if change.adopted_at is None}
        wanted = open_ones if chosen is None else set(chosen)
        if not wanted:
            raise body_problem("/changes", "required", "There is no change to adopt.")
        if wanted - open_ones:
            text = "Name changes of this scenario that are still to be adopted."
            raise body_problem("/changes", "does_not_exist", text)
        for index, change in enumerate(changes):
            if change.pk in wanted:
                change.refresh_from_db()  # the one before it may have moved its record
                try:
                    adopt(self.request, change)
                except OperationalError:
                    raise
                except Exception as error:
                    raise refused_at("changes", index, change, error) from error

    @extend_schema(request=CopySerializer, responses={201: ScenarioSerializer})
    @action(detail=True, methods=["post"], url_path="copies")
    @effect
    def copies(self, request: Request, pk: str) -> Response:
        """Make a variant with the changes that are not adopted."""
        check_known(request, set())
        serializer = CopySerializer(data=request.data)
        serializer.is_valid(raise_exception=True)

        def work() -> Row:
            scenario = self.get_object()
            allow(self.user, scenario)
            copied = services.duplicate_scenario(
                scenario, name=serializer.validated_data["name"], by=self.user
            )
            return self.row(copied.pk)

        row = self.committed(work)
        headers = {"Location": row["url"], "ETag": f'"{self.etag(row)}"'}
        return Response(row, 201, headers=headers)

    @extend_schema(
        request=PolymorphicProxySerializer(
            "Composed", [*SCENARIO_FORMS.values()], resource_type_field_name=None
        ),
        responses={201: ScenarioChangeSerializer(many=True)},
    )
    @action(detail=True, methods=["post"], url_path=f"(?P<kind>{KINDS})", pagination_class=None)
    @effect
    def composed(self, request: Request, pk: str, kind: str) -> Response:
        """Add changes by a small form: a delay, a cancellation, funding, a move, money that goes
        elsewhere, a risk or a benefit that changes, or new records."""
        check_known(request, set())

        def work() -> list[Row]:
            scenario = self.get_object()
            allow(self.user, scenario)
            serializer = SCENARIO_FORMS[kind](
                data=request.data, context={**self.get_serializer_context(), "record": scenario}
            )
            serializer.is_valid(raise_exception=True)
            made = services.add_changes(scenario, serializer.changes(), by=self.user)
            ids = {change.pk for change in made}
            return [row for row in changes_shown(self, [scenario.pk]) if row["id"] in ids]

        return Response(self.committed(work), 201)


class ScenarioChangeViewSet(ScenarioPartViewSet):
    """Changes of scenarios."""

    serializer_class = ScenarioChangeSerializer
    filterset_class = ScenarioChangeFilter
    search_fields = ("title", "path")
    ordering_fields = ("id", "position", "updated_at")
    expandable = ("scenario",)
    reads: ClassVar[dict[str, Any]] = {"_programme": "scenario__programme_id"}
    changing_figures = True

    def finish(self, rows: list[Row]) -> None:
        """Add whether each change still fits its record."""
        ids = [row["id"] for row in rows]
        changes = ScenarioChange.objects.select_related("adopted_by__person").in_bulk(ids)
        freshness_by_change = freshness(list(changes.values()), to=self.request.user)
        for row in rows:
            stand = freshness_by_change[row["id"]]
            row["code"], row["adopted_by"] = None, user_shown(changes[row["id"]].adopted_by)
            row["stale"], row["gone"] = stand.stale, stand.gone
            row["current_version"], row["since"] = stand.version, stand.since

    @extend_schema(request=None, responses=ScenarioChangeSerializer)
    @action(detail=True, methods=["post"], url_path="adoption")
    @effect
    def adoption(self, request: Request, pk: str) -> Response:
        """Make the write for real, to the version it was written against. 412 when its record was
        changed since, with the record as it is now; 409 when it was adopted already."""
        return self._turned(self._adopt)

    def _adopt(self, change: ScenarioChange) -> None:
        adopt(self.request, change)

    @extend_schema(request=None, responses=ScenarioChangeSerializer)
    @action(detail=True, methods=["post"], url_path="renewal")
    @effect
    def renewal(self, request: Request, pk: str) -> Response:
        """Set the version against which the change is written to the present one of its record."""
        return self._turned(lambda change: services.renew_change(change, by=self.user))

    def _turned(self, turn: Any) -> Response:
        """Lock a change that is not adopted, and call `turn` with it."""
        check_known(self.request, set())

        def work() -> Row:
            rows = self.get_queryset().select_for_update(of=("self",))
            change = rows.select_related("scenario__programme__portfolio").filter(
                pk=self.kwargs["pk"]
            )
            locked = next(iter(change), None)
            if locked is None:
                raise Http404
            if not can(self.request.user, "write", locked):
                raise PermissionDenied("You may see this and not change it.")
            if locked.adopted_at is not None:
                raise Problem(409, "adopted", "This change was adopted already.")
            if "If-Match" in self.request.headers:
                self.match(locked)
            turn(locked)
            return self.row(locked.pk)

        row = self.committed(work)
        return Response(row, headers={"ETag": f'"{self.etag(row)}"'})


def adopt(request: Any, change: ScenarioChange) -> None:
    """Make the write of a change for real, as the user of a request. Raises what the write is
    refused with, and 412 where its record was changed or deleted since."""
    match = "*" if change.seen_version is None else f'"v{change.seen_version}"'
    current = services.current_changes(change)
    others = ScenarioChange.objects.filter(scenario=change.scenario_id)
    body = body_of(change, {pk: made for pk, made in others.values_list("pk", "made") if made})
    try:
        answer = sub_request(request, change.method, change.path, body, match=match)
    except Http404:
        text = "The record that this would change is gone, or out of your sight."
        raise Problem(412, "stale", text, current=None) from None
    services.adopt_change(change, current, made=added_by(change, answer), by=request.user)


def changes_shown(view: RecordViewSet, scenarios: Sequence[int]) -> list[Row]:
    """Return the changes of scenarios, in order, as their own resource shows them."""
    own = view_of(ScenarioChange)(request=view.request, basename=basename_of(ScenarioChange))
    rows = own.get_queryset().filter(scenario__in=scenarios).order_by("scenario", "position", "pk")
    return own.read(rows, 0, len(scenarios) * services.MOST_CHANGES)
