"""What Discord's errors say of a message: gone, to be tried at once, or to be shown later."""

from __future__ import annotations

from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

import aiohttp
import discord

from commands.ui.answers import UNKNOWN_MESSAGE

if TYPE_CHECKING:
    from collections.abc import Generator

CHANNEL_GONE = (10003, 10004)
"""Unknown channel, and unknown guild."""

LATER_STATUSES = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.TOO_MANY_REQUESTS,
)
LATER_CODES = (50083, 160005)
"""The thread is archived, and it is locked."""

TOO_LARGE = 40005
"""Discord's code for a request with files above the limit."""

DEAD_TOKEN = (10015, 50027)
"""Unknown webhook, and invalid webhook token: the interaction is over."""

PASSING = (
    aiohttp.ClientError,
    OSError,
    TimeoutError,
    discord.DiscordServerError,
    discord.RateLimited,
)
"""What passes, and the library does not retry, or not for long: dropped connections, 503 on the
bot's routes, and rate limits above its patience."""


def passes(error: BaseException) -> bool:
    """Whether another try may succeed; a 429 gets here when it comes from before Discord itself."""
    is_limit = (
        isinstance(error, discord.HTTPException) and error.status == HTTPStatus.TOO_MANY_REQUESTS
    )
    return is_limit or isinstance(error, PASSING)


def may_be_taken_later(error: Exception) -> bool:
    """Whether Discord may take the same in some minutes or hours: what it refuses may change.

    It may be away or unreachable; a thread may be opened again, a permission given back.
    """
    if not isinstance(error, discord.HTTPException):
        return isinstance(error, PASSING)
    if is_too_large(error):
        return False
    # Without a code of Discord's it is what stands before it that refuses.
    is_away = error.status >= HTTPStatus.INTERNAL_SERVER_ERROR or not error.code
    return is_away or error.status in LATER_STATUSES or error.code in LATER_CODES


def is_too_large(error: discord.HTTPException) -> bool:
    """Whether Discord found the files too large; what stands before it says so by the status."""
    return error.code == TOO_LARGE or error.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE


def is_for_good(error: Exception) -> bool:
    """Whether the message or its channel is not there any more."""
    gone = (UNKNOWN_MESSAGE, *CHANNEL_GONE)
    return isinstance(error, discord.HTTPException) and error.code in gone


class Gone(Exception):
    """There is nowhere to show the job any more: the channel is gone, or the card and the way."""


class Unavailable(Exception):
    """Discord does not take it now, and may later; the text is the error's name."""


class FilesUnavailable(Unavailable):
    """It takes the card now, but not its files."""


UNSHOWN = (Gone, Unavailable, discord.HTTPException, *PASSING)
"""Why something was not shown."""


@contextmanager
def translated() -> Generator[None]:
    """A block whose errors of Discord are `Unavailable` where it may take the same later."""
    try:
        yield
    except Exception as error:
        if not may_be_taken_later(error):
            raise
        raise Unavailable(type(error).__name__) from error
