"""/help: what the bot does, topic by topic, with examples to try; and how a prompt is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from discord import Interaction, app_commands

from commands.access.requester import asker_of
from commands.errors import REFUSALS
from commands.kinds.image.preferred import complete
from commands.kinds.image.read import ImageRequestForm, read
from commands.kinds.pricing import pictures_price_mc
from commands.languages import say
from commands.options.mentions import readable
from commands.options.slash import runs_command, slash
from commands.studio.cards.help import BLENDS, TOPICS, VIDEOS, VIDEOS_OVER, help_card, reading_card
from commands.ui.answers import answer_privately, turn_over
from commands.ui.cards import refusal_card
from commands.ui.facts import engine_label
from prompts import MAX_CHARS
from quarantine.formats import named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commands import Action, Registered
    from commands.kinds.view import OfferedEngines
    from commands.services import RuleServices
    from commands.studio.member_preferences import MemberPreferences
    from commands.submission import Submission
    from commands.ui.cards import Card

Range = app_commands.Range
CHOICES = [
    app_commands.Choice(name=topic.label.lower(), value=name) for name, topic in TOPICS.items()
]


def build(
    rules: RuleServices,
    engines: OfferedEngines,
    preferences: MemberPreferences,
    submission: Submission,
) -> tuple[list[Registered], Mapping[str, Action]]:
    """The command and the actions of its topics."""
    help_ = Help(rules, engines, preferences, submission)
    command = slash("help", help_.command)
    return [command], {"help_topic": help_.turn}


class Help:
    """Explains what can be done with the engines that are offered."""

    def __init__(
        self,
        rules: RuleServices,
        engines: OfferedEngines,
        preferences: MemberPreferences,
        submission: Submission,
    ) -> None:
        self._rules = rules
        self._engines = engines
        self._preferences = preferences
        self._submission = submission

    @runs_command
    @app_commands.choices(topic=CHOICES)
    async def command(
        self,
        interaction: Interaction[Any],
        topic: str | None = None,
        prompt: Range[str, 1, MAX_CHARS] | None = None,
    ) -> None:
        """How to make pictures here, or how a prompt is read.

        Args:
            topic: What about
            prompt: A prompt, to see how I read it and what it would cost; nothing is drawn
        """
        if prompt is not None:
            await self._read(interaction, readable(interaction, prompt))
        else:
            await answer_privately(interaction, self.card(interaction, topic or "prompts"))

    async def turn(self, interaction: Interaction[Any], topic: str) -> None:
        """Show another topic on the card."""
        await turn_over(interaction, self.card(interaction, topic))

    def card(self, interaction: Interaction[Any], topic: str) -> Card:
        """A topic with what holds here."""
        known: Mapping[str, int] = getattr(interaction.client, "command_ids", {})
        facts = {
            "formats": named(),
            "blends": BLENDS if self._engines.blenders else "",
            "videos": self._videos(),
            "engine": f"-# {self._pictures()}",
        }
        return help_card(topic, facts, known)

    async def _read(self, interaction: Interaction[Any], prompt: str) -> None:
        """Say how a prompt is read, with the member's defaults, and what it would cost."""
        form = await complete(self._preferences, interaction, ImageRequestForm(prompt=prompt))
        try:
            order = read(form, self._engines.catalogue, self._engines.default.id)
            _, balance = await self._rules.limits.account(asker_of(interaction))
            draft_id = await self._submission.keep(interaction, form.to_json())
        except REFUSALS as error:
            await answer_privately(interaction, refusal_card(error, form.prompt, typed=prompt))
            return
        engine = self._engines.catalogue.get(order.engine_id)
        price_mc = pictures_price_mc(order, self._engines.catalogue)
        card = reading_card(order, engine, price_mc, balance.available_mc, draft_id)
        await answer_privately(interaction, card)

    def _videos(self) -> str:
        if self._engines.video:
            return VIDEOS
        return VIDEOS_OVER if self._engines.are_videos_over else ""

    def _pictures(self) -> str:
        engine = self._engines.find_default()
        if engine is None:
            return say("No engine answers at the moment; I ask again by myself.")
        description = engine.description.replace("{", "{{").replace("}", "}}")
        return say(
            "Pictures come from {engine}: {description}",
            engine=engine_label(engine),
            description=description,
        )
