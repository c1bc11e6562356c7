"""Lineage: the graph of a result across kinds, for its author and for others, after a restart."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from tests.journeys.members.test_history import job_of, settled, told_of
from tests.journeys.members.test_private import private_card, result_of
from tests.journeys.studio import (
    Studio,
    alt_texts,
    attachments,
    button,
    buttons,
    confirmed,
    delete,
    opened,
    shown,
    text_of,
)
from tests.journeys.videos.test_animate import chosen, video

if TYPE_CHECKING:
    import aiohttp

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]

TITLE = "**Lineage**"
HIDDEN = "a result that only its author sees"
SIZE = "--size 64x64"


async def drawn(studio: Studio, prompt: str, **options: Any) -> dict[str, Any]:
    card = await studio.result(await studio.imagine(f"{prompt} {SIZE}", **options))
    await studio.settled(options.get("member", "mina"))
    return card


async def made(studio: Studio, card: dict[str, Any], label: str, **who: str) -> dict[str, Any]:
    """What a button of the private card of the only picture makes."""
    private = shown(await studio.driver.click(card["id"], buttons(card)["Upscale"], **who))
    outcome = await studio.driver.click(private["id"], button(private, label), **who)
    result = await studio.result(outcome)
    await studio.settled(who.get("member", "mina"))
    return result


async def tree(studio: Studio, card: dict[str, Any], **who: str) -> dict[str, Any]:
    """The lineage that the recipe of a card leads to."""
    recipe = shown(await studio.driver.click(card["id"], button(card, "Recipe"), **who))
    outcome = await studio.driver.click(recipe["id"], button(recipe, "Lineage"), **who)
    assert outcome.ephemeral, outcome
    return await settled(studio, outcome, TITLE)


def lines(card: dict[str, Any]) -> list[str]:
    """The results of a tree: how far to the right each is, and what it is."""
    return [line.replace("\u2003", " ") for line in text_of(card).splitlines()[1:]]


async def test_results_of_all_kinds_are_one_tree(studio: Studio, web: aiohttp.ClientSession):
    root = await drawn(studio, "a *stone* bridge @everyone")
    larger = await made(studio, root, "Upscale ×2")
    varied = await made(studio, root, "Vary subtle")
    form = await studio.driver.click(varied["id"], button(varied, "Edit"))
    held = opened(form)["components"][0]["component"]
    edited = await studio.result(
        await studio.driver.submit(form.id, {held["custom_id"]: f"a wooden bridge {SIZE}"})
    )
    await studio.settled()
    found = await tree(studio, varied)
    ids = [job_of(one) for one in (root, varied, edited, larger)]
    told = lines(found)
    assert len(told) == 3
    assert told[0].startswith(f"picture [job {ids[0]}](")
    assert root["id"] in told[0]
    assert told[1].startswith(f"↳ picture [job {ids[1]}](")
    assert told[1].endswith("**this one**")
    assert told[2].startswith(f" ↳ picture [job {ids[2]}](")
    (file,) = attachments(found)
    async with web.get(file["url"]) as answer:
        with Image.open(BytesIO(await answer.read())) as picture:
            assert picture.height > 3 * 120
    assert alt_texts(found) == [
        f"Tree of results, each with its level: 1. picture {ids[0]};"
        f" 2. picture {ids[1]} (this one); 3. picture {ids[2]}"
    ]
    # From its root on all of them are there, also after a restart.
    outcome = await studio.driver.invoke("show", {"id": ids[0]})
    card = await settled(studio, outcome, "stone")
    await studio.restart()
    outcome = await studio.driver.click(card["id"], button(card, "Lineage"))
    whole = lines(await settled(studio, outcome, TITLE))
    assert [line.split(" [")[0] for line in whole] == [
        *("picture", "↳ upscale", "↳ picture", " ↳ picture")
    ]


async def test_a_blend_is_below_each_of_its_pictures(studio: Studio, web: aiohttp.ClientSession):
    first, second = await drawn(studio, "a red tent"), await drawn(studio, "a blue tent")
    larger = await made(studio, second, "Upscale ×2")
    ids = [job_of(one) for one in (first, second, larger)]
    named = {"result1": ids[0], "result2": ids[2]}
    blend = await studio.result(await studio.driver.invoke("blend", {**named, "seed": 3}))
    await studio.settled()
    again = await studio.result(await studio.driver.click(blend["id"], button(blend, "Reroll")))
    await studio.settled()
    whole = await tree(studio, blend)
    told = lines(whole)
    assert [line.split(" [")[0] for line in told] == [
        *("picture", " picture", " ↳ upscale", "  ↳ blend", "   ↳ blend"),
    ]
    assert told[3].endswith(f" · from {ids[0]}, {ids[2]} · **this one**")
    (file,) = attachments(whole)
    async with web.get(file["url"]) as answer:
        with Image.open(BytesIO(await answer.read())) as picture:
            assert picture.height > 5 * 120
    # Each of the two leads to it, and shows the other beside it.
    for card, place in ((first, 0), (larger, 1)):
        found = lines(await tree(studio, card))
        blended = next(line for line in found if job_of(blend) in line)
        assert f"from {ids[0]}, {ids[2]}" in blended
        assert any(f"job {ids[2 - 2 * place]}" in line for line in found)
    recipe = text_of(shown(await studio.driver.click(blend["id"], button(blend, "Recipe"))))
    made_from = recipe.split("Made from")[1]
    assert f"job {ids[0]}" in made_from
    assert f"job {ids[2]}" in made_from
    assert f"job {job_of(blend)}" in recipe
    assert job_of(again) not in recipe


async def test_a_film_is_below_its_picture_and_can_be_a_favourite(studio: Studio):
    members = (await studio.driver.state())["members"]
    mina = next(one["id"] for one in members if one["name"] == "Mina")
    grant = {"member": mina, "amount": 50, "reason": "a film"}
    await studio.driver.invoke("mod grant", grant, member="rowan")
    root = await drawn(studio, "a paper lantern")
    form = await studio.driver.click(root["id"], button(root, "Animate"))
    answers = {name: [value] for name, value in chosen(form).items()}
    asked = await studio.driver.submit(form.id, dict(answers))
    film = await video(studio, await confirmed(studio.driver, asked))
    await studio.settled()
    outcome = await studio.driver.invoke("show", {"id": job_of(film)})
    card = await settled(studio, outcome, "paper lantern")
    marked = await studio.driver.click(card["id"], button(card, "Favourite"))
    assert "Marked as a favourite" in text_of(shown(marked))
    found = await studio.driver.invoke("history", {"favourites": True, "words": "lantern"})
    assert job_of(film) in text_of(await settled(studio, found, "Only favourites"))
    outcome = await studio.driver.click(card["id"], button(card, "Lineage"))
    told = lines(await settled(studio, outcome, TITLE))
    assert [line.split(" [")[0] for line in told] == ["picture", "↳ film"]
    card = await settled(
        studio, await studio.driver.invoke("show", {"id": job_of(film)}), "paper lantern"
    )
    again = await studio.driver.click(card["id"], button(card, "Remove favourite"))
    assert "No favourite any more" in text_of(shown(again))


async def test_what_is_alone_has_no_tree(studio: Studio):
    card = await drawn(studio, "a lone heron")
    recipe = shown(await studio.driver.click(card["id"], button(card, "Recipe")))
    assert "Lineage" not in buttons(recipe)


async def test_what_others_made_is_named_with_its_author(studio: Studio):
    root = await drawn(studio, "a shared well")
    private = await studio.driver.click(root["id"], buttons(root)["Upscale"], member="jun")
    upscale = button(shown(private), "Upscale ×2")
    outcome = await studio.driver.click(shown(private)["id"], upscale, member="jun")
    shared = await studio.result(outcome)
    await studio.settled("jun")
    found = await tree(studio, root)
    (_, jun_line) = lines(found)
    assert f"[job {job_of(shared)}]" in jun_line
    assert " · <@" in jun_line
    # Rowan sees the same, and whose they are.
    assert all(" · <@" in line for line in lines(await tree(studio, root, member="rowan")))


async def test_what_others_made_in_private_has_no_name(studio: Studio):
    """It follows from a private result that its author posted, so it is private too."""
    outcome = await studio.imagine(f"a hidden well {SIZE}", private=True)
    card = await result_of(studio, outcome)
    posting = await studio.driver.click(card["id"], button(card, "Post here"))
    await told_of(studio, posting, "Posted")
    copy = await studio.driver.wait_for_message(
        lambda one: "hidden well" in text_of(one) and not one.get("ephemeral")
    )
    again = await studio.driver.click(copy["id"], button(copy, "Reroll"), member="jun")
    juns = await private_card(studio, shown(again)["id"], attachments, "jun")
    await studio.settled("jun")
    seen = lines(await tree(studio, copy))
    assert seen == [f"picture job {job_of(card)} · **this one**", f"↳ {HIDDEN}"]
    assert job_of(juns) not in str(seen)
    seen = lines(await tree(studio, juns, member="jun"))
    assert seen == [HIDDEN, f"↳ picture job {job_of(juns)} · **this one**"]
    recipe = shown(await studio.driver.click(copy["id"], button(copy, "Recipe"), member="rowan"))
    assert "Lineage" not in buttons(recipe)


async def test_what_was_deleted_is_an_empty_box(studio: Studio):
    root = await drawn(studio, "a fading mural")
    varied = await made(studio, root, "Vary subtle")
    await delete(studio.driver, root)
    await studio.driver.wait_for(
        lambda event: event.type == "message_delete" and event.data["id"] == root["id"]
    )
    found = await tree(studio, varied)
    assert len(attachments(found)) == 1
    assert f"job {job_of(root)}" in lines(found)[0]


async def test_many_are_counted(studio: Studio):
    root = await drawn(studio, "a popular pond", seed=3)
    for _ in range(6):
        again = await studio.driver.click(root["id"], button(root, "Reroll"))
        await studio.result(again)
        await studio.settled()
    found = await tree(studio, root)
    assert lines(found)[-1] == "↳ and 2 more"
    assert "2. and 2 more" in alt_texts(found)[0]
