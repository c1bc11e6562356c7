"""What hosts offer together, while they come and go; each is a gRPC server that can go away."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import grpc
import pytest

from generation.catalogue.catalogue import Catalogue, load
from generation.catalogue.engine import GRPC, STABILITY_REST
from generation.errors import EngineAway, Unauthorized, UnknownEngine, Unreachable
from generation.hosts.clients import GrpcHostClient, StabilityHostClient
from generation.hosts.host import GRACE, Host, HostState, HostTraits
from generation.hosts.hosts import Hosts
from generation.image.client import Endpoint, EngineInfo, ImageClient, RetryPolicy
from generation.request import ImageRequest, TextPrompt
from generation.stability.address import StabilityAddress
from generation.stability.client import StabilityClient
from tests.generation.image.scripted import Pauses, fails
from tests.generation.stability.service import KEY as REST_KEY
from tests.generation.stability.service import Service, hangs_up, says, serving
from tests.jobs.harness import Clock
from tests.journeys.backend import KEY, SIZE, Backend, serving_backend

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from tests.generation.stability.service import Script

KNOWN = load(prefers_own=False)
FIRST, SECOND = "stable-diffusion-v1", "stable-diffusion-v1-5"
WITHIN_S = 5.0


class House:
    """Two servers, and hosts that ask them."""

    def __init__(self, stack: AsyncExitStack, own: Backend, paid: Backend) -> None:
        self.clock = Clock()
        self.own, self.paid = own, paid
        self._stack = stack

    async def hosts(self, wanted_id: str = "", unlisted: Sequence[EngineInfo] = ()) -> Hosts:
        """The own server first, then the one that costs money, both asked once."""
        found = [
            await self.host(self.own, "own", is_metered=False, unlisted=unlisted),
            await self.host(self.paid, "paid", is_metered=True),
        ]
        hosts = Hosts(found, KNOWN, wanted_id=wanted_id)
        await hosts.check(WITHIN_S)
        return hosts

    async def host(
        self,
        backend: Backend,
        name: str,
        *,
        is_metered: bool,
        unlisted: Sequence[EngineInfo] = (),
        key: str = KEY,
    ) -> Host:
        endpoint = Endpoint(f"127.0.0.1:{backend.port}", key)
        client = ImageClient(endpoint, retries=RetryPolicy(attempts=1), sleep=Pauses())
        await self._stack.enter_async_context(client)
        traits = HostTraits(
            name=name, transport=GRPC, key_setting="STABILITY_KEY", is_metered=is_metered
        )
        return Host(traits, GrpcHostClient(client, unlisted), self.clock)


@pytest.fixture
async def house() -> AsyncGenerator[House]:
    async with (
        serving_backend() as own,
        serving_backend(key=KEY) as paid,
        AsyncExitStack() as stack,
    ):
        own.engine_ids, paid.engine_ids = [SECOND], [FIRST, SECOND]
        for backend in (own, paid):
            backend.draw_at_once()
        yield House(stack, own, paid)


def ids(hosts: Hosts) -> list[str]:
    return [engine.id for engine in hosts.offered]


async def drawn_by(hosts: Hosts, engine_id: str) -> int:
    """How many pictures an order of that engine brings."""
    prompts = (TextPrompt("a fox"),)
    request = ImageRequest(engine_id, prompts, *SIZE, seed=7, steps=30, cfg_scale=7.0)
    return len([picture async for picture in hosts.generate(request, "1")])


async def test_catalogues_are_merged_and_each_engine_is_asked_of_its_host(house: House):
    hosts = await house.hosts()
    assert ids(hosts) == [FIRST, SECOND]
    assert await drawn_by(hosts, FIRST) == 1
    assert await drawn_by(hosts, SECOND) == 1
    # Of two that have an engine the first draws it.
    assert [len(one.engine.requests) for one in (house.own, house.paid)] == [1, 1]
    assert not hosts.is_metered(SECOND)
    assert hosts.is_metered(FIRST)
    assert hosts.is_metered("")


async def test_a_host_that_comes_back_is_offered_again(house: House):
    await house.own.stop()
    hosts = await house.hosts()
    # Its twin elsewhere draws meanwhile: what the host has is not known.
    assert ids(hosts) == [FIRST, SECOND]
    assert hosts.is_metered(SECOND)
    house.paid.engine_ids = [FIRST]
    await hosts.check(WITHIN_S)
    assert ids(hosts) == [FIRST]
    with pytest.raises(EngineAway) as away:
        hosts.offered.get("stable-diffusion-v1-6")
    assert (away.value.is_off, away.value.others) == (False, (FIRST,))
    assert hosts.may_draw
    await house.own.start()
    while hosts.all[0].state is not HostState.READY:
        await hosts.check(WITHIN_S)
    assert ids(hosts) == [FIRST, SECOND]
    with pytest.raises(UnknownEngine):
        hosts.offered.get("stable-diffusion-v1-6")


async def test_a_host_that_goes_away_keeps_its_engines_for_a_moment(house: House):
    hosts = await house.hosts()
    await house.own.stop()
    with pytest.raises(Unreachable):
        await drawn_by(hosts, SECOND)
    own = hosts.all[0]
    assert own.needs_check.is_set()
    await hosts.check_one(own, WITHIN_S)
    assert own.state is HostState.AWAY
    assert SECOND in ids(hosts)
    house.clock.advance(seconds=GRACE.total_seconds())
    assert ids(hosts) == [FIRST]
    # Its twin on a host that costs money does not take over what was promised for nothing.
    assert hosts.host_of(SECOND) is own
    with pytest.raises(EngineAway):
        hosts.offered.get(SECOND)


async def test_an_engine_that_is_not_listed_any_more_is_not_offered(house: House):
    hosts = await house.hosts()
    house.paid.engine_ids = [SECOND]
    await hosts.check(WITHIN_S)
    assert ids(hosts) == [SECOND]
    # What was ordered before is asked for all the same.
    assert hosts.host_of(FIRST) is hosts.all[1]


async def test_the_default_falls_to_the_first_that_is_offered(house: House):
    hosts = await house.hosts(wanted_id=SECOND)
    assert hosts.default is not None
    assert hosts.default.id == SECOND
    house.own.engine_ids = house.paid.engine_ids = [FIRST]
    await hosts.check(WITHIN_S)
    assert hosts.default is not None
    assert hosts.default.id == FIRST


async def test_without_any_engine_it_is_said_that_all_are_away(house: House):
    await house.own.stop()
    await house.paid.stop()
    hosts = await house.hosts()
    assert hosts.default is None
    assert hosts.may_draw
    away = hosts.offered.absence()
    assert (away.engine_id, away.is_off, away.others) == ("", False, ())


async def test_a_refused_key_switches_its_host_off_alone(house: House):
    wrong = await house.host(house.paid, "paid", is_metered=True, key="sk-wrong")
    own = await house.host(house.own, "own", is_metered=False)
    hosts = Hosts([own, wrong], KNOWN)
    await hosts.check(WITHIN_S)
    assert wrong.state is HostState.OFF
    assert "paid does not accept STABILITY_KEY" in hosts.problem_of(wrong)
    assert "sk-wrong" not in hosts.problem_of(wrong)
    assert ids(hosts) == [SECOND]
    with pytest.raises(EngineAway) as away:
        hosts.offered.get(FIRST)
    assert away.value.is_off
    assert hosts.may_draw
    assert not Hosts([wrong], KNOWN).may_draw


async def test_a_key_that_a_call_finds_refused_is_off_until_the_next_check(house: House):
    hosts = await house.hosts()
    house.paid.play(fails(grpc.StatusCode.UNAUTHENTICATED, "no such key"))
    with pytest.raises(Unauthorized):
        await drawn_by(hosts, FIRST)
    assert ids(hosts) == [SECOND]
    await hosts.check(WITHIN_S)
    assert ids(hosts) == [FIRST, SECOND]


async def test_a_host_without_a_list_has_what_the_operators_file_names(house: House):
    house.own.lists = False
    named = EngineInfo("stable-diffusion-v1-6", "", "", ready=True, kind="image")
    hosts = await house.hosts(unlisted=[named])
    assert "stable-diffusion-v1-6" in ids(hosts)
    unnamed = await house.host(house.own, "own", is_metered=False)
    await unnamed.check(WITHIN_S)
    assert unnamed.state is HostState.OFF
    assert "ATELIER_ENGINES" in hosts.problem_of(unnamed)


async def test_a_host_that_has_nothing_known_says_what_it_has(house: House):
    house.own.engine_ids = ["engine-of-the-future"]
    hosts = await house.hosts()
    own = hosts.all[0]
    assert "engine-of-the-future" in hosts.problem_of(own)
    assert not Hosts([own], KNOWN).may_draw
    # It may be loading them.
    house.own.engine_ids = []
    await hosts.check(WITHIN_S)
    assert Hosts([own], KNOWN).may_draw


@pytest.mark.parametrize("engine_id", ["atelier-painter-film", "atelier-painter-upscale"])
async def test_a_host_for_films_or_upscaling_alone_is_of_use(house: House, engine_id: str):
    house.own.engine_ids = [engine_id]
    own = await house.host(house.own, "own", is_metered=False)
    hosts = Hosts([own], KNOWN)
    await hosts.check(WITHIN_S)
    assert (hosts.problem_of(own), hosts.may_draw, ids(hosts)) == ("", True, [])


async def test_a_host_that_lists_nothing_is_told_of(house: House):
    house.own.engine_ids = []
    hosts = await house.hosts()
    assert hosts.problem_of(hosts.all[0]) == "own lists no engine, perhaps not yet"
    assert hosts.may_draw


async def test_a_catalogue_without_engines_of_a_host_that_lists_none_says_so():
    only_grpc = Catalogue(engine for engine in KNOWN if engine.transport == GRPC)
    async with (
        serving(Service()) as address,
        rest_host(address, REST_KEY, only_grpc) as host,
    ):
        hosts = Hosts([host], only_grpc, catalogue_name="mine.toml")
        await hosts.check(WITHIN_S)
        assert hosts.problem_of(host) == "mine.toml names no engine of Stability's REST API"
        assert not hosts.may_draw


HTML = b"<html>bad gateway</html>"


@pytest.mark.parametrize(
    ("balance", "key", "state"),
    [
        (says(500, HTML), REST_KEY, HostState.READY),
        (says(200, b"{}"), REST_KEY, HostState.READY),
        (says(500, HTML), "sk-of-somebody-else", HostState.OFF),
    ],
)
async def test_a_balance_that_cannot_be_told_stops_no_drawing(
    balance: Script, key: str, state: HostState
):
    service = Service(scripts=[balance])
    async with serving(service) as address, rest_host(address, key) as host:
        await host.check(WITHIN_S)
        assert (host.state, host.balance_mc) == (state, None)
        if state is HostState.READY:
            await host.check(WITHIN_S)
            assert host.balance_mc == service.credits * 1000


@pytest.mark.parametrize(
    "answer",
    [says(500, HTML), says(502, HTML), says(200, HTML, content_type="text/html"), hangs_up],
)
async def test_a_service_that_answers_nothing_right_is_away(answer: Script):
    async with (
        # A question that was hung up on is sent once more.
        serving(Service(scripts=[answer] * 4)) as address,
        rest_host(address, REST_KEY) as host,
    ):
        await host.check(WITHIN_S)
        assert host.state is HostState.AWAY


@asynccontextmanager
async def rest_host(address: str, key: str, known: Catalogue = KNOWN) -> AsyncGenerator[Host]:
    """Stability's REST API at an address, not asked yet."""
    traits = HostTraits(
        name="Stability's REST API", transport=STABILITY_REST, key_setting="KEY", is_metered=True
    )
    async with StabilityClient(StabilityAddress(address, key)) as client:
        yield Host(traits, StabilityHostClient(client, known), Clock())


async def test_settings_that_cannot_be_used_are_never_asked():
    traits = HostTraits(name="own", transport=GRPC)
    host = Host(traits, None, lambda: datetime(2026, 11, 30, tzinfo=UTC), problem="no host")
    hosts = Hosts([host], KNOWN)
    await hosts.check(WITHIN_S)
    assert (host.state, hosts.problem_of(host)) == (HostState.UNUSABLE, "no host")
    assert not hosts.may_draw


async def test_the_balance_is_read_where_money_is_spent(house: House):
    house.own.balance = house.paid.balance = 2.5
    hosts = await house.hosts()
    assert [host.balance_mc for host in hosts.all] == [None, 250_000]


async def test_a_silent_host_may_have_engines_of_its_own_transport_only(house: House):
    await house.own.stop()
    await house.paid.stop()
    hosts = await house.hosts()
    assert hosts.host_of(SECOND) is hosts.all[0]
    rest = [engine.id for engine in KNOWN if engine.transport == STABILITY_REST]
    assert rest
    assert all(hosts.host_of(engine_id) is None for engine_id in rest)


async def test_the_host_says_which_control_pictures_an_engine_follows(house: House):
    house.own.controls = {SECOND: ["canny"]}
    hosts = await house.hosts()
    controls = {engine.id: engine.controls for engine in hosts.offered}
    assert controls == {FIRST: (), SECOND: ("canny",)}
    house.own.controls = {}
    await hosts.check(WITHIN_S)
    assert not any(engine.controls for engine in hosts.offered)


async def test_the_host_says_which_adapters_an_engine_has(house: House):
    house.own.adapters = {SECOND: {"loras": ["ink"], "embeddings": ["zebra"]}}
    hosts = await house.hosts()
    found = {engine.id: (engine.loras, engine.embeddings) for engine in hosts.offered}
    assert found == {FIRST: ((), ()), SECOND: (("ink",), ("zebra",))}
    house.own.adapters = {}
    await hosts.check(WITHIN_S)
    assert not any(engine.loras for engine in hosts.offered)
