"""The sessions with a REST API that is paid: what both of its clients do alike."""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol, Self

import aiohttp

from generation.errors import (
    AnswerLost,
    Busy,
    GarbledAnswer,
    GenerationError,
    TooSlow,
    Unreachable,
)
from generation.headers import default_user_agent
from generation.rest.body import MAX_ENVELOPE, read_at_most

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractAsyncContextManager

    from generation.image.calls import Pace

NEVER_CONNECTED = (
    aiohttp.ClientConnectorError,
    aiohttp.ClientSSLError,
    aiohttp.ConnectionTimeoutError,
)
FAILURES = (aiohttp.ClientError, TimeoutError)
"""What goes wrong on the way; aiohttp's errors carry the request's headers, and so the key, so that
ours must not be raised within their handlers."""

logger = logging.getLogger(__name__)


class Address(Protocol):
    """Where an API is, and the key to it."""

    @property
    def base(self) -> str:
        """The base address."""
        ...

    @property
    def key(self) -> str:
        """The key; empty where none is needed."""
        ...

    @property
    def exposes_key(self) -> bool:
        """Whether the key would travel unencrypted beyond this machine."""
        ...


class RestSession:
    """Sends requests to one address; an async context manager, usable by many tasks at once.

    Nothing is repeated and no redirect followed. After a 429 nothing is sent for as long as the
    time-out of the API lasts. `connect` is how long a connection may take; `paying` and `asking`
    are how long an answer may: the whole, and between two parts of it.
    """

    def __init__(
        self,
        address: Address,
        *,
        connect: timedelta,
        paying: tuple[timedelta, timedelta],
        asking: tuple[timedelta, timedelta],
        pace: Pace | None,
        clock: Callable[[], float],
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._address = address
        self._connect, self._within_paying, self._within_asking = connect, paying, asking
        self._pace = pace
        self._clock = clock
        self._headers = headers or {}
        self._quiet_until = float("-inf")
        # Two, since what is paid is never sent on a kept connection: closed by the other side just
        # then, it would leave open whether it was taken.
        self._paying: aiohttp.ClientSession
        self._asking: aiohttp.ClientSession

    async def __aenter__(self) -> Self:
        if self._address.exposes_key:
            logger.warning("The key for %s is sent without encryption.", self._address.base)
        self._paying = self._open(aiohttp.TCPConnector(force_close=True), *self._within_paying)
        self._asking = self._open(aiohttp.TCPConnector(), *self._within_asking)
        return self

    async def __aexit__(self, *problem: object) -> None:
        await self._paying.close()
        await self._asking.close()

    def _open(
        self, connector: aiohttp.TCPConnector, whole: timedelta, read: timedelta
    ) -> aiohttp.ClientSession:
        headers = {
            "user-agent": default_user_agent(),
            "accept-encoding": "identity",
            **self._headers,
        }
        if self._address.key:
            headers["authorization"] = f"Bearer {self._address.key}"
        timeout = aiohttp.ClientTimeout(
            total=whole.total_seconds(),
            connect=self._connect.total_seconds(),
            sock_read=read.total_seconds(),
        )
        return aiohttp.ClientSession(
            connector=connector,
            headers=headers,
            timeout=timeout,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    def pay(
        self, url: str, data: aiohttp.FormData, headers: Mapping[str, str]
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """The answer to what is paid as soon as it is sent."""
        return self._paying.post(url, data=data, headers=headers, allow_redirects=False)

    def ask(self, url: str, accept: str) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """The answer to a question, which costs nothing."""
        return self._asking.get(url, headers={"accept": accept}, allow_redirects=False)

    def withdraw(self, url: str) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """The answer to the wish that something be discarded, which costs nothing."""
        return self._asking.delete(url, allow_redirects=False)

    async def turn(self) -> None:
        """Wait until something may be sent.

        Raises:
            Busy: the API asked for a pause.
        """
        self.check_quiet()
        if self._pace is not None:
            await self._pace.wait()
            self.check_quiet()

    def check_quiet(self) -> None:
        """Send nothing while the API's time-out lasts, whatever is on its way here by then.

        Raises:
            Busy
        """
        left_s = self._quiet_until - self._clock()
        if left_s > 0:
            raise Busy("the service asked for a pause", timedelta(seconds=left_s))

    async def noted(self, error: GenerationError) -> GenerationError:
        """The error itself, after all who share the account know of a time-out."""
        if isinstance(error, Busy) and error.retry_after is not None:
            until = self._clock() + error.retry_after.total_seconds()
            self._quiet_until = max(self._quiet_until, until)
            if self._pace is not None:
                await self._pace.hold_off(error.retry_after)
        return error


async def refusal_body(answer: aiohttp.ClientResponse) -> bytes:
    """What explains a refusal; its status says enough where that is broken off or endless."""
    with suppress(GenerationError, *FAILURES):
        return await read_at_most(answer, MAX_ENVELOPE)
    return b""


def lost_or_unsent(error: Exception) -> GenerationError:
    """Our error for what went wrong on the way of something that is paid."""
    name = type(error).__name__
    return Unreachable(name) if isinstance(error, NEVER_CONNECTED) else AnswerLost(name)


def unanswered(error: Exception) -> GenerationError:
    """Our error for what went wrong on the way of a question."""
    name = type(error).__name__
    if isinstance(error, aiohttp.ClientPayloadError | aiohttp.ClientResponseError):
        return GarbledAnswer(f"the answer is broken or breaks off ({name})")
    return TooSlow(name) if isinstance(error, TimeoutError) else Unreachable(name)
