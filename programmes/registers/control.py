"""The registers of control: by which rules, by whom and within which limits is decided."""

from pmhub.registers import Register, Section
from programmes.serializers.rules import RuleSetSerializer

RULE_SETS = Register(
    "rule-sets",
    RuleSetSerializer,
    about="A rule set says where colours turn: the bounds by which health and figures of a"
    " portfolio are judged. It is never changed; another follows, with its first day and a reason.",
    columns=("kind", "portfolio", "valid_from", "in_force", "values", "reason", "by"),
    filters=("kind", "portfolio", "valid_from__gte", "valid_from__lte"),
    groups=("kind", "portfolio", "by"),
    parents=("portfolio",),
    order="-valid_from",
    sections=(
        Section(
            "From when on, and why",
            ("portfolio", "kind", "valid_from", "reason", "in_force", "by"),
        ),
        Section(
            "The rules",
            ("values",),
            says="What is left empty keeps its default. Preview names each programme and project"
            " that would change its colour.",
        ),
    ),
    labels={"values": "Other than the defaults", "by": "Set by", "in_force": "In force"},
)
