"""The demo: work packages and iterations, the projects that are counted by them, and estimates."""

from datetime import date
from decimal import Decimal

from pmhub.demo.rows import DemoLoad
from pmhub.services import add, save, turn
from projects.models import Estimate, Iteration, Project, WorkPackage


def add_work(demo: DemoLoad) -> None:
    """Add work packages, iterations and estimates, close and release some iterations, and then have
    projects count their progress by them, which gives the same figures as before."""
    demo.rows(WorkPackage, "work_packages")
    for iteration, row in demo.rows(Iteration, "iterations", "closed", "released_on"):
        if row.get("closed"):
            turn(iteration, noun="closing", points_done=Decimal(row["points_done"]), by=demo.by)
        if day := row.get("released_on"):
            turn(iteration, noun="release", released_on=date.fromisoformat(day), by=demo.by)
    for code, counts in demo.data["counted_by"].items():
        project: Project = demo.by_code[code]
        project.refresh_from_db()
        for name, value in counts.items():
            setattr(project, name, value)
        save(project, *counts, by=demo.by)
    for row in demo.data["estimates"]:
        add(Estimate(**demo.fields(Estimate, row)), by=demo.by)
