"""The registers of control: by which rules, by whom and within which limits is decided."""

from pmhub.registers import Register, Section
from programmes.serializers.control import (
    BoardSerializer,
    DelegatedLimitSerializer,
    ToleranceSerializer,
)
from programmes.serializers.decisions import AcknowledgementSerializer, DecisionRecordSerializer
from programmes.serializers.envelopes import EnvelopeSerializer
from programmes.serializers.meetings import BoardMeetingSerializer
from programmes.serializers.packs import BoardPackSerializer
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

TOLERANCES = Register(
    "tolerances",
    ToleranceSerializer,
    about="A tolerance says how far a project, a programme or all of a portfolio may stray from"
    " plan before it is an exception. It is set by who stands above; the most specific counts, and"
    " exactly at it is no exception.",
    called="{project|programme|portfolio}: {kind}",
    columns=("kind", "value", "unit", "side", "project", "stage", "programme", "portfolio", "by"),
    filters=("kind", "project", "stage", "programme", "portfolio"),
    groups=("kind", "project", "stage", "programme", "portfolio", "by"),
    unsummed={"value": "Values are each in the unit of their kind: they have no total."},
    parents=("project", "programme", "portfolio"),
    sections=(
        Section(
            "Whose",
            ("project", "stage", "programme", "portfolio"),
            says="A project, a programme or a portfolio. That of the stage that a project is in"
            " counts before its own, that before its programme's, and that before the portfolio's.",
        ),
        Section(
            "How far",
            ("kind", "value", "unit", "side", "by"),
            says="Risk and net present value are in the money of the portfolio.",
        ),
    ),
    labels={"side": "May not stray", "value": "By more than", "by": "Set by"},
)

DECISIONS = Register(
    "decisions",
    DecisionRecordSerializer,
    menu=True,
    about="A decision is a question with its options, and once it is made what was decided, by"
    " whom and why. A new baseline, an override, a move and a stop leave one by themselves.",
    columns=("title", "programme", "project", "state", "outcome", "rationale",
             "decided_on", "decided_by", "board"),
    filters=("state", "cause", "programme", "project", "board", "decided_on__gte",
             "decided_on__lte"),
    groups=("state", "cause", "programme", "project", "board"),
    parents=("project", "programme", "portfolio", "meeting"),
    order="-decided_on",
    sections=(
        Section("What is asked", ("title", "question", "options", "cause", "meeting",
                                   "supersedes", "superseded_by")),
        Section("About what", ("project", "programme", "portfolio"), says="One of the three."),
        Section("What was decided", ("state", "outcome", "rationale", "consequences", "decided_on",
                                     "decided_by", "board", "present", "deputies", "review_on")),
        Section("Who is to know of it", ("audience",)),
    ),
    list_panels=("to-acknowledge",),
    first_panels=("decision-standing",),
    labels={"present": "Who was there", "deputies": "By deputy", "cause": "Came of",
            "review_on": "To be looked at again", "audience": "Asked to acknowledge it"},
)  # fmt: skip

ACKNOWLEDGEMENTS = Register(
    "acknowledgements",
    AcknowledgementSerializer,
    about="An acknowledgement is the word of somebody who is to know of a decision that they have"
    " read it. Who is asked is named with the decision, before it is made.",
    called="{decision}: {person}",
    columns=("decision", "person", "state", "asked_on", "asked_again_on", "read_on"),
    filters=("state", "person", "decision"),
    groups=("state", "person", "decision"),
    parents=("decision",),
    sections=(
        Section("What was decided", ("decision", "outcome", "rationale")),
        Section("Who is to know of it", ("person", "asked_on", "asked_again_on")),
        Section("Whether they do", ("state", "read_on")),
    ),
)

BOARDS = Register(
    "boards",
    BoardSerializer,
    about="A board is people who decide together: with a quorum of its members, of whom one"
    " chairs it.",
    columns=("name", "kind", "programme", "portfolio", "chair", "members", "quorum"),
    filters=("kind", "chair", "members", "programme", "portfolio"),
    groups=("kind", "chair", "programme", "portfolio"),
    parents=("programme", "portfolio"),
    sections=(
        Section(
            "Which board it is",
            ("name", "kind", "programme", "portfolio"),
            says="A programme board is its programme's; the others are the portfolio's.",
        ),
        Section("Who decides", ("members", "chair", "quorum", "archived_at")),
    ),
    first_panels=("board-members",),
    labels={"archived_at": "Archived"},
)

BOARD_MEETINGS = Register(
    "board-meetings",
    BoardMeetingSerializer,
    about="A meeting of a board has for its agenda what waits for the board: gates, changes,"
    " exceptions and decisions. When it is called that is fixed, with the papers attached to it.",
    called="{board}, {on}",
    columns=("on", "board", "about", "state"),
    filters=("state", "board", "on__gte", "on__lte"),
    groups=("state", "board"),
    parents=("board",),
    order="-on",
    sections=(
        Section("Which meeting", ("board", "on", "about", "state")),
        Section("How it went", ("attendance", "deputies", "minutes")),
    ),
    panels=("meeting-agenda",),
    labels={"attendance": "Who was there", "deputies": "By deputy"},
)

BOARD_PACKS = Register(
    "board-packs",
    BoardPackSerializer,
    about="A board pack puts several programmes one behind the other for a board to read: their"
    " reports and figures. Frozen, it prints the same whenever it is opened.",
    called="{title}",
    columns=("title", "on", "programmes", "state", "frozen_at", "frozen_by"),
    filters=("state", "portfolio", "programmes", "on__gte", "on__lte"),
    groups=("state", "portfolio"),
    parents=("portfolio",),
    order="-on",
    sections=(
        Section("Which board reads it", ("title", "on", "portfolio", "programmes")),
        Section(
            "What stands before them",
            ("foreword",),
            says="Markdown makes **bold**, lists and links.",
            prose=True,
        ),
        Section("How it stands", ("state", "frozen_at", "frozen_by")),
    ),
    panels=("pack-contents",),
    labels={"on": "Day of the board"},
)

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

ENVELOPES = Register(
    "envelopes",
    EnvelopeSerializer,
    about="An envelope says how much may be approved in a fiscal year, as capital or as revenue: in"
    " a portfolio, and of that in each of its programmes. What is approved on budget lines, and"
    " asked for, stands beside it.",
    called="{programme|portfolio} {fiscal_year}, {treatment}",
    columns=("fiscal_year", "treatment", "programme", "portfolio", "amount", "shared_out",
             "approved", "requested", "left"),
    filters=("fiscal_year", "treatment", "programme", "portfolio"),
    groups=("fiscal_year", "treatment", "programme", "portfolio"),
    unsummed=dict.fromkeys(
        ("amount", "shared_out", "approved", "requested", "left"),
        "Envelopes of programmes are parts of the portfolio's: they have no total.",
    ),
    parents=("programme", "portfolio"),
    order="-fiscal_year",
    list_panels=("envelopes",),
    sections=(
        Section(
            "Whose, and of which year",
            ("portfolio", "programme", "fiscal_year", "treatment"),
            says="Without a programme it is that of the whole portfolio, of which programmes are"
            " given theirs.",
        ),
        Section("How much", ("amount", "approved_by", "approved_on")),
        Section("From the bottom up", ("shared_out", "approved", "requested", "left")),
    ),
    labels={"amount": "Envelope", "treatment": "Capital or revenue",
            "shared_out": "Shared out", "approved": "Approved", "requested": "Asked for",
            "left": "Left", "approved_on": "Set on",
            "approved_by": "Set by"},
)  # fmt: skip
