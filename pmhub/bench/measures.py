"""What is measured. Each measure yields lines of (what, ours, floors, ratio, aim)."""

from pmhub.bench.custom_fields import custom_fields
from pmhub.bench.every_page import every_page
from pmhub.bench.figures import latency, marking, recompute, requests_left, simulation, storm
from pmhub.bench.growth import paging, portfolios, rebuilding, sizes, writers
from pmhub.bench.order_of_changes import order_of_changes
from pmhub.bench.peer import peer
from pmhub.bench.requests import pages, reads, registers, rollups, writes
from pmhub.bench.search import searching
from pmhub.bench.served import clients, held

MEASURES = (
    reads, rollups, pages, every_page, registers, writes, recompute, simulation, marking, sizes,
    rebuilding, paging, writers, latency, storm, clients, held, peer, portfolios, requests_left,
    searching, custom_fields, order_of_changes,
)  # fmt: skip
