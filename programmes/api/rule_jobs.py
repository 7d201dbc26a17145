"""The job that works out the preview of other rules over a portfolio; its result is a JSON file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError

from pmhub.api.json_rendering import dumps
from pmhub.jobs.kinds import JobRefused, Kind
from pmhub.jobs.worker import JobRun
from programmes import queries
from programmes.api.figure_json import reference
from programmes.api.previews import movement_json
from programmes.models import Portfolio, RuleKind
from programmes.models.rule_set import checked
from programmes.queries.rule_previews import JOB, MovedRange, MovedRisk
from programmes.queries.rule_previews.consequences import (
    MovedOversight,
    MovedRequest,
    MovedSpan,
    MovedStep,
    OversightTerms,
)

PARAMETERS = ("portfolio", "kind", "values", "base")
FILE = "rule-preview.json"
WATCHING = ("level", "approver", "weeks", "inspections")  # of how a project is watched
GONE = "The portfolio is not there any more."


def _check(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of the job, validated; ValidationError for rules by which nothing could
    be judged."""
    if not isinstance(parameters.get("portfolio"), int):
        raise ValidationError("A portfolio was expected.")
    checked(parameters.get("kind", ""), parameters.get("values"))
    return {name: parameters[name] for name in PARAMETERS}


def _words(parameters: Mapping[str, Any]) -> str:
    return f"Preview: {RuleKind(parameters['kind']).label}"


def _write(run: JobRun) -> None:
    """Work out for the owner of the job what the rules would change, and store it."""
    parameters = run.parameters
    portfolio = Portfolio.objects.visible_to(run.user).filter(pk=parameters["portfolio"]).first()
    if portfolio is None:
        raise JobRefused(GONE)
    rules = checked(parameters["kind"], parameters["values"])
    preview = queries.rule_preview(portfolio, rules, run.user, run)
    run.name(FILE, "application/json")
    run.write(dumps(_shown(preview, parameters)))


def _shown(preview: queries.RulePreview, parameters: Mapping[str, Any]) -> dict[str, Any]:
    base = parameters["base"]
    rules = {name: parameters[name] for name in ("portfolio", "kind", "values")}
    return movement_json(rules, preview, base) | {
        "risks": [_risk(risk, base) for risk in preview.risks],
        "watched": [_watched(change, base) for change in preview.watched],
        "requests": [_request(request, base) for request in preview.requests],
        "ranges": [_range(each, base) for each in preview.ranges],
        "spans": [_span(each, base) for each in preview.spans],
        "steps": [_step(each, base) for each in preview.steps],
    }


def _risk(change: MovedRisk, base: str) -> dict[str, Any]:
    ends = zip(("from", "to"), change.scores, strict=True)
    return {
        **reference(change.risk, base, "risks", change.risk.title),
        "severity": {end: f"{score.severity} ({score.value})" for end, score in ends},
    }


def _watched(change: MovedOversight, base: str) -> dict[str, Any]:
    before, after = change.watching
    return {
        **reference(change.project, base, "projects"),
        **{name: _ends(before, after, name) for name in WATCHING},
    }


def _range(moved: MovedRange, base: str) -> dict[str, Any]:
    portfolio = moved.programme.portfolio
    return {
        **reference(moved.programme, base),
        "currency": portfolio.currency,
        "money_unit": portfolio.money_unit,
        **{
            name: {end: f"{value:.2f}" for end, value in zip(("from", "to"), pair, strict=True)}
            for name, pair in moved.ends.items()
        },
    }


def _span(each: MovedSpan, base: str) -> dict[str, Any]:
    before, after = each.most
    return {
        **reference(each.person, base, "people"),
        "number": each.number,
        "most": {"from": before, "to": after},
    }


def _step(each: MovedStep, base: str) -> dict[str, Any]:
    before, after = each.lacks
    return {
        **reference(each.person, base, "people"),
        "step": each.step.value,
        "lacks": {"from": before, "to": after},
    }


def _ends(before: OversightTerms, after: OversightTerms, name: str) -> dict[str, Any]:
    return {"from": getattr(before, name), "to": getattr(after, name)}


def _request(change: MovedRequest, base: str) -> dict[str, Any]:
    row = change.request
    name = f"{row._meta.verbose_name}s".replace(" ", "-")
    return {
        **reference(row, base, name, row.title),
        "level": dict(zip(("from", "to"), change.levels, strict=True)),
    }


KIND = Kind(
    name=JOB,
    words=_words,
    check=_check,
    run=_write,
    reads=lambda _: "rule-sets",
    page="rule-preview",
)
