"""Pages of rules: what other rules would change, as a job works it out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, cast

from django.shortcuts import get_object_or_404

from pmhub import formats
from pmhub.access import can
from pmhub.jobs import queue, rights, worker
from pmhub.models import JobState, User
from pmhub.page_addresses import address_of
from pmhub.views import LivePage
from programmes.delegated_limits import LEVELS
from programmes.models import Level, Portfolio, RuleKind, RuleSet
from programmes.models.portfolio import PmoType
from programmes.queries import sets_in_force
from programmes.queries.pmo_types import approvals, pmo_type_preview
from programmes.queries.rule_previews import JOB
from programmes.queries.rule_previews.figures import TOLD
from programmes.rule_kinds import KINDS

UNIT = ("currency", "money_unit")  # what money is in
LOST = "Your rights have changed since this was worked out, so it is not shown. Ask for it again."


class RulePreviewPage(LivePage):
    """What other rules would change: the progress of the job, and then its result."""

    template_name = "programmes/rule_preview_page.html"
    region_template_name = "programmes/rule_preview.html"
    title = "What other rules would change"

    def find(self) -> None:
        """Find the job of the reader; raises Http404."""
        mine = queue.shown_to(cast(User, self.request.user)).filter(kind=JOB)
        self.job = get_object_or_404(mine, pk=self.kwargs["pk"])

    def stamp(self) -> tuple[str, str]:
        """Return the progress of the job; while it waits or runs, the region is read every
        second."""
        job = self.job
        seen = (job.pk, job.state, job.progress, job.total)
        return repr(seen), "recomputing" if job.is_open else "fresh"

    def region_context(self) -> dict[str, Any]:
        """Return the rules that are tried, the job, and what it found."""
        parameters = self.job.parameters
        return {
            **super().region_context(),
            "job": self.job,
            "kind": RuleKind(parameters["kind"]).label,
            "portfolio": parameters["portfolio"],
            "rules": rule_words(parameters["kind"], parameters["values"]),
            **self._found(),
        }

    def _found(self) -> dict[str, Any]:
        if self.job.state != JobState.DONE:
            return {}
        if rights.is_lost(self.job.scope, self.request.user):
            return {"lost": LOST}
        preview = json.loads(b"".join(worker.parts_of(self.job)))
        return {"found": preview, "tables": list(tables(preview)), "hidden": preview["hidden"]}


def rule_words(kind: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rules of a kind in words, those that are set first: the label, the value, and the
    default."""
    rules = KINDS[kind]
    lines = [
        {
            "label": entry.label,
            "value": entry.in_words(entry.read(values[name])) if name in values else "",
            "usual": "" if entry.default is None else entry.in_words(entry.default),
        }
        for name in dict.fromkeys([*rules.entries(), *values])
        for entry in [rules.entry(name)]
    ]
    return sorted(lines, key=lambda line: not line["value"])


def tables(preview: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a table for each kind of change that has rows: `title`, and `rows` of (what, now,
    then). What is the address, code and name of a record, or the name of a figure and the address
    of its explanation."""
    yield from _changed(preview)
    for programme in preview["ranges"]:
        title = f"{programme['code']} {programme['name']}: what risks may cost"
        yield {"title": title, "rows": _exposures(programme), "unit": _unit(programme)}
    for programme in preview["programmes"]:
        title = f"{programme['code']} {programme['name']}"
        yield {"title": title, "rows": _figures(programme), "unit": _unit(programme)}


def _changed(preview: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a table for each kind of record of which some would change."""
    parts = (
        ("Health of projects", preview["projects"], "health", str),
        ("Risks", preview["risks"], "severity", str),
        ("Oversight", preview["watched"], "level", str),
        ("Who approves stages", preview["watched"], "approver", str),
        ("Weeks between reports", preview["watched"], "weeks", str),
        ("Weeks between inspections", preview["watched"], "inspections", str),
        ("Who decides requests", preview["requests"], "level", _level),
        ("Live projects that one person may manage", preview["spans"], "most", str),
        ("Lacking for the next step", preview["steps"], "lacks", str),
    )
    for title, rows, name, words in parts:
        moved = [
            (row, words(row[name]["from"] or "none"), words(row[name]["to"] or "none"))
            for row in rows
            if row[name]["from"] != row[name]["to"]
        ]
        if moved:
            yield {"title": title, "rows": moved, "colours": name == "health"}


def _exposures(programme: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    return [
        (
            {"name": f"Exposure {name.upper()}, simulated"},
            *(formats.looks(Decimal(programme[name][end]), "money") for end in ("from", "to")),
        )
        for name in TOLD
        if name in programme
    ]


def _figures(programme: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    return [
        (
            {
                "name": figure["label"],
                "explained": address_of("explain", programme["id"], figure["name"]),
            },
            *(_figure(figure, end) for end in ("from", "to")),
        )
        for figure in programme["metrics"]
    ]


def _unit(programme: Mapping[str, Any]) -> str:
    return formats.money_unit(Portfolio(**{name: programme[name] for name in UNIT}))


def _figure(figure: Mapping[str, Any], end: str) -> str:
    value = figure[end]
    return "not known" if value is None else formats.looks(value, figure["unit"])


def _level(level: str) -> str:
    return str(Level(level).label) if level in LEVELS else level


def in_force(portfolio: Any, request: Any) -> dict[str, Any] | None:
    """Return the rules of each kind that are in force in a portfolio, and who may set others; None
    on other pages."""
    if not isinstance(portfolio, Portfolio):
        return None
    sets = {row.kind: row for row in sets_in_force(portfolio)}
    form = address_of("new-record", "rule-sets")
    return {
        "portfolio": portfolio,
        "may": can(request.user, "write", RuleSet(portfolio=portfolio)),
        "kinds": [
            {
                "kind": kind,
                "label": label,
                "set": sets.get(kind),
                "unset": KINDS[kind].UNSET,
                "new": f"{form}?portfolio={portfolio.pk}&kind={kind}",
                "said": [
                    line
                    for line in rule_words(kind, sets[kind].values if kind in sets else {})
                    if line["value"]
                ],
            }
            for kind, label in RuleKind.choices
        ],
    }


def values(rule_set: RuleSet, request: Any) -> dict[str, Any]:
    """Return every rule of a set, with its default."""
    return {"rules": rule_words(rule_set.kind, rule_set.values)}


def stage_approvers(home: Any, request: Any) -> dict[str, Any] | None:
    """Return who approves a stage by the type of PMO of a portfolio, or by another one that the
    address names, with what that would change. None on other pages."""
    if not isinstance(home, Portfolio):
        return None
    text = request.GET.get("pmo_type", "")
    kind = PmoType(text if text in PmoType.values else home.pmo_type)
    other = kind != home.pmo_type
    return {
        "portfolio": home,
        "kinds": [(pmo.value, pmo.label, pmo == home.pmo_type) for pmo in PmoType],
        "chosen": kind.label,
        "value": kind.value,
        "approvals": approvals(home, kind),
        "preview": pmo_type_preview(home, kind, request.user) if other else None,
        "may": can(request.user, "write", home),
    }
