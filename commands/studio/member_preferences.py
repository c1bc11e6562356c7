"""What a member prefers here, and the styles that they have named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commands.access.requester import account_of, asker_of
from storage import preferences
from storage.preferences import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from discord import Interaction

    from storage.database import Database
    from storage.preferences import Chosen, Preferences, Scope, Style


class MemberPreferences:
    """Reads and changes preferences and named styles."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def chosen(self, interaction: Interaction[Any]) -> Chosen:
        """What holds for the member in this channel."""
        return await self._database.read(preferences.chosen, place_of(interaction))

    async def of_scope(self, guild_id: int, scope: Scope, subject_id: int) -> Preferences:
        """What is said in one scope alone."""
        return await self._database.read(preferences.of_scope, guild_id, scope, subject_id)

    async def change(
        self, guild_id: int, scope: Scope, subject_id: int, values: Mapping[str, Any]
    ) -> None:
        """Set fields of one scope; None takes what was said back."""
        await self._database.write(preferences.change, guild_id, scope, subject_id, values)

    async def styles(self, interaction: Interaction[Any]) -> Sequence[Style]:
        """The member's own styles."""
        return await self._database.read(preferences.styles_of, account_of(interaction))

    async def save_style(self, interaction: Interaction[Any], style: Style) -> bool:
        """Keep a style; False where there are too many."""
        account = account_of(interaction)
        return await self._database.write(preferences.save_style, account, style, self._now())

    async def delete_style(self, interaction: Interaction[Any], name: str) -> bool:
        """Forget a style; whether there was one."""
        account = account_of(interaction)
        return await self._database.write(preferences.delete_style, account, name)


def place_of(interaction: Interaction[Any]) -> Place:
    """Where a member is."""
    asker = asker_of(interaction)
    return Place(account_of(interaction), asker.channel_id or 0, asker.parent_channel_id)
