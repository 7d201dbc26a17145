"""What waits for people, by one list of rules: measurements due, reports to write or approve,
decisions, votes, and records of theirs that are overdue. All code that needs to know what waits for
somebody asks these rules.

To add a rule, add its declaration to the module of its field (`benefits.py`, `projects.py`,
`gates.py`, `decisions.py`, `assurance.py`, `library.py`, `office.py`) and its cases to
`tests/waiting/`: the home page, REST and the panels follow.
"""

from pmhub.queries.waiting import (
    assurance,
    benefits,
    decisions,
    gates,
    library,
    office,
    projects,
)
from pmhub.queries.waiting.findings import next_waiting, waiting
from pmhub.queries.waiting.rule import URGENCIES, Finding, Rule

RULES: tuple[Rule, ...] = (
    *gates.RULES,
    *decisions.RULES,
    *assurance.RULES,
    *projects.RULES,
    *library.RULES,
    *benefits.RULES,
    *office.RULES,
)
BY_NAME = {rule.name: rule for rule in RULES}

__all__ = ["BY_NAME", "RULES", "URGENCIES", "Finding", "next_waiting", "waiting"]
