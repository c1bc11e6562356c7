"""A cache of recent answers, so that a request sent again is not drawn again."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generation.wire import generation_pb2 as pb

Key = tuple[str, bytes]


class Journal:
    """Keeps whole calls' answers in memory, the oldest forgotten first."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._calls: OrderedDict[Key, Sequence[pb.Answer]] = OrderedDict()

    @staticmethod
    def key_of(request: pb.Request) -> Key | None:
        """What tells the request from others; None if it has no id of its own."""
        if not request.request_id:
            return None
        content = request.SerializeToString(deterministic=True)
        return request.request_id, hashlib.sha256(content).digest()

    def find(self, key: Key | None) -> Sequence[pb.Answer]:
        """The answers to the same request before, or none."""
        if key is None or key not in self._calls:
            return ()
        self._calls.move_to_end(key)
        return self._calls[key]

    def keep(self, key: Key | None, answers: Sequence[pb.Answer]) -> None:
        """Remember the answers of a call that came to its end."""
        size = sum(answer.ByteSize() for answer in answers)
        if key is None or key in self._calls or size > self._max_bytes:
            return
        self._calls[key] = answers
        self._bytes += size
        while self._bytes > self._max_bytes:
            _, oldest = self._calls.popitem(last=False)
            self._bytes -= sum(answer.ByteSize() for answer in oldest)
