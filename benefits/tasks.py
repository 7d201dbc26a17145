"""Tasks of benefits."""

from celery import shared_task


@shared_task(name="benefits.overlaps", ignore_result=True)
def find_overlaps() -> None:
    """Open cases for benefits that may claim the same gain."""
    from benefits.services import open_overlaps  # noqa: PLC0415  # beat does without

    open_overlaps()


@shared_task(name="benefits.anchors", ignore_result=True)
def look_at_anchors() -> None:
    """Ask the owners of benefits whose anchors have moved."""
    from benefits.services import propose_moves  # noqa: PLC0415

    propose_moves()
