"""The governance page of a programme: what it is for, who leads it, how it is judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from django.db.models import Q

from benefits.models import Benefit
from pmhub.access import can
from pmhub.access.scoped_rows import ScopedRows
from pmhub.database import touches
from pmhub.database.collation import InOrder, arranged
from pmhub.database.statements import DAY, ID, IDS, Rows
from pmhub.models import Person
from pmhub.page_addresses import address_of
from pmhub.registers import Register, parent_field, registers
from pmhub.views.content import Caching
from pmhub.views.registers.forms import STYLE
from pmhub.views.registers.new_record import new_address_below
from pmhub.views.registers.records import offered_verbs
from pmhub.views.registers.rows import Listing, Resources, missing_resource
from programmes import queries
from programmes.models import (
    AssuranceRecommendation,
    DcaRecord,
    HealthOverride,
    ObjectiveMeasurement,
    Programme,
    StatusReport,
)
from programmes.queries.governance import ObjectiveRow
from programmes.views.health import judged
from programmes.views.past import ProgrammePastPage
from programmes.views.reorganisation import reorganises
from programmes.views.reports import reports_of
from programmes.views.rows import first_rows
from projects.models import LIVE, Project
from projects.queries.programmes import of_projects_in

FEW = 6  # rows of each list
LIST, LINE = 2_000, 3_000  # bytes of memory of a list, and of a row of it, about
# The registers of the programme that the page shows a part of, with the columns of each.
LISTS = {
    "mandates": ("sponsor", "state", "drivers", "issued_on", "issued_by", "approved_by"),
    "business-cases": (
        "code", "kind", "number", "state", "npsv", "npsv_change", "approved_on",
    ),
    "exceptions": ("kind", "project", "case", "now", "approved", "unit", "state", "decision"),
    "gates": (
        "code", "title", "project", "tranche", "stage_to", "state", "planned_on", "decision",
    ),
    "tranches": ("code", "name", "state", "starts_on", "ends_on", "landing_point"),
    "operating-model-states": (
        "dimension", "tranche", "current", "future", "state", "reached_on",
    ),
    "outcomes": (
        "code", "title", "state", "bcm", "capability_ready_on", "transition_start", "embedded_on",
    ),
    "assurance-reviews": ("code", "title", "kind", "state", "planned_on", "held_on", "dca"),
    "dca-records": ("on", "kind", "value", "change", "basis", "by"),
    "health-overrides": (
        "colour", "state", "counts", "starts_on", "expires_on", "reason", "by", "approved_by",
    ),
    "decisions": ("title", "state", "outcome", "decided_on", "decided_by", "board", "audience"),
    "stakeholders": ("code", "name", "stance", "wanted_stance", "trend", "owner"),
    "communications": ("code", "title", "channel", "owner", "planned_on", "state", "heard"),
}  # fmt: skip
# Further ways from the records of a list to the programme.
THROUGH = {
    "gates": ("tranche__programme", "project__programme"),
    "exceptions": ("case__programme", "project__programme"),
}
ASKED = ("review", "number", "text", "priority", "owner", "due_on")
MEASURED = ScopedRows(
    lambda reader: (
        ObjectiveMeasurement.objects.visible_to(reader)
        .filter(objective_id__in=[IDS], status="submitted")
        .select_related("objective__portfolio", "programme__portfolio", "by")
    )
)
OVERRIDES = ScopedRows(
    lambda reader: (
        HealthOverride.objects.visible_to(reader)
        .filter(programme_id=ID, state__in=("proposed", "approved"), expires_on__gte=DAY)
        .select_related("programme__portfolio", "by", "approved_by")
    )
)
CONFIDENCE = Rows(lambda: DcaRecord.objects.filter(programme_id=ID, kind="self")[:1])
BCMS = Rows(lambda: Person.objects.filter(programmes_as_bcm__id=ID))
LED = ScopedRows(
    lambda reader: (
        Project.objects.visible_to(reader)
        .filter(programme_id=ID, status__in=LIVE)
        .select_related("project_manager", "executive")
        .order_by(InOrder("code"), "pk")
    )
)
# What the page shows beside what belongs to the programme: changed, it is drawn anew.
BESIDE = [
    (touches.topic_of(name), 0)
    for name in ("programmes.ObjectiveMeasurement", "programmes.StrategicObjective")
]


class GovernancePage(ProgrammePastPage):
    """How a programme is governed, with the verbs that the reader may use."""

    template_name = "programmes/governance_page.html"
    region_template_name = "programmes/governance.html"
    about = "Governance"
    caching = Caching.PER_USER  # who proposed something is not offered to approve it
    resource_of: Resources = staticmethod(missing_resource)  # said by the routes

    def in_rest(self) -> tuple[str, str]:
        """Return the REST operation and address for the programme."""
        return "programmes_retrieve", f"/api/v1/programmes/{self.kwargs['pk']}/"

    def depends_on(self) -> str:
        """Return also the state of objectives and their measurements."""
        return f"{touches.stamp(BESIDE)}-{super().depends_on()}"

    def region_context(self) -> dict[str, Any]:
        """Return everything the page shows."""
        programme, user = self.programme, self.request.user
        figures = queries.rollup(programme, at=self.at, known=self.figures_freshness)
        objectives, unserving = self.kept("objectives", self.objectives, size_of_objectives)
        reports = [
            row
            for row in self.kept("reports", self.reports, size_of_rows)
            if not self.at or row.published_at
        ]
        return {
            **super().region_context(),
            "programme": programme,
            "may": not self.at and can(user, "write", programme),
            "objectives": [self.objective(objective) for objective in objectives],
            "without_benefit": [row.objective for row in objectives if not row.benefits],
            "unserving": unserving,
            "measured": self.judging("objective-measurements", self.measured(objectives)),
            "lists": {
                name.replace("-", "_"): self.kept(
                    "list", partial(self.listed, name, columns), size_of, name
                )
                for name, columns in LISTS.items()
            },
            "form_style": STYLE,
            "asked": self.kept("asked", self.recommendations, size_of),
            "health": judged(figures, programme),
            "proposed": self.judging("health-overrides", self.overrides()),
            "confidence": next(iter(CONFIDENCE(id=programme.pk)), None),
            "posts": posts(programme, user),
            "reports": first_rows(reports, self.request, FEW),
            "all_reports": len(reports),
            **({} if self.at else reorganises(user, programme)),
        }

    def reports(self) -> list[StatusReport]:
        """The reports on the programme that the reader may see."""
        return list(reports_of(self.request.user, self.programme))

    # Objectives

    def objectives(self) -> tuple[list[ObjectiveRow], list[Benefit]]:
        """The objectives that the programme serves, and its benefits that serve none."""
        return queries.objectives_of(self.programme, self.request.user, self.at)

    def objective(self, row: ObjectiveRow) -> dict[str, Any]:
        """Return an objective with its progress, and the address of a new measurement."""
        place, user = _register("objective-measurements"), self.request.user
        new = new_address_below(place, row.objective, user, programme=self.programme)
        return {"row": row, "record": row.objective, "measure": "" if self.at else new}

    def measured(self, rows: Sequence[ObjectiveRow]) -> list[ObjectiveMeasurement]:
        """The measurements of these objectives that nobody has judged yet."""
        return MEASURED(self.request.user, [row.objective.pk for row in rows])

    def overrides(self) -> list[HealthOverride]:
        """The overrides of the programme's health that may still be approved or withdrawn."""
        day = self.programme.portfolio.as_of
        return OVERRIDES(self.request.user, id=self.programme.pk, day=day)

    def judging(self, name: str, rows: Sequence[Any]) -> list[dict[str, Any]]:
        """Records that wait for a word, each with the verbs that are offered to the reader; a
        record's own author is offered none that is another's."""
        register = _register(name)
        person = getattr(getattr(self.request.user, "person", None), "pk", None)
        entries = []
        for row in rows:
            own = row.by_id is not None and row.by_id == person
            verbs = [] if self.at else offered_verbs(
                register, row, self.request, prefix=f"{name}-{row.pk}-"
            )  # fmt: skip
            entries.append({
                "record": row,
                "address": address_of("record", name, row.pk),
                "own": own,
                "verbs": verbs,
            })  # fmt: skip
        return entries

    # Lists

    def listed(self, name: str, columns: Sequence[str]) -> dict[str, Any]:
        """Return the first rows of a register of the programme, with the addresses of all rows and
        of a new one."""
        register = _register(name)
        resource = self.resource_of(register.model, self.request)
        ways = filter(None, [parent_field(register, Programme), *THROUGH.get(name, ())])
        here = Q(*((way, self.programme.pk) for way in ways), _connector=Q.OR)
        rows = resource.get_queryset().filter(here)
        model = register.model
        order = arranged(model, [register.order]) if register.order else model._meta.ordering
        rows = rows.order_by(*order, "pk")
        listing = Listing(register, resource, self.request.user, columns)
        new = new_address_below(register, self.programme, self.request.user)
        return {
            "register": register,
            "heads": listing.heads,
            "lines": listing.lines(rows, 0, FEW),
            "count": rows.count(),
            "address": address_of("register-of", "programmes", self.programme.pk, name),
            "new": "" if self.at else new,
        }

    def recommendations(self) -> dict[str, Any]:
        """Return the open recommendations of reviews of the programme and of its projects."""
        register = _register("assurance-recommendations")
        resource = self.resource_of(AssuranceRecommendation, self.request)
        here = Q(review__programme=self.programme)
        here |= of_projects_in(self.programme, "review__project")
        rows = resource.get_queryset().filter(here, state="open").order_by("due_on", "pk")
        listing = Listing(register, resource, self.request.user, ASKED)
        return {
            "register": register,
            "heads": listing.heads,
            "lines": listing.lines(rows, 0, FEW),
            "count": rows.count(),
            "address": f"{address_of('register', register.name)}?state=open",
        }


def size_of(listed: Mapping[str, Any]) -> int:
    """Return about how many bytes of memory a list takes."""
    return LIST + LINE * len(listed["lines"])


def size_of_rows(rows: Sequence[Any]) -> int:
    """Return how many bytes rows take, about."""
    return LIST + LINE * len(rows)


def size_of_objectives(found: tuple[Sequence[Any], Sequence[Any]]) -> int:
    """Return how many bytes objectives and benefits take, about."""
    return sum(map(size_of_rows, found))


def _register(name: str) -> Register:
    register = registers.named(name)
    assert register  # noqa: S101  # declared in `registers.py`
    return register


def posts(programme: Any, user: Any) -> list[dict[str, Any]]:
    """Return the posts of the programme and of its live projects, each with its holders; none where
    it is vacant."""
    led = [
        {"post": "Senior responsible owner", "of": programme, "people": _one(programme.sro)},
        {"post": "Programme manager", "of": programme, "people": _one(programme.programme_manager)},
        {"post": "Business change managers", "of": programme, "people": BCMS(id=programme.pk)},
    ]
    for project in LED(user, id=programme.pk):
        held = _one(project.project_manager)
        led.append({"post": "Project manager", "of": project, "people": held, "project": True})
    return led


def _one(person: Any) -> list[Any]:
    return [person] if person else []
