"""The library's way to Discord's REST routes, where answers may be cut off, or none may come."""

from __future__ import annotations

import asyncio
import json
import traceback
from typing import TYPE_CHECKING, Any

import aiohttp
from discord.http import HTTPClient, json_or_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import discord
    from discord.http import Route

TIMEOUT = aiohttp.ClientTimeout(total=300, sock_connect=30, sock_read=60)
"""A line on which nothing comes is dead; uploads may take longer. The library waits for 300 s."""

UNREADABLE = (json.JSONDecodeError, UnicodeDecodeError)
NO_ANSWER = "the answer is cut off or none of Discord's"


async def read_answer(response: aiohttp.ClientResponse) -> Any:
    """What an answer says, as JSON or text; empty where an error says nothing that can be read.

    Raises:
        ClientPayloadError: it says that all went well, and not what came of it.
    """
    data: Any = ""
    try:
        data = await json_or_text(response)
    except UNREADABLE as error:
        if response.ok:
            raise aiohttp.ClientPayloadError(NO_ANSWER) from error
    if response.status == 200 and isinstance(data, str):
        raise aiohttp.ClientPayloadError(NO_ANSWER)
    return data


class RestClient(HTTPClient):
    """The library's client: what cannot be read is a lost answer, and a cancelled request is over.

    The library raises the errors of its JSON reader. A request that is cancelled while it waits
    for the end of a global rate limit would let all others wait for ever.
    """

    async def request(
        self,
        route: Route,
        *,
        files: Sequence[discord.File] | None = None,
        form: Iterable[dict[str, Any]] | None = None,
        **kwargs: Any,
    ) -> Any:
        """Send a request, with tries of the library's own.

        Raises:
            ClientPayloadError: the answer cannot be read, or is of no form that Discord has.
        """
        kwargs.setdefault("timeout", TIMEOUT)
        if self._global_over:
            # Whoever is cancelled here is not the one that ends the limit.
            await self._global_over.wait()
        try:
            data = await super().request(route, files=files, form=form, **kwargs)
        except (ValueError, LookupError, TypeError) as error:
            if not (isinstance(error, UNREADABLE) or _is_of_a_limit(error)):
                raise
            raise aiohttp.ClientPayloadError(NO_ANSWER) from error
        except asyncio.CancelledError:
            if self._global_over:
                self._global_over.set()
            raise
        if isinstance(data, str) and data:
            raise aiohttp.ClientPayloadError(NO_ANSWER)
        return data


def _is_of_a_limit(error: Exception) -> bool:
    """Whether the library's client itself cannot do with an answer's pause, or its limits.

    What cannot be sent fails elsewhere, and is a fault of ours.
    """
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    return frame.f_globals.get("__name__") == HTTPClient.__module__
