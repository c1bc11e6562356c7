"""The asyncio client of the gooseai protocol: pictures, engines and the balance of the account."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Literal, Self

from pydantic import TypeAdapter

from generation.adapters import NO_ADAPTERS, Adapters, read_adapters
from generation.codec import encode_request
from generation.credits import MILLICREDITS
from generation.errors import GarbledAnswer, GenerationError, Misconfigured, UnknownEngine
from generation.headers import ADAPTERS, CONTROLS, FILMS, default_user_agent
from generation.image.answers import AnswerReader
from generation.image.calls import Calls
from generation.image.endpoint import Endpoint, RetryPolicy, Timeouts
from generation.image.pictures import check_picture, check_preview
from generation.image.progress import PreviewChecks, ProgressRelay
from generation.server_text import clean
from generation.video.facts import FilmFacts, read_film_facts
from generation.wire import dashboard_pb2, engines_pb2
from generation.wire import generation_pb2 as pb
from generation.wire.dashboard_pb2_grpc import DashboardServiceStub
from generation.wire.engines_pb2_grpc import EnginesServiceStub

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from generation.image.answers import Drawn
    from generation.image.calls import Pace
    from generation.image.progress import PreviewCheck, Watch
    from generation.request import ImageRequest

__all__ = ["Endpoint", "EngineInfo", "ImageClient", "Picture", "RetryPolicy", "Timeouts"]

PictureCheck = Callable[[bytes, int, int], Awaitable[bytes]]
"""Runs `generation.image.pictures.check_picture` off the event loop."""

CREDITS_PER_DOLLAR = 100
MAX_ENGINES = 1000
"""How many engines of a server's list are looked at."""

MAX_CONTROL_KINDS = 20
"""How many kinds of control pictures of an engine are looked at."""

SHORTEST_SECRET = 8
"""Characters of a key that is looked for in an engine's id and name."""

KINDS = {
    engines_pb2.TEXT: "text",
    engines_pb2.PICTURE: "image",
    engines_pb2.AUDIO: "audio",
    engines_pb2.VIDEO: "video",
    engines_pb2.CLASSIFICATION: "classification",
    engines_pb2.STORAGE: "storage",
}


@dataclass(frozen=True, slots=True)
class Picture:
    """One sample: a PNG of pixels alone, or one that the filter withheld, whose `png` is empty.

    Sizes are in pixels. What the engine says of itself is not kept. `journal` is "hit" where the
    server had answered the same request before, "miss" where it had not, else it does not tell.
    `is_billed` is said of a withheld one that the account paid for all the same.
    """

    index: int
    seed: int
    png: bytes = field(repr=False)
    width: int
    height: int
    finish: Literal["ok", "filtered"] = "ok"
    journal: str = ""
    mime: str = "image/png"
    is_billed: bool = False


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What a server says of one of its engines."""

    id: str
    name: str
    description: str
    ready: bool
    kind: str
    controls: tuple[str, ...] = ()
    adapters: Adapters = NO_ADAPTERS
    film: FilmFacts | None = None


class ImageClient:
    """Asks one endpoint for pictures; an async context manager, usable by many tasks at once."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        timeouts: Timeouts | None = None,
        retries: RetryPolicy | None = None,
        user_agent: str | None = None,
        check: PictureCheck | None = None,
        preview_check: PreviewCheck | None = None,
        pace: Pace | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.endpoint = endpoint
        self._user_agent = user_agent or default_user_agent()
        self._check = check or partial(asyncio.to_thread, check_picture)
        self._previews = PreviewChecks(preview_check or partial(asyncio.to_thread, check_preview))
        self._timeouts = timeouts or Timeouts()
        self._calls = Calls(endpoint, self._timeouts, retries or RetryPolicy(), sleep, pace)

    async def __aenter__(self) -> Self:
        self._calls.open(self._user_agent)
        return self

    async def __aexit__(self, *problem: object) -> None:
        await self._previews.close()
        await self._calls.close()

    async def generate(
        self, request: ImageRequest, request_id: str, watch: Watch | None = None
    ) -> AsyncGenerator[Picture]:
        """The pictures as they arrive, verified, each once and in any order.

        A picture may come again as "filtered", with the same index, when the engine's verdict
        arrives after it. With the last picture the answer is complete: a server that does not end
        it then has little time left, and what goes wrong after it takes nothing away. There may be
        fewer than asked for, never none. Closing the generator or cancelling its task cancels the
        call at the server. The `watch` is told meanwhile how far the pictures are, by servers that
        tell it.

        Raises:
            GenerationError: any of its kinds; before the first answer the call was repeated where
                that helps, after it never.
        """
        reader, journal = AnswerReader(request), [""]
        message = encode_request(request, request_id)
        relay = ProgressRelay(watch, len(request.seeds), self._previews) if watch else None
        given = self._calls.answers(message, journal.append, wants_progress=relay is not None)
        try:
            async with (
                aclosing(given) as stream,
                aclosing(self._until_complete(stream, reader)) as answers,
            ):
                async for answer in answers:
                    if relay is not None:
                        relay.read(answer)
                    for drawn in reader.read(answer):
                        if relay is not None:
                            relay.note_drawn(drawn.index)
                        picture = await self._picture(drawn, request.width, request.height)
                        yield replace(picture, journal=journal[-1])
        finally:
            if relay is not None:
                relay.close()
        reader.finish()

    async def engines(self) -> tuple[EngineInfo, ...]:
        """What the server offers, in its order.

        Raises:
            GenerationError: Unavailable, Misconfigured or GarbledAnswer.
        """
        stub = EnginesServiceStub(self._calls.channel)
        told: dict[str, str] = {}
        listed = await self._calls.unary(stub.ListEngines, engines_pb2.ListEnginesRequest(), told)
        controls = _controls(told.get(CONTROLS, ""))
        films = read_film_facts(told.get(FILMS, ""))
        adapters = read_adapters(told.get(ADAPTERS, ""))
        return tuple(
            replace(
                _engine_info(engine, self.endpoint.key, controls),
                film=films.get(engine.id),
                adapters=_clean_adapters(adapters.get(engine.id, NO_ADAPTERS), self.endpoint.key),
            )
            for engine in listed.engine[:MAX_ENGINES]
        )

    async def balance_mc(self) -> int | None:
        """What is left on the key's account in millicredits, rounded down; None if not kept.

        The way is that of the SDK: GetMe, GetOrganization, payment_info.balance in dollars.

        Raises:
            GenerationError: Unavailable, Misconfigured or GarbledAnswer.
        """
        try:
            organization = await self._organization()
        except UnknownEngine:
            return None
        except Misconfigured as error:
            # The plain class says that the server has no accounts; its kinds speak of the key.
            if type(error) is Misconfigured:
                return None
            raise
        if organization is None or not organization.HasField("payment_info"):
            return None
        return _millicredits(organization.payment_info.balance)

    async def _organization(self) -> dashboard_pb2.Organization | None:
        stub = DashboardServiceStub(self._calls.channel)
        user = await self._calls.unary(stub.GetMe, dashboard_pb2.EmptyRequest())
        members = sorted(user.organizations, key=lambda member: not member.is_default)
        if not members:
            return None
        request = dashboard_pb2.GetOrganizationRequest(id=members[0].organization.id)
        return await self._calls.unary(stub.GetOrganization, request)

    async def _until_complete(
        self, stream: AsyncGenerator[pb.Answer], reader: AnswerReader
    ) -> AsyncGenerator[pb.Answer]:
        """The answers up to the end of the stream, or of the time for verdicts on the pictures."""
        loop, until = asyncio.get_running_loop(), None
        while True:
            if until is None and reader.is_over:
                until = loop.time() + self._timeouts.verdict.total_seconds()
            try:
                async with asyncio.timeout_at(until):
                    answer = await anext(stream)
            except (StopAsyncIteration, TimeoutError):
                return
            except GenerationError:
                if reader.is_settled:
                    return
                raise
            yield answer

    async def _picture(self, drawn: Drawn, width: int, height: int) -> Picture:
        png = drawn.data
        if not drawn.is_withheld:
            png = await self._verified(png, width, height)
        return Picture(
            drawn.index,
            drawn.seed,
            png,
            width,
            height,
            "filtered" if drawn.is_withheld else "ok",
        )

    async def _verified(self, data: bytes, width: int, height: int) -> bytes:
        try:
            return await self._check(data, width, height)
        except GenerationError:
            raise
        except Exception as error:
            # A worker that died of a picture or ran out of time has not verified it.
            raise GarbledAnswer(f"the picture was not verified ({type(error).__name__})") from error


def _controls(text: str) -> dict[str, tuple[str, ...]]:
    """The kinds of control pictures by engine id; none where a server says it in no such form."""
    try:
        return TypeAdapter(dict[str, tuple[str, ...]]).validate_json(text)
    except ValueError:
        return {}


def _clean_adapters(told: Adapters, key: str) -> Adapters:
    """The names clamped; one that the server changed so could not be asked for, and is left out."""
    secret = key if len(key) >= SHORTEST_SECRET else ""

    def same(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in names if name and clean(name, secret) == name)

    return replace(told, loras=same(told.loras), embeddings=same(told.embeddings))


def _engine_info(
    engine: engines_pb2.EngineInfo, key: str, controls: Mapping[str, tuple[str, ...]]
) -> EngineInfo:
    """The engine with its texts clamped and without the key, which a server may echo."""
    # A short token may well be a part of an honest id.
    secret = key if len(key) >= SHORTEST_SECRET else ""
    engine_id, name = clean(engine.id, secret), clean(engine.name, secret)
    return EngineInfo(
        engine_id,
        name or engine_id,
        clean(engine.description, secret),
        engine.ready,
        KINDS.get(engine.type, "unknown"),
        tuple(clean(kind, secret) for kind in controls.get(engine.id, ())[:MAX_CONTROL_KINDS]),
    )


def _millicredits(dollars: float) -> int | None:
    if not math.isfinite(dollars):
        return None
    # Through the shortest decimal: 0.1 dollars are 10 credits, not a hair less.
    return math.floor(Decimal(repr(dollars)) * CREDITS_PER_DOLLAR * MILLICREDITS)
