"""The page of a project: dates, money, registers, and forms for those who may write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pmhub import formats
from pmhub.access import can
from pmhub.access.grants import Reader
from pmhub.access.scoped_rows import ScopedRows, place_columns
from pmhub.database.cached_reads import CachedReads
from pmhub.database.statements import ID
from pmhub.page_addresses import address_of
from pmhub.views.content import Caching
from pmhub.views.registers.breadcrumbs import way_to
from pmhub.views.registers.forms import STYLE, fields_of
from programmes import queries
from programmes.models import RollupRequest, Scenario, StatusReport
from programmes.models.programme_line import TO_COMPLETE
from programmes.queries import NoMoment
from programmes.views.health import reasons
from programmes.views.movements import MovementsPage
from programmes.views.past import PastPage
from programmes.views.rows import one_of
from projects import registers
from projects.models import (
    CostActual,
    Project,
    ProjectForecast,
)
from projects.queries import with_figures
from projects.queries.work import is_counted
from projects.serializers.money import CostActualSerializer
from projects.serializers.project import ProjectSerializer
from projects.views import records
from projects.views.ending import DEPENDENCIES, EndingQuestions, Several
from projects.views.oversight import oversight
from projects.views.rows import dependencies
from projects.views.verbs import VerbForms, drawn_verbs

EDITED = (
    "forecast_start", "forecast_finish", "actual_start", "percent_complete", "reason",
    *TO_COMPLETE, "declared_rag", "declared_on",
)  # fmt: skip
POSTED = ("amount", "posted_on", "kind", "description")

# Statements for what the page shows, by the id of the project.
PROJECTS = ScopedRows(
    lambda reader: (
        Project.objects.visible_to(reader)
        .filter(pk=ID)
        .select_related("programme__portfolio", "portfolio")
    )
)
# The page around the region is cached until one of these columns changes.
LEADS = ("project_manager", "executive")
AROUND = (*LEADS, "successor", "stage", "tranche", "template", "created_at")
FOUND = ScopedRows(
    lambda reader: (
        Project.objects.visible_to(reader)
        .filter(pk=ID)
        .only(*place_columns(Project), *AROUND)
        .select_related("programme__portfolio", "portfolio", *LEADS)
    )
)
WITH_FIGURES = ScopedRows(
    lambda reader: (
        with_figures(Project.objects.visible_to(reader))
        .filter(pk=ID)
        .select_related(
            "merged_into",
            "programme__portfolio",
            "portfolio",
            "tranche",
            "project_manager",
            "successor",
            "executive",
        )
    )
)

# The scenarios of a programme, for each user who may write there; bytes that a process keeps.
scenarios = CachedReads(500_000)


def _size_of(rows: Sequence[Scenario]) -> int:
    return 2000 * (1 + len(rows))


class ProjectPage(MovementsPage, PastPage):
    """One project on one page, as it is or was."""

    template_name = "projects/project.html"
    region_template_name = "projects/project_live.html"
    caching = Caching.BY_STAMP
    computed_panels = ("gates-ahead", "tolerances")
    figures_freshness: queries.Freshness | None = (
        None  # of the programme's figures, if it is in one
    )
    scenarios: Sequence[Scenario] = ()
    project: Any  # its figures are read when the region is drawn
    forecast: ProjectForecast | None = None

    def find(self) -> None:
        """Find the project, if the user sees it, and the moment at which it is shown."""
        self.find_then()
        self.find_moment(self.project.owner_portfolio.time_zone)

    def find_then(self) -> None:
        """Find the project, if the user sees it, now or at the moment shown."""
        self.project = one_of(FOUND(self.request.user, id=self.kwargs["pk"]))
        self.title = f"{self.project.code} {self.project.name}"
        self.cache_for_reader()

    def figures_of(self) -> Iterable[Any]:
        """Return the project, whose figures the page shows."""
        return [self.project]

    def record_of_panels(self) -> Project | None:
        """Return the project; None for the past, of which its panels say nothing."""
        project: Project = self.project
        return None if self.at else project

    def not_there_then(self) -> None:
        """Raise NoMoment: there was no project at that moment."""
        raise NoMoment("not_there_then", "The project was not there yet, or not yours to see.")

    def looks_at(self) -> tuple[str, int]:
        """Return the kind and the id of the project."""
        return "project", self.kwargs["pk"]

    def in_rest(self) -> tuple[str, str]:
        """Return the REST operation and address that give the same as data."""
        return "projects_retrieve", f"/api/v1/projects/{self.kwargs['pk']}/"

    def crumbs(self) -> list[tuple[str, str]]:
        """Return the pages above this one: those of what the project belongs to."""
        return way_to(self.project, self.request.user, self.at)[:-1]

    @property
    def here(self) -> str:
        """Return the name of the page in the breadcrumb: the code of the project."""
        return str(self.project.code)

    def places(self) -> dict[str, str]:
        """Return where the page is in the tree: at the project and, where it has one, below its
        programme."""
        project = self.project
        mine = {address_of("project", project.pk): "page"}
        above = project.programme_id
        return mine | ({address_of("programme", above): "true"} if above else {})

    def stamp(self) -> tuple[str, str]:
        """Return a stamp of all that the page shows, and the state of its figures. The stamp covers
        the last computation, changes of the records shown, and the scenarios in which the reader
        could keep an edit."""
        project = self.project
        forecast = self.forecast = queries.open_forecast(project)
        if self.at:
            return self.past_stamp()
        if project.programme:
            now = self.figures_freshness = queries.freshness_of(project.programme.pk)
            state, tag = now.state, now.etag
        else:
            recomputing = RollupRequest.objects.filter(kind="P", object_id=project.pk).exists()
            state, tag = "recomputing" if recomputing or forecast is None else "fresh", ""
        self.scenarios = self.scenarios_of(self.request.user)
        scenario_versions = [(scenario.pk, scenario.version) for scenario in self.scenarios]
        touched = queries.project_stamp(project.pk)
        return (
            f"{touched}-{forecast and forecast.pk}-{tag}-{scenario_versions}-{self.since()}",
            state,
        )

    def region_context(self) -> dict[str, Any]:
        """Return figures and registers and, for a reader who may write, the forms."""
        user = self.request.user
        project = self.project = one_of(WITH_FIGURES(user, id=self.project.pk))
        self.row = queries.ProjectRow(project, self.forecast)
        links = queries.dependency_rows(DEPENDENCIES(id=project.pk), user)
        incoming, outgoing = dependencies(links, project, self.at)
        plan, others = (
            records.cached_registers(part, project, self.request, self.at)
            for part in (records.plan, records.registers)
        )
        codes = [row["code"] for row in (*incoming, *outgoing)]
        codes += [record.code for record in (*plan.named, *others.named)]
        drivers = {code: f"#{code}" for code in codes}
        return {
            **super().region_context(),
            "project": project,
            "tranche": tranche_of(project, user),
            "whole": merged_project(project, user),
            "unit": formats.money_unit(project.owner_portfolio),
            "as_of": project.as_of,
            "rollup": self.freshness(),
            "said": queries.last_project_report(project),
            "f": figures(project, self.row),
            "oversight": oversight(project, self.row, user),
            "own": queries.project_readings(self.row.forecast, self.at),
            "health": health(self.row, drivers),
            "plan": plan,
            "registers": others,
            "incoming": incoming,
            "outgoing": outgoing,
            "moved": self.moved(project, self.row.forecast),
            **({} if self.at else self.forms(EndingQuestions(project, plan.risks, links).several)),
        }

    def freshness(self) -> dict[str, Any]:
        """Return when the figures were computed and, where those of the programme fail, since when
        and why."""
        state: dict[str, Any] = {"computed_at": self.row.forecast and self.row.forecast.valid_from}
        if now := self.figures_freshness:
            state["failed_since"], state["next_attempt"] = now.failed_since, now.next_attempt
            state["last_error"] = now.last_error
        return state

    def forms(self, several: Several) -> dict[str, Any]:
        """Return the forms of the page, each only for a reader who may write what it writes."""
        project, user = self.project, self.request.user
        parts: dict[str, Any] = {"form_style": STYLE}
        context = {"request": self.request}
        unit = formats.money_unit(project.owner_portfolio)
        if project.live and can(user, "write", StatusReport(project=project)):
            parts["may_report"] = True
        if can(user, "write", project):
            form = ProjectSerializer(project, context=context)
            names = without_counted(EDITED, project)
            parts["form"] = fields_of(form, names, unit=unit, register=registers.PROJECTS)
            parts["form_address"] = f"/api/v1/projects/{project.pk}/"
            if project.live and self.row.hides:
                parts["adoption_address"] = f"/api/v1/projects/{project.pk}/computed-dates/"
            parts["scenarios"] = self.scenarios
            forms = VerbForms(unit, several, self.usual())
            parts["verbs"] = drawn_verbs(project, self.request, forms)
        if can(user, "write", CostActual(project=project)):
            costs = CostActualSerializer(context=context)
            costs.fields["posted_on"].initial = project.as_of.isoformat()
            lines = registers.COST_ACTUALS
            parts["cost_form"] = fields_of(costs, POSTED, unit=unit, register=lines)
            parts["cost_address"] = "/api/v1/cost-actuals/"
        return parts

    def scenarios_of(self, user: Any) -> list[Scenario]:
        """Return the scenarios in which an edit could be kept instead of being saved."""
        programme = self.project.programme
        if programme is None or not can(user, "write", Scenario(programme=programme)):
            return []
        key = programme.pk, user.pk, Reader(user).key
        return scenarios("scenarios", key, lambda: queries.scenarios_of(programme, user), _size_of)

    def usual(self) -> dict[str, Any]:
        """Return the initial values of the forms of verbs: the status date and, for a plan, the
        dates and the budget expected now."""
        project, forecast = self.project, self.row.forecast
        today = project.as_of.isoformat()
        days = {
            "starts_on": project.actual_start or project.forecast_start,
            "finishes_on": (forecast and forecast.finishes_on) or project.forecast_finish,
        }
        values = {name: day.isoformat() for name, day in days.items() if day}
        values |= dict.fromkeys(("finished_on", "terminated_on", "approved_on"), today)
        return values | {"budget_at_completion": project.budget_at_completion}


def without_counted(names: Sequence[str], project: Project) -> list[str]:
    """Return the fields of a form, without those for progress where progress is counted."""
    counted = {"percent_complete", "reason"} if is_counted(project) else set()
    return [name for name in names if name not in counted]


def tranche_of(project: Any, user: Any) -> Any:
    """Return the tranche of a project, for a reader who sees its programme; else None."""
    programme = project.programme
    return project.tranche if programme and can(user, "view", programme) else None


def merged_project(project: Any, user: Any) -> Any:
    """Return the project into which a project was merged, for a reader who sees that one; else
    None."""
    whole = project.merged_into
    return whole if whole and can(user, "view", whole) else None


def figures(project: Any, row: queries.ProjectRow) -> dict[str, Any]:
    """Return dates and amounts as the engine computed them; what was approved comes from the
    records."""
    forecast, stored = row.forecast, row.figures
    amounts = {
        name: formats.decimal_of(stored.get(name)) for name in ("ac", "eac", "eac_cpi", "released")
    }
    stopped = project.terminated  # without a finish, it is neither early nor late
    finish = forecast and forecast.finishes_on
    eac, spent, approved = amounts["eac"], amounts["ac"], project.approved_budget
    over = eac - approved if eac is not None and approved else None
    return {
        **amounts,
        "approved_budget": approved,
        "over": over if over is not None and over > 0 else None,
        "to_go": eac - spent if eac is not None and spent is not None else None,
        "declared_start": row.declared("start"),
        "declared_finish": None if stopped else row.declared("finish"),
        "baseline_start": project.baseline_start,
        "baseline_finish": project.baseline_finish,
        "propagated_start": forecast and forecast.starts_on,
        "propagated_finish": project.terminated_on if stopped else finish,
        "slip_days": None if stopped else forecast and forecast.slip_days,
        "hidden_delay_days": None if stopped else forecast and forecast.hidden_delay_days,
        "driver": "" if stopped else stored.get("driver_code"),
    }


def health(row: queries.ProjectRow, drivers: dict[str, str]) -> dict[str, Any]:
    """Return the effective and the derived colour, whether the report is stale, the dimensions and
    the reasons; codes of records in the reasons link to their rows."""
    stored = row.health

    def of_driver(driver: Mapping[str, Any]) -> str:
        return drivers.get(driver["code"], "")

    return {
        "effective": stored.get("effective", "grey"),
        "derived": stored.get("derived"),
        "stale": stored.get("stale"),
        "dimensions": formats.in_order(stored.get("dimensions", {})),
        "reasons": reasons(stored, of_driver),
    }
