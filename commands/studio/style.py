"""/style: words that a member has named, for `--style name` in a prompt."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from discord import Interaction, app_commands

from commands.errors import BadInput
from commands.kinds.image.preferred import check_stored_words, find_preset
from commands.languages import say
from commands.options.engines import MAX_CHOICES
from commands.options.slash import or_nothing
from commands.studio.cards.settings import styles_card
from commands.ui.answers import answer_privately
from prompts import PromptError
from storage.preferences import MAX_STYLES, Style

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commands import Action, Registered
    from commands.studio.member_preferences import MemberPreferences

Range = app_commands.Range
MAX_NAME, MAX_WORDS = 32, 500
NAME = re.compile(r"\w[\w-]*")
NONE = "none"
"""What `/settings` takes for no style."""


def build(preferences: MemberPreferences) -> tuple[list[Registered], Mapping[str, Action]]:
    """The commands; they have no buttons."""
    return [Styles(preferences)], {}


class Styles(app_commands.Group):
    """Names words, and forgets them."""

    def __init__(self, preferences: MemberPreferences) -> None:
        super().__init__(name="style", description="Your own styles, for --style in a prompt.")
        self._preferences = preferences

    @app_commands.command(name="save")
    async def save(
        self,
        interaction: Interaction[Any],
        name: Range[str, 1, MAX_NAME],
        text: Range[str, 1, MAX_WORDS],
    ) -> None:
        """Name words that go behind a prompt, or change what a name stands for.

        Args:
            name: Letters, digits and hyphens, for example noir
            text: The words, for example black and white, film grain --no colour
        """
        style = Style(_read_name(name), text.strip())
        try:
            check_stored_words(style.text)
        except PromptError as error:
            raise BadInput("text", error.reason) from None
        if not await self._preferences.save_style(interaction, style):
            raise BadInput(
                "name",
                say("you have {limit} styles; delete one of them first", limit=MAX_STYLES),
            )
        await self._answer(interaction, say("Saved {name}.", name=style.name))

    @app_commands.command(name="list")
    async def show(self, interaction: Interaction[Any]) -> None:
        """Show your styles."""
        await self._answer(interaction)

    @app_commands.command(name="delete")
    async def delete(self, interaction: Interaction[Any], name: Range[str, 1, MAX_NAME]) -> None:
        """Forget one of your styles.

        Args:
            name: Which one
        """
        if not await self._preferences.delete_style(interaction, name.strip().lower()):
            raise BadInput("name", say("you have no style of that name; `/style list` shows yours"))
        await self._answer(interaction, say("Deleted."))

    @delete.autocomplete("name")
    async def suggest(
        self, interaction: Interaction[Any], typed: str
    ) -> list[app_commands.Choice[str]]:
        """The member's own styles."""
        return await or_nothing(self._names(interaction, typed))

    async def _names(
        self, interaction: Interaction[Any], typed: str
    ) -> list[app_commands.Choice[str]]:
        known = await self._preferences.styles(interaction)
        names = [style.name for style in known if typed.strip().lower() in style.name]
        return [app_commands.Choice(name=name, value=name) for name in names[:MAX_CHOICES]]

    async def _answer(self, interaction: Interaction[Any], note: str = "") -> None:
        styles = await self._preferences.styles(interaction)
        await answer_privately(interaction, styles_card(styles, note))


def _read_name(typed: str) -> str:
    """A name as it is kept.

    Raises:
        BadInput
    """
    name = typed.strip().lower()
    if not NAME.fullmatch(name):
        reason = say(
            "it may have letters, digits and hyphens, begins with no hyphen and has no spaces"
        )
        raise BadInput("name", reason)
    if name == NONE:
        raise BadInput("name", say("none stands for no style in `/settings`; choose another name"))
    if find_preset(name):
        raise BadInput(
            "name", say("{name} is a style preset already; choose another name", name=name)
        )
    return name
