"""Which server is asked about a film, and what is said where one of them gives no answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from generation.headers import REQUEST_ID_HEADER
from inference.ray.messages import HttpAnswer, HttpRequest
from inference.ray.servers import Servers
from inference.ray.site import ServersSite
from tests.inference.video.videos import BETA

if TYPE_CHECKING:
    from collections.abc import Mapping

FILM = "f" * 64


class FilmLink:
    """A link to a server that has the film or not, and that may be slow."""

    def __init__(self, status: int) -> None:
        self.status = status
        self.after_s = 0.0
        self.asked = 0

    async def ask(self, _request: HttpRequest) -> HttpAnswer:
        self.asked += 1
        await asyncio.sleep(self.after_s)
        return HttpAnswer(self.status, (), b"")


@pytest.fixture
def links() -> dict[str, FilmLink]:
    """The second server has the film."""
    return {"1": FilmLink(404), "2": FilmLink(200)}


@pytest.fixture
def servers(links: Mapping[str, FilmLink]) -> Servers:
    return Servers(links)  # type: ignore[arg-type]


async def status(servers: Servers, target: str = f"{BETA}/result/{FILM}") -> int:
    return (await ServersSite(servers).answer(HttpRequest("GET", target, ()))).status


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inference.ray.site.FILM_PATIENCE_S", 0.01)


@pytest.mark.usefixtures("hasty")
async def test_a_film_is_not_gone_while_a_server_gives_no_answer(
    servers: Servers, links: Mapping[str, FilmLink]
):
    links["2"].after_s = 60
    assert await status(servers) == 503
    links["2"].after_s = 0
    assert await status(servers) == 200


@pytest.mark.usefixtures("hasty")
async def test_nor_is_it_while_the_server_that_has_it_is_slow(
    servers: Servers, links: Mapping[str, FilmLink]
):
    servers.remember(FILM, servers.all[1])
    links["2"].after_s = 60
    assert await status(servers) == 503
    assert links["1"].asked == 0


async def test_it_is_gone_where_all_say_so(servers: Servers, links: Mapping[str, FilmLink]):
    links["2"].status = 404
    assert await status(servers) == 404


async def test_a_film_that_is_found_waits_for_no_other_server(
    servers: Servers, links: Mapping[str, FilmLink]
):
    links["1"].after_s = 60
    async with asyncio.timeout(5):
        assert await status(servers) == 200
    assert servers.place(FILM) is servers.all[1]


@pytest.mark.parametrize("refusal", [401, 429, 500, 503])
async def test_who_refuses_is_not_taken_for_the_one_that_has_it(
    servers: Servers, links: Mapping[str, FilmLink], refusal: int
):
    links["1"].status = refusal
    assert await status(servers) == 200
    links["2"].status = refusal
    servers.forget(FILM)
    assert await status(servers) == refusal
    assert servers.place(FILM) is None


async def test_a_server_that_no_longer_has_it_is_not_asked_again(
    servers: Servers, links: Mapping[str, FilmLink]
):
    servers.remember(FILM, servers.all[0])
    assert await status(servers) == 200
    assert servers.place(FILM) is servers.all[1]


async def test_strangers_who_guess_push_out_no_place(
    servers: Servers, links: Mapping[str, FilmLink], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("inference.ray.servers.MOST_PLACES", 4)
    servers.remember(FILM, servers.all[1])
    for link in links.values():
        link.status = 401
    for number in range(4):
        assert await status(servers, f"{BETA}/result/{number}") == 401
    assert servers.place(FILM) is servers.all[1]


async def test_a_film_may_take_longer_than_health(
    servers: Servers, links: Mapping[str, FilmLink], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("inference.ray.site.PATIENCE_S", 0.01)
    for link in links.values():
        link.after_s = 0.05
    assert await status(servers) == 200
    assert await status(servers, "/healthz") == 503


async def test_a_repeat_that_is_refused_keeps_its_place(
    servers: Servers, links: Mapping[str, FilmLink]
):
    links["1"].status = 200
    start = HttpRequest("POST", BETA, ((REQUEST_ID_HEADER, "start-1"),))
    site = ServersSite(servers)
    assert (await site.answer(start)).status == 200
    (holder,) = [link for link in links.values() if link.asked]
    for status in (429, 401, 200):
        holder.status = status
        assert (await site.answer(start)).status == status
    assert holder.asked == sum(link.asked for link in links.values()) == 4
