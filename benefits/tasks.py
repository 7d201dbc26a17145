"""Tasks of benefits."""

from celery import shared_task


@shared_task(name="benefits.overlaps", ignore_result=True)
def find_overlaps() -> None:
    """Ask about benefits that may claim the same gain."""
    from benefits.services import open_overlaps  # noqa: PLC0415  # beat does without

    open_overlaps()
