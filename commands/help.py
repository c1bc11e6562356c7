"""/help: what the bot does, with one example to try."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from discord import Interaction

from commands.options.slash import runs_command, slash
from commands.ui.answers import answer_privately
from commands.ui.cards import engine_label, note_card
from quarantine.formats import named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commands import Action, Registered
    from commands.kinds.view import OfferedEngines

TEXT = """\
**Pictures from words**
Try {imagine} `prompt: a red lighthouse::1.5 fog::-0.5 --ar 3:2`

**Weights** · `a castle::2 fog::-0.5` draws twice the castle and no fog. \
`(word:1.3)` or `word++` stresses a word, `--no fog, blur` keeps things out.
**Options**, at the end of the prompt · `--ar 3:2` `--size 768x512` `--seed 7` `--steps 40` \
`--cfg 9` `--count 4` `--sampler k_heun` `--style anime` `--engine …`
**Variants** · `{{red, blue}} fox` or `{{red|blue}} fox` draws one picture of each.
**From a picture** · attach an `image` (a {formats}); `strength` says how much of it may \
change, and a `mask` where (black may change).
**From one prompt to another** · {morph} turns two or three prompts into one short film.
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
longer, Camera re-renders it with a camera move, GIF and WebP download it.
"""
"""What is said where films are made."""

VIDEOS_OVER = """\
**Films from a picture** · not here: Stability ended its video service in July 2025, and this bot \
has no engine of its own for them.
"""


def build(engines: OfferedEngines) -> tuple[list[Registered], Mapping[str, Action]]:
    """The command; it has no buttons."""
    return [slash("help", Help(engines).show)], {}


class Help:
    """Explains what can be done with the engines that are offered."""

    def __init__(self, engines: OfferedEngines) -> None:
        self._engines = engines

    @runs_command
    async def show(self, interaction: Interaction[Any]) -> None:
        """How to make pictures here."""
        known: Mapping[str, int] = getattr(interaction.client, "command_ids", {})
        await answer_privately(interaction, note_card(self.text(known)))

    def text(self, known: Mapping[str, int]) -> str:
        """The explanation; commands whose ids are known can be clicked."""
        return TEXT.format(
            videos=self._videos(known),
            formats=named(),
            imagine=_mention("imagine", known),
            morph=_mention("morph", known),
            credits=_mention("credits", known),
            engine=f"-# {self._pictures()}",
        )

    def _videos(self, known: Mapping[str, int]) -> str:
        if self._engines.video:
            return VIDEOS.format(animate=_mention("animate", known))
        return VIDEOS_OVER if self._engines.are_videos_over else ""

    def _pictures(self) -> str:
        engine = self._engines.find_default()
        if engine is None:
            return "No engine answers at the moment; I ask again by myself."
        return f"Pictures come from {engine_label(engine)}: {engine.description}"


def _mention(name: str, known: Mapping[str, int]) -> str:
    return f"</{name}:{known[name]}>" if name in known else f"`/{name}`"
