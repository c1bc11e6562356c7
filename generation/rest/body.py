"""Bodies of answers under a cap, and what is said beside a picture or a film."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from generation.errors import GarbledAnswer

if TYPE_CHECKING:
    from aiohttp import ClientResponse

CHUNK = 256 * 1024
MAX_ENVELOPE = 64 * 1024
"""Bytes of a JSON answer beside what was made, and of a refusal."""

SUCCESS = "SUCCESS"
CONTENT_FILTERED = "CONTENT_FILTERED"
FINISH_NAMES = ("finish_reason", "finishReason", "finish-reason")
"""Documentation and service do not agree on the name."""


async def read_at_most(answer: ClientResponse, limit: int) -> bytes:
    """The body, which is small.

    Raises:
        GarbledAnswer: it is longer than the limit in bytes.
    """
    data = bytearray()
    async for chunk in answer.content.iter_chunked(CHUNK):
        data += chunk
        if len(data) > limit:
            raise too_large(limit)
    return bytes(data)


def finish_of(fields: Any) -> Any:
    """How headers or a JSON object say that it finished; well, where they do not say it."""
    return next((fields[name] for name in FINISH_NAMES if name in fields), SUCCESS)


def seed_of(value: Any) -> int | None:
    """The seed that was told, if it is one."""
    with suppress(TypeError, ValueError, OverflowError):
        seed = int(value)
        return seed if 0 <= seed < 1 << 32 else None
    return None


def too_large(limit: int) -> GarbledAnswer:
    """The error of an answer that is larger than that many bytes."""
    return GarbledAnswer(f"the answer is larger than {limit:,} bytes")
