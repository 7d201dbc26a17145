"""The register of delegated limits."""

from pmhub.registers import Register, Section
from programmes.serializers.delegated_limits import DelegatedLimitSerializer

DELEGATED_LIMITS = Register(
    "delegated-limits",
    DelegatedLimitSerializer,
    about="A delegated limit says what a level may decide without asking the next: up to so much"
    " cost, delay and loss of benefits. What is above it on any of the three goes one level up.",
    called="{level}",
    columns=("level", "portfolio", "cost", "days", "benefit_pct"),
    filters=("level", "portfolio"),
    groups=("level", "portfolio"),
    parents=("portfolio",),
    sections=(
        Section("Who decides", ("portfolio", "level")),
        Section(
            "Up to what",
            ("cost", "days", "benefit_pct"),
            says="What is left empty has no limit. Limits rise by level.",
        ),
    ),
    unsummed={"cost": "What levels may decide is not added up: each has its own limit."},
    labels={"cost": "Cost, up to", "days": "Days, up to", "benefit_pct": "Benefits, % lost"},
)
