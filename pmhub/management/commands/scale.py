"""`manage.py scale load|change`: a synthetic estate for measuring, and changes all over it."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from pmhub.database.history import WritePath, through
from pmhub.demo.estate import Size, change, load
from programmes.models import LedgerLine, MetricValue, Portfolio
from programmes.rollup import worker
from projects.models import ProjectForecast


class Command(BaseCommand):
    """Load an estate of a given size in bulk; change some of it and recompute its figures."""

    help = "A synthetic estate of a given size, in bulk, for measuring; and changes all over it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the sub-commands and their options, with the numbers of records."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        loading = verbs.add_parser("load", help="make the estate")
        loading.add_argument("--programmes", type=int, default=20)
        loading.add_argument("--projects", type=int, default=1000)
        loading.add_argument("--risks", type=int, default=10_000)
        loading.add_argument("--benefits", type=int, default=200)
        loading.add_argument("--measurements", type=int, default=None)
        loading.add_argument("--code", default="SCALE")
        loading.add_argument("--compute", action="store_true", help="and compute its figures")
        changing = verbs.add_parser("change", help="change an estimate in programmes of it")
        changing.add_argument("--programmes", type=int, default=1)
        changing.add_argument("--times", type=int, default=1, help="each worked off by itself")
        changing.add_argument("--code", default="SCALE")
        changing.add_argument("--leave", action="store_true", help="leave the work to workers")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the sub-command, which prints how long it took."""
        if options["verb"] == "change":
            self.change(options)
        else:
            self.load(options)

    def change(self, options: dict[str, Any]) -> None:
        """Change estimates and recompute, then print how long that took and how many rows it
        added."""
        portfolio = Portfolio.objects.get(code=options["code"])
        before, began, cpu = rows(), time.perf_counter(), time.process_time()
        for _ in range(options["times"]):
            changed = change(portfolio, options["programmes"])
            if not options["leave"]:
                worker.drain()
        self.stdout.write(
            f"{changed} programmes changed {options['times']} times in"
            f" {time.perf_counter() - began:.2f} s, {time.process_time() - cpu:.2f} s of CPU here"
        )
        after = rows()
        self.stdout.write(", ".join(f"{after[name] - before[name]} {name}" for name in after))

    def load(self, options: dict[str, Any]) -> None:
        """Load the estate and, if asked, compute its figures."""
        size = self.size(options)
        if Portfolio.objects.filter(code=options["code"]).exists():
            raise CommandError(f"There is a portfolio {options['code']} already: name another.")
        began = time.perf_counter()
        with through(WritePath.IMPORT):
            load(size, options["code"])
        self.stdout.write(f"loaded in {time.perf_counter() - began:.1f} s: {size}")
        if options["compute"]:
            began = time.perf_counter()
            done = worker.drain()
            self.stdout.write(f"{done} requests in {time.perf_counter() - began:.1f} s")

    def size(self, options: dict[str, Any]) -> Size:
        """Return the size asked for; raises CommandError for impossible numbers."""
        names = ("programmes", "projects", "risks", "benefits")
        counts = {name: options[name] for name in names}
        if options["measurements"] is None:
            options["measurements"] = 2 * options["benefits"]
        if min(*counts.values(), options["measurements"]) < 0 or not options["programmes"]:
            raise CommandError("Give at least one programme and no negative numbers.")
        return Size(**counts, measurements=options["measurements"])


def rows() -> dict[str, int]:
    """Return how many rows each table of the ledger has."""
    counted = {"lines": LedgerLine, "values": MetricValue, "forecasts": ProjectForecast}
    return {name: model._default_manager.count() for name, model in counted.items()}
