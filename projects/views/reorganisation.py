"""The pages on which a project is split, and another is merged into it."""

from __future__ import annotations

from programmes.views.reorganisation import ReorganisingPage
from programmes.views.rows import one_of
from projects.models import Project
from projects.models.states import PLANNERS
from projects.serializers.reorganisation import ProjectMergerSerializer, ProjectSplitSerializer
from projects.views.project import PROJECTS


class ProjectReorganisationPage(ReorganisingPage):
    """A page on which a project is split or merged."""

    kind = "project"

    def found(self) -> Project:
        """Return the project; raises NotAllowed for who may not."""
        project: Project = one_of(PROJECTS(self.request.user, id=self.kwargs["pk"]))
        if not project.live:
            raise self.refused(project, f"{project.code} has ended.")
        if not PLANNERS.allows(self.request.user, project):
            raise self.refused(project, who=PLANNERS.words)
        return project


class ProjectSplitPage(ProjectReorganisationPage):
    """The page on which a part of the project becomes a new project."""

    title = about = "Split the project"
    form, noun = ProjectSplitSerializer, "split"
    fields = ("name", "code", "project_manager", "milestones", "outputs", "work_packages",
              "budget_lines", "dependencies", "risks", "issues", "assumptions", "compliance_items",
              "allocations", "contributions", "budget_at_completion", "percent_complete",
              "estimate_to_complete", "reason")  # fmt: skip
    labels = {
        "name": "Name of the new project",
        "code": "Code of the new project",
        "milestones": "Milestones that go",
        "outputs": "Outputs that go",
        "work_packages": "Work packages that go",
        "budget_lines": "Budget lines that go",
        "dependencies": "Dependencies that go",
        "risks": "Risks that go",
        "issues": "Issues that go",
        "assumptions": "Assumptions that go",
        "compliance_items": "Permits and inspections that go",
        "allocations": "Bookings that go",
        "contributions": "Contributions to benefits that go",
        "budget_at_completion": "Budget at completion that goes",
        "percent_complete": "How much of it is complete, in per cent",
        "estimate_to_complete": "Of what is still to be spent",
    }
    says = (
        "What you choose goes to a new project beside this one, in the same stage: budget lines"
        " with what is posted to them, outputs with their work packages, milestones with what hangs"
        " on them. Together the two come to what this one comes to now.",
        "The plan is divided, and each gets a new baseline. Whoever has a role on this project has"
        " it on both. Gates, decisions, reports and business cases stay here.",
    )
    saved = "The project is split. The figures follow in a moment."


class ProjectMergerPage(ProjectReorganisationPage):
    """The page on which another project is merged into this one."""

    title = about = "Merge a project into this one"
    form, noun = ProjectMergerSerializer, "merger"
    fields = ("other", "rename", "reason")
    labels = {
        "other": "Project that becomes a part of this one",
        "rename": "Rename what has a code that this project uses",
    }
    says = (
        "Its milestones, outputs, budget lines, costs, risks, bookings and registers belong to this"
        " project from now on, with what it brings about. Both plans are added up to a new"
        " baseline, and how much is complete follows what both have earned. What the two waited for"
        " from one another is withdrawn.",
        "It ends and is archived, and its code leads here. Its gates, decisions, reports and"
        " business cases stay with it, and what is said and attached there. Whoever has a role on"
        " it has that role here.",
    )
    saved = "The projects are merged. The figures follow in a moment."
