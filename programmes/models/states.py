"""The states of programmes and of what belongs to them, each with the moves between them."""

from dataclasses import dataclass, replace
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from pmhub.access import can
from pmhub.access.setters import SUBMITTERS, Setter
from pmhub.lifecycle import Lifecycle, Move, anybody, by_word_of, move

STEERERS = Setter("the sponsor, the SRO or the PMO", right="steer")


class ProgrammeStage(models.TextChoices):
    """The leading process of the programme's life cycle (MSP)."""

    IDENTIFY = "identify", _("Identify")
    DESIGN = "design", _("Design")
    PLAN = "plan", _("Plan")
    DELIVER = "deliver", _("Deliver")
    EMBED = "embed", _("Embed")
    EVALUATE = "evaluate", _("Evaluate")
    CLOSE = "close", _("Close")
    CLOSED = "closed", _("Closed")
    PAUSED = "paused", _("Paused")
    TERMINATED = "terminated", _("Terminated")


S = ProgrammeStage
RUNNING = (S.IDENTIFY, S.DESIGN, S.PLAN, S.DELIVER, S.EMBED, S.EVALUATE)
LED = (S.PLAN, S.DELIVER, S.EMBED, S.EVALUATE, S.CLOSE)  # its posts are held
BY_GATE = " A gate of which you alone decide is held at once. Where others decide, plan a gate."
PROGRAMME = Lifecycle(
    "stage",
    initial=by_word_of(STEERERS, *RUNNING, S.CLOSE) | anybody(S.IDENTIFY),
    moves=(
        Move(
            "stage", "Move to another stage", "moved",
            {
                S.DESIGN: (S.IDENTIFY, S.EVALUATE),
                S.PLAN: (S.DESIGN, S.EVALUATE),
                S.DELIVER: (S.PLAN, S.EVALUATE),
                S.EMBED: (S.DELIVER, S.EVALUATE),
                S.EVALUATE: (S.DELIVER, S.EMBED),
                S.CLOSE: (S.EVALUATE,),
            },
            by=STEERERS,
            says=f"To the next stage, once it is prepared; after evaluating, to any.{BY_GATE}",
        ),
        move("pause", "Pause the programme", "paused", S.PAUSED, RUNNING, reason=True,
             by=STEERERS, undo=("resumption",)),
        Move(
            "resumption", "Resume the programme", "resumed",
            dict.fromkeys(RUNNING, (S.PAUSED,)), by=STEERERS,
            says="In the stage in which it was paused.", undo=("pause",),
        ),
        move(
            "closure", "Close the programme", "closed", S.CLOSED, [S.CLOSE],
            asks=("actual_end_on",), by=STEERERS,
            says="Its projects have ended, its benefits came or have an owner who watches them,"
            " and its risks are closed.",
        ),
        move(
            "termination", "Stop the programme", "terminated", S.TERMINATED,
            [*RUNNING, S.CLOSE, S.PAUSED], asks=("actual_end_on",), reason=True, by=STEERERS,
            says=f"Its projects have been terminated or moved.{BY_GATE}",
        ),
    ),
)  # fmt: skip
# The moves of a programme that a gate decides: it pauses, goes on and closes by verbs.
DECIDED_AT_GATES = tuple(
    (ProgrammeStage(source), ProgrammeStage(target))
    for move in PROGRAMME.moves
    if move.noun in ("stage", "termination")
    for target, sources in move.leads.items()
    for source in sources
)


class TrancheState(models.TextChoices):
    """Where a tranche stands."""

    PLANNED = "planned", _("Planned")
    AUTHORISED = "authorised", _("Authorised")
    IN_DELIVERY = "in_delivery", _("In delivery")
    EMBEDDING = "embedding", _("Embedding")
    ENDED = "ended", _("Ended")
    CANCELLED = "cancelled", _("Cancelled")


T = TrancheState
TRANCHE = Lifecycle(
    "state",
    initial=anybody(T.PLANNED)
    | by_word_of(STEERERS, T.AUTHORISED, T.IN_DELIVERY, T.EMBEDDING, T.ENDED),
    moves=(
        move("authorisation", "Authorise it", "authorised", T.AUTHORISED, [T.PLANNED],
             says=f"The programme may begin it.{BY_GATE}"),
        move("start", "Start delivery", "started", T.IN_DELIVERY, [T.AUTHORISED]),
        move("embedding", "Start embedding", "embedding", T.EMBEDDING, [T.IN_DELIVERY]),
        move("end", "End it", "ended", T.ENDED, [T.EMBEDDING],
             says=f"It has come to its landing point.{BY_GATE}"),
        move("cancellation", "Cancel it", "cancelled", T.CANCELLED, [T.PLANNED, T.AUTHORISED],
             reason=True),
    ),
)  # fmt: skip
# The moves of a tranche over its boundaries: into it, and out of it.
BOUNDARIES = {T.PLANNED: T.AUTHORISED, T.EMBEDDING: T.ENDED}


class OutcomeState(models.TextChoices):
    """How far the new way of working has come."""

    DEFINED = "defined", _("Defined")
    CAPABILITY_READY = "capability_ready", _("Capability ready")
    IN_TRANSITION = "in_transition", _("In transition")
    EMBEDDED = "embedded", _("Embedded")


O_ = OutcomeState
OUTCOME = Lifecycle(
    "state",
    initial=anybody(*OutcomeState),
    moves=(
        move("readiness", "Record that the capability is ready", "capability ready",
             O_.CAPABILITY_READY, [O_.DEFINED], asks=("capability_ready_on",)),
        move("transition", "Start the transition", "in transition", O_.IN_TRANSITION,
             [O_.CAPABILITY_READY], asks=("transition_start",), may_ask=("go_reason",),
             says="Where a group is not ready yet, say why it starts all the same.",
             undo=("postponement",)),
        move("postponement", "Postpone the transition", "postponed", O_.CAPABILITY_READY,
             [O_.IN_TRANSITION], clears=("transition_start", "go_reason"), reason=True,
             says="A no to going on now: it starts again once everybody is ready.",
             undo=("transition",)),
        move("embedding", "Record that it is embedded", "embedded", O_.EMBEDDED,
             [O_.IN_TRANSITION], asks=("embedded_on",), may_ask=("embedding_decision",),
             says="Each group has come to what is wanted, and who leads it has accepted it; else"
             " name the decision to go on without.", undo=("relapse",)),
        move("relapse", "Record that it does not last", "in transition again", O_.IN_TRANSITION,
             [O_.EMBEDDED], clears=("embedded_on", "embedding_decision"), reason=True,
             undo=("embedding",)),
    ),
    kept=("go_reason", "embedding_decision"),
)  # fmt: skip


class ReviewState(models.TextChoices):
    """Where a review stands."""

    PLANNED = "planned", _("Planned")
    HELD = "held", _("Held")
    REPORTED = "reported", _("Reported")
    CLOSED = "closed", _("Closed")


R = ReviewState
REVIEW = Lifecycle(
    "state",
    initial=anybody(*ReviewState),
    moves=(
        move("holding", "Record that it was held", "held", R.HELD, [R.PLANNED],
             asks=("held_on",), may_ask=("dca",)),
        move("report", "Record its report", "reported", R.REPORTED, [R.HELD], may_ask=("dca",)),
        move("closure", "Close", "closed", R.CLOSED, [R.REPORTED]),
    ),
)  # fmt: skip


class RecommendationState(models.TextChoices):
    """Whether a recommendation has been acted on."""

    OPEN = "open", _("Open")
    DONE = "done", _("Done")
    REJECTED = "rejected", _("Rejected")


RECOMMENDATION = Lifecycle(
    "state",
    initial=anybody(RecommendationState.OPEN, RecommendationState.DONE),
    moves=(
        move("completion", "Mark as done", "marked as done", RecommendationState.DONE,
             [RecommendationState.OPEN], asks=("closed_on",), undo=("reopening",)),
        move("rejection", "Reject it", "rejected", RecommendationState.REJECTED,
             [RecommendationState.OPEN], asks=("closed_on",), reason=True, undo=("reopening",)),
        move("reopening", "Open it again", "opened again", RecommendationState.OPEN,
             [RecommendationState.DONE, RecommendationState.REJECTED], clears=("closed_on",),
             reason=True, undo=("completion", "rejection")),
    ),
)  # fmt: skip


class ReportState(models.TextChoices):
    """How far a report has come; a published one stays as it is."""

    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    APPROVED = "approved", _("Approved")
    PUBLISHED = "published", _("Published")


RETURNERS = Setter("who may approve reports", right="approve")
APPROVERS = replace(RETURNERS, apart=True)
REPORT = Lifecycle(
    "state",
    initial=anybody(ReportState.DRAFT),
    moves=(
        move("submission", "Hand it over for approval", "submitted", ReportState.SUBMITTED,
             [ReportState.DRAFT], by=SUBMITTERS),
        move("approval", "Approve it", "approved", ReportState.APPROVED, [ReportState.SUBMITTED],
             by=APPROVERS),
        move("return", "Return it to its author", "returned", ReportState.DRAFT,
             [ReportState.SUBMITTED, ReportState.APPROVED], by=RETURNERS),
        move("withdrawal", "Take it back", "taken back", ReportState.DRAFT,
             [ReportState.SUBMITTED, ReportState.APPROVED], clears=("approved_by",), by=SUBMITTERS,
             says="It is a draft again, and whoever had agreed to it is asked anew."),
        move("publication", "Publish it", "published", ReportState.PUBLISHED,
             [ReportState.APPROVED], by=SUBMITTERS),
    ),
    # Handed over, a report that nobody has to approve is as good as approved.
    follows={ReportState.APPROVED: (ReportState.DRAFT,)},
)  # fmt: skip


class ObjectiveStatus(models.TextChoices):
    """Whether an objective is still pursued."""

    ACTIVE = "active", _("Active")
    ACHIEVED = "achieved", _("Achieved")
    RETIRED = "retired", _("Retired")


Obj = ObjectiveStatus
OBJECTIVE = Lifecycle(
    "status",
    initial=anybody(Obj.ACTIVE, Obj.ACHIEVED),
    moves=(
        move("achievement", "Record that it is achieved", "achieved", Obj.ACHIEVED, [Obj.ACTIVE],
             undo=("reopening",)),
        move("retirement", "Give it up", "given up", Obj.RETIRED, [Obj.ACTIVE, Obj.ACHIEVED],
             reason=True, undo=("reopening",)),
        move("reopening", "Pursue it again", "pursued again", Obj.ACTIVE,
             [Obj.ACHIEVED, Obj.RETIRED], reason=True, undo=("achievement", "retirement")),
    ),
)  # fmt: skip


class ObjectiveMeasurementStatus(models.TextChoices):
    """Whether a measurement counts: only a verified one does."""

    SUBMITTED = "submitted", _("Submitted")
    VERIFIED = "verified", _("Verified")
    REJECTED = "rejected", _("Rejected")
    SUPERSEDED = "superseded", _("Superseded")


M = ObjectiveMeasurementStatus
VERIFIERS = Setter("who may verify", right="verify", apart=True)
OBJECTIVE_MEASUREMENT = Lifecycle(
    "status",
    initial=anybody(M.SUBMITTED),
    moves=(
        move("verification", "Verify it", "verified", M.VERIFIED, [M.SUBMITTED], by=VERIFIERS,
             says="From here on the progress of the objective follows it. Nobody verifies their"
             " own."),
        move("rejection", "Reject it", "rejected", M.REJECTED, [M.SUBMITTED], reason=True,
             by=VERIFIERS, says="It stays on record and never counts."),
    ),
    follows={M.SUPERSEDED: (M.VERIFIED,)},  # with the verification of another of its day
)  # fmt: skip


class OverrideState(models.TextChoices):
    """Whether an override of health may count."""

    PROPOSED = "proposed", _("Proposed")
    APPROVED = "approved", _("Approved")
    WITHDRAWN = "withdrawn", _("Withdrawn")


V = OverrideState
OVERRIDERS = replace(STEERERS, apart=True)
OVERRIDE = Lifecycle(
    "state",
    initial=anybody(V.PROPOSED),
    moves=(
        move("approval", "Approve it", "approved", V.APPROVED, [V.PROPOSED], by=OVERRIDERS,
             says="From its first day to its last the colour counts in the place of the derived"
             " one, which stays visible. Nobody approves their own, or that of what they lead."),
        move("withdrawal", "Withdraw it", "withdrawn", V.WITHDRAWN, [V.PROPOSED, V.APPROVED],
             reason=True, says="The derived colour counts again."),
    ),
)  # fmt: skip


class ScenarioState(models.TextChoices):
    """Who may see a scenario, and what has become of it."""

    DRAFT = "draft", _("Draft: its author's")
    SHARED = "shared", _("Shared with the programme")
    ADOPTED = "adopted", _("Adopted: every change was made")
    ARCHIVED = "archived", _("Archived")


Sc = ScenarioState
SCENARIO = Lifecycle(
    "state",
    initial=anybody(Sc.DRAFT),
    moves=(
        move("sharing", "Share it", "shared", Sc.SHARED, [Sc.DRAFT],
             says="Whoever sees the programme sees it from here on."),
        move("archive", "Put it away", "archived", Sc.ARCHIVED, [Sc.SHARED, Sc.ADOPTED],
             says="It leaves the page, and what it came to stays.", undo=("restoration",)),
        move("restoration", "Take it back", "shared", Sc.SHARED, [Sc.ARCHIVED], undo=("archive",)),
    ),
    # With the adoption of its last change, and with another change after that.
    follows={Sc.ADOPTED: (Sc.SHARED,), Sc.SHARED: (Sc.ADOPTED,)},
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Deciders(Setter):
    """Who decides: about a project those who set its limits, else those who steer."""

    def allows(self, user: Any, row: Any) -> bool:
        """Return whether the user may decide about the programme, project or portfolio of the
        record."""
        return can(user, "limit" if row.project_id else "steer", row)


DECIDERS = Deciders("the SRO, the sponsor or the PMO, of a project also the programme manager")


class DecisionState(models.TextChoices):
    """How far a decision is."""

    PROPOSED = "proposed", _("Proposed")
    MADE = "made", _("Made")
    SUPERSEDED = "superseded", _("Superseded")
    WITHDRAWN = "withdrawn", _("Withdrawn")


De = DecisionState
DECISION = Lifecycle(
    "state",
    initial=anybody(De.PROPOSED),
    moves=(
        move("making", "Decide", "made", De.MADE, [De.PROPOSED], by=DECIDERS,
             says="What was decided is never changed: another decision supersedes it. A board"
             " decides with its quorum."),
        move("withdrawal", "Withdraw it", "withdrawn", De.WITHDRAWN, [De.PROPOSED], reason=True,
             says="Whoever asks takes the question back, or who is asked gives it back undecided:"
             " what it is about stays with its owner."),
    ),
    # With the making of the decision that supersedes it.
    follows={De.SUPERSEDED: (De.MADE,)},
)  # fmt: skip


class AcknowledgementState(models.TextChoices):
    """Whether somebody has acknowledged a decision."""

    ASKED = "asked", _("Asked")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")


Ack = AcknowledgementState
ACKNOWLEDGEMENT = Lifecycle(
    "state",
    initial={},
    moves=(
        move("reading", "Acknowledge it", "acknowledged", Ack.ACKNOWLEDGED, [Ack.ASKED],
             by=Setter("the person who is asked", right="", own="person"),
             says="You have read what was decided, and will act on it."),
    ),
)  # fmt: skip
