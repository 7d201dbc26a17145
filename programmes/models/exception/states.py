"""The states of exception reports, with the moves between them."""

from dataclasses import replace

from django.db import models
from django.utils.translation import gettext_lazy as _

from pmhub.lifecycle import Lifecycle, move
from programmes.models.states import DECIDERS


class ExceptionState(models.TextChoices):
    """Whether it was decided what becomes of an exception."""

    OPEN = "open", _("Open")
    DECIDED = "decided", _("Decided")
    CLOSED = "closed", _("Closed")
    LAPSED = "lapsed", _("Fell away")


ABOVE = replace(DECIDERS, apart=True)
E = ExceptionState
EXCEPTION = Lifecycle(
    "state",
    initial={},  # the product opens them
    moves=(
        move("decision", "Decide what becomes of it", "decided", E.DECIDED, [E.OPEN], by=ABOVE,
             asks=("decision",), may_ask=("until",), reason=True,
             says="To continue takes a new tolerance, or the day by which it is within the old one"
             " again. Who leads it does not decide. It leaves a decision."),
        move("closure", "Close it", "closed", E.CLOSED, [E.DECIDED],
             says="What was decided is done, and it is within its tolerance again. Where it is not,"
             " say why it is closed nevertheless: another is opened then."),
    ),
    follows={E.LAPSED: (E.OPEN,)},  # with the end of what it is about
)  # fmt: skip

# While a report is in one of these states, no other is opened for the same breach.
STANDING = (ExceptionState.OPEN, ExceptionState.DECIDED)
