"""Buttons that outlive restarts: their custom id says everything."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Protocol, Self, cast

import discord
from discord.ui import Button, DynamicItem, LayoutView

if TYPE_CHECKING:
    from discord import Interaction


class Acts(Protocol):
    """What a client needs for its buttons to work."""

    async def act(self, interaction: Interaction[Any], action: str, subject: str) -> None:
        """Do what the button or modal of that name asks, with errors answered."""
        ...


ID = re.compile(r"(?P<action>[a-z_]+):(?P<subject>[0-9a-z]{1,40})")
"""The ids of buttons, and how those of forms begin."""


class Press(DynamicItem[Button[LayoutView]], template=ID):
    """Every button of the bot: an action on a subject, the id of a job or a draft.

    One class for all of them: durable views may hold nothing but DynamicItems, since discord.py
    forgets a class of them when a view that mixes kinds ends.
    """

    def __init__(
        self,
        action: str,
        subject: str,
        label: str = "",
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
        *,
        disabled: bool = False,
    ) -> None:
        self.action = action
        self.subject = subject
        custom_id, shown = f"{action}:{subject}", label or action
        super().__init__(Button(label=shown, style=style, custom_id=custom_id, disabled=disabled))

    @staticmethod
    def is_id(text: object) -> bool:
        """Whether an id is one that buttons of the bot have."""
        return isinstance(text, str) and ID.fullmatch(text) is not None

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction[Any], item: Any, match: re.Match[str], /
    ) -> Self:
        """The button as it comes back from Discord."""
        return cls(match["action"], match["subject"])

    async def callback(self, interaction: Interaction[Any]) -> None:
        """Hand the press to the client, which knows the actions."""
        await cast("Acts", interaction.client).act(interaction, self.action, self.subject)
