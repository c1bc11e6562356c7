"""Every rule for messages, modals and autocomplete, broken once on purpose."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from playground.world.world import APPLICATION_ID, STUDIO_ID
from tests.playground.bots import picture

if TYPE_CHECKING:
    from playground.wire import Json
    from tests.driver.driver import Driver
    from tests.playground.raw import RawBot

MESSAGES = f"/channels/{STUDIO_ID}/messages"
COMMANDS = f"/applications/{APPLICATION_ID}/commands"
V2 = 1 << 15


def text(content: str) -> Json:
    return {"type": 10, "content": content}


def row(*components: Json) -> Json:
    return {"type": 1, "components": list(components)}


def button(number: int = 0, **more: Any) -> Json:
    return {"type": 2, "style": 1, "label": "Go", "custom_id": f"go{number}"} | more


def select(**more: Any) -> Json:
    options = [{"label": "a", "value": "a"}, {"label": "b", "value": "b"}]
    return {"type": 3, "custom_id": "pick", "options": options} | more


def gallery(*urls: str) -> Json:
    return {"type": 12, "items": [{"media": {"url": url}} for url in urls]}


def container(*components: Json, **more: Any) -> Json:
    return {"type": 17, "components": list(components)} | more


def embed(**fields: Any) -> Json:
    return {"embeds": [fields]}


PICTURE = "https://example.com/a.png"
LONG_EMBED = {"description": "x" * 3001}

WRONG_MESSAGES: list[tuple[Json, str]] = [
    ({"content": "x" * 2001}, "content"),
    ({"content": 5}, "content"),
    ({"content": "x", "nonce": "x" * 26}, "nonce"),
    ({"content": "x", "flags": "many"}, "flags"),
    ({"content": "x", "tts": "yes"}, "tts"),
    ({"content": "x", "attachments": [{"id": 5}]}, "attachments.0.id"),
    (embed(title="x" * 257), "embeds.0.title"),
    (embed(description="x" * 4097), "embeds.0.description"),
    (embed(title="x", color=1 << 24), "embeds.0.color"),
    (embed(title="x", image={"url": "no address"}), "embeds.0.image.url"),
    (embed(title="x", footer={"text": "x" * 2049}), "embeds.0.footer.text"),
    (embed(title="x", author={"name": "x" * 257}), "embeds.0.author.name"),
    (embed(fields=[{"name": "", "value": "x"}]), "embeds.0.fields.0.name"),
    (embed(fields=[{"name": "x", "value": "x" * 1025}]), "embeds.0.fields.0.value"),
    (embed(fields=[{"name": "x"}]), "embeds.0.fields.0.value"),
    (embed(fields=[{"name": "x", "value": "x"}] * 26), "embeds.0.fields"),
    (embed(), "embeds.0.description"),
    ({"embeds": [{"title": "x"}] * 11}, "embeds"),
    ({"embeds": [LONG_EMBED, LONG_EMBED]}, "embeds"),
    ({"content": "x", "allowed_mentions": {"parse": ["all"]}}, "allowed_mentions.parse.0"),
    (
        {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
        "allowed_mentions.users",
    ),
    ({"content": "x", "allowed_mentions": {"users": ["1", "1"]}}, "allowed_mentions.users"),
]

WRONG_LEGACY: list[tuple[list[Json], str]] = [
    ([text("x")], "components.0.type"),
    ([row(button(n)) for n in range(6)], "components"),
    ([row()], "components.0.components"),
    ([row(*(button(n) for n in range(6)))], "components.0.components"),
    ([row(select(), button())], "components.0.components"),
    ([row(select(), select(custom_id="other"))], "components.0.components"),
    ([row(button(), button())], "components.0.components.1.custom_id"),
    ([row(row(button()))], "components.0.components.0.type"),
    ([row(button(label="x" * 81))], "components.0.components.0.label"),
    ([row(button(custom_id="x" * 101))], "components.0.components.0.custom_id"),
    ([row(button(custom_id=None))], "components.0.components.0.custom_id"),
    ([row(button(label=None))], "components.0.components.0.label"),
    ([row(button(style=7))], "components.0.components.0.style"),
    ([row(button(style=5))], "components.0.components.0.url"),
    ([row(button(style=5, url="https://a.example"))], "components.0.components.0.custom_id"),
    ([row(button(url="https://a.example"))], "components.0.components.0.url"),
    ([row(button(style=6, label=None))], "components.0.components.0.sku_id"),
    ([row(button(emoji={"name": "plain"}))], "components.0.components.0.emoji.name"),
    ([row(select(options=[]))], "components.0.components.0.options"),
    (
        [row(select(options=[{"label": str(n), "value": str(n)} for n in range(26)]))],
        "components.0.components.0.options",
    ),
    (
        [row(select(options=[{"label": "a", "value": "a"}] * 2))],
        "components.0.components.0.options.1.value",
    ),
    (
        [row(select(options=[{"label": "x" * 101, "value": "a"}]))],
        "components.0.components.0.options.0.label",
    ),
    (
        [row(select(options=[{"label": "a", "value": "a", "description": "x" * 101}]))],
        "components.0.components.0.options.0.description",
    ),
    ([row(select(placeholder="x" * 151))], "components.0.components.0.placeholder"),
    ([row(select(min_values=2))], "components.0.components.0.min_values"),
    ([row(select(max_values=3))], "components.0.components.0.max_values"),
    ([row({"type": 5, "custom_id": ""})], "components.0.components.0.custom_id"),
    ([row({"type": 4, "custom_id": "a", "style": 1})], "components.0.components.0.type"),
    ([{"type": 99}], "components.0.type"),
    (["text"], "components.0"),  # pyright: ignore[reportAssignmentType]
]

WRONG_V2: list[tuple[list[Json], str]] = [
    ([text("")], "components.0.content"),
    ([text("x" * 4001)], "components.0.content"),
    ([text("x" * 2001), container(text("x" * 2000))], "components"),
    ([text("x")] * 41, "components"),
    ([container(*([text("x")] * 20)), container(*([text("x")] * 19))], "components"),
    ([container()], "components.0.components"),
    ([container(container(text("x")))], "components.0.components.0.type"),
    ([container(text("x"), accent_color=1 << 24)], "components.0.accent_color"),
    ([gallery()], "components.0.items"),
    ([gallery(*([PICTURE] * 11))], "components.0.items"),
    ([gallery("attachment://absent.png")], "components.0.items.0.media.url"),
    ([gallery("ftp://a.example/a.png")], "components.0.items.0.media.url"),
    (
        [{"type": 12, "items": [{"media": {"url": PICTURE}, "description": "x" * 1025}]}],
        "components.0.items.0.description",
    ),
    ([{"type": 13, "file": {"url": PICTURE}}], "components.0.file.url"),
    ([{"type": 9, "components": [text("x")]}], "components.0.accessory"),
    (
        [{"type": 9, "components": [text("x")] * 4, "accessory": button()}],
        "components.0.components",
    ),
    (
        [{"type": 9, "components": [text("x")], "accessory": select()}],
        "components.0.accessory.type",
    ),
    ([{"type": 14, "spacing": 3}], "components.0.spacing"),
    ([button()], "components.0.type"),
    ([text("a") | {"id": 7}, text("b") | {"id": 7}], "components.1.id"),
    ([row(button()), row(button())], "components.1.components.0.custom_id"),
]


@pytest.mark.parametrize(("body", "path"), WRONG_MESSAGES)
async def test_wrong_messages(raw: RawBot, driver: Driver, body: Json, path: str) -> None:
    answer = await raw.call("POST", MESSAGES, body)
    assert (answer.status, answer.code) == (400, 50035), answer.body
    assert answer.fault_at(path)
    assert await driver.messages() == []
    assert [p["kind"] for p in (await driver.report())["problems"]] == ["invalid_body"]


@pytest.mark.parametrize(("components", "path"), WRONG_LEGACY)
async def test_wrong_legacy_components(raw: RawBot, components: list[Json], path: str) -> None:
    answer = await raw.call("POST", MESSAGES, {"content": "x", "components": components})
    assert (answer.status, answer.code) == (400, 50035), answer.body
    assert answer.fault_at(path)


@pytest.mark.parametrize(("components", "path"), WRONG_V2)
async def test_wrong_v2_components(raw: RawBot, components: list[Json], path: str) -> None:
    answer = await raw.call("POST", MESSAGES, {"flags": V2, "components": components})
    assert (answer.status, answer.code) == (400, 50035), answer.body
    assert answer.fault_at(path)


@pytest.mark.parametrize(
    "body",
    [{}, {"content": "  "}, {"flags": V2, "components": []}, {"components": [row(button())]}],
)
async def test_empty_messages(raw: RawBot, body: Json) -> None:
    assert (await raw.call("POST", MESSAGES, body)).code == 50006


async def test_what_is_not_played_is_refused(raw: RawBot) -> None:
    poll = {"question": {"text": "?"}, "answers": [{"poll_media": {"text": "!"}}]}
    assert "poll" in (await raw.call("POST", MESSAGES, {"poll": poll})).body["errors"]
    stickers = await raw.call("POST", MESSAGES, {"sticker_ids": ["1"]})
    assert "sticker_ids" in stickers.body["errors"]


async def test_bodies_that_are_not_json_objects(raw: RawBot) -> None:
    assert (await raw.call("POST", MESSAGES, [1])).code == 50035
    assert (await raw.call("PUT", COMMANDS, {})).code == 50035
    assert (await raw.call("PUT", COMMANDS, ["x"])).code == 50035


async def test_undocumented_bounds_are_answered_with_500(raw: RawBot, driver: Driver) -> None:
    wide = {"flags": V2, "components": [text("漢" * 3400)]}
    assert (await raw.call("POST", MESSAGES, wide)).status == 500
    many = {"flags": V2, "components": [gallery(*([PICTURE] * 10)) for _ in range(7)]}
    assert (await raw.call("POST", MESSAGES, many)).status == 500
    kinds = [problem["kind"] for problem in (await driver.report())["problems"]]
    assert kinds == ["server_error"] * 2
    fits = {"flags": V2, "components": [text("漢" * 3000)]}
    assert (await raw.call("POST", MESSAGES, fits)).status == 200


async def test_v2_is_not_mixed_and_never_taken_back(raw: RawBot) -> None:
    card = {"flags": V2, "components": [text("card")]}
    for legacy in ({"content": "x"}, {"embeds": [{"title": "x"}]}):
        answer = await raw.call("POST", MESSAGES, card | legacy)
        assert answer.fault_at(next(iter(legacy)))
    sent = await raw.call("POST", MESSAGES, card)
    path = f"{MESSAGES}/{sent.body['id']}"
    assert (await raw.call("PATCH", path, {"content": "x"})).fault_at("content")
    assert (await raw.call("PATCH", path, {"components": []})).code == 50006
    kept = await raw.call("PATCH", path, {"flags": 0})
    assert kept.body["flags"] & V2


async def test_an_edit_may_turn_a_message_into_v2(raw: RawBot) -> None:
    sent = await raw.call("POST", MESSAGES, {"content": "plain"})
    path = f"{MESSAGES}/{sent.body['id']}"
    card: Json = {"flags": V2, "components": [text("card")]}
    assert (await raw.call("PATCH", path, card)).fault_at("content")
    turned = await raw.call("PATCH", path, card | {"content": None})
    assert (turned.status, turned.body["content"]) == (200, "")


async def test_references_to_kept_attachments(raw: RawBot) -> None:
    card = {"flags": V2, "components": [gallery("attachment://a.png")]}
    sent = await raw.call("POST", MESSAGES, card, {"a.png": picture()})
    (media,) = (item["media"] for item in sent.body["components"][0]["items"])
    path = f"{MESSAGES}/{sent.body['id']}"
    again = {"components": [gallery("attachment://a.png")]}
    assert (await raw.call("PATCH", path, again)).status == 200
    by_url = await raw.call("PATCH", path, {"components": [gallery(media["url"])]})
    assert by_url.body["components"][0]["items"][0]["media"]["width"] == 6
    file = {"components": [{"type": 13, "file": {"url": "attachment://a.png"}}]}
    shown = (await raw.call("PATCH", path, file)).body["components"][0]
    assert (shown["name"], shown["size"]) == ("a.png", len(picture()))
    lost = again | {"attachments": []}
    assert (await raw.call("PATCH", path, lost)).fault_at("components.0.items.0.media.url")


async def test_eleven_attachments(raw: RawBot) -> None:
    files = {f"{n}.txt": b"x" for n in range(11)}
    assert (await raw.call("POST", MESSAGES, {}, files)).fault_at("attachments")


def label(component: Json, **more: Any) -> Json:
    return {"type": 18, "label": "L", "component": component} | more


def entry(**more: Any) -> Json:
    return {"type": 4, "custom_id": "t", "style": 1} | more


def modal(*components: Json, **more: Any) -> Json:
    return {"custom_id": "m", "title": "T", "components": list(components)} | more


UPLOAD = {"type": 19, "custom_id": "f", "max_values": 11}
RADIO = {"type": 21, "custom_id": "r", "options": [{"label": "a", "value": "a"}]}


def group(kind: int, at_most: int | None = None, **more: Any) -> Json:
    """A radio group or checkbox group of two options."""
    options = [{"label": name, "value": name} | more for name in "ab"]
    return {"type": kind, "custom_id": "g", "options": options, "max_values": at_most}


WRONG_MODALS: list[tuple[Json, str]] = [
    (modal(label(entry()), title="x" * 46), "title"),
    (modal(label(entry()), title=None), "title"),
    (modal(label(entry()), custom_id="x" * 101), "custom_id"),
    (modal(), "components"),
    (modal(*[text("x")] * 6), "components"),
    (modal(button()), "components.0.type"),
    (modal(label(entry(), label="x" * 46)), "components.0.label"),
    (modal(label(entry(), description="x" * 101)), "components.0.description"),
    (modal(label(button())), "components.0.component.type"),
    (modal(label(entry(style=3))), "components.0.component.style"),
    (modal(label(entry(max_length=4001))), "components.0.component.max_length"),
    (modal(label(entry(min_length=9, max_length=5))), "components.0.component.min_length"),
    (modal(label(entry(value="x" * 4001))), "components.0.component.value"),
    (modal(label(entry(value="xxx", max_length=2))), "components.0.component.value"),
    (modal(label(entry(placeholder="x" * 101))), "components.0.component.placeholder"),
    (modal(label(entry(disabled=True))), "components.0.component.disabled"),
    (modal(label(entry()), label(entry())), "components.1.component.custom_id"),
    (modal(row(entry())), "components.0.components.0.label"),
    (modal(row(entry(label="L"), entry(label="M", custom_id="u"))), "components.0.components"),
    (
        modal(label({"type": 19, "custom_id": "f", "max_values": 11})),
        "components.0.component.max_values",
    ),
    (modal(label(RADIO)), "components.0.component.options"),
    (modal(label(select(options=[]))), "components.0.component.options"),
    (modal(label({"type": 23})), "components.0.component.custom_id"),
    (modal(label(group(21, default=True))), "components.0.component.options"),
    (modal(label(group(22, 1, default=True))), "components.0.component.options"),
    (modal(label(group(22, 3))), "components.0.component.max_values"),
    (modal(label(group(22) | {"min_values": 0})), "components.0.component.min_values"),
]


@pytest.fixture
async def bot(raw: RawBot) -> RawBot:
    """A raw bot with one command that has an autocompleted option."""
    await raw.identify()
    number = {"type": 4, "name": "number", "description": "x", "autocomplete": True}
    await raw.call("PUT", COMMANDS, [{"name": "ping", "description": "x", "options": [number]}])
    return raw


@pytest.mark.parametrize(("data", "path"), WRONG_MODALS)
async def test_wrong_modals(bot: RawBot, driver: Driver, data: Json, path: str) -> None:
    asking = asyncio.create_task(driver.invoke("ping"))
    interaction = await bot.next()
    answer = await bot.acknowledge(interaction, 9, data)
    assert (answer.status, answer.code) == (400, 50035), answer.body
    assert answer.fault_at(f"data.{path}")
    await bot.acknowledge(interaction, 5)
    await asking


@pytest.mark.parametrize(
    ("choices", "path"),
    [
        ([{"name": str(n), "value": n} for n in range(26)], "choices"),
        ([{"name": "x" * 101, "value": 1}], "choices.0.name"),
        ([{"name": "", "value": 1}], "choices.0.name"),
        ([{"name": "x", "value": "text"}], "choices.0.value"),
        ([{"name": "x", "value": 1.5}], "choices.0.value"),
        ([{"name": "x"}], "choices.0.value"),
    ],
)
async def test_wrong_choices(bot: RawBot, driver: Driver, choices: list[Json], path: str) -> None:
    asking = asyncio.create_task(driver.autocomplete("ping", "number", {"number": "1"}))
    interaction = await bot.next()
    assert interaction["data"]["options"][0]["focused"] is True
    answer = await bot.acknowledge(interaction, 8, {"choices": choices})
    assert (answer.status, answer.code) == (400, 50035), answer.body
    await bot.acknowledge(interaction, 8, {"choices": []})
    assert await asking == []
    assert answer.fault_at(f"data.{path}")
