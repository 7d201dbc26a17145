"""The states of projects and of what they are made of, each with the moves between them."""

from itertools import pairwise

from django.db import models
from django.utils.translation import gettext_lazy as _

from pmhub.access.setters import LIMITS, SUBMITTERS, Setter
from pmhub.lifecycle import Lifecycle, Move, anybody, by_word_of, move
from projects.models.record_owners import ANSWERS, DOER
from projects.stages import STAGES, ProjectStage


class ProjectStatus(models.TextChoices):
    """Whether work goes on."""

    ACTIVE = "active", _("Active")
    ON_HOLD = "on_hold", _("On hold")
    TERMINATED = "terminated", _("Terminated")
    CLOSED = "closed", _("Closed")


P = ProjectStatus
PROJECT_STATUS = Lifecycle(
    "status",
    initial=anybody(P.ACTIVE) | by_word_of(SUBMITTERS, P.ON_HOLD, P.CLOSED),
    kept=("terminated_on", "ended_reason"),
    moves=(
        move("hold", "Put the project on hold", "put on hold", P.ON_HOLD, [P.ACTIVE], reason=True,
             by=SUBMITTERS, undo=("resumption",)),
        move("resumption", "Resume the project", "resumed", P.ACTIVE, [P.ON_HOLD],
             by=SUBMITTERS, undo=("hold",)),
        move(
            "closure", "Close the project", "closed", P.CLOSED, [P.ACTIVE, P.ON_HOLD],
            by=SUBMITTERS,
            says="It has delivered: its outputs are accepted, its issues resolved, its risks closed"
            " or escalated, and what it brings is handed over. Its benefits stay, and go on being"
            " measured; its end report is drafted.",
        ),
        move(
            "termination", "Stop the project", "terminated", P.TERMINATED, [P.ACTIVE, P.ON_HOLD],
            reason=True, by=SUBMITTERS,
            says="It ends before it has delivered. Its benefits stay on record; their owners"
            " decide.",
        ),
        move(
            "reopening", "Open the project again", "opened again", P.ACTIVE,
            [P.CLOSED, P.TERMINATED], may_ask=("percent_complete",), reason=True, by=LIMITS,
            says="It ended too early: it goes on, without a finish. A closed one is in its last"
            " stage again. What was cancelled when it was stopped is planned and booked anew.",
        ),
    ),
)  # fmt: skip


NEXT = dict(pairwise(STAGES))
BACK = {after: before for before, after in NEXT.items()}
PROJECT_STAGE = Lifecycle(
    "stage",
    initial=by_word_of(LIMITS, *ProjectStage) | anybody(ProjectStage.PIPELINE),
    moves=(
        Move(
            "stage", "Move to another stage", "moved",
            {
                str(stage): tuple(str(near[stage]) for near in (BACK, NEXT) if stage in near)
                for stage in STAGES
            },
            by=LIMITS,
            says="One stage forward, once nothing blocks it, or one back, which says why: a gate of"
            " which you alone decide is held at once. Where others decide, plan a gate.",
        ),
    ),
    follows={
        ProjectStage.CLOSED: STAGES,  # when the project is closed
        ProjectStage.OPERATE: (ProjectStage.CLOSED,),  # when it is reopened
    },
)  # fmt: skip


PLANNERS = LIMITS.never("project_manager")  # who sets limits and plans of a project
LIMITING = ("complexity", "regulated", "critical", "health_weight")
DECLARED = ("declared_rag", "declared_on")
PROJECT_SETTERS = dict.fromkeys(LIMITING, PLANNERS) | dict.fromkeys(DECLARED, SUBMITTERS)


class OutputState(models.TextChoices):
    """Where an output stands."""

    PLANNED = "planned", _("Planned")
    IN_PROGRESS = "in_progress", _("In progress")
    DELIVERED = "delivered", _("Delivered")
    ACCEPTED = "accepted", _("Accepted")
    DESCOPED = "descoped", _("Descoped")


Out = OutputState
OUTPUT = Lifecycle(
    "state",
    initial=anybody(Out.PLANNED, Out.IN_PROGRESS, Out.DELIVERED, Out.ACCEPTED),
    moves=(
        move("start", "Start work on it", "started", Out.IN_PROGRESS, [Out.PLANNED]),
        move("delivery", "Deliver it", "delivered", Out.DELIVERED, [Out.IN_PROGRESS]),
        move(
            "acceptance", "Accept it", "accepted", Out.ACCEPTED, [Out.DELIVERED],
            asks=("accepted_on",), may_ask=("accepted_by",),
        ),
        move("rejection", "Turn it down", "turned down", Out.IN_PROGRESS, [Out.DELIVERED],
             reason=True),
        move(
            "descoping", "Take it out of the scope", "descoped", Out.DESCOPED,
            [Out.PLANNED, Out.IN_PROGRESS, Out.DELIVERED], reason=True,
            says="An approved change that holds this takes it out, once it is implemented: raise a"
            " change request.",
        ),
    ),
)  # fmt: skip


class MilestoneState(models.TextChoices):
    """Where a milestone stands; late and missed are derived."""

    PLANNED = "planned", _("Planned")
    ACHIEVED = "achieved", _("Achieved")
    CANCELLED = "cancelled", _("Cancelled")


M = MilestoneState
MILESTONE = Lifecycle(
    "state",
    initial=anybody(M.PLANNED, M.ACHIEVED),
    moves=(
        move("achievement", "Record that it was reached", "achieved", M.ACHIEVED, [M.PLANNED],
             asks=("actual_on",), undo=("reopening",)),
        move("cancellation", "Cancel it", "cancelled", M.CANCELLED, [M.PLANNED], reason=True,
             undo=("reopening",)),
        move(
            "reopening", "Plan it again", "planned again", M.PLANNED, [M.ACHIEVED, M.CANCELLED],
            clears=("actual_on",), reason=True, undo=("achievement", "cancellation"),
        ),
    ),
)  # fmt: skip


class DependencyStatus(models.TextChoices):
    """How far the two sides have come; only an agreed dependency is a commitment."""

    IDENTIFIED = "identified", _("Identified")
    PROPOSED = "proposed", _("Proposed")
    AGREED = "agreed", _("Agreed")
    DELIVERED = "delivered", _("Delivered")
    ACCEPTED = "accepted", _("Accepted")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")


# States in which a dependency no longer holds anybody back.
SETTLED = (DependencyStatus.ACCEPTED, DependencyStatus.WITHDRAWN)


# Each side sets its own states; for an outside giver the receiver sets them.
GIVER = Setter("the giver", ends=("giver", "receiver"))
RECEIVER = Setter("the receiver", ends=("receiver",))
ANSWERING = Setter(
    "the side it was proposed to", ends=("giver", "receiver"), answers="proposed_side"
)

D = DependencyStatus
DEPENDENCY = Lifecycle(
    "status",
    initial={
        D.IDENTIFIED: (),
        D.PROPOSED: (),
        D.AGREED: (GIVER, RECEIVER),
        D.DELIVERED: (GIVER, RECEIVER),
        D.ACCEPTED: (GIVER, RECEIVER),
    },
    moves=(
        move("proposal", "Propose it", "proposed", D.PROPOSED, [D.IDENTIFIED],
             says="One side puts it to the other."),
        move(
            "agreement", "Agree to it", "agreed", D.AGREED, [D.PROPOSED, D.REJECTED],
            asks=("agreed_on",), clears=("delivered_on",),
            by=ANSWERING,
            says="The side it was proposed to takes the offer that stands, or commits to a delivery"
            " on that day where none names one.",
        ),
        move("delivery", "Deliver it", "delivered", D.DELIVERED, [D.AGREED],
             asks=("delivered_on",), by=GIVER),
        move("acceptance", "Accept it", "accepted", D.ACCEPTED, [D.DELIVERED],
             asks=("accepted_on",), by=RECEIVER),
        move("rejection", "Turn it down", "rejected", D.REJECTED, [D.DELIVERED],
             clears=("proposed_side",), reason=True, by=RECEIVER,
             says="The giver commits to another day, or either side makes an offer."),
        move(
            "withdrawal", "Withdraw it", "withdrawn", D.WITHDRAWN,
            [D.IDENTIFIED, D.PROPOSED, D.AGREED, D.DELIVERED, D.REJECTED], by=RECEIVER,
            says="The need is gone.",
        ),
    ),
)  # fmt: skip


class RiskStatus(models.TextChoices):
    """Where a risk stands; an escalated one is counted at its parent."""

    DRAFT = "draft", _("Draft")
    OPEN = "open", _("Open")
    ESCALATED = "escalated", _("Escalated")
    MATERIALISED = "materialised", _("Materialised")
    CLOSED = "closed", _("Closed")
    REJECTED = "rejected", _("Rejected")


R = RiskStatus


RISK = Lifecycle(
    "status",
    initial=anybody(R.DRAFT, R.OPEN),
    kept=("escalated_to",),
    moves=(
        move("opening", "Open the draft", "opened", R.OPEN, [R.DRAFT],
             says="From here on it counts."),
        move("escalation", "Escalate to the programme", "escalated", R.ESCALATED, [R.OPEN],
             says="It is counted by the programme instead: at one of its risks, or a new one."),
        move("return", "Return to the project", "returned", R.OPEN, [R.ESCALATED], by=LIMITS,
             says="It is counted by the project again. Whoever it was handed to gives it back."),
        move("materialisation", "Record that it happened", "turned into an issue", R.MATERIALISED,
             [R.OPEN], by=ANSWERS,
             says="It is an issue from here on, and no longer counted as a risk."),
        move("closure", "Close", "closed", R.CLOSED, [R.DRAFT, R.OPEN], by=ANSWERS,
             says="It can no longer happen."),
        move("rejection", "Reject the draft", "rejected", R.REJECTED, [R.DRAFT]),
    ),
)  # fmt: skip


class IssueState(models.TextChoices):
    """Where an issue stands."""

    RAISED = "raised", _("Raised")
    IN_PROGRESS = "in_progress", _("In progress")
    ESCALATED = "escalated", _("Escalated")
    RESOLVED = "resolved", _("Resolved")
    CLOSED = "closed", _("Closed")


Iss = IssueState
ISSUE = Lifecycle(
    "state",
    initial=anybody(Iss.RAISED, Iss.IN_PROGRESS),
    moves=(
        move("start", "Start work on it", "started", Iss.IN_PROGRESS, [Iss.RAISED], by=DOER),
        move("escalation", "Escalate to the programme", "escalated", Iss.ESCALATED,
             [Iss.RAISED, Iss.IN_PROGRESS]),
        move("return", "Return to the project", "returned", Iss.IN_PROGRESS, [Iss.ESCALATED],
             by=LIMITS, clears=("escalated_to",)),
        move("resolution", "Record how it was resolved", "resolved", Iss.RESOLVED,
             [Iss.RAISED, Iss.IN_PROGRESS, Iss.ESCALATED], asks=("resolution",), by=DOER,
             undo=("reopening",)),
        move("reopening", "Take it up again", "taken up again", Iss.IN_PROGRESS,
             [Iss.RESOLVED], reason=True, undo=("resolution",)),
        move("closure", "Close", "closed", Iss.CLOSED, [Iss.RESOLVED]),
    ),
)  # fmt: skip


class ComplianceState(models.TextChoices):
    """How far a compliance item has come; overdue is derived."""

    NOT_STARTED = "not_started", _("Not started")
    IN_PREPARATION = "in_preparation", _("In preparation")
    SUBMITTED = "submitted", _("Submitted")
    GRANTED = "granted", _("Granted")
    REFUSED = "refused", _("Refused")
    EXPIRED = "expired", _("Expired")


C = ComplianceState
COMPLIANCE = Lifecycle(
    "state",
    initial=anybody(C.NOT_STARTED, C.IN_PREPARATION, C.SUBMITTED, C.GRANTED),
    moves=(
        move("preparation", "Prepare it", "in preparation", C.IN_PREPARATION,
             [C.NOT_STARTED, C.REFUSED, C.EXPIRED], clears=("granted_on",)),
        move("submission", "Submit it", "submitted", C.SUBMITTED, [C.IN_PREPARATION]),
        move("grant", "Record the grant", "granted", C.GRANTED, [C.SUBMITTED],
             asks=("granted_on",), may_ask=("evidence",)),
        move("refusal", "Record the refusal", "refused", C.REFUSED, [C.SUBMITTED], reason=True),
        move("expiry", "Record that it expired", "expired", C.EXPIRED, [C.GRANTED]),
    ),
)  # fmt: skip


class CommitmentState(models.TextChoices):
    """Where an order stands; only an open one is still to be invoiced."""

    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")
    CANCELLED = "cancelled", _("Cancelled")


Order = CommitmentState
COMMITMENT = Lifecycle(
    "state",
    initial=anybody(Order.OPEN),
    moves=(
        move("closure", "Close it", "closed", Order.CLOSED, [Order.OPEN],
             says="All that was ordered is invoiced, or will not come."),
        move("cancellation", "Cancel it", "cancelled", Order.CANCELLED, [Order.OPEN], reason=True),
    ),
)  # fmt: skip


class OversightLevel(models.TextChoices):
    """How closely a project is watched, from the least on."""

    LIGHT = "light", _("Light")
    STANDARD = "standard", _("Standard")
    ENHANCED = "enhanced", _("Enhanced")
    INTENSIVE = "intensive", _("Intensive")


class Firmness(models.TextChoices):
    """How binding a booking is; a requested or a declined one is shown and does not count."""

    REQUESTED = "requested", _("Requested")
    SOFT = "soft", _("Soft")
    FIRM = "firm", _("Firm")
    DECLINED = "declined", _("Declined")


F = Firmness
COUNTED = (F.SOFT, F.FIRM)  # bookings that use capacity
# The owner of a resource decides who books it.
OWNER = Setter("the owner of the resource, or the PMO", ends=("resource",))
ALLOCATION = Lifecycle(
    "firmness",
    initial={F.REQUESTED: (), F.SOFT: (OWNER,), F.FIRM: (OWNER,)},
    moves=(
        move("booking", "Book it", "booked", F.SOFT, [F.REQUESTED], by=OWNER,
             says="From here on it counts against capacity; it may still give way."),
        move("confirmation", "Confirm it", "confirmed", F.FIRM, [F.SOFT], by=OWNER,
             says="It is sure, and others plan around it."),
        move("refusal", "Decline it", "declined", F.DECLINED, [F.REQUESTED],
             may_ask=("offered_starts_on", "offered_ends_on"), reason=True, by=OWNER,
             says="The project cannot have it then; say on which other days it could."),
        move("renewal", "Ask again", "requested again", F.REQUESTED, [F.DECLINED],
             may_ask=("starts_on", "ends_on"),
             says="For the days that were offered, unless others are given."),
    ),
)  # fmt: skip


class ActionState(models.TextChoices):
    """How far an action has come; overdue is derived."""

    OPEN = "open", _("Open")
    IN_PROGRESS = "in_progress", _("In progress")
    DONE = "done", _("Done")
    CANCELLED = "cancelled", _("Cancelled")


A = ActionState
ACTION = Lifecycle(
    "state",
    initial=anybody(A.OPEN, A.IN_PROGRESS),
    moves=(
        move("start", "Start on it", "started", A.IN_PROGRESS, [A.OPEN], by=DOER),
        move("completion", "Mark as done", "done", A.DONE, [A.OPEN, A.IN_PROGRESS],
             asks=("done_on",), may_ask=("evidence",), by=DOER, undo=("reopening",)),
        move("cancellation", "Cancel it", "cancelled", A.CANCELLED, [A.OPEN, A.IN_PROGRESS],
             reason=True, undo=("reopening",)),
        move("reopening", "Take it up again", "taken up again", A.IN_PROGRESS,
             [A.DONE, A.CANCELLED], clears=("done_on",), reason=True,
             undo=("completion", "cancellation")),
    ),
)  # fmt: skip


class TemplateState(models.TextChoices):
    """Whether projects are begun from a template."""

    DRAFT = "draft", _("Draft")
    IN_USE = "in_use", _("In use")
    RETIRED = "retired", _("Retired")


T = TemplateState
TEMPLATE = Lifecycle(
    "state",
    initial=anybody(T.DRAFT, T.IN_USE),
    moves=(
        move("adoption", "Take the template into use", "taken into use", T.IN_USE,
             [T.DRAFT, T.RETIRED], undo=("retirement",)),
        move("retirement", "Retire the template", "retired", T.RETIRED, [T.DRAFT, T.IN_USE],
             says="No project is begun from it any more; those that were stay as they are.",
             undo=("adoption",)),
    ),
)  # fmt: skip
