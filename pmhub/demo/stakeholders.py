"""The demo: stakeholders, where they stand, and what is said to them."""

from datetime import date

from pmhub.demo.rows import DemoLoad
from pmhub.services import turn
from projects import services
from projects.models import Communication, Stakeholder, StakeholderAssessment

TOLD = ("sent_on", "heard", "feedback")


def add_stakeholders(demo: DemoLoad) -> None:
    """Add stakeholders with their assessments, and past and planned communications with them."""
    for stakeholder, row in demo.rows(Stakeholder, "stakeholders", "assessments"):
        demo.rows(
            StakeholderAssessment, row["assessments"], stakeholder=stakeholder, by=stakeholder.owner
        )
    for communication, row in demo.rows(Communication, "communications", "audience", *TOLD):
        communication.audience.set(demo.by_code[code] for code in row["audience"])
        if "sent_on" in row:
            day = date.fromisoformat(row["sent_on"])
            services.send_communication(communication, sent_on=day, by=demo.by)
            values = {"heard": row["heard"], "feedback": row["feedback"]}
            turn(communication, noun="evaluation", **values, by=demo.by)
