"""The registers of benefits: what people see of each record, and in which order."""

from benefits.serializers.anchors import BenefitAnchorSerializer
from benefits.serializers.benefits import BenefitSerializer
from benefits.serializers.claims import SharedBenefitClaimSerializer
from benefits.serializers.contributions import BenefitLinkSerializer, ContributionSerializer
from benefits.serializers.hand_overs import BenefitHandOverSerializer
from benefits.serializers.measurements import MeasurementSerializer
from benefits.serializers.overlaps import OverlapSerializer
from benefits.serializers.profiles import ProfileEntrySerializer, ProfileVersionSerializer
from benefits.serializers.reviews import ReviewSerializer
from pmhub.registers import Register, Section

BENEFITS = Register(
    "benefits",
    BenefitSerializer,
    menu=True,
    about="A benefit is a measurable gain that comes of an outcome, or a loss that is accepted for"
    " it. An end benefit in money counts in the value of its programme; others are shown alone.",
    columns=("code", "title", "programme", "category", "status", "owner", "target_value",
             "target_on", "next_measurement_on"),
    filters=("mine", "status", "category", "owner", "level", "within_unit", "programme"),
    groups=("status", "category", "kind", "level", "beneficiary", "owner", "programme",
            "objective", "organisation_unit"),
    unsummed=dict.fromkeys(
        ("target_value", "baseline_value", "unit_value"),
        "Values are each in the unit of their benefit: they have no total.",
    ),
    parents=("programme", "organisation_unit"),
    first_panels=("benefit-standing",),
    panels=("benefit-measuring", "benefit-profile", "benefit-curve", "benefit-overlaps",
            "map-place"),
    list_panels=("benefit-asked", "benefit-due"),
    sections=(
        Section("What gets better", ("code", "title", "programme", "description",
                                     "observable_change", "attribution_statement", "category",
                                     "level", "polarity", "beneficiary")),
        Section("How it is measured", ("measure", "measurement_method", "frequency", "kind", "unit",
                                       "monetised", "foreign_currency", "unit_value",
                                       "baseline_value", "baseline_on",
                                       "next_measurement_on")),
        Section("What is to be reached", ("target_value", "target_on", "tolerance_percent",
                                          "confidence", "start_realising_on", "sustain_until",
                                          "objective", "objectives"),
                says="Confidence is a share of 1: it weighs what is still to come."),
        Section("Who answers for it", ("owner", "bcm", "reporter", "organisation_unit",
                                         "status")),
    ),
    labels={
        "target_on": "Target date",
        "baseline_on": "Baseline date",
        "attribution_statement": "Why the programme brings it",
        "polarity": "Gain or loss",
        "kind": "Flow or stock",
        "monetised": "In money",
        "foreign_currency": "In another currency",
        "unit_value": "Value of one unit",
        "tolerance_percent": "Tolerance, %",
        "start_realising_on": "Starts to be realised",
        "bcm": "Business change manager",
        "objective": "Shown under the objective",
        "objectives": "Objectives that it serves",
    },
)  # fmt: skip

PROFILE_VERSIONS = Register(
    "profile-versions",
    ProfileVersionSerializer,
    about="A version of a profile says what is planned or forecast of a benefit in all its periods."
    " A plan counts once somebody else has approved it; a forecast has its reason and counts at"
    " once. What was in force stays.",
    called="{kind} {number} of {benefit}",
    columns=("benefit", "kind", "number", "state", "reason", "proposed_by", "approved_by",
             "approved_on"),
    filters=("state", "kind", "benefit", "programme"),
    groups=("state", "kind", "benefit"),
    parents=("benefit",),
    sections=(
        Section("What it says", ("benefit", "kind", "number", "state", "reason")),
        Section("Who answers for it", ("proposed_by", "approved_by", "approved_on",
                                       "finance_validated_by", "finance_validated_on")),
    ),
    panels=("version-periods",),
)  # fmt: skip

PROFILE_ENTRIES = Register(
    "profile-entries",
    ProfileEntrySerializer,
    about="A profile entry says how much of a benefit is planned or forecast for one period."
    " Measurements are compared with the approved profile; the forecast says what still comes.",
    called="{benefit}, {period_start} to {period_end}",
    columns=("benefit", "version_kind", "version_number", "period_start", "period_end", "value"),
    filters=("benefit", "version_kind", "programme"),
    groups=("benefit", "version_kind"),
    unsummed=dict.fromkeys(
        ("value", "low", "high"),
        "Values are each in the unit of their benefit: they have no total.",
    ),
    parents=("benefit",),
    sections=(
        Section("Which profile", ("benefit", "version_kind", "version_number")),
        Section("How much and when", ("period_start", "period_end", "value", "low", "high", "unit",
                                      "exchange_rate"),
                says="Of a flow the amount in the period, of a stock the level at its end. Bounds"
                " of a forecast move its simulated outturn alone."),
    ),
    labels={"version_kind": "Profile", "version_number": "Version", "low": "At least",
            "high": "At most"},
)  # fmt: skip

MEASUREMENTS = Register(
    "measurements",
    MeasurementSerializer,
    about="A measurement says how much of a benefit was found in a period. It counts once somebody"
    " else than who submitted it has verified it.",
    called="{benefit}, {period_start} to {period_end}",
    columns=("benefit", "period_start", "period_end", "value", "status", "evidence_grade",
             "measured_on", "submitted_by", "verified_by"),
    filters=("status", "benefit", "evidence_grade", "programme"),
    groups=("status", "benefit", "evidence_grade", "submitted_by", "verified_by"),
    unsummed={"value": "Values are each in the unit of their benefit: they have no total."},
    parents=("benefit",),
    first_panels=("measurement-rejected",),
    order="-period_end",
    sections=(
        Section("What was found", ("benefit", "period_start", "period_end", "value", "unit",
                                   "exchange_rate"),
                says="Of a flow the amount in the period, of a stock the level at its end."),
        Section("How sure it is", ("measured_on", "source", "evidence_grade", "status",
                                   "submitted_by", "confirmed_by", "verified_by")),
    ),
    labels={"evidence_grade": "Evidence"},
)  # fmt: skip

CONTRIBUTIONS = Register(
    "contributions",
    ContributionSerializer,
    about="A contribution says how much of a benefit a project makes possible. The weights of one"
    " benefit are 1 at most; they share its value out and add nothing to it.",
    called="{project} to {benefit+}",
    columns=("benefit", "project", "weight", "rationale"),
    filters=("benefit", "project", "programme"),
    groups=("benefit", "project"),
    parents=("benefit", "project"),
    sections=(
        Section("Who brings how much", ("benefit", "project", "weight", "rationale"),
                says="The weight is a share of 1."),
    ),
)  # fmt: skip

SHARED_CLAIMS = Register(
    "shared-claims",
    SharedBenefitClaimSerializer,
    about="A claim says which share of a benefit another programme brings than the one that owns"
    " it. The owner reports the value, once, and agrees to the claim or turns it down.",
    heading="Claims to benefits",
    called="{programme} of {benefit}",
    columns=("benefit", "programme", "share", "state", "rationale"),
    filters=("state", "programme", "benefit"),
    groups=("state", "programme", "benefit"),
    parents=("programme", "benefit"),
    sections=(
        Section("What is claimed", ("benefit", "programme", "share", "rationale", "state"),
                says="The share is one of 1, with what projects contribute to the benefit."),
    ),
    labels={"programme": "Claimed by"},
)  # fmt: skip

BENEFIT_REVIEWS = Register(
    "benefit-reviews",
    ReviewSerializer,
    about="A benefit review asks the owner of a benefit what becomes of it, after a project that"
    " contributes to it ended short. Until it is answered, the project's share is at stake.",
    called="Review of {benefit}, {asked_on}",
    columns=("benefit", "cause", "state", "reviewer", "asked_on", "due_on", "decision",
             "decided_on"),
    filters=("state", "cause", "decision", "reviewer", "benefit"),
    groups=("state", "cause", "decision", "reviewer", "benefit"),
    parents=("benefit",),
    order="-asked_on",
    sections=(
        Section("What is asked", ("benefit", "contribution", "cause", "state", "reviewer",
                                  "asked_on", "due_on")),
        Section("What was answered", ("decision", "findings", "decided_on", "decided_by")),
    ),
    labels={"cause": "Why it is asked"},
)  # fmt: skip

BENEFIT_HAND_OVERS = Register(
    "benefit-hand-overs",
    BenefitHandOverSerializer,
    about="A hand-over asks somebody to answer for what a project brings to a benefit once the"
    " project has ended: what they measure, how often and until when. They alone accept it.",
    heading="Benefit hand-overs",
    called="{benefit} of {project} to {owner}",
    columns=("benefit", "project", "owner", "state", "measure", "frequency", "until", "asked_on",
             "answered_on"),
    filters=("mine", "state", "owner", "programme", "project", "benefit"),
    groups=("state", "owner", "project", "benefit", "frequency"),
    parents=("project", "benefit", "contribution"),
    list_panels=("benefit-asked",),
    order="-asked_on",
    sections=(
        Section("What is handed over", ("contribution", "benefit", "project", "owner", "state")),
        Section("How it is measured from then on", ("measure", "frequency", "until")),
        Section("What was answered", ("asked_on", "answered_on", "reason")),
    ),
    labels={"until": "Measured until", "frequency": "How often",
            "reason": "Why declined or taken back"},
)  # fmt: skip

OVERLAP_CASES = Register(
    "overlap-cases",
    OverlapSerializer,
    about="An overlap asks about two benefits that may count one gain twice. What is agreed that"
    " both claim is subtracted once from the programme's benefits; what is open subtracts nothing.",
    heading="Overlaps of benefits",
    called="{first} and {second}",
    columns=("first", "second", "programme", "cause", "state", "resolution", "overlap_amount",
             "found_on", "resolved_on"),
    filters=("state", "cause", "resolution", "programme", "benefit"),
    groups=("state", "cause", "resolution", "programme"),
    parents=("programme",),
    sums=("overlap_amount",),
    order="-found_on",
    sections=(
        Section("What may be counted twice", ("first", "second", "programme", "cause", "found_on",
                                              "state")),
        Section("What was agreed", ("resolution", "overlap_amount", "currency", "reason",
                                    "resolved_on", "resolved_by")),
    ),
    labels={"first": "Benefit", "second": "And benefit", "cause": "What they have in common",
            "overlap_amount": "What both claim"},
)  # fmt: skip

BENEFIT_ANCHORS = Register(
    "benefit-anchors",
    BenefitAnchorSerializer,
    about="An anchor says that what is still to come of a benefit begins so many days after a"
    " milestone, or an output. When that moves, the owner of the benefit is asked whether the"
    " forecast moves with it; nothing moves by itself.",
    heading="Anchors of benefits",
    called="{benefit} on {milestone|output}",
    columns=("benefit", "milestone", "output", "offset_days", "state", "anchored_on", "begins_on",
             "answered_on"),
    filters=("state", "benefit", "programme"),
    groups=("state", "benefit"),
    parents=("benefit", "milestone", "output"),
    order="-anchored_on",
    sections=(
        Section("What hangs on what", ("benefit", "milestone", "output", "offset_days"),
                says="Either a milestone or an output."),
        Section("Whether it moves", ("state", "anchored_on", "begins_on", "answered_on",
                                     "reason"),
                says="The owner of the benefit is asked."),
    ),
    labels={"offset_days": "Days after it, below 0 before", "anchored_on": "Its day",
            "begins_on": "Would begin", "reason": "Why it stays"},
)  # fmt: skip

BENEFIT_LINKS = Register(
    "benefit-links",
    BenefitLinkSerializer,
    about="A benefit link says what leads to what on the benefits map of a programme, from outputs"
    " over outcomes to benefits. Each has one source and one target.",
    called="{from_output|from_outcome|from_benefit} to {to_outcome|to_benefit}",
    columns=("programme", "from_output", "from_outcome", "from_benefit", "to_outcome",
             "to_benefit", "rationale"),
    filters=("programme", "to_outcome", "to_benefit"),
    groups=("programme", "from_output", "from_outcome", "from_benefit", "to_outcome",
            "to_benefit"),
    parents=("programme",),
    sections=(
        Section("Where it begins", ("programme", "from_output", "from_outcome", "from_benefit"),
                says="One of the three."),
        Section("Where it leads", ("to_outcome", "to_benefit", "rationale"),
                says="One of the two."),
    ),
    labels={"rationale": "Why the one leads to the other"},
)  # fmt: skip

REGISTERS = (
    BENEFITS, MEASUREMENTS, PROFILE_VERSIONS, PROFILE_ENTRIES, CONTRIBUTIONS, BENEFIT_REVIEWS,
    BENEFIT_HAND_OVERS, OVERLAP_CASES, BENEFIT_ANCHORS, BENEFIT_LINKS, SHARED_CLAIMS,
)  # fmt: skip
