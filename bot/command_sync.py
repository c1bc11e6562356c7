"""Registering the commands: only when Discord has others than ours."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import discord
from discord.http import Route

if TYPE_CHECKING:
    from bot.client import Atelier
    from commands import Registered

log = logging.getLogger(__name__)

COMPARED = (
    "name",
    "name_localizations",
    "type",
    "description",
    "description_localizations",
    "default_member_permissions",
    "nsfw",
    "contexts",
    "integration_types",
    "options",
)
COMPARED_OF_OPTION = (
    "name",
    "name_localizations",
    "type",
    "description",
    "description_localizations",
    "required",
    "choices",
    "autocomplete",
    "channel_types",
    "min_value",
    "max_value",
    "min_length",
    "max_length",
    "options",
)
COMPARED_OF_CHOICE = ("name", "name_localizations", "value")
ALL_LANGUAGES = {"with_localizations": "true"}
"""Without it Discord leaves out the translations in its list."""


async def sync(client: Atelier, guild_id: int | None) -> bool:
    """Bring Discord's commands to ours; whether anything had to change.

    Compared with what Discord says it has, never with a stored hash: that would be wrong after
    somebody else changed them.
    """
    guild = discord.Object(guild_id) if guild_id else None
    if guild:
        client.tree.copy_global_to(guild=guild)
    ours = [await _translated(client, command) for command in client.tree.get_commands(guild=guild)]
    theirs = await _registered(client, guild_id)
    is_changed = _comparable(ours) != _comparable(theirs)
    if is_changed:
        synced = await client.tree.sync(guild=guild)
        client.command_ids = {command.name: command.id for command in synced}
        log.info("%d commands were registered", len(synced))
    else:
        client.command_ids = {command["name"]: int(command["id"]) for command in theirs}
    return is_changed


async def _translated(client: Atelier, command: Registered) -> dict[str, Any]:
    """A command as it is sent to Discord."""
    translator = client.tree.translator
    assert translator
    return await command.get_translated_payload(client.tree, translator)


async def _registered(client: Atelier, guild_id: int | None) -> list[Any]:
    where = f"/guilds/{guild_id}" if guild_id else ""
    route = Route("GET", f"/applications/{client.application_id}{where}/commands")
    return await client.http.request(route, params=ALL_LANGUAGES)


def _comparable(commands: list[Any]) -> list[dict[str, Any]]:
    return sorted((_command(command) for command in commands), key=lambda command: str(command))


def _command(command: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {"type": 1, **_kept(command, COMPARED)}
    if "options" in kept:
        kept["options"] = [_option(option) for option in kept["options"]]
    for name in ("contexts", "integration_types"):
        if name in kept:
            kept[name] = sorted(kept[name])
    if kept.get("default_member_permissions") is not None:
        kept["default_member_permissions"] = str(kept["default_member_permissions"])
    return kept


def _option(option: dict[str, Any]) -> dict[str, Any]:
    kept = _kept(option, COMPARED_OF_OPTION)
    if "options" in kept:
        kept["options"] = [_option(inner) for inner in kept["options"]]
    if "choices" in kept:
        kept["choices"] = [
            {"value": choice["value"], **_kept(choice, COMPARED_OF_CHOICE)}
            for choice in kept["choices"]
        ]
    return kept


def _kept(values: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """What says something: Discord leaves out or adds what is empty or false, but not a zero."""
    return {
        name: value
        for name in names
        if (value := values.get(name)) is not None
        and value is not False
        and value not in ([], {}, "")
    }
