"""The gateway's protocol: identifying, resuming, closing, sharding, compressing."""

from __future__ import annotations

import asyncio
import time
import zlib
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import zstandard
from discord import utils
from discord.gateway import DiscordWebSocket

from playground.gateway import gateway
from playground.gateway.sessions import KEPT_EVENTS
from playground.server import Playground
from playground.world.snowflakes import shard_of
from playground.world.world import JUN_ID, MINA_ID
from tests.driver.driver import Driver
from tests.playground.bots import Bot, studio
from tests.playground.raw import RawBot, until

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Connect = Callable[[Bot], Awaitable[None]]


async def test_ready_and_guild_create(raw: RawBot, playground: Playground) -> None:
    ready = await raw.identify()
    assert ready["d"]["guilds"] == [{"id": playground.world.guild.id, "unavailable": True}]
    assert ready["d"]["resume_gateway_url"] == playground.gateway_url
    await raw.send(1, raw.sequence)
    assert (await raw.receive())["op"] == 11
    await raw.send(3, {"status": "idle"})
    await raw.send(4, {})
    await raw.send(1, raw.sequence)
    assert (await raw.receive())["op"] == 11


async def test_client_may_beat_before_it_identifies(raw: RawBot) -> None:
    await raw.open(v="10", encoding="json")
    await raw.receive()
    await raw.send(1, None)
    assert (await raw.receive())["op"] == 11


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"token": "wrong"}, 4004),
        ({"shard": (2, 2)}, 4010),
        ({"intents": 1 << 40}, 4013),
        ({"intents": 1 << 15}, 4014),
        ({"intents": 1 << 1}, 4014),
    ],
)
async def test_wrong_identify_is_closed(raw: RawBot, change: dict[str, Any], code: int) -> None:
    assert await raw.identify(**change) == {"close": code}


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ('{"op": 99, "d": null}', 4001),
        ("not json", 4002),
        ('{"op": 2, "d": {}}', 4002),
        ('{"op": 8, "d": {"guild_id": "1"}}', 4003),
    ],
)
async def test_wrong_frames_are_closed(raw: RawBot, frame: str, code: int) -> None:
    await raw.open(v="10", encoding="json")
    await raw.receive()
    await raw.socket.send_str(frame)
    assert await raw.receive() == {"close": code}


@pytest.mark.parametrize("query", [{"v": "6"}, {"encoding": "etf"}, {"compress": "lz4"}])
async def test_wrong_query_is_closed(raw: RawBot, query: dict[str, str]) -> None:
    await raw.open(**({"v": "10", "encoding": "json"} | query))
    assert await raw.receive() == {"close": 4012}


async def test_identifying_twice_is_closed(raw: RawBot, driver: Driver) -> None:
    await raw.identify()
    await raw.send(2, {"token": "x", "intents": 1})
    assert await raw.receive() == {"close": 4005}
    problems = (await driver.report())["problems"]
    assert [problem["kind"] for problem in problems] == ["gateway"]


async def test_more_than_120_frames_a_minute_are_closed(raw: RawBot) -> None:
    await raw.identify()
    for _ in range(121):
        await raw.send(1, raw.sequence)
    frames = [await raw.receive() for _ in range(120)]
    assert frames[-1] == {"close": 4008}


async def test_resume_replays_what_was_missed(
    raw: RawBot, new_raw: Callable[[], RawBot], driver: Driver, playground: Playground
) -> None:
    await _with_command(raw)
    seen = raw.sequence
    await raw.socket.close(code=4000)
    asking = asyncio.create_task(driver.invoke("ping"))
    await until(lambda: playground.report.interactions == 1)
    again = new_raw()
    await again.open(v="10", encoding="json")
    await again.receive()
    token = playground.token
    await again.send(6, {"token": token, "session_id": raw.session_id, "seq": seen})
    interaction = await again.next()
    await again.next("RESUMED")
    await again.acknowledge(interaction, 4, {"content": "pong"})
    assert (await asking).state == "acknowledged"


@pytest.mark.parametrize(
    ("change", "frame"),
    [
        ({"session_id": "nonsense"}, {"op": 9, "d": False, "s": None, "t": None}),
        ({"seq": 999}, {"close": 4007}),
        ({"token": "wrong"}, {"close": 4004}),
    ],
)
async def test_wrong_resume(
    raw: RawBot,
    new_raw: Callable[[], RawBot],
    playground: Playground,
    change: dict[str, Any],
    frame: dict[str, Any],
) -> None:
    await raw.identify()
    await raw.socket.close(code=4000)
    data = {"token": playground.token, "session_id": raw.session_id, "seq": raw.sequence}
    again = new_raw()
    await again.open(v="10", encoding="json")
    await again.receive()
    await again.send(6, data | change)
    assert await again.receive() == frame
    if frame.get("close") == 4004:
        # A wrong token also ends the session.
        third = new_raw()
        await third.open(v="10", encoding="json")
        await third.receive()
        await third.send(6, data)
        assert (await third.receive())["op"] == 9


async def test_session_ends_when_the_client_says_goodbye(
    raw: RawBot, playground: Playground, driver: Driver
) -> None:
    await raw.identify()
    await raw.socket.close(code=1000)
    await driver.wait_for(lambda event: event.data == {"connected": False})
    assert playground.sessions.find(raw.session_id) is None


async def test_session_that_missed_too_much_cannot_resume(
    raw: RawBot, playground: Playground
) -> None:
    await raw.identify()
    session = playground.sessions.find(raw.session_id)
    assert session is not None
    for _ in range(KEPT_EVENTS + 1):
        session.dispatch("TYPING_START", "{}")
    assert session.missed(0) is None
    assert len(session.missed(session.sequence - 5) or []) == 5


async def test_stale_sessions_are_forgotten(raw: RawBot, playground: Playground) -> None:
    await raw.identify()
    await raw.socket.close(code=4000)
    playground.clock.advance(1)
    assert playground.sessions.find(raw.session_id) is not None
    await asyncio.sleep(0)
    playground.clock.advance(600)
    assert playground.sessions.find(raw.session_id) is None


async def test_interaction_goes_to_the_shard_of_its_guild_once() -> None:
    async with (
        Playground(guilds=5) as playground,
        Driver(playground.url) as driver,
        aiohttp.ClientSession() as session,
    ):
        shards = [RawBot(playground, session) for _ in range(2)]
        counts = []
        for number, shard in enumerate(shards):
            ready = await shard.identify(shard=(number, 2))
            counts.append(len(ready["d"]["guilds"]))
        assert sum(counts) == 5
        home = shard_of(playground.world.guild.id, 2)
        await _register(shards[0])
        asking = asyncio.create_task(driver.invoke("ping"))
        interaction = await shards[home].next()
        await shards[home].acknowledge(interaction, 4, {"content": "pong"})
        assert (await asking).state == "acknowledged"
        other = shards[1 - home]
        await other.send(1, other.sequence)
        assert (await other.receive())["op"] == 11


async def test_only_the_newest_of_two_equal_clients_gets_an_interaction(
    raw: RawBot, new_raw: Callable[[], RawBot], driver: Driver
) -> None:
    await _with_command(raw)
    newer = new_raw()
    await newer.identify()
    asking = asyncio.create_task(driver.invoke("ping"))
    await newer.acknowledge(await newer.next(), 4, {"content": "pong"})
    assert (await asking).state == "acknowledged"
    await raw.send(1, None)
    assert (await raw.receive())["op"] == 11


async def test_message_events_only_with_the_intent(
    raw: RawBot, new_raw: Callable[[], RawBot], playground: Playground
) -> None:
    await raw.identify()
    curious = new_raw()
    await curious.identify(intents=1 | 1 << 9)
    channel = next(iter(playground.world.guild.channels))
    sent = await raw.call("POST", f"/channels/{channel}/messages", {"content": "a"})
    path = f"/channels/{channel}/messages/{sent.body['id']}"
    await raw.call("PATCH", path, {"content": "b"})
    await raw.call("DELETE", path)
    assert (await curious.next("MESSAGE_CREATE"))["content"] == "a"
    assert (await curious.next("MESSAGE_UPDATE"))["content"] == "b"
    assert (await curious.next("MESSAGE_DELETE"))["id"] == sent.body["id"]
    await raw.send(1, None)
    assert (await raw.receive())["op"] == 11


async def test_members_by_id_and_by_name(raw: RawBot, playground: Playground) -> None:
    await raw.identify()
    guild = playground.world.guild.id
    await raw.send(8, {"guild_id": guild, "user_ids": [MINA_ID, "5"], "limit": 0, "nonce": "n"})
    chunk = await raw.next("GUILD_MEMBERS_CHUNK")
    assert [member["user"]["username"] for member in chunk["members"]] == ["mina"]
    assert (chunk["not_found"], chunk["nonce"]) == (["5"], "n")
    await raw.send(8, {"guild_id": guild, "query": "ju", "limit": 5})
    chunk = await raw.next("GUILD_MEMBERS_CHUNK")
    assert [member["user"]["id"] for member in chunk["members"]] == [JUN_ID]


@pytest.mark.parametrize("compression", ["zlib-stream", "zstd-stream", None])
async def test_discord_py_with_every_compression(
    connect: Connect, driver: Driver, monkeypatch: pytest.MonkeyPatch, compression: str | None
) -> None:
    if compression is None:
        _ask_for_no_compression(monkeypatch)
    elif compression == "zlib-stream":
        monkeypatch.setattr(utils, "_ActiveDecompressionContext", _Zlib)
    bot = studio()
    await connect(bot)
    assert (await driver.invoke("greet", {"name": "you"})).state == "acknowledged"


class _Zlib:
    """What discord.py uses where zstandard is not installed."""

    COMPRESSION_TYPE = "zlib-stream"

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj()

    def decompress(self, data: bytes, /) -> str:
        assert data.endswith(b"\x00\x00\xff\xff")
        return self._inflate.decompress(data).decode()


def _ask_for_no_compression(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = DiscordWebSocket.from_client.__func__  # pyright: ignore[reportFunctionMemberAccess, reportUnknownMemberType, reportUnknownVariableType]

    async def plain(cls: Any, client: Any, **options: Any) -> Any:
        return await whole(cls, client, **options, compress=False)

    monkeypatch.setattr(DiscordWebSocket, "from_client", classmethod(plain))


async def test_zstd_frames_are_one_stream(playground: Playground) -> None:
    inflate = zstandard.ZstdDecompressor().decompressobj()
    async with aiohttp.ClientSession() as session:
        query = {"v": "10", "encoding": "json", "compress": "zstd-stream"}
        async with session.ws_connect(playground.gateway_url, params=query) as socket:
            assert '"op":10' in inflate.decompress(await socket.receive_bytes()).decode()
            await socket.send_json({"op": 1, "d": None})
            assert '"op":11' in inflate.decompress(await socket.receive_bytes()).decode()


async def test_a_beat_is_not_answered_before_its_sender_is_back(playground: Playground) -> None:
    """discord.py takes an answer that comes at once for one to the beat before."""
    async with aiohttp.ClientSession() as session:
        query = {"v": "10", "encoding": "json"}
        async with session.ws_connect(playground.gateway_url, params=query) as socket:
            await socket.receive_json()
            sent_at = time.perf_counter()
            await socket.send_json({"op": 1, "d": None})
            assert (await socket.receive_json())["op"] == 11
            assert time.perf_counter() - sent_at >= gateway.ACK_AFTER_S / 2


async def test_discord_py_resumes_after_op_7(connect: Connect, driver: Driver) -> None:
    bot = studio()
    await connect(bot)
    await driver.gateway("reconnect")
    outcome = await driver.invoke("greet", {"name": "you"})
    assert outcome.state == "acknowledged"
    await asyncio.wait_for(bot.resumed.wait(), 5)


async def test_discord_py_resumes_after_a_resumable_op_9(connect: Connect, driver: Driver) -> None:
    bot = studio()
    await connect(bot)
    await driver.gateway("invalid_session", resumable=True)
    await asyncio.wait_for(bot.resumed.wait(), 5)


async def test_discord_py_resumes_after_close_4000(connect: Connect, driver: Driver) -> None:
    bot = studio()
    await connect(bot)
    await driver.gateway("close", code=4000)
    assert (await driver.invoke("greet", {"name": "you"})).state == "acknowledged"
    await asyncio.wait_for(bot.resumed.wait(), 5)


async def test_op_9_ends_the_session(raw: RawBot, driver: Driver, playground: Playground) -> None:
    await raw.identify()
    await driver.gateway("invalid_session")
    assert await raw.receive() == {"op": 9, "d": False, "s": None, "t": None}
    assert playground.sessions.find(raw.session_id) is None


async def test_session_outlives_an_outage(
    raw: RawBot, new_raw: Callable[[], RawBot], playground: Playground
) -> None:
    await raw.identify()
    url = playground.url
    last, _ = await asyncio.gather(raw.receive(), playground.stop())
    assert last == {"close": 1001}
    await playground.start()
    assert playground.url == url
    again = new_raw()
    await again.open(v="10", encoding="json")
    await again.receive()
    seen = {"session_id": raw.session_id, "seq": raw.sequence}
    await again.send(6, {"token": playground.token} | seen)
    await again.next("RESUMED")


async def test_malformed_dispatch_on_request(raw: RawBot, driver: Driver) -> None:
    await raw.identify()
    await driver.gateway("malformed")
    assert "attachment_size_limit" not in await raw.next()


async def test_the_page_hears_of_the_bot(raw: RawBot, driver: Driver) -> None:
    assert (await driver.state())["bot"] == {"connected": False}
    await raw.identify()
    await driver.wait_for(lambda event: event.data == {"connected": True})
    assert (await driver.state())["bot"] == {"connected": True}
    await raw.socket.close(code=4000)
    await driver.wait_for(lambda event: event.data == {"connected": False})


async def _register(raw: RawBot) -> None:
    path = f"/applications/{(await raw.call('GET', '/users/@me')).body['id']}/commands"
    answer = await raw.call("POST", path, {"name": "ping", "description": "Ping"})
    assert answer.status == 201


async def _with_command(raw: RawBot) -> None:
    await raw.identify()
    await _register(raw)
