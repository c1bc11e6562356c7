"""Which of several servers takes a call."""

from __future__ import annotations

import pytest

from inference.ray.messages import NoServer, ServerDied
from inference.ray.servers import MOST_PLACES, RETURNS_WITHIN_S, Server, Servers
from tests.inference.ray.clock import Clock


class QueueLink:
    """A link that only tells how long the queue is."""

    def __init__(self, length: int = 0) -> None:
        self.length = length
        self.is_dead = False

    async def queue(self) -> int:
        if self.is_dead:
            raise ServerDied
        return self.length


def call(server: Server) -> str:
    with server.called():
        return server.name


def die(server: Server) -> None:
    with pytest.raises(ServerDied), server.called():
        raise ServerDied


@pytest.fixture
def links() -> dict[str, QueueLink]:
    return {name: QueueLink() for name in "123"}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def servers(links: dict[str, QueueLink], clock: Clock) -> Servers:
    return Servers(links, clock)  # type: ignore[arg-type]


async def test_the_one_with_the_least_to_do_is_chosen(
    servers: Servers, links: dict[str, QueueLink]
):
    assert [call(servers.choose()) for _ in range(4)] == ["1", "2", "3", "1"]
    links["1"].length, links["2"].length, links["3"].length = 5, 1, 3
    for server in servers.all:
        await server.look()
    assert [call(servers.choose()) for _ in range(4)] == ["2", "2", "2", "3"]


async def test_a_repeat_goes_where_the_first_one_went(servers: Servers):
    first = call(servers.choose("request"))
    assert call(servers.choose()) != first
    assert call(servers.choose("request")) == first
    servers.forget("request")
    assert call(servers.choose("request")) != first


async def test_one_that_has_gone_is_not_chosen_until_it_answers_again(
    servers: Servers, links: dict[str, QueueLink], clock: Clock
):
    gone = servers.choose("request")
    die(gone)
    links[gone.name].is_dead = True
    await gone.look()
    assert not gone.is_there
    assert gone.is_expected
    assert servers.choose("request") is not gone
    clock.s += RETURNS_WITHIN_S
    assert not gone.is_expected
    links[gone.name].is_dead = False
    await gone.look()
    assert gone.is_there
    assert not gone.is_expected


async def test_without_any_none_is_chosen(servers: Servers):
    for server in servers.all:
        die(server)
    with pytest.raises(NoServer):
        servers.choose()


def test_what_is_remembered_is_bounded(servers: Servers):
    for number in range(MOST_PLACES + 1):
        servers.remember(str(number), servers.all[0])
    assert servers.place("0") is None
    assert servers.place("1") is servers.all[0]
