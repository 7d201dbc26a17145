"""The benefits page of a programme: the map that leads to them, and the register."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from benefits.models import BenefitKind
from pmhub import formats, text
from pmhub.database import touches
from programmes import queries
from programmes.models import Programme
from programmes.queries.benefits_map import COLUMNS, BenefitsMap, Key, Node, capabilities, gaps
from programmes.views.past import ProgrammePastPage
from programmes.views.rows import first_rows, page_of
from projects.models import Output

HEADINGS = {
    "output": ("Outputs", "What projects deliver"),
    "outcome": ("Outcomes", "The changed ways of working"),
    "intermediate": ("Intermediate benefits", "What leads to the end benefits"),
    "end": ("End benefits", "What it is worth"),
    "objective": ("Objectives", "What it is for"),
}
FLAGS = {
    "leads_to_no_benefit": "Leads to no benefit",
    "leads_to_no_end_benefit": "Leads to no end benefit",
    "serves_no_objective": "Serves no objective",
    "nothing_leads_to_it": "Nothing leads to it",
    "no_benefit_serves_it": "No benefit serves it",
}

FIRST_ALONE = 12  # records of a column of the map that nothing links, before the rest is folded


class BenefitsPage(ProgrammePastPage):
    """How what the projects deliver leads to benefits, and where each benefit stands."""

    template_name = "programmes/benefits_page.html"
    region_template_name = "programmes/benefits.html"
    about = "Benefits"
    computed_panels = ("benefits-evidence", "map-gaps")

    def in_rest(self) -> tuple[str, str]:
        """Return the REST operation and address for the benefits."""
        return "benefits_list", f"/api/v1/benefits/?programme={self.kwargs['pk']}"

    def depends_on(self) -> str:
        """Return also the state of outputs: the map shows those of other programmes that lead
        here."""
        return f"{touches.stamp_of_tables([touches.topic_of(Output)])}-{super().depends_on()}"

    def record_of_panels(self) -> Programme | None:
        """Return the programme; None for the past, of which its panels say nothing."""
        programme: Programme = self.programme
        return None if self.at else programme

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the programme, of which panels show the present state."""
        return super().get_context_data(programme=self.programme, at=self.at, **kwargs)

    def region_context(self) -> dict[str, Any]:
        """Return everything the page shows."""
        programme, user = self.programme, self.request.user
        figures = queries.rollup(programme, at=self.at, known=self.figures_freshness)
        drawn = queries.benefits_map(programme, user)
        register = queries.benefits_register(programme, user, self.at)
        return {
            **super().region_context(),
            "programme": programme,
            "unit": formats.money_unit(programme.portfolio),
            "rollup": figures,
            "as_of": figures.as_of,
            "m": figures.metrics,
            "columns": columns(drawn),
            "nodes": len(drawn.nodes),
            "gaps": sum(map(len, gaps(drawn).values())),
            "hidden": drawn.hidden,
            "count": len(register),
            "register": first_rows([benefit_row(row) for row in register], self.request),
        }


def columns(drawn: BenefitsMap) -> list[dict[str, Any]]:
    """Return the columns of the map, each record near to those it is linked to, so that few lines
    cross."""
    codes = {node.key: node.record.code for node in drawn.nodes}
    onwards: dict[Key, list[Key]] = defaultdict(list)
    backwards: dict[Key, list[Key]] = defaultdict(list)
    for source, target in drawn.links:
        onwards[source].append(target)
        backwards[target].append(source)
    inside = {name: [node for node in drawn.nodes if node.column == name] for name in COLUMNS}
    needed = capabilities(drawn)
    heights: dict[Key, float] = {}
    for name in COLUMNS:
        inside[name] = in_order(inside[name], backwards, heights)
    for name in reversed(COLUMNS):
        inside[name] = in_order(inside[name], onwards, heights)
    cells = {
        name: [
            cell(n, codes, onwards[n.key], backwards[n.key], needed.get(n.key))
            for n in inside[name]
        ]
        for name in COLUMNS
    }
    return [
        {
            "name": name,
            "title": HEADINGS[name][0],
            "hint": HEADINGS[name][1],
            "nodes": cells[name],
            **_parted(cells[name]),
        }
        for name in COLUMNS
    ]


def _parted(cells: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """What a column shows at once, and what stands apart: of many that nothing links, all but the
    first."""
    alone = [each["key"] for each in cells if not each["leads_to"] and not each["led_to_by"]]
    folded = {*alone[FIRST_ALONE:]}
    return {
        "drawn": [each for each in cells if each["key"] not in folded],
        "apart": [each for each in cells if each["key"] in folded],
    }


def in_order(
    nodes: Sequence[Node], links: Mapping[Key, Sequence[Key]], heights: dict[Key, float]
) -> list[Node]:
    """Return the nodes of a column in the order of the mean height of the nodes that they are
    linked to on one side; nodes without links there keep their height. The heights of all are
    written to `heights`."""

    def wish(node: Node) -> float:
        sides = [heights[key] for key in links.get(node.key, ()) if key in heights]
        return sum(sides) / len(sides) if sides else heights.get(node.key, 1)

    ordered = sorted(nodes, key=wish)
    heights |= {node.key: place / len(ordered) for place, node in enumerate(ordered)}
    return ordered


def cell(
    node: Node,
    codes: Mapping[Key, str],
    onwards: Sequence[Key],
    backwards: Sequence[Key],
    capability: tuple[int, int] | None,
) -> dict[str, Any]:
    """Return what the map shows of a record; of an outcome, how many of the outputs that its
    capability needs are accepted, of how many."""
    return {
        "key": _name(node.key),
        "code": node.record.code,
        "title": node.record.title,
        "state": node.state,
        "capability": capability,
        "home": node.home.code if node.home else "",
        "home_address": page_of(node.home.pk) if node.home else "",
        "flags": [FLAGS[flag] for flag in node.flags],
        "to": " ".join(map(_name, onwards)),
        "leads_to": sorted((codes[key] for key in onwards if key in codes), key=text.in_order),
        "led_to_by": sorted((codes[key] for key in backwards if key in codes), key=text.in_order),
    }


def _name(key: Key) -> str:
    return "-".join(map(str, key))


def benefit_row(row: queries.BenefitRow) -> dict[str, Any]:
    """Return what the register shows of a benefit."""
    benefit = row.benefit
    return {
        "id": benefit.pk,
        "code": benefit.code,
        "title": benefit.title,
        "category": benefit.get_category_display(),
        "level": benefit.get_level_display(),
        "state": benefit.get_status_display(),
        "owner": benefit.owner.name if benefit.owner else "",
        "unit": benefit.unit,
        "planned": row.planned,
        "actual": row.actual,
        "attainment": row.attainment,
        "reason": row.reason,
        "against_profile": row.against_profile,
        "is_loss": benefit.polarity < 0 and benefit.kind == BenefitKind.FLOW,
        "unmeasured_from": row.unmeasured_from,
        "next_on": benefit.next_measurement_on,
        "money": benefit.monetised,
    }
