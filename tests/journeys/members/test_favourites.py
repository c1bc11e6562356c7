"""Favourites: marked on the card of one picture, listed and let go, on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from tests.journeys.databases import DATABASES, studio_on
from tests.journeys.members.test_history import job_of, listed, pressed, settled
from tests.journeys.studio import Studio, attachments, button, buttons, shown, text_of, walk

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.driver.driver import Outcome

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]

GONE = "That picture was deleted. The others of its result are still there."


@pytest_asyncio.fixture(loop_scope="module", scope="module", params=DATABASES)
async def studio(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Studio]:
    async with studio_on(request.param, tmp_path_factory.mktemp("studio")) as opened_studio:
        yield opened_studio


async def drawn(studio: Studio, prompt: str, member: str = "jun", **options: Any) -> dict[str, Any]:
    outcome = await studio.imagine(f"{prompt} --size 64x64", member=member, **options)
    card = await studio.result(outcome)
    await studio.settled(member)
    return card


async def chosen(studio: Studio, card: dict[str, Any], number: int, member: str = "jun") -> Outcome:
    """What choosing the picture of that number, from 1 on, gives."""
    (select,) = [one for one in walk(card["components"]) if one["type"] == 3]
    value = select["options"][number - 1]["value"]
    return await studio.driver.select(card["id"], select["custom_id"], [value], member=member)


async def switched(
    studio: Studio, private: dict[str, Any], label: str, becomes: str, **who: str
) -> dict[str, Any]:
    """The private card once the button of a favourite was pressed."""
    who = {"member": "jun", **who}
    await studio.driver.click(private["id"], button(private, label), **who)
    messages = await studio.driver.messages(who.get("channel"), member=who["member"])
    (now,) = [one for one in messages if one["id"] == private["id"]]
    assert becomes in buttons(now), buttons(now)
    return now


async def test_a_picture_is_marked_listed_and_let_go_again(studio: Studio):
    await drawn(studio, "a plain pond")
    card = await drawn(studio, "a gilded *crown* <@1> \u202eemoc \U0001f451", count=3)
    private = shown(await chosen(studio, card, 2))
    marked = await switched(studio, private, "Favourite", "Remove favourite")
    page = await listed(studio, favourites=True)
    told = text_of(page)
    assert "Only favourites" in told
    assert "gilded \\*crown\\*" in told
    assert "pond" not in told
    assert "gilded" in text_of(await listed(studio, favourites=True, words="crown"))
    assert "Nothing yet." in text_of(await listed(studio, favourites=True, words="pond"))
    await studio.restart()
    again = shown(await chosen(studio, card, 2))
    assert "Remove favourite" in buttons(again)
    assert "Favourite" in buttons(shown(await chosen(studio, card, 1)))
    await switched(studio, marked, "Remove favourite", "Favourite")
    assert "Nothing yet." in text_of(await listed(studio, favourites=True, words="crown"))


async def test_others_pictures_are_no_favourites(studio: Studio):
    card = await drawn(studio, "a pair of herons", "jun", count=2)
    private = shown(await chosen(studio, card, 1, "rowan"))
    assert not [label for label in buttons(private) if "avourite" in label]


async def test_a_list_goes_on_from_page_to_page(studio: Studio):
    for number in range(6):
        card = await drawn(studio, f"a garland number{number}", "ines")
        opened = await studio.driver.click(card["id"], button(card, "Upscale"), member="ines")
        await switched(studio, shown(opened), "Favourite", "Remove favourite", member="ines")
    first = await listed(studio, favourites=True, words="garland", member="ines")
    assert len(attachments(first)) == 5
    await pressed(studio, first, "Older", "number0", member="ines")


async def test_a_stale_card_picks_the_same_picture_or_says_that_it_is_gone(studio: Studio):
    card = await drawn(studio, "a trio of owls", count=3, seed=70)
    outcome = await studio.driver.invoke("show", {"id": job_of(card)}, member="jun")
    stale = await settled(studio, outcome, "trio of owls")
    first, second = [shown(await chosen(studio, stale, number)) for number in (1, 2)]
    asked = await studio.driver.click(card["id"], buttons(card)["Delete"], member="jun")
    await studio.driver.click(shown(asked)["id"], buttons(shown(asked))["Picture 1"], member="jun")
    await studio.message(card["id"], lambda one: len(attachments(one)) == 2)
    assert GONE in text_of(shown(await chosen(studio, stale, 1))).replace("\n", " ").replace(
        "*", ""
    )
    third = shown(await chosen(studio, stale, 3))
    assert "seed 72" in text_of(third)
    for label in ("Favourite", "Download original", "Vary subtle", "Edit", "Animate"):
        refused = await studio.driver.click(first["id"], button(first, label), member="jun")
        assert refused.ephemeral
        assert "That picture was deleted." in text_of(shown(refused)), label
    await switched(studio, second, "Favourite", "Remove favourite")
    assert "seed 71" in text_of(shown(await chosen(studio, stale, 2)))


async def test_privacy_tells_of_them(studio: Studio):
    card = await drawn(studio, "a kept kestrel", "rowan")
    opened = await studio.driver.click(card["id"], button(card, "Upscale"), member="rowan")
    await switched(studio, shown(opened), "Favourite", "Remove favourite", member="rowan")
    outcome = await studio.driver.invoke("privacy", member="rowan")
    assert "a favourite of yours (1 now) are kept longer" in text_of(shown(outcome))
