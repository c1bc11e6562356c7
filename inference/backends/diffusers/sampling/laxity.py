"""Which pictures must not wait, or else they would be drawn almost alone in the end.

With room for eight pictures in a call, ten of 30 steps are 38 calls if the room is always full, but
60 if two of them wait until the others are done. So a picture that has as many evaluations left as
there are calls to come goes first, and everybody else keeps their place. Where the pictures have as
many rows each, no other order ends sooner (McNaughton, Scheduling with deadlines, 1959).
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from inference.backends.diffusers.sampling.picture import Bucket, Picture


def pressing_first(
    pictures: Sequence[Picture], room: Callable[[Picture], int]
) -> Sequence[Picture]:
    """The pictures in their order, but first those that need a place in the next call.

    `room` says how many rows a call for a picture's bucket has.
    """
    buckets: dict[Bucket, list[Picture]] = defaultdict(list)
    for picture in pictures:
        buckets[picture.bucket].append(picture)
    first: set[Picture] = set()
    for members in buckets.values():
        rows = [len(picture.conditioning.rows) for picture in members]
        left = [picture.course.evaluations_left for picture in members]
        first |= {members[index] for index in pressing(rows, left, room(members[0]))}
    return sorted(pictures, key=lambda picture: picture not in first) if first else pictures


def pressing(rows: Sequence[int], left: Sequence[int], room: int) -> set[int]:
    """The indices of those that have as many evaluations left as there are calls to come.

    None where a call has room for all. `rows` and `left` are of each picture of a bucket.
    """
    if sum(rows) <= room:
        return set()
    work = sum(count * evaluations for count, evaluations in zip(rows, left, strict=True))
    calls = max(-(-work // room), *left)
    return {index for index, evaluations in enumerate(left) if evaluations >= calls}
