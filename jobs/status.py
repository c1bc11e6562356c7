"""How the whole is doing: the account at the API, engines, guilds, jobs and disk."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from generation.errors import GenerationError, TooSlow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from generation.image.client import EngineInfo, ImageClient
    from jobs.guilds import Guilds, Spending
    from jobs.rules.disk import Space
    from storage.jobs.jobs import JobState
    from storage.overview import Overview

ANSWER_WITHIN_S = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineAccount:
    """What the engine's side says: engines, and the balance in millicredits where there is one.

    `trouble` is why it does not answer.
    """

    engines: Sequence[EngineInfo] = ()
    balance_mc: int | None = None
    trouble: GenerationError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One look at everything; without an account where nobody can be asked."""

    account: EngineAccount | None
    guilds: Sequence[Spending]
    open_jobs: Mapping[JobState, int]
    kept_bytes: int
    cap_bytes: int | None
    free_bytes: int | None


class Survey:
    """Looks at everything that the operator answers for."""

    def __init__(
        self, client: ImageClient | None, guilds: Guilds, overview: Overview, space: Space
    ) -> None:
        self._client = client
        self._guilds = guilds
        self._overview = overview
        self._space = space

    async def take(self) -> Status:
        """Look at all of it now."""
        return Status(
            account=await look_at(self._client) if self._client else None,
            guilds=await self._guilds.all(),
            open_jobs=await self._overview.open_jobs(),
            kept_bytes=await self._overview.kept_bytes(),
            cap_bytes=self._space.cap_bytes,
            free_bytes=self._space.free_bytes,
        )


async def look_at(client: ImageClient) -> EngineAccount:
    """The engines and the balance, or why there is no answer."""
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            engines = await client.engines()
            return EngineAccount(engines=engines, balance_mc=await client.balance_mc())
    except TimeoutError:
        return EngineAccount(trouble=TooSlow())
    except GenerationError as error:
        return EngineAccount(trouble=error)
