"""The registers of intake: proposals, by what they are scored, and how they do."""

from pmhub.registers import Lanes, Register, Section
from projects.serializers.proposals import (
    ProposalRecordSerializer,
    ProposalScoreSerializer,
    ScoringCriterionSerializer,
)

PROPOSALS = Register(
    "proposals",
    ProposalRecordSerializer,
    about="A proposal is what might become a project or a programme: what it is needed for, what it"
    " would cost and bring. It is scored by somebody else, decided about, and started once.",
    columns=("code", "title", "kind", "sponsor", "cost_likely", "benefit_likely", "score", "state"),
    filters=("state", "kind", "sponsor", "objectives", "portfolio"),
    groups=("state", "kind", "sponsor", "portfolio"),
    sums=("cost_likely", "benefit_likely"),
    unsummed={
        "score": "Each is a score of its own: they have no total.",
        **dict.fromkeys(("cost_low", "cost_high", "benefit_low", "benefit_high"),
                        "Ends of ranges do not add up: not all come at once."),
    },
    parents=("portfolio",),
    sections=(
        Section("What is proposed", ("code", "title", "kind", "need", "portfolio")),
        Section("Who wants it, and what for", ("sponsor", "objectives", "starts_on")),
        Section("What it would cost", ("currency", "cost_low", "cost_likely", "cost_high")),
        Section("What it would bring", ("benefit_low", "benefit_likely", "benefit_high"),
                says="Over its whole life, as far as it is money."),
        Section("What became of it", ("state", "score", "scored_on", "decision", "project",
                                      "programme")),
    ),
    labels={"kind": "Would become", "starts_on": "Would begin", "project": "Became the project",
            "programme": "Became the programme"},
    list_panels=("prioritisation",),
    panels=("proposal-scores", "proposal-start"),
    lanes=Lanes("state", ("code", "title", "score", "cost_likely")),
)  # fmt: skip

SCORING_CRITERIA = Register(
    "scoring-criteria",
    ScoringCriterionSerializer,
    heading="Scoring criteria",
    about="A scoring criterion is something by which proposals are judged: how much it weighs, and"
    " how far its scale goes. The weights in force come to 100.",
    columns=("code", "name", "weight", "scale_max", "guide", "valid_from", "valid_until"),
    filters=("portfolio", "valid_from__lte", "valid_until__gte"),
    groups=("portfolio", "valid_from"),
    sums=("weight",),
    unsummed={"scale_max": "Each scale is its own: they have no total."},
    parents=("portfolio",),
    sections=(
        Section("What is judged", ("code", "name", "guide", "portfolio")),
        Section("How it counts", ("weight", "scale_max", "valid_from", "valid_until"),
                says="One by which something was scored stays as it is: give it a last day, and"
                " write another."),
    ),
    labels={"scale_max": "Highest score", "valid_from": "From", "valid_until": "Last day"},
)  # fmt: skip

PROPOSAL_SCORES = Register(
    "proposal-scores",
    ProposalScoreSerializer,
    heading="Scores of proposals",
    about="A score says how a proposal does by one criterion, and why. Somebody gives it who did"
    " not propose it.",
    called="{proposal}: {criterion}",
    columns=("proposal", "criterion", "score", "scale_max", "weight", "reason", "by"),
    filters=("proposal", "criterion", "by"),
    groups=("proposal", "criterion", "by"),
    unsummed=dict.fromkeys(
        ("score", "scale_max", "weight"),
        "Scores, highest scores and weights are each of one criterion: they have no total.",
    ),
    parents=("proposal",),
    sections=(
        Section("What is judged", ("proposal", "criterion")),
        Section("How it does", ("score", "scale_max", "weight", "reason", "by")),
    ),
    labels={"scale_max": "Highest score"},
)
