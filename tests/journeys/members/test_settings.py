"""/settings and /style: defaults that stick, each with where it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from tests.journeys.databases import DATABASES, studio_on
from tests.journeys.studio import Studio, attachments, button, buttons, shown, text_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]


@pytest_asyncio.fixture(loop_scope="module", scope="module", params=DATABASES)
async def studio(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Studio]:
    async with studio_on(request.param, tmp_path_factory.mktemp("studio")) as opened_studio:
        yield opened_studio


async def told(studio: Studio, command: str, member: str, **options: Any) -> str:
    outcome = await studio.driver.invoke(command, options, member=member)
    assert outcome.ephemeral, outcome
    return text_of(shown(outcome))


async def test_defaults_count_where_nothing_is_typed(studio: Studio):
    await told(studio, "settings", "rowan", scope="guild", suffix="in oil", count=2)
    await told(studio, "settings", "rowan", scope="channel", aspect="3:2")
    said = await told(studio, "settings", "mina", count=3, ask_from="0.01")
    assert "**Changed.**" in said
    for line in (
        "Aspect** · 3:2 · *this channel's*",
        "Pictures at a time** · 3 · *yours*",
        "Behind each prompt** · in oil · *this server's*",
        "Engine** · atelier-painter · *built in*",
        "Ask before spending** · from 0.01 credits · *yours*",
    ):
        assert line in said
    asked = await studio.imagine("a fox")
    question = shown(asked)
    assert asked.ephemeral
    assert "**3 pictures for" in text_of(question)
    await studio.restart()
    card = await studio.result(
        await studio.driver.click(question["id"], button(question, "Draw 3"))
    )
    assert "a fox, in oil --ar 3:2 --count 3" in text_of(card)
    assert len(attachments(card)) == 3
    typed = await studio.imagine("a wren --count 1 --size 64x64", member="jun")
    assert "a wren, in oil --size 64x64" in text_of(await studio.result(typed))
    card = await studio.driver.invoke("settings")
    reset = await studio.driver.click(shown(card)["id"], buttons(shown(card))["Reset mine"])
    assert reset.state == "acknowledged"
    said = await told(studio, "settings", "mina")
    assert "Pictures at a time** · 2 · *this server's*" in said
    assert "a fifth of what you have · *built in*" in said
    await told(studio, "settings", "rowan", scope="guild", suffix="none", count=0)
    await told(studio, "settings", "rowan", scope="channel", aspect="none")
    assert "Behind each prompt** · none · *built in*" in await told(studio, "settings", "mina")
    assert "server defaults" in await told(studio, "mod audit", "rowan")


@pytest.mark.parametrize("scope", ["guild", "channel"])
async def test_only_moderators_set_defaults_of_others(studio: Studio, scope: str):
    assert "Timeout Members" in await told(studio, "settings", "mina", scope=scope, count=4)
    said = await told(studio, "settings", "rowan", scope=scope, ask_from="1")
    assert "only members themselves" in said.lower()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"engine": "nonsense"}, "“nonsense” is not offered"),
        ({"aspect": "wideish"}, "aspect"),
        ({"suffix": "in oil --steps many"}, "steps"),
        ({"suffix": "in oil --style noir"}, "no style preset"),
        ({"style": "nonsense"}, "neither a style preset nor one of your own"),
        ({"ask_from": "much"}, "or type always, never or usual"),
    ],
)
async def test_what_cannot_be_set_is_said(studio: Studio, options: dict[str, Any], says: str):
    assert says in await told(studio, "settings", "ada", **options)


@pytest.mark.parametrize("scope", ["guild", "channel"])
async def test_a_style_of_one_s_own_is_nobody_else_s_default(studio: Studio, scope: str):
    await told(studio, "style save", "rowan", name="sepia", text="in sepia")
    said = await told(studio, "settings", "rowan", scope=scope, style="sepia")
    assert "nobody else has your style “sepia”" in said.lower()
    assert "sepia" not in await told(studio, "settings", "mina")
    assert "Style** · sepia · *yours*" in await told(studio, "settings", "rowan", style="sepia")
    await told(studio, "settings", "rowan", style="none")


async def test_a_named_style_is_used_by_its_name(studio: Studio):
    said = await told(studio, "style save", "jun", name="Noir", text="*film* grain --no colour")
    assert "**Saved noir.**" in said
    assert "\\*film\\* grain" in said
    card = await studio.result(
        await studio.imagine("a cat --style noir --size 64x64", member="jun")
    )
    assert "a cat, \\*film\\* grain --no colour --size 64x64" in text_of(card)
    offered = await studio.driver.autocomplete("settings", "style", {"style": "no"}, member="jun")
    assert "noir" in [one["value"] for one in offered]
    refused = await studio.imagine("a cat --style noir", member="mina")
    assert "“noir” is unknown" in text_of(shown(refused))
    preset = await told(studio, "style save", "jun", name="anime", text="x")
    assert "style preset already" in preset
    assert "Deleted." in await told(studio, "style delete", "jun", name="noir")
    assert "no style of that name" in await told(studio, "style delete", "jun", name="noir")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"name": "--ar", "text": "x"}, "begins with no hyphen"),
        ({"name": "none", "text": "x"}, "stands for no style"),
        ({"name": "comic_book", "text": "x"}, "style preset already"),
        ({"name": "loop", "text": "x --style loop"}, "no style preset"),
    ],
)
async def test_what_cannot_be_a_style_is_said(studio: Studio, options: dict[str, Any], says: str):
    assert says in await told(studio, "style save", "jun", **options)


async def test_mentions_are_switched_on_the_card(studio: Studio):
    card = shown(await studio.driver.invoke("settings", member="ines"))
    assert "long jobs end** · on" in text_of(card)
    await studio.driver.click(card["id"], buttons(card)["Turn mentions off"], member="ines")
    assert "long jobs end** · off" in await told(studio, "settings", "ines")
