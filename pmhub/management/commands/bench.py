"""`manage.py bench`: measures the product, as ratios within one run; asserts nothing."""

import logging
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection
from django.test.utils import override_settings

from pmhub.bench import memory
from pmhub.bench.estate import SIZES, Bench, Finding
from pmhub.bench.measures import MEASURES
from pmhub.bench.timing import cpu_milliseconds, used_by_session


class Command(BaseCommand):
    """Measure in a database of the benchmark's own, made and dropped here."""

    help = "Measure the product: ratios within one run, in a database made for it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the arguments for the measures, the sizes and the process to measure the memory
        of."""
        names = [measure.__name__ for measure in MEASURES]
        parser.add_argument("measures", nargs="*", metavar="MEASURE", help=", ".join(names))
        parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="PROJECTS")
        parser.add_argument("--memory", type=int, metavar="PID", help="of a ./run and its children")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a line for each finding."""
        if options["memory"]:
            self.memory(options["memory"])
            return
        wanted = options["measures"] or [measure.__name__ for measure in MEASURES]
        # A line for each of thousands of requests would bury the findings.
        logging.getLogger("pmhub").setLevel(logging.WARNING)
        original = connection.settings_dict["NAME"]
        began = cpu_milliseconds()
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        migrated = (cpu_milliseconds() - began + used_by_session()) / 1000
        self.stdout.write(
            line(Finding("migrate an empty database", f"{migrated:.1f} s", aim="≤ 10 s"))
        )
        try:
            with override_settings(
                ALLOWED_HOSTS=["*"], DEBUG=False, ROOT_URLCONF="pmhub.bench.minimal"
            ):
                self.measure(wanted, options["sizes"])
        finally:
            connection.creation.destroy_test_db(original, verbosity=0)

    def measure(self, wanted: list[str], sizes: Sequence[int]) -> None:
        """Run the wanted measures, with programmes of these sizes."""
        bench = Bench(sizes)
        for measure in MEASURES:
            if measure.__name__ in wanted:
                bench.settle()
                for finding in measure(bench):
                    self.stdout.write(line(finding))

    def memory(self, root: int) -> None:
        """Print the proportional set sizes of a process and its descendants, in all and of web,
        worker and beat."""
        total = product = 0
        for pid in memory.process_tree(root):
            share, command = memory.proportional_kib(pid), memory.command_of(pid)
            total += share
            product += share if memory.is_of_product(command) else 0
            self.stdout.write(f"{share / 1024:8.1f} MB  {pid:>7}  {command}")
        self.stdout.write(f"{total / 1024:8.1f} MB  in all")
        self.stdout.write(f"{product / 1024:8.1f} MB  of web, worker and beat  (aim: ≤ 400)")


def line(finding: Finding) -> str:
    """Return a finding as a line of columns."""
    ratio = "" if finding.ratio is None else f"{finding.ratio:.2f} ×"
    return f"{finding.what:<48} {finding.ours:<32} {finding.against:<34} {ratio:>8}  {finding.aim}"
