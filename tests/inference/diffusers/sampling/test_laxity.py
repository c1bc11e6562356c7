"""Nobody is left to be drawn alone in the end."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from inference.backends.diffusers.sampling.laxity import pressing

ROWS = 2


def calls(left: list[int], places: int) -> list[set[int]]:
    """Who is in each call until all are done: those that are pressing, then in their order."""
    left, found = list(left), list[set[int]]()
    while present := [index for index, evaluations in enumerate(left) if evaluations]:
        first = pressing([ROWS] * len(present), [left[index] for index in present], ROWS * places)
        turns = sorted(range(len(present)), key=lambda place: place not in first)
        found.append({present[place] for place in turns[:places]})
        for index in found[-1]:
            left[index] -= 1
    return found


def test_ten_pictures_of_one_call() -> None:
    assert len(calls([30] * 10, places=8)) == 38


def test_as_long_as_there_is_time_the_first_come_first() -> None:
    order = calls([10] * 9, places=8)
    assert order[0] == set(range(8))
    assert all({0, 1, 2, 3} <= call for call in order[:10])


@given(st.lists(st.integers(1, 40), min_size=1, max_size=30), st.integers(1, 16))
def test_there_are_as_few_calls_as_possible(left: list[int], places: int) -> None:
    assert len(calls(left, places)) == max(-(-sum(left) // places), *left, 0)


def test_where_there_is_room_for_all_nobody_is_put_first() -> None:
    assert pressing([2, 2, 1], [5, 9, 3], 16) == set()
