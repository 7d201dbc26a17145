"""`POST /projects/{id}/updates/`: save what has changed in a project, with a report about it.

The view of its resource writes each item as if the item had been sent alone, all of them in one
transaction; an error names the item that is refused. The report is written last, from what is
stored by then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.access import Withheld, can
from pmhub.access.setters import SUBMITTERS
from pmhub.api import bulk_acts
from pmhub.api.bulk_acts import Act, Acts, Item, Problems
from pmhub.api.effects import effect
from pmhub.api.problems import body_problem
from pmhub.api.representations import Row
from pmhub.api.resources import basename_of, view_of
from pmhub.services import Conflict, refuse, refuse_state, save
from programmes.models import ReportKind, ReportState, StatusReport
from programmes.serializers.reports import UNFINISHED
from programmes.services import publish_report, submit_report
from programmes.services.reports import needs_approval
from projects.models import CostActual, Dependency, Issue, Milestone, Output, Project, Risk
from projects.queries.dependencies import OWED
from projects.serializers.updates import UpdatedSerializer, UpdateSerializer
from projects.services import next_code

# The models whose records an update changes and adds, by the name of their list.
LISTS: dict[str, Any] = {
    "outputs": Output, "milestones": Milestone, "risks": Risk, "issues": Issue,
    "costs": CostActual,
}  # fmt: skip
DECLARED = ("declared_rag", "declared_finish", "declared_reason")
NOT_YET = "At intensive oversight somebody else approves a report before it is published."


class UpdatesView:
    """Gives projects the address at which their updates are saved."""

    @extend_schema(request=UpdateSerializer, responses={201: UpdatedSerializer})
    @action(detail=True, methods=["post"], url_path="updates", filterset_class=None)
    @effect
    def updates(self: Any, request: Request, pk: str) -> Response:
        """Save the changes to the project and its records, and a report about them: all of it, or
        nothing."""
        self.refuse_parameters()
        self.get_object()
        serializer = UpdateSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        row = self.committed(lambda: Update(self, serializer.validated_data).saved(pk))
        return Response(row, 201, headers={"Location": row["report"]["url"]})


class Update:
    """One update: collects an act for each item, does the acts, and answers with the stored
    records."""

    def __init__(self, view: Any, data: Mapping[str, Any]) -> None:
        self.view, self.request, self.data = view, view.request, data
        self.user = self.request.user
        self.acts: Acts = {}
        self.problems: Problems = {}
        self.promised: list[int] = []  # the ids of dependencies that were moved along

    def saved(self, pk: str) -> Row:
        """Do all acts of the update; return the stored report, project and records."""
        self.project: Project = self.view.held(pk)
        self._allow()
        self._gather()
        place = ("report",)
        self.acts[place] = self._report_act()
        results = bulk_acts.done(self.acts, self.problems)
        report = StatusReport.objects.get(pk=results.pop(place))
        bulk_acts.done({place: lambda: self._bring_on(report)}, {})
        return self._stored(results, report)

    def _allow(self) -> None:
        if not can(self.user, "write", StatusReport(project=self.project)):
            raise PermissionDenied("You may see this project and not report on it.")
        if not self.project.live:
            refuse_state("project", "A project that has ended is updated no more.")

    # Changes of records

    def _gather(self) -> None:
        if "project" in self.data:
            item = {"id": self.project.pk, **self._why(), **self.data["project"]}
            self._touch(Project, {("project",): item})
        # Before milestones, which move the dependencies that are not delivered yet.
        self._touch(Dependency, self._items("dependencies"), self._either_side())
        for name, model in LISTS.items():
            items = self._items(name)
            there = {place: item for place, item in items.items() if "id" in item}
            self._touch(model, there, project=self.project)
            for place, item in items.items():
                if place not in there:
                    self.acts[place] = self._making(model, item)

    def _items(self, name: str) -> dict[Any, Any]:
        """Return the items of a list, by the name of the list and their index in the request."""
        return {(name, index): item for index, item in enumerate(self.data.get(name, ()))}

    def _either_side(self) -> Q:
        """Return the condition that the project is the giver or the receiver of a dependency."""
        return Q(giver=self.project) | Q(receiver=self.project)

    def _why(self) -> dict[str, Any]:
        """Return the reason for the change of the project: the declared reason of the report, if
        there is one."""
        reason = self.data.get("report", {}).get("declared_reason", "")
        return {"reason": reason} if reason.strip() else {}

    def _touch(self, model: Any, items: Mapping[Any, Any], *either: Q, **within: Any) -> None:
        """Add an act for each item that names a record in the version that was seen; note the
        problems of the other items."""
        view = self._view(model)
        found = bulk_acts.addressed(view, items, *either, **within)
        self.problems.update(found.problems)
        for place, item in found.items.items():
            self.acts[place] = self._changing(view, item)

    def _making(self, model: Any, item: Mapping[str, Any]) -> Act:
        """Return the act that makes a record of the project. Where the item does not say otherwise,
        the record's owner is the project manager, its day the status date, and its code the next
        one."""
        names = {field.name for field in model._meta.fields}
        as_of = self.project.owner_portfolio.as_of.isoformat()
        usual = {
            "project": self.project.pk,
            "owner": self.project.project_manager_id,
            "raised_on": as_of,
            "posted_on": as_of,
        }
        body = {name: value for name, value in usual.items() if name in names} | dict(item)

        def make() -> Any:
            if body["project"] != self.project.pk:
                raise body_problem(
                    "/project", "of_another", "This is an update of another project."
                )
            if "code" in names and not body.get("code"):
                body["code"] = next_code(model, self.project)
            return bulk_acts.making(self._view(model), body)()

        return make

    def _changing(self, view: Any, item: Item) -> Act:
        """Return the act that changes the fields of a record and makes the move that the item
        means."""

        def change() -> int:
            row = view.held(item.pk)
            body = dict(item.body)
            along = body.pop("move_dependencies", False) if view.model is Milestone else False
            noun, data = _move_meant(view, row, body)
            rest = {name: value for name, value in body.items() if name not in data}
            if rest:
                bulk_acts.changing(view, Item(item.pk, item.version, rest))()
            if noun:
                verb = Item(item.pk, item.version, data)
                bulk_acts.doing(view, noun.replace("-", "_"), verb)()
            if along:
                self._move_dependencies(view.model.objects.get(pk=item.pk))
            return item.pk

        return lambda: view.committed(change)

    def _move_dependencies(self, milestone: Milestone) -> None:
        """Set the forecast of each dependency that is owed at a milestone to the day of the
        milestone."""
        day = milestone.actual_on or milestone.forecast_on
        view = self._view(Dependency)
        links = view.get_queryset().filter(giver_milestone=milestone, status__in=OWED)
        for link in links.exclude(forecast_on=day).order_by("pk"):
            bulk_acts.changing(view, Item(link.pk, link.version, {"forecast_on": str(day)}))()
            self.promised.append(link.pk)

    # The report

    def _report_act(self) -> Act:
        """Return the act that writes a report, or changes the one whose id is given."""
        given = dict(self.data.get("report", {}))
        given.pop("state", None)
        pk, version = given.pop("id", None), given.pop("version", None)
        body = {name: str(value) if name.endswith(("_end", "_finish")) and value else value
                for name, value in given.items()}  # fmt: skip
        view = self._view(StatusReport)
        if pk is not None:
            named = {"id": pk, "version": version, **body}
            batch = bulk_acts.addressed(view, {("report",): named}, project=self.project)
            self.problems.update(batch.problems)
            item = next(iter(batch.items.values()), None)
            return bulk_acts.changing(view, item) if item else lambda: None
        body.setdefault("period_end", self.project.owner_portfolio.as_of.isoformat())
        return lambda: self._begun(view, body)

    def _begun(self, view: Any, body: Mapping[str, Any]) -> Any:
        """Write the report of a period: a new one, a correction of the published one, or a change
        of the user's own draft. Raises ValidationError where another unfinished report exists."""
        rows = StatusReport.objects.filter(
            project=self.project, kind=ReportKind.STATUS, period_end=body["period_end"]
        )
        last = rows.select_related("author").order_by("-pk").first()
        if last is None:
            return bulk_acts.making(view, {"project": self.project.pk, **body})()
        if last.state == ReportState.PUBLISHED:
            begun = {"project": self.project.pk, "corrects": last.pk, **body}
            return bulk_acts.making(view, begun)()
        if last.state != ReportState.DRAFT or last.updated_by_id != self.user.pk:
            state = last.get_state_display().lower()
            refuse("period_end", UNFINISHED.format(state=state, author=last.author))
        return bulk_acts.changing(view, Item(last.pk, last.version, body))()

    def _bring_on(self, report: StatusReport) -> None:
        """Fill in the report's status, finish and reason from the project, where the request gives
        none for the report; then submit or publish the report, as `state` asks."""
        declared = self.data.get("report", {})
        self.project.refresh_from_db()
        stored = {
            "declared_rag": self.project.declared_rag,
            "declared_finish": self.project.forecast_finish,
            "declared_reason": self.data.get("project", {}).get("reason", ""),
        }
        fresh = {name: stored[name] for name in DECLARED if name not in declared and stored[name]}
        for name, value in fresh.items():
            setattr(report, name, value)
        save(report, *fresh, by=self.user)
        wanted = declared.get("state", ReportState.DRAFT)
        if wanted != ReportState.DRAFT:
            if not SUBMITTERS.allows(self.user, report):
                raise Withheld("state", f"A report is handed in by {SUBMITTERS.words}.")
            submit_report(report, by=self.user)
        if wanted == ReportState.PUBLISHED:
            if needs_approval(report):
                raise Conflict({"state": [NOT_YET]})
            publish_report(report, by=self.user)

    # The answer

    def _stored(self, results: Mapping[Any, Any], report: StatusReport) -> Row:
        stored: Row = {
            "report": self._rows(StatusReport, [report.pk])[0],
            "project": self._rows(Project, [self.project.pk])[0],
        }
        for name, model in {**LISTS, "dependencies": Dependency}.items():
            ids = [results[place] for place in sorted(results) if place[0] == name]
            along = self.promised if model is Dependency else []
            stored[name] = self._rows(model, [*dict.fromkeys([*ids, *along])])
        return stored

    def _rows(self, model: Any, ids: list[int]) -> list[Row]:
        rows: list[Row] = self._view(model).stored_rows(ids)
        return rows

    def _view(self, model: Any) -> Any:
        """Return the view of a resource, for the user who sent the request."""
        view = view_of(model)(basename=basename_of(model), detail=False)
        view.request, view.action = self.request, "bulk"
        view.format_kwarg, view.args, view.kwargs = None, (), {}
        return view


def _move_meant(view: Any, row: Any, body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the noun of the move that an item means ("" for none), and the values that the move
    asks for. `verb` and the state that the move leads to are taken out of the body."""
    verbs = view.verbs()
    noun = body.pop("verb", None) or next(_implied(verbs, row, body), "")
    if not noun:
        return "", {}
    if noun not in verbs:
        raise body_problem("/verb", "invalid_choice", f"Choose one of: {', '.join(verbs)}.")
    verb = verbs[noun]
    target = {}
    if verb.move is not None:
        field = next(
            lifecycle.field for lifecycle in row.lifecycles if verb.move in lifecycle.moves
        )
        named = body.pop(field, None)
        target = {field: named} if len(verb.move.leads) > 1 and named is not None else {}
    data = {name: body[name] for name in verb.form._declared_fields if name in body}
    return noun, {**data, **target}


def _implied(verbs: Mapping[str, Any], row: Any, body: Mapping[str, Any]) -> Iterator[str]:
    """Yield the moves that an item means without naming them: by the new state that it gives, or by
    the day on which something happened, where only a move sets that day."""
    for table in row.lifecycles:
        state = getattr(row, table.field)
        named = body.get(table.field, state)
        if named != state and (move := table.between(state, named)):
            yield move.noun
    for noun, verb in verbs.items():
        asks = verb.move.asks if verb.move else ()
        days = [name for name in asks if name in row.happened and body.get(name)]
        if days and len(days) == len(asks) and _verb_applies(verb, row):
            yield noun


def _verb_applies(verb: Any, row: Any) -> bool:
    states = {getattr(row, table.field) for table in row.lifecycles}
    return bool(states & verb.move.sources)
