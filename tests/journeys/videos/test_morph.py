"""What a member does with /morph, through the playground and the real bot."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from media.video import probe
from tests.journeys.studio import Studio, alt_texts, attachments, buttons, opened, shown, text_of
from tests.media.recipes import read_video_recipe

if TYPE_CHECKING:
    from tests.driver.driver import Outcome

pytestmark = pytest.mark.asyncio(loop_scope="module")

SMALL: dict[str, Any] = {"size": "64x64", "frames": 8}


async def quote(studio: Studio, first: str, second: str, **options: Any) -> Outcome:
    """Type /morph as Mina."""
    who = {name: options.pop(name) for name in ("member",) if name in options}
    return await studio.driver.invoke(
        "morph", {"first": first, "second": second, **SMALL, **options}, **who
    )


async def draw(studio: Studio, quoted: Outcome) -> Outcome:
    """Press the button of a quote."""
    assert quoted.ephemeral, quoted
    card = shown(quoted)
    (label,) = [one for one in buttons(card) if one.startswith("Draw")]
    return await studio.driver.click(card["id"], buttons(card)[label])


async def fetched(web: aiohttp.ClientSession, card: dict[str, Any], folder: Path) -> Path:
    (attachment,) = attachments(card)
    async with web.get(attachment["url"]) as answer:
        assert answer.status == 200
        path = folder / attachment["filename"]
        path.write_bytes(await answer.read())
    return path


async def public_with(studio: Studio, text: str) -> list[dict[str, Any]]:
    """The messages with that text that another member sees."""
    return [one for one in await studio.driver.messages(member="jun") if text in text_of(one)]


async def test_a_morph_is_quoted_drawn_and_shown(
    studio: Studio, web: aiohttp.ClientSession, tmp_path: Path
):
    quoted = await quote(
        studio, "a red lighthouse::1.5 fog::-0.5 --seed 7", "a castle", fps=8, camera="zoom-in"
    )
    assert text_of(shown(quoted)).startswith(
        "**8 frames for 0.08 credits?**\n"
        "a red lighthouse::1.5 fog::-0.5 --size 64x64 --seed 7 → a castle\n"
        "Read as: a red lighthouse ×1.5 · fog ×−0.5\n"
        "8 frames at 8 fps · 1 s · 64×64 · Painter (demo) · zoom in, 50 %, smooth\n"
        "Each frame costs 0.01, and only if it arrives. You have "
    )
    assert list(buttons(shown(quoted))) == ["Draw the frames · 0.08", "Edit"]
    drawn = await draw(studio, quoted)
    assert not drawn.ephemeral, drawn
    assert "0.08 credits reserved; charged only when the film is delivered" in text_of(shown(drawn))
    assert list(buttons(shown(drawn))) == ["Cancel"]
    card = await studio.result(drawn)
    text = text_of(card)
    assert "8 frames at 8 fps · 1 s · 64×64 · seed 7 · " in text
    assert "0.08 credits" in text
    assert list(buttons(card)) == [
        *("Edit", "GIF", "WebP", "Recipe", "Copy prompts"),
        *("Delete", "Report"),
    ]
    assert alt_texts(card) == ["AI-generated: a red lighthouse → a castle"]
    path = await fetched(web, card, tmp_path)
    facts = probe(path)
    assert (facts.frames, facts.width, facts.height, facts.fps) == (8, 64, 64, 8)
    recipe = json.loads(read_video_recipe(path) or "")
    assert recipe["scenes"] == [[["a red lighthouse", 1.5], ["fog", -0.5]], [["a castle", 1.0]]]
    assert (recipe["seed"], recipe["frames"], recipe["fps"]) == (7, 8, 8)
    assert "spent **0.08**" in await studio.settled()


async def test_a_morph_is_given_as_animated_picture(studio: Studio):
    card = await studio.result(await draw(studio, await quote(studio, "a spring", "a fall")))
    await studio.driver.click(card["id"], buttons(card)["GIF"])
    given = await studio.driver.wait_for_message(
        lambda one: (
            bool(one.get("ephemeral"))
            and any(file["content_type"] == "image/gif" for file in attachments(one))
        )
    )
    assert "The film as GIF" in text_of(given)


async def test_a_double_click_is_one_morph(studio: Studio):
    quoted = await quote(studio, "a quiet pond", "a loud street")
    clicks = await asyncio.gather(*(draw(studio, quoted) for _ in range(3)))
    public = [one for one in clicks if not one.ephemeral]
    assert len(public) == 1
    await studio.result(public[0])
    assert len(await public_with(studio, "a quiet pond")) == 1
    await studio.settled()
    late = await draw(studio, quoted)
    assert "That was ordered before." in text_of(shown(late))


async def test_a_mistake_in_the_second_prompt_is_answered_privately(studio: Studio):
    outcome = await quote(studio, "a fox --steps 10", "a hare::1,5 snow")
    assert outcome.ephemeral
    text = text_of(shown(outcome))
    assert "> a hare::**1,5** snow" in text
    assert "Nothing was charged" in text
    assert not await public_with(studio, "a hare")
    form = await studio.driver.click(shown(outcome)["id"], buttons(shown(outcome))["Edit"])
    held = held_by(form)
    assert held == {
        "first": "a fox --size 64x64 --steps 10",
        "second": "a hare::1,5 snow",
        "third": "",
        "frames": "8",
        "fps": "12",
    }
    mended = held | {"second": "a hare::1.5 snow", "third": "a bear", "frames": "9"}
    again = await studio.driver.submit(form.id, dict(mended))
    assert "**9 frames for" in text_of(shown(again))
    assert "a fox --size 64x64 --steps 10 → a hare::1.5 snow → a bear" in text_of(shown(again))
    card = await studio.result(await draw(studio, again))
    assert "9 frames at 12 fps · 0.8 s · 64×64" in text_of(card)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"second": "a hare --ar 3:2"}, "That second prompt does not work."),
        (
            {"second": "a {red, blue} hare"},
            "each prompt makes one picture here: remove {…} and --count.",
        ),
        ({"first": "a fox --count 4"}, "That first prompt does not work."),
        ({"engine": "nothing"}, "That engine is not offered here."),
        ({"easing": "smooth"}, "Easing needs a camera move: add `camera`."),
        ({"second": "a nude hare"}, "That reads like adult content."),
    ],
)
async def test_what_is_no_morph_is_answered_privately(
    studio: Studio, options: dict[str, Any], says: str
):
    outcome = await quote(studio, **({"first": "a fox", "second": "a hare"} | options))
    assert outcome.ephemeral
    assert says.lower() in text_of(shown(outcome)).lower()
    # The form has no camera move.
    assert ("Edit" in buttons(shown(outcome))) == ("easing" not in options)


async def test_a_morph_that_is_too_dear_is_offered_with_fewer_frames(studio: Studio):
    outcome = await quote(studio, "a hill", "a vale", member="jun", size="1024x1024", frames=60)
    text = text_of(shown(outcome))
    assert "Not enough credits." in text
    (offer,) = [one for one in buttons(shown(outcome)) if "frames" in one]
    assert offer.startswith("13 frames · ")


async def test_cancelling_while_it_is_drawn_releases_all(studio: Studio):
    quoted = await quote(studio, "a long road", "a far sea", size="512x512", frames=60)
    drawn = await draw(studio, quoted)
    card = await studio.message(
        shown(drawn)["id"], lambda one: "of 60 frames" in text_of(one), within=30
    )
    before = await studio.driver.invoke("credits")
    assert "is held" in text_of(shown(before))
    await studio.driver.click(card["id"], buttons(card)["Cancel"])
    spent = await studio.settled()
    assert "nothing spent · a long road → a far sea" in spent
    ended = await studio.message(card["id"], lambda one: "Edit" in buttons(one))
    assert "**Cancelled.** Nothing was charged." in text_of(ended)
    form = await studio.driver.click(ended["id"], buttons(ended)["Edit"])
    assert held_by(form)["second"] == "a far sea"
    theirs = await studio.driver.click(ended["id"], buttons(ended)["Edit"], member="jun")
    assert "Only the member who ordered this" in text_of(shown(theirs))


@pytest.mark.timeout(150)
async def test_a_morph_goes_on_after_the_bot_was_killed(
    studio: Studio, web: aiohttp.ClientSession, tmp_path: Path
):
    quoted = await quote(studio, "a cold night", "a warm day", size="512x512", frames=40)
    drawn = await draw(studio, quoted)
    await studio.message(shown(drawn)["id"], lambda one: "of 40 frames" in text_of(one), within=30)
    await studio.kill()
    await studio.start()
    card = await studio.result(drawn, within=90)
    assert "40 frames at 12 fps · 3.3 s" in text_of(card)
    assert probe(await fetched(web, card, tmp_path)).frames == 40
    assert "spent **8.04** · a cold night" in await studio.settled()
    assert len(await public_with(studio, "a cold night")) == 1


async def test_anybody_may_go_on_from_a_morph(studio: Studio):
    card = await studio.result(await draw(studio, await quote(studio, "a seed", "a tree")))
    form = await studio.driver.click(card["id"], buttons(card)["Edit"], member="jun")
    outcome = await studio.driver.submit(form.id, {**held_by(form), "frames": "nine"}, member="jun")
    assert "Frames must be a number from 8 to 120, not “nine”." in text_of(shown(outcome))


def held_by(form: Outcome) -> dict[str, str]:
    """The values that a form shows, by the names of its fields."""
    fields = [row["component"] for row in opened(form)["components"]]
    return {one["custom_id"]: one.get("value", "") for one in fields}
