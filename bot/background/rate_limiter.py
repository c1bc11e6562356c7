"""The rate limit of the account at the API, kept by all processes together."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.clock import now
from generation.errors import Busy
from storage.rate_limits import Rate, SharedRate, TooManyWait

if TYPE_CHECKING:
    from storage.database import Database

PERIOD = timedelta(seconds=10)
PATIENCE = timedelta(seconds=30)


class AccountRateLimiter:
    """Waits until the account's shared token bucket allows a request."""

    def __init__(self, shared: SharedRate) -> None:
        self._shared = shared

    async def wait(self) -> None:
        """Wait until a request may be sent.

        Raises:
            Busy: it would take too long.
        """
        try:
            await self._shared.wait(PATIENCE)
        except TooManyWait as error:
            raise Busy("the account's rate limit is used up", error.wait) from error

    async def hold_off(self, pause: timedelta) -> None:
        """The API asked for a pause."""
        await self._shared.hold_off(pause)


def open_rate_limiter(
    database: Database, account: str, requests: int | None
) -> AccountRateLimiter | None:
    """The limiter of an account that may make so many requests in a period, None for any number.

    `account` is its host and key: the key tells accounts apart, and is not stored.
    """
    if requests is None:
        return None
    name = hashlib.sha256(account.encode()).hexdigest()[:32]
    return AccountRateLimiter(SharedRate(database, name, Rate(requests, PERIOD), now))
