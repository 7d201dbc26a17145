"""Tasks of projects."""

from celery import shared_task


@shared_task(name="projects.inspections", ignore_result=True)
def plan_inspections() -> None:
    """Plan the next inspection of every plan that has none."""
    from projects.models import InspectionPlan  # noqa: PLC0415  # beat does without
    from projects.services import draw_inspections  # noqa: PLC0415  # as above

    draw_inspections(InspectionPlan.objects.all())
