"""Orders whose cards are shown, or about to be, but which are no jobs yet."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from commands.errors import AlreadyOrdered
from jobs.errors import OthersJob, TooLate

if TYPE_CHECKING:
    from collections.abc import Generator

    from storage.ledger.accounts import Account


class InFlightOrders:
    """Knows the orders of this process that are under way; all commands share it."""

    def __init__(self) -> None:
        self._keys: set[str] = set()
        self._authors: dict[str, Account] = {}
        self._withdrawn: set[str] = set()

    @contextmanager
    def order(self, key: str, job_id: str, author: Account) -> Generator[None]:
        """One order from its first check until it is a job or refused.

        Raises:
            AlreadyOrdered: another one of that key is under way.
        """
        if key in self._keys:
            raise AlreadyOrdered
        self._keys.add(key)
        self._authors[job_id] = author
        try:
            yield
        finally:
            self._keys.discard(key)
            del self._authors[job_id]
            self._withdrawn.discard(job_id)

    def withdraw(self, job_id: str, actor: Account, *, is_moderator: bool) -> bool:
        """Let an order go whose card is shown, but which is no job yet; whether there is one.

        Raises:
            TooLate: it is of another guild.
            OthersJob
        """
        author = self._authors.get(job_id)
        if author is None:
            return False
        if actor.guild_id != author.guild_id:
            raise TooLate
        if actor != author and not is_moderator:
            raise OthersJob
        self._withdrawn.add(job_id)
        return True

    def is_withdrawn(self, job_id: str) -> bool:
        """Whether somebody let it go."""
        return job_id in self._withdrawn
