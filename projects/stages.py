"""The stages of a project."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ProjectStage(models.TextChoices):
    """The project's life cycle; each forward move needs a gate decision."""

    PIPELINE = "pipeline", _("Pipeline")
    FEASIBILITY = "feasibility", _("Feasibility")
    APPRAISE = "appraise_and_select", _("Appraise and select")
    DEFINE = "define", _("Define")
    DELIVER = "deliver", _("Deliver")
    OPERATE = "operate_embed_close", _("Operate, embed, close")
    CLOSED = "closed", _("Closed")


STAGES = tuple(ProjectStage)[:-1]  # those in which work goes on
