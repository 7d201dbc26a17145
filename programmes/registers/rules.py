"""The register of rule sets."""

from pmhub.registers import Register, Section
from programmes.serializers.rules import RuleSetSerializer

RULE_SETS = Register(
    "rule-sets",
    RuleSetSerializer,
    about="A rule set holds the rules of one kind by which a portfolio is judged and decided about:"
    " where colours turn, how risks are scored, who is watched how closely, who approves what. It"
    " is never changed; another follows, with its first day and a reason.",
    called="{kind} from {valid_from}",
    columns=("kind", "portfolio", "valid_from", "in_force", "reason", "by"),
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
            says="What is left empty keeps its default. Preview names all that would change its"
            " colour, its oversight or who decides.",
        ),
    ),
    panels=("rule-values",),
    list_panels=("rules-in-force", "stage-approvers"),
    labels={"values": "Other than the defaults", "by": "Set by", "in_force": "In force"},
)
