"""Code that only reads, as of one moment: a block within a block is part of it."""

from collections.abc import Callable
from typing import Any

from pmhub.api.revalidation import read_from
from pmhub.caching import KnownTables
from pmhub.database import touches
from pmhub.database.one_moment import is_one_moment, of_one_moment
from projects.models import Risk


def test_a_block_within_another_reads_no_stamp_again(
    demo: Any, django_assert_num_queries: Callable[[int], Any]
) -> None:
    with of_one_moment():
        before = touches.stamp_of_tables(["projects.risk"])
        Risk.objects.filter(pk=Risk.objects.all()[0].pk).update(title="The river rises")
        with of_one_moment(), django_assert_num_queries(0):
            assert touches.stamp_of_tables(["projects.risk"]) == before
        assert is_one_moment()
    assert not is_one_moment()
    assert touches.stamp_of_tables(["projects.risk"]) != before


def test_tables_of_a_kind_are_added_up_and_of_another_kind_are_others() -> None:
    known = KnownTables()
    assert known.of("lists") == frozenset()
    known.add("lists", {"projects.risk"})
    known.add("lists", {"projects.issue"})
    assert known.of("lists") == {"projects.risk", "projects.issue"}
    assert known.of("answers") == frozenset()


def test_tables_of_kinds_take_bounded_room() -> None:
    for number in range(5_000):
        read_from.add(number, {"projects.risk"})
    assert read_from.of(0) == frozenset()
    assert read_from.of(4_999) == {"projects.risk"}
    read_from.clear()
