"""The registers of programmes and portfolios: the columns, fields and verbs of each kind of
record."""

from programmes.registers.assurance import ASSURANCE_RECOMMENDATIONS, ASSURANCE_REVIEWS
from programmes.registers.boards import BOARD_MEETINGS, BOARDS
from programmes.registers.cases import BUSINESS_CASES, CASE_FLOWS, CASE_OPTIONS
from programmes.registers.closed_years import CLOSED_YEARS
from programmes.registers.competence import (
    COMPETENCE_RECORDS,
    DISCIPLINE_LINKS,
    DISCIPLINES,
    QUALIFICATIONS,
    TRAININGS,
)
from programmes.registers.currency_rates import CURRENCY_RATES
from programmes.registers.custom_fields import CUSTOM_FIELDS
from programmes.registers.dca_records import DCA_RECORDS
from programmes.registers.decisions import ACKNOWLEDGEMENTS, DECISIONS
from programmes.registers.delegated_limits import DELEGATED_LIMITS
from programmes.registers.envelopes import ENVELOPES
from programmes.registers.exceptions import EXCEPTIONS
from programmes.registers.health_overrides import HEALTH_OVERRIDES
from programmes.registers.objectives import OBJECTIVE_MEASUREMENTS, OBJECTIVES
from programmes.registers.organisation_units import ORGANISATION_UNITS
from programmes.registers.outcomes import OUTCOMES
from programmes.registers.packs import BOARD_PACKS
from programmes.registers.portfolio import PORTFOLIOS
from programmes.registers.programme import PROGRAMMES, TRANCHES
from programmes.registers.programme_definition import MANDATES, OPERATING_MODEL_STATES
from programmes.registers.programme_lines import PROGRAMME_LINES
from programmes.registers.reports import STATUS_REPORTS
from programmes.registers.rules import RULE_SETS
from programmes.registers.tolerances import TOLERANCES
from programmes.registers.transition import ADOPTION_ASSESSMENTS, IMPACTED_GROUPS

REGISTERS = (
    PORTFOLIOS, PROGRAMMES, OBJECTIVES, OBJECTIVE_MEASUREMENTS, MANDATES, TRANCHES,
    OPERATING_MODEL_STATES, OUTCOMES, IMPACTED_GROUPS, ADOPTION_ASSESSMENTS,
    PROGRAMME_LINES, ASSURANCE_REVIEWS, ASSURANCE_RECOMMENDATIONS, DCA_RECORDS, HEALTH_OVERRIDES,
    BUSINESS_CASES, CASE_OPTIONS, CASE_FLOWS, EXCEPTIONS, STATUS_REPORTS, DECISIONS,
    ACKNOWLEDGEMENTS, RULE_SETS, TOLERANCES, BOARDS, BOARD_MEETINGS, BOARD_PACKS, DELEGATED_LIMITS,
    ENVELOPES, DISCIPLINES, DISCIPLINE_LINKS, COMPETENCE_RECORDS, TRAININGS, QUALIFICATIONS,
    CLOSED_YEARS, CUSTOM_FIELDS, CURRENCY_RATES, ORGANISATION_UNITS,
)  # fmt: skip
