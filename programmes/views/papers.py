"""Documents for printing: a status report, or a board pack of several programmes.

One template makes both what a browser prints and what WeasyPrint makes a PDF of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.staticfiles import finders
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.text import slugify

from pmhub import formats, pdf
from pmhub.access.past_rights import seen_now
from pmhub.database.past import as_at
from pmhub.page_addresses import address_of
from pmhub.views import Page
from pmhub.views.content import private
from programmes import queries
from programmes.models import BoardPack, Programme, ReportState, StatusReport
from programmes.queries.packs import parts_of
from programmes.rollup.metrics import BY_NAME, HEADLINES
from programmes.views.paper_pictures import colours, curve, moved_amounts
from programmes.views.report_rows import figure_row, milestone_row, moves, projects_by_reporting
from programmes.views.rows import risk_row
from programmes.wording import reasons_of
from projects.models import Project

STYLE = "pmhub/paper.css"
GLANCE = 10  # programmes of a pack of which its page shows figures
SUBJECTS: dict[str, Any] = {"programme": Programme, "project": Project}
Shown = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Paper:
    """A kind of record that is printed: the query of those that a user may print, the document, and
    the name of its file."""

    rows: Callable[[Any], QuerySet[Any]]
    shown: Callable[[Any, Any], Shown]
    file_name: Callable[[Any], str]


def html_of(content: Shown, *, inline: bool = False) -> str:
    """Return the document as HTML, with its style in it if `inline`."""
    style = Path(str(finders.find(STYLE))).read_text() if inline else ""
    return render_to_string("papers/paper.html", {**content, "style": style})


# A report

UNSETTLED = {
    ReportState.DRAFT: "Draft: it is not handed over yet.",
    ReportState.SUBMITTED: "Submitted: it is not approved yet.",
    ReportState.APPROVED: "Approved: it is not published yet.",
}


def reports_of(user: Any) -> QuerySet[StatusReport]:
    """Return the reports that a user may print."""
    return StatusReport.objects.visible_to(user).select_related(
        "programme", "project", "author", "approved_by", "published_by", "corrects"
    )


def report_shown(report: StatusReport, user: Any) -> Shown:
    """Return the document of a report."""
    part = part_of(report.subject.grant_kind, report.subject.pk, report.published_at, report, user)
    if part is None:
        raise Http404
    return {
        "title": f"{report.get_kind_display().split(':')[0]} {report.subject.code}",
        "about": [("Period to", formats.day(report.period_end))],
        "draft": UNSETTLED.get(ReportState(report.state), ""),
        "parts": [part],
        "foreword": "",
        "back": address_of("record", "status-reports", report.pk),
    }


# A pack


def packs_of(user: Any) -> QuerySet[BoardPack]:
    """Return the board packs that a user may print."""
    return BoardPack.objects.visible_to(user).select_related("portfolio", "frozen_by")


def pack_shown(pack: BoardPack, user: Any) -> Shown:
    """Return the document of a board pack: each programme at its moment."""
    zone = ZoneInfo(pack.portfolio.time_zone)
    frozen = formats.when(pack.frozen_at.astimezone(zone)) if pack.frozen_at else ""
    return {
        "title": pack.title,
        "about": [
            ("For the board of", formats.day(pack.on)),
            ("Portfolio", pack.portfolio.name),
            *([("Frozen", frozen)] if frozen else []),
        ],
        "draft": "" if pack.frozen_at else "Draft: it is not frozen yet.",
        "parts": pack_parts(pack, user),
        "foreword": pack.foreword,
        "several": True,
        "back": address_of("record", "board-packs", pack.pk),
    }


def pack_parts(pack: BoardPack, user: Any) -> Sequence[Shown]:
    """Return the part of each programme in a pack, as far as the reader sees it."""
    return _each(pack, user, part_of)


def pack_glance(pack: BoardPack, user: Any) -> Sequence[Shown]:
    """Return the parts of a pack; without their figures where there are many."""
    return _each(pack, user, part_of if len(parts_of(pack)) <= GLANCE else name_of)


def _each(pack: BoardPack, user: Any, show: Callable[..., Shown | None]) -> Sequence[Shown]:
    parts = parts_of(pack)
    ids = [part.report for part in parts if part.report]
    reports = {report.pk: report for report in reports_of(user).filter(pk__in=ids)}
    printed = [
        show("programme", part.programme, part.known_at, reports.get(part.report or 0), user)
        for part in parts
    ]
    return [part for part in printed if part is not None]


def name_of(
    kind: str, pk: int, at: datetime | None, report: StatusReport | None, user: Any
) -> Shown | None:
    """Return a part without its figures; None where the user does not see the programme."""
    with as_at(at):
        owner = _seen(kind, pk, user)
        zone = owner and owner.portfolio.time_zone
    return owner and {"owner": owner, "report": report, "known_at": at, "zone": zone}


def _seen(kind: str, pk: int, user: Any) -> Any:
    return seen_now(SUBJECTS[kind].objects.visible_to(user).filter(pk=pk), user).first()


def part_of(
    kind: str, pk: int, at: datetime | None, report: StatusReport | None, user: Any
) -> Shown | None:
    """Return what is printed of a programme or a project as it was at a moment, or is now, with the
    report about it; None where the user does not see it."""
    with as_at(at):
        owner: Any = _seen(kind, pk, user)
        if owner is None:
            return None
        figures = (
            queries.report_figures(report, owner, user)
            if report
            else queries.figures_since(owner, at, None, user)
        )
        portfolio = figures.rollup.portfolio
        health = figures.rollup.metrics.get("health")
        detail = health.detail if health else {}
        of_programme = isinstance(owner, Programme)
        return {
            "owner": owner,
            "anchor": f"{kind}-{pk}",
            "report": report,
            "rollup": figures.rollup,
            "known_at": at,
            "zone": portfolio.time_zone,
            "unit": formats.money_unit(portfolio),
            "before": figures.before,
            "derived": health and health.value,
            "dimensions": formats.in_order(detail.get("dimensions", {})),
            "reasons": reasons_of(detail),
            "figures": [
                figure_row(name, BY_NAME[name].headline, figures)
                for name in HEADLINES
                if name in figures.rollup.metrics
            ],
            "curve": of_programme and curve(queries.realisation_series(owner)),
            "moved": moved_amounts(figures),
            "colours": of_programme and colours(queries.projects_with_forecasts(owner, user)),
            "risks": [risk_row(row) for row in queries.top_risks(owner, user)]
            if of_programme
            else None,
            "milestones": [milestone_row(row) for row in queries.milestones_ahead(owner, user)],
            "projects": projects_by_reporting(owner, user) if of_programme else None,
            "moves": moves(report, user) if report else [],
        }


def _report_file(report: StatusReport) -> str:
    return f"{slugify(report.subject.code).upper()}-{report.period_end}.pdf"


def _pack_file(pack: BoardPack) -> str:
    return f"{slugify(pack.title) or 'pack'}-{pack.on}.pdf"


PAPERS: Mapping[str, Paper] = {
    "status-reports": Paper(reports_of, report_shown, _report_file),
    "board-packs": Paper(packs_of, pack_shown, _pack_file),
}


class PaperPage(Page):
    """The view for printing of a report or a board pack, for who may see it."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return the document; raises Http404 where there is none, or not for this user."""
        paper = PAPERS[self.kwargs["collection"]]
        record = paper.rows(request.user).filter(pk=self.kwargs["pk"]).first()
        if record is None:
            raise Http404
        content = paper.shown(record, request.user)
        makes = pdf.is_available()
        address = f"/api/v1/{self.kwargs['collection']}/{record.pk}/pdf/"
        offered = {"pdf": address if makes else "", "missing": "" if makes else pdf.MISSING}
        return private(HttpResponse(html_of({**content, **offered})))
