"""A call as its client made it, and what of it is passed on to a server."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from inference.ray.messages import Call
from inference.ray.proxy import timeout_s

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_OWN = ("authorization", "origin", "atelier-")
"""How the names of the metadata begin that servers look at."""


class ClientCall:
    """A call that may be asked of one server after another; the later has less time for it."""

    def __init__(
        self,
        method: str,
        message: bytes,
        metadata: Sequence[tuple[str, str]],
        client: str,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        own = tuple(pair for pair in metadata if pair[0].startswith(_OWN))
        self._call = Call(method, message, own, client)
        self._timeout_s = timeout_s(metadata)
        self._now = now
        self._began = now()

    def passed_on(self) -> Call:
        """The call with the time that is left."""
        if self._timeout_s is None:
            return self._call
        left_s = self._timeout_s - (self._now() - self._began)
        return self._call._replace(timeout_s=max(left_s, 0.0))
