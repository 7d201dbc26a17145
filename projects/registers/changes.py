"""The registers of change requests and of the votes on them."""

from pmhub.registers import Register, Section
from projects.serializers.changes import ChangeRequestSerializer, ChangeVoteSerializer

CHANGE_REQUESTS = Register(
    "change-requests",
    ChangeRequestSerializer,
    menu=True,
    about="A change request asks for something else than was approved. It holds what it would"
    " write; what that comes to is tried, by that the delegated limits say who decides, and once"
    " it is approved all of it is written at once.",
    columns=("code", "title", "project", "programme", "kind", "state", "level", "previewed_cost",
             "previewed_days", "decided_on"),
    filters=("state", "kind", "level", "programme", "project", "board"),
    groups=("state", "kind", "level", "funding", "project", "programme"),
    parents=("project", "programme"),
    unsummed=dict.fromkeys(
        ("previewed_cost", "previewed_benefit", "previewed_funding", "cost_impact",
         "benefit_impact"),
        "What is asked for, decided and made have no total together.",
    ),
    sections=(
        Section("What is asked for", ("code", "title", "project", "programme", "kind", "reason",
                                      "state")),
        Section("Of which field", ("record", "field", "wanted"),
                says="It is typed as it is on that record, and judged by the same rules."),
        Section("What it would come to, as who asks expects", ("cost_impact", "days_impact",
                                                               "benefit_impact")),
        Section("How it is paid for", ("funding", "rebaseline")),
        Section("Who decides", ("level", "board", "approvers", "quorum"),
                says="By the delegated limits, once its impact is assessed."),
        Section("What was decided", ("decided_on", "decided_by", "decision", "implemented_on")),
    ),
    panels=("change-impact",),
    told=("record", "field", "wanted"),
    list_panels=("changes-to-decide",),
    labels={"cost_impact": "Cost", "days_impact": "Days", "benefit_impact": "Benefits",
            "previewed_cost": "Cost, tried", "previewed_days": "Days, tried",
            "previewed_benefit": "Benefits, tried", "previewed_benefit_pct": "Benefits, %, tried",
            "previewed_funding": "Granted, tried", "previewed_at": "Tried",
            "rebaseline": "Gives the project a new baseline"},
    order="-updated_at",
)  # fmt: skip

CHANGE_VOTES = Register(
    "change-votes",
    ChangeVoteSerializer,
    about="A vote is what one of those who decide a change is for. It is cast on the page of the"
    " change, by a deputy where they are away.",
    called="{person}: {choice}",
    columns=("person", "deputy", "change", "choice", "comment", "on"),
    filters=("choice", "person", "change"),
    groups=("choice", "person", "change"),
    parents=("change",),
    sections=(
        Section(
            "Who is for what",
            ("change", "assessment", "person", "deputy", "choice", "comment", "on"),
        ),
    ),
)
