"""The asyncio client of the image-to-video REST API: start a film, ask for it, keep it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Self

import aiohttp

from generation.errors import (
    AnswerLost,
    GarbledAnswer,
    GenerationError,
    ResultGone,
    TooSlow,
)
from generation.headers import JOURNAL, REQUEST_ID, REQUEST_ID_HEADER
from generation.rest.body import MAX_ENVELOPE, read_at_most
from generation.rest.refusal import json_fields
from generation.rest.session import (
    FAILURES,
    RestSession,
    lost_or_unsent,
    refusal_body,
    unanswered,
)
from generation.video.body import Video, keep_video
from generation.video.endpoint import RESULT_ID, VideoEndpoint, VideoTimeouts
from generation.video.request import VideoRequest, png_size, validate
from generation.video.status import Refusal

if TYPE_CHECKING:
    from pathlib import Path

    from generation.image.calls import Pace

__all__ = ["Video", "VideoCheck", "VideoClient", "VideoEndpoint", "VideoRequest", "VideoTimeouts"]

VideoCheck = Callable[["Path"], Awaitable[object]]
"""Decodes a film in another process; raises whatever it likes if it is none."""

PENALTY = timedelta(seconds=60)
"""For how long Stability refuses everything after a 429."""

MAX_VIDEO_BYTES = 64 * 1024 * 1024
MAX_FRAME_BYTES = 16 * 1024 * 1024

WITHDRAWN_WITHIN_S = 2.0

logger = logging.getLogger(__name__)


class VideoClient:
    """Asks one endpoint for films; an async context manager, usable by many tasks at once.

    Nothing is repeated here: a start may have been paid, and polls are the poller's to plan.
    After a 429 nothing is sent for as long as the API's time-out lasts. `accept` says in which of
    its two forms the API is asked for films, `video/*` or `application/json`; both are understood.
    `repeats_are_safe` is said of our own server, which knows a start again by its request's id.
    """

    def __init__(
        self,
        endpoint: VideoEndpoint,
        *,
        check: VideoCheck | None = None,
        pace: Pace | None = None,
        timeouts: VideoTimeouts | None = None,
        penalty: timedelta = PENALTY,
        max_bytes: int = MAX_VIDEO_BYTES,
        accept: str = "video/*",
        repeats_are_safe: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._endpoint = endpoint
        self._check = check
        within = timeouts or VideoTimeouts()
        self._session = RestSession(
            endpoint,
            connect=within.connect,
            paying=(within.answer, within.answer),
            asking=(within.whole, within.idle),
            pace=pace,
            clock=clock,
        )
        self._penalty = penalty
        self._max_bytes = max_bytes
        self._accept = accept
        self._repeats_are_safe = repeats_are_safe

    async def __aenter__(self) -> Self:
        await self._session.__aenter__()
        return self

    async def __aexit__(self, *problem: object) -> None:
        await self._session.__aexit__(*problem)

    @property
    def repeats_are_safe(self) -> bool:
        """Whether a start whose answer was lost may be sent again under the same request's id."""
        return self._repeats_are_safe

    async def start(
        self,
        request: VideoRequest,
        request_id: str = "",
        *,
        about_to_send: Callable[[], Awaitable[object]] | None = None,
    ) -> str:
        """Start a film, which is paid from then on; the id under which it is asked for.

        `about_to_send` is waited for when the turn has come: what it writes down is known of
        every request that was sent.

        Raises:
            ValueError: the request's id is longer than 64 characters or not printable ASCII.
            AnswerLost: the request was sent, but whether a film was begun is not known.
            GenerationError: any of its kinds; then no film was begun.
        """
        validate(request)
        if request_id and not REQUEST_ID.fullmatch(request_id):
            raise ValueError("that is no id of a request")
        await self._session.turn()
        if about_to_send is not None:
            await about_to_send()
        try:
            return await self._start(request, request_id)
        except FAILURES as error:
            wrong = lost_or_unsent(error)
        raise wrong

    async def fetch(self, result_id: str, into: Path) -> Video | None:
        """Ask once for the film, and keep it in that file; None while it is in progress.

        The rate limit is the caller's: the poller asks for each turn before it picks an id.

        Raises:
            ResultGone: the API does not know the id, or no longer.
            GenerationError: any of its kinds; the file does not exist then.
        """
        if not RESULT_ID.fullmatch(result_id):
            raise ResultGone("that is no id of a film")
        self._session.check_quiet()
        try:
            video = await self._fetch(result_id, into)
        except FAILURES as error:
            wrong = unanswered(error)
        except OSError as error:
            # A full disk says nothing of the film, which is still there when there is room again.
            wrong = TooSlow(f"the film could not be written ({type(error).__name__})")
        else:
            if video is not None:
                await self._verify(video)
            return video
        raise wrong

    async def last_frame(self, result_id: str) -> bytes | None:
        """The last frame of a finished film as PNG, without loss; None if it is not kept.

        Only of films that say `has_last_frame`. Unlike `fetch` it waits for its turn.

        Raises:
            GenerationError: any of its kinds.
        """
        if not RESULT_ID.fullmatch(result_id):
            raise ResultGone("that is no id of a film")
        await self._session.turn()
        try:
            return await self._last_frame(result_id)
        except FAILURES as error:
            wrong = unanswered(error)
        raise wrong

    async def cancel(self, result_id: str) -> None:
        """Let a server of ours stop making a film, if it answers soon: nothing depends on it."""
        if not RESULT_ID.fullmatch(result_id) or not self._repeats_are_safe:
            return
        try:
            async with asyncio.timeout(WITHDRAWN_WITHIN_S):
                async with self._session.withdraw(self._endpoint.result_url(result_id)):
                    return
        except FAILURES as error:
            logger.info("A film was not stopped: %s.", type(error).__name__)

    async def _start(self, request: VideoRequest, request_id: str) -> str:
        form = aiohttp.FormData()
        form.add_field("image", request.image, filename="image.png", content_type="image/png")
        form.add_field("seed", str(request.seed))
        form.add_field("cfg_scale", f"{request.cfg_scale:.6f}".rstrip("0").rstrip("."))
        form.add_field("motion_bucket_id", str(request.motion_bucket_id))
        for name in ("engine_id", "prompt", "negative_prompt"):
            if text := getattr(request, name):
                form.add_field(name, text)
        if request.unfiltered:
            form.add_field("unfiltered", "true")
        url = self._endpoint.start_url
        headers = {"accept": "application/json"}
        if request_id:
            headers[REQUEST_ID_HEADER] = request_id
        async with self._session.pay(url, form, headers) as answer:
            if not 200 <= answer.status < 300:
                raise await self._session.noted((await self._refusal(answer)).at_start())
            if JOURNAL not in answer.headers:
                # Whatever was said of it, this server keeps no journal of what it started.
                self._repeats_are_safe = False
            try:
                return _result_id(await read_at_most(answer, MAX_ENVELOPE))
            except GarbledAnswer as error:
                raise AnswerLost(error.detail) from None

    async def _fetch(self, result_id: str, into: Path) -> Video | None:
        url = self._endpoint.result_url(result_id)
        async with self._session.ask(url, self._accept) as answer:
            if answer.status == 202:
                return None
            if answer.status != 200:
                raise await self._session.noted((await self._refusal(answer)).at_poll())
            return await keep_video(answer, into, self._max_bytes)

    async def _last_frame(self, result_id: str) -> bytes | None:
        url = self._endpoint.last_frame_url(result_id)
        async with self._session.ask(url, "image/png") as answer:
            if answer.status == 404:
                return None
            if answer.status != 200:
                raise await self._session.noted((await self._refusal(answer)).at_poll())
            frame = await read_at_most(answer, MAX_FRAME_BYTES)
        if png_size(frame) is None:
            raise GarbledAnswer("the last frame is no PNG")
        return frame

    async def _refusal(self, answer: aiohttp.ClientResponse) -> Refusal:
        body = await refusal_body(answer)
        return Refusal(answer.status, answer.headers, body, self._endpoint.key, self._penalty)

    async def _verify(self, video: Video) -> None:
        if self._check is None:
            return
        try:
            await self._check(video.path)
        except Exception as error:
            # Whether it is no film or its worker died of it: it must not be posted.
            await asyncio.to_thread(video.path.unlink, missing_ok=True)
            if isinstance(error, GenerationError):
                raise
            name = type(error).__name__
            raise GarbledAnswer(f"the film was not verified ({name})") from error


def _result_id(body: bytes) -> str:
    found = json_fields(body).get("id")
    if not isinstance(found, str) or not RESULT_ID.fullmatch(found):
        raise GarbledAnswer("the film was begun, but its id is missing")
    return found
