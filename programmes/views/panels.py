"""What pages of programmes show beside what their register declares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from benefits.models import Benefit, BenefitContribution, BenefitLink
from benefits.realisation.own_history import FEWEST
from pmhub import formats
from pmhub.access import can
from pmhub.database.collation import InOrder
from pmhub.page_addresses import address_of
from pmhub.registers import registers
from pmhub.registers.panels import Panel
from pmhub.text import next_code
from pmhub.views.waiting import waiting_panel
from programmes.models import (
    BoardMeeting,
    BoardPack,
    Envelope,
    MeetingState,
    Outcome,
    Portfolio,
    Programme,
    ProgrammeStage,
    ReportKind,
    StatusReport,
)
from programmes.queries import evidence, money
from programmes.queries.agenda import agenda_of, in_sight
from programmes.queries.benefits_map import (
    UNCONTRIBUTED,
    BenefitsMap,
    Node,
    benefits_map,
    gaps,
    overlaps,
)
from programmes.views import boards, cases, decisions, exceptions, papers, report_standing, rules
from programmes.views.benefits import FLAGS, HEADINGS
from programmes.views.disciplines import PANELS as OF_DISCIPLINES
from programmes.views.end_report import planned_beside_actual
from programmes.views.load import of_person, of_resource
from programmes.views.organisation_units import PANELS as OF_UNITS
from programmes.views.portfolio_index import portfolio_index
from programmes.views.transition import transition
from programmes.views.value_chain import PANELS as OF_VALUE_CHAIN
from projects.models import Project

WORDS = FLAGS | {UNCONTRIBUTED: "No project contributes to it"}


def evidence_of(programme: Programme, request: Any) -> dict[str, Any] | None:
    """Return the evidence behind the benefits; None where no benefit counts."""
    basis = evidence(programme, request.user)
    if not basis.claims:
        return None
    return {
        "unit": formats.money_unit(programme.portfolio),
        "found": basis,
        "fewest": FEWEST,
        "stages": dict(ProgrammeStage.choices),
        "rows": [
            {
                "benefit": claimed.benefit,
                "claimed": claimed,
                "page": address_of("record", "benefits", claimed.benefit.id),
                "values": claimed.history.of(claimed.claim),
            }
            for claimed in basis.claims
        ],
    }


def map_gaps(programme: Programme, request: Any) -> dict[str, Any] | None:
    """Return the missing links of the map, and what may be counted twice."""
    drawn = benefits_map(programme, request.user)
    alike, over = overlaps(drawn)
    context = {
        "gaps": [
            {"words": WORDS[what], "records": list(map(_record, nodes))}
            for what, nodes in gaps(drawn).items()
        ],
        "alike": [(*names, list(map(_record, nodes))) for names, nodes in alike],
        "over": [(_record(node), weight) for node, weight in over],
    }
    return context if any(context.values()) else None


def _record(node: Node) -> dict[str, Any]:
    return {"code": node.record.code, "title": node.record.title, "address": node.address}


def map_editing(programme: Programme, request: Any) -> dict[str, Any] | None:
    """Return the forms that add to the map, link, unlink and weigh; None for users who may not."""
    user = request.user
    if not can(user, "write", BenefitLink(programme=programme)):
        return None
    drawn = benefits_map(programme, user)
    names = {node.key: f"{node.record.code} {node.record.title}" for node in drawn.nodes}
    weighs = can(user, "write", BenefitContribution(benefit=Benefit(programme=programme)))
    benefits = [node for node in drawn.nodes if node.key[0] == "benefit"]
    return {
        "address": f"/programmes/{programme.pk}/benefits/",
        "outcome": _outcome(programme) if can(user, "write", Outcome(programme=programme)) else "",
        "sources": _ends(drawn, "from", ("output", "outcome", "intermediate")),
        "targets": _ends(drawn, "to", ("outcome", "intermediate", "end")),
        "links": list(_links(programme, names)),
        "weights": list(_weights(programme, user)) if weighs else [],
        "benefits": [(node.record.pk, names[node.key]) for node in benefits] if weighs else [],
        "projects": _projects(programme, user) if weighs else [],
    }


def _outcome(programme: Programme) -> str:
    codes = Outcome.objects.filter(programme=programme).order_by("-pk")
    return next_code(codes.values_list("code", flat=True)) or "OC1"


def _ends(drawn: BenefitsMap, side: str, columns: Iterable[str]) -> list[tuple[str, Any]]:
    """Return the choices for one end of a link, column by column; each has the name of its field
    and its id."""
    return [
        (
            HEADINGS[column][0],
            [
                (f"{side}_{node.key[0]}:{node.key[1]}", f"{node.record.code} {node.record.title}")
                for node in drawn.nodes
                if node.column == column
            ],
        )
        for column in columns
    ]


def _links(programme: Programme, names: Mapping[Any, str]) -> Iterable[dict[str, Any]]:
    """Return the links between records in sight, each with the names of its ends."""
    for link in BenefitLink.objects.filter(programme=programme).order_by("pk"):
        ends = [
            names.get((kind, getattr(link, f"{side}_{kind}_id")))
            for side, kinds in (("from", ("output", "outcome", "benefit")),
                                ("to", ("outcome", "benefit")))
            for kind in kinds
            if getattr(link, f"{side}_{kind}_id")
        ]  # fmt: skip
        if all(ends):
            yield {"id": link.pk, "version": link.version, "from": ends[0], "to": ends[1]}


def _weights(programme: Programme, user: Any) -> Iterable[dict[str, Any]]:
    rows = BenefitContribution.objects.visible_to(user).filter(benefit__programme=programme)
    rows = rows.order_by(InOrder("benefit__code"), InOrder("project__code"), "pk")
    # What is shown alone: another estimate of a project is none of it.
    for id, version, weight, benefit, project in rows.values_list(
        "pk", "version", "weight", "benefit__code", "project__code"
    ):
        yield {
            "id": id, "version": version, "weight": weight, "benefit": benefit, "project": project,
        }  # fmt: skip


def _projects(programme: Programme, user: Any) -> list[tuple[int, str]]:
    rows = (
        Project.objects.visible_to(user).filter(programme=programme).order_by(InOrder("code"), "pk")
    )
    return [(id, f"{code} {name}") for id, code, name in rows.values_list("pk", "code", "name")]


def agenda(meeting: BoardMeeting, request: Any) -> dict[str, Any] | None:
    """Return what waits for the board, or did when the meeting was called, as far as the reader
    sees it, and the papers of the meeting."""
    planned = meeting.state == MeetingState.PLANNED
    [items] = in_sight([agenda_of(meeting.board) if planned else meeting.agenda], request.user)
    lines = []
    for item in items:
        register = registers.named(item["type"])
        lines.append({**item, "called": register.one if register else ""})
    return {"items": lines, "papers": meeting.papers, "planned": planned}


def envelopes(owner: Any, request: Any) -> dict[str, Any] | None:
    """Return the envelopes of a portfolio or a programme, compared with what is approved and
    requested below; None for users without a role on it."""
    if isinstance(owner, Portfolio):
        portfolio, row = owner, Envelope(portfolio=owner)
    elif isinstance(owner, Programme):
        portfolio, row = owner.portfolio, Envelope(portfolio=owner.portfolio, programme=owner)
    else:
        return None
    if not can(request.user, "view", row):
        return None
    lines = money.reconciliation(owner)
    if not any(line.envelope or line.requested for line in lines):
        return None
    return {
        "rows": [(line, money.TREATMENTS[line.treatment]) for line in lines],
        "whole": row.programme is None,
        "unit": formats.money_unit(portfolio),
    }


def reported_figures(report: StatusReport, request: Any) -> Mapping[str, Any] | None:
    """Return the main figures of a project at the moment of its report, and what moved them since
    the one before; None for an end report and one of a programme, which has a page of its own."""
    if report.project_id is None or report.kind == ReportKind.END:
        return None
    return papers.part_of(
        "project", report.project_id, report.published_at, report, request.user
    )  # fmt: skip


def pack(pack: BoardPack, request: Any) -> dict[str, Any]:
    """Return the programmes of a board pack, each with its figures at its moment."""
    return {
        "parts": papers.pack_glance(pack, request.user),
        **report_standing.pack_paper(pack, request),
    }


PANELS: Mapping[str, Panel] = {
    **OF_DISCIPLINES,
    **OF_UNITS,
    **OF_VALUE_CHAIN,
    "portfolio-index": Panel("Side by side", "programmes/portfolio_index.html", portfolio_index),
    "rules-in-force": Panel("In force", "programmes/rules_in_force.html", rules.in_force),
    "stage-approvers": Panel(
        "Who approves a stage", "programmes/stage_approvers.html", rules.stage_approvers
    ),
    "rule-values": Panel("Rule by rule", "programmes/rule_values.html", rules.values),
    "board-members": Panel("Not all can decide", "programmes/board_members.html", boards.members),
    "decision-standing": Panel(
        "Whether it holds and is known",
        "programmes/decision_standing.html",
        decisions.decision_standing,
    ),
    "to-acknowledge": waiting_panel("You are to know of these", "decision_to_acknowledge"),
    "envelopes": Panel("Envelopes", "programmes/envelopes.html", envelopes, cached=True),
    "case-next": Panel("What comes next", "programmes/case_next.html", cases.next_steps),
    "case-now": Panel(
        "Business case, approved and now", "programmes/case_now.html", cases.current_figures
    ),
    "case-options": Panel("Options compared", "programmes/case_options.html", cases.options),
    "meeting-agenda": Panel("Agenda", "programmes/meeting_agenda.html", agenda),
    "programme-end": Panel(
        "Planned and actual", "programmes/end_report.html", planned_beside_actual
    ),
    "report-standing": Panel(
        "Approval and paper", "programmes/report_standing.html", report_standing.report_standing
    ),
    "report-figures": Panel("Main figures", "programmes/report_figures.html", reported_figures),
    "pack-contents": Panel("Programme by programme", "programmes/pack.html", pack),
    "exception-moved": Panel(
        "What moved it", "programmes/exception_bridge.html", exceptions.exception_bridge
    ),
    "transition": Panel(
        "Transition",
        "programmes/transition.html",
        transition,
        cached=True,
        lists=("impacted-groups", "actions"),
    ),
    "benefits-evidence": Panel(
        "How sure it is", "programmes/benefits_evidence.html", evidence_of, cached=True
    ),
    "map-gaps": Panel("Gaps and overlaps", "programmes/map_gaps.html", map_gaps, cached=True),
    "person-load": Panel("Load by month", "programmes/own_load.html", of_person),
    "resource-load": Panel("Load by month", "programmes/own_load.html", of_resource),
    "map-editing": Panel("Change the map", "programmes/map_editing.html", map_editing, cached=True),
}
