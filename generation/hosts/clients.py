"""What is asked of a host over each transport."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from generation.catalogue.engine import STABILITY_REST
from generation.errors import (
    GarbledAnswer,
    Misconfigured,
    OutOfCredit,
    Unauthorized,
    Unreachable,
)
from generation.image.client import EngineInfo
from generation.stability.submit import submit_picture

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

    from generation.catalogue.catalogue import Catalogue
    from generation.image.client import ImageClient, Picture
    from generation.image.progress import Watch
    from generation.request import ImageRequest
    from generation.stability.client import StabilityClient

logger = logging.getLogger(__name__)

UNLISTED = "it lists no engines; name those that it has in a file (ATELIER_ENGINES)"


class HostClient(Protocol):
    """Asks a host, whatever its transport; the methods raise GenerationError."""

    async def engines(self) -> Sequence[EngineInfo]:
        """What the host offers, in its order."""
        ...

    async def balance_mc(self) -> int | None:
        """What is left on the key's account in millicredits; None if no account is kept."""
        ...


@runtime_checkable
class StreamingHost(HostClient, Protocol):
    """A host that draws a request as a stream of pictures, and knows it again by its id."""

    def generate(
        self, request: ImageRequest, request_id: str, watch: Watch | None = None
    ) -> AsyncGenerator[Picture]:
        """The pictures as they arrive; the watch is told meanwhile how far they are."""
        ...


@runtime_checkable
class SubmitHost(HostClient, Protocol):
    """A host that is paid for each submit, and does not know one again."""

    async def submit(
        self, request: ImageRequest, about_to_send: Callable[[], Awaitable[object]]
    ) -> Picture:
        """One picture; `about_to_send` is waited for before anything is sent."""
        ...


class GrpcHostClient:
    """Asks a host of the gooseai protocol.

    `unlisted` are the engines that one without a list of them is taken to have.
    """

    def __init__(self, client: ImageClient, unlisted: Sequence[EngineInfo] = ()) -> None:
        self._client = client
        self._unlisted = unlisted
        self.balance_mc = client.balance_mc
        self.generate = client.generate

    async def engines(self) -> Sequence[EngineInfo]:
        """What the host lists, else what it is taken to have.

        Raises:
            GenerationError
        """
        try:
            return await self._client.engines()
        except Misconfigured as error:
            # The plain class says that the host has no such service; its kinds speak of the key.
            if isinstance(error, Unauthorized | OutOfCredit):
                raise
            if not self._unlisted:
                raise Misconfigured(UNLISTED) from error
            return self._unlisted


class StabilityHostClient:
    """Asks Stability's REST API, which lists nothing: it has what the catalogue knows of it.

    `client` is what everything is asked through, for those who need more than a picture.
    """

    def __init__(self, client: StabilityClient, known: Catalogue) -> None:
        self.client = client
        self._known = known
        self._balance_mc: int | None = None

    async def engines(self) -> Sequence[EngineInfo]:
        """All engines of the transport, if the service answers and takes the key.

        Raises:
            GenerationError
        """
        self._balance_mc = await self._told_balance_mc()
        return [
            EngineInfo(engine.id, engine.name, engine.description, ready=True, kind=engine.kind)
            for engine in self._known
            if engine.transport == STABILITY_REST
        ]

    async def _told_balance_mc(self) -> int | None:
        """What is left on the account, by a question that costs nothing and needs a valid key.

        It is for display: where the service cannot tell it, another such question is asked.
        """
        try:
            return await self.client.balance_mc()
        except (GarbledAnswer, Unreachable) as error:
            logger.debug("the balance cannot be read: %s", error)
            try:
                await self.client.check_key()
            except (GarbledAnswer, Unreachable):
                raise error from None
            return None

    async def balance_mc(self) -> int | None:
        """What was left when the service was asked for its engines; it may be stale anyway."""
        return self._balance_mc

    async def submit(
        self, request: ImageRequest, about_to_send: Callable[[], Awaitable[object]]
    ) -> Picture:
        """The one picture of a request, which is paid, a filtered one too.

        `about_to_send` is waited for when its turn has come: what it writes down is known of every
        submit that was sent.

        Raises:
            AnswerLost: it was sent, but whether a picture was drawn is not known.
            GenerationError: any of its kinds; then nothing was paid.
        """
        engine = self._known.get(request.engine_id)
        submit = await asyncio.to_thread(submit_picture, request, engine)
        return await self.client.draw(submit, about_to_send=about_to_send)
