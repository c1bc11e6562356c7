"""What a submitted form tells the bot: the exact shape for each kind of field."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from playground.world.world import APPLICATION_ID
from tests.driver.driver import Driver, DriveRefused

if TYPE_CHECKING:
    from playground.wire import Json
    from tests.driver.events import Field
    from tests.playground.raw import RawBot

OPTIONS = [{"label": name.upper(), "value": name} for name in "abc"]
CHOSEN = [OPTIONS[0], OPTIONS[1] | {"default": True}, OPTIONS[2]]


def select(**more: Any) -> Json:
    return {"type": 3, "custom_id": "pick", "options": CHOSEN} | more


def radio(**more: Any) -> Json:
    return {"type": 21, "custom_id": "size", "options": OPTIONS} | more


def boxes(**more: Any) -> Json:
    return {"type": 22, "custom_id": "extras", "options": OPTIONS} | more


@pytest.fixture
async def bot(raw: RawBot) -> RawBot:
    await raw.identify()
    commands = f"/applications/{APPLICATION_ID}/commands"
    assert (await raw.call("PUT", commands, [{"name": "go", "description": "x"}])).status == 200
    return raw


async def opened(bot: RawBot, driver: Driver, *fields: Json) -> str:
    """The interaction that opened a form with the fields."""
    labels = [{"type": 18, "label": "A field", "component": field} for field in fields]
    asking = asyncio.create_task(driver.invoke("go"))
    answer = await bot.acknowledge(
        await bot.next(), 9, {"custom_id": "f", "title": "F", "components": labels}
    )
    assert answer.status == 200, answer.body
    return (await asking).id


async def told(bot: RawBot, driver: Driver, form: str, values: dict[str, Field]) -> list[Json]:
    """The fields of a submitted form as the bot gets them."""
    sending = asyncio.create_task(driver.submit(form, values))
    interaction = await bot.next()
    await bot.acknowledge(interaction, 4, {"content": "ok"})
    await sending
    assert interaction["type"] == 5
    labels = interaction["data"]["components"]
    assert {(label["type"], "component" in label) for label in labels} == {(18, True)}
    return [label["component"] for label in labels]


async def test_every_field_has_discords_shape(bot: RawBot, driver: Driver) -> None:
    text = {"type": 4, "custom_id": "words", "style": 2}
    check = {"type": 23, "custom_id": "agree"}
    file = {"type": 19, "custom_id": "file"}
    form = await opened(bot, driver, text, select(), radio(), boxes(), check)
    values: dict[str, Field] = {"words": "fog", "pick": ["c"], "size": "a", "extras": ["a", "b"]}
    assert await told(bot, driver, form, values) == [
        {"type": 4, "id": 2, "custom_id": "words", "value": "fog"},
        {"type": 3, "id": 4, "custom_id": "pick", "values": ["c"]},
        {"type": 21, "id": 6, "custom_id": "size", "value": "a"},
        {"type": 22, "id": 8, "custom_id": "extras", "values": ["a", "b"]},
        {"type": 23, "id": 10, "custom_id": "agree", "value": False},
    ]
    form = await opened(bot, driver, file)
    kept = (await driver.upload("a.txt", b"x", "text/plain"))["id"]
    (shown,) = await told(bot, driver, form, {"file": [kept]})
    assert shown == {"type": 19, "id": 2, "custom_id": "file", "values": [kept]}


async def test_what_is_not_required_may_stay_empty(bot: RawBot, driver: Driver) -> None:
    form = await opened(
        bot,
        driver,
        {"type": 4, "custom_id": "words", "style": 1, "required": False, "min_length": 5},
        select(required=False),
        radio(required=False),
        boxes(required=False, min_values=0),
        {"type": 19, "custom_id": "file", "min_values": 0},
    )
    fields = await told(bot, driver, form, {})
    values = [field.get("value", field.get("values")) for field in fields]
    assert values == ["", [], None, [], []]


async def test_all_boxes_may_be_ticked_unless_told_otherwise(bot: RawBot, driver: Driver) -> None:
    form = await opened(bot, driver, boxes())
    (field,) = await told(bot, driver, form, {"extras": ["a", "b", "c"]})
    assert field["values"] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("field", "values", "part"),
    [
        (select(), {"pick": []}, "Choose 1 to 1"),
        (select(), {"pick": ["a", "b"]}, "Choose 1 to 1"),
        (select(), {"pick": ["x"]}, "x is not offered"),
        (select(), {"pick": "a"}, "A list of values"),
        (radio(), {}, "this field is required"),
        (boxes(max_values=2), {"extras": ["a", "b", "c"]}, "Choose 1 to 2"),
        (boxes(required=False, min_values=2), {"extras": ["a"]}, "Choose 2 to 3"),
    ],
)
async def test_what_the_form_would_not_let_through(
    bot: RawBot, driver: Driver, field: Json, values: dict[str, Field], part: str
) -> None:
    form = await opened(bot, driver, field)
    with pytest.raises(DriveRefused, match=part) as caught:
        await driver.submit(form, values)
    assert caught.value.sentence.startswith("A field: ")
