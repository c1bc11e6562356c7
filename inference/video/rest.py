"""Stability's image-to-video REST flow: start, then ask for the result until it is there.

    POST /v2beta/image-to-video                        → 200 {"id": "<64 characters>"}
    GET  /v2beta/image-to-video/result/{id}            → 202 {"id": …, "status": "in-progress"}
                                                       → 200 video/mp4, or JSON with base64
    GET  /v2beta/image-to-video/result/{id}/last-frame → 200 image/png

The same stands under /v2alpha/generation/image-to-video. The fields of the multipart body, the
headers and the shape of errors are Stability's. The last frame is our own: the frame before it went
through the encoder, to start the next film from. A finished result names its path in the header
`atelier-last-frame`; a server without that header keeps none. A start may carry an id of its own in
the header `atelier-request-id`: sent again with the same key and body it gives the same film, and
the header `atelier-journal` says "hit" of it, else "miss". `DELETE` of a result stops its making
and leaves nothing of it.

The field `engine_id` names an engine, the first is taken without; `GET /` and ListEngines say which
there are, their sizes and lengths, and which take the fields `prompt` and `negative_prompt`.
A film that the engine's filter withholds is a result with the finish reason CONTENT_FILTERED, in
which nothing but colours can be seen; the field `unfiltered` ("true") lifts that. No picture is
looked at before, so there is no 403 here, and nothing costs, so there is no 402.
"""

from __future__ import annotations

import base64
import hashlib
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import web

from generation.errors import BadRequest, Busy
from generation.headers import JOURNAL, LAST_FRAME_HEADER, REQUEST_ID, REQUEST_ID_HEADER
from generation.rest.body import CONTENT_FILTERED, SUCCESS
from inference.access.auth import key_of
from inference.backends.cancellation import Stopped
from inference.refusals import Refusal, busy_refusal
from inference.video.store import LAST_FRAME, VIDEO
from inference.video.upload import read_upload

if TYPE_CHECKING:
    from inference.video.intake import Intake
    from inference.video.service import VideoService
    from inference.video.store import Entry
    from inference.video.upload import Upload

logger = logging.getLogger(__name__)

PATHS = ("/v2beta/image-to-video", "/v2alpha/generation/image-to-video")


class VideoSite:
    """Answers the paths of the flow; whose film it is, the key in the request says."""

    def __init__(self, video_service: VideoService, intake: Intake) -> None:
        self._video_service = video_service
        self._intake = intake

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Open the paths."""
        for path in PATHS:
            router.add_post(path, self._start)
            router.add_get(f"{path}/result/{{id}}", self._tell_result)
            router.add_delete(f"{path}/result/{{id}}", self._cancel)
            router.add_get(f"{path}/result/{{id}}/last-frame", self._tell_last_frame)

    async def _start(self, request: web.Request) -> web.Response:
        owner, request_id = _owner(request), _request_id(request)
        try:
            if not request_id:
                # Before the body: whoever is turned away should not have to send it. Whoever
                # repeats a start is not, but that can be told only by the body.
                self._video_service.check_room()
            async with self._intake.turn(request.remote or ""):
                upload = await read_upload(
                    request, self._video_service.pictures, self._video_service.engines
                )
            key = request_id and _journal_key(owner, request_id, upload)
            video_id, is_known = await self._video_service.start(owner, upload.order, key)
        except BadRequest as error:
            raise Refusal(HTTPStatus.BAD_REQUEST, str(error)) from error
        except Stopped as error:
            raise Refusal(
                HTTPStatus.SERVICE_UNAVAILABLE, "the server is being stopped", retry_after_s=5
            ) from error
        except Busy as error:
            raise busy_refusal(error) from error
        logger.info(
            "A film was asked for",
            extra={
                "request_id": request_id,
                "film": video_id[:8],
                "engine": upload.order.engine_id,
                "known": is_known,
            },
        )
        headers = {JOURNAL: "hit" if is_known else "miss"}
        return web.json_response({"id": video_id}, headers=headers)

    async def _cancel(self, request: web.Request) -> web.Response:
        await self._video_service.cancel(self._known(request))
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def _tell_result(self, request: web.Request) -> web.Response:
        wants_json = _wants_json(request.headers.get("Accept", ""))
        entry = self._finished(request)
        if entry is None:
            return _in_progress(request)
        video = await self._read(entry, VIDEO)
        headers = {LAST_FRAME_HEADER: f"{request.path}/last-frame"}
        finish = CONTENT_FILTERED if entry.is_filtered else SUCCESS
        if wants_json:
            body = {
                "video": base64.b64encode(video).decode(),
                "finish_reason": finish,
                "seed": entry.seed,
            }
            answer = web.json_response(body, headers=headers)
            answer.headers["Content-Type"] = "application/json; type=video/mp4"
            return answer
        headers |= {"finish-reason": finish, "seed": str(entry.seed)}
        return web.Response(body=video, content_type="video/mp4", headers=headers)

    async def _tell_last_frame(self, request: web.Request) -> web.Response:
        entry = self._finished(request)
        if entry is None:
            return _in_progress(request)
        frame = await self._read(entry, LAST_FRAME)
        return web.Response(body=frame, content_type="image/png")

    def _finished(self, request: web.Request) -> Entry | None:
        """The film of the path, or None while it is being made."""
        entry = self._known(request)
        if entry.problem:
            raise Refusal(
                HTTPStatus.INTERNAL_SERVER_ERROR,
                f"the film failed: {entry.problem}",
            )
        return None if entry.finished_at is None else entry

    def _known(self, request: web.Request) -> Entry:
        """The film of the path, finished or not."""
        entry = self._video_service.find(request.match_info["id"], _owner(request))
        if entry is None:
            raise _unknown()
        return entry

    async def _read(self, entry: Entry, name: str) -> bytes:
        data = await self._video_service.read(entry, name)
        if data is None:
            raise _unknown()
        return data


def refuse_videos(router: web.UrlDispatcher) -> None:
    """Let the paths of the flow say that this server makes no films."""

    async def refuse(_request: web.Request) -> web.Response:
        raise Refusal(
            HTTPStatus.NOT_FOUND, "this server makes no films: its catalogue has no engine for them"
        )

    for path in PATHS:
        router.add_route("*", path, refuse)
        router.add_route("*", f"{path}/{{rest:.*}}", refuse)


def _owner(request: web.Request) -> str:
    """What tells the key's films from others'; the key itself is not kept."""
    return hashlib.sha256(key_of(request.headers.get("Authorization"))).hexdigest()


def _request_id(request: web.Request) -> str:
    """The id that the sender gave to the start, empty if none."""
    request_id = request.headers.get(REQUEST_ID_HEADER, "")
    if request_id and not REQUEST_ID.fullmatch(request_id):
        raise Refusal(
            HTTPStatus.BAD_REQUEST,
            f"{REQUEST_ID_HEADER}: must be at most 64 characters of printable ASCII",
        )
    return request_id


def _journal_key(owner: str, request_id: str, upload: Upload) -> str:
    """What tells the start from others: whose it is, its id and its body."""
    return hashlib.sha256(f"{owner} {upload.digest} {request_id}".encode()).hexdigest()


def _unknown() -> Refusal:
    return Refusal(
        HTTPStatus.NOT_FOUND, "id: no film of yours has it; results are kept for a limited time"
    )


def _in_progress(request: web.Request) -> web.Response:
    body = {"id": request.match_info["id"], "status": "in-progress"}
    return web.json_response(body, status=HTTPStatus.ACCEPTED)


def _wants_json(accept: str) -> bool:
    """Whether the first kind in an Accept header that can be given is JSON."""
    kinds = [part.partition(";")[0].strip().lower() for part in accept.split(",")]
    for kind in kinds:
        if kind == "application/json":
            return True
        if kind in ("", "*/*", "video/*", "video/mp4"):
            return False
    raise Refusal(HTTPStatus.BAD_REQUEST, "accept: must be video/* or application/json")
