"""Acknowledgements over a bad line: tried again while Discord still takes one.

Discord gives an interaction three seconds for its first answer, and takes one answer only. The
library waits for seconds after an error of Discord's, and does not try again after a dropped
connection. Here an acknowledgement is sent again at once; where Discord then says that there is
one already, an earlier try has reached it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

import aiohttp
import discord
from discord.utils import _to_json  # pyright: ignore[reportPrivateUsage]
from discord.webhook.async_ import AsyncWebhookAdapter, async_context

from bot.rest import TIMEOUT, read_answer
from commands.ui.answers import ALREADY_ANSWERED, NOT_TAKEN, is_stale

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from discord.http import Route

log = logging.getLogger(__name__)

WITHIN_S = 3.0
"""Discord's time for the first answer."""

TRY_WITHIN_S = 1.2
"""A try without an answer is given up: the line is dead, or Discord is slow."""

LAST_TRY_WITHIN_S = 10.0
"""With no time for another, and with files, the answer says what became of it."""

FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 0.4
PAUSES_S = (0.2, 0.6, 1.5)
"""Between the tries of what follows an acknowledgement, when the connection is dropped."""

ERROR_PAUSES_S = (1.0, 3.0, 5.0, 7.0)
"""Between the tries of what follows it after an error of Discord's, or where it asks for a pause
and does not say how long."""

LONGEST_LIMIT_S = 30.0
"""A rate limit above it is not waited for: what follows is shown by another way, or later."""

FINAL = (HTTPStatus.UNAUTHORIZED, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
"""They say the same again, also without a code."""

COMMAND = 2
REPLY, DEFERRED_REPLY, SUGGESTIONS = 4, 5, 8
LOST_LINE = (aiohttp.ClientError, OSError, TimeoutError)


class Acknowledgements(AsyncWebhookAdapter):
    """The library's way to interactions and webhooks, with retries.

    `application_id` gives None before the login.
    """

    def __init__(self, application_id: Callable[[], int | None]) -> None:
        super().__init__()
        self._application_id = application_id

    def install(self) -> None:
        """Let the library use it in this task and in those that it starts."""
        async_context.set(self)

    async def request(self, route: Route, session: aiohttp.ClientSession, **options: Any) -> Any:
        """Send a request; the library's own, but for acknowledgements and dropped connections."""
        if route.path.endswith("/callback"):
            try:
                return await self._acknowledge(route, session, **options)
            except (discord.HTTPException, *LOST_LINE) as error:
                if not _is_for_nobody(error, options):
                    raise
                log.info("suggestions came too late: %s", type(error).__name__)
                return {}
        # One at a time, as the library sends them: a token's limit is small.
        lock, pause_s = self._lock_of(route), 0.0
        await lock.acquire()
        try:
            data, pause_s = await self._follow_up(route, session, **options)
        finally:
            asyncio.get_running_loop().call_later(pause_s, lock.release)
        return data

    def _lock_of(self, route: Route) -> asyncio.Lock:
        return self._locks.setdefault((route.webhook_id, route.webhook_token), asyncio.Lock())

    async def _follow_up(
        self, route: Route, session: aiohttp.ClientSession, **options: Any
    ) -> tuple[Any, float]:
        """Send what follows an acknowledgement, again where that may help; as `_send`.

        Raises:
            RateLimited: Discord asks for a pause that is too long.
        """
        lost_pauses, error_pauses = iter(PAUSES_S), iter(ERROR_PAUSES_S)
        while True:
            try:
                return await _send(route, session, **options)
            except discord.HTTPException as error:
                pause_s = next(error_pauses, None)
                if pause_s is None or not _passes(error):
                    raise
                pause_s = _asked_pause_s(error) or pause_s
                if pause_s > LONGEST_LIMIT_S:
                    raise discord.RateLimited(pause_s) from error
                log.info("a message is sent again after %.1f s: %s", pause_s, error.status)
            except LOST_LINE as error:
                pause_s = next(lost_pauses, None)
                if pause_s is None or not _may_repeat(route.method, error):
                    raise
            await asyncio.sleep(pause_s)

    async def _acknowledge(
        self, route: Route, session: aiohttp.ClientSession, **options: Any
    ) -> Any:
        loop = asyncio.get_running_loop()
        until, pause_s, may_be_done = loop.time() + WITHIN_S, FIRST_PAUSE_S, False
        while True:
            wait_s, left_s = pause_s, until - loop.time()
            is_last = left_s < 2 * TRY_WITHIN_S or bool(options.get("files"))
            try:
                async with asyncio.timeout(LAST_TRY_WITHIN_S if is_last else TRY_WITHIN_S):
                    answer, _ = await _send(route, session, **options)
                if isinstance(answer, dict) and "interaction" in answer:
                    return cast("dict[str, Any]", answer)
                # Taken, without a word of where it is.
                return await self._answered_before(route, session, options)
            except discord.HTTPException as error:
                if error.code == ALREADY_ANSWERED and may_be_done:
                    return await self._answered_before(route, session, options, error)
                if not _passes(error):
                    raise
                may_be_done |= isinstance(error, discord.DiscordServerError)
                wait_s = max(wait_s, _asked_pause_s(error))
                trouble: Exception = error
            except LOST_LINE as error:
                may_be_done, trouble = True, error
            if loop.time() + wait_s >= until:
                raise trouble
            log.info("an acknowledgement is sent again: %s", type(trouble).__name__)
            await asyncio.sleep(wait_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    async def _answered_before(
        self,
        route: Route,
        session: aiohttp.ClientSession,
        options: dict[str, Any],
        refusal: discord.HTTPException | None = None,
    ) -> dict[str, Any]:
        """What Discord answered to the try that reached it, as far as it can still be asked.

        Raises:
            HTTPException: the refusal, where the answer is another process's.
        """
        about: dict[str, Any] = {"id": str(route.webhook_id), "type": COMMAND}
        application_id, token = self._application_id(), route.webhook_token
        payload = _payload_of(options)
        if application_id and token and payload.get("type") in (REPLY, DEFERRED_REPLY):
            message: dict[str, Any] = {}
            with suppress(*NOT_TAKEN):
                async with asyncio.timeout(LAST_TRY_WITHIN_S):
                    message = {
                        **await self.get_original_interaction_response(
                            application_id, token, session=session
                        )
                    }
            ours = _marks(payload)
            if refusal and message and ours and ours.isdisjoint(_marks(message)):
                raise refusal
            if message:
                about["response_message_id"] = message["id"]
        return {"interaction": about}


async def _send(
    route: Route,
    session: aiohttp.ClientSession,
    *,
    payload: dict[str, Any] | None = None,
    multipart: Sequence[dict[str, Any]] | None = None,
    params: dict[str, Any] | None = None,
    files: Sequence[discord.File] | None = None,
    proxy: str | None = None,
    proxy_auth: aiohttp.BasicAuth | None = None,
) -> tuple[Any, float]:
    """Send it once: the answer, and for how many seconds the next one of its token has to wait.

    The files are among the parts of `multipart`.
    """
    _rewind(files or ())
    body: Any = None
    headers: dict[str, str] = {}
    if multipart:
        body = aiohttp.FormData(quote_fields=False)
        for part in multipart:
            body.add_field(**part)
    elif payload is not None:
        body, headers = _to_json(payload), {"Content-Type": "application/json"}
    async with session.request(
        route.method,
        route.url,
        data=body,
        headers=headers,
        params=params,
        proxy=proxy,
        proxy_auth=proxy_auth,
        timeout=TIMEOUT,
    ) as response:
        data = await read_answer(response)
    if 200 <= response.status < 300:
        is_used_up = response.headers.get("X-RateLimit-Remaining") == "0"
        pause_s = _seconds(response.headers.get("X-RateLimit-Reset-After")) if is_used_up else 0.0
        return data, min(pause_s, LONGEST_LIMIT_S)
    raise _error_of(response.status)(response, data)


class _Limited(discord.HTTPException):
    """A rate limit, and the pause that its body names: not everybody repeats it in a header."""

    def __init__(self, response: Any, data: Any) -> None:
        super().__init__(response, data)
        named = cast("dict[str, Any]", data) if isinstance(data, dict) else {}
        self.pause_s = _seconds(named.get("retry_after"))


def _error_of(status: int) -> type[discord.HTTPException]:
    known: dict[int, type[discord.HTTPException]] = {
        403: discord.Forbidden,
        404: discord.NotFound,
        429: _Limited,
    }
    return known.get(status, discord.DiscordServerError if status >= 500 else discord.HTTPException)


def _may_repeat(method: str, error: Exception) -> bool:
    """Whether a request on a dropped connection may be sent again; a message is posted once."""
    return method != "POST" or isinstance(error, aiohttp.ClientConnectorError)


def _passes(error: discord.HTTPException) -> bool:
    """Whether another try may succeed: a refusal without a code is not Discord's own."""
    is_foreign = not error.code and error.status not in FINAL
    return is_foreign or error.status >= 500 or error.status in (408, 425, 429)


def _is_for_nobody(error: Exception, options: dict[str, Any]) -> bool:
    """Whether what failed were suggestions for an option that the member has typed on in.

    What Discord refuses for another reason is a fault of ours.
    """
    if _payload_of(options).get("type") != SUGGESTIONS:
        return False
    return not isinstance(error, discord.HTTPException) or is_stale(error) or _passes(error)


def _asked_pause_s(error: discord.HTTPException) -> float:
    """How long Discord asks to wait, in seconds."""
    in_body_s = error.pause_s if isinstance(error, _Limited) else 0.0
    return max(in_body_s, _seconds(error.response.headers.get("Retry-After")))


def _seconds(given: Any) -> float:
    """So many seconds; 0 where nothing is given that can be used."""
    try:
        value = float(given)
    except (ValueError, TypeError):
        return 0.0
    return value if 0 < value < math.inf else 0.0


def _rewind(files: Sequence[discord.File]) -> None:
    for file in files:
        file.reset()


def _payload_of(options: dict[str, Any]) -> dict[str, Any]:
    """What is sent as an acknowledgement, without its files."""
    payload = options.get("payload")
    if payload is None:
        (text,) = (part["value"] for part in options["multipart"] if part["name"] == "payload_json")
        payload = json.loads(text)
    return payload


def _marks(value: Any) -> set[str]:
    """What tells a card from those of other jobs: ids of buttons, and the ends of small lines."""
    if isinstance(value, dict):
        given = cast("dict[str, Any]", value)
        content, custom_id = given.get("content"), given.get("custom_id")
        lines = content.splitlines() if isinstance(content, str) else []
        found = {line.rpartition(" ")[2] for line in lines if line.startswith("-# ")}
        found |= {custom_id} if isinstance(custom_id, str) else set()
        return found.union(*map(_marks, given.values()))
    if isinstance(value, list):
        return set[str]().union(*map(_marks, cast("list[Any]", value)))
    return set()
