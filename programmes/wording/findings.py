"""Findings of health in words: the one place where a rule of health becomes a sentence.

A finding is data (`Finding.data`), stored without a language. `compose` puts a sentence together
and `name` names a record in it, so that REST has plain text and a page the same words with links.
Older figures have sentences in the place of findings: these are returned as stored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from pmhub.rounding import SHARE, rounded

Data = Mapping[str, Any]  # a finding, or a driver of one
Compose = Callable[..., str]  # a pattern with {} and what goes into it
Name = Callable[[Data], str]

TITLES = {
    "disbenefits": lazy("dis-benefits"),
    "funding_cover": lazy("funding cover"),
    "report": lazy("stale"),
}


def code_of(driver: Data) -> str:
    """Return the code of a driver."""
    return str(driver["code"])


def reasons_of(stored: Data) -> list[str]:
    """Return the reasons of a stored health, in plain text."""
    if "findings" in stored:
        return [reason(finding) for finding in stored["findings"]]
    return [str(text) for text in stored.get("reasons", ())]


def in_words(stored: Data) -> dict[str, Any]:
    """Return a stored health with its reasons in plain text beside its findings, each with its
    first `driver`. Older ones, which were stored as sentences, are returned as they are."""
    if "findings" not in stored:
        return dict(stored)
    findings = [
        {**finding, "driver": finding["drivers"][0] if finding["drivers"] else None}
        for finding in stored["findings"]
    ]
    return {**stored, "reasons": reasons_of(stored), "findings": findings}


def reason(finding: Data, compose: Compose = str.format, name: Name = code_of) -> str:
    """Return a finding as a sentence: "cost amber: forecast +6.4% of approved budget"."""
    pattern = "{title}: {why}" if finding["dimension"] == "report" else "{title} {colour}: {why}"
    return compose(
        pattern,
        title=title(finding),
        colour=_(finding["colour"]),
        why=finding_reason(finding, compose, name),
    )


def title(finding: Data) -> str:
    """Return the dimension or other subject of a finding, in words."""
    named = TITLES.get(finding["rule"]) or TITLES.get(finding["dimension"])
    return str(named) if named else _(finding["dimension"])


def finding_reason(finding: Data, compose: Compose = str.format, name: Name = code_of) -> str:
    """Return why the finding has its colour, without its subject."""
    terms = Terms(finding["values"], finding["drivers"], compose, name)
    tell = RULES.get(finding["rule"])
    return tell(terms) if tell else compose("{}", finding["rule"].replace("_", " "))


@dataclass(frozen=True, slots=True)
class Terms:
    """The values and records of a sentence about a finding."""

    values: Mapping[str, Any]
    drivers: Sequence[Data]
    compose: Compose
    name: Name

    def say(self, pattern: str, **terms: Any) -> str:
        """Return the pattern with its terms filled in."""
        return self.compose(pattern, **terms) if terms else self.compose("{}", pattern)

    @property
    def driver(self) -> str:
        """Return the name of the first driver."""
        return self.name(self.drivers[0])

    @property
    def all(self) -> str:
        """Return the names of the drivers, and how many more there are."""
        names = [self.name(driver) for driver in self.drivers]
        named = self.compose(", ".join(["{}"] * len(names)), *names)
        more = self.values.get("count", len(names)) - len(names)
        return self.say(_("{named} and {more} more"), named=named, more=more) if more else named

    def number(self, places: int, *bounds: Decimal, scale: int = 1, sign: str = "") -> str:
        """Return the value, with as many digits as tell it from the bounds by which it was
        judged."""
        judged = [Decimal(self.values[name]) for name in ("green", "amber") if name in self.values]
        value, *judged = (scale * figure for figure in (Decimal(self.values["value"]), *judged))
        return format(rounded(value, places, [*judged, *bounds]), f"{sign}f")


def _late(terms: Terms) -> str:
    days = int(terms.values["value"])
    text = ngettext("{days} day late against baseline", "{days} days late against baseline", days)
    sentence = terms.say(text, days=days)
    hidden = terms.values["hidden_delay_days"]
    if not hidden:
        return sentence
    if not terms.drivers:
        return terms.say(
            _("{late} ({hidden} not in the declared forecast)"), late=sentence, hidden=hidden
        )
    return terms.say(
        _("{late} ({hidden} not in the declared forecast, via {driver})"),
        late=sentence,
        hidden=hidden,
        driver=terms.driver,
    )


def _share(terms: Terms) -> str:
    return terms.say(_("{share} of plan"), share=terms.number(2, *SHARE))


def _undefined(terms: Terms) -> str:
    return terms.say(_("planned net not positive or nothing planned yet"))


UNITS = {"time_days": lazy(" days"), "risk": ""}


def _by_tolerance(pattern: str) -> Callable[[Terms], str]:
    def tell(terms: Terms) -> str:
        *others, tolerance = terms.drivers
        unit = UNITS.get(terms.values["kind"], "%")
        return terms.say(
            _(pattern),
            told=RULES[terms.values["said"]](replace(terms, drivers=others)),
            tolerance=terms.name(tolerance),
            limit=f"{Decimal(terms.values['tolerance']):f}{unit}",
        )

    return tell


def _strayed(terms: Terms) -> str:
    """Return how far something has strayed, with as many digits as tell it from its tolerance."""
    far, limit = Decimal(terms.values["strayed"]), Decimal(terms.values["tolerance"])
    return f"{rounded(far, 0, [limit]):f}"


def _recommendations(terms: Terms) -> str:
    text = ngettext(
        "{count} {priority} recommendation overdue",
        "{count} {priority} recommendations overdue",
        terms.values["count"],
    )
    return terms.say(text, count=terms.values["count"], priority=_(terms.values["priority"]))


def _conditions(terms: Terms) -> str:
    text = ngettext(
        "{count} condition of a gate lapsed",
        "{count} conditions of gates lapsed",
        terms.values["count"],
    )
    return terms.say(text, count=terms.values["count"])


RULES: dict[str, Callable[[Terms], str]] = {
    "late_against_baseline": _late,
    "over_approved": lambda terms: terms.say(
        _("forecast {over}% of approved budget"), over=terms.number(1, Decimal(0), sign="+")
    ),
    "below_plan": _share,
    "above_plan": _share,
    "nothing_planned_yet": _undefined,
    "planned_net_not_positive": _undefined,
    "never_measured": lambda terms: terms.say(_("planned to date and never measured")),
    "high_score": lambda terms: terms.say(
        _("{risk} scores {score}"), risk=terms.driver, score=terms.values["value"]
    ),
    "funding_cover": lambda terms: terms.say("{cover}", cover=terms.number(2, *SHARE)),
    "not_green": lambda terms: terms.all,
    "worst_projects": lambda terms: terms.all,
    "worst_critical_projects": lambda terms: terms.say(
        _("{all}, the worst of those that are critical"), all=terms.all
    ),
    "weighted_projects": lambda terms: terms.say(
        _("{share}% of the weight in amber or red: {all}"),
        share=terms.number(0, *SHARE, scale=100),
        all=terms.all,
    ),
    "overdue": lambda terms: terms.say(_("{all} overdue"), all=terms.all),
    "overbooked": lambda terms: terms.say(
        _("{resource} over by {over}% in {month}"),
        resource=terms.driver,
        over=terms.number(0, Decimal(0), scale=100),
        month=terms.values["month"],
    ),
    "booked_without_capacity": lambda terms: terms.say(
        _("{resource} booked without capacity in {month}"),
        resource=terms.driver,
        month=terms.values["month"],
    ),
    "recommendations_overdue": _recommendations,
    "conditions_lapsed": _conditions,
    "never_reported": lambda terms: terms.say(_("never reported")),
    "not_reported": lambda terms: terms.say(_("no report since {day}"), day=terms.values["since"]),
    "projects_not_reported": lambda terms: terms.all,
    "overridden": lambda terms: terms.say(
        _("{override} until {day}, in the place of {derived}: {reason}"),
        override=terms.driver,
        day=terms.values["until"],
        derived=_(terms.values["derived"]),
        reason=terms.values["reason"],
    ),
    "beyond_tolerance": _by_tolerance("{told}, beyond the {tolerance} of {limit}"),
    "within_tolerance": _by_tolerance("{told}, within the {tolerance} of {limit}"),
    "expected_cost": lambda terms: terms.say(
        _("risks are expected to cost {strayed}"), strayed=_strayed(terms)
    ),
    "outputs_descoped": lambda terms: terms.say(
        _("{strayed}% of outputs descoped"), strayed=_strayed(terms)
    ),
    "outputs_not_accepted": lambda terms: terms.say(
        _("{strayed}% of outputs due are not accepted"), strayed=_strayed(terms)
    ),
    "nothing_to_judge": lambda terms: terms.say(_("nothing to judge yet")),
}
