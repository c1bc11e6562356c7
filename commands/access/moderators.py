"""Who moderates: whoever may time members out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commands.errors import NotModerator

if TYPE_CHECKING:
    from discord import Interaction


def is_moderator(interaction: Interaction[Any]) -> bool:
    """Whether the member may moderate members here."""
    granted = interaction.permissions
    return granted.administrator or granted.moderate_members


def manages_messages(interaction: Interaction[Any]) -> bool:
    """Whether the member may take other members' cards and jobs away."""
    return interaction.permissions.manage_messages


def check_moderator(interaction: Interaction[Any]) -> None:
    """Stop everybody else: a server may have opened the command to more members, and buttons
    outlive the permission of who opened them.

    Raises:
        NotModerator
    """
    if not is_moderator(interaction):
        raise NotModerator
