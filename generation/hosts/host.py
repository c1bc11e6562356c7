"""One host of engines: whether it answers, what it lists, and what is left on its account."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING

from generation.adapters import NO_ADAPTERS
from generation.catalogue.engine import STABILITY_REST
from generation.errors import (
    GarbledAnswer,
    GenerationError,
    Misconfigured,
    OutOfCredit,
    TooSlow,
    Unavailable,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from generation.catalogue.catalogue import Engine
    from generation.hosts.clients import HostClient
    from generation.image.client import EngineInfo

ANSWER_WITHIN_S = 20
GRACE = timedelta(minutes=2)
"""For so long a host that does not answer keeps its engines on offer: it may be starting again, and
what is ordered meanwhile waits for it."""


class HostState(Enum):
    """What can be expected of a host."""

    UNKNOWN = auto()
    """It was not asked yet."""
    READY = auto()
    """It answers."""
    AWAY = auto()
    """It cannot be reached or does not answer as it should; waiting may mend that."""
    OFF = auto()
    """It refuses its key, or its account is empty: off until its next check."""
    UNUSABLE = auto()
    """Its settings cannot be used: it is never asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostTraits:
    """What is known of a host without asking it.

    `name` is how operators know it, `setting` the variable that names it and `key_setting` the one
    that holds its key. `is_metered` says that what it draws costs the operator money.
    """

    name: str
    transport: str
    setting: str = ""
    key_setting: str = ""
    is_metered: bool = False


class Host:
    """A host and what it said last; `Hosts` asks it and shows what all of them offer.

    Without a client its settings cannot be used, and `problem` says why.
    """

    def __init__(
        self,
        traits: HostTraits,
        client: HostClient | None,
        now: Callable[[], datetime],
        *,
        problem: str = "",
    ) -> None:
        self.traits = traits
        self.state = HostState.UNUSABLE if client is None else HostState.UNKNOWN
        self.error: GenerationError | None = Misconfigured(problem) if problem else None
        self.since = now()
        self.listed: Sequence[EngineInfo] = ()
        self._infos: Mapping[str, EngineInfo] = {}
        self.seen: set[str] = set()
        self.was_heard = False
        self.balance_mc: int | None = None
        self.needs_check = asyncio.Event()
        self._client = client
        self._now = now
        self._asking = asyncio.Lock()

    @property
    def client(self) -> HostClient:
        """What asks it for pictures.

        Raises:
            Misconfigured: its settings cannot be used.
        """
        if self._client is None:
            raise self.error or Misconfigured(f"{self.traits.name} is not usable")
        return self._client

    @property
    def is_offering(self) -> bool:
        """Whether its engines are offered: while it answers, and for a moment after that."""
        if self.state is HostState.AWAY:
            return bool(self.listed) and self._now() - self.since < GRACE
        return self.state is HostState.READY

    @property
    def is_starting(self) -> bool:
        """Whether it answers, but has no engine: it may be loading them.

        What the catalogue says of Stability's REST API does not change by waiting.
        """
        lists_itself = self.traits.transport != STABILITY_REST
        return lists_itself and self.state is HostState.READY and not self.listed

    def lists(self, engine_id: str) -> bool:
        """Whether it has the engine, by what it said last."""
        return engine_id in self._infos

    def as_told(self, engine: Engine) -> Engine:
        """The engine with the control pictures and adapters that it has, by what it said last."""
        info = self._infos.get(engine.id)
        controls = () if info is None else info.controls
        has = NO_ADAPTERS if info is None else info.adapters
        told = (controls, has.loras, has.embeddings, has.has_more)
        if told == (engine.controls, engine.loras, engine.embeddings, engine.has_more_adapters):
            return engine
        return replace(
            engine,
            controls=controls,
            loras=has.loras,
            embeddings=has.embeddings,
            has_more_adapters=has.has_more,
        )

    @property
    def may_recover(self) -> bool:
        """Whether waiting could mend what is wrong with it."""
        if self.state is HostState.OFF:
            return isinstance(self.error, OutOfCredit)
        return self.state is not HostState.UNUSABLE

    async def check(self, within_s: float = ANSWER_WITHIN_S) -> None:
        """Ask what it offers and what is left on its account; what goes wrong is its state."""
        if self._client is None:
            return
        async with self._asking:
            self.needs_check.clear()
            try:
                async with asyncio.timeout(within_s):
                    self._list(await self._client.engines())
                await self._ask_balance(self._client, within_s)
            except TimeoutError:
                self.note(TooSlow(f"no answer within {within_s:g} s"))
            except GenerationError as error:
                self.note(error)
            else:
                self._become(HostState.READY, None)

    def note(self, error: GenerationError) -> None:
        """Take up what went wrong with a call: a key that is refused switches the host off."""
        is_refused = isinstance(error, Misconfigured)
        self._become(HostState.OFF if is_refused else HostState.AWAY, error)
        self.needs_check.set()

    def _list(self, engines: Sequence[EngineInfo]) -> None:
        self.listed, self.was_heard = engines, True
        # The first counts of two with one id.
        self._infos = {info.id: info for info in reversed(engines)}
        self.seen.update(self._infos)

    async def _ask_balance(self, client: HostClient, within_s: float) -> None:
        """Read the balance where there is one; a host that does not tell it draws all the same."""
        if not self.traits.is_metered:
            return
        with suppress(TimeoutError, Unavailable, GarbledAnswer):
            async with asyncio.timeout(within_s):
                self.balance_mc = await client.balance_mc()

    def _become(self, state: HostState, error: GenerationError | None) -> None:
        if state is not self.state:
            self.since = self._now()
        self.state, self.error = state, error
