"""The HTTP side of several servers: films, and the health and the metrics of all.

A start goes to the server with the least to do, sent again to the one that took it before. Whatever
is asked about a film is asked of the server that makes or keeps it.
"""

from __future__ import annotations

import asyncio
import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from generation.headers import REQUEST_ID_HEADER
from inference.http import HEALTH_PATH, METRICS_PATH
from inference.metrics.exposition import CONTENT_TYPE
from inference.ray.messages import HttpAnswer, NoServer, ServerDied
from inference.ray.metrics import merge
from inference.refusals import Refusal, refusal_body
from inference.video.rest import PATHS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from inference.ray.messages import HttpRequest
    from inference.ray.servers import Server, Servers

ATTEMPTS = 3
"""How many servers are asked, where servers die before they have answered."""
PATIENCE_S = 5.0
"""How long a server may take to tell its health or its metrics."""
FILM_PATIENCE_S = 25.0
"""How long it may take for an answer about a film, whose body is some MiB: less than the 30 s that
the bot waits for the answer to begin."""
_FILM = re.compile(rf"(?:{'|'.join(map(re.escape, PATHS))})/result/([^/?]+)")
_JSON = (("Content-Type", "application/json; charset=utf-8"),)


class ServersSite:
    """Answers HTTP requests by way of the servers, which look at the token themselves."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers

    async def answer(self, request: HttpRequest) -> HttpAnswer:
        """The answer of one server or of all of them; a refusal is an answer."""
        path = request.target.partition("?")[0]
        film = _FILM.match(request.target)
        try:
            if path == HEALTH_PATH:
                return await self._health(request)
            if path == METRICS_PATH:
                return await self._metrics(request)
            if film:
                return await self._of_film(film[1], request)
            return await self._of_any(request)
        except Refusal as refusal:
            return refused(refusal)

    async def _of_any(self, request: HttpRequest) -> HttpAnswer:
        """The answer of a server that is there; a film that it has started is looked for there."""
        key = request.header(REQUEST_ID_HEADER) if request.method == "POST" else ""
        # Refused, a repeat still belongs where the first one was taken.
        is_repeat = self._servers.place(key) is not None
        for _ in range(ATTEMPTS):
            server = self._choose(key)
            try:
                with server.called() as link:
                    answer = await link.ask(request)
            except ServerDied:
                continue
            if answer.status != HTTPStatus.OK:
                if not is_repeat:
                    self._servers.forget(key)
            elif request.method == "POST":
                self._servers.remember(_started(answer), server)
            return answer
        raise _away()

    def _choose(self, key: str) -> Server:
        known = self._servers.place(key)
        if known is not None and known.is_expected:
            # It may have begun this very film, and goes on with it when it is back.
            raise _away()
        try:
            return self._servers.choose(key)
        except NoServer:
            raise _away() from None

    async def _of_film(self, video_id: str, request: HttpRequest) -> HttpAnswer:
        """The answer of the server that has the film."""
        known = self._servers.place(video_id)
        if known is not None and known.is_there:
            answer = await _answer(known, request, FILM_PATIENCE_S)
            if answer is None:
                raise _away()
            if answer.status != HTTPStatus.NOT_FOUND:
                return answer
            self._servers.forget(video_id)
        return await self._of_holder(video_id, request)

    async def _of_holder(self, video_id: str, request: HttpRequest) -> HttpAnswer:
        """The answer of the one server that knows the film, which is looked for among all."""

        async def ask(server: Server) -> tuple[Server, HttpAnswer | None]:
            return server, await _answer(server, request, FILM_PATIENCE_S)

        answers: list[HttpAnswer | None] = []
        asking = [asyncio.create_task(ask(server)) for server in self._servers.there]
        try:
            for told in asyncio.as_completed(asking):
                server, answer = await told
                if answer is not None and answer.status < HTTPStatus.MULTIPLE_CHOICES:
                    self._servers.remember(video_id, server)
                    return answer
                answers.append(answer)
        finally:
            for task in asking:
                task.cancel()
        return self._without_film(answers)

    def _without_film(self, answers: Sequence[HttpAnswer | None]) -> HttpAnswer:
        """What is said where no server gave the film: that it is gone only if all say so."""
        for answer in answers:
            if answer is not None and answer.status != HTTPStatus.NOT_FOUND:
                return answer
        if None in answers or any(server.is_expected for server in self._servers.all):
            raise _away()
        return _first(answers)

    async def _health(self, request: HttpRequest) -> HttpAnswer:
        """Well as long as one server is; says it of each."""
        answers = await self._of_all(request)
        if not any(map(_is_ok, answers.values())):
            return _first(answers.values())
        told = {name: _health_of(answer) for name, answer in answers.items()}
        body = {"status": "ok", "servers": told}
        return HttpAnswer(HTTPStatus.OK, _JSON, json.dumps(body).encode())

    async def _metrics(self, request: HttpRequest) -> HttpAnswer:
        """The metrics of all servers, or why none of them tells any."""
        answers = await self._of_all(request)
        if not any(map(_is_ok, answers.values())):
            return _first(answers.values())
        texts = {
            name: answer.body.decode() if answer and _is_ok(answer) else None
            for name, answer in answers.items()
        }
        text = await asyncio.to_thread(merge, texts)
        return HttpAnswer(HTTPStatus.OK, (("Content-Type", CONTENT_TYPE),), text)

    async def _of_all(self, request: HttpRequest) -> Mapping[str, HttpAnswer | None]:
        """The answers of all servers by their names; None of those that are away."""
        servers = self._servers.all
        asking = (_answer(server, request, PATIENCE_S) for server in servers)
        answers = await asyncio.gather(*asking)
        return {server.name: answer for server, answer in zip(servers, answers, strict=True)}


def refused(refusal: Refusal) -> HttpAnswer:
    """A refusal as the servers themselves tell theirs."""
    body = json.dumps(refusal_body(refusal.status, refusal.errors)).encode()
    return HttpAnswer(refusal.status, (*_JSON, *refusal.headers.items()), body)


async def _answer(server: Server, request: HttpRequest, within_s: float) -> HttpAnswer | None:
    """The server's answer; None if it is away, dies, or takes too long."""
    if not server.is_there:
        return None
    try:
        async with asyncio.timeout(within_s):
            with server.called() as link:
                return await link.ask(request)
    except (ServerDied, TimeoutError):
        return None


def _is_ok(answer: HttpAnswer | None) -> bool:
    return answer is not None and answer.status == HTTPStatus.OK


def _first(answers: Iterable[HttpAnswer | None]) -> HttpAnswer:
    """What one of the servers said, or that all are away."""
    return next((answer for answer in answers if answer is not None), None) or refused(_away())


def _health_of(answer: HttpAnswer | None) -> str:
    if answer is None:
        return "away"
    return "ok" if _is_ok(answer) else "stopping"


def _started(answer: HttpAnswer) -> str:
    """The id of the film that was started, empty if it was something else."""
    try:
        return str(json.loads(answer.body)["id"])
    except (ValueError, KeyError, TypeError):
        return ""


def _away() -> Refusal:
    return Refusal(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "the server for this is being started again; ask again in a moment",
        retry_after_s=1,
    )
