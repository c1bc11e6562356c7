"""/help: what the bot does, with one example to try."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from discord import Interaction, app_commands

from commands.ui.answers import answer_privately
from commands.ui.cards import engine_label, note_card

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commands import Action, Registered
    from commands.tools import Tools

TEXT = """\
**Pictures from words**
Try {imagine} `prompt: a red lighthouse::1.5 fog::-0.5 --ar 3:2`

**Weights** · `a castle::2 fog::-0.5` draws twice the castle and no fog. \
`(word:1.3)` or `word++` stresses a word, `--no fog, blur` keeps things out.
**Options**, at the end of the prompt · `--ar 3:2` `--size 768x512` `--seed 7` `--steps 40` \
`--cfg 9` `--count 4` `--sampler k_heun` `--style anime` `--engine …`
**Variants** · `{{red, blue}} fox` draws one picture of each.
**From a picture** · attach an `image`; `strength` says how much of it may change, and a \
`mask` where (black may change).
**From one prompt to another** · {morph} draws a short film that walks between two or three.
{videos}
**Credits** · each picture has a price that you see before; {credits} shows what you have \
and what a prompt would cost. \
You pay only for pictures that arrive.
**Buttons** · Reroll draws again with another seed, Edit changes the words, Delete removes the \
card and the kept files, Report tells the moderators.

{engine}"""

VIDEOS = """\
**Films from a picture** · {animate} with an `image`, or with a `prompt` whose picture you approve \
first; also by the button Animate, or right-click a message → Apps → Animate. Extend makes a film \
longer, Camera moves over it, GIF and WebP hand it out.
"""
"""What is said where films are made."""


def build(tools: Tools) -> tuple[list[Registered], Mapping[str, Action]]:
    """The command; it has no buttons."""

    @app_commands.command(name="help")
    async def command(interaction: Interaction[Any]) -> None:
        """How to make pictures here."""
        await answer_privately(interaction, note_card(_text(interaction, tools)))

    return [command], {}


def _text(interaction: Interaction[Any], tools: Tools) -> str:
    engine = tools.catalogue.get(tools.default_engine_id)
    about = f"-# Pictures come from {engine_label(engine)}: {engine.description}"
    known: Mapping[str, int] = getattr(interaction.client, "command_ids", {})
    has_videos = tools.videos.engine is not None
    return TEXT.format(
        videos=VIDEOS.format(animate=_mention("animate", known)) if has_videos else "",
        imagine=_mention("imagine", known),
        morph=_mention("morph", known),
        credits=_mention("credits", known),
        engine=about,
    )


def _mention(name: str, known: Mapping[str, int]) -> str:
    return f"</{name}:{known[name]}>" if name in known else f"`/{name}`"
