"""Exception reports: that a tolerance is broken, and what was decided about it."""

from programmes.models.exception.report import Answer, ExceptionReport
from programmes.models.exception.states import ExceptionState

__all__ = ["Answer", "ExceptionReport", "ExceptionState"]
