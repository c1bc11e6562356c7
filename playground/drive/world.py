"""The drive API about the world itself: what a member sees of it, and how it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from playground.drive.bodies import body_of, query_of, text_in
from playground.drive.options import DriveError
from playground.rules.commands import LOCALES
from playground.wire import Json, answer
from playground.world.permissions import Permission
from playground.world.uploads import TIERS
from playground.world.world import in_guild

if TYPE_CHECKING:
    from aiohttp import web

    from playground.drive.actions import Actions
    from playground.gateway.gateway import Gateway
    from playground.world.registry import Registry
    from playground.world.world import Channel, Guild, Member, User, World


class WorldRoutes:
    """Guilds, channels and members, as a member sees them and as a test changes them."""

    def __init__(
        self,
        world: World,
        registry: Registry,
        actions: Actions,
        gateway: Gateway,
        *,
        top_up: bool,
    ) -> None:
        self._world = world
        self._registry = registry
        self._actions = actions
        self._gateway = gateway
        self._top_up = top_up

    async def state(self, request: web.Request) -> web.Response:
        """A guild (the first, or `guild` of the query) with its people, rooms and commands."""
        world = self._world
        user = self._actions.member(query_of(request, "member"))
        guild = self._guild(request.query.get("guild"))
        return answer(
            {
                "application": {"id": world.bot.id, "name": world.bot.name},
                "bot": {"connected": self._gateway.sessions.connected},
                "guild": _guild(guild),
                "guilds": [{"id": guild.id, "name": guild.name} for guild in world.guilds.values()],
                "channels": self._channels(guild, user),
                "members": [_member(guild, member) for member in guild.members.values()],
                "roles": [
                    {"id": role.id, "name": role.name, "color": role.color}
                    for role in guild.roles.values()
                ],
                "commands": self._registry.usable_in(guild.id),
                "top_up": self._top_up,
            }
        )

    async def change_member(self, request: web.Request) -> web.Response:
        """Give a member other roles, another language, or another day of joining (Unix seconds)."""
        body = await body_of(request)
        user = self._actions.member(text_in(body, "member"))
        guild = self._guild(body.get("guild"))
        member = guild.members[user.id]
        if (roles := body.get("roles")) is not None:
            member.roles = [_role(guild, str(name)) for name in cast("list[Any]", roles)]
        if (joined_at := body.get("joined_at")) is not None:
            member.joined_at = float(joined_at)
        if (locale := body.get("locale")) is not None:
            user.locale = _locale(locale)
        return answer(_member(guild, member))

    async def invite(self, request: web.Request) -> web.Response:
        """Invite the bot to one more guild, Ada's unless another owner is named."""
        owner = self._actions.member(text_in({"owner": "ada"} | await body_of(request), "owner"))
        guild = self._world.found_guild(owner.id)
        self._gateway.tell_of_guild(guild)
        return answer({"id": guild.id, "name": guild.name})

    async def change_guild(self, request: web.Request) -> web.Response:
        """Give a guild another boost tier, of which its upload limit follows, or language."""
        body = await body_of(request)
        guild = self._guild(body.get("guild"))
        tier = body.get("premium_tier", guild.premium_tier)
        if not isinstance(tier, int) or isinstance(tier, bool) or tier not in TIERS:
            raise DriveError("premium_tier is 0, 1, 2 or 3.")
        guild.locale = _locale(body.get("locale", guild.locale))
        guild.premium_tier = tier
        self._gateway.tell_of_change(guild)
        return answer(_guild(guild))

    async def change_world(self, request: web.Request) -> web.Response:
        """Set the largest file that every place takes, in bytes; null gives Discord's back."""
        most = (await body_of(request)).get("attachment_size_limit")
        if most is not None and (not isinstance(most, int) or isinstance(most, bool) or most < 1):
            raise DriveError("attachment_size_limit is a number of bytes, or null.")
        self._world.attachment_size_limit = most
        return answer({"attachment_size_limit": most})

    async def leave(self, request: web.Request) -> web.Response:
        """Remove the bot from a guild."""
        guild = self._guild(query_of(request, "guild"))
        self._world.leave_guild(guild)
        self._gateway.tell_of_leaving(guild)
        return answer({})

    def _guild(self, guild_id: Any) -> Guild:
        if not guild_id:
            return self._world.guild
        if (guild := self._world.guilds.get(str(guild_id))) is None:
            raise DriveError(f"There is no guild {guild_id}.", 404)
        return guild

    def _channels(self, guild: Guild, user: User) -> list[Json]:
        direct = self._world.direct_channel(user)
        return [_channel(channel) for channel in (*guild.channels.values(), direct)]


def _guild(guild: Guild) -> Json:
    return {
        "id": guild.id,
        "name": guild.name,
        "premium_tier": guild.premium_tier,
        "locale": guild.locale,
    }


def _locale(wanted: Any) -> str:
    if wanted not in LOCALES:
        raise DriveError(f"locale is one of {', '.join(sorted(LOCALES))}.")
    return str(wanted)


def _member(guild: Guild, member: Member) -> Json:
    user, granted = member.user, in_guild(guild, member)
    roles = [guild.roles[key] for key in member.roles]
    return {
        "id": user.id,
        "name": user.name,
        "bot": user.bot,
        "moderator": bool(granted & Permission.MANAGE_MESSAGES) and not user.bot,
        "owner": user.id == guild.owner_id,
        "permissions": str(granted),
        "roles": [{"id": r.id, "name": r.name, "color": r.color} for r in roles],
        "avatar_color": user.avatar_color,
        "joined_at": member.joined_at,
        "locale": user.locale,
    }


def _role(guild: Guild, wanted: str) -> str:
    for role in guild.roles.values():
        if wanted in (role.id, role.name):
            return role.id
    raise DriveError(f"There is no role {wanted}.", 404)


def _channel(channel: Channel) -> Json:
    return {
        "id": channel.id,
        "name": channel.name,
        "type": channel.type,
        "topic": channel.topic,
        "nsfw": channel.nsfw,
        "guild_id": channel.guild_id,
    }
