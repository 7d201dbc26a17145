"""Business cases, with their options and flows."""

from programmes.models.case.case import BusinessCase
from programmes.models.case.flow import CaseFlow, FlowKind
from programmes.models.case.option import BiasCategory, CaseOption, OptionKind
from programmes.models.case.states import CaseState
from programmes.models.justification import CaseKind

__all__ = [
    "BiasCategory",
    "BusinessCase",
    "CaseFlow",
    "CaseKind",
    "CaseOption",
    "CaseState",
    "FlowKind",
    "OptionKind",
]
