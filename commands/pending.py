"""Orders whose cards are shown, or about to be, but which are no jobs yet."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from commands.errors import AlreadyOrdered
from jobs.errors import NotYours

if TYPE_CHECKING:
    from collections.abc import Generator


class Pending:
    """Knows the orders of this process that are under way; all commands share it."""

    def __init__(self) -> None:
        self._keys: set[str] = set()
        self._authors: dict[str, int] = {}
        self._withdrawn: set[str] = set()

    @contextmanager
    def order(self, key: str, job_id: str, author_id: int) -> Generator[None]:
        """One order from its first check until it is a job or refused.

        Raises:
            AlreadyOrdered: another one of that key is under way.
        """
        if key in self._keys:
            raise AlreadyOrdered
        self._keys.add(key)
        self._authors[job_id] = author_id
        try:
            yield
        finally:
            self._keys.discard(key)
            del self._authors[job_id]
            self._withdrawn.discard(job_id)

    def withdraw(self, job_id: str, actor_id: int, *, is_moderator: bool) -> None:
        """Let an order go whose card is shown, but which is no job yet.

        Raises:
            NotYours
        """
        if job_id not in self._authors:
            # A process broke off there, and this card is all that is left.
            return
        if actor_id != self._authors[job_id] and not is_moderator:
            raise NotYours
        self._withdrawn.add(job_id)

    def is_withdrawn(self, job_id: str) -> bool:
        """Whether somebody let it go."""
        return job_id in self._withdrawn
