"""All hosts together: what is offered now, what draws where nothing is named, and who draws it."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing, contextmanager
from itertools import chain
from typing import TYPE_CHECKING

from generation.catalogue.catalogue import IMAGE, Catalogue
from generation.catalogue.engine import EDIT, STABILITY_REST, UPSCALE
from generation.errors import Misconfigured, Unauthorized, UnknownEngine, Unreachable
from generation.hosts.clients import StreamingHost, SubmitHost
from generation.hosts.host import ANSWER_WITHIN_S, HostState
from generation.hosts.offered import OfferedCatalogue
from generation.pricing import is_priced
from generation.stability.operations import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence, Set

    from generation.catalogue.catalogue import Engine
    from generation.hosts.host import Host
    from generation.image.client import Picture
    from generation.image.progress import Watch
    from generation.request import ImageRequest

log = logging.getLogger(__name__)

MAX_NAMES = 500
"""Characters of a list of engines that a host has."""


class Hosts:
    """Asks the hosts and shows what they offer together; of two with one engine the first draws it.

    `known` is the whole catalogue, which operators know as `catalogue_name`. `wanted_id` is the
    engine that draws where none is named, as long as it is offered; else the first that is.
    """

    def __init__(
        self,
        hosts: Sequence[Host],
        known: Catalogue,
        *,
        wanted_id: str = "",
        catalogue_name: str = "the catalogue",
    ) -> None:
        self.all = hosts
        self.known = known
        self.wanted_id = wanted_id
        self._catalogue_name = catalogue_name
        self._drawable = Catalogue(engine for engine in known.of_kind(IMAGE) if is_priced(engine))
        self._upscalers = Catalogue(
            engine for engine in known.of_kind(UPSCALE) if _is_asked(engine)
        )
        self._editors = Catalogue(
            engine for engine in known.of_kind(EDIT) if engine.edits and _is_asked(engine)
        )
        self._useful_ids = {engine.id for engine in known if is_priced(engine)}
        self._changed = asyncio.Event()

    @property
    def offered(self) -> OfferedCatalogue:
        """What draws now, for a price, in the order of the catalogue.

        Which control pictures an engine follows and which adapters it has, its host says: the
        catalogue knows only what there may be.
        """
        return self._offered(self._drawable)

    @property
    def upscalers(self) -> OfferedCatalogue:
        """What makes pictures larger now, for a price, in the order of the catalogue."""
        return self._offered(self._upscalers)

    @property
    def editors(self) -> OfferedCatalogue:
        """What edits pictures now and does nothing else, for a price, in the catalogue's order."""
        return self._offered(self._editors)

    def _offered(self, engines: Catalogue) -> OfferedCatalogue:
        offered: list[Engine] = []
        away: dict[str, bool] = {}
        for engine in engines:
            host = self.host_of(engine.id)
            if host is None:
                continue
            if not host.is_offering:
                away[engine.id] = host.state in (HostState.OFF, HostState.UNUSABLE)
            elif host.lists(engine.id):
                offered.append(host.as_told(engine))
        return OfferedCatalogue(offered, away)

    @property
    def default(self) -> Engine | None:
        """What draws where no engine is named; None where none is offered."""
        offered = self.offered
        return offered.find(self.wanted_id) or next(iter(offered), None)

    @property
    def drawable_ids(self) -> Set[str]:
        """The ids of what could draw for a price, offered or not."""
        return {engine.id for engine in self._drawable}

    @property
    def may_draw(self) -> bool:
        """Whether any host is of use, or may be without an act of the operator's."""
        return any(host.may_recover and not self._is_useless(host) for host in self.all)

    def host_of(self, engine_id: str) -> Host | None:
        """What draws with an engine: the first host that has it, else that had it, else that may.

        A host that never answered may have any engine of its transport.
        """
        engine = self.known.find(engine_id)
        hosts = self._that_may_have(engine)
        has = (host for host in hosts if host.lists(engine_id))
        had = (host for host in hosts if engine_id in host.seen)
        silent = (host for host in hosts if engine is not None and not host.was_heard)
        return next(chain(has, had, silent), None)

    def is_metered(self, engine_id: str) -> bool:
        """Whether what that engine draws costs the operator money; without an id, whether any."""
        host = self.host_of(engine_id) if engine_id else None
        if host is not None:
            return host.traits.is_metered
        return any(host.traits.is_metered for host in self.all)

    def problem_of(self, host: Host) -> str:
        """What is wrong with a host, for its operator, without a full stop; empty for nothing."""
        traits, error = host.traits, host.error
        if host.state is HostState.UNUSABLE:
            return f"{error}"
        if isinstance(error, Unauthorized) and traits.key_setting:
            return f"{traits.name} does not accept {traits.key_setting}, Unauthorized: {error}"
        if error is not None:
            return f"{traits.name} does not work, {type(error).__name__}: {error}"
        if host.is_starting:
            return f"{traits.name} lists no engine, perhaps not yet"
        if self._is_useless(host):
            if not host.listed:
                return f"{self._catalogue_name} names no engine of {traits.name}"
            has = ", ".join(sorted(info.id for info in host.listed))[:MAX_NAMES]
            place = self._catalogue_name
            return f"{traits.name} offers no engine with a price in {place}; it has: {has}"
        return ""

    async def check(self, within_s: float = ANSWER_WITHIN_S) -> None:
        """Ask all hosts at once."""
        await asyncio.gather(*(self.check_one(host, within_s) for host in self.all))

    async def check_one(self, host: Host, within_s: float = ANSWER_WITHIN_S) -> None:
        """Ask a host; that it went away or came back is said in the log."""
        before = host.state
        await host.check(within_s)
        if host.state is not before:
            self._log_change(host, is_first=before is HostState.UNKNOWN)
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait_until(self, has_come: Callable[[], bool]) -> None:
        """Wait until that holds, looking again whenever a host was asked."""
        while not has_come():
            await self._changed.wait()

    async def generate(
        self, request: ImageRequest, request_id: str, watch: Watch | None = None
    ) -> AsyncGenerator[Picture]:
        """The pictures as they arrive from the host that has the engine, as of its client.

        Raises:
            GenerationError: any of its kinds.
        """
        host = self._host_for(request)
        with _noting(host):
            client = host.client
            if not isinstance(client, StreamingHost):
                raise UnknownEngine(request.engine_id)
            async with aclosing(client.generate(request, request_id, watch)) as pictures:
                async for picture in pictures:
                    yield picture

    def is_paid_by_submit(self, engine_id: str) -> bool:
        """Whether each picture of an engine is one submit, paid as soon as it was sent."""
        engine = self.known.find(engine_id)
        return engine is not None and engine.transport == STABILITY_REST

    async def submit(
        self, request: ImageRequest, about_to_send: Callable[[], Awaitable[object]]
    ) -> Picture:
        """One picture of an engine that is paid by submit, from the host that has it.

        Raises:
            AnswerLost: it was sent, but whether a picture was drawn is not known.
            GenerationError: any of its kinds; then nothing was paid.
        """
        host = self._host_for(request)
        if host.state is HostState.OFF and host.error is not None:
            # Off until its next check: what was ordered before is not sent either.
            raise host.error
        with _noting(host):
            client = host.client
            if not isinstance(client, SubmitHost):
                raise UnknownEngine(request.engine_id)
            return await client.submit(request, about_to_send)

    def _host_for(self, request: ImageRequest) -> Host:
        """Whom to ask for what was accepted; the host refuses what it has no more."""
        engine = self.known.find(request.engine_id)
        anyone = next(iter(self._that_may_have(engine)), None)
        host = self.host_of(request.engine_id) or anyone
        if host is None:
            raise UnknownEngine(request.engine_id)
        return host

    def _that_may_have(self, engine: Engine | None) -> list[Host]:
        return [h for h in self.all if engine is None or h.traits.transport == engine.transport]

    def _is_useless(self, host: Host) -> bool:
        """Whether a host answers and has engines, but never one that is known and has a price.

        What it has may be for films or upscaling alone. One that lists none may still be loading
        them, unless the catalogue says what it has.
        """
        is_told = host.state is HostState.READY and not host.is_starting
        return is_told and host.seen.isdisjoint(self._useful_ids)

    def _log_change(self, host: Host, *, is_first: bool) -> None:
        if problem := self.problem_of(host):
            log.warning("%s; it is asked again", problem)
        elif not is_first:
            offered = (engine.id for engine in self.offered if self.host_of(engine.id) is host)
            offers = ", ".join(offered) or "nothing that is known"
            log.warning("%s answers again and offers %s", host.traits.name, offers)


def _is_asked(engine: Engine) -> bool:
    """Whether a picture is had from an upscaler or editor by one request, for a price."""
    operation = OPERATIONS.get(engine.endpoint)
    return is_priced(engine) and not (operation and operation.is_asynchronous)


@contextmanager
def _noting(host: Host) -> Generator[None]:
    """Let a host know what went wrong with a call to it."""
    try:
        yield
    except Misconfigured as error:
        host.note(error)
        raise
    except Unreachable:
        host.needs_check.set()
        raise
