"""Films, health and metrics of two servers behind one address; the servers are real."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from inference.ray.messages import HttpRequest
from inference.ray.servers import Servers
from inference.ray.site import ServersSite
from tests.inference.ray.links import TOKEN, LocalLink, two_servers
from tests.inference.video.videos import BETA, form, scenery_png

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping
    from pathlib import Path

    from inference.ray.messages import HttpAnswer

PICTURE = scenery_png()
KNOWN = (200, 202)
"""The statuses of a film that is finished or being made."""
KEY = ("Authorization", f"Bearer {TOKEN}")


class Rig:
    """The site of two servers, asked as a client asks it."""

    def __init__(self, servers: Servers, links: Mapping[str, LocalLink]) -> None:
        self.servers = servers
        self.links = links
        self._site = ServersSite(servers)

    async def ask(
        self, target: str, method: str = "GET", *headers: tuple[str, str], body: bytes = b""
    ) -> HttpAnswer:
        request = HttpRequest(method, target, (("Host", "localhost"), *headers), body)
        return await self._site.answer(request)

    async def start(self, request_id: str) -> HttpAnswer:
        payload = form(PICTURE, seed=7)()
        data = await payload.as_bytes()
        headers = (("Content-Type", payload.content_type), ("atelier-request-id", request_id))
        return await self.ask(BETA, "POST", KEY, *headers, body=data)

    async def started(self, request_id: str) -> tuple[str, str]:
        """The film's id, and what the journal says."""
        answer = await self.start(request_id)
        assert answer.status == 200, answer.body
        return json.loads(answer.body)["id"], dict(answer.headers)["atelier-journal"]

    async def result(self, video_id: str) -> HttpAnswer:
        return await self.ask(f"{BETA}/result/{video_id}", "GET", KEY)

    async def finished(self, video_id: str) -> HttpAnswer:
        async with asyncio.timeout(45):
            while (answer := await self.result(video_id)).status == 202:  # noqa: ASYNC110 - of a server
                await asyncio.sleep(0.05)
        return answer


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncGenerator[Rig]:
    async with two_servers(tmp_path) as (servers, links):
        yield Rig(servers, links)


def films_of(folder: Path) -> list[int]:
    """How many films each of the servers keeps."""
    return [len([path for path in (folder / name).iterdir() if path.is_dir()]) for name in "12"]


async def test_films_are_spread_and_found_where_they_are(rig: Rig, tmp_path: Path):
    one, other = [(await rig.started(f"film {number}"))[0] for number in range(2)]
    assert films_of(tmp_path) == [1, 1]
    assert (await rig.ask(f"{BETA}/result/{one}", "DELETE", KEY)).status == 204
    assert (await rig.result(one)).status == 404
    assert films_of(tmp_path) == [0, 1]
    answer = await rig.finished(other)
    assert answer.status == 200
    assert dict(answer.headers)["Content-Type"] == "video/mp4"
    frame = await rig.ask(f"{BETA}/result/{other}/last-frame", "GET", KEY)
    assert frame.body.startswith(b"\x89PNG")


async def test_an_ingress_that_has_just_started_finds_them_too(rig: Rig):
    videos = [(await rig.started(f"film {number}"))[0] for number in range(2)]
    anew = Rig(Servers(rig.links), rig.links)
    for video_id in videos:
        assert (await anew.result(video_id)).status in KNOWN


async def test_a_start_sent_again_gives_the_same_film(rig: Rig, tmp_path: Path):
    video_id, journal = await rig.started("film")
    assert journal == "miss"
    await rig.started("another film")
    assert await rig.started("film") == (video_id, "hit")
    assert films_of(tmp_path) == [1, 1]


async def test_a_film_waits_for_the_server_that_makes_it(rig: Rig):
    video_id, _ = await rig.started("film")
    server = rig.servers.place(video_id)
    assert server is not None
    await rig.links[server.name].close()
    for answer in (await rig.result(video_id), await rig.start("film")):
        assert answer.status == 503
        assert dict(answer.headers)["Retry-After"] == "1"
        assert "ask again in a moment" in json.loads(answer.body)["errors"][0]
    assert (await rig.start("another film")).status == 200
    await rig.links[server.name].open()
    await server.look()
    assert (await rig.result(video_id)).status in KNOWN
    assert await rig.started("film") == (video_id, "hit")


async def test_the_health_is_that_of_all(rig: Rig):
    told = json.loads((await rig.ask("/healthz")).body)
    assert told == {"status": "ok", "servers": {"1": "ok", "2": "ok"}}
    await rig.links["2"].close()
    told = json.loads((await rig.ask("/healthz")).body)
    assert told == {"status": "ok", "servers": {"1": "ok", "2": "away"}}
    await rig.links["1"].close()
    assert (await rig.ask("/healthz")).status == 503


async def test_the_metrics_are_those_of_all(rig: Rig):
    assert (await rig.result("0" * 64)).status == 404
    await rig.links["2"].close()
    answer = await rig.ask("/metrics", "GET", KEY)
    assert answer.status == 200
    told = answer.body.decode().splitlines()
    assert 'atelier_refusals_total{server="1",status="404",transport="http"} 1.0' in told
    assert 'atelier_server_up{server="2"} 0.0' in told
    assert (await rig.ask("/metrics")).status == 401


@pytest.mark.parametrize("target", ["/", BETA, f"{BETA}/result/{'0' * 64}", "/metrics"])
async def test_strangers_are_refused_in_the_servers_words(rig: Rig, target: str):
    answer = await rig.ask(target, "POST" if target == BETA else "GET")
    assert answer.status == 401
    assert "Bearer <key>" in json.loads(answer.body)["errors"][0]


async def test_what_is_nowhere_is_nowhere(rig: Rig):
    assert (await rig.result("0" * 64)).status == 404
    for target in ("/elsewhere", "//elsewhere.invalid/"):
        assert (await rig.ask(target, "GET", KEY)).status == 404
