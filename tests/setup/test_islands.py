"""What is made of sources is made again only when they change."""

from pmhub.embedded import islands
from pmhub.embedded.folder import CHECKOUT


def test_nothing_that_is_made_counts_among_its_own_sources():
    patterns = [*islands.SOURCES, *islands.PACKAGES, *islands.STATIC]
    found = {path for pattern in patterns for path in CHECKOUT.glob(pattern)}
    assert not [path for path in found if CHECKOUT / ".pmhub" in path.parents]
    assert CHECKOUT / "pmhub" / "static" / "admin" / "pmhub.css" in found
