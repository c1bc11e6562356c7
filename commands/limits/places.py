"""/limits: who may draw and where, and who is told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import discord
from discord import Interaction, app_commands

from commands.errors import BadInput
from commands.limits.amounts import with_role
from commands.limits.rule_change import ManagersOnly, check_may_write
from commands.ui import rule_lines
from jobs.runner.queues import TIERS

if TYPE_CHECKING:
    from commands.limits.rule_change import Ruling, Subcommand
    from storage.rules import Rules

Range = app_commands.Range
MAX_DAYS = 3650
MAX_PLACES = 100
HIGHEST_TIER = TIERS - 1
Place = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.ForumChannel


def commands(ruling: Ruling) -> list[Subcommand]:
    """The commands about people and places."""
    single = [_tier, _age, _gifts, _pictures, _reports, _audit, _pause, _resume]
    return [Channels(ruling), Roles(ruling), *(make(ruling) for make in single)]


class Channels(ManagersOnly):
    """The channels where members may draw."""

    def __init__(self, ruling: Ruling) -> None:
        super().__init__(name="channels", description="Where members may draw.")
        self._ruling = ruling

    @app_commands.command(name="add")
    async def add(self, interaction: Interaction[Any], channel: Place) -> None:
        """Allow a channel with its threads; without any, all are allowed.

        Args:
            channel: The channel
        """
        await self._ruling.change(
            interaction,
            "limits channels",
            f"add #{channel.name}",
            lambda rules: replace(rules, channels=_with("channel", rules.channels, channel.id)),
            _where,
        )

    @app_commands.command(name="remove")
    async def remove(self, interaction: Interaction[Any], channel: Place) -> None:
        """Take a channel off the list.

        Args:
            channel: The channel
        """

        def edit(rules: Rules) -> Rules:
            return replace(rules, channels=_without("channel", rules.channels, channel.id))

        await self._ruling.change(
            interaction, "limits channels", f"remove #{channel.name}", edit, _where
        )

    @app_commands.command(name="all")
    async def all(self, interaction: Interaction[Any]) -> None:
        """Allow all channels."""
        await self._ruling.change(
            interaction,
            "limits channels",
            "all",
            lambda rules: replace(rules, channels=()),
            _where,
        )


class Roles(ManagersOnly):
    """The roles that may draw."""

    def __init__(self, ruling: Ruling) -> None:
        super().__init__(name="roles", description="Who may draw.")
        self._ruling = ruling

    @app_commands.command(name="add")
    async def add(self, interaction: Interaction[Any], role: discord.Role) -> None:
        """Allow a role; without any, everyone may draw.

        Args:
            role: The role
        """
        await self._ruling.change(
            interaction,
            "limits roles",
            f"add @{role.name}",
            lambda rules: replace(rules, roles=_with("role", rules.roles, role.id)),
            _who,
        )

    @app_commands.command(name="remove")
    async def remove(self, interaction: Interaction[Any], role: discord.Role) -> None:
        """Take a role off the list.

        Args:
            role: The role
        """
        await self._ruling.change(
            interaction,
            "limits roles",
            f"remove @{role.name}",
            lambda rules: replace(rules, roles=_without("role", rules.roles, role.id)),
            _who,
        )

    @app_commands.command(name="all")
    async def all(self, interaction: Interaction[Any]) -> None:
        """Allow everyone."""
        await self._ruling.change(
            interaction, "limits roles", "all", lambda rules: replace(rules, roles=()), _who
        )


def _where(rules: Rules) -> str:
    return f"**Channels** where members may draw: {rule_lines.channels(rules)}."


def _who(rules: Rules) -> str:
    return f"**Roles** that may draw: {rule_lines.roles(rules)}."


def _with(field: str, ids: tuple[int, ...], one: int) -> tuple[int, ...]:
    if len(ids) >= MAX_PLACES:
        raise BadInput(field, f"the list has {MAX_PLACES} already; take one off first")
    return tuple(dict.fromkeys((*ids, one)))


def _without(field: str, ids: tuple[int, ...], one: int) -> tuple[int, ...]:
    if one not in ids:
        raise BadInput(field, "it is not on the list")
    if len(ids) == 1:
        raise BadInput(field, "it is the only one on the list; use `all` to allow every one")
    return tuple(known for known in ids if known != one)


def _tier(ruling: Ruling) -> Subcommand:
    @app_commands.command(name="tier")
    async def command(
        interaction: Interaction[Any], role: discord.Role, tier: Range[int, 0, HIGHEST_TIER]
    ) -> None:
        """Let members with a role wait in a faster queue.

        Args:
            role: The role
            tier: 0 is everyone's; members of higher ones wait less
        """

        def edit(rules: Rules) -> Rules:
            return replace(rules, role_tiers=with_role(rules.role_tiers, role.id, tier or None))

        detail, answer = f"@{role.name}: {tier}", f"{role.mention} waits in tier {tier}."
        await ruling.change(interaction, "limits tier", detail, edit, answer)

    return cast("Subcommand", command)


def _age(ruling: Ruling) -> Subcommand:
    @app_commands.command(name="age")
    async def command(interaction: Interaction[Any], days: Range[int, 0, MAX_DAYS]) -> None:
        """Set how long somebody must have been a member before they draw.

        Args:
            days: Days since they joined; 0 for at once
        """
        await ruling.change(
            interaction,
            "limits age",
            f"{days} days",
            lambda rules: replace(rules, min_age_days=days),
            rule_lines.age,
        )

    return cast("Subcommand", command)


def _gifts(ruling: Ruling) -> Subcommand:
    @app_commands.command(name="gifts")
    async def command(interaction: Interaction[Any], allowed: bool) -> None:
        """Allow members to give each other credits, or stop it.

        Args:
            allowed: Whether they may; starting credits are never given away
        """
        word = "allowed" if allowed else "not allowed"
        await ruling.change(
            interaction,
            "limits gifts",
            word,
            lambda rules: replace(rules, allows_gifts=allowed),
            f"**Gifts** between members: {word}.",
        )

    return cast("Subcommand", command)


def _pictures(ruling: Ruling) -> Subcommand:
    @app_commands.command(name="pictures")
    async def command(interaction: Interaction[Any], others: bool) -> None:
        """Let members animate pictures that other members have posted, or only their own.

        Args:
            others: Whether they may take others' pictures; their own and mine they always may
        """
        word = "allowed" if others else "not allowed"
        await ruling.change(
            interaction,
            "limits pictures",
            word,
            lambda rules: replace(rules, allows_others_pictures=others),
            f"**Animating** other members' pictures: {word}.",
        )

    return cast("Subcommand", command)


def _reports(ruling: Ruling) -> Subcommand:
    @app_commands.command(name="reports")
    async def command(
        interaction: Interaction[Any], channel: discord.TextChannel | None = None
    ) -> None:
        """Set where reported pictures are shown.

        Args:
            channel: The channel; leave it out and the operator is told instead
        """
        await _tell_in(ruling, interaction, "report", "Reported pictures", channel)

    return cast("Subcommand", command)


def _audit(ruling: Ruling) -> Subcommand:
    @app_commands.command(name="audit")
    async def command(
        interaction: Interaction[Any], channel: discord.TextChannel | None = None
    ) -> None:
        """Set where changes of rules and credits are repeated.

        Args:
            channel: The channel; leave it out to stop that
        """
        await _tell_in(ruling, interaction, "audit", "Changes of rules and credits", channel)

    return cast("Subcommand", command)


async def _tell_in(
    ruling: Ruling,
    interaction: Interaction[Any],
    name: str,
    what: str,
    channel: discord.TextChannel | None,
) -> None:
    if channel is not None:
        check_may_write(channel)
    channel_id = channel.id if channel else None
    values: dict[str, Any] = {f"{name}_channel_id": channel_id}
    await ruling.change(
        interaction,
        f"limits {'reports' if name == 'report' else name}",
        f"#{channel.name}" if channel else "no channel",
        lambda rules: replace(rules, **values),
        f"{what} are shown in {channel.mention if channel else 'no channel'}.",
    )


def _pause(ruling: Ruling) -> Subcommand:
    @app_commands.command(name="pause")
    async def command(interaction: Interaction[Any]) -> None:
        """Stop new jobs in this server; those accepted are finished."""
        await ruling.change(
            interaction,
            "limits pause",
            "",
            lambda rules: replace(rules, is_paused=True),
            "**Paused.** Nobody can draw until `/limits resume`; jobs at work are finished.",
        )

    return cast("Subcommand", command)


def _resume(ruling: Ruling) -> Subcommand:
    @app_commands.command(name="resume")
    async def command(interaction: Interaction[Any]) -> None:
        """Let members draw again."""
        await ruling.change(
            interaction,
            "limits resume",
            "",
            lambda rules: replace(rules, is_paused=False),
            "**Members can draw again.**",
        )

    return cast("Subcommand", command)
