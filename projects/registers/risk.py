"""The register of risks."""

from pmhub.database.priced import RISKS as PRICED
from pmhub.registers import Matrix, Register, Section
from projects.serializers.risk import RiskSerializer

SCOPE = ("project", "programme")


RISKS = Register(
    "risks",
    RiskSerializer,
    menu=True,
    about="A risk is something uncertain that would change cost, time or benefit, for worse or for"
    " better. It counts in the exposure of its programme once it is open.",
    columns=(
        "code", "title", "project", "programme", "kind", "status", "owner",
        "residual_probability", "residual_cost_most_likely", "proximity_on",
    ),
    filters=("status", "kind", "owner", "response"),
    groups=("status", "kind", "category", "owner", "response", "project", "programme"),
    unsummed=dict.fromkeys(
        (*PRICED.amounts, *PRICED.foreign),
        "Costs of risks are not added up: together they are the exposure of their programme.",
    ),
    parents=SCOPE,
    sections=(
        Section("What could happen", ("code", "title", "cause", "event", "effect", "category",
                                      "kind", "status", "proximity_on")),
        Section("What is done about it", ("owner", "actionee", "response", "response_cost",
                                          "benefit_effect_percent")),
        Matrix(
            "Estimates",
            views={
                "inherent": "Before any response",
                "residual": "As it is now",
                "target": "Once all is done",
            },
            parts={
                "probability": "Probability, 0 to 1",
                "cost_min": "Cost, least",
                "cost_most_likely": "Cost, most likely",
                "cost_max": "Cost, most",
                "days_min": "Days, least",
                "days_most_likely": "Days, most likely",
                "days_max": "Days, most",
            },
            says="One value, the most likely, or all three. Exposure is computed from the residual"
            " estimate.",
        ),
        Section("If its costs are in another currency",
                ("foreign_currency", "foreign_response_cost", "exchange_rate"),
                says="Then leave the costs above out: they follow by the budget rate of the year in"
                " which it could happen last, or by the newest."),
        Matrix(
            "Estimates in that currency",
            views={
                "foreign_inherent": "Before any response",
                "foreign_residual": "As it is now",
                "foreign_target": "Once all is done",
            },
            parts={
                "cost_min": "Amount, least",
                "cost_most_likely": "Amount, most likely",
                "cost_max": "Amount, most",
            },
        ),
        Section("Where it counts", ("project", "programme", "escalated_to", "aggregated_into")),
    ),
    labels={
        "residual_probability": "Probability",
        "residual_cost_most_likely": "Most likely cost",
        "foreign_residual_cost_most_likely": "Most likely foreign cost",
        "proximity_on": "Could happen until",
        "benefit_effect_percent": "Effect on benefits, %",
    },
    panels=("risk-position", "risk-linked", "lessons-that-fit"),
    typed=("title", "cause", "event", "effect"),
)  # fmt: skip
