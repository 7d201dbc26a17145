"""People and systems that work with a rig, and the checks of their work."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from io import StringIO

from django.core.management import call_command
from django.db.models import Sum

from pmhub.models import Token
from programmes.models import MetricValue, Programme, RollupRequest
from programmes.rollup.verify import Difference, verify
from projects.models import CostActual, Project
from tests import factories
from tests.faults import storms
from tests.faults.clients import Browser, Line, Writer
from tests.faults.rig import Rig

WRITERS = 3
BOUND = 60  # seconds after a fault in which the figures have to be right; a sweep comes every 5
PASSWORD = "of the rig"


class Office:
    """A rig with programmes and projects, and the writers to them."""

    def __init__(self, rig: Rig, seed: int) -> None:
        self.rig = rig
        self.random = random.Random(seed)  # noqa: S311  # a seed, no secret
        programmes = [factories.programme() for _ in range(2)]
        projects = [factories.project(programme=each) for each in programmes for _ in range(3)]
        for project in projects:
            factories.baseline(project)
        self.user = factories.user("pmo")
        self.user.set_password(PASSWORD)
        self.user.save()
        factories.role(self.user, "pmo")
        self.snapshots = 0
        self.ids = [project.pk for project in projects]
        self.writers = [self.writer(mine) for mine in self.ids[:WRITERS]]

    def line(self) -> Line:
        """Return a connection of another system that may write everything."""
        _, key = Token.objects.create(user=self.user, name="rig")
        return Line(self.rig.port, Authorization=f"Bearer {key}", Content_Type="application/json")

    def browser(self) -> Browser:
        """Return somebody who is going to sign in."""
        return Browser(self.rig.port)

    def writer(self, mine: int) -> Writer:
        """Return a writer of costs of any project, and of the estimate of this one."""
        own = random.Random(self.random.random())  # noqa: S311  # a seed, no secret
        return Writer(self.line(), self.ids, mine, own)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Have all writers write meanwhile; requests under way at the end are finished.

        In every snapshot taken meanwhile, figures are right or their recompute is pending.
        """
        snapshots: list[list[Difference]] = []

        def look(_: int) -> None:
            with self.rig.database():
                snapshots.append(verify())
            time.sleep(0.1)

        with storms.threads(1, look, may_lose_the_line=True):
            count = len(self.writers)
            with storms.threads(count, lambda who: self.writers[who](), may_lose_the_line=False):
                time.sleep(0.3)
                yield
        self.snapshots += len(snapshots)
        assert [found for found in snapshots if found] == []

    def check_writes(self) -> None:
        """Check that all that was accepted is stored, once and as it was sent, and nothing else."""
        stored = CostActual.objects.values_list("id", "project_id", "amount", "description")
        accepted = []
        for writer in self.writers:
            for key, (_, answer) in writer.posted.items():
                row = answer.json()
                accepted.append((row["id"], row["project"], Decimal(row["amount"]), key))
            project = Project.objects.get(pk=writer.mine)
            assert (project.estimate_to_complete, project.version) == (
                writer.last,
                1 + writer.changes,
            )
        assert sorted(stored) == sorted(accepted)

    def check_repeats(self) -> None:
        """Check that a repeated request gets the same answer."""
        for writer in self.writers:
            for key in list(writer.posted)[-5:]:
                again = writer.repeat(key)
                _, first = writer.posted[key]
                assert (again.status, again.content) == (first.status, first.content)
                assert again.headers["Idempotent-Replayed"] == "true"

    def settle(self) -> float:
        """Wait until the figures are right, at most for the bound; return the seconds."""
        seconds = storms.within(lambda: not RollupRequest.objects.exists(), BOUND)
        said = StringIO()
        call_command("rollups", "verify", stdout=said)
        assert said.getvalue() == "0 differences\n"
        assert stored_costs() == spent()
        return seconds


def stored_costs() -> dict[int, Decimal | None]:
    """Return the stored actual cost of each programme."""
    values = MetricValue.objects.filter(metric="actual_cost", valid_to=None)
    return dict(values.values_list("programme_id", "amount"))


def spent() -> dict[int, Decimal]:
    """Return the actual cost of each programme, summed from the costs."""
    sums = CostActual.objects.values("project__programme").annotate(total=Sum("amount"))
    found = dict(sums.values_list("project__programme", "total"))
    return {id: found.get(id, Decimal(0)) for id in Programme.objects.values_list("pk", flat=True)}
