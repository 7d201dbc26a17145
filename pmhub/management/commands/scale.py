"""`manage.py scale load`: a synthetic estate for measuring."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from pmhub.demo.estate import Size, load
from pmhub.history import Via, through
from programmes.models import Portfolio
from programmes.rollup import engine


class Command(BaseCommand):
    """Load an estate of a given size in bulk."""

    help = "A synthetic estate of a given size, in bulk, for measuring."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How many of each."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        loading = verbs.add_parser("load", help="make the estate")
        loading.add_argument("--programmes", type=int, default=20)
        loading.add_argument("--projects", type=int, default=1000)
        loading.add_argument("--risks", type=int, default=10_000)
        loading.add_argument("--benefits", type=int, default=200)
        loading.add_argument("--measurements", type=int, default=None)
        loading.add_argument("--code", default="SCALE")
        loading.add_argument("--compute", action="store_true", help="and compute its figures")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, and say how long it took."""
        size = self.size(options)
        if Portfolio.objects.filter(code=options["code"]).exists():
            raise CommandError(f"There is a portfolio {options['code']} already: name another.")
        began = time.perf_counter()
        with through(Via.IMPORT):
            load(size, options["code"])
        self.stdout.write(f"loaded in {time.perf_counter() - began:.1f} s: {size}")
        if options["compute"]:
            began = time.perf_counter()
            done = engine.drain()
            self.stdout.write(f"{done} requests in {time.perf_counter() - began:.1f} s")

    def size(self, options: dict[str, Any]) -> Size:
        """The size asked for. Raises CommandError for what makes no sense."""
        names = ("programmes", "projects", "risks", "benefits")
        counts = {name: options[name] for name in names}
        if options["measurements"] is None:
            options["measurements"] = 2 * options["benefits"]
        if min(*counts.values(), options["measurements"]) < 0 or not options["programmes"]:
            raise CommandError("Give at least one programme and no negative numbers.")
        return Size(**counts, measurements=options["measurements"])
