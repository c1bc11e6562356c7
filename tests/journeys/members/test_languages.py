"""Members and servers of two languages: private answers in the one, cards in the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from tests.journeys.studio import Studio, attachments, buttons, shown, text_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.driver.driver import Driver

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]

HOSTILE = "한밤의 등대 😀 **굵게** @everyone שלום"


@pytest_asyncio.fixture(loop_scope="module")
async def driver(studio: Studio) -> AsyncGenerator[Driver]:
    """Everybody's language and the server's are English again afterwards."""
    yield studio.driver
    await studio.driver.change_guild(locale="en-US")
    for member in ("mina", "jun", "ines"):
        await studio.driver.change_member(member, locale="en-US")


async def drawn(studio: Studio, prompt: str, member: str) -> dict[str, Any]:
    await studio.imagine(f"{prompt} --size 64x64", member=member)
    words = prompt.split(maxsplit=1)[0]
    card = await studio.driver.wait_for_message(
        lambda one: words in text_of(one) and bool(attachments(one))
    )
    await studio.settled(member)
    return card


async def test_a_korean_member_in_an_english_server(studio: Studio, driver: Driver) -> None:
    await driver.change_member("mina", locale="ko")
    told = text_of(shown(await driver.invoke("credits", member="mina")))
    assert "잔액: " in told
    assert "크레딧" in told
    card = await drawn(studio, HOSTILE, "mina")
    assert "AI-generated · job" in text_of(card)
    assert "Reroll" in " ".join(buttons(card))
    recipe = shown(await driver.click(card["id"], buttons(card)["Recipe"], member="mina"))
    assert "레시피" in text_of(recipe)
    assert "\\*\\*굵게\\*\\*" in text_of(card)
    refused = shown(await driver.invoke("imagine", {"prompt": "성 --ar x"}, member="mina"))
    assert "프롬프트를 읽을 수 없었어요." in text_of(refused)
    assert "청구된 크레딧은 없어요." in text_of(refused)


async def test_what_a_change_of_rules_refuses_is_told_too(studio: Studio, driver: Driver) -> None:
    await driver.change_member("ines", locale="ko")
    told = await driver.invoke("limits words remove", {"entry": "없는 말"}, member="ines")
    assert "‘항목’ 값을 쓸 수 없어요." in text_of(shown(told))
    assert "“없는 말”은(는) 목록에 없어요." in text_of(shown(told))


async def test_an_english_member_in_a_korean_server(studio: Studio, driver: Driver) -> None:
    await driver.change_guild(locale="ko")
    told = text_of(shown(await driver.invoke("credits", member="jun")))
    assert "You have " in told
    card = await drawn(studio, "harbour at night", "jun")
    assert "AI 생성 · 작업" in text_of(card)
    assert "다시 뽑기" in " ".join(buttons(card))
    refused = shown(await driver.invoke("imagine", {"prompt": "a castle --ar x"}, member="jun"))
    assert "I could not read that prompt." in text_of(refused)


async def test_a_card_keeps_its_language_over_a_restart(studio: Studio, driver: Driver) -> None:
    await driver.change_guild(locale="ko")
    await studio.imagine("lantern in fog --size 64x64", member="jun")
    await studio.restart()
    await driver.change_guild(locale="en-US")
    await studio.settled("jun")
    card = next(one for one in await driver.messages() if "lantern in fog" in text_of(one))
    assert "AI 생성 · 작업" in text_of(card)


async def test_a_private_result_is_in_its_members_language(studio: Studio, driver: Driver) -> None:
    await driver.change_member("mina", locale="ko")
    outcome = await studio.imagine("비밀 정원 --size 64x64", private=True, member="mina")
    assert "나에게만 보여요." in text_of(shown(outcome))
    await studio.settled()


async def test_commands_are_named_in_every_language_once(studio: Studio, driver: Driver) -> None:
    commands = {one["name"]: one for one in (await driver.state())["commands"]}
    assert commands["imagine"]["name_localizations"]["ko"] == "그리기"
    assert commands["imagine"]["description_localizations"]["ko"] == "글로 이미지를 생성해요."
    await studio.restart()
    again = {one["name"]: one for one in (await driver.state())["commands"]}
    versions = {name: one["version"] for name, one in commands.items()}
    assert {name: one["version"] for name, one in again.items()} == versions
