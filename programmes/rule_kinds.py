"""The kinds of rules that a portfolio keeps in rule sets, each read by the rule it belongs to.

Their names and labels are `RuleKind` of `programmes/models/rules_in_force.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

from pmhub.rules import Rules
from programmes.delegated_limits import Limits
from programmes.health import HealthRule, Thresholds
from projects.bands import Bands
from projects.calendar import Calendar
from projects.career import Career
from projects.categories import Categories
from projects.gates import Approvers
from projects.oversight import Ladder

KINDS: Mapping[str, type[Rules]] = {
    "thresholds": Thresholds,
    "matrix": Bands,
    "categories": Categories,
    "calendar": Calendar,
    "ladder": Ladder,
    "career": Career,
    "approvers": Approvers,
    "health": HealthRule,
    "limits": Limits,
}
NAMES = {rules: kind for kind, rules in KINDS.items()}
