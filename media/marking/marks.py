"""Marking files on their way out: XMP is in them or put in, content credentials are signed in.

Signing runs in threads of the process that has the key, not in `media.pool`: the workers there
decode what strangers sent, and a worker that is taken over must not have been handed the key. What
is signed here was written by our own code, pixel by pixel or packet by packet, so that the library
parses nobody else's containers. It lets go of the interpreter's lock while it hashes.
"""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Self, TypeVar

from media.marking.credentials import Claim, Origin, first_line, sign, signed, try_out
from media.marking.xmp import TRAINED, UNTRAINED, mark_video

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from media.marking.certificates import Identity

T = TypeVar("T")

log = logging.getLogger(__name__)

THREADS = 2
SLACK_BYTES = 4096
"""What credentials may take beyond those of a tiny picture: formats cut them into segments."""

MP4 = "video/mp4"


class Marks:
    """Marks pictures and films; a context manager. `is_trained` tells engines from algorithms."""

    def __init__(
        self, identity: Callable[[], Identity], *, is_trained: Callable[[str], bool], version: str
    ) -> None:
        self._identity = identity
        self.is_trained = is_trained
        self._version = version
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="signing")
        self.reserve_bytes = SLACK_BYTES
        """How much larger a file is with its credentials, at most."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *problem: object) -> None:
        await asyncio.to_thread(self._threads.shutdown)

    async def check(self) -> None:
        """Sign a tiny picture and read that back; learns how much room credentials take.

        Raises:
            CertificateError: nothing can be signed in this name.
        """
        self.reserve_bytes = SLACK_BYTES + await self._run(lambda: try_out(self._claim()))

    def source_type(self, engine_id: str) -> str:
        """IPTC's digital source type of what that engine makes."""
        return TRAINED if self.is_trained(engine_id) else UNTRAINED

    async def picture(self, data: bytes, mime: str, engine_id: str) -> bytes:
        """A picture of ours, which has its XMP already, with its credentials.

        One that cannot be signed is delivered all the same: it is drawn and paid.
        """
        origin = self._origin(engine_id)
        try:
            return await self._run(lambda: signed(data, mime, origin, self._claim()))
        except Exception as error:
            _log_unsigned(error)
            return data

    async def video(self, path: Path, engine_id: str) -> None:
        """Put XMP and credentials into an MP4 of ours; delivered without them, if need be."""
        origin = self._origin(engine_id)
        try:
            await self._run(lambda: self._mark_video(path, origin))
        except Exception as error:
            _log_unsigned(error)

    def _mark_video(self, path: Path, origin: Origin) -> None:
        mark_video(path, origin.source_type)
        part = path.with_name(f"{path.name}.signed")
        try:
            with path.open("rb") as source, part.open("w+b") as into:
                sign(source, into, MP4, origin, self._claim())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    def _origin(self, engine_id: str) -> Origin:
        return Origin(engine_id, self.source_type(engine_id))

    def _claim(self) -> Claim:
        return Claim(self._version, self._identity())

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def _log_unsigned(error: Exception) -> None:
    log.error("a file goes out without content credentials: %s", first_line(error))
