"""REST beyond interactions: who may do what, paging, nonces, uploads, rate limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from playground.rest.bodies import UploadLimits
from playground.rest.ratelimits import Limit, RateLimits
from playground.server import Playground
from playground.world.messages import Message
from playground.world.world import (
    APPLICATION_ID,
    GALLERY_ID,
    GUILD_ID,
    JUN_ID,
    MINA_ID,
    READ_ONLY_ID,
    ROWAN_ID,
    STUDIO_ID,
    Overwrite,
)
from tests.driver.driver import Driver
from tests.playground.bots import picture
from tests.playground.raw import RawBot

if TYPE_CHECKING:
    from playground.wire import Json

MESSAGES = f"/channels/{STUDIO_ID}/messages"
V2 = 1 << 15


async def post(raw: RawBot, content: str, **more: Any) -> Json:
    answer = await raw.call("POST", MESSAGES, {"content": content} | more)
    assert answer.status == 200, answer.body
    return answer.body


async def test_the_bot_knows_itself(raw: RawBot) -> None:
    me = (await raw.call("GET", "/users/@me")).body
    assert (me["id"], me["bot"]) == (APPLICATION_ID, True)
    for path in ("/applications/@me", "/oauth2/applications/@me"):
        assert (await raw.call("GET", path)).body["id"] == APPLICATION_ID


async def test_json_has_discords_exact_content_type(raw: RawBot) -> None:
    answer = await raw.call("GET", "/gateway")
    assert answer.headers["Content-Type"] == "application/json"


async def test_wrong_token(raw: RawBot, driver: Driver) -> None:
    answer = await raw.call("GET", "/users/@me", token="wrong")
    assert (answer.status, answer.code) == (401, 0)
    assert (await driver.report())["problems"][0]["kind"] == "unauthorized"


async def test_unknown_route_fails_loudly(raw: RawBot, driver: Driver) -> None:
    answer = await raw.call("GET", "/sticker-packs")
    assert (answer.status, answer.body) == (404, {"message": "404: Not Found", "code": 0})
    wrong_method = await raw.call("PATCH", "/gateway")
    assert wrong_method.status == 404
    report = await driver.report()
    assert report["unknown_routes"] == ["GET /sticker-packs", "PATCH /gateway"]
    assert [problem["kind"] for problem in report["problems"]] == ["unknown_route"] * 2


async def test_guild_members_roles_and_channels(raw: RawBot) -> None:
    guild = (await raw.call("GET", f"/guilds/{GUILD_ID}?with_counts=true")).body
    assert (guild["name"], guild["approximate_member_count"]) == ("Atelier", 6)
    assert guild["owner_id"] not in (MINA_ID, JUN_ID, ROWAN_ID)
    assert len((await raw.call("GET", f"/guilds/{GUILD_ID}/roles")).body) == 5
    names = [c["name"] for c in (await raw.call("GET", f"/guilds/{GUILD_ID}/channels")).body]
    assert names == ["studio", "gallery", "after-dark", "read-only"]
    member = (await raw.call("GET", f"/guilds/{GUILD_ID}/members/{ROWAN_ID}")).body
    assert member["user"]["global_name"] == "Rowan"
    assert (await raw.call("GET", f"/guilds/{GUILD_ID}/members/1")).code == 10007
    assert (await raw.call("GET", "/guilds/1")).code == 10004
    assert (await raw.call("GET", "/users/1")).code == 10013
    assert [g["id"] for g in (await raw.call("GET", "/users/@me/guilds")).body] == [GUILD_ID]


async def test_direct_messages(raw: RawBot, driver: Driver) -> None:
    opened = await raw.call("POST", "/users/@me/channels", {"recipient_id": MINA_ID})
    again = await raw.call("POST", "/users/@me/channels", {"recipient_id": MINA_ID})
    assert again.body == opened.body
    channel = opened.body["id"]
    await raw.call("POST", f"/channels/{channel}/messages", {"content": "psst"})
    assert [m["content"] for m in await driver.messages(channel)] == ["psst"]
    assert (await driver.state())["channels"][-1]["type"] == 1
    with pytest.raises(Exception, match="There is no channel"):
        await driver.messages(channel, member="jun")


async def test_messages_are_paged(raw: RawBot) -> None:
    ids = [(await post(raw, str(n)))["id"] for n in range(6)]

    async def page(query: str) -> list[str]:
        found = (await raw.call("GET", f"{MESSAGES}?{query}")).body
        return [message["content"] for message in found]

    assert await page("limit=2") == ["5", "4"]
    assert await page(f"limit=2&before={ids[3]}") == ["2", "1"]
    assert await page(f"limit=2&after={ids[1]}") == ["3", "2"]
    assert await page(f"limit=3&around={ids[2]}") == ["3", "2", "1"]
    assert (await raw.call("GET", f"{MESSAGES}?limit=101")).fault_at("limit")
    assert (await raw.call("GET", f"{MESSAGES}?before=x")).fault_at("before")


async def test_unknown_things(raw: RawBot) -> None:
    assert (await raw.call("GET", "/channels/1")).code == 10003
    assert (await raw.call("GET", f"{MESSAGES}/1")).code == 10008
    assert (await raw.call("GET", f"{MESSAGES}/x")).code == 10008
    assert (await raw.call("GET", "/applications/1/commands")).code == 10002
    assert (await raw.call("GET", f"/applications/{APPLICATION_ID}/commands/1")).code == 10063


async def test_channel_permissions_of_the_bot(raw: RawBot, playground: Playground) -> None:
    read_only = f"/channels/{READ_ONLY_ID}/messages"
    refused = await raw.call("POST", read_only, {"content": "x"})
    assert (refused.status, refused.code) == (403, 50013)
    assert (await raw.call("GET", read_only)).status == 200
    hidden = Overwrite(deny=1 << 10)
    playground.world.channels[GALLERY_ID].overwrites[GUILD_ID] = hidden
    playground.world.guild.roles[GUILD_ID].permissions &= ~(1 << 15)
    bot_role = playground.world.guild.members[APPLICATION_ID].roles[0]
    playground.world.guild.roles[bot_role].permissions &= ~(1 << 15)
    assert (await raw.call("GET", f"/channels/{GALLERY_ID}")).code == 50001
    without = await raw.call("POST", MESSAGES, {"content": "x"}, {"a.txt": b"a"})
    assert without.code == 50013
    assert (await raw.call("POST", MESSAGES, {"content": "x"})).status == 200


async def test_only_own_messages_can_be_edited(raw: RawBot, playground: Playground) -> None:
    world = playground.world
    channel = world.channels[STUDIO_ID]
    theirs = Message(world.ids.next(), STUDIO_ID, MINA_ID, world.clock.now(), content="hi")
    playground.posting.add(theirs, channel)
    path = f"{MESSAGES}/{theirs.id}"
    assert (await raw.call("PATCH", path, {"content": "x"})).code == 50005
    assert (await raw.call("DELETE", path)).code == 50013
    assert (await raw.call("GET", path)).body["author"]["id"] == MINA_ID


async def test_replies_and_forwards(raw: RawBot) -> None:
    first = await post(raw, "first")
    reply = await post(raw, "reply", message_reference={"message_id": first["id"]})
    assert (reply["type"], reply["message_reference"]["message_id"]) == (19, first["id"])
    reference = {"type": 1, "message_id": first["id"], "channel_id": STUDIO_ID}
    forward = await raw.call("POST", MESSAGES, {"message_reference": reference})
    assert forward.body["message_snapshots"][0]["message"]["content"] == "first"
    lost: Json = {"content": "x", "message_reference": {"message_id": "1"}}
    assert (await raw.call("POST", MESSAGES, lost)).fault_at("message_reference.message_id")
    lost["message_reference"] = {"message_id": "1", "fail_if_not_exists": False}
    assert (await raw.call("POST", MESSAGES, lost)).body["type"] == 0


async def test_enforced_nonce_posts_once(raw: RawBot, driver: Driver) -> None:
    one = await post(raw, "a", nonce="job-1", enforce_nonce=True)
    same = await post(raw, "b", nonce="job-1", enforce_nonce=True)
    assert (same["id"], same["content"], same["nonce"]) == (one["id"], "a", "job-1")
    loose = await post(raw, "c", nonce="job-1")
    assert loose["id"] != one["id"]
    await driver.advance(301)
    later = await post(raw, "d", nonce="job-1", enforce_nonce=True)
    assert later["id"] not in (one["id"], loose["id"])
    assert (await driver.report())["messages_posted"] == 3


@pytest.mark.parametrize(
    ("allowed", "users", "everyone"),
    [
        (None, [MINA_ID, JUN_ID], False),
        ({"parse": []}, [], False),
        ({"parse": ["users"]}, [MINA_ID, JUN_ID], False),
        ({"users": [JUN_ID]}, [JUN_ID], False),
        ({"users": [int(JUN_ID)]}, [JUN_ID], False),
    ],
)
async def test_allowed_mentions(
    raw: RawBot, allowed: Json | None, users: list[str], everyone: bool
) -> None:
    text = f"<@{MINA_ID}> <@!{JUN_ID}> <@123> @everyone"
    message = await post(raw, text, allowed_mentions=allowed)
    assert [user["id"] for user in message["mentions"]] == users
    assert message["mention_everyone"] is everyone
    card = {"flags": V2, "components": [{"type": 10, "content": text}]}
    answer = await raw.call("POST", MESSAGES, card | {"allowed_mentions": allowed})
    assert [user["id"] for user in answer.body["mentions"]] == users


async def test_attachments_are_kept_removed_and_added(raw: RawBot) -> None:
    notes = [{"id": 0, "description": "first"}, {"id": 1, "filename": "other name.png"}]
    sent = await raw.call(
        "POST", MESSAGES, {"attachments": notes}, {"a.png": picture(3, 2), "b.png": picture()}
    )
    first, second = sent.body["attachments"]
    assert (first["width"], first["height"], first["description"]) == (3, 2, "first")
    assert second["filename"] == "other_name.png"
    path = f"{MESSAGES}/{sent.body['id']}"
    untouched = await raw.call("PATCH", path, {"content": "x"})
    assert [a["id"] for a in untouched.body["attachments"]] == [first["id"], second["id"]]
    change = {"attachments": [{"id": second["id"]}, {"id": 0, "filename": "c.png"}]}
    changed = await raw.call("PATCH", path, change, {"c.png": picture()})
    names = [attachment["filename"] for attachment in changed.body["attachments"]]
    assert names == ["other_name.png", "c.png"]
    async with aiohttp.ClientSession() as session, session.get(first["url"]) as response:
        assert response.status == 404
    emptied = await raw.call("PATCH", path, {"attachments": []})
    assert emptied.body["attachments"] == []


async def test_what_nobody_can_have_meant_is_reported(raw: RawBot, driver: Driver) -> None:
    button = {"type": 2, "style": 1, "label": "a", "custom_id": "a", "colour": "red"}
    row = {"type": 1, "components": [button]}
    body = {"content": "x", "contents": "y", "components": [row]}
    assert (await raw.call("POST", MESSAGES, body, {"a.txt": b""})).status == 200
    option = {"type": 3, "name": "o", "description": "x", "min": 1}
    command = {"name": "c", "description": "x", "hidden": True, "options": [option]}
    path = f"/applications/{APPLICATION_ID}/commands"
    assert (await raw.call("PUT", path, [command])).status == 200
    problems = (await driver.report())["problems"]
    assert [problem["kind"] for problem in problems] == [
        *["unknown_key"] * 2,
        "empty_file",
        *["unknown_key"] * 2,
    ]
    assert problems[1]["detail"] == "Discord knows no components.components.colour"
    assert problems[4]["detail"] == "Discord knows no options.min"


async def test_cdn_addresses_are_signed_and_expire(raw: RawBot, driver: Driver) -> None:
    sent = await raw.call("POST", MESSAGES, {}, {"a.bin": bytes(range(100))})
    url: str = sent.body["attachments"][0]["url"]

    async with aiohttp.ClientSession() as session:

        async def status(address: str, **headers: str) -> int:
            async with session.get(address, headers=headers) as response:
                await response.read()
                return response.status

        async with session.get(url, headers={"Range": "bytes=10-19"}) as part:
            assert (part.status, await part.read()) == (206, bytes(range(10, 20)))
            assert part.headers["Content-Range"] == "bytes 10-19/100"
        async with session.get(url, headers={"Range": "bytes=-10"}) as part:
            assert (part.status, await part.read()) == (206, bytes(range(90, 100)))
        async with session.get(url, headers={"Range": "bytes=95-"}) as part:
            assert part.headers["Content-Range"] == "bytes 95-99/100"
        async with session.get(url, headers={"Range": "bytes=100-"}) as part:
            assert (part.status, part.headers["Content-Range"]) == (416, "bytes */100")
        assert await status(url) == 200
        assert await status(url, Range="lines=1-2") == 416
        assert await status(url.split("?")[0]) == 404
        assert await status(url.replace("hm=", "hm=0")) == 404
        assert await status(url.replace("a.bin", "b.bin")) == 404
        await driver.advance(25 * 3600)
        assert await status(url) == 404
    fresh = await raw.call("GET", f"{MESSAGES}/{sent.body['id']}")
    assert fresh.body["attachments"][0]["url"] != url


async def test_addresses_in_a_card_are_signed_anew(raw: RawBot, driver: Driver) -> None:
    gallery = {"type": 12, "items": [{"media": {"url": "attachment://a.png"}}]}
    card = {"flags": V2, "components": [gallery]}
    sent = await raw.call("POST", MESSAGES, card, {"a.png": picture()})
    await driver.advance(25 * 3600)
    fresh = await raw.call("GET", f"{MESSAGES}/{sent.body['id']}")
    old, new = (
        answer.body["components"][0]["items"][0]["media"]["url"] for answer in (sent, fresh)
    )
    async with aiohttp.ClientSession() as session:
        async with session.get(old) as response:
            assert response.status == 404
        async with session.get(new) as response:
            assert await response.read() == picture()


async def test_stored_files_cannot_run_in_the_page(raw: RawBot) -> None:
    sent = await raw.call("POST", MESSAGES, {}, {"a.svg": b"<svg/>"})
    url = sent.body["attachments"][0]["url"]
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        assert "sandbox" in response.headers["Content-Security-Policy"]
        assert response.headers["Content-Disposition"].startswith("attachment")


async def test_broken_pictures_have_no_size(raw: RawBot) -> None:
    sent = await raw.call("POST", MESSAGES, {}, {"a.png": b"not a picture"})
    (attachment,) = sent.body["attachments"]
    assert "width" not in attachment
    assert attachment["content_type"] == "image/png"


async def test_oversized_uploads() -> None:
    limits = UploadLimits(file_bytes=1000, request_bytes=2500)
    async with (
        Playground(uploads=limits) as playground,
        Driver(playground.url) as driver,
        aiohttp.ClientSession() as session,
    ):
        raw = RawBot(playground, session)
        for files in ({"a": bytes(1001)}, {n: bytes(900) for n in "abc"}):
            answer = await raw.call("POST", MESSAGES, {}, files)
            assert (answer.status, answer.code) == (413, 40005)
        fits = await raw.call("POST", MESSAGES, {}, {"a": bytes(1000), "b": bytes(1000)})
        assert fits.status == 200
        assert [p["kind"] for p in (await driver.report())["problems"]] == ["too_large"] * 2
        with pytest.raises(Exception, match="larger than"):
            await driver.upload("a", bytes(1001))


async def test_rate_limits_are_told_and_kept() -> None:
    route = "POST /channels/{channel_id}/messages"
    limits = RateLimits(routes={route: Limit(2, 0.2)}, overall=Limit(100, 60.0))
    async with Playground(rate_limits=limits) as playground, aiohttp.ClientSession() as session:
        raw = RawBot(playground, session)
        first = await raw.call("POST", MESSAGES, {"content": "1"})
        assert first.headers["X-RateLimit-Limit"] == "2"
        assert first.headers["X-RateLimit-Remaining"] == "1"
        assert 0 < float(first.headers["X-RateLimit-Reset-After"]) <= 0.2
        await raw.call("POST", MESSAGES, {"content": "2"})
        third = await raw.call("POST", MESSAGES, {"content": "3"})
        assert (third.status, third.body["global"]) == (429, False)
        assert third.headers["Via"]
        assert third.headers["X-RateLimit-Bucket"] == first.headers["X-RateLimit-Bucket"]
        elsewhere = await raw.call("POST", f"/channels/{GALLERY_ID}/messages", {"content": "x"})
        assert elsewhere.status == 200
        playground.clock.advance(third.body["retry_after"] + 0.001)
        assert (await raw.call("POST", MESSAGES, {"content": "3"})).status == 200


async def test_overall_rate_limit() -> None:
    limits = RateLimits(overall=Limit(2, 60.0))
    async with Playground(rate_limits=limits) as playground, aiohttp.ClientSession() as session:
        raw = RawBot(playground, session)
        statuses = [(await raw.call("GET", "/users/@me")).status for _ in range(3)]
        assert statuses == [200, 200, 429]
        last = await raw.call("GET", "/applications/@me")
        assert (last.body["global"], last.headers["X-RateLimit-Scope"]) == (True, "global")
        # Routes without the bot's token do not count.
        assert (await raw.call("GET", "/gateway")).status == 200


async def test_commands_are_kept_as_discord_keeps_them(raw: RawBot, driver: Driver) -> None:
    path = f"/applications/{APPLICATION_ID}/commands"
    option = {"type": 3, "name": "text", "description": "A text", "required": False}
    ping = {"name": "ping", "description": "Ping", "default_member_permissions": "32"}
    pong = {"name": "pong", "description": "Pong", "options": [option | {"choices": []}]}
    (one, two) = (await raw.call("PUT", path, [ping, pong])).body
    assert one["default_member_permissions"] == "32"
    assert "required" not in two["options"][0]
    assert "choices" not in two["options"][0]
    same, changed = (await raw.call("PUT", path, [ping, pong | {"description": "New"}])).body
    assert same == one
    assert (changed["id"], changed["description"]) == (two["id"], "New")
    assert changed["version"] != two["version"]
    created = await raw.call("POST", path, {"name": "Quote", "type": 3})
    assert created.status == 201
    assert (await raw.call("POST", path, {"name": "Quote", "type": 3})).status == 200
    patched = await raw.call("PATCH", f"{path}/{one['id']}", {"description": "Newer"})
    assert patched.body["description"] == "Newer"
    assert (await raw.call("GET", f"{path}/{one['id']}")).body == patched.body
    assert (await raw.call("DELETE", f"{path}/{one['id']}")).status == 204
    listed = (await raw.call("GET", path)).body
    assert [command["name"] for command in listed] == ["pong", "Quote"]
    assert "name_localizations" not in listed[0]
    full = (await raw.call("GET", f"{path}?with_localizations=true")).body
    assert "name_localizations" in full[0]
    event = await driver.wait_for(lambda event: event.type == "commands_update")
    assert [command["name"] for command in event.data["commands"]] == ["ping", "pong"]


async def test_guild_commands_shadow_global_ones(raw: RawBot, driver: Driver) -> None:
    globals_, guilds = (
        f"/applications/{APPLICATION_ID}/{scope}commands" for scope in ("", f"guilds/{GUILD_ID}/")
    )
    await raw.call("PUT", globals_, [{"name": "ping", "description": "Everywhere"}])
    await raw.call("PUT", guilds, [{"name": "ping", "description": "Here"}])
    (command,) = (await driver.state())["commands"]
    assert (command["description"], command["guild_id"]) == ("Here", GUILD_ID)


async def test_200_creates_a_day(raw: RawBot, playground: Playground) -> None:
    path = f"/applications/{APPLICATION_ID}/commands"
    for batch in range(2):
        commands = [{"name": f"c{batch}-{n}", "description": "x"} for n in range(100)]
        assert (await raw.call("PUT", path, commands)).status == 200
    one_more = [{"name": "more", "description": "x"}]
    assert (await raw.call("PUT", path, one_more)).code == 30034
    playground.clock.advance(86_401)
    assert (await raw.call("PUT", path, one_more)).status == 200
